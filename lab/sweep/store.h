// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep in a file, one JSON object a line: each is safe as soon as its point has ended.
#ifndef LAB_SWEEP_STORE_H
#define LAB_SWEEP_STORE_H

#include <jansson.h>
#include <stdbool.h>

/* Starts as { .fd = -1 }. */
struct store {
	int fd;
	const char *path; /* borrowed */
};

/*
 * Opens the file, made with its folders when it is missing, for this process alone, and adds the results in it to
 * the array; `fresh` empties it first. A last line that is not whole, as a kill leaves it, is taken away. False after
 * a sentence on standard error that begins with `command`: also when another process has the file, or when something
 * in it is no result.
 */
bool store_open(struct store *store, const char *command, const char *path, bool fresh,
		json_t *results);

/* Appends one result; false and errno when it cannot be written. */
bool store_add(struct store *store, const json_t *result);

void store_close(struct store *store);

/* Adds the results in a file that may be written meanwhile; false after a sentence. */
bool store_read(const char *command, const char *path, json_t *results);

#endif
