// SPDX-License-Identifier: GPL-2.0-only
// The measured matrix: rows of cells, with what each kernel answered.
#include "lab/matrix/table.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"
#include "lab/verdict/cell.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *table, size_t n, size_t n_kernels)
{
	*table = (struct table){ .n = n, .n_kernels = n_kernels, .judged = true };
	table->cells = calloc(n + 1, sizeof(*table->cells));
	table->kernels = calloc(n_kernels + 1, sizeof(*table->kernels));
	if (!table->cells || !table->kernels)
		abort();
	for (size_t i = 0; i < n; i++) {
		table->cells[i].results = calloc(n_kernels + 1, sizeof(struct cell_result));
		if (!table->cells[i].results)
			abort();
	}
}

static void free_result(struct cell_result *result)
{
	for (size_t i = 0; i < result->n_problems; i++) {
		free(result->problems[i].text);
		free(result->problems[i].expected);
		free(result->problems[i].observed);
	}
	free(result->problems);
	free(result->replay);
	free(result->kept);
	json_decref(result->record);
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		for (size_t k = 0; k < table->n_kernels; k++)
			free_result(&table->cells[i].results[k]);
		free(table->cells[i].results);
	}
	free(table->cells);
	free(table->kernels);
	json_decref(table->report);
	*table = (struct table){ 0 };
}

static char *copy(const char *text)
{
	return text ? text_format("%s", text) : NULL;
}

void table_take(struct cell_result *result, const struct run_result *run)
{
	const struct verdict *verdict = &run->verdict;

	result->record = cell_record(run->plan, run->events, run->packets);
	result->status = verdict->status;
	result->virtual_ns = result_virtual_ns(run);
	result->real_ns = run->real_ns;
	result->replay = copy(run->replay);
	result->kept = copy(run->kept);
	result->problems = calloc(verdict->n + 1, sizeof(*result->problems));
	if (!result->problems)
		abort();
	for (size_t i = 0; i < verdict->n; i++) {
		const struct problem *problem = &verdict->problems[i];

		result->problems[result->n_problems++] = (struct cell_problem){
			.line = problem->line,
			.column = problem->column,
			.text = copy(problem->text),
			.expected = copy(problem->expected),
			.observed = copy(problem->observed),
		};
	}
}

const char *table_row(const struct table_cell *cell)
{
	return jsonx_string(cell->cell, "row", "?");
}

size_t table_row_end(const struct table *table, size_t first)
{
	size_t i = first;

	while (i < table->n &&
	       strcmp(table_row(&table->cells[i]), table_row(&table->cells[first])) == 0)
		i++;
	return i;
}

size_t table_condition_end(const struct table *table, size_t first)
{
	size_t i = first;

	while (i < table->n && strcmp(table->cells[i].file, table->cells[first].file) == 0)
		i++;
	return i;
}

void table_sum(const struct table *table, struct table_sums *sums)
{
	*sums = (struct table_sums){ .cells = table->n };
	for (size_t i = 0; i < table->n; i = table_row_end(table, i))
		sums->rows++;
	for (size_t i = 0; i < table->n; i = table_condition_end(table, i))
		sums->conditions++;
	for (size_t i = 0; i < table->n; i++) {
		sums->skipped += json_object_get(table->cells[i].cell, "skip") != NULL;
		for (size_t k = 0; k < table->n_kernels; k++) {
			const struct cell_result *result = &table->cells[i].results[k];

			if (!result->record)
				continue;
			sums->run++;
			sums->failed += result->status == VERDICT_FAIL;
			sums->voided += result->status == VERDICT_VOID;
			sums->virtual_ns = clamp_add(sums->virtual_ns, result->virtual_ns);
		}
	}
}
