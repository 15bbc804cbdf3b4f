// SPDX-License-Identifier: GPL-2.0-only
// Packets as signs of a path's health. Each rule is the one by which RFC 9260 and net/sctp/ keep the number itself.
#include "lab/paths/wire.h"

#include "lab/common/chunks.h"
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Chunks that one TSN may lie beyond all others; more is another numbering, after a restart. */
	TSN_JUMP = 1 << 16,
	/* Before its first sample an association has sent packets for so long at most. */
	BORN_EARLY_NS = 1000000,
	TOGETHER_NS = 1000000,
};

struct change {
	void (*changed)(void *context, struct path *path, int64_t time_ns);
	void *context;
};

static void tell(const struct change *change, struct path *path, int64_t time_ns)
{
	change->changed(change->context, path, time_ns);
}

/* The end whose packet that is, the newest when ports were used again. */
static struct end *find_end(const struct ends *ends, const struct packet *packet, uint16_t port,
			    uint16_t peer_port, const struct in6_addr *peer, struct path **path)
{
	for (size_t i = ends->n; i-- > 0;) {
		struct end *end = &ends->items[i];

		if (end->node != packet->node || end->port != port || end->peer_port != peer_port ||
		    packet->time_ns < clamp_subtract(end->born_ns, BORN_EARLY_NS) ||
		    packet->time_ns > end->gone_ns)
			continue;
		for (size_t k = 0; k < end->n; k++) {
			*path = &end->paths[k];
			if (memcmp(&end->paths[k].ip, peer, sizeof(*peer)) == 0)
				return end;
		}
	}
	return NULL;
}

static struct sent_chunk *find_chunk(struct end *end, uint32_t tsn)
{
	size_t index = (uint32_t)(tsn - end->first_tsn);

	return index < end->n_chunks ? &end->chunks[index] : NULL;
}

/* The place of a TSN that may be new. */
static struct sent_chunk *reach_chunk(struct end *end, uint32_t tsn)
{
	size_t index = (uint32_t)(tsn - end->first_tsn);

	if (!end->n_chunks || index >= end->n_chunks + TSN_JUMP) {
		for (size_t i = 0; i < end->n; i++)
			end->paths[i].wire.flight = 0;
		end->n_chunks = end->acked_to = index = 0;
		end->first_tsn = tsn;
	}
	if (index >= end->chunks_room) {
		end->chunks_room = 2 * (index + 64);
		end->chunks = reallocarray(end->chunks, end->chunks_room, sizeof(*end->chunks));
		if (!end->chunks)
			abort();
	}
	while (end->n_chunks <= index)
		end->chunks[end->n_chunks++] = (struct sent_chunk){ 0 };
	return &end->chunks[index];
}

/* How long packets that the node sends by a link are held up before they are captured. */
static int64_t link_delay_ns(const json_t *plan, const struct packet *packet)
{
	const json_t *link = json_array_get(json_object_get(plan, "links"), packet->link), *end;
	size_t i;

	json_array_foreach(json_object_get(link, "ends"), i, end) {
		const json_t *netem = json_object_get(end, "netem");

		if (jsonx_int(end, "node", -1) == (int64_t)packet->node)
			return jsonx_int(netem, "delay_ns", 0) + jsonx_int(netem, "jitter_ns", 0);
	}
	return 0;
}

/*
 * DATA that is sent again when no SACK came in is sent by T3-rtx (RFC 9260 6.3.3); what is sent again on a SACK is a fast
 * retransmission and no error. An expiry concerns, once, all that the path had been sent before; what is sent to it then is new.
 */
static bool is_timeout(const struct end *end, const struct path *path,
		       const struct sent_chunk *chunk, int64_t time_ns, int64_t delay_ns)
{
	return (end->sack_ns == NS_NEVER || time_ns - end->sack_ns > delay_ns + TOGETHER_NS) &&
	       (path->timeout_ns == NS_NEVER || chunk->sent_ns >= path->timeout_ns);
}

static void send_data(struct end *end, struct path *path, const struct chunk *data, int64_t time_ns,
		      int64_t delay_ns, const struct change *change)
{
	struct sent_chunk *chunk = reach_chunk(end, data->tsn);
	struct path *before = &end->paths[chunk->path];
	bool again = chunk->sent;

	if (again && !chunk->acked) {
		before->wire.flight -= chunk->length;
		if (is_timeout(end, before, chunk, time_ns, delay_ns)) {
			before->timeout_ns = time_ns;
			before->wire.errors++;
			tell(change, before, time_ns);
		}
	}
	chunk->path = (size_t)(path - end->paths);
	chunk->length = data->length;
	chunk->sent_ns = time_ns;
	if (!chunk->acked)
		path->wire.flight += data->length;
	chunk->sent = true;
	if (!again)
		return;
	path->wire.retransmitted++;
	tell(change, path, time_ns);
}

/* An unanswered HEARTBEAT is counted when the next one leaves (net/sctp/sm_sideeffect.c, sctp_do_8_2_transport_strike()). */
static void send_heartbeat(struct path *path, int64_t time_ns, const struct change *change)
{
	if (path->unanswered)
		path->wire.errors++;
	path->unanswered = true;
	path->wire.heartbeats++;
	tell(change, path, time_ns);
}

void wire_sent(const struct ends *ends, const struct packets *packets, const struct packet *packet,
	       void (*changed)(void *context, struct path *path, int64_t time_ns), void *context)
{
	const struct change change = { changed, context };
	struct path *path;
	struct end *end = packet->kind == PACKET_SCTP ?
				  find_end(ends, packet, packet->source_port,
					   packet->destination_port, &packet->destination, &path) :
				  NULL;

	for (size_t i = 0; end && i < packet->n; i++) {
		const struct chunk *chunk = &packets->chunks.items[packet->first + i];

		if (chunk->type == CHUNK_HEARTBEAT)
			send_heartbeat(path, packet->time_ns, &change);
		else if (chunk->has_tsn && chunk_is_data(chunk))
			send_data(end, path, chunk, packet->time_ns,
				  link_delay_ns(ends->plan, packet), &change);
	}
}

static void acknowledge(struct end *end, struct sent_chunk *chunk, int64_t time_ns,
			const struct change *change)
{
	struct path *path = &end->paths[chunk->path];

	if (!chunk->sent || chunk->acked)
		return;
	chunk->acked = true;
	path->wire.flight -= chunk->length;
	if (!path->wire.errors)
		return;
	path->wire.errors = 0;
	tell(change, path, time_ns);
}

static void take_sack(struct end *end, const struct packets *packets, const struct chunk *sack,
		      int64_t time_ns, const struct change *change)
{
	size_t next = (uint32_t)(sack->tsn + 1 - end->first_tsn);

	end->sack_ns = time_ns;
	if (next > end->n_chunks)
		return; /* it is older than all that was sent, or of another numbering */
	for (; end->acked_to < next; end->acked_to++)
		acknowledge(end, &end->chunks[end->acked_to], time_ns, change);
	for (size_t i = 0; i < sack->gaps; i++) {
		const struct gap *gap = &packets->chunks.gaps[sack->first_gap + i];

		for (uint32_t offset = gap->start; offset <= gap->end; offset++) {
			struct sent_chunk *chunk = find_chunk(end, sack->tsn + offset);

			if (chunk)
				acknowledge(end, chunk, time_ns, change);
		}
	}
}

static void take_answer(struct path *path, int64_t time_ns, const struct change *change)
{
	path->wire.answers++;
	path->wire.errors = 0;
	path->unanswered = false;
	tell(change, path, time_ns);
}

void wire_arrived(const struct ends *ends, const struct packets *packets,
		  const struct packet *packet,
		  void (*changed)(void *context, struct path *path, int64_t time_ns), void *context)
{
	const struct change change = { changed, context };
	struct path *path;
	struct end *end = packet->kind == PACKET_SCTP ?
				  find_end(ends, packet, packet->destination_port,
					   packet->source_port, &packet->source, &path) :
				  NULL;

	for (size_t i = 0; end && i < packet->n; i++) {
		const struct chunk *chunk = &packets->chunks.items[packet->first + i];

		if (chunk->type == CHUNK_HEARTBEAT_ACK)
			take_answer(path, packet->time_ns, &change);
		else if (chunk->type == CHUNK_SACK && chunk->has_tsn)
			take_sack(end, packets, chunk, packet->time_ns, &change);
	}
}
