// SPDX-License-Identifier: GPL-2.0-only
// The agent's event stream.
#include "lab/agent/events.h"

#include "lab/agent/output.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIGN_OF_LIFE_S = 60 };

static const int64_t SECOND_NS = 1000000000;

int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

int64_t events_now(const struct events *events)
{
	return clock_ns() - events->epoch_ns;
}

static void write_out(struct events *events)
{
	output_write(events->fd, events->notes, events->notes_used);
	output_write(events->fd, events->buffer, events->used);
	events->notes_used = 0;
	events->used = 0;
	events->urgent = false;
}

void events_note(struct events *events, const char *line, size_t length)
{
	if (events->notes_used + length + 1 > events->notes_size) {
		events->notes_size = 2 * (events->notes_used + length + 1);
		events->notes = realloc(events->notes, events->notes_size);
		if (!events->notes)
			abort();
	}
	memcpy(events->notes + events->notes_used, line, length);
	events->notes_used += length;
	events->notes[events->notes_used++] = '\n';
}

void events_pass(struct events *events, const char *line, size_t length)
{
	if (events->used + length + 1 > sizeof(events->buffer))
		write_out(events);
	if (length + 1 > sizeof(events->buffer))
		return; /* no line of ours is that long */
	memcpy(events->buffer + events->used, line, length);
	events->used += length;
	events->buffer[events->used++] = '\n';
}

void events_add(struct events *events, const char *event, json_t *object)
{
	int64_t now = events_now(events);
	json_t *line = json_pack("{s:s, s:I}", "event", event, "time", (json_int_t)now);
	char text[16384]; /* a line of a program, six bytes for each of its own at worst */
	size_t length;

	if (object) {
		json_object_update_missing(line, object);
		json_decref(object);
	}
	length = json_dumpb(line, text, sizeof(text), JSON_COMPACT);
	if (length && length <= sizeof(text))
		events_pass(events, text, length);
	events->urgent = true;
	json_decref(line);
}

void events_flush(struct events *events, int64_t now_ns)
{
	if (!events->used && now_ns - events->last_ns >= SIGN_OF_LIFE_S * SECOND_NS)
		events_pass(events, "", 0);
	else if (!events->used || (!events->urgent && now_ns - events->last_ns < SECOND_NS))
		return;
	write_out(events);
	events->last_ns = now_ns;
}

void events_finish(struct events *events)
{
	write_out(events);
}
