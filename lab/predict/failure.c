// SPDX-License-Identifier: GPL-2.0-only
// Error counters, the states of paths and HEARTBEATs: RFC 9260 sections 8.1 to 8.3, RFC 7829 section 3.2, as
// net/sctp/sm_sideeffect.c sctp_do_8_2_transport_strike() and sctp_cmd_transport_on() have them.
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/side.h"

#include <stdlib.h>

/* HZ / 5: net/sctp/transport.c sctp_transport_timeout() */
#define LEAST_HEARTBEAT_NS (NS_PER_S / 5)

static const struct span never = { NS_NEVER, NS_NEVER };

static int64_t heartbeat_timeout(const struct path *path)
{
	int64_t timeout_ns = path->rto.ns / 2;

	if (path->state != PATH_UNCONFIRMED && path->state != PATH_PF)
		timeout_ns += path->parameters.hb_interval_ns;
	return timeout_ns > LEAST_HEARTBEAT_NS ? timeout_ns : LEAST_HEARTBEAT_NS;
}

void heartbeat_start(struct path *path, struct span start, const char *since)
{
	timer_start(&path->heartbeat, start, &path->rto, since);
	path->heartbeat.timeout_ns = heartbeat_timeout(path);
	path->heartbeat.spread_ns = path->rto.ns;
	path->put_off_ns = INT64_MIN;
}

void heartbeat_put_off(const struct replay *replay, struct path *path, struct span sent)
{
	int64_t until_ns = wheel_expiry(sent, heartbeat_timeout(path), 0, replay->tick_ns).hi;

	if (until_ns > path->put_off_ns)
		path->put_off_ns = until_ns;
}

/*
 * Of a path that never had DATA the time of the last DATA is 0, and how long ago that was is counted in 32 bits
 * (sctp_generate_heartbeat_event()): when the ticks wrap around there, 300 s after the kernel's start at first (INITIAL_JIFFIES), it is as if DATA had
 * just been sent. lo is NS_NEVER when the timer does not expire then.
 */
static struct span put_off_by_wrap(const struct replay *replay, const struct path *path,
				   struct span expiry)
{
	const int64_t period_ns = (INT64_C(1) << 32) * replay->tick_ns;
	int64_t timeout_ns = heartbeat_timeout(path), wrap_ns;
	struct span late;

	if (replay->booted_ns == NS_NEVER || path->data_sent.lo != INT64_MIN)
		return never;
	wrap_ns = clamp_add(replay->booted_ns, 300 * NS_PER_S);
	/* the first one whose time after it is not over when the timer expires */
	while (clamp_add(wrap_ns, timeout_ns) < expiry.lo)
		wrap_ns = clamp_add(wrap_ns, period_ns);
	if (expiry.hi < wrap_ns)
		return never;
	/* ticks are counted from a little after the clock's start */
	late = wheel_expiry((struct span){ wrap_ns, wrap_ns + 10 * replay->tick_ns }, timeout_ns, 0,
			    replay->tick_ns);
	/* only in that time it is put off */
	if (expiry.lo < wrap_ns || expiry.lo > late.lo)
		late.lo = expiry.lo;
	if (expiry.hi > late.hi)
		late.hi = expiry.hi;
	return late;
}

/* When the next HEARTBEAT leaves: DATA to the path puts it off (sctp_generate_heartbeat_event()). */
static struct span predict_heartbeat(const struct replay *replay, const struct path *path)
{
	struct span span = timer_expiry(replay, &path->heartbeat);
	int64_t quiet_ns = clamp_add(path->data_sent.lo, heartbeat_timeout(path));
	struct span wrapped = put_off_by_wrap(replay, path, span);

	if (wrapped.lo != NS_NEVER)
		return wrapped;
	if (quiet_ns > span.lo)
		span.lo = quiet_ns;
	if (path->put_off_ns > span.hi)
		span.hi = path->put_off_ns;
	return span;
}

static char *describe_heartbeat(const struct path *path)
{
	const struct timer *timer = &path->heartbeat;
	char lo[NS_TEXT_SIZE], hi[NS_TEXT_SIZE], hb[NS_TEXT_SIZE];
	char *start = describe_start(timer), *rto = describe_rto(&timer->rto), *text;
	bool waits =
		timer->timeout_ns > timer->rto.ns / 2 && timer->timeout_ns > LEAST_HEARTBEAT_NS;

	format_ns_exact(timer->timeout_ns, lo);
	format_ns_exact(clamp_add(timer->timeout_ns, timer->spread_ns), hi);
	text = waits ? text_format("HB.interval = %s and RTO +-50%% (%s): %s to %s%s",
				   format_ns_exact(path->parameters.hb_interval_ns, hb), rto, lo,
				   hi, start) :
		       text_format("RTO +-50%% (%s): %s to %s%s", rto, lo, hi, start);
	free(start);
	free(rto);
	return text;
}

static char *describe_cause(const struct path *path, bool heartbeat, const struct timer *timer)
{
	char *rto, *start, *text;

	if (heartbeat)
		return describe_heartbeat(path);
	rto = describe_rto(&timer->rto);
	start = describe_start(timer);
	text = text_format("%s%s", rto, start);
	free(rto);
	free(start);
	return text;
}

bool has_other_active(const struct side *side, const struct path *path)
{
	for (size_t i = 0; i < side->n_paths; i++) {
		if (&side->paths[i] != path && side->paths[i].state == PATH_ACTIVE)
			return true;
	}
	return false;
}

/* One more error than the threshold allows: the path becomes potentially failed, or inactive. */
static void fail_path(struct replay *replay, struct side *side, struct path *path,
		      enum path_state state, struct span predicted, struct span measured,
		      char *cause)
{
	bool pf = state == PATH_PF;
	char *name = path_name(replay, path);
	struct span told;
	bool was_told = told_of_path(replay, side, path, state, measured, &told);

	/* the program is told of PF only where it asked for it (SCTP_EXPOSE_POTENTIALLY_FAILED_STATE) */
	if (was_told || (!pf && hears_of_paths(replay, side)))
		measured = told;
	path->state = state;
	add_row(replay, side, pf ? PREDICT_PF : PREDICT_INACTIVE,
		text_format("path %s %s", name, pf ? "PF" : "INACTIVE"), predicted, measured,
		text_format("error %lld, of %s %lld: %s", (long long)path->error_count,
			    pf ? "PFMR" : "Path.Max.Retrans",
			    (long long)(pf ? path->parameters.pf_retrans :
					     path->parameters.path_max_retrans),
			    cause),
		pf ? "RFC 7829 section 3.2" : "RFC 9260 section 8.2", NULL);
	if (pf && !was_told)
		path->doubt = replay->out->n;
	free(name);
}

void path_strike(struct replay *replay, struct side *side, struct path *path, bool heartbeat,
		 const struct timer *timer, struct span measured)
{
	struct span predicted =
		heartbeat ? predict_heartbeat(replay, path) : timer_expiry(replay, timer);
	char *cause = describe_cause(path, heartbeat, timer);

	if (!heartbeat || path->heartbeat_pending) {
		if (!heartbeat || path->state != PATH_UNCONFIRMED)
			side->overall_errors++;
		if (path->state != PATH_INACTIVE)
			path->error_count++;
	}
	if (side->parameters.pf_enabled && path->state == PATH_ACTIVE &&
	    path->error_count < path->parameters.path_max_retrans &&
	    path->error_count > path->parameters.pf_retrans) {
		fail_path(replay, side, path, PATH_PF, predicted, measured, cause);
		heartbeat_start(path, measured, "when the path became PF");
	}
	if (path->state != PATH_INACTIVE && path->state != PATH_UNCONFIRMED &&
	    path->error_count > path->parameters.path_max_retrans)
		fail_path(replay, side, path, PATH_INACTIVE, predicted, measured, cause);
	if (!heartbeat || path->heartbeat_pending)
		rto_double(&side->parameters, &path->rto);
	/* with a longer RTO, and with HB.interval once it is INACTIVE, it may be put off for longer */
	heartbeat_put_off(replay, path, path->data_sent);
	heartbeat_put_off(replay, path, path->flushed);
	free(cause);
}

void heartbeat_sent(struct replay *replay, struct side *side, size_t index, struct span sent,
		    uint64_t stamp)
{
	struct path *path = &side->paths[index];
	struct timer timer = path->heartbeat;
	bool doubtful = path->state == PATH_PF || path->state == PATH_INACTIVE;
	struct heartbeat *heartbeat = &path->sent[path->n_sent++ % HEARTBEATS_KEPT];

	free(heartbeat->why);
	*heartbeat = (struct heartbeat){ .stamp = stamp, .sent = sent, .predicted = never };
	if (timer.armed) {
		heartbeat->predicted = predict_heartbeat(replay, path);
		heartbeat->why = describe_heartbeat(path);
		if (doubtful || path->heartbeat_pending) {
			char *name = path_name(replay, path);

			add_row(replay, side, PREDICT_HEARTBEAT,
				text_format("HEARTBEAT to %s", name), heartbeat->predicted, sent,
				describe_heartbeat(path),
				"RFC 9260 section 8.3; RFC 7829 section 3.2",
				path->state == PATH_PF ?
					text_format(
						"Linux probes a path that is PF after RTO +-50%% "
						"(net/sctp/transport.c sctp_transport_timeout), "
						"RFC 7829 section 3.2 after RTO") :
					NULL);
			free(name);
		}
		path_strike(replay, side, path, true, &timer, sent);
	}
	path->heartbeat_pending = path->rtt_pending = true;
	heartbeat_start(path, sent, "the HEARTBEAT before");
}

void path_confirm(struct path *path)
{
	path->state = PATH_ACTIVE;
	path->doubt = 0;
}

/* The HEARTBEAT that is acknowledged: the newest with its stamp. */
static const struct heartbeat *find_heartbeat(const struct path *path, uint64_t stamp)
{
	for (size_t i = path->n_sent; i-- > 0 && i + HEARTBEATS_KEPT >= path->n_sent;) {
		if (path->sent[i % HEARTBEATS_KEPT].stamp == stamp)
			return &path->sent[i % HEARTBEATS_KEPT];
	}
	return NULL;
}

static void add_active_row(struct replay *replay, struct side *side, struct path *path,
			   const struct heartbeat *heartbeat, int64_t at_ns)
{
	struct span measured = { at_ns, at_ns }, predicted = heartbeat->predicted;
	struct span round = round_trip(replay, path, heartbeat->sent.lo);
	char *name = path_name(replay, path), rtt[NS_TEXT_SIZE];

	if (path->state == PATH_INACTIVE && hears_of_paths(replay, side))
		told_of_path(replay, side, path, PATH_ACTIVE, measured, &measured);
	predicted.lo = clamp_add(predicted.lo, round.lo);
	predicted.hi = clamp_add(predicted.hi, round.hi);
	add_row(replay, side, PREDICT_ACTIVE, text_format("path %s ACTIVE again", name), predicted,
		measured,
		text_format("the HEARTBEAT that is answered, and a round trip of %s: %s",
			    format_ns(round.hi, rtt), heartbeat->why),
		"RFC 9260 section 8.3", NULL);
	free(name);
}

void heartbeat_ack_arrived(struct replay *replay, struct side *side, size_t index, int64_t at_ns,
			   uint64_t stamp)
{
	struct path *path = &side->paths[index];
	const struct heartbeat *heartbeat = find_heartbeat(path, stamp);

	if (!heartbeat)
		return;
	if ((path->state == PATH_INACTIVE || path->state == PATH_PF) && heartbeat->why)
		add_active_row(replay, side, path, heartbeat, at_ns);
	path->error_count = 0;
	if (!side->closing)
		side->overall_errors = 0;
	path->heartbeat_pending = false;
	path_confirm(path);
	note_rtt(replay, path, heartbeat->sent, at_ns);
	rto_measure(replay, side, path, heartbeat->sent, at_ns);
	heartbeat_start(path, (struct span){ at_ns, at_ns }, "the last HEARTBEAT ACK");
}

/* The first of all timers that run finds that there were enough errors. */
static struct span first_expiry(const struct replay *replay, const struct side *side,
				const struct timer **first)
{
	struct span earliest = { NS_NEVER, NS_NEVER };

	for (size_t i = 0; i < 2 * side->n_paths + 1; i++) {
		const struct path *path = &side->paths[i / 2 < side->n_paths ? i / 2 : 0];
		const struct timer *timer = i == 2 * side->n_paths ? &side->t2 :
					    i % 2		   ? &path->heartbeat :
								     &path->t3;
		struct span span;

		if (!timer->armed)
			continue;
		span = timer == &path->heartbeat ? predict_heartbeat(replay, path) :
						   timer_expiry(replay, timer);
		if (span.lo < earliest.lo)
			earliest.lo = span.lo;
		if (span.hi < earliest.hi) {
			earliest.hi = span.hi;
			*first = timer;
		}
	}
	return earliest;
}

void association_lost(struct replay *replay, struct side *side, int64_t at_ns)
{
	const struct timer *first = NULL;
	struct span predicted = { NS_NEVER, NS_NEVER };
	int64_t most = side->parameters.association_max_retrans;
	char *rto = NULL, *start = NULL;

	side->closed = true;
	/* without errors, or as an answer to what came, it is no matter of timers */
	if (!side->overall_errors || side->lost_track ||
	    clamp_subtract(at_ns, side->arrival_ns) < replay->tick_ns)
		return;
	if (side->overall_errors >= most)
		predicted = first_expiry(replay, side, &first);
	if (first) {
		rto = describe_rto(&first->rto);
		start = describe_start(first);
	}
	add_row(replay, side, PREDICT_LOST, text_format("association lost"), predicted,
		(struct span){ at_ns, at_ns },
		text_format(
			"%lld errors, of Association.Max.Retrans %lld, then the next timer%s%s%s",
			(long long)side->overall_errors, (long long)most, rto ? ": " : "",
			rto ? rto : "", start ? start : ""),
		"RFC 9260 section 8.1", NULL);
	free(rto);
	free(start);
}
