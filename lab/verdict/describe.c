// SPDX-License-Identifier: GPL-2.0-only
// Events as lines for people.
#define _GNU_SOURCE 1
#include "lab/verdict/describe.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe_fault.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

int64_t event_time_ns(const json_t *event)
{
	const json_t *time = json_object_get(event, "time");

	if (!json_is_integer(time))
		time = json_object_get(event, "end");
	return json_is_integer(time) ? json_integer_value(time) : NS_NEVER;
}

static void put_scalar(FILE *out, const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		text_put(out, json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	text_put(out, text ?: "?");
	free(text);
}

static void put_list(FILE *out, const json_t *list, const char *separator)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		if (i)
			fputs(separator, out);
		put_scalar(out, item);
	}
}

/* Arguments that only say what is so by default. */
static bool is_default(const char *key, const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (strcmp(key, "id") == 0 && json_is_true(value)) ||
	       (strcmp(key, "via") == 0 && json_is_string(value) &&
		strcmp(json_string_value(value), "lib") == 0);
}

/* Length of the name of a time in ns without the ending that says so; 0 for other names. */
static int time_name_length(const char *key)
{
	size_t length = strlen(key);

	return length > 3 && strcmp(key + length - 3, "_ns") == 0 ? (int)length - 3 : 0;
}

static void put_value(FILE *out, const char *key, const json_t *value)
{
	char text[NS_TEXT_SIZE];

	if (json_is_integer(value) && time_name_length(key))
		fputs(format_ns_exact(json_integer_value(value), text), out);
	else if (json_is_array(value) && strcmp(key, "types") == 0)
		fprintf(out, "%zu types", json_array_size(value));
	else if (json_is_array(value))
		put_list(out, value, ", ");
	else
		put_scalar(out, value);
}

static void put_name(FILE *out, const char *key)
{
	int length = time_name_length(key);
	char *name = text_format("%.*s", length ? length : (int)strlen(key), key);

	text_put(out, name);
	free(name);
}

static void put_args(FILE *out, const json_t *event)
{
	const char *socket = jsonx_string(event, "socket", "s"), *separator = "", *key;
	json_t *value;

	/* scenarios with one socket call it s: naming it again and again teaches nothing */
	if (strcmp(socket, "s") != 0) {
		text_put(out, socket);
		separator = ", ";
	}
	json_object_foreach(json_object_get(event, "args"), key, value) {
		bool named = json_is_number(value) || json_is_object(value) ||
			     strcmp(key, "via") == 0 || strcmp(key, "text") == 0;

		if (is_default(key, value))
			continue;
		fputs(separator, out);
		separator = ", ";
		if (named || json_is_true(value))
			put_name(out, key);
		if (json_is_true(value))
			continue;
		if (named)
			fputc('=', out);
		put_value(out, key, value);
	}
}

static const char *bare(const char *name)
{
	return strncmp(name, "SCTP_", 5) == 0 ? name + 5 : name;
}

static void put_path(FILE *out, const json_t *path)
{
	text_put(out, jsonx_string(path, "address", "?"));
	fputc(' ', out);
	text_put(out, bare(jsonx_string(path, "state", "?")));
	if (jsonx_true(path, "primary"))
		fputs(" primary", out);
}

static void put_notification(FILE *out, const json_t *notification)
{
	static const char *const keys[] = { "state", "address" };

	text_put(out, jsonx_string(notification, "type", "?"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = jsonx_string(notification, keys[i], NULL);

		if (!value)
			continue;
		fputc(' ', out);
		text_put(out, value);
	}
}

static void put_message(FILE *out, const json_t *message)
{
	const json_t *seq = json_object_get(json_object_get(message, "traffic"), "seq");

	fprintf(out, "message of %lld B on stream %lld", (long long)jsonx_int(message, "size", 0),
		(long long)jsonx_int(message, "stream", 0));
	if (json_is_integer(seq))
		fprintf(out, ", seq %lld", (long long)json_integer_value(seq));
	fputs(" from ", out);
	text_put(out, jsonx_string(message, "from", "?"));
}

/* What a call brought besides its return value. */
static void put_results(FILE *out, const json_t *event)
{
	const json_t *value = json_object_get(event, "value"), *path;
	const json_t *primary = json_object_get(event, "primary");
	const char *text;
	size_t i;

	text = jsonx_string(event, "new", NULL);
	if (text) {
		fputs(", ", out);
		text_put(out, text);
	}
	text = jsonx_string(event, "peer", NULL);
	if (text) {
		fputs(" from ", out);
		text_put(out, text);
	}
	if (json_is_array(json_object_get(event, "revents"))) {
		fputs(", ", out);
		put_list(out, json_object_get(event, "revents"), "|");
	}
	if (json_is_array(json_object_get(event, "addrs"))) {
		fputs(", ", out);
		put_list(out, json_object_get(event, "addrs"), ", ");
	}
	text = jsonx_string(event, "state", NULL);
	if (text) {
		fputs(", ", out);
		text_put(out, bare(text));
	}
	if (json_is_object(primary)) {
		fputs(", primary ", out);
		text_put(out, jsonx_string(primary, "address", "?"));
		fputc(' ', out);
		text_put(out, bare(jsonx_string(primary, "state", "?")));
	}
	json_array_foreach(json_object_get(event, "paths"), i, path) {
		fputs(", ", out);
		put_path(out, path);
	}
	if (value) {
		const char *name = NULL;

		if (jsonx_is(json_object_get(event, "args"), "option", "SO_ERROR") &&
		    json_is_integer(value))
			name = strerrorname_np((int)json_integer_value(value));
		fputs(", value ", out);
		if (name)
			fputs(name, out);
		else
			put_scalar(out, value);
	}
	if (json_is_object(json_object_get(event, "notification"))) {
		fputs(", ", out);
		put_notification(out, json_object_get(event, "notification"));
	}
	if (json_is_object(json_object_get(event, "message"))) {
		fputs(", ", out);
		put_message(out, json_object_get(event, "message"));
	}
}

static void put_call(FILE *out, const json_t *event)
{
	int64_t took = clamp_subtract(jsonx_int(event, "end", 0), jsonx_int(event, "start", 0));
	const char *error = jsonx_string(event, "errno", NULL);
	char text[NS_TEXT_SIZE];

	text_put(out, jsonx_string(event, "call", "?"));
	fputc('(', out);
	put_args(out, event);
	fputs(") = ", out);
	put_scalar(out, json_object_get(event, "ret"));
	if (error) {
		fputc(' ', out);
		text_put(out, error);
	}
	put_results(out, event);
	if (took >= NS_PER_MS)
		fprintf(out, "  [took %s]", format_seconds(took, text));
}

/* Faults and heals, with the kernel's sentence when they could not be done. */
static void put_deed(FILE *out, const json_t *plan, const json_t *event)
{
	bool heal = jsonx_is(event, "event", "heal");
	size_t position;
	const json_t *step =
		trial_step(plan, jsonx_int(event, heal ? "heals" : "step", -1), &position);

	if (step)
		describe_fault(out, plan, step);
	else
		text_put(out, jsonx_string(event, "kind", "?"));
	if (jsonx_int(event, "ret", 0) == -1) {
		fputs(" could not be done: ", out);
		text_put(out, jsonx_string(event, "message", jsonx_string(event, "errno", "?")));
	}
}

static void put_traffic(FILE *out, const json_t *event)
{
	const char *key, *separator = ": ";
	json_t *value;

	fprintf(out, "traffic is over: %lld sent, %lld failed",
		(long long)jsonx_int(event, "sent", 0), (long long)jsonx_int(event, "failed", 0));
	json_object_foreach(json_object_get(event, "errors"), key, value) {
		fputs(separator, out);
		text_put(out, key);
		fputc(' ', out);
		put_scalar(out, value);
		separator = ", ";
	}
}

static void put_exit(FILE *out, const json_t *event)
{
	const char *signal = jsonx_string(event, "signal", NULL);

	fputs("process ended: ", out);
	if (signal)
		text_put(out, signal);
	else
		fprintf(out, "status %lld", (long long)jsonx_int(event, "status", 0));
}

static void put_begin(FILE *out, const json_t *event)
{
	fputs("run begins: kernel ", out);
	text_put(out, jsonx_string(event, "kernel", "?"));
	fprintf(out, ", %lld nodes, %lld links, %lld endpoints",
		(long long)jsonx_int(event, "nodes", 0), (long long)jsonx_int(event, "links", 0),
		(long long)jsonx_int(event, "endpoints", 0));
}

static void put_end(FILE *out, const json_t *event)
{
	int64_t packets = jsonx_int(event, "packets", 0);

	fputs("run ends", out);
	if (packets)
		fprintf(out, ", %lld packets captured", (long long)packets);
}

static void put_sentence(FILE *out, const json_t *event)
{
	text_put(out, jsonx_string(event, "message", "no reason given"));
}

static const struct {
	const char *event, *who; /* who is NULL where the endpoint speaks */
	void (*put)(FILE *out, const json_t *event);
} kinds[] = {
	{ "call", NULL, put_call },
	{ "notification", NULL, put_notification },
	{ "message", NULL, put_message },
	{ "traffic", NULL, put_traffic },
	{ "exit", NULL, put_exit },
	{ "error", NULL, put_sentence },
	{ "trouble", "trouble", put_sentence },
	{ "begin", "lab", put_begin },
	{ "end", "lab", put_end },
};

static void put_head(FILE *out, const json_t *event, const char *who, int who_width)
{
	int64_t at_ns = event_time_ns(event);
	char text[NS_TEXT_SIZE];
	size_t width = text_width(who);

	fprintf(out, "%11s  ", at_ns == NS_NEVER ? "?" : format_seconds(at_ns, text));
	text_put(out, who);
	fprintf(out, "%*s  ", (int)width < who_width ? who_width - (int)width : 0, "");
}

/* Of the steps, only signals leave no other event. */
static bool put_step(FILE *out, const json_t *plan, const json_t *event, int who_width)
{
	size_t position;
	const json_t *step = trial_step(plan, jsonx_int(event, "step", -1), &position);
	int number = (int)jsonx_int(step, "signal", 0);
	const char *name = sigabbrev_np(number);

	if (!jsonx_is(step, "do", "signal"))
		return false;
	put_head(out, event, "signal", who_width);
	if (name)
		fprintf(out, "SIG%s to ", name);
	else
		fprintf(out, "signal %d to ", number);
	text_put(out, trial_endpoint(plan, json_object_get(step, "endpoint")));
	fputc('\n', out);
	return true;
}

bool describe_event(FILE *out, const json_t *plan, const json_t *event, int who_width)
{
	const char *kind = jsonx_string(event, "event", "");

	if (strcmp(kind, "step") == 0)
		return put_step(out, plan, event, who_width);
	if (strcmp(kind, "fault") == 0 || strcmp(kind, "heal") == 0) {
		put_head(out, event, kind, who_width);
		put_deed(out, plan, event);
		fputc('\n', out);
		return true;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *who = kinds[i].who;

		if (strcmp(kinds[i].event, kind) != 0)
			continue;
		put_head(out, event, who ?: jsonx_string(event, "endpoint", "?"), who_width);
		kinds[i].put(out, event);
		fputc('\n', out);
		return true;
	}
	put_head(out, event, kind, who_width);
	put_scalar(out, event);
	fputc('\n', out);
	return true;
}
