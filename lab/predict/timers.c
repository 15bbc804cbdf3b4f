// SPDX-License-Identifier: GPL-2.0-only
// The arithmetic of retransmission timers: RFC 9260 section 6.3, as Linux does it.
#include "lab/common/clamp.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/side.h"

#include <stdlib.h>

/*
 * A round trip is the difference of two tick counts, and so known to one tick. Of that come at most 1 tick of SRTT and 2 of
 * RTTVAR, of which RTO has four.
 */
#define RTO_SLACK_TICKS 9

void timer_start(struct timer *timer, struct span start, const struct rto *rto, const char *since)
{
	*timer = (struct timer){
		.armed = true, .start = start, .rto = *rto, .timeout_ns = rto->ns, .since = since
	};
}

struct span timer_expiry(const struct replay *replay, const struct timer *timer)
{
	struct span span =
		wheel_expiry(timer->start, timer->timeout_ns, timer->spread_ns, replay->tick_ns);

	span.lo = clamp_subtract(span.lo, timer->rto.slack_ns);
	span.hi = clamp_add(span.hi, timer->rto.slack_ns);
	return span;
}

void rto_initial(const struct parameters *parameters, struct rto *rto)
{
	*rto = (struct rto){
		.ns = parameters->rto_initial_ns,
		.base_ns = parameters->rto_initial_ns,
		.from = RTO_INITIAL,
	};
}

/* E2 of RFC 9260 6.3.3. */
void rto_double(const struct parameters *parameters, struct rto *rto)
{
	if (rto->ns >= parameters->rto_max_ns / 2 + 1 || rto->ns * 2 > parameters->rto_max_ns) {
		*rto = (struct rto){ .ns = parameters->rto_max_ns,
				     .base_ns = parameters->rto_max_ns,
				     .from = RTO_MAXIMUM };
		return;
	}
	rto->ns *= 2;
	rto->slack_ns *= 2;
	rto->doublings++;
}

static int64_t to_ticks(const struct replay *replay, int64_t ns)
{
	return ns <= 0 ? 0 : (ns + replay->tick_ns / 2) / replay->tick_ns;
}

/* net/sctp/transport.c sctp_transport_update_rto(), RFC 9260 6.3.1 C2 to C7, in ticks as there. */
void rto_measure(const struct replay *replay, struct side *side, struct path *path,
		 struct span sent, int64_t answered_ns)
{
	const struct parameters *parameters = &side->parameters;
	int64_t rtt_ns = clamp_subtract(answered_ns, sent.hi);
	int64_t rtt = to_ticks(replay, rtt_ns), slack_ns, measured_ns;

	if (sent.hi - sent.lo > side->rtt_width_ns)
		side->rtt_width_ns = sent.hi - sent.lo;
	if (path->measured) {
		path->rttvar_ticks -= path->rttvar_ticks >> parameters->rto_beta_shift;
		path->rttvar_ticks += llabs(path->srtt_ticks - rtt) >> parameters->rto_beta_shift;
		path->srtt_ticks -= path->srtt_ticks >> parameters->rto_alpha_shift;
		path->srtt_ticks += rtt >> parameters->rto_alpha_shift;
	} else {
		path->srtt_ticks = rtt;
		path->rttvar_ticks = rtt >> 1;
	}
	path->measured = true;
	path->rtt_pending = false;
	if (path->rttvar_ticks == 0)
		path->rttvar_ticks = 1;
	measured_ns = (path->srtt_ticks + 4 * path->rttvar_ticks) * replay->tick_ns;
	/* C2 makes of an error of R three times as much, and so does C3 in the worst case, but for its truncation */
	slack_ns = RTO_SLACK_TICKS * replay->tick_ns + 3 * side->rtt_width_ns;
	path->rto = (struct rto){ .ns = measured_ns, .from = RTO_MEASURED, .slack_ns = slack_ns };
	if (measured_ns + slack_ns <= parameters->rto_min_ns)
		path->rto = (struct rto){ .ns = parameters->rto_min_ns, .from = RTO_MINIMUM };
	else if (measured_ns < parameters->rto_min_ns)
		path->rto.ns = parameters->rto_min_ns;
	if (path->rto.ns > parameters->rto_max_ns)
		path->rto = (struct rto){ .ns = parameters->rto_max_ns, .from = RTO_MAXIMUM };
	path->rto.base_ns = path->rto.ns;
}

char *describe_rto(const struct rto *rto)
{
	static const char *const names[] = {
		[RTO_INITIAL] = "RTO.Initial",
		[RTO_MINIMUM] = "RTO.Min",
		[RTO_MEASURED] = "SRTT + 4 RTTVAR",
		[RTO_MAXIMUM] = "RTO.Max",
	};
	char ns[NS_TEXT_SIZE], base[NS_TEXT_SIZE];

	format_ns_exact(rto->ns, ns);
	format_ns_exact(rto->base_ns, base);
	if (rto->doublings == 0)
		return text_format("%s = %s", names[rto->from], ns);
	if (rto->from == RTO_MEASURED)
		return text_format("(%s = %s) x 2^%u = %s", names[rto->from], base, rto->doublings,
				   ns);
	return text_format("%s %s x 2^%u = %s", names[rto->from], base, rto->doublings, ns);
}

char *describe_initial(const struct parameters *parameters)
{
	if (parameters->rto_initial_ns != 3 * NS_PER_S)
		return NULL;
	return text_format(
		"Linux has an RTO.Initial of 3 s (net/sctp/protocol.c sctp_defaults_init), "
		"RFC 9260 section 16 1 s");
}

char *describe_start(const struct timer *timer)
{
	char *at = describe_span(timer->start);
	char *text = text_format(" after %s, %s", at, timer->since);

	free(at);
	return text;
}
