// SPDX-License-Identifier: GPL-2.0-only
// A condition of the errno matrix: a scenario with the key `matrix`, and the cells it makes.
#ifndef LAB_FRONT_CONDITION_H
#define LAB_FRONT_CONDITION_H

#include <jansson.h>

#include "lab/front/axes.h"

/* The step of the timeline that makes the call under test. */
#define DIAL "dial"

/* What cells are expected to answer, where `when` holds. */
struct cell_rule {
	const struct yaml *yaml;
	struct selector when;
	json_t *releases; /* (owned) `since` and `until`, when it is not meant for all kernels */
	json_t *expect; /* (owned) field to expectation, as in a plan's "cell"; see cell_expect.c */
};

/* Cells that make no sense. */
struct cell_skip {
	const struct yaml *yaml;
	struct selector when;
	const char *why;
};

/* The condition in one of its rows: that of the values its parameters have. */
struct condition {
	struct front *front;
	const char *row_name; /* "errno/icmp/net-unreachable" */
	struct yaml *root;
	const struct yaml *yaml; /* the key `matrix` */
	struct axes axes;
	size_t row[EACH_MAX]; /* which value each parameter has */
	json_t *errnos;	      /* (owned) names */
	const char *decided_by, *summary;
	const char *differs; /* why kernels answer otherwise, or NULL */
	const struct yaml *lists[AXIS_VALUES_MAX];
	struct yaml *dial, *caller; /* the step; the endpoint that makes the call */
	struct yaml *action;	    /* the entry of the step that names the call */
	size_t dial_index, n_steps; /* in the timeline as written */
	struct variant base;
	struct cell_rule *rules;
	struct cell_skip *skips;
	size_t n_rules, n_skips;
};

/*
 * Reads the key `matrix` of a scenario after parameters_apply(). `name` is the scenario's, and the row's when
 * there is only one. False after sentences. Free it in any case.
 */
bool condition_read(struct front *front, struct yaml *root, const char *name,
		    struct condition *condition);
void condition_free(struct condition *condition);

/*
 * Reads `each` of a condition into axes->each: each value must be one that can be part of a name, and that
 * of the parameter among them. False after sentences.
 */
bool condition_read_each(struct front *front, const struct yaml *root, struct axes *axes);

/* cell_expect.c: `expect` of a rule as an object by field (a new reference), or NULL after sentences. */
json_t *cell_read_expect(struct front *front, const struct yaml *expect, const char *source);

/*
 * cell.c: the description of a cell, which is the "cell" of its plan (docs/formats.md, section 3): row, name,
 * axes, what is expected, or "skip" and why. A new reference.
 */
json_t *cell_describe(const struct condition *condition, const struct variant *variant);
/*
 * cell.c: the plan of a cell, by edits of a copy of the condition's tree; NULL after sentences. `is_whole`: what
 * the file itself expects of the call and of the run counts too, as when the base is run as a scenario.
 */
json_t *cell_make_plan(struct front *front, const struct condition *condition,
		       const struct variant *variant, const char *file, bool is_whole);

/* The plan of the base cell of a condition whose parameters are put in; NULL after sentences. */
json_t *condition_make_base(struct front *front, struct yaml *root, const char *file);

#endif
