// SPDX-License-Identifier: GPL-2.0-only
// What the parts of the judge share: finding things in a plan and its events, adding problems.
#include "lab/verdict/trial.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"

#include <stdlib.h>
#include <string.h>

static char *copy_string(const json_t *object, const char *key)
{
	const char *value = jsonx_string(object, key, NULL);

	return value ? text_format("%s", value) : NULL;
}

void trial_add(struct trial *trial, enum gravity gravity, const json_t *item, size_t event,
	       int64_t at_ns, char *expected, char *observed)
{
	struct verdict *out = trial->out;
	struct problem *grown = realloc(out->problems, (out->n + 1) * sizeof(*grown));
	const json_t *expect = json_object_get(item, "expect");

	if (!grown)
		abort();
	out->problems = grown;
	out->problems[out->n++] = (struct problem){
		.line = (int)jsonx_int(item, "line", 0),
		.column = (int)jsonx_int(item, "column", 0),
		.text = copy_string(item, "text"),
		.expected = expected,
		.observed = observed,
		.source = copy_string(item, "source") ?: copy_string(expect, "source"),
		.at_ns = at_ns,
		.event = event == NO_EVENT ? json_array_size(trial->events) : event,
		.until_ns = at_ns,
	};
	if (gravity == VOIDS)
		trial->voided = true;
	else
		trial->failed = true;
}

void trial_limit(struct trial *trial, int64_t until_ns)
{
	trial->out->problems[trial->out->n - 1].until_ns = until_ns;
}

const char *trial_endpoint(const json_t *plan, const json_t *endpoint)
{
	const json_t *endpoints = json_object_get(plan, "endpoints");

	if (json_is_string(endpoint))
		return json_string_value(endpoint);
	if (!json_is_integer(endpoint) || json_integer_value(endpoint) < 0)
		return "?";
	return jsonx_string(json_array_get(endpoints, (size_t)json_integer_value(endpoint)), "name",
			    "?");
}

const json_t *trial_step(const json_t *plan, int64_t id, size_t *position)
{
	const json_t *steps = json_object_get(plan, "steps");
	const json_t *step;
	size_t i;

	/* the planner numbers steps by their position */
	step = id < 0 ? NULL : json_array_get(steps, (size_t)id);
	if (step && jsonx_int(step, "id", -1) == id) {
		*position = (size_t)id;
		return step;
	}
	json_array_foreach((json_t *)steps, i, step) {
		if (jsonx_int(step, "id", -1) == id) {
			*position = i;
			return step;
		}
	}
	return NULL;
}

const json_t *trial_tagged(const json_t *plan, const json_t *event, size_t *position)
{
	const char *tag = jsonx_string(event, "tag", "");
	char *end;
	long id = strtol(tag, &end, 10);

	if (end == tag || *end != '\0')
		return NULL;
	return trial_step(plan, id, position);
}

bool event_is_at(const json_t *event, const char *endpoint)
{
	return jsonx_is(event, "endpoint", endpoint);
}

const json_t *event_notification(const json_t *event)
{
	if (jsonx_is(event, "event", "notification"))
		return event;
	return json_object_get(event, "notification");
}

const json_t *event_message(const json_t *event)
{
	const json_t *message = json_object_get(event, "message");

	if (jsonx_is(event, "event", "message"))
		return event;
	/* of other events, "message" is a sentence */
	return json_is_object(message) ? message : NULL;
}

void range_read(const json_t *range, int64_t *min, int64_t *max)
{
	const json_t *low = json_array_get(range, 0);
	const json_t *high = json_array_get(range, json_array_size(range) - 1);

	if (json_is_integer(range))
		low = high = range;
	*min = json_is_integer(low) ? json_integer_value(low) : INT64_MIN;
	*max = json_is_integer(high) ? json_integer_value(high) : INT64_MAX;
}

bool range_holds(const json_t *range, int64_t value)
{
	int64_t min, max;

	range_read(range, &min, &max);
	return value >= min && value <= max;
}

char *describe_range_ns(const json_t *range)
{
	int64_t min, max;
	char low[NS_TEXT_SIZE], high[NS_TEXT_SIZE];

	range_read(range, &min, &max);
	format_ns_exact(min, low);
	format_ns_exact(max, high);
	if (min == max)
		return text_format("%s", low);
	if (max == INT64_MAX)
		return text_format("at least %s", low);
	if (min <= 0)
		return text_format("at most %s", high);
	return text_format("%s to %s", low, high);
}

char *describe_count(const json_t *range)
{
	int64_t min, max;
	char *least;

	range_read(range, &min, &max);
	if (max <= 0)
		return text_format("not at all");
	if (min != max && max != INT64_MAX)
		return text_format("%lld to %lld times", (long long)min, (long long)max);
	least = min == 1 ? text_format("once") : text_format("%lld times", (long long)min);
	char *text = text_format("%s %s", min == max ? "exactly" : "at least", least);

	free(least);
	return text;
}
