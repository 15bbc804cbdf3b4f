// SPDX-License-Identifier: GPL-2.0-only
// The expectation that what was predicted is what was measured.
#include "lab/front/expect_reader.h"
#include "lab/front/words.h"
#include "lab/predict/predict.h"

#include <string.h>

/* Which predictions must hold: all, or a list of kinds. */
bool expect_read_predicted(struct reader *reader)
{
	struct yaml *predicted, *endpoint, *source;
	struct yaml_key keys[] = { { "predicted", &predicted, true },
				   { "endpoint", &endpoint, false },
				   { "source", &source, false } };
	json_t *kinds = json_array();
	size_t index;

	expect_put(reader, "kinds", kinds);
	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of predictions", keys) ||
	    !expect_needs_capture(reader) ||
	    (endpoint && !expect_read_endpoint(reader, endpoint, false)))
		return false;
	/* no kind in the plan is every kind */
	if (predicted->type == YAML_SCALAR && strcmp(predicted->text, "all") == 0)
		return put_source(reader->front, source, reader->json);
	for (const struct yaml *item = yaml_first(predicted); item;
	     item = yaml_next(predicted, item)) {
		if (!yaml_get_word(reader->front, item, "predicted", prediction_kinds, PREDICTIONS,
				   &index))
			return false;
		json_array_append_new(kinds, json_string(prediction_kinds[index]));
	}
	if (json_array_size(kinds) > 0)
		return put_source(reader->front, source, reader->json);
	yaml_error(reader->front, predicted,
		   "\"predicted\" is empty; expected all, or a list such as [pf, inactive]");
	return false;
}
