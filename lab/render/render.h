// SPDX-License-Identifier: GPL-2.0-only
// Results of runs in the format that was asked for: for people, JSON, TAP, JUnit.
#ifndef LAB_RENDER_RENDER_H
#define LAB_RENDER_RENDER_H

#include "lab/verdict/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum render_format { RENDER_HUMAN, RENDER_JSON, RENDER_TAP, RENDER_JUNIT };

/* By format; NULL is their end. */
extern const char *const render_format_names[];

struct render_options {
	enum render_format format;
	FILE *out;	/* where results go */
	bool color;	/* render_wants_color(out) says whether that is wise */
	FILE *progress; /* a terminal for the line that is rewritten, or NULL for none */
	int verbosity; /* human format only; 1: summary and events of each run, 2: every event and packet */
	bool predict; /* human format: predictions of each run that was captured, whatever the verbosity */
	size_t total; /* runs that will be reported */
	/* The kernels that each scenario runs on, one run after the other: total is a multiple. NULL and 0: one. */
	const char *const *kernels;
	size_t n_kernels;
	size_t name_width; /* of the longest name, for the columns; 0 when unknown */
	size_t width;	   /* columns that rows should keep within; 0: those of out, at least 100 */
};

/* True when out is a terminal, TERM is not "dumb" and NO_COLOR is not set (no-color.org). */
bool render_wants_color(FILE *out);

/* One finished run. Everything is borrowed, and needed only during renderer_result(). */
struct run_result {
	size_t index;	  /* its place in the order asked for, from 0 to total - 1 */
	const char *name; /* "connect/first-dead-blackhole" */
	const char *file; /* the scenario's file */
	const char *kernel;
	const char *summary; /* or NULL */
	uint64_t seed;
	const json_t *plan, *events;   /* either may be NULL when it never came to that */
	const json_t *samples;	       /* events_take_samples() of its events; may be NULL */
	const struct packets *packets; /* lab/verdict/packets.h; NULL when not captured */
	struct verdict verdict;
	int64_t real_ns;    /* wall clock, from the launch to the verdict */
	int64_t virtual_ns; /* of the guest, boot included; 0 to take the verdict's */
	long max_rss_kib;   /* largest resident set of the guest, KiB; 0 when unknown */
	const char *replay; /* command line that runs it again alike, or NULL */
	const char *kept;   /* folder of the run's files, or NULL */
	const char *
		skipped; /* why it was not run: then nothing below name, file and kernel counts; or NULL */
	const char *console; /* last lines of the guest's console worth showing, or NULL */
};

struct totals {
	int64_t real_ns;  /* wall clock of all runs together */
	size_t boots;	  /* of kernels under QEMU, which runs may share */
	bool interrupted; /* stopped by a signal before all were reported */
};

struct renderer;

/* Makes a renderer (owned by the caller until renderer_finish()) and writes the header, if any. */
struct renderer *renderer_new(const struct render_options *options);

/* Rewrites the progress line; name is one of the scenarios that run now, or NULL. */
void renderer_progress(struct renderer *renderer, size_t done, size_t running, const char *name);

/* Columns of the terminal, or of nothing in particular: never less than rows are made for. */
size_t render_width(FILE *out);

/* Takes one result. They may come in any order; they are written in the order of their index. */
void renderer_result(struct renderer *renderer, const struct run_result *result);

/*
 * Writes what is left and the totals, and frees the renderer. Returns the exit status: 0 all as
 * expected, 1 something was not, 3 the laboratory could not run some, or the output could not be
 * written (a sentence on standard error says so).
 */
int renderer_finish(struct renderer *renderer, const struct totals *totals);

#endif
