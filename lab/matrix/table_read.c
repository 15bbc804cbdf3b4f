// SPDX-License-Identifier: GPL-2.0-only
// The table of a JSON report that another run wrote (table_json.c).
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/matrix/options.h"
#include "lab/matrix/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *copy_string(const json_t *object, const char *key)
{
	const char *text = jsonx_string(object, key, NULL);

	return text ? text_format("%s", text) : NULL;
}

static void read_problems(const json_t *list, struct cell_result *result)
{
	const json_t *item;
	size_t i;

	result->problems = calloc(json_array_size(list) + 1, sizeof(*result->problems));
	if (!result->problems)
		abort();
	json_array_foreach((json_t *)list, i, item)
		result->problems[result->n_problems++] = (struct cell_problem){
			.line = (int)jsonx_int(item, "line", 0),
			.column = (int)jsonx_int(item, "column", 0),
			.text = copy_string(item, "text"),
			.expected = text_format("%s", jsonx_string(item, "expected", "?")),
			.observed = text_format("%s", jsonx_string(item, "observed", "?")),
		};
}

static void read_result(const json_t *from, struct cell_result *result)
{
	json_t *record = json_object_get(from, "record");

	if (!json_is_object(record))
		return;
	result->record = json_incref(record);
	result->status = jsonx_is(from, "verdict", "pass") ? VERDICT_PASS :
			 jsonx_is(from, "verdict", "fail") ? VERDICT_FAIL :
							     VERDICT_VOID;
	result->virtual_ns = jsonx_int(from, "virtual_ns", 0);
	result->real_ns = jsonx_int(from, "real_ns", 0);
	result->replay = text_format("%s", jsonx_string(from, "replay", "?"));
	result->kept = copy_string(from, "kept");
	read_problems(json_object_get(from, "problems"), result);
}

/* The kernels, which every cell that was not skipped has in the same order. */
static size_t count_kernels(const json_t *cells, const json_t **results)
{
	const json_t *cell;
	size_t i;

	*results = NULL;
	json_array_foreach((json_t *)cells, i, cell) {
		*results = json_object_get(cell, "results");
		if (json_array_size(*results) > 0)
			break;
	}
	return json_array_size(*results);
}

static bool fill(struct only_list *only, const json_t *cells, struct table *table)
{
	const json_t *results, *cell;
	size_t n_kernels = count_kernels(cells, &results), n = 0, i;
	json_t *report = table->report;

	table_init(table, json_array_size(cells), n_kernels > 0 ? n_kernels : 1);
	table->report = report;
	table->kernels[0] = "?";
	for (i = 0; i < n_kernels; i++)
		table->kernels[i] = jsonx_string(json_array_get(results, i), "kernel", "?");
	json_array_foreach((json_t *)cells, i, cell) {
		struct table_cell *to = &table->cells[n];

		if (!json_is_object(cell) || !only_wants(only, cell))
			continue;
		to->cell = cell;
		to->name = jsonx_string(cell, "name", "?");
		to->file = jsonx_string(cell, "file", "?");
		for (size_t k = 0; k < n_kernels; k++)
			read_result(json_array_get(json_object_get(cell, "results"), k),
				    &to->results[k]);
		n++;
	}
	for (i = n; i < table->n; i++)
		free(table->cells[i].results);
	table->n = n;
	return n > 0;
}

bool table_read_json(const char *file, struct only_list *only, struct table *table)
{
	json_error_t error;

	*table = (struct table){ .report = json_load_file(file, 0, &error) };
	if (!table->report) {
		fprintf(stderr, COMMAND ": %s: %s\n", file, error.text);
		return false;
	}
	if (jsonx_int(table->report, "pathlab_matrix", 0) != 1) {
		fprintf(stderr,
			COMMAND ": %s is no report of version 1; expected what \"" COMMAND
				" --format json\" writes\n",
			file);
		return false;
	}
	if (!fill(only, json_object_get(table->report, "cells"), table)) {
		fprintf(stderr, COMMAND ": %s has no such cell\n", file);
		return false;
	}
	table->seed = strtoull(jsonx_string(table->report, "seed", "0"), NULL, 10);
	table->judged = json_object_get(table->report, "judged") != json_false();
	table->real_ns = jsonx_int(json_object_get(table->report, "totals"), "real_ns", 0);
	table->interrupted = jsonx_true(json_object_get(table->report, "totals"), "interrupted");
	return true;
}
