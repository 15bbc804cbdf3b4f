// SPDX-License-Identifier: GPL-2.0-only
// Sentences about bad input, each with its place in a file.
#ifndef LAB_FRONT_DIAG_H
#define LAB_FRONT_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* More sentences than this about one input help nobody; the rest is only counted. */
#define DIAG_MAX 20

struct diag_entry {
	char *file; /* (owned) as the user named it; NULL when the sentence is about no file */
	int line, column; /* from 1; 0 when the sentence is about the whole file */
	char *message;	  /* (owned) */
};

/* Starts as { 0 }. Sentences are kept in order of their place in the file. */
struct diag {
	struct diag_entry entries[DIAG_MAX];
	size_t count;	/* entries in use */
	size_t dropped; /* sentences beyond DIAG_MAX */
};

/* Adds one sentence. A second sentence for the same place and file is left out. */
void diag_add(struct diag *diag, const char *file, int line, int column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* True when nothing was said. */
bool diag_ok(const struct diag *diag);

/* Prints "file:line:column: sentence" lines, each file's in order of line and column. */
void diag_print(const struct diag *diag, FILE *out);

/* Frees the sentences; the list may be used again. */
void diag_clear(struct diag *diag);

#endif
