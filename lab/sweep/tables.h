// SPDX-License-Identifier: GPL-2.0-only
// The results of a sweep as a CSV file and as one JSON document.
#ifndef LAB_SWEEP_TABLES_H
#define LAB_SWEEP_TABLES_H

#include <jansson.h>
#include <stdbool.h>

/* Sorts an array of results by point_compare(). */
void results_sort(json_t *results);

/*
 * Writes results.csv and results.json, which hold the sorted results and nothing else: the same results give the same bytes. Each
 * takes the place of an old one whole. False after a sentence that begins with `command`.
 */
bool tables_write(const char *command, const char *folder, const json_t *results);

/* The same for results.jsonl. */
bool results_write(const char *command, const char *folder, const json_t *results);

#endif
