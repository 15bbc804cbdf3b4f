// SPDX-License-Identifier: GPL-2.0-only
// The matrix for people: conditions, with rows and variants folded where they agree.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/matrix/answer.h"
#include "lab/matrix/fold.h"
#include "lab/matrix/table.h"

#include <stdlib.h>
#include <string.h>

/* So many problems of a row, and cells of a problem, are shown unless all are wanted. */
#define PROBLEMS_SHOWN 4
#define CELLS_SHOWN    6
#define NAME_WIDTH_MAX 30
#define VERDICT_WIDTH  6 /* with two blanks */

#define COLOR_GOOD     "\033[32m"
#define COLOR_BAD      "\033[1;31m"
#define COLOR_VOID     "\033[33m"
#define COLOR_WHO      "\033[1m"
#define COLOR_OFF      "\033[0m"

struct page {
	FILE *out;
	const struct table *table;
	bool color;
	int verbosity;
	size_t width, name_width;
};

static void put_color(const struct page *page, const char *color)
{
	if (page->color)
		fputs(color, page->out);
}

static void put_wrapped(const struct page *page, const char *text, size_t used, size_t indent)
{
	text_put_wrapped(page->out, text, used, indent, page->width);
	fputc('\n', page->out);
}

static void put_rule(const struct page *page, const struct fold_rule *rule, size_t indent)
{
	char *time = answer_time(rule->from_ns, rule->to_ns);
	char *answer = text_format("%s%s", rule->answer, time);
	size_t used = indent;

	if (rule->who) {
		fprintf(page->out, "%*s", (int)indent, "");
		put_color(page, COLOR_WHO);
		text_put(page->out, rule->who);
		put_color(page, COLOR_OFF);
		fputs(": ", page->out);
		used += text_width(rule->who) + 2;
	}
	put_wrapped(page, answer, used, indent + 2);
	free(answer);
	free(time);
}

static enum verdict_status row_status(const struct table *table, size_t first, size_t end)
{
	enum verdict_status worst = VERDICT_PASS;

	for (size_t i = first; i < end; i++) {
		for (size_t k = 0; k < table->n_kernels; k++) {
			const struct cell_result *result = &table->cells[i].results[k];

			if (!result->record)
				continue;
			if (result->status == VERDICT_FAIL)
				return VERDICT_FAIL;
			if (result->status == VERDICT_VOID)
				worst = VERDICT_VOID;
		}
	}
	return worst;
}

static void put_kernels(const struct page *page, size_t first, size_t end, answer_of *answer,
			const struct fold *base, size_t indent)
{
	const struct table *table = page->table;

	for (size_t k = 1; k < table->n_kernels; k++) {
		struct fold fold;

		fold_row(table, first, end, k, answer, &fold);
		if (fold.count > 0 && !fold_equal(base, &fold)) {
			fprintf(page->out, "%*s", (int)indent, "");
			put_color(page, COLOR_BAD);
			fprintf(page->out, "%s differs: ", table->kernels[k]);
			put_color(page, COLOR_OFF);
			for (size_t i = 0; i < fold.count; i++)
				put_rule(page, &fold.rules[i], indent + 2);
		}
		fold_free(&fold);
	}
}

/* Each reason once, with the number of cells it is for. */
static void put_skips(const struct page *page, size_t first, size_t end, size_t indent)
{
	const struct table *table = page->table;

	for (size_t i = first; i < end; i++) {
		const char *why = jsonx_string(table->cells[i].cell, "skip", NULL);
		size_t count = 0, before = first;
		char *text;

		if (!why)
			continue;
		while (before < i &&
		       strcmp(jsonx_string(table->cells[before].cell, "skip", ""), why) != 0)
			before++;
		if (before < i)
			continue;
		for (size_t k = i; k < end; k++)
			count += strcmp(jsonx_string(table->cells[k].cell, "skip", ""), why) == 0;
		text = text_format("%zu skipped: %s", count, why);
		fprintf(page->out, "%*s", (int)indent, "");
		put_wrapped(page, text, indent, indent + 2);
		free(text);
	}
}

/* A problem of a cell of the row on a kernel. */
struct place {
	size_t cell, kernel, problem;
};

static const struct cell_problem *problem_at(const struct page *page, const struct place *place)
{
	return &page->table->cells[place->cell].results[place->kernel].problems[place->problem];
}

/* True when both are the same thing, seen in the same words. */
static bool is_same(const struct page *page, const struct place *a, const struct place *b)
{
	const struct cell_problem *x = problem_at(page, a), *y = problem_at(page, b);

	return a->kernel == b->kernel && x->line == y->line && x->column == y->column &&
	       strcmp(x->expected, y->expected) == 0 && strcmp(x->observed, y->observed) == 0;
}

static size_t list_problems(const struct page *page, size_t first, size_t end, struct place **list)
{
	const struct table *table = page->table;
	size_t n = 0;

	*list = NULL;
	for (size_t i = first; i < end; i++) {
		for (size_t k = 0; k < table->n_kernels; k++) {
			for (size_t p = 0; p < table->cells[i].results[k].n_problems; p++) {
				*list = reallocarray(*list, n + 1, sizeof(**list));
				if (!*list)
					abort();
				(*list)[n++] = (struct place){ i, k, p };
			}
		}
	}
	return n;
}

/* What is behind the condition's name in the name of a row or cell: "net-unreachable", "" for the only row. */
static const char *short_name(const char *name, const struct table_cell *cell)
{
	char *condition = find_scenario_name(cell->file);
	size_t length = strlen(condition);

	free(condition);
	return name[length] == '\0' ? "" : name + length + 1;
}

/* Names of the cells that have the problem, without the condition's. */
static void put_sharers(const struct page *page, const struct place *list, size_t n, size_t which)
{
	size_t count = 0, shown = 0;
	char *names = NULL;

	for (size_t i = which; i < n; i++) {
		const struct table_cell *cell = &page->table->cells[list[i].cell];
		char *longer;

		if (!is_same(page, &list[which], &list[i]))
			continue;
		if (count++ >= CELLS_SHOWN && page->verbosity == 0)
			continue;
		shown++;
		longer = text_format("%s%s%s", names ?: "", names ? " " : "",
				     short_name(cell->name, cell));
		free(names);
		names = longer;
	}
	fprintf(page->out, "        cell%s ", count == 1 ? "     " : "s    ");
	text_put_wrapped(page->out, names ?: "", 18, 18, page->width);
	if (shown < count)
		fprintf(page->out, " and %zu more (-v shows all)", count - shown);
	fputc('\n', page->out);
	free(names);
}

static void put_problem(const struct page *page, const struct place *list, size_t n, size_t which)
{
	const struct table_cell *cell = &page->table->cells[list[which].cell];
	const struct cell_result *result = &cell->results[list[which].kernel];
	const struct cell_problem *problem = problem_at(page, &list[which]);

	put_color(page, result->status == VERDICT_FAIL ? COLOR_BAD : COLOR_VOID);
	fprintf(page->out, "  %s  ", verdict_name(result->status));
	put_color(page, COLOR_OFF);
	text_put(page->out, cell->file);
	if (problem->line > 0)
		fprintf(page->out, ":%d:%d", problem->line, problem->column);
	if (problem->text) {
		fputs(": ", page->out);
		text_put(page->out, problem->text);
	}
	if (page->table->n_kernels > 1)
		fprintf(page->out, "  on %s", page->table->kernels[list[which].kernel]);
	fputs("\n        expected  ", page->out);
	text_put(page->out, problem->expected);
	fputs("\n        observed  ", page->out);
	text_put(page->out, problem->observed);
	fputc('\n', page->out);
	put_sharers(page, list, n, which);
	if (result->kept) {
		fputs("        kept in   ", page->out);
		text_put(page->out, result->kept);
		fputc('\n', page->out);
	}
	fputs("        replay    ", page->out);
	text_put(page->out, result->replay);
	fputc('\n', page->out);
}

/* Every problem of the row once, with the cells that share it. */
static void put_problems(const struct page *page, size_t first, size_t end)
{
	struct place *list;
	size_t n = list_problems(page, first, end, &list), shown = 0, left = 0;

	for (size_t i = 0; i < n; i++) {
		size_t before = 0;

		while (before < i && !is_same(page, &list[before], &list[i]))
			before++;
		if (before < i)
			continue;
		if (shown++ < PROBLEMS_SHOWN || page->verbosity > 0)
			put_problem(page, list, n, i);
		else
			left++;
	}
	if (left > 0)
		fprintf(page->out, "  and %zu more problems here; -v shows all\n", left);
	free(list);
}

static void put_cell(const struct page *page, const struct table_cell *cell, size_t kernel)
{
	const struct cell_result *result = &cell->results[kernel];
	int64_t after_ns, second_ns;
	char *answer, *second, *time, *text;

	if (!result->record)
		return;
	answer = answer_of_call(result->record, &after_ns);
	second = answer_of_second(result->record, &second_ns);
	time = answer_time(after_ns, after_ns);
	text = text_format("%s%s; again: %s", answer, time, second);
	fprintf(page->out, "      %-4s  ", verdict_name(result->status));
	text_put(page->out, short_name(cell->name, cell));
	if (page->table->n_kernels > 1)
		fprintf(page->out, " on %s", page->table->kernels[kernel]);
	fputs(": ", page->out);
	text_put(page->out, text);
	fputc('\n', page->out);
	free(text);
	free(time);
	free(second);
	free(answer);
}

/* Rows of one condition that answer alike. */
struct group {
	struct fold call, second;
	char *rows;	   /* (owned) "net-unreachable, host-unreachable" */
	size_t first, end; /* the first of them */
	enum verdict_status status;
};

static bool is_alike(const struct group *group, const struct fold *call, const struct fold *second)
{
	return fold_equal(&group->call, call) && fold_equal(&group->second, second);
}

static void add_row(const struct page *page, struct group **groups, size_t *n, size_t first)
{
	const struct table *table = page->table;
	size_t end = table_row_end(table, first), i = 0;
	const char *name = short_name(table_row(&table->cells[first]), &table->cells[first]);
	enum verdict_status status = row_status(table, first, end);
	struct fold call, second;
	char *rows;

	fold_row(table, first, end, 0, answer_of_call, &call);
	fold_row(table, first, end, 0, answer_of_second, &second);
	/* what other kernels answer is told of one row, so then each stands alone */
	while (i < *n && (table->n_kernels > 1 || !is_alike(&(*groups)[i], &call, &second)))
		i++;
	if (i < *n) {
		struct group *group = &(*groups)[i];

		rows = text_format("%s, %s", group->rows, name);
		free(group->rows);
		group->rows = rows;
		if (status != VERDICT_PASS && group->status != VERDICT_FAIL)
			group->status = status;
		fold_free(&call);
		fold_free(&second);
		return;
	}
	*groups = reallocarray(*groups, *n + 1, sizeof(**groups));
	if (!*groups)
		abort();
	(*groups)[(*n)++] =
		(struct group){ call, second, text_format("%s", name), first, end, status };
}

static void put_group(const struct page *page, const struct group *group, size_t indent)
{
	size_t inner = indent;

	if (*group->rows) {
		text_put_wrapped(page->out, group->rows, indent, indent, page->width - 1);
		fputs(":\n", page->out);
		inner += 2;
		fprintf(page->out, "%*s", (int)inner, "");
	}
	if (group->call.count == 0)
		fputs("no cell of it was run\n", page->out);
	for (size_t i = 0; i < group->call.count; i++)
		put_rule(page, &group->call.rules[i], inner);
	put_kernels(page, group->first, group->end, answer_of_call, &group->call, inner);
	for (size_t i = 0; i < group->second.count && page->verbosity > 0; i++) {
		if (i == 0)
			fprintf(page->out, "%*sa second call: ", (int)inner, "");
		put_rule(page, &group->second.rules[i], inner + 2);
	}
	if (page->verbosity > 0)
		put_kernels(page, group->first, group->end, answer_of_second, &group->second,
			    inner);
}

static void put_condition(const struct page *page, size_t first, size_t end)
{
	static const char *const colors[] = {
		[VERDICT_PASS] = COLOR_GOOD, [VERDICT_FAIL] = COLOR_BAD, [VERDICT_VOID] = COLOR_VOID
	};
	const struct table *table = page->table;
	char *name = find_scenario_name(table->cells[first].file);
	size_t used = text_width(name), indent = VERDICT_WIDTH + page->name_width + 2, n = 0;
	struct group *groups = NULL;

	for (size_t i = first; i < end; i = table_row_end(table, i))
		add_row(page, &groups, &n, i);
	for (size_t i = 0; i < n; i++) {
		put_color(page, colors[groups[i].status]);
		fprintf(page->out, "%-4s", table->judged ? verdict_name(groups[i].status) : "");
		put_color(page, COLOR_OFF);
		fputs("  ", page->out);
		text_put(page->out, name);
		if (used > page->name_width)
			fprintf(page->out, "\n%*s", (int)indent, "");
		else
			fprintf(page->out, "%*s", (int)(page->name_width - used + 2), "");
		put_group(page, &groups[i], indent);
		free(groups[i].rows);
		fold_free(&groups[i].call);
		fold_free(&groups[i].second);
	}
	put_skips(page, first, end, indent);
	for (size_t i = first; i < end && page->verbosity > 1; i++) {
		for (size_t k = 0; k < table->n_kernels; k++)
			put_cell(page, &table->cells[i], k);
	}
	put_problems(page, first, end);
	free(groups);
	free(name);
}

static void put_tail(const struct page *page)
{
	const struct table *table = page->table;
	struct table_sums sums;
	char virtual[NS_TEXT_SIZE], real[NS_TEXT_SIZE];

	table_sum(table, &sums);
	put_color(page, sums.failed ? COLOR_BAD : sums.voided ? COLOR_VOID : COLOR_GOOD);
	fprintf(page->out, "%zu condition%s", sums.conditions, sums.conditions == 1 ? "" : "s");
	if (sums.rows > sums.conditions)
		fprintf(page->out, " in %zu rows", sums.rows);
	fprintf(page->out, ", %zu cell%s", sums.cells, sums.cells == 1 ? "" : "s");
	if (table->n_kernels > 1)
		fprintf(page->out, " on %zu kernels", table->n_kernels);
	if (table->judged)
		fprintf(page->out, ": %zu ok, %zu failed", sums.run - sums.failed - sums.voided,
			sums.failed);
	if (sums.voided)
		fprintf(page->out, ", %zu void (the laboratory could not run them)", sums.voided);
	fprintf(page->out, ", %zu skipped", sums.skipped);
	put_color(page, COLOR_OFF);
	fprintf(page->out, "; %s of virtual time in %s\n", format_ns(sums.virtual_ns, virtual),
		format_ns(table->real_ns, real));
	if (table->interrupted)
		fprintf(page->out, "Interrupted: %zu of %zu cells were not run.\n",
			(sums.cells - sums.skipped) * table->n_kernels - sums.run,
			(sums.cells - sums.skipped) * table->n_kernels);
}

void table_put_human(FILE *out, const struct table *table, bool color, int verbosity, size_t width)
{
	struct page page = { out, table, color, verbosity, width, 0 };

	for (size_t i = 0; i < table->n; i = table_condition_end(table, i)) {
		char *name = find_scenario_name(table->cells[i].file);
		size_t width = text_width(name);

		if (width > page.name_width && width <= NAME_WIDTH_MAX)
			page.name_width = width;
		free(name);
	}
	for (size_t i = 0; i < table->n; i = table_condition_end(table, i))
		put_condition(&page, i, table_condition_end(table, i));
	put_tail(&page);
}
