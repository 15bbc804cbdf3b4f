// SPDX-License-Identifier: GPL-2.0-only
// Parameters of a scenario: names whose values are put in wherever the file says $NAME.
#ifndef LAB_FRONT_PARAMETERS_H
#define LAB_FRONT_PARAMETERS_H

#include "lab/front/yaml.h"

#define PARAMETERS_MAX	     64
#define PARAMETER_VALUES_MAX 64 /* items of a list that is a parameter's value */

/* One value given in the place of a default: as text of YAML ("3s", "[server.a, server.b]"), or as a node. */
struct setting {
	const char *name;
	const char *text;	  /* NULL when `value` has it */
	const struct yaml *value; /* a scalar or a list of scalars */
};

/* Starts as { 0 }. */
struct settings {
	struct setting items[PARAMETERS_MAX];
	size_t count;
};

/*
 * Adds the NAME=VALUE of the option --set; the text must outlive the settings. False after a
 * sentence on standard error, which begins with `command`.
 */
bool settings_add(struct settings *settings, const char *command, char *argument);

/* " --set NAME=VALUE" of each, for a shell. (owned) */
char *settings_words(const struct settings *settings);

/*
 * Replaces every plain scalar $NAME below the mapping `root`, outside of its key `parameters`, by
 * the parameter's value, which stands at the place of use. Settings, which may be NULL, take the
 * place of what `parameters` has, there too. Unknown names and parameters nobody uses are errors.
 */
bool parameters_apply(struct front *front, struct yaml *root, const struct settings *settings);

#endif
