// SPDX-License-Identifier: GPL-2.0-only
// The writing of lines.
#include "output.h"

#include "names.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_FLAGS (JSON_PRESERVE_ORDER | JSON_COMPACT)

void output_set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value ? value : json_null());
}

json_t *output_string(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	string = json_string(copy);
	free(copy);
	return string;
}

json_t *output_begin(const struct session *session, const char *event, const char *tag)
{
	json_t *line = json_object();

	output_set(line, "event", json_string_nocheck(event));
	if (session->options.endpoint)
		output_set(line, "endpoint", output_string(session->options.endpoint));
	if (tag)
		output_set(line, "tag", output_string(tag));
	return line;
}

void output_text(struct session *session, const char *text, size_t length)
{
	// One write is the rule; a second one only follows a signal or a full pipe.
	while (length > 0 && !session->output_failed) {
		ssize_t written = write(session->options.out_fd, text, length);

		if (written >= 0) {
			text += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			struct pollfd polled = { .fd = session->options.out_fd, .events = POLLOUT };

			poll(&polled, 1, -1);
		} else if (errno != EINTR) {
			session->output_failed = true;
		}
	}
}

// A growing text. Once memory is out it only counts.
struct text {
	char *bytes; // (owned)
	size_t used, room;
};

static void text_add(struct text *text, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (text->used + length > text->room) {
		size_t room = 2 * (text->used + length) + 256;
		char *grown = realloc(text->bytes, room);

		if (!grown)
			return;
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
}

static void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

static void text_value(struct text *text, const json_t *value);

static void text_members(struct text *text, json_t *object)
{
	const char *key, *separator = "";
	json_t *value;

	json_object_foreach(object, key, value) {
		text_string(text, separator);
		text_string(text, key);
		text_string(text, "=");
		text_value(text, value);
		separator = " ";
	}
}

static void text_value(struct text *text, const json_t *value)
{
	char number[40];
	size_t index;
	json_t *item;

	switch (json_typeof(value)) {
	case JSON_STRING:
		text_string(text, json_string_value(value));
		break;
	case JSON_ARRAY:
		json_array_foreach((json_t *)value, index, item) {
			text_string(text, index ? "," : "");
			text_value(text, item);
		}
		break;
	case JSON_OBJECT:
		text_string(text, "{");
		text_members(text, (json_t *)value);
		text_string(text, "}");
		break;
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		text_string(text, number);
		break;
	case JSON_TRUE:
		text_string(text, "yes");
		break;
	case JSON_FALSE:
		text_string(text, "no");
		break;
	default:
		text_string(text, "-");
	}
}

// Keys that a person's line shows at its front, or not at all.
static bool key_is_shown_elsewhere(const char *key)
{
	static const char *const keys[] = { "event", "endpoint", "tag",	   "call", "socket",
					    "args",  "start",	 "end",	   "time", "errno",
					    "ret",   "type",	 "message" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void text_outcome(struct text *text, const json_t *line)
{
	long long ret = json_integer_value(json_object_get(line, "ret"));
	const char *name = json_string_value(json_object_get(line, "errno"));
	double took = 1e-9 * (double)(json_integer_value(json_object_get(line, "end")) -
				      json_integer_value(json_object_get(line, "start")));
	char result[200];
	int number = 0;

	if (name) {
		names_errno_value(name, &number);
		snprintf(result, sizeof(result), ": %s (%s)", name, strerror(number));
	} else {
		snprintf(result, sizeof(result), ": %lld", ret);
	}
	text_string(text, result);
	if (took >= 0.001) {
		snprintf(result, sizeof(result), " after %.3f s", took);
		text_string(text, result);
	}
}

// "    1.500000 connectx s: 0 after 0.020 s, assoc_id=1"
static void text_line(struct text *text, json_t *line)
{
	const char *event = json_string_value(json_object_get(line, "event"));
	const char *socket = json_string_value(json_object_get(line, "socket"));
	const char *call = json_string_value(json_object_get(line, "call"));
	const char *type = json_string_value(json_object_get(line, "type"));
	json_t *time = json_object_get(line, call ? "end" : "time");
	json_t *message = json_object_get(line, "message"), *value;
	const char *key, *separator = call ? ", " : " ";
	char stamp[40];

	if (strcmp(event, "error") == 0) {
		text_string(text, "error: ");
		text_string(text, json_string_value(message));
		return;
	}
	snprintf(stamp, sizeof(stamp), "%12.6f ", 1e-9 * (double)json_integer_value(time));
	text_string(text, stamp);
	text_string(text, call ? call : socket ? socket : event);
	if (call && socket) {
		text_string(text, " ");
		text_string(text, socket);
	} else if (!call) {
		text_string(text, ": ");
		text_string(text, type ? type : event);
	}
	if (call)
		text_outcome(text, line);
	json_object_foreach(line, key, value) {
		if (key_is_shown_elsewhere(key))
			continue;
		text_string(text, separator);
		text_string(text, key);
		text_string(text, "=");
		text_value(text, value);
		separator = call ? ", " : " ";
	}
	if (message) {
		text_string(text, json_is_string(message) ? "\n             " : separator);
		text_value(text, message);
	}
}

static void output_json(struct session *session, const char *line, size_t length)
{
	const struct session_options *options = &session->options;

	if (!options->take_line || !options->take_line(options->take_context, line, length))
		output_text(session, line, length);
}

void output_line(struct session *session, json_t *line)
{
	char small[2048];
	struct text text = { 0 };
	size_t length;

	if (session->options.readable) {
		if (session->prompted)
			text_string(&text, "\r\033[K");
		session->prompted = false;
		text_line(&text, line);
	} else {
		length = json_dumpb(line, small, sizeof(small) - 1, LINE_FLAGS);
		if (length > 0 && length < sizeof(small)) {
			small[length] = '\n';
			json_decref(line);
			output_json(session, small, length + 1);
			return;
		}
		char *dump = json_dumps(line, LINE_FLAGS);

		if (dump)
			text_string(&text, dump);
		free(dump);
	}
	json_decref(line);
	text_string(&text, "\n");
	if (text.used > 1 && session->options.readable)
		output_text(session, text.bytes, text.used);
	else if (text.used > 1)
		output_json(session, text.bytes, text.used);
	else
		session->output_failed = true;
	free(text.bytes);
}

void output_error(struct session *session, const char *tag, const char *message)
{
	json_t *line = output_begin(session, "error", tag);

	output_set(line, "message", output_string(message));
	output_line(session, line);
	session->command_failed = true;
}
