// SPDX-License-Identifier: GPL-2.0-only
// What a run of a sweep measured: a few numbers, by name.
#include "lab/sweep/measure.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/front/nearest.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/traffic.h"
#include "lab/verdict/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct measure measures[MEASURES] = {
	{ "outage", "outage_ns", "outage: longest time without a delivery", MEASURE_NS },
	{ "sent", "sent", "messages sent", MEASURE_COUNT },
	{ "failed", "failed", "messages that could not be sent", MEASURE_COUNT },
	{ "delivered", "delivered", "messages delivered", MEASURE_COUNT },
	{ "duplicates", "duplicates", "messages delivered once more", MEASURE_COUNT },
	{ "latency-median", "latency_median_ns", "latency of messages, median", MEASURE_NS },
	{ "latency-max", "latency_max_ns", "latency of messages, longest", MEASURE_NS },
	{ "path-lost", "path_lost_ns", "first path reported unreachable", MEASURE_NS },
	{ "detection", "detection_ns",
	  "from the first fault to the first path reported unreachable", MEASURE_NS },
	{ "return", "return_ns", "from the first heal to the first path reported available again",
	  MEASURE_NS },
	{ "lost", "lost_ns", "association lost", MEASURE_NS },
	{ "lost-errno", "lost_errno", "error after the association was lost", MEASURE_TEXT },
	{ "virtual-time", "virtual_ns", "virtual time of the run", MEASURE_NS },
};

const struct measure *get_measure(const char *command, const char *name)
{
	const char *names[MEASURES], *nearest;
	size_t n = 0;

	for (size_t i = 0; i < MEASURES; i++) {
		if (measures[i].unit == MEASURE_TEXT)
			continue;
		if (strcmp(measures[i].name, name) == 0)
			return &measures[i];
		names[n++] = measures[i].name;
	}
	nearest = nearest_name(name, names, n);
	fprintf(stderr, "%s: no measure is called \"%s\"", command, name);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?", nearest);
	fputs(nearest ? "\n" : "; there are:", stderr);
	for (size_t i = 0; i < n && !nearest; i++)
		fprintf(stderr, "%s %s%s", i ? "," : "", names[i], i + 1 == n ? "\n" : "");
	return NULL;
}

static void put_ns(json_t *result, const char *key, int64_t ns, bool known)
{
	json_object_set_new(result, key, known ? json_integer(ns) : json_null());
}

/* Of several receivers: the longest outage, and the sum of what is counted. */
static void put_traffic(const json_t *plan, const json_t *events, json_t *result)
{
	struct traffic all = { .gap_ns = -1 };
	const json_t *endpoint;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		struct direction direction = { .receiver = jsonx_string(endpoint, "name", "?") };
		struct traffic one;

		traffic_count(plan, events, &direction, &one);
		if (one.sent == 0 && one.failed == 0 && one.received == 0 && one.unfinished == 0)
			continue;
		any = true;
		all.sent = clamp_add(all.sent, one.sent);
		all.failed = clamp_add(all.failed, one.failed);
		all.received = clamp_add(all.received, one.received);
		all.duplicates = clamp_add(all.duplicates, one.duplicates);
		if (one.gap_ns > all.gap_ns)
			all.gap_ns = one.gap_ns;
	}
	put_ns(result, "outage_ns", all.gap_ns, any && all.gap_ns >= 0);
	put_ns(result, "sent", all.sent, any);
	put_ns(result, "failed", all.failed, any);
	put_ns(result, "delivered", all.received, any);
	put_ns(result, "duplicates", all.duplicates, any);
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* From the sending of a numbered message to its arrival; of two middle ones the median is the smaller. */
static void put_latency(const json_t *events, json_t *result)
{
	int64_t *latencies = calloc(json_array_size(events) + 1, sizeof(*latencies));
	const json_t *event;
	size_t i, n = 0;

	if (!latencies)
		abort();
	json_array_foreach((json_t *)events, i, event) {
		const json_t *mark = json_object_get(event_message(event), "traffic");

		if (json_is_object(mark))
			latencies[n++] =
				clamp_subtract(event_time_ns(event), jsonx_int(mark, "sent", 0));
	}
	qsort(latencies, n, sizeof(*latencies), compare_ns);
	put_ns(result, "latency_median_ns", n ? latencies[(n - 1) / 2] : 0, n > 0);
	put_ns(result, "latency_max_ns", n ? latencies[n - 1] : 0, n > 0);
	free(latencies);
}

/* The first event from there on that is of that kind, or notifies of that state, and its place; NULL when there is none. */
static const json_t *find_event(const json_t *events, const char *kind, const char *state,
				size_t *place)
{
	for (size_t i = *place; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (kind ? !jsonx_is(event, "event", kind) :
			   !jsonx_is(event_notification(event), "state", state))
			continue;
		*place = i;
		return event;
	}
	return NULL;
}

/* The time from the first event of a kind to the next notification of a state. */
static void put_since(const json_t *events, const char *kind, const char *state, const char *key,
		      json_t *result)
{
	size_t place = 0;
	const json_t *from = find_event(events, kind, NULL, &place);
	const json_t *to = from ? find_event(events, NULL, state, &place) : NULL;

	put_ns(result, key, to ? clamp_subtract(event_time_ns(to), event_time_ns(from)) : 0, to);
}

/* The first error that an endpoint meets from there on, by a call or in its traffic. */
static const char *find_error(const json_t *events, size_t from, const char *endpoint)
{
	for (size_t i = from; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		json_t *errors = json_object_get(event, "errors");
		const char *name = jsonx_string(event, "errno", NULL);

		if (!event_is_at(event, endpoint))
			continue;
		if (name)
			return name;
		if (jsonx_is(event, "event", "traffic") && json_object_size(errors) > 0)
			return json_object_iter_key(json_object_iter(errors));
	}
	return NULL;
}

static void put_loss(const json_t *events, json_t *result)
{
	size_t place = 0;
	const json_t *event = find_event(events, NULL, "SCTP_ADDR_UNREACHABLE", &place);
	const char *name = NULL;

	put_ns(result, "path_lost_ns", event ? event_time_ns(event) : 0, event);
	put_since(events, "fault", "SCTP_ADDR_UNREACHABLE", "detection_ns", result);
	put_since(events, "heal", "SCTP_ADDR_AVAILABLE", "return_ns", result);
	place = 0;
	event = find_event(events, NULL, "SCTP_COMM_LOST", &place);
	put_ns(result, "lost_ns", event ? event_time_ns(event) : 0, event);
	if (event)
		name = find_error(events, place, jsonx_string(event, "endpoint", "?"));
	json_object_set_new(result, "lost_errno", name ? json_string(name) : json_null());
}

void measure_run(const json_t *plan, const json_t *events, json_t *result)
{
	put_traffic(plan, events, result);
	put_latency(events, result);
	put_loss(events, result);
}
