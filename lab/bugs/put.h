// SPDX-License-Identifier: GPL-2.0-only
// An entry's runs for people and as JSON.
#ifndef LAB_BUGS_PUT_H
#define LAB_BUGS_PUT_H

#include "lab/bugs/trial.h"
#include "lab/render/render.h"

/*
 * Writes what the runs of both sides came to, the first event where they part in two columns, and the result. `all`: every
 * event of both.
 */
void bug_trial_put(FILE *out, const struct render_options *options, const struct bug_trial *trial,
		   bool all);

/* The same as an object (docs/formats.md, section 11); a new reference. */
json_t *bug_trial_to_json(const struct bug_trial *trial);

#endif
