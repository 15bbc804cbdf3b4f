/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines from an endpoint to the agent through shared memory: one writer, one reader, no system call. */
#ifndef LAB_AGENT_RING_H
#define LAB_AGENT_RING_H

#include <stdbool.h>
#include <stddef.h>

enum { RING_BYTES = 16384 };

struct ring;

/* Memory that a fork(2) shares; NULL and errno when there is none. It ends with its last process. */
struct ring *ring_new(void);

/*
 * Puts a line in, its newline included; false when there is no room for the whole. What was put in stays readable
 * when the writer is killed.
 */
bool ring_put(struct ring *ring, const char *line, size_t length);

/* True when the reader should be told to make room. */
bool ring_is_half_full(const struct ring *ring);

/* All whole lines that are in, in one piece that is valid up to the next call for any ring; returns its length. */
size_t ring_peek(const struct ring *ring, const char **lines);

/* Takes so many bytes out. */
void ring_take(struct ring *ring, size_t length);

#endif
