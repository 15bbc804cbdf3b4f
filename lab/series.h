// SPDX-License-Identifier: GPL-2.0-only
// A series of runs: each in a kernel of its own or in fresh namespaces of one, several at a time, each judged as it ends.
#ifndef LAB_SERIES_H
#define LAB_SERIES_H

#include "lab/launch/launch.h"
#include "lab/launch/vm.h"
#include "lab/render/render.h"

/* So many runs at a time at most. */
#define SERIES_JOBS_MAX 512

/* So many scenarios share a boot under QEMU: what is lost with a kernel that dies stays little. */
#define SERIES_PER_BOOT 16

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

/* A boot of a kernel under QEMU, which some jobs share. */
struct series_boot {
	struct vm vm;
	struct series_job *jobs[MAILBOX_PLANS_MAX]; /* NULL once reported */
	struct series_boot *next;
};

struct series {
	struct series_job *jobs;
	size_t n, at_a_time;
	bool skips;	     /* what cannot be run here is reported as skipped; else as void */
	int64_t patience_ns; /* real time without progress after which a guest is ended */
	size_t per_boot; /* so many jobs share a boot under QEMU, 1 to MAILBOX_PLANS_MAX; 0: SERIES_PER_BOOT */
	/* called with each result, in whatever order they come; the index is the job's */
	void (*report)(void *context, const struct run_result *result);
	/* called again and again; the name is that of a run that goes on, or NULL */
	void (*progress)(void *context, size_t done, size_t running, const char *name);
	void *context;
	bool stop; /* set by either: all runs end at once, as after a signal */
	/* the series' own; start as 0 */
	size_t done, running;
	size_t next;		   /* no job before it waits */
	struct series_boot *boots; /* (owned) those that run */
	size_t boots_begun;
	int signal_fd;
};

/*
 * Runs all jobs. SIGINT, SIGTERM and SIGHUP end all runs at once, and so does `stop`: then false, and what was not
 * reported is not.
 */
bool series_run(struct series *series);

/* Judges a job that has ended, or one that never started (`trouble`, else NULL), and reports it. */
void series_report(struct series *series, struct series_job *job, const char *trouble);

/* Why a job cannot be run here, with the cure, or NULL. Static, or the plan's. */
const char *series_lack(const struct series_job *job);

/* How many MiB of memory a job's guest is to have; 0: the kernel's usual. */
unsigned series_memory(const struct series_job *job);

/* The first job that waits, or NULL. */
struct series_job *series_next(struct series *series);

/* Frees what jobs that were not run still hold; the array is the caller's. */
void series_free(struct series *series);

#endif
