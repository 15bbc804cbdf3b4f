// SPDX-License-Identifier: GPL-2.0-only
// Predictions for people: a line each, and why under it.
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/predict.h"

#include <stdlib.h>
#include <string.h>

/* Longer lines of prose are hard to read. */
#define TEXT_WIDTH 100

static void put_cell(FILE *out, const char *text, size_t width)
{
	size_t used = text_width(text);

	text_put(out, text);
	fprintf(out, "%*s", (int)(used < width ? width - used : 0), "");
}

static size_t widest(size_t width, const char *text)
{
	return text_width(text) > width ? text_width(text) : width;
}

static void put_prose(FILE *out, const char *indent, const char *text)
{
	size_t width = text_width(indent) + 4;

	fprintf(out, "%s    ", indent);
	text_put_wrapped(out, text, width, width, TEXT_WIDTH);
	fputc('\n', out);
}

/* The same difference holds of many rows: it is told at the first. */
static bool is_told(const struct predictions *predictions, const struct prediction *row)
{
	for (size_t i = 0; &predictions->items[i] < row; i++) {
		if (predictions->items[i].difference &&
		    strcmp(predictions->items[i].difference, row->difference) == 0)
			return true;
	}
	return false;
}

static void put_row(FILE *out, const struct predictions *predictions, const struct prediction *row,
		    const char *indent, const size_t widths[4])
{
	char *predicted = describe_span(row->predicted), *measured = describe_span(row->measured);
	char *formula = text_format("%s; %s", row->formula, row->source);
	char missed[NS_TEXT_SIZE];
	int64_t missed_ns;

	fprintf(out, "%s%-8s", indent, row->agrees ? "agrees" : "DIFFERS");
	put_cell(out, row->endpoint, widths[0] + 2);
	put_cell(out, row->what, widths[1] + 2);
	put_cell(out, predicted, widths[2] + 2);
	text_put(out, measured);
	if (!row->agrees && prediction_missed_by(row, &missed_ns))
		fprintf(out, ", %s %s", format_ns(llabs(missed_ns), missed),
			missed_ns < 0 ? "early" : "late");
	fputc('\n', out);
	put_prose(out, indent, formula);
	if (row->difference && !is_told(predictions, row))
		put_prose(out, indent, row->difference);
	free(formula);
	free(predicted);
	free(measured);
}

static void find_widths(const struct predictions *predictions, size_t widths[4])
{
	widths[0] = text_width("whose");
	widths[1] = text_width("what");
	widths[2] = text_width("predicted");
	for (size_t i = 0; i < predictions->n; i++) {
		const struct prediction *row = &predictions->items[i];
		char *predicted = describe_span(row->predicted);

		widths[0] = widest(widths[0], row->endpoint);
		widths[1] = widest(widths[1], row->what);
		widths[2] = widest(widths[2], predicted);
		free(predicted);
	}
}

void predictions_put(FILE *out, const struct predictions *predictions, const char *indent)
{
	char tick[NS_TEXT_SIZE];
	size_t widths[4] = { 0 };

	find_widths(predictions, widths);
	fprintf(out, "%s%-8s", indent, "");
	put_cell(out, "whose", widths[0] + 2);
	put_cell(out, "what", widths[1] + 2);
	put_cell(out, "predicted", widths[2] + 2);
	fputs("measured\n", out);
	for (size_t i = 0; i < predictions->n; i++)
		put_row(out, predictions, &predictions->items[i], indent, widths);
	for (size_t i = 0; i < predictions->n_notes; i++)
		put_prose(out, indent, predictions->notes[i]);
	format_ns(predictions->tick_ns, tick);
	fprintf(out, "%sTimers count in ticks of %s%s; a difference of one is none.\n", indent,
		tick, predictions->tick_assumed ? ", as the run does not say" : "");
}
