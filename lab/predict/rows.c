// SPDX-License-Identifier: GPL-2.0-only
// Rows of predictions: added, sorted, and given out as JSON.
#include "lab/common/clamp.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/side.h"

#include <stdlib.h>
#include <string.h>

const char *const prediction_kinds[PREDICTIONS] = {
	[PREDICT_INIT] = "init",	   [PREDICT_COOKIE] = "cookie",
	[PREDICT_GIVEN_UP] = "given-up",   [PREDICT_RETRANSMISSION] = "retransmission",
	[PREDICT_HEARTBEAT] = "heartbeat", [PREDICT_PF] = "pf",
	[PREDICT_INACTIVE] = "inactive",   [PREDICT_ACTIVE] = "active",
	[PREDICT_LOST] = "lost",	   [PREDICT_SHUTDOWN] = "shutdown",
};

bool spans_agree(const struct replay *replay, struct span predicted, struct span measured)
{
	return measured.lo != NS_NEVER && clamp_add(measured.hi, replay->tick_ns) >= predicted.lo &&
	       clamp_subtract(measured.lo, replay->tick_ns) <= predicted.hi;
}

void add_row(struct replay *replay, const struct side *side, enum prediction_kind kind, char *what,
	     struct span predicted, struct span measured, char *formula, const char *source,
	     char *difference)
{
	struct predictions *out = replay->out;

	out->items = reallocarray(out->items, out->n + 1, sizeof(*out->items));
	if (!out->items)
		abort();
	out->items[out->n++] = (struct prediction){
		.kind = kind,
		.endpoint = side->name,
		.what = what,
		.predicted = predicted,
		.measured = measured,
		.agrees = spans_agree(replay, predicted, measured),
		.formula = formula,
		.source = source,
		.difference = difference,
	};
}

void predictions_free(struct predictions *predictions)
{
	if (!predictions)
		return;
	for (size_t i = 0; i < predictions->n; i++) {
		free(predictions->items[i].what);
		free(predictions->items[i].formula);
		free(predictions->items[i].difference);
	}
	for (size_t i = 0; i < predictions->n_notes; i++)
		free(predictions->notes[i]);
	free(predictions->notes);
	free(predictions->items);
	free(predictions);
}

char *describe_span(struct span span)
{
	char lo[NS_TEXT_SIZE], hi[NS_TEXT_SIZE];

	if (span.lo == NS_NEVER)
		return text_format("never");
	format_seconds(span.lo, lo);
	format_seconds(span.hi, hi);
	if (strcmp(lo, hi) == 0)
		return text_format("%s", lo);
	lo[strlen(lo) - strlen(" s")] = '\0';
	return text_format("%s to %s", lo, hi);
}

bool prediction_missed_by(const struct prediction *row, int64_t *ns)
{
	*ns = 0;
	if (row->measured.lo == NS_NEVER || row->predicted.lo == NS_NEVER)
		return false;
	if (row->measured.lo > row->predicted.hi)
		*ns = clamp_subtract(row->measured.lo, row->predicted.hi);
	else if (row->measured.hi < row->predicted.lo)
		*ns = clamp_subtract(row->measured.hi, row->predicted.lo);
	return true;
}

static json_t *report_difference(const struct prediction *row)
{
	int64_t ns;

	return prediction_missed_by(row, &ns) ? json_integer(ns) : json_null();
}

static json_t *report_span(struct span span)
{
	return span.lo == NS_NEVER ? json_null() :
				     json_pack("[I, I]", (json_int_t)span.lo, (json_int_t)span.hi);
}

json_t *predictions_report(const struct predictions *predictions)
{
	json_t *rows = json_array(), *notes = json_array();

	for (size_t i = 0; i < predictions->n; i++) {
		const struct prediction *row = &predictions->items[i];

		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:s, s:s, s:s?}", "kind",
				  prediction_kinds[row->kind], "endpoint", row->endpoint, "what",
				  row->what, "predicted_ns", report_span(row->predicted),
				  "measured_ns", report_span(row->measured), "difference_ns",
				  report_difference(row), "agrees", row->agrees, "formula",
				  row->formula, "source", row->source, "linux", row->difference));
	}
	for (size_t i = 0; i < predictions->n_notes; i++)
		json_array_append_new(notes, json_string(predictions->notes[i]));
	return json_pack("{s:I, s:b, s:o, s:o}", "tick_ns", (json_int_t)predictions->tick_ns,
			 "tick_assumed", predictions->tick_assumed, "rows", rows, "notes", notes);
}
