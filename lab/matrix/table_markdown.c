// SPDX-License-Identifier: GPL-2.0-only
// The matrix as a page of the documentation: per errno what the manual page claims and what the kernel does.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/matrix/answer.h"
#include "lab/matrix/columns.h"
#include "lab/matrix/fold.h"
#include "lab/matrix/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where the page is, seen from the scenarios: docs/. */
#define LINK_FORMAT "../scenarios/%s.yaml"

struct page {
	FILE *out;
	const struct table *table;
	const struct table_texts *texts;
	/* (owned) by the condition's first cell: the errno under which it is told, or NULL */
	const char **told;
	struct columns columns;
};

/* Text as Markdown that means just that, on one line. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '|')
			fputs("\\|", out);
		else if (*text == '\n')
			fputc(' ', out);
		else
			fputc(*text, out);
	}
}

static void put_link(const struct page *page, const struct table_cell *cell, const char *text)
{
	char *name = find_scenario_name(cell->file);

	fprintf(page->out, "[%s](" LINK_FORMAT ")", text, name);
	free(name);
}

/* "refused" of "errno/refused:...". */
static const char *short_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash ? slash + 1 : name;
}

/* "WHO: ANSWER after TIME" of each rule, with something between two. */
static void put_fold(const struct page *page, const struct fold *fold, const char *between)
{
	for (size_t i = 0; i < fold->count; i++) {
		const struct fold_rule *rule = &fold->rules[i];
		char *time = answer_time(rule->from_ns, rule->to_ns);

		if (i > 0)
			fputs(between, page->out);
		if (rule->who)
			fprintf(page->out, "*%s*: ", rule->who);
		put_text(page->out, rule->answer);
		put_text(page->out, time);
		free(time);
	}
}

/* Names of the rows from `row` on that answer alike, with commas; marks those behind it. */
static void put_alike(const struct page *page, size_t first, size_t end, size_t row,
		      const struct fold *fold, bool *told)
{
	const struct table *table = page->table;
	bool is_first = true;

	for (size_t i = row; i < end; i = table_row_end(table, i)) {
		const char *name = table_row(&table->cells[i]);
		struct fold other;

		fold_row(table, i, table_row_end(table, i), 0, answer_of_call, &other);
		if (!told[i - first] && fold_equal(fold, &other)) {
			char *base = find_scenario_name(table->cells[i].file);

			fprintf(page->out, "%s`%s`", is_first ? "" : ", ", name + strlen(base) + 1);
			free(base);
			told[i - first] = true;
			is_first = false;
		}
		fold_free(&other);
	}
}

/* Of a condition with several rows: those that answer alike together. */
static void put_rows(const struct page *page, size_t first, size_t end)
{
	const struct table *table = page->table;
	bool *told = calloc(end - first + 1, sizeof(*told));

	if (!told)
		abort();
	for (size_t i = first; i < end; i = table_row_end(table, i)) {
		struct fold fold;

		if (told[i - first])
			continue;
		fold_row(table, i, table_row_end(table, i), 0, answer_of_call, &fold);
		if (fold.count > 0) {
			fputs("  - ", page->out);
			put_alike(page, first, end, i, &fold, told);
			fputs(": ", page->out);
			put_fold(page, &fold, "; ");
			fputc('\n', page->out);
		}
		fold_free(&fold);
	}
	free(told);
}

static void put_answers(const struct page *page, size_t first, size_t end)
{
	struct fold fold;

	if (table_row_end(page->table, first) < end) {
		put_rows(page, first, end);
		return;
	}
	fold_row(page->table, first, end, 0, answer_of_call, &fold);
	if (fold.count > 0) {
		fputs("  - ", page->out);
		put_fold(page, &fold, "\n  - ");
		fputc('\n', page->out);
	}
	fold_free(&fold);
}

/* Each reason for skipping once. */
static void put_skips(const struct page *page, size_t first, size_t end)
{
	const struct table *table = page->table;

	for (size_t i = first; i < end; i++) {
		const char *why = jsonx_string(table->cells[i].cell, "skip", NULL);
		size_t count = 0, before = first;

		if (!why)
			continue;
		while (before < i &&
		       strcmp(jsonx_string(table->cells[before].cell, "skip", ""), why) != 0)
			before++;
		if (before < i)
			continue;
		for (size_t k = i; k < end; k++)
			count += strcmp(jsonx_string(table->cells[k].cell, "skip", ""), why) == 0;
		fprintf(page->out, "  - %zu cell%s skipped: ", count, count == 1 ? "" : "s");
		put_text(page->out, why);
		fputc('\n', page->out);
	}
}

static bool is_about(const struct table_cell *cell, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(cell->cell, "errno"), i, item) {
		if (strcmp(json_string_value(item) ?: "", name) == 0)
			return true;
	}
	return false;
}

/* The anchor of a heading, as Markdown viewers make it. */
static void put_anchor(FILE *out, const char *heading)
{
	for (; *heading; heading++)
		fputc(tolower((unsigned char)*heading), out);
}

static void put_condition(const struct page *page, const char *heading, size_t first, size_t end)
{
	const struct table_cell *cell = &page->table->cells[first];
	const char *told = page->told[first];
	char *name = find_scenario_name(cell->file);

	fputs("- ", page->out);
	put_link(page, cell, short_name(name));
	free(name);
	if (told) {
		fprintf(page->out, ": under [%s](#", told);
		put_anchor(page->out, told);
		fputs(")\n", page->out);
		return;
	}
	page->told[first] = heading;
	fputs(": ", page->out);
	put_text(page->out, jsonx_string(cell->cell, "summary", ""));
	fputs("\n", page->out);
	put_answers(page, first, end);
	put_skips(page, first, end);
	fputs("  - decided by ", page->out);
	put_text(page->out, jsonx_string(cell->cell, "decided_by", ""));
	fputc('\n', page->out);
}

/* All conditions about an errno. */
static void put_conditions(const struct page *page, const char *name)
{
	const struct table *table = page->table;
	size_t count = 0;

	for (size_t i = 0; i < table->n; i = table_condition_end(table, i)) {
		if (!is_about(&table->cells[i], name))
			continue;
		put_condition(page, name, i, table_condition_end(table, i));
		count++;
	}
	if (count == 0)
		fputs("No condition shows it.\n", page->out);
	fputc('\n', page->out);
}

static bool is_claimed(const struct page *page, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(page->texts->errnos, i, item) {
		if (jsonx_is(item, "errno", name))
			return true;
	}
	return false;
}

static void put_claims(const struct page *page)
{
	const json_t *item;
	size_t i;

	json_array_foreach(page->texts->errnos, i, item) {
		const char *name = jsonx_string(item, "errno", "?");
		const char *note = jsonx_string(item, "note", NULL);

		if (i == 0)
			fputs("## The errnos of the manual page\n\n", page->out);
		fprintf(page->out, "### %s\n\nThe manual page: ", name);
		put_text(page->out, jsonx_string(item, "claim", ""));
		fputs("\n\n", page->out);
		if (note) {
			put_text(page->out, note);
			fputs("\n\n", page->out);
		}
		put_conditions(page, name);
	}
}

/* Errnos of conditions that the manual page does not have, in alphabetical order. */
static void put_beyond(const struct page *page)
{
	const struct table *table = page->table;
	const char *last = "";

	for (;;) {
		const char *next = NULL;

		for (size_t i = 0; i < table->n; i++) {
			const json_t *item;
			size_t k;

			json_array_foreach(json_object_get(table->cells[i].cell, "errno"), k,
					   item) {
				const char *name = json_string_value(item) ?: "";

				if (strcmp(name, last) > 0 && (!next || strcmp(name, next) < 0) &&
				    !is_claimed(page, name))
					next = name;
			}
		}
		if (!next)
			return;
		if (!*last && json_array_size(page->texts->errnos) > 0)
			fputs("## Errnos beyond the page\n\n", page->out);
		fprintf(page->out, "### %s\n\n", next);
		put_conditions(page, next);
		last = next;
	}
}

/* Kernels' names with commas. */
static void put_names(const struct page *page, const bool *which)
{
	bool is_first = true;

	for (size_t k = 1; k < page->columns.n; k++) {
		if (which && !which[k])
			continue;
		fprintf(page->out, "%s%s", is_first ? "" : ", ", page->columns.items[k].kernel);
		is_first = false;
	}
}

static bool same_columns(const struct page *page, size_t a, size_t b, size_t row)
{
	struct columns two = {
		.items = (struct column[]){ page->columns.items[a], page->columns.items[b] }, .n = 2
	};

	return columns_same(page->table, &two, 1, row);
}

/* What a column answers to both calls. */
static void put_column(const struct page *page, size_t column, size_t row, const char *between)
{
	const struct column *from = &page->columns.items[column];
	struct fold answers, second;

	columns_fold(page->table, from, row, false, &answers);
	columns_fold(page->table, from, row, true, &second);
	put_fold(page, &answers, between);
	fprintf(page->out, "%sa second call: ", between);
	put_fold(page, &second, between);
	fold_free(&answers);
	fold_free(&second);
}

/* Of a row on which kernels differ: those that answer alike together, and why. */
static void put_difference(const struct page *page, size_t row, bool *differs)
{
	const struct columns *columns = &page->columns;
	const char *why = jsonx_string(page->table->cells[row].cell, "differs", NULL);
	bool *alike = calloc(columns->n + 1, sizeof(*alike));

	if (!alike)
		abort();
	fputs("- ", page->out);
	put_link(page, &page->table->cells[row], short_name(table_row(&page->table->cells[row])));
	if (why) {
		fputs(": ", page->out);
		put_text(page->out, why);
	}
	fprintf(page->out, "\n  - %s: ", columns->items[0].kernel);
	put_column(page, 0, row, "; ");
	for (size_t k = 1; k < columns->n; k++) {
		if (!differs[k])
			continue;
		for (size_t i = 0; i < columns->n; i++) {
			alike[i] = i >= k && differs[i] && same_columns(page, k, i, row);
			if (alike[i])
				differs[i] = false;
		}
		fputs("\n  - ", page->out);
		put_names(page, alike);
		fputs(": ", page->out);
		put_column(page, k, row, "; ");
	}
	fputc('\n', page->out);
	free(alike);
}

/* Where other kernels answer otherwise, and why. */
static void put_kernels(const struct page *page)
{
	const struct table *table = page->table;
	const struct columns *columns = &page->columns;
	size_t rows = 0, differing = 0;
	bool missing = false, *differs = calloc(columns->n + 1, sizeof(*differs));

	if (!differs)
		abort();
	if (columns->n > 1)
		fputs("## Differences between kernels\n\n", page->out);
	for (size_t i = 0; i < table->n && columns->n > 1; i = table_row_end(table, i)) {
		bool any = false;

		for (size_t k = 1; k < columns->n; k++)
			any |= differs[k] = !columns_same(table, columns, k, i);
		for (size_t k = 1; k < columns->n; k++)
			missing |= !columns_ran(table, &columns->items[k], i);
		rows++;
		differing += any;
		if (any)
			put_difference(page, i, differs);
	}
	if (columns->n > 1) {
		fprintf(page->out, "%s%zu of %zu rows differ; all others are the same on %s, ",
			differing ? "\n" : "", differing, rows, columns->items[0].kernel);
		put_names(page, NULL);
		fputs(missing ? ", as far as they were run there: \"not run\" below.\n\n" : ".\n\n",
		      page->out);
	}
	free(differs);
}

/* The row on another kernel than the first. */
static void put_other_column(const struct page *page, size_t column, size_t row)
{
	struct fold answers;

	columns_fold(page->table, &page->columns.items[column], row, false, &answers);
	fputs(" | ", page->out);
	if (answers.count == 0)
		fputs("not run", page->out);
	else if (columns_same(page->table, &page->columns, column, row))
		fputs("same", page->out);
	else
		put_column(page, column, row, "<br>");
	fold_free(&answers);
}

static void put_table(const struct page *page)
{
	const struct table *table = page->table;

	fprintf(page->out, "## All rows\n\n| condition | %s | a second call on the same socket |",
		page->columns.n > 1 ? page->columns.items[0].kernel : "answers");
	for (size_t k = 1; k < page->columns.n; k++)
		fprintf(page->out, " %s |", page->columns.items[k].kernel);
	fputs("\n|---|---|---|", page->out);
	for (size_t k = 1; k < page->columns.n; k++)
		fputs("---|", page->out);
	fputc('\n', page->out);
	for (size_t i = 0; i < table->n; i = table_row_end(table, i)) {
		size_t end = table_row_end(table, i);
		struct fold answers, second;

		fold_row(table, i, end, 0, answer_of_call, &answers);
		fold_row(table, i, end, 0, answer_of_second, &second);
		fputs("| ", page->out);
		put_link(page, &table->cells[i], short_name(table_row(&table->cells[i])));
		fputs(" | ", page->out);
		put_fold(page, &answers, "<br>");
		fputs(" | ", page->out);
		put_fold(page, &second, "<br>");
		for (size_t k = 1; k < page->columns.n; k++)
			put_other_column(page, k, i);
		fputs(" |\n", page->out);
		fold_free(&answers);
		fold_free(&second);
	}
	fputc('\n', page->out);
}

static void put_head(const struct page *page)
{
	const struct table *table = page->table;
	struct table_sums sums;
	char virtual[NS_TEXT_SIZE], cells[NS_TEXT_SIZE], skipped[NS_TEXT_SIZE];

	table_sum(table, &sums);
	fprintf(page->out,
		"# What connectx answers\n\n"
		"Measured by `pathlab matrix errno` on %s: %zu conditions in %zu rows, %s cells (%s more are skipped, with "
		"the reason), %s of virtual time. This page is generated, `pathlab matrix errno --format "
		"markdown > docs/errno.md`, and a test compares it with a run.\n\n",
		table->kernels[0], sums.conditions, sums.rows,
		format_thousands((int64_t)(sums.cells - sums.skipped), cells),
		format_thousands((int64_t)sums.skipped, skipped),
		format_ns(sums.virtual_ns / (int64_t)table->n_kernels, virtual));
	if (json_array_size(page->texts->columns) > 0)
		fputs("What other kernels answer is kept beside the conditions, in scenarios/errno/" COLUMNS_FOLDER
		      ", as `pathlab matrix errno --kernel NAME --format rows` wrote it.\n\n",
		      page->out);
	fputs("A row is a condition, a cell one way to make the call in it: *one-to-one* or *one-to-many* "
	      "socket; of *ipv4*, *ipv6* or *v6only*; *blocking*, *nonblocking*, or with SO_SNDTIMEO of 1 s "
	      "(*send-timeout*); `sctp_connectx()` of libsctp, the socket options it uses or once used "
	      "(*via old*, *new*, *get*), or *connect(2)* to the first address; with room for the association "
	      "id or without (*no-id*); and other lists of addresses. The first answer of a row is the common "
	      "one; each further line holds unless a later one says otherwise. \"Then\" is what comes after the call: SO_ERROR once "
	      "poll(2) returned, or the state in SCTP_ASSOC_CHANGE. Times are counted from the call.\n\n",
	      page->out);
}

void table_put_markdown(FILE *out, const struct table *table, const struct table_texts *texts)
{
	struct page page = { .out = out,
			     .table = table,
			     .texts = texts,
			     .told = calloc(table->n + 1, sizeof(const char *)) };

	if (!page.told)
		abort();
	columns_find(table, texts->columns, &page.columns);

	put_head(&page);
	if (texts->findings) {
		fputs(texts->findings, out);
		if (*texts->findings && texts->findings[strlen(texts->findings) - 1] != '\n')
			fputc('\n', out);
		fputc('\n', out);
	}
	put_claims(&page);
	put_beyond(&page);
	put_kernels(&page);
	put_table(&page);
	columns_free(&page.columns);
	free(page.told);
}
