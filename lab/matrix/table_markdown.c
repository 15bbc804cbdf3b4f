// SPDX-License-Identifier: GPL-2.0-only
// The matrix as a page of the documentation: per errno what the manual page claims and what the kernel does.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/matrix/answer.h"
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

static void put_table(const struct page *page)
{
	const struct table *table = page->table;

	fputs("## All rows\n\n| condition | answers | a second call on the same socket |\n"
	      "|---|---|---|\n",
	      page->out);
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
		fputs(" |\n", page->out);
		fold_free(&answers);
		fold_free(&second);
	}
	fputc('\n', page->out);
}

/* Where other kernels answer otherwise. */
static void put_kernels(const struct page *page)
{
	const struct table *table = page->table;

	for (size_t k = 1; k < table->n_kernels; k++) {
		size_t rows = 0;

		fprintf(page->out, "## What %s answers otherwise\n\n", table->kernels[k]);
		for (size_t i = 0; i < table->n; i = table_row_end(table, i)) {
			size_t end = table_row_end(table, i);
			struct fold base, other;

			fold_row(table, i, end, 0, answer_of_call, &base);
			fold_row(table, i, end, k, answer_of_call, &other);
			if (other.count > 0 && !fold_equal(&base, &other)) {
				fputs("- ", page->out);
				put_link(page, &table->cells[i],
					 short_name(table_row(&table->cells[i])));
				fputs("\n  - ", page->out);
				put_fold(page, &other, "\n  - ");
				fputc('\n', page->out);
				rows++;
			}
			fold_free(&base);
			fold_free(&other);
		}
		fputs(rows ? "\n" : "Nothing.\n\n", page->out);
	}
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
	struct page page = { out, table, texts, calloc(table->n + 1, sizeof(const char *)) };

	if (!page.told)
		abort();

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
	free(page.told);
}
