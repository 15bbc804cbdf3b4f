// SPDX-License-Identifier: GPL-2.0-only
// Results as TAP version 14, problems as YAML diagnostics (testanything.org).
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"

#include <inttypes.h>
#include <stdlib.h>

/* A description: '#' would begin a directive, and '\' is what escapes it. */
static void put_description(FILE *out, const char *text)
{
	char *shown = NULL;
	size_t size;
	FILE *put = open_memstream(&shown, &size);

	if (!put)
		abort();
	text_put(put, text);
	if (fclose(put) != 0)
		abort();
	for (const char *at = shown; *at; at++) {
		if (*at == '#' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	free(shown);
}

/* A YAML double-quoted scalar; text_put() has taken out all that needs more than this. */
static void put_quoted(FILE *out, const char *text)
{
	char *shown = NULL;
	size_t size;
	FILE *put = open_memstream(&shown, &size);

	if (!put)
		abort();
	text_put(put, text);
	if (fclose(put) != 0)
		abort();
	fputc('"', out);
	for (const char *at = shown; *at; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	fputc('"', out);
	free(shown);
}

static void put_pair(FILE *out, const char *indent, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, "%s%s: ", indent, key);
	put_quoted(out, value);
	fputc('\n', out);
}

static void put_head(FILE *out, const struct render_options *options)
{
	fprintf(out, "TAP version 14\n1..%zu%s\n", options->total,
		options->total ? "" : " # SKIP no scenarios");
}

static void put_problem(FILE *out, const struct run_result *result, const struct problem *problem)
{
	static const char indent[] = "      ";
	char at[NS_TEXT_SIZE], *place = problem_place(result, problem);
	char *trail = problem_trail(result, problem, ""), *line;

	fputs("    - at: ", out);
	put_quoted(out, place);
	fputc('\n', out);
	put_pair(out, indent, "text", problem->text);
	put_pair(out, indent, "expected", problem->expected);
	put_pair(out, indent, "observed", problem->observed);
	put_pair(out, indent, "source", problem->source);
	if (problem->at_ns != NS_NEVER)
		put_pair(out, indent, "time", format_ns_exact(problem->at_ns, at));
	fprintf(out, "%sevents:%s\n", indent, *trail ? "" : " []");
	for (line = trail; *line;) {
		char *end = line;

		while (*end != '\n')
			end++;
		*end = '\0';
		fprintf(out, "%s  - ", indent);
		put_quoted(out, line);
		fputc('\n', out);
		line = end + 1;
	}
	free(trail);
	free(place);
}

static void put_result(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	static const char indent[] = "  ";
	const struct verdict *verdict = &result->verdict;
	char text[NS_TEXT_SIZE];

	(void)options;
	if (result->skipped) {
		fprintf(out, "ok %zu - ", result->index + 1);
		put_description(out, result->name);
		fputs(" # SKIP ", out);
		text_put(out, result->skipped);
		fputc('\n', out);
		return;
	}
	fprintf(out, "%s %zu - ", verdict->status == VERDICT_PASS ? "ok" : "not ok",
		result->index + 1);
	put_description(out, result->name);
	fputs("\n  ---\n", out);
	put_pair(out, indent, "outcome", verdict->outcomes[0]);
	put_pair(out, indent, "severity",
		 verdict->status == VERDICT_PASS ? NULL :
		 verdict->status == VERDICT_FAIL ? "fail" :
						   "void");
	put_pair(out, indent, "kernel", result->kernel);
	fprintf(out, "%sseed: %" PRIu64 "\n", indent, result->seed);
	put_pair(out, indent, "virtual time", format_ns_exact(result_virtual_ns(result), text));
	put_pair(out, indent, "real time", format_ns(result->real_ns, text));
	if (verdict->status != VERDICT_PASS) {
		put_pair(out, indent, "kept", result->kept);
		put_pair(out, indent, "replay", result->replay);
		fprintf(out, "%sproblems:%s\n", indent, verdict->n ? "" : " []");
		for (size_t i = 0; i < verdict->n; i++)
			put_problem(out, result, &verdict->problems[i]);
	}
	fputs("  ...\n", out);
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	if (totals->interrupted)
		fprintf(out, "Bail out! interrupted: %zu of %zu were not run\n",
			options->total - sums->runs, options->total);
}

const struct format tap_format = {
	.put_head = put_head,
	.put_result = put_result,
	.put_tail = put_tail,
};
