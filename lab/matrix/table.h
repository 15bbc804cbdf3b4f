// SPDX-License-Identifier: GPL-2.0-only
// The measured matrix: rows of cells, with what each kernel answered.
#ifndef LAB_MATRIX_TABLE_H
#define LAB_MATRIX_TABLE_H

#include "lab/render/render.h"

#include <jansson.h>

/* One thing that was not as expected, told. */
struct cell_problem {
	int line, column;
	char *text, *expected, *observed; /* (owned) text may be NULL */
};

/* A cell on one kernel. */
struct cell_result {
	json_t *record; /* (owned) cell_record(); NULL when it was never run */
	enum verdict_status status;
	struct cell_problem *problems; /* (owned) */
	size_t n_problems;
	int64_t virtual_ns, real_ns;
	char *replay, *kept; /* (owned) kept may be NULL */
};

struct table_cell {
	const json_t *cell; /* its description; "skip" says why there are no results */
	const char *name, *file;
	struct cell_result *results; /* (owned) one a kernel */
};

struct table {
	struct table_cell *cells; /* (owned) row after row */
	size_t n;
	const char **kernels; /* (owned) names */
	size_t n_kernels;
	uint64_t seed;
	int64_t real_ns;
	bool interrupted, judged; /* judged: expectations were compared */
};

/* What the cells add up to. */
struct table_sums {
	size_t rows, cells, skipped, run, failed, voided;
	int64_t virtual_ns;
};

void table_init(struct table *table, size_t n, size_t n_kernels);
void table_free(struct table *table);

/* Copies a result that has come. */
void table_take(struct cell_result *result, const struct run_result *run);

void table_sum(const struct table *table, struct table_sums *sums);

/* The cell's row: all cells with the same one follow each other. */
const char *table_row(const struct table_cell *cell);
/* One past the last cell of the row that begins there. */
size_t table_row_end(const struct table *table, size_t first);

/* The formats of `pathlab matrix`. */
void table_put_json(FILE *out, const struct table *table);

#endif
