// SPDX-License-Identifier: GPL-2.0-only
// The results of a sweep as a CSV file and as one JSON document.
#include "lab/sweep/tables.h"

#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/csv.h"
#include "lab/sweep/measure.h"
#include "lab/sweep/point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The document's form; raised when a key changes its meaning or goes. */
#define SWEEP_VERSION 1

static int compare_results(const void *a, const void *b)
{
	return point_compare(*(json_t *const *)a, *(json_t *const *)b);
}

void results_sort(json_t *results)
{
	size_t n = json_array_size(results);
	json_t **sorted = calloc(n + 1, sizeof(json_t *));

	if (!sorted)
		abort();
	for (size_t i = 0; i < n; i++)
		sorted[i] = json_incref(json_array_get(results, i));
	qsort(sorted, n, sizeof(json_t *), compare_results);
	json_array_clear(results);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(results, sorted[i]);
	free(sorted);
}

static void put_csv(FILE *out, const json_t *results)
{
	const char *name;
	json_t *result, *value;
	size_t i;

	json_object_foreach(json_object_get(json_array_get(results, 0), "parameters"), name,
			    value) {
		csv_put_text(out, name);
		putc(',', out);
	}
	fputs("seed,verdict", out);
	for (size_t k = 0; k < MEASURES; k++)
		fprintf(out, ",%s", measures[k].key);
	putc('\n', out);
	json_array_foreach(results, i, result) {
		json_object_foreach(json_object_get(result, "parameters"), name, value) {
			csv_put_value(out, value);
			putc(',', out);
		}
		fprintf(out, "%s,%s", jsonx_string(result, "seed", ""),
			jsonx_string(result, "verdict", ""));
		for (size_t k = 0; k < MEASURES; k++) {
			putc(',', out);
			csv_put_value(out, json_object_get(result, measures[k].key));
		}
		putc('\n', out);
	}
}

static void put_lines(FILE *out, const json_t *results)
{
	json_t *result;
	size_t i;

	json_array_foreach(results, i, result) {
		json_dumpf(result, out, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		putc('\n', out);
	}
}

/* What all results have in common stands above them. */
static void put_json(FILE *out, const json_t *results)
{
	static const char *const common[] = { "scenario", "scenario_id", "kernel", "kernel_id",
					      "summary" };
	const json_t *first = json_array_get(results, 0);
	json_t *head = json_object(), *result;
	size_t i;
	char *text;

	json_object_set_new(head, "pathlab_sweep", json_integer(SWEEP_VERSION));
	for (size_t k = 0; k < sizeof(common) / sizeof(common[0]); k++)
		json_object_set(head, common[k], json_object_get(first, common[k]));
	text = json_dumps(head, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	if (!text)
		abort();
	text[strlen(text) - 1] = '\0'; /* the brace */
	fprintf(out, "%s, \"points\": [", text);
	json_array_foreach(results, i, result) {
		json_t *point = json_copy(result);

		for (size_t k = 0; k < sizeof(common) / sizeof(common[0]); k++)
			json_object_del(point, common[k]);
		fputs(i ? ",\n" : "\n", out);
		json_dumpf(point, out, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		json_decref(point);
	}
	fputs("\n]}\n", out);
	free(text);
	json_decref(head);
}

/* Beside its place, and then into it at once: whoever reads it meanwhile has the old one or the new one. */
static bool write_file(const char *command, const char *folder, const char *name,
		       const json_t *results, void (*put)(FILE *out, const json_t *results))
{
	char *path = text_format("%s/%s", folder, name), *part = text_format("%s.part", path);
	FILE *out = fopen(part, "we");
	bool good = out != NULL;

	if (out) {
		put(out, results);
		good = !ferror(out);
		good &= fclose(out) == 0;
		good = good && rename(part, path) == 0;
	}
	if (!good) {
		fprintf(stderr, "%s: cannot write %s: %s\n", command, path, strerror(errno));
		unlink(part);
	}
	free(path);
	free(part);
	return good;
}

bool tables_write(const char *command, const char *folder, const json_t *results)
{
	return write_file(command, folder, "results.csv", results, put_csv) &&
	       write_file(command, folder, "results.json", results, put_json);
}

bool results_write(const char *command, const char *folder, const json_t *results)
{
	return write_file(command, folder, "results.jsonl", results, put_lines);
}
