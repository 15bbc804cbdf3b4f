// SPDX-License-Identifier: GPL-2.0-only
// Results for people: one line a scenario, a block for each that failed, the totals.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/predict.h"
#include "lab/render/formats.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/packets.h"

#include <stdlib.h>
#include <string.h>

/* Columns of a row besides name and outcome: the verdict before them, the times behind. */
#define VERDICT_WIDTH 6 /* with two blanks */
#define VIRTUAL_WIDTH 9 /* "376.099 s" */
#define REAL_WIDTH    7 /* "87.5 ms" */

/*
 * Most outcomes are as short as "connected in 3.09 s, primary server.b", and so many columns they get
 * even where names are longer. No row needs more than the largest.
 */
#define OUTCOME_WIDTH_MIN 38
#define OUTCOME_WIDTH_MAX 60

/* Longer lines of prose are hard to read. */
#define SUMMARY_WIDTH 100

static const char *const colors[] = {
	[VERDICT_PASS] = "\033[32m",
	[VERDICT_FAIL] = "\033[1;31m",
	[VERDICT_VOID] = "\033[33m",
};

const char *human_color(const struct render_options *options, enum verdict_status status)
{
	return options->color ? colors[status] : "";
}

const char *human_color_off(const struct render_options *options)
{
	return options->color ? "\033[0m" : "";
}

/* Writes the text, then blanks up to the width; the columns taken. */
static size_t put_padded(FILE *out, const char *text, size_t width)
{
	size_t used = text_width(text);

	text_put(out, text);
	fprintf(out, "%*s", (int)(used < width ? width - used : 0), "");
	return used < width ? width : used;
}

void human_put_padded(FILE *out, const char *text, size_t width)
{
	put_padded(out, text, width);
}

/* The fullest outcome that fits; the shortest when none does. */
const char *human_outcome(char *const outcomes[OUTCOMES], size_t width)
{
	size_t i = 0;

	while (i + 1 < OUTCOMES && text_width(outcomes[i]) > width)
		i++;
	return outcomes[i];
}

/*
 * A row within the width asked for where possible, and its times where those of all rows are. Name,
 * outcome and virtual time share their room: long ones take what short ones leave.
 */
static void put_row(FILE *out, const struct render_options *options,
		    const struct run_result *result)
{
	enum verdict_status status = result->verdict.status;
	size_t room = options->width - VERDICT_WIDTH - 2 - REAL_WIDTH, left, name_width, used;
	char virtual[NS_TEXT_SIZE], real[NS_TEXT_SIZE];
	const char *outcome;

	left = room - 2 - OUTCOME_WIDTH_MIN - 2 - VIRTUAL_WIDTH;
	name_width = options->name_width < left ? options->name_width : left;
	left = name_width + 2 + OUTCOME_WIDTH_MAX + 2 + VIRTUAL_WIDTH;
	room = room < left ? room : left;
	format_seconds(result_virtual_ns(result), virtual);
	fprintf(out, "%s%-4s%s  ", human_color(options, status), verdict_name(status),
		human_color_off(options));
	used = put_padded(out, result->name, name_width) + 2 + strlen(virtual) + 2;
	outcome = human_outcome(result->verdict.outcomes, used < room ? room - used : 0);
	fputs("  ", out);
	put_padded(out, outcome, used < room ? room - used : 0);
	fprintf(out, "  %s", virtual);
	/* a run that is only judged again took no real time worth a column */
	if (result->real_ns > 0)
		fprintf(out, "  %*s", REAL_WIDTH, format_ns(result->real_ns, real));
	fputc('\n', out);
}

static void put_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "      %-9s ", name);
	text_put(out, text);
	fputc('\n', out);
}

/* The place comes first and alone can be clicked on, in terminals that know file:line:column. */
static void put_problem(FILE *out, const struct render_options *options,
			const struct run_result *result, const struct problem *problem)
{
	char at[NS_TEXT_SIZE], *place = problem_place(result, problem), *when = NULL;

	fprintf(out, "    %s", options->color ? "\033[1m" : "");
	text_put(out, place);
	fputs(options->color ? "\033[0m" : "", out);
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
	free(when);
	free(place);
}

/* What led to each problem; one that came from the same as the problem before says so. */
static void put_problems(FILE *out, const struct render_options *options,
			 const struct run_result *result)
{
	const struct verdict *verdict = &result->verdict;
	char *before = NULL;

	for (size_t i = 0; i < verdict->n; i++) {
		char *trail = NULL;

		put_problem(out, options, result, &verdict->problems[i]);
		/* with the events of the whole run above, their end need not be told again */
		if (options->verbosity == 0)
			trail = problem_trail(result, &verdict->problems[i], "      ");
		if (trail && *trail && before && strcmp(trail, before) == 0)
			fputs("      what led to it is the same as above\n", out);
		else if (trail && *trail)
			fprintf(out, "      what led to it\n%s", trail);
		free(before);
		before = trail;
	}
	free(before);
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
		for (char *tab = line; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		fputs("      ", out);
		text_put(out, line);
		fputc('\n', out);
		free(line);
		console = *end ? end + 1 : end;
	}
}

/* What happened; told in full, with the packets where there is a capture. */
static void put_events(FILE *out, const struct run_result *result, bool all)
{
	json_t *merged = all && result->packets ?
				 packets_merge(result->packets, result->plan, result->events) :
				 NULL;

	describe_events(out, result->plan, merged ? merged : result->events, all, "    ");
	json_decref(merged);
}

/* What should have been when, beside what was, where there is a capture to know it from. */
static void put_predictions(FILE *out, const struct run_result *result, bool asked)
{
	struct predictions *predictions;

	if (!result->packets || !result->plan || !result->events)
		return;
	predictions = predictions_make(result->plan, result->events, result->packets);
	if (asked || predictions->n)
		predictions_put(out, predictions, "    ");
	predictions_free(predictions);
}

/* Why, in full, whatever the width: it is a command to type. */
static void put_skipped(FILE *out, const struct render_options *options,
			const struct run_result *result)
{
	fprintf(out, "%sskip%s  ", options->color ? colors[VERDICT_VOID] : "",
		options->color ? "\033[0m" : "");
	put_padded(out, result->name, options->name_width);
	fputs("  ", out);
	text_put(out, result->skipped);
	fputc('\n', out);
}

void human_put_details(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	const struct verdict *verdict = &result->verdict;

	if (options->verbosity > 0) {
		if (result->summary) {
			fputs("    ", out);
			text_put_wrapped(out, result->summary, 4, 4, SUMMARY_WIDTH);
			fputc('\n', out);
		}
		put_events(out, result, options->verbosity > 1);
	}
	if (options->predict || options->verbosity > 0)
		put_predictions(out, result, options->predict);
	put_problems(out, options, result);
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

static void put_result(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	if (result->skipped) {
		put_skipped(out, options, result);
		return;
	}
	put_row(out, options, result);
	human_put_details(out, options, result);
}

/* Under QEMU runs share a boot unless asked not to: what one leaves in the kernel, the next one finds. */
static void put_boots(FILE *out, size_t boots, size_t runs)
{
	if (boots && boots < runs)
		fprintf(out,
			"%zu boot%s under QEMU, shared by the scenarios, each in fresh namespaces; --boot-each gives "
			"each its own.\n",
			boots, boots == 1 ? "" : "s");
}

void human_put_times(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	char virtual[NS_TEXT_SIZE], real[NS_TEXT_SIZE];

	fprintf(out, "%s of virtual time", format_ns(sums->virtual_ns, virtual));
	if (totals->real_ns > 0) {
		int64_t ratio = sums->virtual_ns / totals->real_ns;

		fprintf(out, " in %s", format_ns(totals->real_ns, real));
		/* on this machine's own kernel one second is one second */
		if (ratio > 1)
			fprintf(out, ", %s virtual seconds per real second",
				format_thousands(ratio, virtual));
	}
	fputc('\n', out);
	put_boots(out, totals->boots, sums->runs);
	if (totals->interrupted)
		fprintf(out, "Interrupted: %zu of %zu were not run.\n", options->total - sums->runs,
			options->total);
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	bool bad = sums->failed || sums->voided;
	const char *color = !options->color || sums->runs == 0 ? "" :
			    sums->failed		       ? colors[VERDICT_FAIL] :
			    sums->voided		       ? colors[VERDICT_VOID] :
								 colors[VERDICT_PASS];

	fprintf(out, "%s%zu scenario%s: %zu ok", color, sums->runs, sums->runs == 1 ? "" : "s",
		sums->runs - sums->failed - sums->voided - sums->skipped);
	if (sums->skipped)
		fprintf(out, ", %zu skipped", sums->skipped);
	if (bad)
		fprintf(out, ", %zu failed", sums->failed);
	if (sums->voided)
		fprintf(out, ", %zu void (the laboratory could not run them)", sums->voided);
	fprintf(out, "%s; ", *color ? "\033[0m" : "");
	human_put_times(out, options, sums, totals);
}

const struct format human_format = {
	.put_result = put_result,
	.put_tail = put_tail,
};
