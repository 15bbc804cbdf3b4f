// SPDX-License-Identifier: GPL-2.0-only
// Results of shards and points, made on one machine or many, put together.
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/launch/launch.h"
#include "lab/sweep/glance.h"
#include "lab/sweep/store.h"
#include "lab/sweep/sweep.h"
#include "lab/sweep/tables.h"

#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds all files of results below the folders, at any depth; each folder must have some. */
static bool read_folder(char *folder, json_t *results, size_t *files)
{
	char *paths[] = { folder, NULL };
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	size_t before = *files;
	bool good = tree != NULL;
	FTSENT *entry;

	while (good && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_F || fnmatch("results*.jsonl", entry->fts_name, 0) != 0)
			continue;
		good = store_read(SWEEP_COMMAND, entry->fts_path, results);
		++*files;
	}
	if (tree)
		fts_close(tree);
	if (good && *files == before) {
		fprintf(stderr,
			SWEEP_COMMAND ": --merge: %s holds no results; expected a folder with "
				      "files such as results.1-of-3.jsonl\n",
			folder);
		good = false;
	}
	return good;
}

static bool check_same(const json_t *one, const json_t *other)
{
	static const struct {
		const char *key, *what;
	} all[] = { { "scenario_id", "scenario, or version of one" }, { "kernel_id", "kernel" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (jsonx_is(other, all[i].key, jsonx_string(one, all[i].key, "")))
			continue;
		fprintf(stderr,
			SWEEP_COMMAND
			": --merge: these are results of more than one %s: %s on %s (%s) and "
			"%s on %s (%s)\n",
			all[i].what, jsonx_string(one, "scenario", "?"),
			jsonx_string(one, "kernel", "?"), jsonx_string(one, all[i].key, "?"),
			jsonx_string(other, "scenario", "?"), jsonx_string(other, "kernel", "?"),
			jsonx_string(other, all[i].key, "?"));
		return false;
	}
	return true;
}

/* Of equal results one stays. (owned) NULL after a sentence when two results of one point differ. */
static json_t *drop_doubles(json_t *sorted)
{
	json_t *single = json_array(), *last = NULL, *result;
	size_t i;

	json_array_foreach(sorted, i, result) {
		if (last && !check_same(last, result)) {
			json_decref(single);
			return NULL;
		}
		if (last && point_compare(last, result) == 0) {
			char *name;

			if (json_equal(last, result))
				continue;
			name = point_name(result);
			fprintf(stderr,
				SWEEP_COMMAND
				": --merge: there are two different results of the point %s\n",
				name);
			free(name);
			json_decref(single);
			return NULL;
		}
		json_array_append(single, result);
		last = result;
	}
	return single;
}

static size_t count_different(json_t *results, const char *name)
{
	json_t *seen = json_object(), *result;
	size_t i, n;

	json_array_foreach(results, i, result) {
		const json_t *from = name ? json_object_get(result, "parameters") : result;

		json_object_set_new(seen, jsonx_string(from, name ?: "seed", "?"), json_true());
	}
	n = json_object_size(seen);
	json_decref(seen);
	return n;
}

/* Points of the whole grid that these values span. */
static size_t count_grid(json_t *results)
{
	size_t n = count_different(results, NULL);
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(json_array_get(results, 0), "parameters"), name, value)
		n *= count_different(results, name);
	return n;
}

static int write_results(const struct sweep_options *options, const char *folder, json_t *results,
			 size_t files)
{
	size_t n = json_array_size(results), grid = count_grid(results), i, failed = 0;
	char why[600];
	int status;
	json_t *result;

	if (!plot_check(SWEEP_COMMAND, &options->plot,
			json_object_get(json_array_get(results, 0), "parameters"), &status))
		return status;
	if (!make_folders(folder, why, sizeof(why))) {
		fprintf(stderr, SWEEP_COMMAND ": %s\n", why);
		return EXIT_LABORATORY;
	}
	if (!results_write(SWEEP_COMMAND, folder, results) ||
	    !tables_write(SWEEP_COMMAND, folder, results))
		return EXIT_LABORATORY;
	json_array_foreach(results, i, result)
		failed += !jsonx_is(result, "verdict", "pass");
	printf("%zu point%s of %zu file%s: %zu ok", n, n == 1 ? "" : "s", files,
	       files == 1 ? "" : "s", n - failed);
	if (failed)
		printf(", %zu failed", failed);
	if (grid > n)
		printf("; %zu of the %zu that their values span are missing", grid - n, grid);
	putchar('\n');
	glance_print(&options->plot, results);
	printf("results: %s/results.csv, results.json\n", folder);
	if (options->plot.file) {
		if (!plot_write(SWEEP_COMMAND, &options->plot, results))
			return EXIT_LABORATORY;
		printf("plot: %s\n", options->plot.file);
	}
	return failed ? EXIT_UNEXPECTED : EXIT_EXPECTED;
}

int sweep_merge(const struct sweep_options *options, char *const *folders, int count)
{
	json_t *all = json_array(), *results = NULL;
	size_t files = 0;
	int status = EXIT_USAGE;
	bool good = count > 0;

	if (!good)
		fputs(SWEEP_COMMAND ": --merge needs the folders with the results\n", stderr);
	for (int i = 0; i < count && good; i++)
		good = read_folder(folders[i], all, &files);
	if (good && json_array_size(all) == 0) {
		fputs(SWEEP_COMMAND ": --merge: the files hold no result\n", stderr);
		good = false;
	}
	if (good) {
		results_sort(all);
		results = drop_doubles(all);
	}
	if (results)
		status = write_results(options, options->out ?: folders[0], results, files);
	json_decref(results);
	json_decref(all);
	return status;
}
