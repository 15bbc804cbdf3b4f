// SPDX-License-Identifier: GPL-2.0-only
// A call in words: its arguments, what it returned and what it brought.
#define _GNU_SOURCE 1
#include "lab/verdict/describe_call.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

void put_scalar(FILE *out, const json_t *value)
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

void put_address(FILE *out, const json_t *plan, const char *address)
{
	char *name = name_endpoint(plan, address);

	text_put(out, name);
	free(name);
}

/* A string that may be an address of the plan, or any other value. */
static void put_word(FILE *out, const json_t *plan, const json_t *value)
{
	if (json_is_string(value))
		put_address(out, plan, json_string_value(value));
	else
		put_scalar(out, value);
}

static void put_list(FILE *out, const json_t *plan, const json_t *list, const char *separator)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		if (i)
			fputs(separator, out);
		put_word(out, plan, item);
	}
}

/* Arguments that only say what is so by default, and the number that is for the verdict. */
static bool is_default(const char *key, const json_t *value)
{
	return json_is_null(value) || json_is_false(value) || strcmp(key, "flow") == 0 ||
	       (strcmp(key, "id") == 0 && json_is_true(value)) ||
	       (strcmp(key, "via") == 0 && json_is_string(value) &&
		strcmp(json_string_value(value), "lib") == 0) ||
	       (strcmp(key, "flags") == 0 && json_is_string(value) &&
		strcmp(json_string_value(value), "SCTP_BINDX_ADD_ADDR") == 0);
}

/* Length of the name of a time in ns without the ending that says so; 0 for other names. */
static int time_name_length(const char *key)
{
	size_t length = strlen(key);

	return length > 3 && strcmp(key + length - 3, "_ns") == 0 ? (int)length - 3 : 0;
}

/* Fields of an option by their names: "srto_initial=500, srto_min=500"; the only one of its value. */
static void put_fields(FILE *out, const json_t *plan, const json_t *fields)
{
	const char *key, *separator = "";
	json_t *value;

	json_object_foreach((json_t *)fields, key, value) {
		fputs(separator, out);
		separator = ", ";
		if (strcmp(key, "value") != 0 || json_object_size(fields) > 1) {
			text_put(out, key);
			fputc('=', out);
		}
		put_word(out, plan, value);
	}
}

static void put_value(FILE *out, const json_t *plan, const char *key, const json_t *value)
{
	char text[NS_TEXT_SIZE];

	if (json_is_integer(value) && time_name_length(key))
		fputs(format_ns_exact(json_integer_value(value), text), out);
	else if (json_is_array(value) && strcmp(key, "types") == 0)
		fprintf(out, "%zu type%s", json_array_size(value),
			json_array_size(value) == 1 ? "" : "s");
	else if (json_is_array(value))
		put_list(out, plan, value, ", ");
	else if (json_is_object(value))
		put_fields(out, plan, value);
	else if (strcmp(key, "text") == 0)
		put_scalar(out, value);
	else
		put_word(out, plan, value);
}

static void put_name(FILE *out, const char *key)
{
	int length = time_name_length(key);
	char *name = text_format("%.*s", length ? length : (int)strlen(key), key);

	text_put(out, name);
	free(name);
}

static void put_args(FILE *out, const json_t *plan, const json_t *event)
{
	const char *socket = jsonx_string(event, "socket", "s"), *separator = "", *key;
	json_t *value;

	/* scenarios with one socket call it s: naming it again and again teaches nothing */
	if (strcmp(socket, "s") != 0) {
		text_put(out, socket);
		separator = ", ";
	}
	json_object_foreach(json_object_get(event, "args"), key, value) {
		bool named = json_is_number(value) || strcmp(key, "via") == 0 ||
			     strcmp(key, "text") == 0;

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
		put_value(out, plan, key, value);
	}
}

const char *bare_state(const char *name)
{
	return strncmp(name, "SCTP_", 5) == 0 ? name + 5 : name;
}

static void put_path(FILE *out, const json_t *plan, const json_t *path)
{
	put_address(out, plan, jsonx_string(path, "address", "?"));
	fputc(' ', out);
	text_put(out, bare_state(jsonx_string(path, "state", "?")));
	if (jsonx_true(path, "primary"))
		fputs(" primary", out);
}

static void put_paths(FILE *out, const json_t *plan, const json_t *event, const char *before)
{
	const json_t *path;
	size_t i;

	json_array_foreach(json_object_get(event, "paths"), i, path) {
		fputs(i ? ", " : before, out);
		put_path(out, plan, path);
	}
}

/* What an option holds: fields by name, an errno by its name. */
static void put_option(FILE *out, const json_t *plan, const json_t *event, const json_t *value)
{
	const char *name = NULL;

	fputs(", ", out);
	if (json_is_object(value)) {
		put_fields(out, plan, value);
		return;
	}
	if (jsonx_is(json_object_get(event, "args"), "option", "SO_ERROR") &&
	    json_is_integer(value))
		name = strerrorname_np((int)json_integer_value(value));
	fputs("value ", out);
	if (name)
		fputs(name, out);
	else
		put_word(out, plan, value);
}

/* Which conditions poll(2) found; none at its time-out. */
static void put_revents(FILE *out, const json_t *plan, const json_t *event)
{
	const json_t *revents = json_object_get(event, "revents");

	if (!json_is_array(revents))
		return;
	if (json_array_size(revents) == 0 && jsonx_int(event, "ret", -1) == 0)
		fputs(", timed out", out);
	else if (json_array_size(revents) > 0)
		fputs(", ", out);
	put_list(out, plan, revents, "|");
}

/* What a call brought besides its return value. */
static void put_results(FILE *out, const json_t *plan, const json_t *event)
{
	const json_t *value = json_object_get(event, "value");
	const json_t *primary = json_object_get(event, "primary");
	const json_t *args = json_object_get(event, "args");
	const char *text;

	text = jsonx_string(event, "new", NULL);
	/* most calls that make a socket are told its name */
	if (text && !jsonx_is(args, "new", text)) {
		fputs(", ", out);
		text_put(out, text);
	}
	text = jsonx_string(event, "peer", NULL);
	if (text) {
		fputs(jsonx_is(event, "call", "accept") ? ", from " : ", ", out);
		put_address(out, plan, text);
	}
	put_revents(out, plan, event);
	if (json_is_array(json_object_get(event, "addrs"))) {
		fputs(", ", out);
		put_list(out, plan, json_object_get(event, "addrs"), ", ");
	}
	text = jsonx_string(event, "state", NULL);
	if (text) {
		fputs(", ", out);
		text_put(out, bare_state(text));
	}
	if (json_is_object(primary)) {
		fputs(", primary ", out);
		put_address(out, plan, jsonx_string(primary, "address", "?"));
		fputc(' ', out);
		text_put(out, bare_state(jsonx_string(primary, "state", "?")));
	}
	put_paths(out, plan, event, ", ");
	if (value)
		put_option(out, plan, event, value);
	if (json_is_object(json_object_get(event, "notification"))) {
		fputs(", ", out);
		put_notification(out, plan, json_object_get(event, "notification"));
	}
	if (json_is_object(json_object_get(event, "message"))) {
		fputs(", ", out);
		put_message(out, plan, json_object_get(event, "message"));
	}
}

static bool is_observation(const json_t *plan, const json_t *event)
{
	size_t position;

	return jsonx_true(trial_tagged(plan, event, &position), "observe") &&
	       jsonx_int(event, "ret", -1) != -1 && json_is_array(json_object_get(event, "paths"));
}

void put_call(FILE *out, const json_t *plan, const json_t *event, enum call_part part)
{
	const char *error = jsonx_string(event, "errno", NULL);
	char text[NS_TEXT_SIZE];

	/* what the planner asks is no call of the scenario */
	if (is_observation(plan, event) && part != CALL_START) {
		put_paths(out, plan, event, "paths, for an expectation: ");
		return;
	}
	if (part == CALL_END)
		fputs("... ", out);
	text_put(out, jsonx_string(event, "call", "?"));
	if (part != CALL_END) {
		fputc('(', out);
		put_args(out, plan, event);
		fputc(')', out);
	}
	if (part == CALL_START) {
		fputs(" ...", out);
		return;
	}
	fputs(" = ", out);
	put_scalar(out, json_object_get(event, "ret"));
	if (error) {
		fputc(' ', out);
		text_put(out, error);
	}
	put_results(out, plan, event);
	if (call_took_ns(event) >= NS_PER_MS)
		fprintf(out, "  [took %s]", format_seconds(call_took_ns(event), text));
}

int64_t call_took_ns(const json_t *event)
{
	return clamp_subtract(jsonx_int(event, "end", 0), jsonx_int(event, "start", 0));
}

/* One word of a command: a list of addresses by their names, anything else as it is. */
static void put_command_word(FILE *out, const json_t *plan, char *word)
{
	const char *separator = "";
	char *save = NULL;

	for (char *part = strtok_r(word, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		fputs(separator, out);
		put_address(out, plan, part);
		separator = ", ";
	}
}

void put_command(FILE *out, const json_t *plan, const char *command)
{
	char *copy = text_format("%s", command), *save = NULL;
	const char *separator = "";
	size_t count = 0;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (count++ == 0) {
			text_put(out, word);
			fputc('(', out);
		} else if (count > 2 || strcmp(word, "s") != 0) {
			fputs(separator, out);
			put_command_word(out, plan, word);
			separator = ", ";
		}
	}
	fputs(count ? ")" : "?", out);
	free(copy);
}
