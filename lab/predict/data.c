// SPDX-License-Identifier: GPL-2.0-only
// T3-rtx: RFC 9260 sections 6.3.2 and 6.3.3, as net/sctp/outqueue.c keeps it. DATA that is sent again tells that it has expired.
#include "lab/common/chunks.h"
#include "lab/common/clamp.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/side.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void add_data(struct side *side, const struct outstanding *data)
{
	if (side->n_data == side->data_room) {
		side->data_room = side->data_room ? 2 * side->data_room : 64;
		side->data = reallocarray(side->data, side->data_room, sizeof(*side->data));
		if (!side->data)
			abort();
	}
	side->data[side->n_data++] = *data;
}

static struct outstanding *find_data(const struct side *side, uint32_t tsn)
{
	for (size_t i = 0; i < side->n_data; i++) {
		if (side->data[i].tsn == tsn)
			return &side->data[i];
	}
	return NULL;
}

/* Bytes of the path are in flight: what it has sent, and nobody has acknowledged or given up. */
static bool in_flight(const struct side *side, size_t path)
{
	for (size_t i = 0; i < side->n_data; i++) {
		if (side->data[i].path == path && !side->data[i].queued && !side->data[i].acked)
			return true;
	}
	return false;
}

static void stop_t3(struct path *path)
{
	path->t3.armed = false;
	path->candidate = (struct span){ NS_NEVER, NS_NEVER };
}

/* All that was sent to the path is marked to be sent again (RFC 9260 6.3.3 E3). */
static void queue_all(struct side *side, size_t path)
{
	for (size_t i = 0; i < side->n_data; i++) {
		struct outstanding *data = &side->data[i];

		if (data->path != path || data->acked)
			continue;
		if (data->timing)
			side->paths[path].rtt_pending = data->timing = false;
		data->queued = true;
	}
}

/*
 * Fast retransmit (RFC 9260 7.2.4): what gap ack blocks have passed is marked to be sent again, though one packet at
 * once is all that leaves.
 */
static void queue_missing(struct side *side, size_t path)
{
	for (size_t i = 0; i < side->n_data; i++) {
		struct outstanding *data = &side->data[i];

		if (data->path != path || data->acked || !is_before(data->tsn, side->gap_tsn))
			continue;
		if (data->timing)
			side->paths[path].rtt_pending = data->timing = false;
		data->queued = true;
	}
}

static void add_t3_row(struct replay *replay, struct side *side, struct path *path,
		       const struct timer *timer, struct span measured)
{
	char *name = path_name(replay, path), *rto = describe_rto(&timer->rto);
	char *start = describe_start(timer);
	bool lost = side->overall_errors >= side->parameters.association_max_retrans;

	if (lost)
		add_row(replay, side, PREDICT_LOST, text_format("association lost"),
			timer_expiry(replay, timer), (struct span){ NS_NEVER, NS_NEVER },
			text_format("%lld errors, of Association.Max.Retrans %lld: %s%s",
				    (long long)side->overall_errors,
				    (long long)side->parameters.association_max_retrans, rto,
				    start),
			"RFC 9260 section 8.1", NULL);
	else
		add_row(replay, side, PREDICT_RETRANSMISSION,
			text_format("T3-rtx of %s, number %u", name, ++path->expiries),
			timer_expiry(replay, timer), measured, text_format("%s%s", rto, start),
			timer->rto.doublings ? "RFC 9260 section 6.3.3 E2, E3" :
					       "RFC 9260 sections 6.3.1 and 6.3.3 E3",
			timer->rto.from == RTO_INITIAL ? describe_initial(&side->parameters) :
							 NULL);
	free(name);
	free(rto);
	free(start);
}

/* net/sctp/sm_statefuns.c sctp_sf_do_6_3_3_rtx() */
static void expire_t3(struct replay *replay, struct side *side, size_t index, struct span measured)
{
	struct path *path = &side->paths[index];
	struct timer timer = path->t3;

	add_t3_row(replay, side, path, &timer, measured);
	if (measured.lo == NS_NEVER ||
	    side->overall_errors >= side->parameters.association_max_retrans)
		side->lost_track = true;
	stop_t3(path);
	if (side->lost_track)
		return;
	path_strike(replay, side, path, false, &timer, measured);
	queue_all(side, index);
}

/* True when what is sent now is because of the SACK that just came. */
static bool follows_sack(const struct replay *replay, const struct side *side, struct span sent)
{
	return clamp_subtract(sent.lo, side->sack_ns) < replay->tick_ns;
}

static void note_candidates(struct replay *replay, struct side *side, struct span sent)
{
	for (size_t i = 0; i < side->n_paths; i++) {
		struct path *path = &side->paths[i];

		if (path->t3.armed && path->candidate.lo == NS_NEVER &&
		    spans_agree(replay, timer_expiry(replay, &path->t3), sent))
			path->candidate = sent;
	}
}

/* New DATA that takes the path belies that it is PF. */
static void check_doubt(struct replay *replay, const struct side *side, struct path *path)
{
	if (!path->doubt || path->state != PATH_PF || !has_other_active(side, path))
		return;
	replay->out->items[path->doubt - 1].measured = (struct span){ NS_NEVER, NS_NEVER };
	replay->out->items[path->doubt - 1].agrees = false;
	path->doubt = 0;
}

static void send_one(struct replay *replay, struct side *side, const struct chunk *chunk,
		     size_t index, struct span sent)
{
	struct path *path = &side->paths[index];
	struct outstanding *data = NULL;

	if (!side->has_sent || is_before(side->highest_tsn, chunk->tsn)) {
		check_doubt(replay, side, path);
		add_data(side, &(struct outstanding){ .tsn = chunk->tsn,
						      .path = index,
						      .sent = sent,
						      .timing = !path->rtt_pending });
		path->rtt_pending = true;
		side->has_sent = true;
		side->highest_tsn = chunk->tsn;
		return;
	}
	data = find_data(side, chunk->tsn);
	if (!data)
		return;
	if (!data->queued && !follows_sack(replay, side, sent))
		expire_t3(replay, side, data->path, sent);
	else if (!data->queued && side->arrival_has_gaps)
		queue_missing(side, data->path);
	else if (!follows_sack(replay, side, sent))
		note_candidates(replay, side, sent);
	if (data->timing)
		side->paths[data->path].rtt_pending = data->timing = false;
	data->queued = false;
	data->sent_again = true;
	side->rtx_path = index;
	data->path = index;
	data->sent = sent;
}

void data_sent(struct replay *replay, struct side *side, const struct packet *packet, size_t path,
	       struct span sent)
{
	const struct chunk *chunks = &replay->packets->chunks.items[packet->first];
	bool any = false;

	for (size_t i = 0; i < packet->n && !side->lost_track; i++) {
		if (!chunk_is_data(&chunks[i]) || !chunks[i].has_tsn)
			continue;
		send_one(replay, side, &chunks[i], path, sent);
		any = true;
	}
	if (!any)
		return;
	side->paths[path].data_sent = sent;
	heartbeat_put_off(replay, &side->paths[path], sent);
	/* R1 of RFC 9260 6.3.2 */
	if (!side->paths[path].t3.armed && in_flight(side, path))
		timer_start(&side->paths[path].t3, sent, &side->paths[path].rto, "when DATA left");
}

static bool is_acked(const struct replay *replay, const struct chunk *sack, uint32_t tsn)
{
	const struct gap *gaps = &replay->packets->chunks.gaps[sack->first_gap];
	uint32_t offset = tsn - sack->tsn;

	if (!is_before(sack->tsn, tsn))
		return true;
	for (size_t i = 0; i < sack->gaps; i++) {
		if (offset >= gaps[i].start && offset <= gaps[i].end)
			return true;
	}
	return false;
}

/* What a SACK says of one path: net/sctp/outqueue.c sctp_check_transmitted(). */
static void sack_path(struct replay *replay, struct side *side, size_t index,
		      const struct packet *packet, const struct chunk *sack)
{
	struct path *path = &side->paths[index];
	bool restart = false, progress = false;

	for (size_t i = 0; i < side->n_data; i++) {
		struct outstanding *data = &side->data[i];
		bool acked = is_acked(replay, sack, data->tsn);

		if (data->path != index || data->queued)
			continue;
		if (acked && !data->acked) {
			progress = true;
			if (data->timing && !data->sent_again) {
				rto_measure(replay, side, path, data->sent, packet->time_ns);
				path->rtt_pending = false;
			}
			data->timing = false;
		}
		restart |= acked ? !is_before(sack->tsn, data->tsn) : data->acked;
		data->acked = acked;
	}
	if (progress) {
		path->error_count = 0;
		side->overall_errors = 0;
		path->expiries = 0;
		if ((path->state == PATH_INACTIVE || path->state == PATH_UNCONFIRMED) &&
		    memcmp(&path->address, &packet->source, sizeof(path->address)) == 0)
			path_confirm(path);
	}
	if (!in_flight(side, index)) {
		stop_t3(path);
	} else if (restart) {
		stop_t3(path);
		timer_start(&path->t3, (struct span){ packet->time_ns, packet->time_ns },
			    &path->rto, "the last SACK that acknowledged DATA");
	}
}

void sack_arrived(struct replay *replay, struct side *side, const struct packet *packet,
		  const struct chunk *chunk)
{
	size_t kept = 0;

	/* one that is older than another, or of numbers that were not sent */
	if (!side->has_sent || is_before(side->highest_tsn, chunk->tsn) ||
	    (side->has_acked && is_before(chunk->tsn, side->acked_tsn)))
		return;
	for (size_t i = 0; i < side->n_data; i++) {
		/* what waits to be sent again is on no path */
		if (side->data[i].queued && is_acked(replay, chunk, side->data[i].tsn))
			side->data[i].acked = true;
	}
	for (size_t i = 0; i < side->n_paths; i++) {
		if (side->data_room)
			sack_path(replay, side, i, packet, chunk);
	}
	for (size_t i = 0; i < side->n_data; i++) {
		if (is_before(chunk->tsn, side->data[i].tsn))
			side->data[kept++] = side->data[i];
	}
	side->n_data = kept;
	side->acked_tsn = side->gap_tsn = chunk->tsn;
	if (chunk->gaps)
		side->gap_tsn +=
			replay->packets->chunks.gaps[chunk->first_gap + chunk->gaps - 1].end;
	side->has_acked = true;
}

bool may_expire(const struct replay *replay, const struct side *side, struct span when)
{
	for (size_t i = 0; i < side->n_paths; i++) {
		const struct timer *timer = &side->paths[i].t3;

		if (timer->armed && spans_agree(replay, timer_expiry(replay, timer), when))
			return true;
	}
	return false;
}

void queue_flushed(struct replay *replay, struct side *side, struct span when)
{
	for (size_t i = 0; i < side->n_data; i++) {
		if (side->data[i].queued && !side->data[i].acked) {
			side->paths[side->rtx_path].flushed = when;
			heartbeat_put_off(replay, &side->paths[side->rtx_path], when);
			return;
		}
	}
}

/*
 * What a T3-rtx marks is sent again by another path, and shows only later where as much as may be is in flight there
 * (net/sctp/outqueue.c __sctp_outq_flush_rtx(), SCTP_XMIT_RWND_FULL).
 */
static bool is_hidden(const struct side *side, size_t index)
{
	for (size_t i = 0; i < side->n_paths; i++) {
		if (i != index && in_flight(side, i))
			return true;
	}
	return false;
}

/* What nobody sees is no row, but counts as an error all the same. */
static void expire_unseen(struct replay *replay, struct side *side, size_t index)
{
	struct path *path = &side->paths[index];
	struct timer timer = path->t3;

	path->expiries++;
	stop_t3(path);
	path_strike(replay, side, path, false, &timer, timer_expiry(replay, &timer));
	queue_all(side, index);
}

/* T3-rtx expired without the DATA by which it is told, or with some that had waited before. */
void check_timers(struct replay *replay, struct side *side, int64_t now_ns)
{
	for (size_t i = 0; i < side->n_paths && !side->lost_track; i++) {
		struct path *path = &side->paths[i];
		struct span candidate = path->candidate;

		if (!path->t3.armed ||
		    clamp_add(timer_expiry(replay, &path->t3).hi, 2 * replay->tick_ns) >= now_ns)
			continue;
		if (candidate.lo == NS_NEVER && is_hidden(side, i) &&
		    side->overall_errors < side->parameters.association_max_retrans) {
			expire_unseen(replay, side, i);
			continue;
		}
		expire_t3(replay, side, i, candidate);
		if (!side->lost_track && in_flight(side, i))
			timer_start(&path->t3, candidate, &path->rto, "when DATA left");
	}
}
