// SPDX-License-Identifier: GPL-2.0-only
// What kernels answered, row by row and folded: those of this run, and those of runs kept beside the conditions.
#ifndef LAB_MATRIX_COLUMNS_H
#define LAB_MATRIX_COLUMNS_H

#include "lab/matrix/fold.h"
#include "lab/matrix/table.h"

/* The folder beside the conditions with a file NAME.json a kernel, as columns_put() writes it. */
#define COLUMNS_FOLDER "measured"

/* A kernel's column: of the table when `kept` is NULL. */
struct column {
	const char *kernel;
	size_t index;	    /* among the table's kernels */
	const json_t *kept; /* the document it was read from */
};

struct columns {
	struct column *items; /* (owned) the table's kernels first */
	size_t n;
};

/* Writes the first kernel's rows as one JSON document, a row a line (docs/formats.md, section 8). */
void columns_put(FILE *out, const struct table *table);

/*
 * Reads all documents of a folder, in alphabetical order: an array (a new reference), empty when there is no such folder.
 * NULL after a sentence on standard error.
 */
json_t *columns_load(const char *folder);

/* The table's kernels, then those of the documents that the table has not. The table and `kept` must outlive it. */
void columns_find(const struct table *table, const json_t *kept, struct columns *columns);
void columns_free(struct columns *columns);

/*
 * The row that begins at that cell, in that column: fold_row(). Nothing when the document lacks the row. `second`: what the
 * second call answered. Times of documents are whole milliseconds.
 */
void columns_fold(const struct table *table, const struct column *column, size_t first, bool second,
		  struct fold *fold);

/* True when the column has the row, with a cell that was run. */
bool columns_ran(const struct table *table, const struct column *column, size_t first);

/* True when the column answers both calls of the row as the first column does, or has no such row. */
bool columns_same(const struct table *table, const struct columns *columns, size_t column,
		  size_t first);

#endif
