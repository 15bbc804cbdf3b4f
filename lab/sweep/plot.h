// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep as a plot, drawn by gnuplot(1).
#ifndef LAB_SWEEP_PLOT_H
#define LAB_SWEEP_PLOT_H

#include "lab/sweep/measure.h"

#include <jansson.h>
#include <stdbool.h>

/* What to draw, or to show as a table; `y` NULL is the outage. */
struct plot_wish {
	const char *file;	/* .svg or .png; NULL: only the table */
	const char *x, *series; /* parameters, or NULL: those with most values */
	const char *y;		/* a measure's name */
};

/*
 * Checks what can be known before there are results: the names, the kind of file, and that gnuplot is there for one. `parameters` has
 * the parameters' names as keys. False after a sentence that begins with `command`; *status is then the exit status.
 */
bool plot_check(const char *command, const struct plot_wish *wish, const json_t *parameters,
		int *status);

/* Draws sorted results; false after a sentence. The same results give the same bytes of SVG. */
bool plot_write(const char *command, const struct plot_wish *wish, const json_t *results);

#endif
