// SPDX-License-Identifier: GPL-2.0-only
// Results as one JSON document, one run a line.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/predict/predict.h"
#include "lab/render/formats.h"
#include "lab/verdict/packets.h"
#include "lab/verdict/traffic.h"

#include <inttypes.h>
#include <stdlib.h>

/* The document's form; raised when a key changes its meaning or goes. */
#define REPORT_VERSION 1

/* JSON is UTF-8 (RFC 8259 8.1); what is not is shown as text_put() shows it. */
static json_t *pack_string(const char *text)
{
	json_t *value;
	char *shown = NULL;
	size_t size;
	FILE *out;

	if (!text)
		return json_null();
	value = json_string(text);
	if (value)
		return value;
	out = open_memstream(&shown, &size);
	if (!out)
		abort();
	text_put(out, text);
	if (fclose(out) != 0)
		abort();
	value = json_string(shown);
	free(shown);
	return value;
}

static json_t *pack_problem(const struct run_result *result, const struct problem *problem)
{
	bool timed = problem->at_ns != NS_NEVER;
	bool seen = problem->event < json_array_size(result->events);

	return json_pack("{s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
			 pack_string(result->file), "line", problem->line, "column",
			 problem->column, "text", pack_string(problem->text), "expected",
			 pack_string(problem->expected), "observed", pack_string(problem->observed),
			 "source", pack_string(problem->source), "at_ns",
			 timed ? json_integer(problem->at_ns) : json_null(), "event",
			 seen ? json_integer((json_int_t)problem->event) : json_null());
}

/* What each endpoint's node sent where; null when the run was not captured. */
static json_t *pack_packets(const struct run_result *result)
{
	json_t *all, *endpoint;
	size_t i;

	if (!result->packets)
		return json_null();
	all = json_object();
	json_array_foreach(json_object_get(result->plan, "endpoints"), i, endpoint)
		json_object_set_new(all, jsonx_string(endpoint, "name", "?"),
				    packets_count(result->packets,
						  (size_t)jsonx_int(endpoint, "node", -1),
						  INT64_MIN, INT64_MAX));
	return all;
}

/* What should have been when, beside what was; null when the run was not captured. */
static json_t *pack_predictions(const struct run_result *result)
{
	struct predictions *predictions;
	json_t *report;

	if (!result->packets || !result->plan || !result->events)
		return json_null();
	predictions = predictions_make(result->plan, result->events, result->packets);
	report = predictions_report(predictions);
	predictions_free(predictions);
	return report;
}

static const char *const names[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_VOID] = "void",
};

static void put_head(FILE *out, const struct render_options *options)
{
	(void)options;
	fprintf(out, "{\"pathlab_report\": %d, \"runs\": [\n", REPORT_VERSION);
}

static void put_result(FILE *out, const struct render_options *options,
		       const struct run_result *result)
{
	const struct verdict *verdict = &result->verdict;
	json_t *problems = json_array(), *run;

	(void)options;
	for (size_t i = 0; i < verdict->n; i++)
		json_array_append_new(problems, pack_problem(result, &verdict->problems[i]));
	/* seeds have 64 bits and JSON's integers here 63: a string keeps them whole */
	char *seed = text_format("%" PRIu64, result->seed);

	run = json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
		"name", pack_string(result->name), "file", pack_string(result->file), "verdict",
		result->skipped ? "skipped" : names[verdict->status], "outcome",
		pack_string(result->skipped ? result->skipped : verdict->outcomes[0]), "summary",
		pack_string(result->summary), "problems", problems, "kernel",
		pack_string(result->kernel), "seed", seed, "virtual_ns",
		(json_int_t)result_virtual_ns(result), "real_ns", (json_int_t)result->real_ns,
		"max_rss_kib", (json_int_t)result->max_rss_kib, "replay",
		pack_string(result->replay), "kept", pack_string(result->kept), "packets",
		pack_packets(result), "traffic", traffic_report(result->plan, result->events),
		"predictions", pack_predictions(result));
	if (!run)
		abort();
	json_dumpf(run, out, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	json_decref(run);
	free(seed);
}

static json_t *pack_kernels(const struct render_options *options, const struct sums *by_kernel)
{
	json_t *all = json_object();

	for (size_t i = 0; i < options->n_kernels; i++) {
		const struct sums *sums = &by_kernel[i];

		json_object_set_new(
			all, options->kernels[i],
			json_pack("{s:I, s:I, s:I, s:I}", "runs", (json_int_t)sums->runs, "passed",
				  (json_int_t)(sums->runs - sums->failed - sums->voided), "failed",
				  (json_int_t)sums->failed, "void", (json_int_t)sums->voided));
	}
	return all;
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	json_t *sum = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "runs", (json_int_t)sums->runs,
		"passed", (json_int_t)(sums->runs - sums->failed - sums->voided - sums->skipped),
		"skipped", (json_int_t)sums->skipped, "failed", (json_int_t)sums->failed, "void",
		(json_int_t)sums->voided, "virtual_ns", (json_int_t)sums->virtual_ns, "real_ns",
		(json_int_t)totals->real_ns, "interrupted", totals->interrupted);

	if (sums->by_kernel)
		json_object_set_new(sum, "kernels", pack_kernels(options, sums->by_kernel));
	fputs("\n], \"totals\": ", out);
	json_dumpf(sum, out, JSON_PRESERVE_ORDER);
	fputs("}\n", out);
	json_decref(sum);
}

const struct format json_format = {
	.put_head = put_head,
	.put_result = put_result,
	.separator = ",\n",
	.put_tail = put_tail,
};
