// SPDX-License-Identifier: GPL-2.0-only
// Results for people: one line a scenario, a block for each that failed, the totals.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"
#include "lab/verdict/describe.h"

#include <stdlib.h>
#include <string.h>

/*
 * Columns of the outcome and the virtual time behind it. They share their room: most outcomes are as
 * short as "EINPROGRESS, then SO_ERROR ECONNREFUSED", and most times need half of theirs.
 */
#define OUTCOME_WIDTH 56
#define VIRTUAL_WIDTH 12

static const char *const colors[] = {
	[VERDICT_PASS] = "\033[32m",
	[VERDICT_FAIL] = "\033[1;31m",
	[VERDICT_VOID] = "\033[33m",
};

static void put_padded(FILE *out, const char *text, size_t width)
{
	size_t used = text_width(text);

	text_put(out, text);
	fprintf(out, "%*s", (int)(used < width ? width - used : 0), "");
}

static void put_row(FILE *out, const struct render_options *options,
		    const struct run_result *result)
{
	enum verdict_status status = result->verdict.status;
	char virtual[NS_TEXT_SIZE], real[NS_TEXT_SIZE];

	fprintf(out, "%s%-4s%s  ", options->color ? colors[status] : "", verdict_name(status),
		options->color ? "\033[0m" : "");
	put_padded(out, result->name, options->name_width);
	fputs("  ", out);
	format_seconds(result_virtual_ns(result), virtual);
	put_padded(out, result->verdict.outcome, OUTCOME_WIDTH + VIRTUAL_WIDTH - strlen(virtual));
	fprintf(out, "  %s", virtual);
	/* a run that is only judged again took no real time worth a column */
	if (result->real_ns > 0)
		fprintf(out, "  %8s", format_ns(result->real_ns, real));
	fputc('\n', out);
}

static void put_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "      %-9s ", name);
	text_put(out, text);
	fputc('\n', out);
}

static void put_problem(FILE *out, const struct run_result *result, const struct problem *problem,
			bool trail)
{
	char at[NS_TEXT_SIZE], *place = problem_place(result, problem), *when = NULL;

	fputs("    ", out);
	text_put(out, place);
	if (problem->text) {
		fputs(": ", out);
		text_put(out, problem->text);
	}
	fputc('\n', out);
	put_field(out, "expected", problem->expected);
	if (problem->at_ns != NS_NEVER)
		when = text_format("at %s: %s", format_seconds(problem->at_ns, at),
				   problem->observed);
	put_field(out, "observed", when ? when : problem->observed);
	if (problem->source)
		put_field(out, "source", problem->source);
	if (trail && json_array_size(result->events) > 0) {
		fputs("      what led to it\n", out);
		put_trail(out, result, problem, "      ");
	}
	free(when);
	free(place);
}

/* The console as it came, but line by line and harmless. */
static void put_console(FILE *out, const char *console)
{
	fputs("    the guest's console\n", out);
	while (*console) {
		const char *end = console;
		char *line;

		while (*end && *end != '\n')
			end++;
		line = text_format("%.*s", (int)(end - console), console);
		fputs("      ", out);
		text_put(out, line);
		fputc('\n', out);
		free(line);
		console = *end ? end + 1 : end;
	}
}

static void put_result(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	const struct verdict *verdict = &result->verdict;

	put_row(out, options, result);
	if (options->verbosity > 0) {
		if (result->summary) {
			fputs("    ", out);
			text_put(out, result->summary);
			fputc('\n', out);
		}
		describe_events(out, result->plan, result->events, 0,
				json_array_size(result->events), options->verbosity > 1, "    ");
	}
	for (size_t i = 0; i < verdict->n; i++)
		put_problem(out, result, &verdict->problems[i], options->verbosity == 0);
	if (verdict->status == VERDICT_PASS)
		return;
	if (result->console && *result->console)
		put_console(out, result->console);
	if (result->kept) {
		fputs("    kept in ", out);
		text_put(out, result->kept);
		fputc('\n', out);
	}
	if (result->replay) {
		fputs("    replay with: ", out);
		text_put(out, result->replay);
		fputc('\n', out);
	}
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	char virtual[NS_TEXT_SIZE], real[NS_TEXT_SIZE];
	bool bad = sums->failed || sums->voided;
	const char *color = !options->color || sums->runs == 0 ? "" :
			    sums->failed		       ? colors[VERDICT_FAIL] :
			    sums->voided		       ? colors[VERDICT_VOID] :
								 colors[VERDICT_PASS];

	fprintf(out, "%s%zu scenario%s: %zu ok", color, sums->runs, sums->runs == 1 ? "" : "s",
		sums->runs - sums->failed - sums->voided);
	if (bad)
		fprintf(out, ", %zu failed", sums->failed);
	if (sums->voided)
		fprintf(out, ", %zu void (the laboratory could not run them)", sums->voided);
	fprintf(out, "%s; virtual time %s", *color ? "\033[0m" : "",
		format_ns(sums->virtual_ns, virtual));
	if (totals->real_ns > 0)
		fprintf(out, ", real time %s, %.0f virtual seconds per real second",
			format_ns(totals->real_ns, real),
			(double)sums->virtual_ns / (double)totals->real_ns);
	fputc('\n', out);
	if (totals->interrupted)
		fprintf(out, "Interrupted: %zu of %zu were not run.\n", options->total - sums->runs,
			options->total);
}

const struct format human_format = {
	.name = "human",
	.put_result = put_result,
	.put_tail = put_tail,
};
