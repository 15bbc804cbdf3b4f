// SPDX-License-Identifier: GPL-2.0-only
// What was measured of a run's traffic, one direction after the other: for the JSON report.
#include "lab/common/jsonx.h"
#include "lab/verdict/traffic.h"
#include "lab/verdict/trial.h"

static json_t *report_latency(const struct traffic *traffic)
{
	if (traffic->received == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "min_ns",
			 (json_int_t)traffic->latency[LATENCY_MIN].ns, "median_ns",
			 (json_int_t)traffic->latency[LATENCY_MEDIAN].ns, "p99_ns",
			 (json_int_t)traffic->latency[LATENCY_99].ns, "max_ns",
			 (json_int_t)traffic->latency[LATENCY_MAX].ns);
}

static json_t *report_direction(const struct direction *direction, const struct traffic *traffic)
{
	return json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "sender", direction->sender,
		"receiver", direction->receiver, "sent", (json_int_t)traffic->sent, "failed",
		(json_int_t)traffic->failed, "received", (json_int_t)traffic->received,
		"duplicates", (json_int_t)traffic->duplicates, "reordered",
		(json_int_t)traffic->reordered, "latency", report_latency(traffic), "outage_ns",
		traffic->gap_ns < 0 ? json_null() : json_integer((json_int_t)traffic->gap_ns));
}

static bool sends_traffic(const json_t *events, const char *endpoint)
{
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)events, i, event) {
		if (jsonx_is(event, "call", "traffic") && event_is_at(event, endpoint))
			return true;
	}
	return false;
}

json_t *traffic_report(const json_t *plan, const json_t *events)
{
	const json_t *endpoints = json_object_get(plan, "endpoints"), *from, *to;
	json_t *list = json_array();
	size_t i, j;

	json_array_foreach((json_t *)endpoints, i, from) {
		if (!sends_traffic(events, jsonx_string(from, "name", "")))
			continue;
		json_array_foreach((json_t *)endpoints, j, to) {
			const struct direction direction = { jsonx_string(to, "name", ""),
							     jsonx_string(from, "name", "") };
			struct traffic traffic;

			if (i == j)
				continue;
			traffic_count(plan, events, &direction, &traffic);
			if (traffic.sent > 0 || traffic.failed > 0 || traffic.received > 0)
				json_array_append_new(list, report_direction(&direction, &traffic));
		}
	}
	return list;
}
