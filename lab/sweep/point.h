// SPDX-License-Identifier: GPL-2.0-only
// Points of a sweep: what names one for good, and the result that is kept of it.
#ifndef LAB_SWEEP_POINT_H
#define LAB_SWEEP_POINT_H

#include "lab/launch/kernels.h"
#include "lab/render/render.h"
#include "lab/sweep/digest.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What all points of a sweep have in common, and every result of it names. */
struct sweep_identity {
	const char *scenario, *kernel;	    /* their names */
	char scenario_id[DIGEST_TEXT_SIZE]; /* of the scenario's content with its defaults */
	char kernel_id[DIGEST_TEXT_SIZE];   /* of the kernel's file */
};

/*
 * The digest of what a plan does: of all in it but names and places of files, and numbers of lines, so that comments
 * may change.
 */
void plan_identify(const json_t *plan, char id[DIGEST_TEXT_SIZE]);

/* The digest of a kernel and of the laboratory's version; false and errno when its file cannot be read. */
bool kernel_identify(const struct kernel *kernel, char id[DIGEST_TEXT_SIZE]);

/* The digest that names a point: kernel, what the plan does (its own digest), parameters, seed. */
void point_identify(const char *kernel_id, const char *plan_id, const json_t *parameters,
		    uint64_t seed, char id[DIGEST_TEXT_SIZE]);

/* The result of a point (docs/formats.md, section 9). A new reference. */
json_t *point_result(const struct sweep_identity *identity, const char *id, json_t *parameters,
		     const struct run_result *run);

/* True when the object has what every result has. */
bool is_point_result(const json_t *result);

/*
 * Orders results by the values of their parameters, numbers and quantities by size, then by seed; 0 for the same
 * point.
 */
int point_compare(const json_t *a, const json_t *b);

/* "rto-min=1s, delay=10ms, seed 3". (owned) */
char *point_name(const json_t *result);

#endif
