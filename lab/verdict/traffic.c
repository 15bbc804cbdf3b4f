// SPDX-License-Identifier: GPL-2.0-only
// Numbered messages of traffic: counted and measured.
#include "lab/verdict/traffic.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/peers.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* One numbered message that arrived. */
struct arrival {
	size_t event;
	int64_t at_ns, sent_ns, flow, seq, stream, ssn;
	const char *socket;
	bool unordered;
};

static int compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* Messages that have an order among them together, in the order of their sending. */
static int compare_sending(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	int order = strcmp(x->socket, y->socket);

	order = order ? order : compare_ints(x->unordered, y->unordered);
	order = order ? order : compare_ints(x->stream, y->stream);
	order = order ? order : compare_ints(x->sent_ns, y->sent_ns);
	order = order ? order : compare_ints(x->flow, y->flow);
	order = order ? order : compare_ints(x->seq, y->seq);
	order = order ? order : compare_ints(x->ssn, y->ssn);
	return order ? order : compare_ints((int64_t)x->event, (int64_t)y->event);
}

static bool have_order(const struct arrival *x, const struct arrival *y)
{
	return x->stream == y->stream && x->unordered == y->unordered &&
	       strcmp(x->socket, y->socket) == 0;
}

static bool are_same(const struct arrival *x, const struct arrival *y)
{
	return x->sent_ns == y->sent_ns && x->flow == y->flow && x->seq == y->seq &&
	       x->ssn == y->ssn;
}

/* True when the step whose messages carry that number (its id + 1) is of the endpoint. */
static bool flow_is_of(const json_t *plan, int64_t flow, const char *sender)
{
	size_t position;
	const json_t *step = trial_step(plan, flow - 1, &position);

	return step && strcmp(trial_endpoint(plan, json_object_get(step, "endpoint")), sender) == 0;
}

/* Reads the numbered messages of the direction that arrived. (owned) */
static struct arrival *find_arrivals(const json_t *plan, const json_t *events,
				     const struct direction *direction, size_t *n)
{
	struct arrival *arrivals = calloc(json_array_size(events) + 1, sizeof(*arrivals));
	const json_t *event;
	size_t i;

	if (!arrivals)
		abort();
	*n = 0;
	json_array_foreach((json_t *)events, i, event) {
		const json_t *message = event_message(event);
		const json_t *mark = json_object_get(message, "traffic");

		if (!json_is_object(mark) || !event_is_at(event, direction->receiver) ||
		    (direction->sender &&
		     !flow_is_of(plan, jsonx_int(mark, "flow", 0), direction->sender)))
			continue;
		arrivals[(*n)++] = (struct arrival){
			.event = i,
			.at_ns = event_time_ns(event),
			.sent_ns = jsonx_int(mark, "sent", 0),
			.flow = jsonx_int(mark, "flow", 0),
			.seq = jsonx_int(mark, "seq", 0),
			.stream = jsonx_int(message, "stream", 0),
			.ssn = jsonx_int(message, "ssn", 0),
			.socket = jsonx_string(event, "socket", ""),
			.unordered = jsonx_true(message, "unordered"),
		};
	}
	return arrivals;
}

/* A message is reordered when one of its stream that was sent later came before it (RFC 4737). */
static void count_order(const struct arrival *arrivals, size_t n, struct traffic *traffic)
{
	size_t first = SIZE_MAX; /* event of the first to come of those sent later */

	for (size_t i = n; i-- > 0;) {
		const struct arrival *now = &arrivals[i], *after = i + 1 < n ? now + 1 : NULL;

		if (!after || !have_order(now, after))
			first = SIZE_MAX;
		else if (after->event < first)
			first = after->event;
		if (now->event < first ||
		    (i > 0 && have_order(now - 1, now) && are_same(now - 1, now)))
			continue;
		traffic->reordered++;
		if (now->event < traffic->disorder)
			traffic->disorder = now->event;
	}
}

/* Sorts the arrivals by sending, where the same message stands beside itself. */
static void count_arrivals(struct arrival *arrivals, size_t n, struct traffic *traffic)
{
	qsort(arrivals, n, sizeof(*arrivals), compare_sending);
	for (size_t i = 0; i < n; i++) {
		const struct arrival *now = &arrivals[i];

		if (i == 0 || !have_order(now - 1, now) || !are_same(now - 1, now)) {
			traffic->received++;
			continue;
		}
		traffic->duplicates++;
		if (now->event < traffic->duplicate)
			traffic->duplicate = now->event;
	}
	count_order(arrivals, n, traffic);
}

static void note_gap(struct traffic *traffic, int64_t from_ns, int64_t to_ns, size_t event)
{
	int64_t gap_ns = clamp_subtract(to_ns, from_ns);

	if (gap_ns <= traffic->gap_ns)
		return;
	traffic->gap_ns = gap_ns;
	traffic->gap_from_ns = from_ns;
	traffic->gap_event = event;
}

/* What the senders say: when they began, what they sent, when they ended. */
static void count_senders(const json_t *plan, const json_t *events,
			  const struct direction *direction, struct traffic *traffic,
			  int64_t *first_ns, int64_t *last_ns)
{
	size_t begun = 0, ended = 0, i;
	const json_t *event;

	json_array_foreach((json_t *)events, i, event) {
		bool call = jsonx_is(event, "event", "call") && jsonx_is(event, "call", "traffic");

		if ((!call && !jsonx_is(event, "event", "traffic")) ||
		    event_is_at(event, direction->receiver) ||
		    (direction->sender && !event_is_at(event, direction->sender)) ||
		    !talks_to(plan, events, jsonx_string(event, "endpoint", ""),
			      jsonx_string(event, "socket", ""), direction->receiver))
			continue;
		if (call && jsonx_int(event, "ret", -1) != -1) {
			int64_t start_ns = jsonx_int(event, "start", 0);

			begun++;
			if (start_ns < *first_ns)
				*first_ns = start_ns;
		} else if (!call) {
			ended++;
			traffic->sent = clamp_add(traffic->sent, jsonx_int(event, "sent", 0));
			traffic->failed = clamp_add(traffic->failed, jsonx_int(event, "failed", 0));
			if (event_time_ns(event) != NS_NEVER && event_time_ns(event) > *last_ns)
				*last_ns = event_time_ns(event);
		}
	}
	traffic->unfinished = begun > ended ? begun - ended : 0;
}

/* The longest time without a delivery. Arrivals must still be in the order of their arrival. */
static void measure_gap(const struct arrival *arrivals, size_t n, int64_t first_ns,
			struct traffic *traffic)
{
	if (n > 0 && arrivals[0].sent_ns < first_ns)
		first_ns = arrivals[0].sent_ns;
	for (size_t i = 0; i < n; i++)
		note_gap(traffic, i ? arrivals[i - 1].at_ns : first_ns, arrivals[i].at_ns,
			 arrivals[i].event);
}

static int compare_latency(const void *a, const void *b)
{
	const struct latency *x = a, *y = b;
	int order = compare_ints(x->ns, y->ns);

	return order ? order : compare_ints((int64_t)x->event, (int64_t)y->event);
}

/* The smallest, the middle ones and the largest, by nearest rank. */
static void measure_latency(const struct arrival *arrivals, size_t n, struct traffic *traffic)
{
	const size_t ranks[LATENCIES] = { 1, (n + 1) / 2, (n * 99 + 99) / 100, n };
	struct latency *sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		abort();
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct latency){
			clamp_subtract(arrivals[i].at_ns, arrivals[i].sent_ns),
			arrivals[i].event,
		};
	qsort(sorted, n, sizeof(*sorted), compare_latency);
	for (size_t i = 0; n > 0 && i < LATENCIES; i++)
		traffic->latency[i] = sorted[ranks[i] - 1];
	free(sorted);
}

void traffic_count(const json_t *plan, const json_t *events, const struct direction *direction,
		   struct traffic *traffic)
{
	int64_t first_ns = INT64_MAX, last_ns = INT64_MIN, silent_ns;
	struct arrival *arrivals;
	size_t n;

	*traffic = (struct traffic){
		.disorder = SIZE_MAX,
		.duplicate = SIZE_MAX,
		.gap_ns = -1,
		.gap_event = SIZE_MAX,
	};
	arrivals = find_arrivals(plan, events, direction, &n);
	count_senders(plan, events, direction, traffic, &first_ns, &last_ns);
	measure_gap(arrivals, n, first_ns, traffic);
	measure_latency(arrivals, n, traffic);
	silent_ns = n ? arrivals[n - 1].at_ns : first_ns;
	count_arrivals(arrivals, n, traffic);
	/* an outage that never ended lasts until there was nothing more to deliver */
	if (traffic->unfinished)
		last_ns = event_time_ns(json_array_get(events, json_array_size(events) - 1));
	if ((traffic->received < clamp_add(traffic->sent, traffic->failed) ||
	     traffic->unfinished) &&
	    last_ns != INT64_MIN && last_ns != NS_NEVER && silent_ns != INT64_MAX)
		note_gap(traffic, silent_ns, last_ns, SIZE_MAX);
	free(arrivals);
}
