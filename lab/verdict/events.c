// SPDX-License-Identifier: GPL-2.0-only
// JSON Lines into an array of events.
#include "lab/verdict/verdict.h"

#include "lab/common/jsonx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A line that is no JSON object is kept as what it is, so that the judge can say where. */
static json_t *parse_line(const char *line, size_t length, size_t number, bool last)
{
	json_t *event = json_loadb(line, length, 0, NULL);

	if (json_is_object(event))
		return event;
	json_decref(event);
	if (last)
		return NULL;
	return json_pack("{s:s, s:I}", "event", "garbled", "line", (json_int_t)number);
}

json_t *events_parse(const char *text, size_t length)
{
	json_t *events = json_array();
	size_t number = 0;

	while (events && length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t size = end ? (size_t)(end - text) : length;
		json_t *event;

		number++;
		if (size > 0) {
			event = parse_line(text, size, number, end == NULL);
			if (event)
				json_array_append_new(events, event);
		}
		size += end != NULL;
		text += size;
		length -= size;
	}
	return events;
}

json_t *events_read(FILE *in)
{
	char *text = NULL;
	size_t length = 0, size = 0;
	json_t *events = NULL;

	do {
		if (size - length < 65536) {
			size_t larger = size ? 2 * size : 131072;
			char *grown = realloc(text, larger);

			if (!grown)
				goto out;
			text = grown;
			size = larger;
		}
		length += fread(text + length, 1, size - length, in);
	} while (!feof(in) && !ferror(in));
	if (ferror(in)) {
		if (!errno)
			errno = EIO;
		goto out;
	}
	events = events_parse(text, length);
out:
	free(text);
	return events;
}

json_t *events_take_samples(json_t *events)
{
	json_t *samples = json_array(), *others = json_array(), *event;
	size_t i;

	json_array_foreach(events, i, event)
		json_array_append(jsonx_is(event, "event", "sample") ? samples : others, event);
	json_array_clear(events);
	json_array_extend(events, others);
	json_decref(others);
	return samples;
}
