// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep at a glance: a table for the terminal.
#ifndef LAB_SWEEP_GLANCE_H
#define LAB_SWEEP_GLANCE_H

#include "lab/sweep/plot.h"

#include <jansson.h>

/*
 * Prints the median of a measure for each value of one parameter (a row) and of a second one (a column): what the plot
 * of the same wish shows, whose file may be NULL. Prints nothing when no result has the measure, or when there are more rows
 * than fit a screen.
 */
void glance_print(const struct plot_wish *wish, const json_t *results);

#endif
