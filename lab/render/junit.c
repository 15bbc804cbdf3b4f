// SPDX-License-Identifier: GPL-2.0-only
// Results as JUnit XML, the form of Ant's junitreport that CI servers read.
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	text_put_xml(out, value);
	fputc('"', out);
}

static void put_seconds(FILE *out, const char *name, int64_t ns)
{
	fprintf(out, " %s=\"%.3f\"", name, (double)ns / (double)NS_PER_S);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fputs("        <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void put_problem(FILE *out, const struct run_result *result, const struct problem *problem)
{
	char *place = problem_place(result, problem), at[NS_TEXT_SIZE];
	char *trail = problem_trail(result, problem, "  ");

	text_put_xml(out, place);
	if (problem->text) {
		fputs(": ", out);
		text_put_xml(out, problem->text);
	}
	fputs("\nexpected ", out);
	text_put_xml(out, problem->expected);
	fputs("\nobserved ", out);
	if (problem->at_ns != NS_NEVER)
		fprintf(out, "at %s: ", format_seconds(problem->at_ns, at));
	text_put_xml(out, problem->observed);
	if (problem->source) {
		fputs("\nsource ", out);
		text_put_xml(out, problem->source);
	}
	fputs("\nwhat led to it\n", out);
	for (char *line = strtok(trail, "\n"); line; line = strtok(NULL, "\n")) {
		text_put_xml(out, line);
		fputc('\n', out);
	}
	free(trail);
	free(place);
}

static void put_problems(FILE *out, const struct run_result *result)
{
	const struct verdict *verdict = &result->verdict;
	bool failed = verdict->status == VERDICT_FAIL;
	char *message = verdict->n ? problem_sentence(&verdict->problems[0]) : NULL;

	fprintf(out, "      <%s", failed ? "failure" : "error");
	put_attribute(out, "type", failed ? "unexpected" : "void");
	put_attribute(out, "message", message ? message : verdict->outcomes[0]);
	fputc('>', out);
	for (size_t i = 0; i < verdict->n; i++) {
		if (i)
			fputc('\n', out);
		put_problem(out, result, &verdict->problems[i]);
	}
	fprintf(out, "</%s>\n", failed ? "failure" : "error");
	free(message);
}

static void put_result(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	const char *slash = strrchr(result->name, '/');
	char *folder = slash ? text_format("%.*s", (int)(slash - result->name), result->name) :
			       text_format("pathlab");
	char text[NS_TEXT_SIZE], *seed = text_format("%" PRIu64, result->seed);

	(void)options;
	fputs("    <testcase", out);
	put_attribute(out, "classname", folder);
	put_attribute(out, "name", slash ? slash + 1 : result->name);
	put_attribute(out, "file", result->file);
	put_seconds(out, "time", result->real_ns);
	if (result->skipped) {
		fputs(">\n      <skipped", out);
		put_attribute(out, "message", result->skipped);
		fputs("/>\n    </testcase>\n", out);
		goto out;
	}
	fputs(">\n      <properties>\n", out);
	put_property(out, "kernel", result->kernel);
	put_property(out, "seed", seed);
	put_property(out, "virtual time", format_ns_exact(result_virtual_ns(result), text));
	put_property(out, "outcome", result->verdict.outcomes[0]);
	put_property(out, "replay", result->replay);
	put_property(out, "kept", result->kept);
	fputs("      </properties>\n", out);
	if (result->verdict.status != VERDICT_PASS)
		put_problems(out, result);
	if (result->console && *result->console && result->verdict.status != VERDICT_PASS) {
		fputs("      <system-err>", out);
		text_put_xml(out, result->console);
		fputs("</system-err>\n", out);
	}
	fputs("    </testcase>\n", out);
out:
	free(seed);
	free(folder);
}

static void put_late_head(FILE *out, const struct sums *sums, const struct totals *totals)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out,
		"  <testsuite name=\"pathlab\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\"",
		sums->runs, sums->failed, sums->voided, sums->skipped);
	put_seconds(out, "time", totals->real_ns);
	fputs(">\n", out);
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	if (totals->interrupted)
		fprintf(out, "    <system-err>interrupted: %zu of %zu were not run</system-err>\n",
			options->total - sums->runs, options->total);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

const struct format junit_format = {
	.put_result = put_result,
	.put_tail = put_tail,
	.put_late_head = put_late_head,
};
