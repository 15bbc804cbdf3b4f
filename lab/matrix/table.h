// SPDX-License-Identifier: GPL-2.0-only
// The measured matrix: rows of cells, with what each kernel answered.
#ifndef LAB_MATRIX_TABLE_H
#define LAB_MATRIX_TABLE_H

#include "lab/matrix/only.h"
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
	json_t *report;		  /* (owned) what it was read from, or NULL */
};

/* What the cells add up to. */
struct table_sums {
	size_t conditions, rows, cells, skipped, run, failed, voided;
	int64_t virtual_ns;
};

void table_init(struct table *table, size_t n, size_t n_kernels);
void table_free(struct table *table);

/* Copies a result that has come. */
void table_take(struct cell_result *result, const struct run_result *run);

void table_sum(const struct table *table, struct table_sums *sums);

/* The cell's row: all cells with the same one follow each other. */
const char *table_row(const struct table_cell *cell);
/* One past the last cell of the row, or of the condition with all its rows, that begins there. */
size_t table_row_end(const struct table *table, size_t first);
size_t table_condition_end(const struct table *table, size_t first);

/* The formats of `pathlab matrix`. */
void table_put_json(FILE *out, const struct table *table);
/*
 * Makes the table of a JSON report; of its cells those that `only` means. False after a sentence on standard error:
 * what cannot be read, is no report, or has no such cell. Free the table in any case.
 */
bool table_read_json(const char *file, struct only_list *only, struct table *table);

/* What stands beside the conditions, for the page. */
struct table_texts {
	json_t *errnos;	 /* (owned) errnos_load(), or NULL */
	char *findings;	 /* (owned) Markdown, or NULL */
	json_t *columns; /* (owned) columns_load(), or NULL */
};

/* Looks for them beside the first condition; either may be absent. False after sentences. */
bool table_load_texts(const struct table *table, struct table_texts *texts);
void table_free_texts(struct table_texts *texts);

/* A page for docs/, the same from run to run. */
void table_put_markdown(FILE *out, const struct table *table, const struct table_texts *texts);
/* For people, within so many columns; verbosity 1: second calls, too, and all failures; 2: every cell. */
void table_put_human(FILE *out, const struct table *table, bool color, int verbosity, size_t width);

#endif
