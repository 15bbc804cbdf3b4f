// SPDX-License-Identifier: GPL-2.0-only
// Memory that lives as long as one run of the front end, freed in one go.
#ifndef LAB_FRONT_ARENA_H
#define LAB_FRONT_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Starts as { 0 }. */
struct arena {
	struct arena_block *blocks; /* (owned) */
};

/* Zeroed memory, aligned for anything. Never NULL: without memory the program ends (status 3). */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed memory for `count` things of `size` bytes each. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/*
 * Grows an array, so that it has room for one thing more than `count`. The capacity doubles: it is
 * the power of two at or above `count`, and never kept anywhere.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size);

char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments);

void arena_free(struct arena *arena);

#endif
