// SPDX-License-Identifier: GPL-2.0-only
// A series of runs: each in a kernel of its own, several at a time, each judged as it ends.
#ifndef LAB_SERIES_H
#define LAB_SERIES_H

#include "lab/launch/launch.h"
#include "lab/render/render.h"

/* So many runs at a time at most. */
#define SERIES_JOBS_MAX 512

enum job_state { JOB_WAITS, JOB_RUNS, JOB_DONE };

/* One run. All but the plan is borrowed; `state` and `guest` are the series' own and start as 0. */
struct series_job {
	const char *name, *file, *replay;
	json_t *plan;	  /* (owned) freed once the run is reported */
	const char *keep; /* folder for the run's files, or NULL */
	const struct kernel *kernel;
	uint64_t seed;
	enum job_state state;
	struct guest guest;
};

struct series {
	struct series_job *jobs;
	size_t n, at_a_time;
	int64_t patience_ns; /* real time without progress after which a guest is ended */
	/* called with each result, in whatever order they come; the index is the job's */
	void (*report)(void *context, const struct run_result *result);
	/* called again and again; the name is that of a run that goes on, or NULL */
	void (*progress)(void *context, size_t done, size_t running, const char *name);
	void *context;
	/* the series' own; start as 0 */
	size_t done, running;
	int signal_fd;
};

/*
 * Runs all jobs. SIGINT, SIGTERM and SIGHUP end all runs at once: then false, and what was not reported
 * is not.
 */
bool series_run(struct series *series);

/* Frees what jobs that were not run still hold; the array is the caller's. */
void series_free(struct series *series);

#endif
