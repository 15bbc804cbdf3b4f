// SPDX-License-Identifier: GPL-2.0-only
// What the renderer asks of a format, and what formats share.
#ifndef LAB_RENDER_FORMATS_H
#define LAB_RENDER_FORMATS_H

#include "lab/render/render.h"

/* Lines of events shown before a problem: enough to see what led to it on one screen. */
#define TRAIL_LINES 8

/* What the runs add up to. */
struct sums {
	size_t runs, failed, voided, skipped;
	int64_t virtual_ns;
	size_t different;	      /* scenarios that did not go on all kernels as on the first */
	const struct sums *by_kernel; /* when there are several */
};

/* What is kept of a run until those of the scenario on the other kernels are there, too. */
struct cell_text {
	bool there, skipped;
	char *name;		  /* (owned) */
	char *outcomes[OUTCOMES]; /* (owned) as in struct verdict */
	char *details;		  /* (owned) what stands below the row, or "" */
	enum verdict_status status;
};

/*
 * A format writes each result into a stream of its own, in any order; the renderer puts the texts
 * into the order of the runs. Each function may be NULL.
 */
struct format {
	void (*put_head)(FILE *out, const struct render_options *options);
	void (*put_result)(FILE *out, const struct render_options *options,
			   const struct run_result *result);
	/* a row of the same scenario on several kernels, put_result then has only what stands below it; true when they
	 * differ */
	bool (*put_row)(FILE *out, const struct render_options *options,
			const struct cell_text *cells);
	const char *separator; /* between two results */
	void (*put_tail)(FILE *out, const struct render_options *options, const struct sums *sums,
			 const struct totals *totals);
	/* a head that needs the sums; nothing is then written before all is known */
	void (*put_late_head)(FILE *out, const struct sums *sums, const struct totals *totals);
};

extern const struct format human_format, columns_format, json_format, tap_format, junit_format;

/* Of human_format: the parts that columns_format shares. */
const char *human_color(const struct render_options *options, enum verdict_status status);
const char *human_color_off(const struct render_options *options);
void human_put_padded(FILE *out, const char *text, size_t width);
/* The same, or cut at a whole character, with dots, where the text is wider. */
void human_put_cut(FILE *out, const char *text, size_t width);
const char *human_outcome(char *const outcomes[OUTCOMES], size_t width);
void human_put_details(FILE *out, const struct render_options *options,
		       const struct run_result *result);
void human_put_times(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals);

/* Whether two outcomes tell of different things; times that timers vary by are no difference. */
bool outcomes_differ(const char *one, const char *other);

/* Virtual time of a run: the guest's where it is known. */
int64_t result_virtual_ns(const struct run_result *result);

/* "file:line:column", "file" for a problem without place. (owned) */
char *problem_place(const struct run_result *result, const struct problem *problem);

/* "expected X, but Y", for a format that has one line. (owned) */
char *problem_sentence(const struct problem *problem);

/* The events that led to a problem, each a line behind indent; "" when there are none. (owned) */
char *problem_trail(const struct run_result *result, const struct problem *problem,
		    const char *indent);

#endif
