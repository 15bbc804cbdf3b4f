// SPDX-License-Identifier: GPL-2.0-only
// The matrix as one JSON document, one cell a line (docs/formats.md, section 8).
#include "lab/common/text.h"
#include "lab/matrix/table.h"

#include <inttypes.h>
#include <stdlib.h>

/* The document's form; raised when a key changes its meaning or goes. */
#define MATRIX_VERSION 1

static const char *const verdicts[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_VOID] = "void",
};

static json_t *pack_problems(const struct cell_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->n_problems; i++) {
		const struct cell_problem *problem = &result->problems[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:i, s:s?, s:s, s:s}", "line", problem->line,
						"column", problem->column, "text", problem->text,
						"expected", problem->expected, "observed",
						problem->observed));
	}
	return list;
}

static json_t *pack_result(const char *kernel, const struct cell_result *result)
{
	if (!result->record)
		return json_pack("{s:s, s:n}", "kernel", kernel, "verdict");
	return json_pack("{s:s, s:s, s:O, s:o, s:I, s:I, s:s?, s:s?}", "kernel", kernel, "verdict",
			 verdicts[result->status], "record", result->record, "problems",
			 pack_problems(result), "virtual_ns", (json_int_t)result->virtual_ns,
			 "real_ns", (json_int_t)result->real_ns, "replay", result->replay, "kept",
			 result->kept);
}

static void put_cell(FILE *out, const struct table *table, const struct table_cell *cell)
{
	json_t *all = json_deep_copy(cell->cell), *results = json_array();

	json_object_set_new(all, "file", json_string(cell->file));
	for (size_t k = 0; k < table->n_kernels && !json_object_get(all, "skip"); k++)
		json_array_append_new(results, pack_result(table->kernels[k], &cell->results[k]));
	json_object_set_new(all, "results", results);
	json_dumpf(all, out, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	json_decref(all);
}

void table_put_json(FILE *out, const struct table *table)
{
	struct table_sums sums;
	json_t *totals;

	table_sum(table, &sums);
	/* seeds have 64 bits and JSON's integers here 63: a string keeps them whole */
	fprintf(out,
		"{\"pathlab_matrix\": %d, \"seed\": \"%" PRIu64
		"\", \"judged\": %s, \"cells\": [\n",
		MATRIX_VERSION, table->seed, table->judged ? "true" : "false");
	for (size_t i = 0; i < table->n; i++) {
		if (i > 0)
			fputs(",\n", out);
		put_cell(out, table, &table->cells[i]);
	}
	totals =
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "conditions",
			  (json_int_t)sums.conditions, "rows", (json_int_t)sums.rows, "cells",
			  (json_int_t)sums.cells, "skipped", (json_int_t)sums.skipped, "runs",
			  (json_int_t)sums.run, "failed", (json_int_t)sums.failed, "void",
			  (json_int_t)sums.voided, "virtual_ns", (json_int_t)sums.virtual_ns,
			  "real_ns", (json_int_t)table->real_ns, "interrupted", table->interrupted);
	fputs("\n], \"totals\": ", out);
	json_dumpf(totals, out, JSON_PRESERVE_ORDER);
	fputs("}\n", out);
	json_decref(totals);
}
