// SPDX-License-Identifier: GPL-2.0-only
// Expectations of packets: how many were sent, when, and how much DATA was sent again.
#include "lab/common/chunks.h"
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/names.h"
#include "lab/verdict/packets.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* So many times are told one by one before the last. */
#define TIMES_TOLD 6

/* What an expectation asks of the packets it is about. */
struct wanted {
	size_t node;
	const char *carries; /* chunk, "ICMP" or "any" */
	bool has_destination, has_local;
	struct in6_addr destination, local;
	int64_t from_ns, to_ns;
	int64_t base_ns; /* of the step under "after"; NS_NEVER without one */
};

/* The times of packets, or of chunks, that match. */
struct times {
	int64_t *items; /* (owned) */
	size_t n;
};

static bool read_ip(const json_t *expectation, const char *key, struct in6_addr *ip)
{
	struct endpoint_address address;
	const char *text = jsonx_string(expectation, key, NULL);

	if (!text || !parse_endpoint_address(text, &address))
		return false;
	*ip = address.ip;
	return true;
}

/* When the step was begun or had answered; false when it never was. */
static bool find_base(const struct trial *trial, const json_t *after, int64_t *base_ns)
{
	bool done = jsonx_is(after, "event", "done");
	size_t position, event;
	const json_t *answer;

	if (!trial_step(trial->plan, jsonx_int(after, "step", -1), &position))
		return false;
	answer = json_array_get(trial->events, trial->done[position]);
	/* a call says itself when it was made; it waits for others of its endpoint before */
	event = done || answer ? trial->done[position] : trial->started[position];
	if (event == NO_EVENT)
		return false;
	*base_ns = event_time_ns(json_array_get(trial->events, event));
	if (!done)
		*base_ns = jsonx_int(answer, "start", *base_ns);
	return *base_ns != NS_NEVER;
}

/* False when there is nothing to judge it by, and a problem says so. */
static bool read_wanted(struct trial *trial, const json_t *expectation, struct wanted *wanted)
{
	const json_t *after = json_object_get(expectation, "after");

	*wanted = (struct wanted){
		.node = (size_t)jsonx_int(expectation, "node", -1),
		.carries = jsonx_string(expectation, "carries", "DATA"),
		.from_ns = jsonx_int(expectation, "from_ns", 0),
		.to_ns = jsonx_int(expectation, "to_ns", INT64_MAX),
		.base_ns = NS_NEVER,
	};
	wanted->has_destination = read_ip(expectation, "destination", &wanted->destination);
	wanted->has_local = read_ip(expectation, "local", &wanted->local);
	if (!trial->packets || trial->packets->damaged) {
		trial_add(trial, VOIDS, expectation, NO_EVENT, trial->end_ns,
			  text_format("a whole capture of the run"),
			  text_format(trial->packets ? "it is not whole" : "there is none"));
		return false;
	}
	if (!json_is_object(after))
		return true;
	if (find_base(trial, after, &wanted->base_ns))
		return true;
	trial_add(trial, FAILS, expectation, NO_EVENT, trial->end_ns,
		  text_format("the step after which packets count to be done"),
		  text_format("it never was"));
	return false;
}

static bool is_wanted(const struct wanted *wanted, const struct packets *packets,
		      const struct packet *packet)
{
	return packet->node == wanted->node &&
	       (!wanted->has_destination || memcmp(&packet->destination, &wanted->destination,
						   sizeof(packet->destination)) == 0) &&
	       (!wanted->has_local ||
		memcmp(&packet->source, &wanted->local, sizeof(packet->source)) == 0) &&
	       packet_carries(packets, packet, wanted->carries);
}

static bool is_in_time(const struct wanted *wanted, int64_t at_ns)
{
	return at_ns >= wanted->from_ns && at_ns <= wanted->to_ns &&
	       (wanted->base_ns == NS_NEVER || at_ns >= wanted->base_ns);
}

static void add_time(struct times *times, int64_t at_ns)
{
	times->items = reallocarray(times->items, times->n + 1, sizeof(*times->items));
	if (!times->items)
		abort();
	times->items[times->n++] = at_ns;
}

/* "3 were sent, at 1 s, 4.03 s, 10.1 s"; outside: of those at another time, NS_NEVER. (owned) */
static char *describe_times(const struct times *times, int64_t outside_ns)
{
	char at[NS_TEXT_SIZE], *text, *longer;
	size_t told = times->n > TIMES_TOLD + 1 ? TIMES_TOLD : times->n;

	if (times->n == 0 && outside_ns != NS_NEVER)
		return text_format("none was sent then, but one at %s",
				   format_ns_exact(outside_ns, at));
	if (times->n == 0)
		return text_format("none was sent");
	text = text_format("%zu %s sent, at", times->n, times->n == 1 ? "was" : "were");
	for (size_t i = 0; i < told; i++) {
		longer = text_format("%s%s %s", text, i ? "," : "",
				     format_ns_exact(times->items[i], at));
		free(text);
		text = longer;
	}
	if (told == times->n)
		return text;
	longer = text_format("%s, ..., %s", text, format_ns_exact(times->items[times->n - 1], at));
	free(text);
	return longer;
}

/* " from 1 s to 9 s", "" when any time will do. (owned) */
static char *describe_window(const struct trial *trial, const struct wanted *wanted)
{
	int64_t from_ns = wanted->from_ns;
	char from[NS_TEXT_SIZE], to[NS_TEXT_SIZE];
	bool bounded = wanted->to_ns < jsonx_int(trial->plan, "limit_ns", INT64_MAX);

	if (wanted->base_ns != NS_NEVER && wanted->base_ns > from_ns)
		from_ns = wanted->base_ns;
	format_ns_exact(from_ns, from);
	format_ns_exact(wanted->to_ns, to);
	if (bounded)
		return text_format(" from %s to %s", from, to);
	return from_ns > 0 ? text_format(" from %s on", from) : text_format("%s", "");
}

/* "INIT sent by client to server.a (192.0.2.2) from 1 s to 9 s". (owned) */
static char *describe_wanted(const struct trial *trial, const struct wanted *wanted,
			     const char *what)
{
	const json_t *node = json_array_get(json_object_get(trial->plan, "nodes"), wanted->node);
	char *local = NULL, *destination = NULL, *window, *text;
	char ip[INET6_ADDRSTRLEN];

	if (wanted->has_local)
		local = name_and_address(trial->plan, format_packet_address(&wanted->local, ip));
	if (wanted->has_destination)
		destination = name_and_address(trial->plan,
					       format_packet_address(&wanted->destination, ip));
	window = describe_window(trial, wanted);
	text = text_format("%s sent by %s%s%s%s%s%s", what, jsonx_string(node, "name", "?"),
			   local ? " from " : "", local ? local : "", destination ? " to " : "",
			   destination ? destination : "", window);
	free(local);
	free(destination);
	free(window);
	return text;
}

/* Adds the problem that not so many were there. */
static void add_count_problem(struct trial *trial, const json_t *expectation, const char *what,
			      const struct times *times, const struct wanted *wanted,
			      int64_t outside_ns)
{
	char *count = describe_count(json_object_get(expectation, "count"));
	int64_t end_ns = wanted->to_ns < trial->end_ns ? wanted->to_ns : trial->end_ns;

	trial_add(trial, FAILS, expectation, NO_EVENT,
		  times->n ? times->items[times->n - 1] : end_ns,
		  text_format("%s, %s", what, count), describe_times(times, outside_ns));
	free(count);
}

/* "packets with INIT", "SCTP packets", "ICMP errors" */
static char *describe_kind(const char *carries)
{
	if (strcmp(carries, "any") == 0)
		return text_format("SCTP packets");
	if (strcmp(carries, "ICMP") == 0)
		return text_format("ICMP errors");
	return text_format("packets with %s", carries);
}

/*
 * Each time against its range, from the step on or from the first packet, which then has no range of
 * its own. The first that misses is a problem.
 */
static void judge_times(struct trial *trial, const json_t *expectation, const char *what,
			const struct wanted *wanted, const struct times *times)
{
	const json_t *ranges = json_object_get(expectation, "times_ns"), *range;
	bool relative = wanted->base_ns == NS_NEVER;
	size_t i;

	if (times->n == 0)
		return;
	json_array_foreach((json_t *)ranges, i, range) {
		int64_t base_ns = relative ? times->items[0] : wanted->base_ns, after_ns;
		size_t index = i + relative;
		char text[NS_TEXT_SIZE], *wish, *list;

		if (index >= times->n)
			return; /* too few: the count says so */
		after_ns = clamp_subtract(times->items[index], base_ns);
		if (json_is_array(range) && range_holds(range, after_ns))
			continue;
		wish = describe_range_ns(range);
		list = describe_times(times, NS_NEVER);
		trial_add(trial, FAILS, expectation, NO_EVENT, times->items[index],
			  text_format("%s, number %zu of them %s after %s", what, index + 1, wish,
				      relative ? "the first" : "the step"),
			  text_format("it was %s after; %s", format_ns_exact(after_ns, text),
				      list));
		free(wish);
		free(list);
		return;
	}
}

void judge_packets(struct trial *trial, const json_t *expectation)
{
	const json_t *count = json_object_get(expectation, "count");
	int64_t outside_ns = NS_NEVER;
	struct times times = { 0 };
	struct wanted wanted;
	char *kind, *what;

	if (!read_wanted(trial, expectation, &wanted))
		return;
	for (size_t i = 0; i < trial->packets->n; i++) {
		const struct packet *packet = &trial->packets->items[i];

		if (!is_wanted(&wanted, trial->packets, packet))
			continue;
		if (is_in_time(&wanted, packet->time_ns))
			add_time(&times, packet->time_ns);
		else
			outside_ns = packet->time_ns;
	}
	kind = describe_kind(wanted.carries);
	what = describe_wanted(trial, &wanted, kind);
	/* none wished for is no wish at all: at least one */
	if (count ? range_holds(count, (int64_t)times.n) : times.n > 0)
		judge_times(trial, expectation, what, &wanted, &times);
	else
		add_count_problem(trial, expectation, what, &times, &wanted, outside_ns);
	free(what);
	free(kind);
	free(times.items);
}

/* One DATA chunk: the association is known by the receiver's tag and both ports. */
struct sending {
	uint32_t tag, tsn;
	uint16_t source_port, destination_port;
	size_t order; /* of all DATA chunks of the node, in time */
	size_t packet;
};

static int compare_sendings(const void *a, const void *b)
{
	const struct sending *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	if (x->source_port != y->source_port)
		return x->source_port < y->source_port ? -1 : 1;
	if (x->destination_port != y->destination_port)
		return x->destination_port < y->destination_port ? -1 : 1;
	if (x->tsn != y->tsn)
		return x->tsn < y->tsn ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_same_data(const struct sending *x, const struct sending *y)
{
	return x->tag == y->tag && x->tsn == y->tsn && x->source_port == y->source_port &&
	       x->destination_port == y->destination_port;
}

/* All DATA the node sent, wherever to: the first sending may have been on another path. (owned) */
static struct sending *find_sendings(const struct packets *packets, size_t node, size_t *n)
{
	struct sending *sendings = calloc(packets->chunks.n + 1, sizeof(*sendings));

	if (!sendings)
		abort();
	*n = 0;
	for (size_t i = 0; i < packets->n; i++) {
		const struct packet *packet = &packets->items[i];

		for (size_t k = 0; k < packet->n && packet->node == node; k++) {
			const struct chunk *chunk = &packets->chunks.items[packet->first + k];

			if (!chunk->has_tsn || !chunk_is_data(chunk))
				continue;
			sendings[*n] = (struct sending){
				.tag = packet->tag,
				.tsn = chunk->tsn,
				.source_port = packet->source_port,
				.destination_port = packet->destination_port,
				.order = *n,
				.packet = i,
			};
			++*n;
		}
	}
	return sendings;
}

static int compare_ns(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void judge_retransmissions(struct trial *trial, const json_t *expectation)
{
	const json_t *count = json_object_get(expectation, "count");
	int64_t outside_ns = NS_NEVER;
	struct sending *sendings;
	struct times times = { 0 };
	struct wanted wanted;
	char *what;
	size_t n;

	if (!read_wanted(trial, expectation, &wanted))
		return;
	wanted.carries = "any";
	sendings = find_sendings(trial->packets, wanted.node, &n);
	if (n)
		qsort(sendings, n, sizeof(*sendings), compare_sendings);
	for (size_t i = 1; i < n; i++) {
		const struct packet *packet = &trial->packets->items[sendings[i].packet];

		if (!is_same_data(&sendings[i - 1], &sendings[i]) ||
		    !is_wanted(&wanted, trial->packets, packet))
			continue;
		if (is_in_time(&wanted, packet->time_ns))
			add_time(&times, packet->time_ns);
		else
			outside_ns = packet->time_ns;
	}
	if (times.n)
		qsort(times.items, times.n, sizeof(*times.items), compare_ns);
	what = describe_wanted(trial, &wanted, "DATA that was sent before,");
	if (!json_is_array(count) || !range_holds(count, (int64_t)times.n))
		add_count_problem(trial, expectation, what, &times, &wanted, outside_ns);
	free(what);
	free(sendings);
	free(times.items);
}
