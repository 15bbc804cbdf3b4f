// SPDX-License-Identifier: GPL-2.0-only
// All cells of a condition of the errno matrix: its rows in their variants.
#ifndef LAB_FRONT_MATRIX_H
#define LAB_FRONT_MATRIX_H

#include <jansson.h>

#include "lab/front/diag.h"

struct matrix_cell {
	json_t *cell; /* (owned) its description: the "cell" of a plan (docs/formats.md, section 3) */
	json_t *plan;	  /* (owned) or NULL: skipped, or not wanted */
	const char *file; /* as given to matrix_load(), which keeps no copy */
};

/* Starts as { 0 }. */
struct matrix {
	struct matrix_cell *items; /* (owned) */
	size_t count;
};

/* What is asked for. */
struct matrix_wish {
	/* whether the plan of that cell is wanted; NULL: of all */
	bool (*wants)(void *context, const json_t *cell);
	void *context;
	/* cells may lack expectations, since nothing is judged */
	bool measures_only;
};

/*
 * Adds the cells of the condition in `file`, row after row. False after sentences: also when a `when` matches
 * no cell, when a cell is without an expectation of its errno, or cannot be made.
 */
bool matrix_load(const char *file, const struct matrix_wish *wish, struct matrix *matrix,
		 struct diag *diag);

/* The same from memory; `file` is only a name. */
bool matrix_from_text(const char *text, size_t size, const char *file,
		      const struct matrix_wish *wish, struct matrix *matrix, struct diag *diag);

void matrix_free(struct matrix *matrix);

#endif
