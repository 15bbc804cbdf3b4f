// SPDX-License-Identifier: GPL-2.0-only
// A sweep: a grid of points, those of them that are wanted, and what is done with them.
#ifndef LAB_SWEEP_SWEEP_H
#define LAB_SWEEP_SWEEP_H

#include "lab/front/grid.h"
#include "lab/launch/kernels.h"
#include "lab/sweep/plot.h"
#include "lab/sweep/point.h"

#include <stddef.h>

#define SWEEP_COMMAND "pathlab sweep"
#define RESULTS_FILE  "results.jsonl"

struct sweep_options {
	struct grid_wish wishes[PARAMETERS_MAX + 1];
	size_t n_wishes;
	const char *kernel_name;
	uint64_t jobs;
	int64_t patience_ns;
	const char *out; /* folder, or NULL for the usual one */
	bool fresh, lists_only, merges;
	size_t shard, shards;  /* the shard-th of so many, from 1; 0 of 0: all */
	struct plot_wish plot; /* without a file only the table */
};

struct sweep {
	const struct sweep_options *options;
	struct grid grid;
	json_t **plans;			    /* (owned) by combination */
	char (*plan_ids)[DIGEST_TEXT_SIZE]; /* (owned) by combination */
	json_t **parameters;		    /* (owned) by combination */
	struct sweep_identity identity;
	char *scenario; /* (owned) */
	char *folder;	/* (owned) where results go */
	struct kernel kernel;
};

/* Points of the grid, from 0: the seeds change fastest. */
size_t sweep_points(const struct sweep *sweep);
size_t point_combination(const struct sweep *sweep, size_t point);
uint64_t point_seed(const struct sweep *sweep, size_t point);

/* True when the point is one of the shard that was asked for: of n shards, the i-th has every n-th point. */
bool is_in_shard(const struct sweep *sweep, size_t point);

/* run.c: runs what is not there yet, writes the results. The exit status. */
int sweep_run(struct sweep *sweep);

/* list.c: prints one command a point, or one a shard. The exit status. */
int sweep_list(const struct sweep *sweep);

/* The words that run this combination again: " --vary NAME=VALUE..." of each parameter that is varied. (owned) */
char *vary_words(const struct sweep *sweep, size_t combination, const char *option);

/* merge.c: puts all results in the folders together. The exit status. */
int sweep_merge(const struct sweep_options *options, char *const *folders, int count);

#endif
