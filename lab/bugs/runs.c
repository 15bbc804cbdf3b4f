// SPDX-License-Identifier: GPL-2.0-only
// Runs of scenarios whose events and verdicts are kept, to be compared with each other.
#include "lab/bugs/runs.h"

#include "lab/common/text.h"
#include "lab/launch/launch.h"
#include "lab/render/formats.h"
#include "lab/series.h"
#include "lab/verdict/packets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A series with one patience: those of its runs, by position. */
struct part {
	struct bug_run **runs;
	struct series series;
	const char *shown; /* what the terminal shows last */
};

static void take_result(void *context, const struct run_result *result)
{
	struct part *part = context;
	struct bug_run *run = part->runs[result->index];
	struct bug_note *note = &run->note;
	char line[512];

	note->there = true;
	if (result->skipped) {
		note->skipped = true;
		note->outcome = text_format("%s", result->skipped);
		return;
	}
	note->status = result->verdict.status;
	note->timed_out = part->series.jobs[result->index].guest.timed_out;
	if (console_find_problem(result->console, line, sizeof(line)))
		note->console = text_format("%s", line);
	note->outcome = text_format("%s", result->verdict.outcomes[0]);
	if (result->verdict.n)
		note->problem = problem_sentence(&result->verdict.problems[0]);
	if (run->brief)
		return;
	note->plan = json_incref((json_t *)result->plan);
	note->plain = json_incref((json_t *)result->events);
	note->events = result->packets ?
			       packets_merge(result->packets, result->plan, result->events) :
			       json_incref(note->plain);
}

static void show_progress(void *context, size_t done, size_t running, const char *name)
{
	struct part *part = context;

	(void)running;
	if (!isatty(STDERR_FILENO))
		return;
	/* one line, rewritten when something else runs */
	if (name && name != part->shown)
		fprintf(stderr, "\r\033[K  %zu of %zu  %s", done, part->series.n, name);
	else if (!name && done == part->series.n)
		fputs("\r\033[K", stderr);
	part->shown = name;
}

static bool run_part(struct bug_run *runs, size_t n, size_t at_a_time, int64_t patience_ns)
{
	struct part part = { .runs = calloc(n + 1, sizeof(struct bug_run *)) };
	struct series_job *jobs = calloc(n + 1, sizeof(*jobs));
	size_t count = 0;
	bool good;

	if (!part.runs || !jobs)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (runs[i].patience_ns != patience_ns || runs[i].note.there || !runs[i].plan)
			continue;
		jobs[count] = (struct series_job){ .name = runs[i].name,
						   .file = runs[i].file,
						   .kernel = runs[i].kernel,
						   .seed = runs[i].seed,
						   .plan = runs[i].plan };
		runs[i].plan = NULL;
		part.runs[count++] = &runs[i];
	}
	part.series = (struct series){ .jobs = jobs,
				       .n = count,
				       .at_a_time = at_a_time,
				       .patience_ns = patience_ns,
				       .skips = true,
				       .report = take_result,
				       .progress = show_progress,
				       .context = &part };
	good = series_run(&part.series);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	series_free(&part.series);
	free(jobs);
	free(part.runs);
	return good;
}

bool bug_runs_do(struct bug_run *runs, size_t n, size_t at_a_time)
{
	bool good = true;

	for (size_t i = 0; i < n && good; i++)
		if (!runs[i].note.there && runs[i].plan)
			good = run_part(runs, n, at_a_time, runs[i].patience_ns);
	return good;
}

void bug_runs_free(struct bug_run *runs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_decref(runs[i].plan);
		json_decref(runs[i].note.plan);
		json_decref(runs[i].note.events);
		json_decref(runs[i].note.plain);
		free(runs[i].note.console);
		free(runs[i].note.outcome);
		free(runs[i].note.problem);
	}
}
