// SPDX-License-Identifier: GPL-2.0-only
// The whole front end: from a scenario file to a plan (docs/formats.md, section 3).
#ifndef LAB_FRONT_PLAN_H
#define LAB_FRONT_PLAN_H

#include <jansson.h>
#include <stddef.h>

#include "lab/front/diag.h"
#include "lab/front/parameters.h"

/*
 * Reads, validates and resolves the scenario in `file`, with the settings, which may be NULL, in the
 * place of its parameters' defaults; of a condition of the matrix, the base cell. Returns the plan
 * (a new reference), or NULL with at least one sentence in `diag`. Nothing is printed, and nothing
 * but files is touched.
 */
json_t *plan_load(const char *file, const struct settings *settings, struct diag *diag);

struct by_hand;

/*
 * The same with a step by hand (lab/front/by_hand.h), which says what becomes of it, beyond those of the scenario in `file`,
 * or of `text` when that is not NULL.
 */
json_t *plan_by_hand(const char *file, const char *text, const struct settings *settings,
		     struct by_hand *by_hand, struct diag *diag);

/* The same from memory; `file` is only a name for sentences and for finding topologies beside it. */
json_t *plan_from_text(const char *text, size_t size, const char *file, struct diag *diag);

#endif
