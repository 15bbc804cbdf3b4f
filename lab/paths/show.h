// SPDX-License-Identifier: GPL-2.0-only
// The rows of a path timeline as a table for people, as CSV, as JSON, and as a plot.
#ifndef LAB_PATHS_SHOW_H
#define LAB_PATHS_SHOW_H

#include "lab/render/render.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* A table for each end of an association; `color` says that the output is a terminal that has some. */
void paths_put_table(FILE *out, const json_t *rows, bool color);

/* A line of names, and a line a row. */
void paths_put_csv(FILE *out, const json_t *rows);

/* One document (docs/formats.md section 10); takes the rows over. */
void paths_put_json(FILE *out, const struct run_result *result, json_t *rows /* (owned) */);

/* The ends of associations the rows tell of: ["client", 3], ... A new reference. */
json_t *paths_list_ends(const json_t *rows);

/* True when the row is of that end, or concerns it: faults and heals concern all. */
bool paths_row_is_of(const json_t *row, const json_t *end);

/* Draws all ends below each other; false after a sentence that begins with `command`. */
bool paths_plot(const char *command, const char *file, const struct run_result *result,
		const json_t *rows);

#endif
