// SPDX-License-Identifier: GPL-2.0-only
// A scenario and lists of values for its parameters: every combination of them, each as a plan.
#ifndef LAB_FRONT_GRID_H
#define LAB_FRONT_GRID_H

#include <jansson.h>
#include <stdint.h>

#include "lab/front/parameters.h"

/* The name under which a grid has the seeds of its runs, beside its parameters. */
#define GRID_SEED	  "seed"
#define GRID_AXIS_MAX	  1000	 /* values of one parameter */
#define GRID_SEEDS_MAX	  100000 /* seeds */
#define GRID_COMBINED_MAX 10000	 /* combinations of values: each has a plan in memory */

/* Values from the command line, in the place of those in the file: "200ms,1s,3s", or of seeds "1..10". */
struct grid_wish {
	const char *name, *values;
};

/* A parameter and its values; one that is not varied has its default alone. */
struct grid_axis {
	const char *name, *usual; /* its default */
	const char **texts;	  /* each value on one line, as YAML; no two are the same */
	const struct yaml **values;
	size_t count;
	bool varied;
};

/* Starts as { 0 }. */
struct grid {
	struct front front; /* with the memory of all that follows */
	const char *file;
	const struct yaml *root;
	struct grid_axis axes[PARAMETERS_MAX]; /* all parameters, in the scenario's order */
	size_t n_axes;
	uint64_t *seeds; /* at least one, in the order they were given */
	size_t n_seeds, combinations;
};

/*
 * Reads the scenario in `file`, whose key `sweep` gives values to parameters (and to GRID_SEED); wishes take
 * their place name by name. Without seeds there is one, 1. False after sentences in `diag`.
 */
bool grid_load(const char *file, const struct grid_wish *wishes, size_t n_wishes, struct grid *grid,
	       struct diag *diag);

/* Reads seeds alone, such as "1..10" or "1,2,5", the argument of `option`. False after a sentence in `diag`. */
bool grid_read_seeds(struct grid *grid, const char *option, const char *values, struct diag *diag);

/* The plan of a combination, from 0 to combinations - 1 with the last parameter changing fastest; NULL after sentences. */
json_t *grid_make_plan(struct grid *grid, size_t combination, struct diag *diag);

/* The plan of the scenario with its defaults; NULL after sentences. */
json_t *grid_make_default_plan(struct grid *grid, struct diag *diag);

/* All parameters of a combination, in the scenario's order: {"rto-min": "1s", ...}. A new reference. */
json_t *grid_parameters(const struct grid *grid, size_t combination);

/* Position in its axis of the value that the combination has. */
size_t grid_value(const struct grid *grid, size_t combination, size_t axis);

/* Checks the key `sweep` of a scenario, for those who do not sweep. False after sentences. */
bool grid_check(struct front *front, const struct yaml *root);

void grid_free(struct grid *grid);

#endif
