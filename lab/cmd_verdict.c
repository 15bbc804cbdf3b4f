// SPDX-License-Identifier: GPL-2.0-only
// pathlab verdict: judges kept runs again, from their plans, events and packets alone.
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/options.h"
#include "lab/render/render.h"
#include "lab/verdict/packets.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: pathlab verdict [--format human|json|tap|junit] [-v] DIR...\n"
	"\n"
	"Judges runs again that \"pathlab run --keep\" kept. Nothing is run: the verdict comes from\n"
	"the plan, the events and the packets in each folder. DIR is such a folder, or one that holds some.\n"
	"\n"
	"  -f, --format FORMAT  human (default), json, tap or junit\n"
	"  -v, --verbose        show what happened in each run; twice: every set-up command, message\n"
	"                       and captured packet\n"
	"  -h, --help           print this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"could not run it.\n";

/* One kept run, read. */
struct kept_run {
	char *folder;		       /* (owned) */
	json_t *plan, *events, *facts; /* (owned); facts may be NULL */
	struct packets *packets;       /* (owned) NULL: not captured */
	char *name;		       /* (owned) what its verdict is called */
};

struct kept_runs {
	struct kept_run *items; /* (owned) */
	size_t n;
};

static void add_run(struct kept_runs *runs, const char *folder)
{
	runs->items = reallocarray(runs->items, runs->n + 1, sizeof(*runs->items));
	if (!runs->items)
		abort();
	runs->items[runs->n++] = (struct kept_run){ .folder = text_format("%s", folder) };
}

static void free_runs(struct kept_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		free(runs->items[i].folder);
		json_decref(runs->items[i].plan);
		json_decref(runs->items[i].events);
		json_decref(runs->items[i].facts);
		packets_free(runs->items[i].packets);
		free(runs->items[i].name);
	}
	free(runs->items);
}

static int compare_entries(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool holds_plan(const char *folder)
{
	char *path = text_format("%s/plan.json", folder);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Adds each folder at or below path that holds a plan; symbolic links are not followed. */
static bool find_runs(struct kept_runs *runs, char *path)
{
	char *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_entries);
	size_t before = runs->n;
	FTSENT *entry;

	if (!tree)
		abort();
	while ((entry = fts_read(tree))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS ||
		    entry->fts_info == FTS_ERR) {
			fprintf(stderr, "pathlab: %s: %s\n", entry->fts_path,
				strerror(entry->fts_errno));
			fts_close(tree);
			return false;
		}
		if (entry->fts_info == FTS_D && holds_plan(entry->fts_path)) {
			add_run(runs, entry->fts_path);
			fts_set(tree, entry, FTS_SKIP);
		}
	}
	fts_close(tree);
	if (runs->n == before)
		fprintf(stderr,
			"pathlab: %s: no kept run here; expected a folder with plan.json and "
			"events.jsonl, as \"pathlab run --keep\" writes it\n",
			path);
	return runs->n > before;
}

/* A JSON object from a file of the run's folder; NULL after a sentence. */
static json_t *read_object(const char *folder, const char *name)
{
	char *path = text_format("%s/%s", folder, name);
	json_error_t error;
	json_t *json = json_load_file(path, 0, &error);

	if (!json && error.line > 0)
		fprintf(stderr, "%s:%d:%d: %s; expected a JSON object\n", path, error.line,
			error.column, error.text);
	else if (!json)
		fprintf(stderr, "pathlab: %s\n", error.text);
	else if (!json_is_object(json))
		fprintf(stderr, "%s: expected a JSON object\n", path);
	free(path);
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static json_t *read_events(const char *folder)
{
	char *path = text_format("%s/events.jsonl", folder);
	FILE *in = fopen(path, "re");
	json_t *events = in ? events_read(in) : NULL;

	if (!events)
		fprintf(stderr, "pathlab: %s: %s\n", path, strerror(errno));
	if (in)
		fclose(in);
	free(path);
	return events;
}

/* The capture, when there is one; false after a sentence. */
static bool read_capture(struct kept_run *run)
{
	char *path = text_format("%s/capture.pcapng", run->folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	bool good;

	if (fd >= 0)
		run->packets = packets_read(fd, run->plan);
	error = errno;
	good = run->packets || (fd < 0 && error == ENOENT);
	if (!good && error == EBADMSG)
		fprintf(stderr,
			"%s: no capture; expected one as \"pathlab run --keep\" writes it\n", path);
	else if (!good)
		fprintf(stderr, "pathlab: %s: %s\n", path, strerror(error));
	if (fd >= 0)
		close(fd);
	free(path);
	return good;
}

static bool read_run(struct kept_run *run)
{
	char *path = text_format("%s/facts.json", run->folder);
	bool described = access(path, F_OK) == 0;

	free(path);
	run->plan = read_object(run->folder, "plan.json");
	if (!run->plan)
		return false;
	if (jsonx_int(run->plan, "pathlab_plan", 0) != 1) {
		fprintf(stderr,
			"%s/plan.json: no plan of version 1; expected \"pathlab_plan\": 1\n",
			run->folder);
		return false;
	}
	run->events = read_events(run->folder);
	if (!run->events)
		return false;
	json_decref(events_take_samples(run->events));
	run->facts = described ? read_object(run->folder, "facts.json") : NULL;
	return (run->facts || !described) && read_capture(run);
}

static const char *kernel_of(const struct kept_run *run)
{
	return jsonx_string(run->facts, "kernel",
			    jsonx_string(json_array_get(run->events, 0), "kernel", "unknown"));
}

/* Of several kernels the same scenario is there several times; JSON has the kernel beside the name. */
static void name_runs(const struct kept_runs *runs, enum render_format format)
{
	bool several = false;

	for (size_t i = 1; i < runs->n; i++)
		several |= strcmp(kernel_of(&runs->items[i]), kernel_of(&runs->items[0])) != 0;
	for (size_t i = 0; i < runs->n; i++) {
		struct kept_run *run = &runs->items[i];
		const char *name = jsonx_string(run->plan, "scenario", run->folder);

		if (several && format != RENDER_JSON)
			run->name = text_format("%s on %s", name, kernel_of(run));
		else
			run->name = text_format("%s", name);
	}
}

static void report_run(struct renderer *renderer, const struct kept_run *run, size_t index)
{
	struct run_facts facts = { 0 };
	struct run_result result = {
		.index = index,
		.name = run->name,
		.file = jsonx_string(run->plan, "file", run->folder),
		.kernel = kernel_of(run),
		.summary = jsonx_string(run->plan, "summary", NULL),
		/* kept as what json_int_t made of its 64 bits */
		.seed = (uint64_t)jsonx_int(run->facts, "seed", 0),
		.plan = run->plan,
		.events = run->events,
		.packets = run->packets,
		.replay = jsonx_string(run->facts, "replay", NULL),
		.kept = run->folder,
	};

	if (run->facts)
		facts_from_json(run->facts, &facts);
	verdict_judge(run->plan, run->events, run->packets, &facts, &result.verdict);
	renderer_result(renderer, &result);
	verdict_free(&result.verdict);
}

static size_t find_name_width(const struct kept_runs *runs)
{
	size_t width = 0;

	for (size_t i = 0; i < runs->n; i++) {
		size_t name = text_width(runs->items[i].name);

		if (name > width)
			width = name;
	}
	return width;
}

static int judge_runs(struct kept_runs *runs, struct render_options *options)
{
	struct totals totals = { 0 };
	struct renderer *renderer;
	bool good = true;

	/* all is read before anything is written: bad input leaves no half report */
	for (size_t i = 0; i < runs->n; i++)
		good &= read_run(&runs->items[i]);
	if (!good)
		return EXIT_USAGE;
	name_runs(runs, options->format);
	options->total = runs->n;
	options->name_width = find_name_width(runs);
	renderer = renderer_new(options);
	for (size_t i = 0; i < runs->n; i++)
		report_run(renderer, &runs->items[i], i);
	return renderer_finish(renderer, &totals);
}

int verdict_main(int argc, char **argv)
{
	struct render_options options = { .out = stdout, .color = render_wants_color(stdout) };
	const struct command_option table[] = {
		{ "format", 'f', .words = render_format_names, .word = &options.format },
		{ "verbose", 'v', .count = &options.verbosity },
		{ 0 },
	};
	struct kept_runs runs = { 0 };
	int status = EXIT_USAGE;

	if (!parse_command_options("pathlab verdict", usage, table, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs("pathlab verdict needs the folder of a kept run; \"pathlab run --keep DIR\" makes "
		      "some\n",
		      stderr);
		return EXIT_USAGE;
	}
	for (int i = 0; i < argc; i++) {
		if (!find_runs(&runs, argv[i]))
			goto out;
	}
	status = judge_runs(&runs, &options);
out:
	free_runs(&runs);
	return status;
}
