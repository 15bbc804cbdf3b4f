// SPDX-License-Identifier: GPL-2.0-only
// The expectation that what was predicted is what was measured.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/predict.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* True for a row that the expectation is about: of any kind where it lists none. */
static bool is_wanted(const json_t *kinds, const char *endpoint, const struct prediction *row)
{
	const json_t *kind;
	size_t i;

	if (endpoint && strcmp(endpoint, row->endpoint) != 0)
		return false;
	json_array_foreach((json_t *)kinds, i, kind) {
		if (json_is_string(kind) &&
		    strcmp(json_string_value(kind), prediction_kinds[row->kind]) == 0)
			return true;
	}
	return json_array_size(kinds) == 0;
}

static void add_difference(struct trial *trial, const json_t *expectation,
			   const struct prediction *row)
{
	char *predicted = describe_span(row->predicted), *measured = describe_span(row->measured);
	int64_t at_ns = row->measured.lo == NS_NEVER ? row->predicted.hi : row->measured.lo;

	trial_add(trial, FAILS, expectation, NO_EVENT, at_ns,
		  text_format("%s of %s at %s: %s (%s)", row->what, row->endpoint, predicted,
			      row->formula, row->source),
		  text_format("it was measured at %s", measured));
	free(predicted);
	free(measured);
}

/* "retransmission, pf", or "anything". (owned) */
static char *describe_kinds(const json_t *kinds)
{
	char *text = NULL, *longer;
	const json_t *kind;
	size_t i;

	json_array_foreach((json_t *)kinds, i, kind) {
		longer = text_format("%s%s%s", text ? text : "", text ? ", " : "",
				     json_string_value(kind) ?: "?");
		free(text);
		text = longer;
	}
	return text ? text : text_format("anything");
}

void judge_predicted(struct trial *trial, const json_t *expectation)
{
	const json_t *kinds = json_object_get(expectation, "kinds");
	const json_t *endpoint = json_object_get(expectation, "endpoint");
	struct predictions *predictions;
	size_t rows = 0;
	char *wanted;

	if (!trial->packets || trial->packets->damaged) {
		trial_add(trial, VOIDS, expectation, NO_EVENT, trial->end_ns,
			  text_format("a whole capture of the run"),
			  text_format(trial->packets ? "it is not whole" : "there is none"));
		return;
	}
	predictions = predictions_make(trial->plan, trial->events, trial->packets);
	for (size_t i = 0; i < predictions->n; i++) {
		const struct prediction *row = &predictions->items[i];

		if (!is_wanted(kinds, endpoint ? trial_endpoint(trial->plan, endpoint) : NULL, row))
			continue;
		rows++;
		if (!row->agrees)
			add_difference(trial, expectation, row);
	}
	if (rows == 0) {
		wanted = describe_kinds(kinds);
		trial_add(trial, FAILS, expectation, NO_EVENT, trial->end_ns,
			  text_format("something to predict: %s", wanted),
			  text_format("%s", predictions->n_notes ? predictions->notes[0] :
								   "there was nothing of that"));
		free(wanted);
	}
	predictions_free(predictions);
}
