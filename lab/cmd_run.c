// SPDX-License-Identifier: GPL-2.0-only
// pathlab run: every scenario in a kernel of its own, several at a time, a verdict on each.
#include "lab/commands.h"
#include "lab/front/find.h"
#include "lab/front/plan.h"
#include "lab/launch/launch.h"
#include "lab/render/render.h"
#include "lab/verdict/packets.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_JOBS = 512,
	WATCH_INTERVAL_MS = 250,
	DEFAULT_PATIENCE_S = 30,
	DEFAULT_SEED = 1,
	CONSOLE_LINES_SHOWN = 12,
};

struct options {
	struct kernel kernel;
	uint64_t seed;
	size_t jobs;
	const char *keep;
	enum render_format format;
	int64_t patience_ns;
	int verbosity;
};

enum job_state { JOB_WAITS, JOB_RUNS, JOB_DONE };

struct job {
	enum job_state state;
	const struct found *scenario;
	json_t *plan; /* (owned) */
	char *keep;   /* (owned) folder, or NULL */
	struct guest guest;
	size_t index;
};

struct series {
	const struct options *options;
	struct found_list found;
	struct job *jobs; /* (owned) */
	size_t n, done, running;
	struct renderer *renderer;
	int signal_fd;
	bool interrupted;
};

static const char usage[] =
	"usage: pathlab run [OPTION...] [FILE|FOLDER|NAME...]\n"
	"\n"
	"Runs each scenario in a kernel of its own and gives a verdict on it; all of them when none is\n"
	"named. Nothing runs unless every file is right.\n"
	"\n"
	"  -k, --kernel NAME    what to run on: a guest such as " KERNEL_DEFAULT
	" (the default), or host\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many scenarios at a time (default: 1)\n"
	"      --keep DIR       keep plan, events, console and capture of each run in DIR/NAME\n"
	"      --format F       human (default), json, tap or junit\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -v, --verbose        show what each scenario teaches and what happened; twice: every set-up\n"
	"                       command, message and captured packet\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as expected, 1 something was not, 2 usage or bad input, 3 the laboratory\n"
	"itself could not run.\n";

static bool parse_number(const char *what, const char *text, uint64_t least, uint64_t most,
			 uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *value >= least && *value <= most)
		return true;
	fprintf(stderr,
		"pathlab run: %s is \"%s\", expected a whole number from %" PRIu64 " to %" PRIu64
		"\n",
		what, text, least, most);
	return false;
}

static bool parse_options(int argc, char **argv, struct options *options, const char **kernel_name)
{
	static const struct option long_options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "keep", required_argument, NULL, 'K' },
		{ "format", required_argument, NULL, 'f' },
		{ "timeout", required_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t number;
	int c;

	argv[0] = (char *)"pathlab run"; /* for the sentences of getopt_long(3) */
	optind = 0;
	while ((c = getopt_long(argc, argv, "k:j:vh", long_options, NULL)) != -1) {
		switch (c) {
		case 'k':
			*kernel_name = optarg;
			break;
		case 's':
			if (!parse_number("--seed", optarg, 0, UINT64_MAX, &options->seed))
				return false;
			break;
		case 'j':
			if (!parse_number("-j", optarg, 1, MAX_JOBS, &number))
				return false;
			options->jobs = number;
			break;
		case 'K':
			options->keep = optarg;
			break;
		case 'f':
			if (!parse_render_format(optarg, &options->format)) {
				fprintf(stderr,
					"pathlab run: --format is \"%s\", expected human, json, tap or junit\n",
					optarg);
				return false;
			}
			break;
		case 't':
			if (!parse_number("--timeout", optarg, 1, 86400, &number))
				return false;
			options->patience_ns = number * INT64_C(1000000000);
			break;
		case 'v':
			options->verbosity++;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_EXPECTED);
		default:
			fputs("See `pathlab run --help`.\n", stderr);
			return false;
		}
	}
	return true;
}

/* Where a run that must be kept goes: DIR/NAME; a name that is a path leaves its dots and slashes behind. */
static char *keep_folder(const char *keep, const char *name)
{
	char *folder;

	while (*name == '/' || *name == '.')
		name++;
	if (asprintf(&folder, "%s/%s", keep, name) < 0)
		abort();
	if (strlen(folder) > 5 && !strcmp(folder + strlen(folder) - 5, ".yaml"))
		folder[strlen(folder) - 5] = '\0';
	return folder;
}

/* All scenarios are read and checked before the first one runs. */
static bool load_plans(struct series *series, struct diag *diag)
{
	const struct options *options = series->options;

	series->n = series->found.count;
	series->jobs = calloc(series->n + 1, sizeof(*series->jobs));
	if (!series->jobs)
		abort();
	for (size_t i = 0; i < series->n; i++) {
		struct job *job = &series->jobs[i];
		json_t *capture;

		job->scenario = &series->found.items[i];
		job->index = i;
		job->guest.files = (struct run_files){ -1, -1, -1, -1 };
		job->plan = plan_load(job->scenario->file, diag);
		if (!job->plan)
			continue;
		json_object_set_new(job->plan, "scenario", json_string(job->scenario->name));
		capture = json_object_get(job->plan, "capture");
		if (options->keep || json_is_true(capture))
			job->keep = keep_folder(options->keep ? options->keep : "pathlab-runs",
						job->scenario->name);
		/*
		 * A run that is kept is captured, and one whose packets are judged, that in memory; unless
		 * the scenario says otherwise: null is what it says unasked.
		 */
		if (!json_is_boolean(capture))
			json_object_set_new(job->plan, "capture",
					    json_boolean(options->keep ||
							 packets_wanted(job->plan)));
	}
	return diag_ok(diag);
}

/* A guest cannot say that its events found no room: its last words are missing, and the disk is full. */
static bool ran_out_of_space(const struct job *job, const json_t *events)
{
	const json_t *last = json_array_get(events, json_array_size(events) - 1);

	return job->keep && run_files_full(&job->guest.files) &&
	       strcmp(json_string_value(json_object_get(last, "event")) ?: "", "end") != 0;
}

static void keep_facts(const struct job *job, const struct run_facts *facts,
		       const struct run_result *result)
{
	json_t *json;
	char *path;

	if (!job->keep)
		return;
	json = facts_to_json(facts);
	json_object_set_new(json, "seed", json_integer(result->seed));
	json_object_set_new(json, "kernel", json_string(result->kernel));
	json_object_set_new(json, "replay", json_string(result->replay));
	if (asprintf(&path, "%s/facts.json", job->keep) < 0)
		abort();
	json_dump_file(json, path, JSON_INDENT(1));
	free(path);
	json_decref(json);
}

/* Judges a run that has ended, or one that never started (`trouble`), and reports it. */
static void report(struct series *series, struct job *job, const char *trouble)
{
	const struct options *options = series->options;
	struct run_facts facts = { .trouble = trouble };
	json_t *events = trouble ? json_array() : guest_events(&job->guest);
	struct packets *packets = trouble ? NULL : guest_packets(&job->guest, job->plan);
	char *console = trouble ? NULL : guest_console(&job->guest), *replay, problem[512];
	struct run_result result = {
		.index = job->index,
		.name = job->scenario->name,
		.file = job->scenario->file,
		.kernel = options->kernel.name,
		.summary = json_string_value(json_object_get(job->plan, "summary")),
		.seed = options->seed,
		.plan = job->plan,
		.events = events,
		.packets = packets,
		.real_ns = job->guest.real_ns,
		.max_rss_kib = job->guest.max_rss_kib,
		.kept = job->keep,
	};

	if (asprintf(&replay, "pathlab run %s --kernel %s --seed %" PRIu64, job->scenario->file,
		     options->kernel.name, options->seed) < 0)
		abort();
	result.replay = replay;
	if (!trouble) {
		facts.wait_status = job->guest.wait_status;
		facts.timed_out = job->guest.timed_out;
		facts.silent_real_ns = job->guest.timed_out ? options->patience_ns : 0;
		if (console_find_problem(console, problem, sizeof(problem)))
			facts.console_problem = problem;
		if (ran_out_of_space(job, events)) {
			snprintf(problem, sizeof(problem),
				 "no space left for the files of the run in %s", job->keep);
			facts.trouble = problem;
			facts.console_problem = NULL;
		}
	}
	verdict_judge(job->plan, events, packets, &facts, &result.verdict);
	if (facts.console_problem || facts.timed_out || (!trouble && facts.wait_status))
		result.console = console_excerpt(console, CONSOLE_LINES_SHOWN);
	keep_facts(job, &facts, &result);
	renderer_result(series->renderer, &result);
	verdict_free(&result.verdict);
	free(replay);
	free(console);
	json_decref(events);
	packets_free(packets);
	run_files_close(&job->guest.files);
	job->state = JOB_DONE;
	series->done++;
}

static void start_job(struct series *series, struct job *job)
{
	char why[600];

	if (!run_files_open(&job->guest.files, job->keep, job->plan, why, sizeof(why)) ||
	    !guest_start(&job->guest, &series->options->kernel, series->options->seed, why,
			 sizeof(why))) {
		report(series, job, why);
		return;
	}
	job->state = JOB_RUNS;
	series->running++;
}

/* Lets every run end at once; what was not reported yet is not. */
static void interrupt(struct series *series)
{
	series->interrupted = true;
	for (size_t i = 0; i < series->n; i++)
		if (series->jobs[i].state == JOB_RUNS)
			guest_kill(&series->jobs[i].guest);
}

static const char *name_of_running(const struct series *series)
{
	for (size_t i = 0; i < series->n; i++)
		if (series->jobs[i].state == JOB_RUNS)
			return series->jobs[i].scenario->name;
	return NULL;
}

/* Waits for a guest to end or for time to look at them; false after a signal that ends the series. */
static bool wait_for_guests(struct series *series)
{
	struct pollfd fds[MAX_JOBS + 1] = { { .fd = series->signal_fd, .events = POLLIN } };
	struct job *jobs[MAX_JOBS + 1];
	size_t n = 1;

	for (size_t i = 0; i < series->n; i++)
		if (series->jobs[i].state == JOB_RUNS) {
			jobs[n] = &series->jobs[i];
			fds[n++] = (struct pollfd){ .fd = series->jobs[i].guest.pid_fd,
						    .events = POLLIN };
		}
	if (poll(fds, n, WATCH_INTERVAL_MS) < 0 && errno != EINTR)
		return false;
	if (fds[0].revents)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (!fds[i].revents) {
			guest_watch(&jobs[i]->guest, series->options->patience_ns);
			continue;
		}
		guest_reap(&jobs[i]->guest);
		series->running--;
		report(series, jobs[i], NULL);
	}
	return true;
}

static void run_all(struct series *series)
{
	size_t next = 0;

	while (series->done < series->n) {
		while (next < series->n && series->running < series->options->jobs)
			start_job(series, &series->jobs[next++]);
		renderer_progress(series->renderer, series->done, series->running,
				  name_of_running(series));
		if (series->running && !wait_for_guests(series)) {
			interrupt(series);
			return;
		}
	}
}

static int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct renderer *make_renderer(const struct series *series)
{
	struct render_options options = {
		.format = series->options->format,
		.out = stdout,
		.color = render_wants_color(stdout),
		.progress = isatty(STDERR_FILENO) && series->options->format == RENDER_HUMAN ?
				    stderr :
				    NULL,
		.verbosity = series->options->verbosity,
		.total = series->n,
	};

	for (size_t i = 0; i < series->n; i++)
		if (strlen(series->found.items[i].name) > options.name_width)
			options.name_width = strlen(series->found.items[i].name);
	return renderer_new(&options);
}

static int run_series(struct series *series)
{
	struct totals totals = { .real_ns = -clock_now_ns() };
	sigset_t signals;
	int status;

	/* Signals come through a descriptor, so that nothing is interrupted halfway. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	series->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	series->renderer = make_renderer(series);
	run_all(series);
	totals.real_ns += clock_now_ns();
	totals.interrupted = series->interrupted;
	status = renderer_finish(series->renderer, &totals);
	close(series->signal_fd);
	return series->interrupted ? EXIT_LABORATORY : status;
}

static bool prepare_kernel(const char *name, struct kernel *kernel, int *status)
{
	char why[2048];
	bool unknown;

	*status = EXIT_LABORATORY;
	if (!kernel_find(name, kernel, why, sizeof(why), &unknown)) {
		*status = unknown ? EXIT_USAGE : EXIT_LABORATORY;
	} else if (kernel->kind != KERNEL_KIND_HOST || host_can_run(why, sizeof(why))) {
		return true;
	}
	fprintf(stderr, "pathlab run: %s\n", why);
	return false;
}

static void free_series(struct series *series)
{
	for (size_t i = 0; i < series->n; i++) {
		run_files_close(&series->jobs[i].guest.files);
		json_decref(series->jobs[i].plan);
		free(series->jobs[i].keep);
	}
	free(series->jobs);
	found_list_free(&series->found);
}

int run_main(int argc, char **argv)
{
	struct options options = {
		.seed = DEFAULT_SEED,
		.jobs = 1,
		.patience_ns = DEFAULT_PATIENCE_S * INT64_C(1000000000),
	};
	struct series series = { .options = &options };
	const char *kernel_name = KERNEL_DEFAULT;
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (!parse_options(argc, argv, &options, &kernel_name))
		return EXIT_USAGE;
	if (find_scenarios(argv + optind, argc - optind, &series.found, &diag) &&
	    load_plans(&series, &diag)) {
		if (prepare_kernel(kernel_name, &options.kernel, &status))
			status = run_series(&series);
	} else {
		diag_print(&diag, stderr);
	}
	diag_clear(&diag);
	free_series(&series);
	return status;
}
