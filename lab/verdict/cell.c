// SPDX-License-Identifier: GPL-2.0-only
// A cell of the errno matrix: what its run measured, and whether that is what it expects.
#include "lab/verdict/cell.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* The answer to one of the cell's steps and its index, or NULL. */
static const json_t *find_answer(const json_t *plan, const json_t *events, const char *step,
				 size_t *index)
{
	const json_t *cell = json_object_get(plan, "cell"), *event;
	int64_t id = jsonx_int(json_object_get(cell, "steps"), step, -1);
	char *tag = text_format("%lld", (long long)id);
	const json_t *found = NULL;
	size_t i;

	json_array_foreach((json_t *)events, i, event) {
		if (!jsonx_is(event, "event", "call") || !jsonx_is(event, "tag", tag))
			continue;
		found = event;
		*index = i;
		break;
	}
	free(tag);
	return found;
}

static json_t *copy_value(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

static json_t *make_duration(const json_t *from, const json_t *to)
{
	const json_t *start = json_object_get(from, "start"), *end = json_object_get(to, "end");

	if (!json_is_integer(start) || !json_is_integer(end))
		return json_null();
	return json_integer(clamp_subtract(json_integer_value(end), json_integer_value(start)));
}

/* A name, null for 0, false when getsockopt(2) itself failed. */
static json_t *make_so_error(const json_t *answer)
{
	if (answer && json_is_string(json_object_get(answer, "errno")))
		return json_false();
	return copy_value(answer, "error");
}

static json_t *make_notification(const json_t *notification, int64_t since_ns, int64_t time_ns)
{
	static const char *const kept[] = { "type", "state", "error", "cause", "reason" };
	json_t *entry = json_object();

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *value = json_object_get(notification, kept[i]);

		if (value)
			json_object_set(entry, kept[i], value);
	}
	json_object_set_new(entry, "after_ns", json_integer(clamp_subtract(time_ns, since_ns)));
	return entry;
}

/* What the caller was told between the call and the second one. */
static json_t *list_notifications(const json_t *plan, const json_t *events, const json_t *dial,
				  const json_t *second)
{
	const char *caller = jsonx_string(json_object_get(plan, "cell"), "caller", "");
	int64_t from = jsonx_int(dial, "start", INT64_MAX);
	int64_t to = jsonx_int(second, "start", INT64_MAX);
	json_t *list = json_array(), *event;
	size_t i;

	json_array_foreach((json_t *)events, i, event) {
		const json_t *notification = event_notification(event);
		int64_t time = event_time_ns(event);

		if (notification && event_is_at(event, caller) && time != NS_NEVER &&
		    time >= from && time < to)
			json_array_append_new(list, make_notification(notification, from, time));
	}
	return list;
}

/* What the caller's node sent between the call and the second one. */
static json_t *count_packets(const json_t *plan, const struct packets *packets, const json_t *dial,
			     const json_t *second)
{
	const char *caller = jsonx_string(json_object_get(plan, "cell"), "caller", "");
	const json_t *endpoint;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		if (packets && dial && jsonx_is(endpoint, "name", caller))
			return packets_count(packets, (size_t)jsonx_int(endpoint, "node", -1),
					     jsonx_int(dial, "start", INT64_MIN),
					     jsonx_int(second, "start", INT64_MAX));
	}
	return json_null();
}

json_t *cell_record(const json_t *plan, const json_t *events, const struct packets *packets)
{
	size_t index;
	const json_t *dial = find_answer(plan, events, "dial", &index);
	const json_t *poll = find_answer(plan, events, "poll", &index);
	const json_t *so_error = find_answer(plan, events, "so_error", &index);
	const json_t *second = find_answer(plan, events, "second", &index);
	const json_t *second_so_error = find_answer(plan, events, "second_so_error", &index);
	const json_t *id = json_object_get(dial, "assoc_id");
	json_t *again = json_pack("{s:b, s:o, s:o, s:o, s:o}", "answered", second != NULL, "ret",
				  copy_value(second, "ret"), "errno", copy_value(second, "errno"),
				  "took_ns", make_duration(second, second), "so_error",
				  make_so_error(second_so_error));

	return json_pack("{s:b, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "answered",
			 dial != NULL, "ret", copy_value(dial, "ret"), "errno",
			 copy_value(dial, "errno"), "id", json_is_integer(id), "took_ns",
			 make_duration(dial, dial), "revents", copy_value(poll, "revents"),
			 "ready_ns", make_duration(dial, poll), "so_error", make_so_error(so_error),
			 "notifications", list_notifications(plan, events, dial, second), "packets",
			 count_packets(plan, packets, dial, second), "second", again);
}

static char *show_errno(const json_t *value, const char *fail, const char *succeed)
{
	if (json_is_string(value))
		return text_format("%s with %s", fail, json_string_value(value));
	return text_format("%s", succeed);
}

static char *show_so_error(const json_t *value)
{
	if (json_is_false(value))
		return text_format("no SO_ERROR at all");
	return text_format("SO_ERROR %s", json_is_string(value) ? json_string_value(value) : "0");
}

static char *show_revents(const json_t *list)
{
	char *text = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		char *longer = text_format("%s%s%s", text ?: "", text ? "|" : "",
					   json_string_value(item) ?: "?");

		free(text);
		text = longer;
	}
	return text ?: text_format("no events");
}

static char *show_changes(const json_t *list)
{
	char *text = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		const json_t *error = json_object_get(item, "error");
		char *longer = text_format("%s%s%s", text ?: "", text ? ", " : "",
					   jsonx_string(item, "state", "?"));

		free(text);
		text = longer;
		if (!json_is_integer(error))
			continue;
		longer = text_format("%s (error %lld)", text, (long long)json_integer_value(error));
		free(text);
		text = longer;
	}
	return text ?: text_format("none");
}

static char *show_time(const json_t *value)
{
	char text[NS_TEXT_SIZE];

	return json_is_integer(value) ?
		       text_format("%s", format_ns(json_integer_value(value), text)) :
		       text_format("never");
}

static bool time_holds(const json_t *expect, const json_t *got)
{
	return json_is_integer(got) && range_holds(expect, json_integer_value(got));
}

static bool same_events(const json_t *expect, const json_t *got)
{
	size_t i, k;
	const json_t *item, *other;

	if (json_array_size(expect) != json_array_size(got))
		return false;
	json_array_foreach((json_t *)expect, i, item) {
		bool found = false;

		json_array_foreach((json_t *)got, k, other)
			found |= json_equal(item, other) == 1;
		if (!found)
			return false;
	}
	return true;
}

/* Only the states of the association: those of paths depend on the network. (owned) */
static json_t *pick_changes(const json_t *notifications)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)notifications, i, item) {
		if (jsonx_is(item, "type", "SCTP_ASSOC_CHANGE"))
			json_array_append(list, item);
	}
	return list;
}

static bool changes_hold(const json_t *expect, const json_t *got)
{
	const json_t *item;
	size_t i;

	if (json_array_size(expect) != json_array_size(got))
		return false;
	json_array_foreach((json_t *)expect, i, item) {
		const json_t *other = json_array_get(got, i);
		const json_t *error = json_object_get(item, "error");

		if (!json_equal(json_object_get(item, "state"), json_object_get(other, "state")) ||
		    (error && !json_equal(error, json_object_get(other, "error"))))
			return false;
	}
	return true;
}

/* One field: whether it holds, and both sides in words. */
struct comparison {
	bool holds;
	const char *step;
	char *expected, *observed; /* (owned) */
};

static void compare_notification(const json_t *expect, const json_t *record, struct comparison *c)
{
	json_t *got = pick_changes(json_object_get(record, "notifications"));
	char *left = show_changes(expect), *right = show_changes(got);

	c->holds = changes_hold(expect, got);
	c->expected = text_format("the caller to be told: %s", left);
	c->observed = text_format("it was told: %s", right);
	free(left);
	free(right);
	json_decref(got);
}

/* How many packets with such a chunk were sent, wherever to. */
static int64_t sum_packets(const json_t *counts, const char *chunk)
{
	const char *destination;
	int64_t sum = 0;
	json_t *by_chunk;

	json_object_foreach((json_t *)counts, destination, by_chunk)
		sum += jsonx_int(by_chunk, chunk, 0);
	return sum;
}

static void compare_packets(const json_t *expect, const json_t *record, struct comparison *c)
{
	const json_t *got = json_object_get(record, "packets");
	const char *chunk;
	json_t *range;

	c->holds = true;
	json_object_foreach((json_t *)expect, chunk, range) {
		int64_t count = sum_packets(got, chunk);
		char *often;

		if (json_is_object(got) && range_holds(range, count))
			continue;
		often = describe_count(range);
		c->holds = false;
		c->expected = text_format("%s to be sent %s", chunk, often);
		c->observed = json_is_object(got) ?
				      text_format("it was sent %lld times", (long long)count) :
				      text_format("packets were not captured");
		free(often);
		return;
	}
}

static void compare_errno(const json_t *expect, const json_t *record, const char *who,
			  struct comparison *c)
{
	const json_t *got = json_object_get(record, "errno");
	char *left = show_errno(expect, "fail", "succeed");
	char *right = show_errno(got, "failed", "succeeded");

	c->holds = jsonx_true(record, "answered") && json_equal(expect, got);
	c->expected = text_format("%s to %s", who, left);
	c->observed = jsonx_true(record, "answered") ? text_format("it %s", right) :
						       text_format("it never returned");
	free(left);
	free(right);
}

static void compare_shown(const char *name, const char *left, const char *right, bool holds,
			  struct comparison *c)
{
	c->holds = holds;
	c->expected = text_format("%s%s", name, left);
	c->observed = text_format("it was %s", right);
}

static bool compare(const char *field, const json_t *expect, const json_t *record,
		    struct comparison *c)
{
	const json_t *second = json_object_get(record, "second"), *got;
	char *left = NULL, *right = NULL;
	bool known = true;

	c->step = "dial";
	if (strcmp(field, "errno") == 0) {
		compare_errno(expect, record, "the call", c);
	} else if (strcmp(field, "second") == 0) {
		c->step = "second";
		compare_errno(expect, second, "the second call", c);
	} else if (strcmp(field, "notification") == 0) {
		compare_notification(expect, record, c);
	} else if (strcmp(field, "packets") == 0) {
		compare_packets(expect, record, c);
	} else if (strcmp(field, "took") == 0 || strcmp(field, "ready") == 0) {
		bool is_took = strcmp(field, "took") == 0;

		c->step = is_took ? "dial" : "poll";
		got = json_object_get(record, is_took ? "took_ns" : "ready_ns");
		left = describe_range_ns(expect);
		right = show_time(got);
		compare_shown(is_took ? "the call to take " : "poll to return after ", left, right,
			      time_holds(expect, got), c);
	} else if (strcmp(field, "so-error") == 0 || strcmp(field, "second-so-error") == 0) {
		bool is_second = strcmp(field, "second-so-error") == 0;

		c->step = is_second ? "second_so_error" : "so_error";
		got = json_object_get(is_second ? second : record, "so_error");
		left = show_so_error(expect);
		right = show_so_error(got);
		compare_shown(is_second ? "after the second call " : "", left, right,
			      json_equal(expect, got), c);
	} else if (strcmp(field, "revents") == 0) {
		c->step = "poll";
		got = json_object_get(record, "revents");
		left = show_revents(expect);
		right = show_revents(got);
		compare_shown("poll to return ", left, right,
			      json_is_array(got) && same_events(expect, got), c);
	} else if (strcmp(field, "id") == 0) {
		compare_shown("", json_is_true(expect) ? "an association id" : "no association id",
			      jsonx_true(record, "id") ? "given" : "not given",
			      json_is_true(expect) == jsonx_true(record, "id"), c);
	} else {
		known = false;
	}
	free(left);
	free(right);
	return known;
}

void judge_cell(struct trial *trial)
{
	const json_t *cell = json_object_get(trial->plan, "cell"), *item;
	json_t *record;
	size_t i;

	if (!cell)
		return;
	record = cell_record(trial->plan, trial->events, trial->packets);
	json_array_foreach(json_object_get(cell, "expect"), i, item) {
		const char *field = jsonx_string(item, "field", "?");
		struct comparison c = { 0 };
		const json_t *answer;
		size_t event;

		if (!compare(field, json_object_get(item, "value"), record, &c)) {
			trial_add(trial, VOIDS, item, NO_EVENT, trial->end_ns,
				  text_format("only expectations the verdict knows"),
				  text_format("\"%s\" is none of a cell", field));
			continue;
		}
		answer = find_answer(trial->plan, trial->events, c.step, &event);
		/* a call that never returned is told with its step */
		if (!c.holds && answer)
			trial_add(trial, FAILS, item, event, event_time_ns(answer), c.expected,
				  c.observed);
		else {
			free(c.expected);
			free(c.observed);
		}
	}
	json_decref(record);
}
