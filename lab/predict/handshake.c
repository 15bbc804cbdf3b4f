// SPDX-License-Identifier: GPL-2.0-only
// T1-init, T1-cookie and T2-shutdown: RFC 9260 sections 5.1, 6.3.3 and 9.2.
#include "lab/common/clamp.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/side.h"

#include <stdlib.h>

/* Packets that the kernel sends because of one that came leave at once. */
static bool answers_something(const struct replay *replay, const struct side *side,
			      struct span sent)
{
	return clamp_subtract(sent.lo, side->arrival_ns) < replay->tick_ns;
}

/* net/sctp/sm_sideeffect.c sctp_cmd_t1_timer_update(): doubled only once all addresses had their turn. */
static void count_t1(struct side *side, struct path *path, bool expired)
{
	path->init_count++;
	side->t1_sent++;
	if (!expired)
		return;
	side->t1_errors++;
	if (path->init_count <= side->t1_cycle + 1)
		return;
	side->t1_cycle++;
	side->t1_rto.ns *= 2;
	side->t1_rto.doublings++;
	if (side->t1_rto.ns > side->parameters.max_init_timeout_ns)
		side->t1_rto = (struct rto){ .ns = side->parameters.max_init_timeout_ns,
					     .base_ns = side->parameters.max_init_timeout_ns,
					     .from = RTO_MAXIMUM };
}

static void begin_t1(struct side *side)
{
	side->t1_sent = side->t1_errors = side->t1_cycle = 0;
	rto_initial(&side->parameters, &side->t1_rto);
	for (size_t i = 0; i < side->n_paths; i++)
		side->paths[i].init_count = 0;
}

/* What Linux does otherwise than RFC 9260 where T1 is concerned; NULL when nothing. (owned) */
static char *describe_t1_difference(const struct side *side)
{
	static const char turns[] =
		"Linux doubles T1 when all addresses had their turn (net/sctp/sm_sideeffect.c "
		"sctp_cmd_t1_timer_update), RFC 9260 section 6.3.3 E2 each time";
	char *initial = describe_initial(&side->parameters), *text;

	if (side->n_paths < 2)
		return initial;
	text = text_format("%s%s%s", initial ? initial : "", initial ? "; " : "", turns);
	free(initial);
	return text;
}

static void add_t1_row(struct replay *replay, struct side *side, size_t path, struct span sent,
		       enum prediction_kind kind)
{
	bool init = kind == PREDICT_INIT;
	char *rto = describe_rto(&side->t1.rto), *start = describe_start(&side->t1);
	char *name = path_name(replay, &side->paths[path]);

	add_row(replay, side, kind,
		text_format("%s number %u, to %s", init ? "INIT" : "COOKIE ECHO", side->t1_sent + 1,
			    name),
		timer_expiry(replay, &side->t1), sent,
		text_format("%s: %s%s", init ? "T1-init" : "T1-cookie", rto, start),
		init ? "RFC 9260 sections 5.1 A and 6.3.3" : "RFC 9260 sections 5.1 C and 6.3.3",
		describe_t1_difference(side));
	free(rto);
	free(start);
	free(name);
}

void init_sent(struct replay *replay, struct side *side, size_t path, struct span sent)
{
	bool expired = side->t1.armed && !answers_something(replay, side, sent);

	if (expired)
		add_t1_row(replay, side, path, sent, PREDICT_INIT);
	else
		begin_t1(side);
	count_t1(side, &side->paths[path], expired);
	timer_start(&side->t1, sent, &side->t1_rto, "the INIT before");
}

void init_ack_arrived(struct side *side, uint32_t peer_tag)
{
	if (side->established || side->peer_tag)
		return;
	side->peer_tag = peer_tag;
	side->t1.armed = false;
	begin_t1(side);
}

void cookie_echo_sent(struct replay *replay, struct side *side, size_t path, struct span sent)
{
	bool expired = side->t1.armed && !answers_something(replay, side, sent);

	if (expired)
		add_t1_row(replay, side, path, sent, PREDICT_COOKIE);
	count_t1(side, &side->paths[path], expired);
	timer_start(&side->t1, sent, &side->t1_rto, "the COOKIE ECHO before");
}

void start_failed(struct replay *replay, struct side *side, int64_t at_ns, bool timed_out)
{
	int64_t most = side->parameters.max_init_retransmits;
	bool due = side->t1.armed && side->t1_errors >= most;
	char *rto, *start;

	/* an ABORT or an ICMP error may have ended it, which are no matter of timers */
	if (!side->t1.armed || (!due && !timed_out))
		return;
	side->closed = true;
	rto = describe_rto(&side->t1.rto);
	start = describe_start(&side->t1);
	add_row(replay, side, PREDICT_GIVEN_UP, text_format("association cannot be started"),
		due ? timer_expiry(replay, &side->t1) : (struct span){ NS_NEVER, NS_NEVER },
		(struct span){ at_ns, at_ns },
		text_format("%u of Max.Init.Retransmits %lld used, then T1: %s%s", side->t1_errors,
			    (long long)most, rto, start),
		"RFC 9260 sections 5.1 and 16", describe_t1_difference(side));
	free(rto);
	free(start);
}

void shutdown_sent(struct replay *replay, struct side *side, size_t path, struct span sent,
		   const char *chunk)
{
	struct timer timer = side->t2;

	if (!timer.armed && !side->closing)
		side->overall_errors = 0; /* SCTP_CMD_GEN_SHUTDOWN */
	side->closing = true;
	if (timer.armed && !answers_something(replay, side, sent)) {
		char *rto = describe_rto(&timer.rto), *start = describe_start(&timer);
		char *name = path_name(replay, &side->paths[path]);

		add_row(replay, side, PREDICT_SHUTDOWN, text_format("%s again, to %s", chunk, name),
			timer_expiry(replay, &timer), sent,
			text_format("T2-shutdown: %s%s", rto, start), "RFC 9260 section 9.2",
			timer.rto.from == RTO_INITIAL ? describe_initial(&side->parameters) : NULL);
		free(rto);
		free(start);
		free(name);
		path_strike(replay, side, &side->paths[side->t2_path], false, &timer, sent);
	}
	side->t2_path = path;
	timer_start(&side->t2, sent, &side->paths[path].rto, "the one before");
}
