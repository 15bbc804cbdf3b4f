// SPDX-License-Identifier: GPL-2.0-only
// What the agent tells: one JSON object a line (docs/formats.md section 4), in scenario time.
#ifndef LAB_AGENT_EVENTS_H
#define LAB_AGENT_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_ns(void);

struct events {
	int fd;
	int64_t epoch_ns; /* the CLOCK_MONOTONIC time that is scenario time zero */
	int64_t last_ns;  /* scenario time of the last thing written */
	bool urgent;	  /* the buffer holds more than messages */
	size_t used;
	char buffer[65536];
	char *notes; /* (owned) lines that are handed over with the next others, however many */
	size_t notes_used, notes_size;
};

/* Scenario time now. */
int64_t events_now(const struct events *events);

/* Writes an event; `object` is taken over. The keys "event" and "time" come first. */
void events_add(struct events *events, const char *event,
		json_t *object /* (owned), may be NULL */);

/*
 * Adds a line that causes nothing: it goes out when other lines do. A write(2) of its own would be seen, since the kernel sets
 * timers for what is written, and its timers are part of its randomness.
 */
void events_note(struct events *events, const char *line, size_t length);

/* Passes on a line of an endpoint as it is, without its newline. Not urgent unless the caller says so. */
void events_pass(struct events *events, const char *line, size_t length);

/*
 * Hands what was added to the kernel: to be called before each wait, since what is in memory when a guest dies is lost.
 * Lines that are not urgent may stay a second, so that a stream of messages does not cost a write(2) each.
 * When nothing was said for a minute of scenario time, an empty line says that time still passes; whoever watches
 * the file from outside sees it grow.
 */
void events_flush(struct events *events, int64_t now_ns);

/* Hands over everything. */
void events_finish(struct events *events);

#endif
