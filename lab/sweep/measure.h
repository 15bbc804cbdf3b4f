// SPDX-License-Identifier: GPL-2.0-only
// What a run of a sweep measured: a few numbers, by name.
#ifndef LAB_SWEEP_MEASURE_H
#define LAB_SWEEP_MEASURE_H

#include <jansson.h>
#include <stdbool.h>

/* How many measures there are. */
#define MEASURES 13

enum measure_unit { MEASURE_NS, MEASURE_COUNT, MEASURE_TEXT };

struct measure {
	const char *name;  /* on the command line: "outage" */
	const char *key;   /* in a result and as a column: "outage_ns" */
	const char *label; /* on an axis: "outage" in more words */
	enum measure_unit unit;
};

extern const struct measure measures[MEASURES];

/* The measure of that name which is a number, or NULL after a sentence that begins with `command`. */
const struct measure *get_measure(const char *command, const char *name);

/*
 * Adds a run's measures to the result, each under its key, null for what the run does not have (docs/formats.md, section 9).
 */
void measure_run(const json_t *plan, const json_t *events, json_t *result);

#endif
