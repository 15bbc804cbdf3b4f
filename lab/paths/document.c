// SPDX-License-Identifier: GPL-2.0-only
// The path timeline as CSV and as one JSON document.
#include "lab/paths/show.h"

#include "lab/common/text.h"
#include "lab/csv.h"
#include "lab/paths/rows.h"

#include <inttypes.h>
#include <stdlib.h>

/* The document's form; raised when a key changes its meaning or goes. */
#define PATHS_VERSION 1

void paths_put_csv(FILE *out, const json_t *rows)
{
	static const char *const others[] = { "time_ns", "what", "endpoint", "assoc_id" };
	const json_t *row;
	size_t i;

	fputs("time_ns,what,endpoint,assoc_id", out);
	for (size_t k = 0; k < path_columns_count; k++)
		fprintf(out, ",%s", path_columns[k].key);
	fputs(",text\n", out);
	json_array_foreach((json_t *)rows, i, row) {
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			fputs(k ? "," : "", out);
			csv_put_value(out, json_object_get(row, others[k]));
		}
		for (size_t k = 0; k < path_columns_count; k++) {
			fputc(',', out);
			csv_put_value(out, json_object_get(row, path_columns[k].key));
		}
		fputc(',', out);
		csv_put_value(out, json_object_get(row, "text"));
		fputc('\n', out);
	}
}

static json_t *list_sources(void)
{
	static const char *const names[] = {
		[FROM_SCENARIO] = "scenario", [FROM_KERNEL] = "kernel", [FROM_PACKETS] = "packets"
	};
	json_t *sources = json_object();

	for (size_t i = 0; i < path_columns_count; i++)
		json_object_set_new(sources, path_columns[i].key,
				    json_string(names[path_columns[i].source]));
	return sources;
}

void paths_put_json(FILE *out, const struct run_result *result, json_t *rows)
{
	static const char *const verdicts[] = {
		[VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_VOID] = "void"
	};
	char *seed = text_format("%" PRIu64, result->seed);
	json_t *document =
		json_pack("{s:i, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:o, s:o}", "pathlab_paths",
			  PATHS_VERSION, "scenario", result->name, "file", result->file, "summary",
			  result->summary, "kernel", result->kernel, "seed", seed, "verdict",
			  verdicts[result->verdict.status], "outcome", result->verdict.outcomes[0],
			  "sources", list_sources(), "rows", rows);

	json_dumpf(document, out, JSON_INDENT(1));
	fputc('\n', out);
	json_decref(document);
	free(seed);
}
