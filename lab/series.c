// SPDX-License-Identifier: GPL-2.0-only
// A series of runs: several at a time, each judged as it ends.
#include "lab/series.h"

#include "lab/common/jsonx.h"
#include "lab/series_boots.h"
#include "lab/verdict/packets.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	WATCH_INTERVAL_MS = 250,
	BOOT_INTERVAL_MS = 20, /* in one boot runs end without a process ending */
	CONSOLE_LINES_SHOWN = 12,
	TRACE_LINES_SHOWN = 40,
};

/* A guest cannot say that its events found no room: its last words are missing, and the disk is full. */
static bool ran_out_of_space(const struct series_job *job, const json_t *events)
{
	const json_t *last = json_array_get(events, json_array_size(events) - 1);

	return job->keep && run_files_full(&job->guest.files) && !jsonx_is(last, "event", "end");
}

static void keep_facts(const struct series_job *job, const struct run_facts *facts)
{
	json_t *json;
	char *path;

	if (!job->keep)
		return;
	json = facts_to_json(facts);
	json_object_set_new(json, "seed", json_integer((json_int_t)job->seed));
	json_object_set_new(json, "kernel", json_string(job->kernel->name));
	json_object_set_new(json, "replay", json_string(job->replay));
	if (asprintf(&path, "%s/facts.json", job->keep) < 0)
		abort();
	json_dump_file(json, path, JSON_INDENT(1));
	free(path);
	json_decref(json);
}

void series_report(struct series *series, struct series_job *job, const char *trouble)
{
	struct run_facts facts = { .trouble = trouble };
	json_t *events = trouble ? json_array() : guest_events(&job->guest);
	json_t *samples = events ? events_take_samples(events) : NULL;
	struct packets *packets = trouble ? NULL : guest_packets(&job->guest, job->plan);
	char *console = trouble ? NULL : guest_console(&job->guest), problem[512];
	struct run_result result = {
		.index = (size_t)(job - series->jobs),
		.name = job->name,
		.file = job->file,
		.kernel = job->kernel->name,
		.summary = jsonx_string(job->plan, "summary", NULL),
		.seed = job->seed,
		.plan = job->plan,
		.events = events,
		.samples = samples,
		.packets = packets,
		.real_ns = job->guest.real_ns,
		.max_rss_kib = job->guest.max_rss_kib,
		.replay = job->replay,
		/* a folder that could not be made holds nothing */
		.kept = job->keep && access(job->keep, F_OK) == 0 ? job->keep : NULL,
	};

	if (!trouble) {
		facts.wait_status = job->guest.wait_status;
		facts.timed_out = job->guest.timed_out;
		facts.emulated = job->kernel->kind == KERNEL_KIND_VM;
		facts.silent_real_ns = job->guest.timed_out ? series->patience_ns : 0;
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
		result.console = console_excerpt(console, CONSOLE_LINES_SHOWN, TRACE_LINES_SHOWN);
	keep_facts(job, &facts);
	series->report(series->context, &result);
	verdict_free(&result.verdict);
	free(console);
	json_decref(events);
	json_decref(samples);
	packets_free(packets);
	run_files_close(&job->guest.files);
	json_decref(job->plan);
	job->plan = NULL;
	job->state = JOB_DONE;
	series->done++;
}

/* A run that needs a program that is not here (docs/formats.md, section 3, `lacks`). */
static void report_lack(struct series *series, struct series_job *job, const char *lacks)
{
	struct run_result result = {
		.index = (size_t)(job - series->jobs),
		.name = job->name,
		.file = job->file,
		.kernel = job->kernel->name,
		.summary = jsonx_string(job->plan, "summary", NULL),
		.seed = job->seed,
		.skipped = lacks,
	};

	series->report(series->context, &result);
	json_decref(job->plan);
	job->plan = NULL;
	job->state = JOB_DONE;
	series->done++;
}

const char *series_lack(const struct series_job *job)
{
	if (job->kernel->kind == KERNEL_KIND_HOST && series_memory(job))
		return "it says how much memory its guest has, and this machine's own kernel is none; "
		       "run it on " KERNEL_DEFAULT;
	return jsonx_string(job->plan, "lacks", NULL);
}

unsigned series_memory(const struct series_job *job)
{
	return (unsigned)json_integer_value(json_object_get(job->plan, "memory_mib"));
}

static void start_job(struct series *series, struct series_job *job)
{
	const char *lacks = series_lack(job);
	char why[600];

	if (lacks && series->skips) {
		report_lack(series, job, lacks);
		return;
	}
	if (lacks) {
		series_report(series, job, lacks);
		return;
	}
	if (job->kernel->kind == KERNEL_KIND_VM) {
		boots_start(series, job);
		return;
	}
	job->guest.memory_mib = series_memory(job);
	if (!run_files_open(&job->guest.files, job->keep, job->plan, why, sizeof(why)) ||
	    !guest_start(&job->guest, job->kernel, job->seed, why, sizeof(why))) {
		series_report(series, job, why);
		return;
	}
	job->state = JOB_RUNS;
	series->running++;
}

struct series_job *series_next(struct series *series)
{
	while (series->next < series->n && series->jobs[series->next].state != JOB_WAITS)
		series->next++;
	return series->next < series->n ? &series->jobs[series->next] : NULL;
}

static void end_all(struct series *series)
{
	for (size_t i = 0; i < series->n; i++) {
		if (series->jobs[i].state == JOB_RUNS && series->jobs[i].guest.pid > 0)
			guest_kill(&series->jobs[i].guest);
	}
}

static const char *name_of_running(const struct series *series)
{
	for (size_t i = 0; i < series->n; i++) {
		if (series->jobs[i].state == JOB_RUNS)
			return series->jobs[i].name;
	}
	return NULL;
}

/* Waits for a guest to end or for time to look at them; false after a signal that ends the series. */
static bool wait_for_guests(struct series *series)
{
	struct pollfd fds[BOOT_FDS * SERIES_JOBS_MAX + 1] = { { .fd = series->signal_fd,
								.events = POLLIN } };
	struct series_job *jobs[SERIES_JOBS_MAX + 1];
	size_t n = 1, boots;

	for (size_t i = 0; i < series->n; i++)
		if (series->jobs[i].state == JOB_RUNS && series->jobs[i].guest.pid > 0) {
			jobs[n] = &series->jobs[i];
			fds[n++] = (struct pollfd){ .fd = series->jobs[i].guest.pid_fd,
						    .events = POLLIN };
		}
	boots = n;
	n += boots_poll(series, fds + n);
	if (poll(fds, n, boots < n ? BOOT_INTERVAL_MS : WATCH_INTERVAL_MS) < 0 && errno != EINTR)
		return false;
	if (fds[0].revents)
		return false;
	boots_watch(series, fds + boots);
	for (size_t i = 1; i < boots; i++) {
		if (!fds[i].revents) {
			guest_watch(&jobs[i]->guest, series->patience_ns);
			continue;
		}
		guest_reap(&jobs[i]->guest);
		series->running--;
		series_report(series, jobs[i], NULL);
	}
	return true;
}

static bool run_all(struct series *series)
{
	while (series->done < series->n) {
		struct series_job *job;

		while (series->running < series->at_a_time && (job = series_next(series)))
			start_job(series, job);
		series->progress(series->context, series->done, series->running,
				 name_of_running(series));
		if (series->stop || (series->running && !wait_for_guests(series))) {
			end_all(series);
			return false;
		}
	}
	return true;
}

bool series_run(struct series *series)
{
	sigset_t signals;
	bool good;

	for (size_t i = 0; i < series->n; i++)
		series->jobs[i].guest.files = (struct run_files){ -1, -1, -1, -1 };
	/* Signals come through a descriptor, so that nothing is interrupted halfway. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	series->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	good = run_all(series);
	boots_kill(series); /* those that have no more to say */
	close(series->signal_fd);
	return good;
}

void series_free(struct series *series)
{
	for (size_t i = 0; i < series->n; i++) {
		if (series->jobs[i].state != JOB_WAITS)
			run_files_close(&series->jobs[i].guest.files);
		json_decref(series->jobs[i].plan);
	}
}
