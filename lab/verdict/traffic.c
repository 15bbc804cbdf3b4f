// SPDX-License-Identifier: GPL-2.0-only
// Numbered messages of traffic: counted, and judged for delivery and outage.
#include "lab/verdict/traffic.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/peers.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* One numbered message that arrived. */
struct arrival {
	size_t event;
	int64_t at_ns, sent_ns, seq, stream, ssn;
	const char *socket;
};

static int compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* One flow's messages together, in the order of their sending. */
static int compare_sending(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	int order = strcmp(x->socket, y->socket);

	order = order ? order : compare_ints(x->stream, y->stream);
	order = order ? order : compare_ints(x->sent_ns, y->sent_ns);
	order = order ? order : compare_ints(x->seq, y->seq);
	order = order ? order : compare_ints(x->ssn, y->ssn);
	return order ? order : compare_ints((int64_t)x->event, (int64_t)y->event);
}

static bool is_flow(const struct arrival *x, const struct arrival *y)
{
	return x->stream == y->stream && strcmp(x->socket, y->socket) == 0;
}

/* Reads the numbered messages that arrived at the receiver. (owned) */
static struct arrival *find_arrivals(const json_t *events, const char *receiver, size_t *n)
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

		if (!json_is_object(mark) || !event_is_at(event, receiver))
			continue;
		arrivals[(*n)++] = (struct arrival){
			.event = i,
			.at_ns = event_time_ns(event),
			.sent_ns = jsonx_int(mark, "sent", 0),
			.seq = jsonx_int(mark, "seq", 0),
			.stream = jsonx_int(message, "stream", 0),
			.ssn = jsonx_int(message, "ssn", 0),
			.socket = jsonx_string(event, "socket", ""),
		};
	}
	return arrivals;
}

/* Sorts the arrivals by sending; what then goes back in time of arrival was out of order. */
static void count_arrivals(struct arrival *arrivals, size_t n, struct traffic *traffic)
{
	qsort(arrivals, n, sizeof(*arrivals), compare_sending);
	for (size_t i = 0; i < n; i++) {
		const struct arrival *before = i ? &arrivals[i - 1] : NULL, *now = &arrivals[i];

		if (!before || !is_flow(before, now)) {
			traffic->received++;
			continue;
		}
		if (before->sent_ns == now->sent_ns && before->seq == now->seq &&
		    before->ssn == now->ssn) {
			traffic->duplicates++;
			if (now->event < traffic->duplicate)
				traffic->duplicate = now->event;
			continue;
		}
		traffic->received++;
		if (before->event > now->event && before->event < traffic->disorder)
			traffic->disorder = before->event;
	}
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
static void count_senders(const json_t *plan, const json_t *events, const char *receiver,
			  struct traffic *traffic, int64_t *first_ns, int64_t *last_ns)
{
	size_t begun = 0, ended = 0, i;
	const json_t *event;

	json_array_foreach((json_t *)events, i, event) {
		bool call = jsonx_is(event, "event", "call") && jsonx_is(event, "call", "traffic");

		if ((!call && !jsonx_is(event, "event", "traffic")) ||
		    event_is_at(event, receiver) ||
		    !talks_to(plan, events, jsonx_string(event, "endpoint", ""),
			      jsonx_string(event, "socket", ""), receiver))
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

void traffic_count(const json_t *plan, const json_t *events, const char *receiver,
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
	arrivals = find_arrivals(events, receiver, &n);
	count_senders(plan, events, receiver, traffic, &first_ns, &last_ns);
	measure_gap(arrivals, n, first_ns, traffic);
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

static char *describe_undelivered(const struct traffic *traffic)
{
	if (clamp_add(traffic->sent, traffic->failed) == 0)
		return text_format("no traffic was sent");
	if (traffic->failed)
		return text_format("%lld of %lld arrived; %lld could not be sent",
				   (long long)traffic->received,
				   (long long)clamp_add(traffic->sent, traffic->failed),
				   (long long)traffic->failed);
	return text_format("%lld of %lld arrived", (long long)traffic->received,
			   (long long)traffic->sent);
}

void judge_delivered(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const json_t *all = json_object_get(expectation, "all");
	const json_t *in_order = json_object_get(expectation, "in_order");
	const json_t *duplicates = json_object_get(expectation, "duplicates");
	struct traffic traffic;
	bool holds;

	traffic_count(trial->plan, trial->events, endpoint, &traffic);
	holds = traffic.received == traffic.sent && traffic.sent > 0 && traffic.failed == 0 &&
		traffic.unfinished == 0;
	if (json_is_boolean(all) && holds != json_is_true(all))
		trial_add(trial, FAILS, expectation, NO_EVENT, trial->end_ns,
			  json_is_true(all) ?
				  text_format("every message to arrive at %s", endpoint) :
				  text_format("not every message to arrive at %s", endpoint),
			  traffic.unfinished ?
				  text_format("%lld arrived, and the sender never came to its end",
					      (long long)traffic.received) :
				  describe_undelivered(&traffic));
	holds = traffic.disorder == SIZE_MAX && traffic.received > 0;
	if (json_is_boolean(in_order) && holds != json_is_true(in_order))
		trial_add(trial, FAILS, expectation, traffic.disorder,
			  event_time_ns(json_array_get(trial->events, traffic.disorder)),
			  json_is_true(in_order) ?
				  text_format("messages to arrive at %s in order", endpoint) :
				  text_format("messages to arrive at %s out of order", endpoint),
			  traffic.received == 0 ? text_format("none arrived") :
			  holds			? text_format("all arrived in order") :
						  text_format("one overtook an earlier one"));
	holds = traffic.duplicates > 0;
	if (json_is_boolean(duplicates) && holds != json_is_true(duplicates))
		trial_add(trial, FAILS, expectation, traffic.duplicate,
			  event_time_ns(json_array_get(trial->events, traffic.duplicate)),
			  json_is_true(duplicates) ?
				  text_format("a message to arrive twice at %s", endpoint) :
				  text_format("no message to arrive twice at %s", endpoint),
			  text_format("%lld arrived once more", (long long)traffic.duplicates));
}

void judge_outage(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const json_t *range = json_object_get(expectation, "ns");
	char gap[NS_TEXT_SIZE], from[NS_TEXT_SIZE], *wanted;
	struct traffic traffic;

	traffic_count(trial->plan, trial->events, endpoint, &traffic);
	if (traffic.gap_ns >= 0 && json_is_array(range) && range_holds(range, traffic.gap_ns))
		return;
	wanted = describe_range_ns(range);
	format_ns_exact(traffic.gap_ns, gap);
	format_ns_exact(traffic.gap_from_ns, from);
	trial_add(
		trial, FAILS, expectation, traffic.gap_event,
		traffic.gap_ns < 0 ? trial->end_ns : clamp_add(traffic.gap_from_ns, traffic.gap_ns),
		text_format("the longest time without a delivery at %s to be %s", endpoint, wanted),
		traffic.gap_ns < 0 ? text_format("no traffic was sent") :
				     text_format("it was %s, from %s on", gap, from));
	free(wanted);
}
