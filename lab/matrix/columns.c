// SPDX-License-Identifier: GPL-2.0-only
// What kernels answered, row by row and folded: those of this run, and those of runs kept beside the conditions.
#include "lab/matrix/columns.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/matrix/answer.h"
#include "lab/matrix/options.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* The document's form; raised when a key changes its meaning or goes. */
#define COLUMNS_VERSION 1

static int64_t round_to_ms(int64_t ns)
{
	return ns < 0 ? -1 : (ns + NS_PER_MS / 2) / NS_PER_MS;
}

static json_t *pack_fold(const struct fold *fold)
{
	json_t *list = json_array();

	for (size_t i = 0; i < fold->count; i++) {
		const struct fold_rule *rule = &fold->rules[i];

		json_array_append_new(list, json_pack("[s?, s, I, I]", rule->who, rule->answer,
						      (json_int_t)round_to_ms(rule->from_ns),
						      (json_int_t)round_to_ms(rule->to_ns)));
	}
	return list;
}

static void put_row(FILE *out, const struct table *table, const struct column *column, size_t first)
{
	struct fold answers, second;
	json_t *row;

	columns_fold(table, column, first, false, &answers);
	columns_fold(table, column, first, true, &second);
	row = json_pack("{s:s, s:o, s:o}", "row", table_row(&table->cells[first]), "answers",
			pack_fold(&answers), "second", pack_fold(&second));
	json_dumpf(row, out, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	json_decref(row);
	fold_free(&answers);
	fold_free(&second);
}

void columns_put(FILE *out, const struct table *table)
{
	struct column column = { .kernel = table->kernels[0] };
	struct table_sums sums;

	table_sum(table, &sums);
	fprintf(out,
		"{\"pathlab_rows\": %d, \"kernel\": \"%s\", \"runs\": %zu, \"failed\": %zu, \"void\": %zu, "
		"\"rows\": [\n",
		COLUMNS_VERSION, column.kernel, sums.run / table->n_kernels, sums.failed,
		sums.voided);
	for (size_t i = 0; i < table->n; i = table_row_end(table, i)) {
		if (i > 0)
			fputs(",\n", out);
		put_row(out, table, &column, i);
	}
	fputs("\n]}\n", out);
}

static json_t *load_file(const char *file)
{
	json_error_t error;
	json_t *document = json_load_file(file, 0, &error);

	if (!document) {
		fprintf(stderr, COMMAND ": %s:%d:%d: %s\n", file, error.line, error.column,
			error.text);
		return NULL;
	}
	if (jsonx_int(document, "pathlab_rows", 0) != COLUMNS_VERSION ||
	    !jsonx_string(document, "kernel", NULL)) {
		fprintf(stderr,
			COMMAND ": %s has no rows of version %d; expected what \"" COMMAND
				" --format rows\" writes\n",
			file, COLUMNS_VERSION);
		json_decref(document);
		return NULL;
	}
	return document;
}

json_t *columns_load(const char *folder)
{
	char *pattern = text_format("%s/*.json", folder);
	json_t *list = json_array();
	glob_t found = { 0 };

	if (glob(pattern, 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	for (size_t i = 0; i < found.gl_pathc && list; i++) {
		json_t *document = load_file(found.gl_pathv[i]);

		if (document) {
			json_array_append_new(list, document);
		} else {
			json_decref(list);
			list = NULL;
		}
	}
	globfree(&found);
	free(pattern);
	return list;
}

void columns_find(const struct table *table, const json_t *kept, struct columns *columns)
{
	size_t most = table->n_kernels + json_array_size(kept), i;
	const json_t *document;

	*columns = (struct columns){ .items = calloc(most + 1, sizeof(*columns->items)) };
	if (!columns->items)
		abort();
	for (i = 0; i < table->n_kernels; i++)
		columns->items[columns->n++] =
			(struct column){ .kernel = table->kernels[i], .index = i };
	json_array_foreach((json_t *)kept, i, document) {
		const char *kernel = jsonx_string(document, "kernel", "?");
		bool known = false;

		for (size_t k = 0; k < columns->n; k++)
			known |= strcmp(columns->items[k].kernel, kernel) == 0;
		if (!known)
			columns->items[columns->n++] =
				(struct column){ .kernel = kernel, .kept = document };
	}
}

void columns_free(struct columns *columns)
{
	free(columns->items);
	*columns = (struct columns){ 0 };
}

static const json_t *find_row(const json_t *document, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(document, "rows"), i, row) {
		if (jsonx_is(row, "row", name))
			return row;
	}
	return NULL;
}

static int64_t read_time(const json_t *rule, size_t index)
{
	json_int_t ms = json_integer_value(json_array_get(rule, index));

	return ms < 0 || ms > INT64_MAX / NS_PER_MS ? -1 : ms * NS_PER_MS;
}

static void read_fold(const json_t *list, struct fold *fold)
{
	const json_t *rule;
	size_t i;

	*fold = (struct fold){ .rules = calloc(json_array_size(list) + 1, sizeof(*fold->rules)) };
	if (!fold->rules)
		abort();
	json_array_foreach((json_t *)list, i, rule) {
		const char *who = json_string_value(json_array_get(rule, 0));
		const char *answer = json_string_value(json_array_get(rule, 1));

		fold->rules[fold->count++] = (struct fold_rule){
			.who = who ? text_format("%s", who) : NULL,
			.answer = text_format("%s", answer ?: "?"),
			.from_ns = read_time(rule, 2),
			.to_ns = read_time(rule, 3),
		};
	}
}

void columns_fold(const struct table *table, const struct column *column, size_t first, bool second,
		  struct fold *fold)
{
	const char *name = table_row(&table->cells[first]);

	if (column->kept)
		read_fold(json_object_get(find_row(column->kept, name),
					  second ? "second" : "answers"),
			  fold);
	else
		fold_row(table, first, table_row_end(table, first), column->index,
			 second ? answer_of_second : answer_of_call, fold);
}

static bool same(const struct table *table, const struct columns *columns, size_t column,
		 size_t first, bool second)
{
	struct fold base, other;
	bool equal;

	columns_fold(table, &columns->items[0], first, second, &base);
	columns_fold(table, &columns->items[column], first, second, &other);
	equal = other.count == 0 || fold_equal(&base, &other);
	fold_free(&base);
	fold_free(&other);
	return equal;
}

bool columns_same(const struct table *table, const struct columns *columns, size_t column,
		  size_t first)
{
	return same(table, columns, column, first, false) &&
	       same(table, columns, column, first, true);
}

bool columns_ran(const struct table *table, const struct column *column, size_t first)
{
	struct fold fold;
	bool ran;

	columns_fold(table, column, first, false, &fold);
	ran = fold.count > 0;
	fold_free(&fold);
	return ran;
}
