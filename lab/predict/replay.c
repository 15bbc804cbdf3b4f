// SPDX-License-Identifier: GPL-2.0-only
// A run once more, from its packets and events in the order of time: each timer is predicted from what came before it.
#include "lab/common/chunks.h"
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/loss.h"
#include "lab/predict/side.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* Where the run does not say (a tick_ns in its first event): that of the guests. */
#define TICK_DEFAULT_NS NS_PER_MS

enum sight_kind { SIGHT_ARRIVAL, SIGHT_SENT, SIGHT_EVENT, SIGHT_CALL };

/* One thing seen. Of several at a time packets are first, in the order in which they were captured. */
struct sight {
	int64_t at_ns;
	enum sight_kind kind;
	size_t order;	  /* of a packet in the capture, else SIZE_MAX */
	size_t index;	  /* into arrivals, items or events; of a call that of its event */
	struct span sent; /* when the kernel sent it, before the link's delay */
};

struct sights {
	struct sight *items; /* (owned) */
	size_t n, room;
};

/* Of one traffic: it only matters while something waits to be sent again. */
#define CALLS_MAX 1000000

/* Packets that the kernel sends at one time leave so close together. */
#define AT_ONCE_NS (200 * NS_PER_US)

static int compare_sights(const void *a, const void *b)
{
	const struct sight *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool same_way(const struct packet *a, const struct packet *b)
{
	return a->node == b->node && a->link == b->link;
}

/* The packet that left by the same end of that link before; NULL for the first. */
static size_t find_before(const struct packets *packets, size_t index)
{
	for (size_t i = index; i-- > 0;) {
		if (same_way(&packets->items[i], &packets->items[index]))
			return i;
	}
	return SIZE_MAX;
}

/*
 * When the kernel sent a packet that is seen behind netem: its delay, jitter and rate earlier (net/sched/sch_netem.c netem_enqueue()).
 * One that left right behind another has waited for it, and the first one of all for the neighbour's address, a round
 * trip of the link.
 */
static struct span find_sending(const struct packets *packets, const struct outages *outages,
				size_t index, const struct sight *before)
{
	const struct packet *packet = &packets->items[index];
	int64_t at_ns = packet->time_ns, frame_ns = 0;
	struct delay delay = outages_delay(outages, packet->node, packet->link, at_ns);
	struct span span;

	delay = outages_delay(outages, packet->node, packet->link, at_ns - delay.delay_ns);
	if (delay.rate_bps)
		frame_ns = (int64_t)packet->length * 8 * NS_PER_S / delay.rate_bps;
	span.hi = at_ns - delay.delay_ns - frame_ns;
	span.lo = span.hi - delay.jitter_ns;
	span.hi = span.hi + delay.jitter_ns < at_ns ? span.hi + delay.jitter_ns : at_ns;
	if (!before)
		span.lo -= 2 * delay.delay_ns + 2 * delay.jitter_ns + 2 * frame_ns;
	else if (frame_ns && packets->items[before->index].time_ns >= at_ns - frame_ns - NS_PER_US)
		span.lo = before->sent.lo;
	return span;
}

static void add_sight(struct sights *sights, struct sight sight)
{
	if (sights->n == sights->room) {
		sights->room = sights->room ? 2 * sights->room : 1024;
		sights->items = reallocarray(sights->items, sights->room, sizeof(sight));
		if (!sights->items)
			abort();
	}
	sights->items[sights->n++] = sight;
}

/* The messages of traffic are no events of their own. */
static void add_calls(struct sights *sights, const json_t *event, size_t index, int64_t end_ns)
{
	int64_t every_ns = jsonx_int(json_object_get(event, "args"), "every_ns", 0);
	int64_t at_ns = jsonx_int(event, "start", 0), n = jsonx_int(event, "messages", 0);

	if (jsonx_is(event, "call", "send") || jsonx_is(event, "call", "sendmsg"))
		n = every_ns = 1;
	else if (!jsonx_is(event, "call", "traffic") || jsonx_int(event, "ret", -1) != 0)
		return;
	for (int64_t i = 0; i < n && i < CALLS_MAX && every_ns > 0 && at_ns <= end_ns; i++) {
		add_sight(sights, (struct sight){ .at_ns = at_ns,
						  .kind = SIGHT_CALL,
						  .order = SIZE_MAX,
						  .index = index });
		at_ns = clamp_add(at_ns, every_ns);
	}
}

static void find_sights(const struct replay *replay, struct outages *outages, struct sights *sights)
{
	const struct packets *packets = replay->packets;
	size_t events = json_array_size(replay->events);

	/* those sent come first here, so that each has its packet's index */
	for (size_t i = 0; i < packets->n; i++) {
		size_t before = find_before(packets, i);
		struct span sent = find_sending(packets, outages, i,
						before == SIZE_MAX ? NULL : &sights->items[before]);

		add_sight(sights,
			  (struct sight){ sent.hi, SIGHT_SENT, packets->items[i].order, i, sent });
	}
	for (size_t i = 0; i < packets->n_arrivals; i++) {
		if (!outages_lose(outages, packets, &packets->arrivals[i]))
			add_sight(sights, (struct sight){ .at_ns = packets->arrivals[i].time_ns,
							  .kind = SIGHT_ARRIVAL,
							  .order = packets->arrivals[i].order,
							  .index = i });
	}
	for (size_t i = 0; i < events; i++) {
		const json_t *event = json_array_get(replay->events, i);
		int64_t at_ns = event_time_ns(event);

		if (at_ns == NS_NEVER)
			continue;
		add_sight(sights, (struct sight){ .at_ns = at_ns,
						  .kind = SIGHT_EVENT,
						  .order = SIZE_MAX,
						  .index = i });
		add_calls(sights, event, i,
			  event_time_ns(json_array_get(replay->events, events - 1)));
	}
	if (sights->n)
		qsort(sights->items, sights->n, sizeof(*sights->items), compare_sights);
}

static void add_note(struct predictions *out, char *note)
{
	out->notes = reallocarray(out->notes, out->n_notes + 1, sizeof(*out->notes));
	if (!out->notes)
		abort();
	out->notes[out->n_notes++] = note;
}

/* Nothing more is predicted of it, as not all that it does can be seen. */
static void leave_side(struct replay *replay, struct side *side, int64_t at_ns, const char *why)
{
	char at[NS_TEXT_SIZE];

	side->closed = true;
	add_note(replay->out, text_format("%s: %s at %s; nothing is predicted from there on",
					  side->name, why, format_seconds(at_ns, at)));
}

static const struct chunk *find_chunk(const struct replay *replay, const struct packet *packet,
				      unsigned int type)
{
	for (size_t i = 0; i < packet->n; i++) {
		const struct chunk *chunk = &replay->packets->chunks.items[packet->first + i];

		if (chunk->type == type)
			return chunk;
	}
	return NULL;
}

static bool is_unset(const struct in6_addr *address)
{
	return memcmp(address, &in6addr_any, sizeof(*address)) == 0;
}

/*
 * Of what a node sends at one time a HEARTBEAT was first in the kernel, since DATA would have put it off; then comes what is
 * sent again, and new DATA last (RFC 9260 6.1 C), by whatever links they left.
 */
static int rank_packet(const struct replay *replay, const struct packet *packet)
{
	const struct side *side = find_sender(replay, packet);

	if (find_chunk(replay, packet, CHUNK_HEARTBEAT))
		return 0;
	for (size_t i = 0; side && side->has_sent && i < packet->n; i++) {
		const struct chunk *chunk = &replay->packets->chunks.items[packet->first + i];

		if (chunk_is_data(chunk) && chunk->has_tsn &&
		    (int32_t)(side->highest_tsn - chunk->tsn) >= 0)
			return 1;
	}
	return 2;
}

/* Brings the first of those to the place. */
static void put_in_order(const struct replay *replay, struct sights *sights, size_t first)
{
	const struct packets *packets = replay->packets;
	const struct packet *packet = &packets->items[sights->items[first].index];
	size_t node = packet->node, best = first;
	int rank = rank_packet(replay, packet), other;
	struct sight sight;

	for (size_t i = first + 1;
	     rank > 0 && i < sights->n && sights->items[i].kind == SIGHT_SENT &&
	     sights->items[i].at_ns - sights->items[first].at_ns < AT_ONCE_NS;
	     i++) {
		packet = &packets->items[sights->items[i].index];
		if (packet->node != node)
			continue;
		other = rank_packet(replay, packet);
		if (other < rank) {
			rank = other;
			best = i;
		}
	}
	sight = sights->items[best];
	memmove(&sights->items[first + 1], &sights->items[first], (best - first) * sizeof(sight));
	sights->items[first] = sight;
}

/* Each packet is looked for among all ends of associations: a run of very many is not for this. */
static bool has_room(struct replay *replay)
{
	if (replay->n_sides < SIDES_MAX)
		return true;
	if (!replay->full)
		add_note(replay->out,
			 text_format("more than %d ends of associations; nothing is predicted "
				     "of the others",
				     SIDES_MAX));
	replay->full = true;
	return false;
}

static void take_sent(struct replay *replay, const struct sight *sight)
{
	const struct packet *packet = &replay->packets->items[sight->index];
	const struct chunk *chunk = find_chunk(replay, packet, CHUNK_INIT);
	struct side *side;
	size_t path;

	if (packet->kind != PACKET_SCTP)
		return;
	side = find_sender(replay, packet);
	if (chunk && !side && has_room(replay)) {
		side = side_new(replay, packet, true, chunk->tag);
		side->initiator = true;
	}
	chunk = find_chunk(replay, packet, CHUNK_INIT_ACK);
	if (chunk && (!side || side->tag != chunk->tag)) {
		if (has_room(replay))
			side_new(replay, packet, true, chunk->tag)->peer_tag = packet->tag;
		return;
	}
	if (!side || side->closed)
		return;
	path = side_path(replay, side, &packet->destination);
	side->paths[path].link = packet->link;
	if (find_chunk(replay, packet, CHUNK_INIT))
		init_sent(replay, side, path, sight->sent);
	if (find_chunk(replay, packet, CHUNK_COOKIE_ECHO))
		cookie_echo_sent(replay, side, path, sight->sent);
	/* one that is padded probes the MTU (RFC 8899), and says nothing of the path */
	chunk = find_chunk(replay, packet, CHUNK_HEARTBEAT);
	if (chunk && !find_chunk(replay, packet, CHUNK_PAD))
		heartbeat_sent(replay, side, path, sight->sent, chunk->stamp);
	/* DATA in the same packet has left because of that one */
	data_sent(replay, side, packet, path, sight->sent);
	if (find_chunk(replay, packet, CHUNK_HEARTBEAT))
		queue_flushed(replay, side, sight->sent);
	if (side->lost_track)
		side->closed = true;
	else if (find_chunk(replay, packet, CHUNK_FORWARD_TSN))
		leave_side(replay, side, sight->at_ns,
			   "messages are given up (RFC 3758), and T3-rtx need not show");
	if (find_chunk(replay, packet, CHUNK_SHUTDOWN))
		shutdown_sent(replay, side, path, sight->sent, "SHUTDOWN");
	if (find_chunk(replay, packet, CHUNK_SHUTDOWN_ACK))
		shutdown_sent(replay, side, path, sight->sent, "SHUTDOWN ACK");
	if (find_chunk(replay, packet, CHUNK_SHUTDOWN_COMPLETE))
		side->closed = true;
	if (find_chunk(replay, packet, CHUNK_ABORT)) {
		if (side->overall_errors >= side->parameters.association_max_retrans)
			association_lost(replay, side, sight->sent.hi);
		side->closed = true;
	}
}

/* COOKIE ACK answers COOKIE ECHO at once: a round trip, of which Linux makes no RTO. */
static void note_handshake(const struct replay *replay, struct side *side,
			   const struct packet *packet)
{
	if (side->t1.armed && side->t1_sent == 1)
		note_rtt(replay, &side->paths[side_path(replay, side, &packet->source)],
			 side->t1.start, packet->time_ns);
}

static void establish(struct replay *replay, struct side *side, const struct packet *packet)
{
	struct span now = { packet->time_ns, packet->time_ns };

	if (side->established)
		return;
	side->established = true;
	side->t1.armed = false;
	side_path(replay, side, &packet->source);
	for (size_t i = 0; i < side->n_paths; i++)
		heartbeat_start(&side->paths[i], now, "when the association came up");
}

static void take_chunk(struct replay *replay, struct side *side, const struct packet *packet,
		       const struct chunk *chunk)
{
	switch (chunk->type) {
	case CHUNK_INIT_ACK:
		init_ack_arrived(side, chunk->tag);
		break;
	case CHUNK_COOKIE_ECHO:
	case CHUNK_COOKIE_ACK:
		note_handshake(replay, side, packet);
		establish(replay, side, packet);
		break;
	case CHUNK_SACK:
		side->sack_ns = packet->time_ns;
		side->arrival_has_gaps |= chunk->gaps > 0;
		sack_arrived(replay, side, packet, chunk);
		queue_flushed(replay, side, (struct span){ packet->time_ns, packet->time_ns });
		break;
	case CHUNK_SHUTDOWN:
		side->sack_ns = packet->time_ns;
		if (chunk->has_tsn)
			sack_arrived(replay, side, packet, chunk);
		break;
	case CHUNK_HEARTBEAT_ACK:
		heartbeat_ack_arrived(replay, side,
				      side_path(replay, side,
						is_unset(&chunk->about) ? &packet->source :
									  &chunk->about),
				      packet->time_ns, chunk->stamp);
		break;
	case CHUNK_SHUTDOWN_ACK:
	case CHUNK_SHUTDOWN_COMPLETE:
		side->t2.armed = false;
		break;
	case CHUNK_ABORT:
		side->closed = true;
		break;
	default:
		break;
	}
}

static void take_arrival(struct replay *replay, const struct sight *sight)
{
	const struct packet *packet = &replay->packets->arrivals[sight->index];
	struct side *side = find_receiver(replay, packet);

	if (!side || side->closed)
		return;
	side->arrival_has_gaps = side->arrival_ns == packet->time_ns && side->arrival_has_gaps;
	side->arrival_ns = packet->time_ns;
	for (size_t i = 0; i < packet->n && !side->closed; i++)
		take_chunk(replay, side, packet, &replay->packets->chunks.items[packet->first + i]);
}

/* The association that an endpoint was told of: of several the one with most errors. */
static struct side *find_failing(const struct replay *replay, const json_t *event, bool started)
{
	struct side *found = NULL;

	for (size_t i = 0; i < replay->n_sides; i++) {
		struct side *side = replay->sides[i];

		if (!side->endpoint || side->closed || side->established != started ||
		    !jsonx_is(event, "endpoint", side->name))
			continue;
		if (!found || side->overall_errors > found->overall_errors)
			found = side;
	}
	return found;
}

static void take_call(struct replay *replay, const struct sight *sight)
{
	const json_t *event = json_array_get(replay->events, sight->index);

	for (size_t i = 0; i < replay->n_sides; i++) {
		struct side *side = replay->sides[i];

		if (!side->closed && jsonx_is(event, "endpoint", side->name))
			queue_flushed(replay, side, (struct span){ sight->at_ns, sight->at_ns });
	}
}

/* A retransmission that was on the link when the fault began would never be seen. */
static void take_fault(struct replay *replay, const json_t *event, int64_t at_ns)
{
	size_t position;
	const json_t *fault = trial_step(replay->plan, jsonx_int(event, "step", -1), &position);

	for (size_t i = 0; i < replay->n_sides; i++) {
		struct side *side = replay->sides[i];
		int64_t held_ns = outages_flushed(replay->outages, fault, side->node, at_ns);

		if (!side->closed && held_ns > 0 &&
		    may_expire(replay, side, (struct span){ at_ns - held_ns, at_ns }))
			leave_side(replay, side, at_ns,
				   "what T3-rtx may just have sent is lost on the link, unseen,");
	}
}

static void take_event(struct replay *replay, const struct sight *sight)
{
	const json_t *event = json_array_get(replay->events, sight->index);
	const json_t *notification = event_notification(event);
	struct side *side;

	if (jsonx_is(notification, "state", "SCTP_COMM_LOST")) {
		side = find_failing(replay, event, true);
		if (side)
			association_lost(replay, side, sight->at_ns);
	} else if (jsonx_is(notification, "state", "SCTP_CANT_STR_ASSOC") ||
		   (jsonx_is(event, "event", "call") && jsonx_is(event, "errno", "ETIMEDOUT"))) {
		side = find_failing(replay, event, false);
		if (side && side->initiator)
			start_failed(replay, side, sight->at_ns,
				     jsonx_is(event, "errno", "ETIMEDOUT"));
	} else if (jsonx_is(event, "call", "setsockopt") && jsonx_int(event, "ret", -1) == 0) {
		for (size_t i = 0; i < replay->n_sides; i++) {
			if (jsonx_is(event, "endpoint", replay->sides[i]->name))
				side_set_option(replay->sides[i], event);
		}
	} else if (jsonx_is(event, "event", "fault")) {
		take_fault(replay, event, sight->at_ns);
	} else if (jsonx_is(event, "event", "exit")) {
		/* nobody is left to be told; what its kernel does then is another matter */
		for (size_t i = 0; i < replay->n_sides; i++) {
			if (jsonx_is(event, "endpoint", replay->sides[i]->name))
				replay->sides[i]->closed = true;
		}
	}
}

/* By node, from when on not all is known; a note for each with an endpoint. (owned) */
static int64_t *find_blindness(struct replay *replay, const struct outages *outages)
{
	const json_t *nodes = json_object_get(replay->plan, "nodes"), *endpoint;
	size_t n = json_array_size(nodes), i;
	int64_t *blind = calloc(n + 1, sizeof(*blind));
	char *why;

	if (!blind)
		abort();
	for (i = 0; i < n; i++) {
		blind[i] = outages_blind(outages, i, &why);
		free(why);
	}
	json_array_foreach(json_object_get(replay->plan, "endpoints"), i, endpoint) {
		size_t node = (size_t)jsonx_int(endpoint, "node", -1);

		if (node >= n || blind[node] == NS_NEVER)
			continue;
		outages_blind(outages, node, &why);
		add_note(
			replay->out,
			text_format(
				"%s: not all that its node sends and gets is known (%s); nothing is "
				"predicted from there on",
				jsonx_string(endpoint, "name", "?"), why));
		free(why);
	}
	return blind;
}

static void run_replay(struct replay *replay, struct sights *sights, const int64_t *blind)
{
	size_t n_nodes = json_array_size(json_object_get(replay->plan, "nodes"));

	for (size_t i = 0; i < sights->n; i++) {
		const struct sight *sight = &sights->items[i];

		if (sight->kind == SIGHT_SENT)
			put_in_order(replay, sights, i);

		const struct packet *packet =
			sight->kind == SIGHT_SENT    ? &replay->packets->items[sight->index] :
			sight->kind == SIGHT_ARRIVAL ? &replay->packets->arrivals[sight->index] :
						       NULL;

		for (size_t k = 0; k < replay->n_sides; k++) {
			struct side *side = replay->sides[k];

			side->closed |= sight->at_ns >= blind[side->node];
			if (!side->closed)
				check_timers(replay, side, sight->at_ns);
		}
		if (packet && (packet->node >= n_nodes || sight->at_ns >= blind[packet->node]))
			continue;
		if (sight->kind == SIGHT_SENT)
			take_sent(replay, sight);
		else if (sight->kind == SIGHT_ARRIVAL)
			take_arrival(replay, sight);
		else if (sight->kind == SIGHT_CALL)
			take_call(replay, sight);
		else
			take_event(replay, sight);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct prediction *x = a, *y = b;
	int64_t at_x = x->measured.lo == NS_NEVER ? x->predicted.lo : x->measured.lo;
	int64_t at_y = y->measured.lo == NS_NEVER ? y->predicted.lo : y->measured.lo;

	if (at_x != at_y)
		return at_x < at_y ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

struct predictions *predictions_make(const json_t *plan, const json_t *events,
				     const struct packets *packets)
{
	struct predictions *out = calloc(1, sizeof(*out));
	struct outages outages;
	struct replay replay = {
		.plan = plan, .events = events, .packets = packets, .out = out, .outages = &outages
	};
	struct sights sights = { 0 };
	int64_t *blind;

	if (!out)
		abort();
	out->tick_ns = jsonx_int(json_array_get(events, 0), "tick_ns", 0);
	out->tick_assumed = out->tick_ns <= 0 || out->tick_ns > NS_PER_S;
	if (out->tick_assumed)
		out->tick_ns = TICK_DEFAULT_NS;
	replay.tick_ns = out->tick_ns;
	replay.booted_ns = jsonx_int(json_array_get(events, 0), "booted_ns", NS_NEVER);
	outages_find(&outages, plan, events);
	find_sights(&replay, &outages, &sights);
	blind = find_blindness(&replay, &outages);
	if (packets->damaged)
		add_note(out, text_format("the capture is not whole; nothing is predicted"));
	else
		run_replay(&replay, &sights, blind);
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), compare_rows);
	for (size_t i = 0; i < replay.n_sides; i++)
		side_free(replay.sides[i]);
	free(replay.sides);
	free(sights.items);
	free(blind);
	outages_free(&outages);
	return out;
}
