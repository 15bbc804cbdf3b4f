// SPDX-License-Identifier: GPL-2.0-only
// What a plot shows: least, median and most of a measure, for each value of one parameter and of a second one.
#ifndef LAB_SWEEP_SERIES_DATA_H
#define LAB_SWEEP_SERIES_DATA_H

#include "lab/sweep/measure.h"
#include "lab/sweep/value.h"

#include <jansson.h>

/* Lines more than this are no longer told apart. */
#define PLOT_LINES_MAX	8
#define PLOT_VALUES_MAX 1000

/* A parameter and its different values, sorted. Zeroed it stands for none, and has one value without a text. */
struct plot_axis {
	const char *name;     /* or NULL */
	struct value *values; /* (owned) */
	size_t count;
};

/* One place on a line. */
struct plot_point {
	double least, median, most; /* seconds, or a count */
	size_t count;		    /* results with that measure; 0: nothing to show */
};

struct plot_data {
	const struct measure *measure;
	struct plot_axis x, series;
	struct plot_point *points;    /* (owned) by line, then by value of x */
	size_t results;		      /* shown */
	size_t each_least, each_most; /* results a point, over all points that have any */
	double least, most;	      /* of all */
	size_t others; /* parameters that vary beside x and series: their values are together */
};

/*
 * Collects the data; axes that are not named (NULL) are the parameters with most values, the first of several. False after
 * a sentence that begins with `command`. When that is NULL there is no sentence, and where no parameter has several values
 * there is one point.
 */
bool plot_collect(const char *command, const json_t *results, const char *x, const char *series,
		  const struct measure *measure, struct plot_data *data);
void plot_data_free(struct plot_data *data);

#endif
