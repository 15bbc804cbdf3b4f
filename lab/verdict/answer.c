// SPDX-License-Identifier: GPL-2.0-only
// One call's answer against what its step expects, key by key (docs/formats.md, section 3).
#define _GNU_SOURCE 1
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* One key of an expectation: whether it holds, and both sides in words. */
struct comparison {
	bool known, holds;
	char *expected, *observed; /* (owned) */
};

/* JSON as it stands, strings without their quotes. (owned) */
static char *show(const json_t *value)
{
	char *text, *shown;

	if (json_is_string(value))
		return text_format("%s", json_string_value(value));
	text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	shown = text_format("%s", text ?: "nothing");
	free(text);
	return shown;
}

/* "A, B, C" of a list of strings; addresses of the plan with their names, when it is given. (owned) */
static char *show_list(const json_t *plan, const json_t *list, const char *separator)
{
	char *text = text_format("%s", ""), *longer;
	const json_t *item;
	size_t i;

	if (!json_is_array(list)) {
		free(text);
		return show(list);
	}
	json_array_foreach((json_t *)list, i, item) {
		char *shown = plan && json_is_string(item) ?
				      name_and_address(plan, json_string_value(item)) :
				      show(item);

		longer = text_format("%s%s%s", text, i ? separator : "", shown);
		free(shown);
		free(text);
		text = longer;
	}
	if (i == 0) {
		free(text);
		return text_format("none");
	}
	return text;
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || addresses_match(a, b);
}

/* True when two lists hold the same strings or addresses, in any order. */
static bool same_set(const json_t *a, const json_t *b)
{
	size_t n = json_array_size(a), i, j;
	bool *taken;
	bool same = json_is_array(a) && json_is_array(b) && n == json_array_size(b);

	if (!same)
		return false;
	taken = calloc(n + 1, sizeof(*taken));
	if (!taken)
		abort();
	for (i = 0; i < n && same; i++) {
		const char *left = json_string_value(json_array_get(a, i));

		for (j = 0; j < n; j++) {
			const char *right = json_string_value(json_array_get(b, j));

			if (!taken[j] && left && right && is_same(left, right))
				break;
		}
		same = j < n;
		if (same)
			taken[j] = true;
	}
	free(taken);
	return same;
}

static const char *without_prefix(const char *name)
{
	return strncmp(name, "SCTP_", 5) == 0 ? name + 5 : name;
}

static bool same_name(const char *a, const char *b)
{
	return a && b && strcmp(without_prefix(a), without_prefix(b)) == 0;
}

/* The address lists an answer may hold. Paths become their addresses. (owned) */
static json_t *answer_addresses(const json_t *answer)
{
	json_t *list = json_object_get(answer, "addrs"), *path;
	size_t i;

	if (json_is_array(list))
		return json_incref(list);
	if (!json_is_array(json_object_get(answer, "paths")))
		return NULL;
	list = json_array();
	json_array_foreach(json_object_get(answer, "paths"), i, path)
		json_array_append(list, json_object_get(path, "address"));
	return list;
}

const char *answer_primary(const json_t *answer)
{
	const json_t *path = json_object_get(answer, "primary");
	size_t i;

	if (json_is_object(path))
		return jsonx_string(path, "address", NULL);
	json_array_foreach(json_object_get(answer, "paths"), i, path) {
		if (jsonx_true(path, "primary"))
			return jsonx_string(path, "address", NULL);
	}
	return NULL;
}

char *show_result(const json_t *answer)
{
	const char *name = jsonx_string(answer, "errno", NULL);
	char *ret, *text;

	if (name)
		return text_format("failed with %s", name);
	ret = show(json_object_get(answer, "ret"));
	text = text_format("returned %s", ret);
	free(ret);
	return text;
}

static bool errno_holds(const json_t *expect, const json_t *answer)
{
	const json_t *got = json_object_get(answer, "errno"), *item;
	size_t i;

	if (json_is_null(expect))
		return json_is_null(got) && jsonx_int(answer, "ret", -1) != -1;
	if (json_is_array(expect)) {
		json_array_foreach((json_t *)expect, i, item) {
			if (json_equal(item, got))
				return jsonx_int(answer, "ret", 0) == -1;
		}
		return false;
	}
	return json_equal(expect, got) && jsonx_int(answer, "ret", 0) == -1;
}

/* "ret" and "errno" tell one story: they are compared and told together. */
static struct comparison compare_result(const json_t *expect, const json_t *answer)
{
	const json_t *ret = json_object_get(expect, "ret");
	const json_t *name = json_object_get(expect, "errno");
	struct comparison c = { .known = true, .holds = true };
	char *shown;

	if (ret)
		c.holds = json_is_integer(json_object_get(answer, "ret")) &&
			  range_holds(ret, jsonx_int(answer, "ret", 0));
	if (name)
		c.holds = c.holds && errno_holds(name, answer);
	if (json_is_string(name) || json_is_array(name)) {
		shown = show_list(NULL, name, " or ");
		c.expected = text_format("fail with %s", shown);
	} else if (ret) {
		shown = show(ret);
		c.expected = text_format("return %s", shown);
	} else {
		shown = NULL;
		c.expected = text_format("succeed");
	}
	free(shown);
	c.observed = answer ? show_result(answer) : NULL;
	return c;
}

static struct comparison compare_took(const json_t *expect, const json_t *answer)
{
	struct comparison c = { .known = true };
	const json_t *start = json_object_get(answer, "start"),
		     *end = json_object_get(answer, "end");
	char text[NS_TEXT_SIZE], *range = describe_range_ns(expect);

	c.expected = text_format("take %s", range);
	free(range);
	if (json_is_integer(start) && json_is_integer(end)) {
		int64_t took = clamp_subtract(json_integer_value(end), json_integer_value(start));

		c.holds = range_holds(expect, took);
		c.observed = text_format("took %s", format_ns_exact(took, text));
	} else {
		c.observed = text_format("does not say when it began and ended");
	}
	return c;
}

static struct comparison compare_so_error(const json_t *expect, const json_t *answer)
{
	const json_t *value = json_object_get(answer, "value");
	struct comparison c = { .known = true };
	const char *name = NULL;

	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
	    json_integer_value(value) < 4096)
		name = strerrorname_np((int)json_integer_value(value));
	if (json_is_null(expect)) {
		c.holds = json_is_integer(value) && json_integer_value(value) == 0;
		c.expected = text_format("give SO_ERROR 0");
	} else {
		c.holds = name && json_is_string(expect) &&
			  strcmp(name, json_string_value(expect)) == 0;
		c.expected = text_format("give SO_ERROR %s", json_string_value(expect) ?: "?");
	}
	if (name && strcmp(name, "0") != 0) {
		c.observed = text_format("gave SO_ERROR %s", name);
	} else {
		char *shown = show(value);

		c.observed = text_format("gave SO_ERROR %s", shown);
		free(shown);
	}
	return c;
}

/* A number, or an object whose keys must be there with these values, to any depth. */
static bool value_holds(const json_t *expect, const json_t *got)
{
	const char *key;
	json_t *value;

	if (!json_is_object(expect))
		return json_equal(expect, got) == 1;
	if (!json_is_object(got))
		return false;
	json_object_foreach((json_t *)expect, key, value) {
		if (!value_holds(value, json_object_get(got, key)))
			return false;
	}
	return true;
}

static struct comparison compare_addresses(const json_t *plan, const json_t *expect,
					   const json_t *answer)
{
	json_t *got = answer_addresses(answer);
	struct comparison c = { .known = true, .holds = same_set(expect, got) };
	char *left = show_list(plan, expect, ", "), *right = show_list(plan, got, ", ");

	c.expected = text_format("give the addresses %s", left);
	c.observed = text_format("gave %s", right);
	free(left);
	free(right);
	json_decref(got);
	return c;
}

static struct comparison compare_count(const json_t *expect, const json_t *answer)
{
	json_t *got = answer_addresses(answer);
	struct comparison c = { .known = true };
	int64_t min, max;

	range_read(expect, &min, &max);
	c.holds = got && range_holds(expect, (int64_t)json_array_size(got));
	c.expected =
		min == max ?
			text_format("give %lld address%s", (long long)min, min == 1 ? "" : "es") :
		max == INT64_MAX ?
			text_format("give at least %lld addresses", (long long)min) :
			text_format("give %lld to %lld addresses", (long long)min, (long long)max);
	c.observed = got ? text_format("gave %zu", json_array_size(got)) : text_format("gave none");
	json_decref(got);
	return c;
}

/* A key whose two sides are told as "give NAME x" and "gave y". */
static struct comparison compare_shown(const char *name, bool holds, const json_t *expect,
				       const json_t *got)
{
	struct comparison c = { .known = true, .holds = holds };
	char *left = json_is_array(expect) ? show_list(NULL, expect, "|") : show(expect);
	char *right = json_is_array(got) ? show_list(NULL, got, "|") : show(got);

	c.expected = text_format("give %s %s", name, left);
	c.observed = text_format("gave %s", right);
	free(left);
	free(right);
	return c;
}

static struct comparison compare_address(const json_t *plan, const char *name, const json_t *expect,
					 const char *got)
{
	struct comparison c = { .known = true };
	char *left = name_and_address(plan, json_string_value(expect) ?: "?");
	char *right = got ? name_and_address(plan, got) : NULL;

	c.holds = got && json_is_string(expect) && addresses_match(json_string_value(expect), got);
	c.expected = text_format("give %s %s", name, left);
	c.observed = text_format("gave %s", right ?: "none");
	free(left);
	free(right);
	return c;
}

static struct comparison compare_notification(const json_t *expect, const json_t *answer)
{
	const json_t *notification = json_object_get(answer, "notification");
	const json_t *message = json_object_get(answer, "message");
	const json_t *type = json_object_get(notification, "type");
	struct comparison c = { .known = true };

	if (json_is_null(expect)) {
		c.holds = json_is_object(message) && !json_is_object(notification);
		c.expected = text_format("bring a message");
	} else {
		c.holds = json_equal(expect, type);
		c.expected = text_format("bring %s", json_string_value(expect) ?: "?");
	}
	c.observed = text_format("brought %s", json_is_object(message) ? "a message" :
					       type ? json_string_value(type) ?: "?" :
						      "nothing");
	return c;
}

static struct comparison compare_id(const json_t *expect, const json_t *answer)
{
	const json_t *id = json_object_get(answer, "assoc_id");
	struct comparison c = { .known = true };
	char *shown = show(id);

	c.holds = json_is_true(expect) ? json_is_integer(id) : json_is_null(id);
	c.expected = text_format("give %s association id", json_is_true(expect) ? "an" : "no");
	c.observed = text_format("gave %s", shown);
	free(shown);
	return c;
}

/* How many messages traffic sent, or failed to send: "send 5 to 9 messages". */
static struct comparison compare_messages(const char *verb, const char *past, const json_t *expect,
					  const json_t *got)
{
	struct comparison c = { .known = true };
	int64_t min, max;

	range_read(expect, &min, &max);
	c.holds = json_is_integer(got) && range_holds(expect, json_integer_value(got));
	c.expected = min == max ?
			     text_format("%s %lld", verb, (long long)min) :
		     max == INT64_MAX ?
			     text_format("%s at least %lld", verb, (long long)min) :
			     text_format("%s %lld to %lld", verb, (long long)min, (long long)max);
	c.observed = text_format("%s %lld", past,
				 (long long)(json_is_integer(got) ? json_integer_value(got) : 0));
	return c;
}

/* Exactly these errors, each as often as it may have come. */
static struct comparison compare_errors(const json_t *expect, const json_t *got)
{
	json_t *names = json_array(), *value;
	struct comparison c = { .known = true };
	const char *key;
	char *left, *right;

	json_object_foreach((json_t *)got, key, value)
		json_array_append_new(names, json_string(key));
	c.holds = same_set(expect, names);
	left = show_list(NULL, expect, " and ");
	right = show_list(NULL, names, " and ");
	c.expected = text_format("meet %s", json_array_size(expect) ? left : "no error");
	c.observed = text_format("met %s", json_array_size(names) ? right : "none");
	free(left);
	free(right);
	json_decref(names);
	return c;
}

bool tells_end_of_traffic(const char *key)
{
	return strcmp(key, "sent") == 0 || strcmp(key, "failed") == 0 || strcmp(key, "errors") == 0;
}

/* answer may be NULL: then only what was expected is put into words. */
static struct comparison compare_key(const json_t *plan, const char *key, const json_t *expect,
				     const json_t *answer)
{
	const json_t *got = json_object_get(answer, key);

	if (strcmp(key, "took_ns") == 0)
		return compare_took(expect, answer);
	if (strcmp(key, "so_error") == 0)
		return compare_so_error(expect, answer);
	if (strcmp(key, "value") == 0)
		return compare_shown(key, value_holds(expect, got), expect, got);
	if (strcmp(key, "revents") == 0)
		return compare_shown(key, same_set(expect, got), expect, got);
	if (strcmp(key, "addresses") == 0)
		return compare_addresses(plan, expect, answer);
	if (strcmp(key, "count") == 0)
		return compare_count(expect, answer);
	if (strcmp(key, "primary") == 0)
		return compare_address(plan, key, expect, answer_primary(answer));
	if (strcmp(key, "peer") == 0)
		return compare_address(plan, key, expect, json_string_value(got));
	if (strcmp(key, "notification") == 0)
		return compare_notification(expect, answer);
	if (strcmp(key, "id") == 0)
		return compare_id(expect, answer);
	if (strcmp(key, "sent") == 0)
		return compare_messages("send", "sent", expect, got);
	if (strcmp(key, "failed") == 0)
		return compare_messages("fail to send", "failed to send", expect, got);
	if (strcmp(key, "errors") == 0)
		return compare_errors(expect, got);
	if (strcmp(key, "size") == 0) {
		got = json_object_get(json_object_get(answer, "message"), "size");
		return compare_shown(key, json_equal(expect, got), expect, got);
	}
	if (strcmp(key, "state") == 0) {
		if (json_is_object(json_object_get(answer, "notification")))
			got = json_object_get(json_object_get(answer, "notification"), "state");
		return compare_shown(key,
				     same_name(json_string_value(expect), json_string_value(got)),
				     expect, got);
	}
	return (struct comparison){ .known = false };
}

/* Keys that ask for nothing of their own. */
static bool is_told_elsewhere(const char *key)
{
	static const char *const keys[] = { "ret", "errno", "answer", "text", "source" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

static void append(char **text, const char *separator, const char *more)
{
	char *longer =
		*text ? text_format("%s%s%s", *text, separator, more) : text_format("%s", more);

	free(*text);
	*text = longer;
}

/* Adds one comparison's words, when all are wanted or it does not hold. True when it holds. */
static bool take(struct comparison *c, bool all, char **expected, char **observed)
{
	if (all || !c->holds) {
		append(expected, " and to ", c->expected);
		if (c->observed)
			append(observed, ", ", c->observed);
	}
	free(c->expected);
	free(c->observed);
	return c->holds;
}

char *describe_expect(const json_t *plan, const char *call, const json_t *expect)
{
	char *expected = NULL, *observed = NULL, *text;
	struct comparison c;
	const char *key;
	json_t *value;

	if (json_is_false(json_object_get(expect, "answer")))
		return text_format("%s not to return", call);
	if (json_object_get(expect, "ret") || json_object_get(expect, "errno")) {
		c = compare_result(expect, NULL);
		take(&c, true, &expected, &observed);
	}
	json_object_foreach((json_t *)expect, key, value) {
		if (is_told_elsewhere(key))
			continue;
		c = compare_key(plan, key, value, NULL);
		if (c.known)
			take(&c, true, &expected, &observed);
	}
	text = text_format("%s to %s", call, expected ?: "return");
	free(expected);
	free(observed);
	return text;
}

void judge_answer(struct trial *trial, const json_t *item, const json_t *expect, size_t event)
{
	const json_t *answer = json_array_get(trial->events, event);
	const char *call = jsonx_string(
		answer, "call", jsonx_is(answer, "event", "traffic") ? "the traffic" : "the call");
	int64_t at_ns = event_time_ns(answer);
	char *expected = NULL, *observed = NULL;
	struct comparison c;
	const char *key;
	json_t *value;
	bool holds = true;

	if (json_is_false(json_object_get(expect, "answer"))) {
		observed = show_result(answer);
		trial_add(trial, FAILS, item, event, at_ns, text_format("%s not to return", call),
			  text_format("it %s", observed));
		free(observed);
		return;
	}
	if (json_object_get(expect, "ret") || json_object_get(expect, "errno")) {
		c = compare_result(expect, answer);
		holds &= take(&c, false, &expected, &observed);
	}
	json_object_foreach((json_t *)expect, key, value) {
		if (is_told_elsewhere(key))
			continue;
		c = compare_key(trial->plan, key, value, answer);
		if (!c.known) {
			trial_add(trial, VOIDS, item, event, at_ns,
				  text_format("only expectations the verdict knows"),
				  text_format("\"%s\" is none of a step", key));
			continue;
		}
		holds &= take(&c, false, &expected, &observed);
	}
	if (!holds)
		trial_add(trial, FAILS, item, event, at_ns, text_format("%s to %s", call, expected),
			  text_format("it %s", observed));
	free(expected);
	free(observed);
}
