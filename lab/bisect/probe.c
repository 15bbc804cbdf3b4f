// SPDX-License-Identifier: GPL-2.0-only
// A test of one revision of a kernel: built, run, judged.
#include "lab/bisect/probe.h"

#include "lab/bisect/search.h"
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/kernel/script.h"
#include "lab/render/formats.h"
#include "lab/run_options.h"
#include "lab/series.h"
#include "lab/verdict/packets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const char *mark_name(enum mark mark)
{
	return mark == MARK_GOOD ? "good" : mark == MARK_BAD ? "bad" : "skip";
}

void finding_free(struct finding *finding)
{
	free(finding->outcome);
	free(finding->details);
	*finding = (struct finding){ 0 };
}

bool probe_lock(const struct probe *probe)
{
	const char *cache = kernels_cache_dir();
	char *folder, *path, why[600];
	bool good = false;
	int fd;

	if (!cache) {
		fputs(BISECT_COMMAND ": HOME is not set, give PATHLAB_CACHE\n", stderr);
		return false;
	}
	folder = text_format("%s/kernels", cache);
	path = text_format("%s/.bisect-%s.lock", folder, probe->kernel);
	if (!make_folders(folder, why, sizeof(why))) {
		fprintf(stderr, BISECT_COMMAND ": %s\n", why);
	} else if ((fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666)) < 0) {
		fprintf(stderr, BISECT_COMMAND ": cannot write %s: %s\n", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		fprintf(stderr,
			BISECT_COMMAND
			": another bisection builds the kernel \"%s\"; give this one another name with --name\n",
			probe->kernel);
		close(fd);
	} else {
		good = true; /* the descriptor stays, and with it the lock */
	}
	free(path);
	free(folder);
	return good;
}

enum mark probe_build(const struct probe *probe, const char *revision, int *status)
{
	char *words[SCRIPT_WORDS_MAX] = { (char *)probe->kernel, (char *)"--source",
					  (char *)probe->source, (char *)"--quiet" };
	size_t n = 4;
	int result;

	if (revision) {
		words[n++] = (char *)"--revision";
		words[n++] = (char *)revision;
	}
	if (probe->jobs) {
		words[n++] = (char *)"--jobs";
		words[n++] = (char *)probe->jobs;
	}
	/* standard output has verdicts alone */
	result = script_make_kernel("build", true, words, n);
	if (result >= 128)
		fputs(BISECT_COMMAND ": interrupted\n", stderr);
	*status = result == EXIT_USAGE ? EXIT_USAGE : EXIT_LABORATORY;
	return result == EXIT_EXPECTED	 ? MARK_GOOD :
	       result == EXIT_UNEXPECTED ? MARK_SKIP :
					   MARK_TROUBLE;
}

/* What the runs with all seeds add up to. */
struct tally {
	const struct probe *probe;
	size_t counts[VERDICT_VOID + 1];
	size_t first[VERDICT_VOID + 1]; /* the place of the first seed with that verdict */
	char *outcomes
		[VERDICT_VOID +
		 1]; /* (owned) of its run: what it was not as expected in, or in a few words */
	char *details[VERDICT_VOID + 1]; /* (owned) */
};

static char *format_details(const struct run_result *result)
{
	struct render_options options = { .out = stdout, .color = render_wants_color(stdout) };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	human_put_details(out, &options, result);
	if (fclose(out))
		abort();
	return text;
}

static void take_result(void *context, const struct run_result *result)
{
	struct tally *tally = context;
	enum verdict_status status = result->verdict.status;

	if (tally->counts[status]++ && tally->first[status] < result->index)
		return;
	free(tally->outcomes[status]);
	free(tally->details[status]);
	tally->first[status] = result->index;
	tally->outcomes[status] = result->verdict.n ?
					  problem_sentence(&result->verdict.problems[0]) :
					  text_format("%s", result->verdict.outcomes[0]);
	tally->details[status] = format_details(result);
}

static void ignore_progress(void *context, size_t done, size_t running, const char *name)
{
	(void)context;
	(void)done;
	(void)running;
	(void)name;
}

static void prepare_job(const struct probe *probe, const struct kernel *kernel, uint64_t seed,
			struct series_job *job)
{
	json_t *plan = json_deep_copy(probe->plan);
	char *word = text_quote_word(kernel->name);

	json_object_set_new(plan, "scenario", json_string(probe->name));
	json_object_set_new(plan, "capture", json_boolean(packets_wanted(plan)));
	job->name = probe->name;
	job->file = probe->file;
	job->plan = plan;
	job->kernel = kernel;
	job->seed = seed;
	job->replay = text_format("pathlab run %s%s --kernel %s --seed %" PRIu64, probe->file,
				  probe->set_words, word, seed);
	free(word);
}

/* Runs of all seeds; false when interrupted. */
static bool run_seeds(const struct probe *probe, const struct kernel *kernel, struct tally *tally)
{
	struct series series = {
		.jobs = calloc(probe->n_seeds, sizeof(*series.jobs)),
		.n = probe->n_seeds,
		.at_a_time = default_run_jobs(),
		.patience_ns = probe->patience_ns,
		.report = take_result,
		.progress = ignore_progress,
		.context = tally,
	};
	sigset_t before;
	bool good;

	if (!series.jobs)
		abort();
	for (size_t i = 0; i < probe->n_seeds; i++)
		prepare_job(probe, kernel, probe->seeds[i], &series.jobs[i]);
	sigprocmask(SIG_SETMASK, NULL, &before);
	good = series_run(&series);
	/* the next build must end when it is told to */
	if (good)
		sigprocmask(SIG_SETMASK, &before, NULL);
	else
		fputs(BISECT_COMMAND ": interrupted\n", stderr);
	series_free(&series);
	for (size_t i = 0; i < probe->n_seeds; i++)
		free((char *)series.jobs[i].replay);
	free(series.jobs);
	return good;
}

/* One seed that fails makes a revision bad; without one, a seed that could not be run makes it one to be skipped. */
static void sum_up(struct tally *tally, struct finding *finding)
{
	enum verdict_status status = tally->counts[VERDICT_FAIL] ? VERDICT_FAIL :
				     tally->counts[VERDICT_VOID] ? VERDICT_VOID :
								   VERDICT_PASS;
	const struct probe *probe = tally->probe;

	finding->mark = status == VERDICT_FAIL ? MARK_BAD :
			status == VERDICT_VOID ? MARK_SKIP :
						 MARK_GOOD;
	if (probe->n_seeds == 1 || status == VERDICT_PASS)
		finding->outcome = text_format("%s", tally->outcomes[status]);
	else
		finding->outcome =
			text_format("%zu of %zu seeds, %" PRIu64 " the first: %s",
				    tally->counts[status], probe->n_seeds,
				    probe->seeds[tally->first[status]], tally->outcomes[status]);
	if (status != VERDICT_PASS) {
		finding->details = tally->details[status];
		tally->details[status] = NULL;
	}
	for (size_t i = 0; i <= VERDICT_VOID; i++) {
		free(tally->outcomes[i]);
		free(tally->details[i]);
	}
}

struct finding probe_revision(const struct probe *probe, const char *revision)
{
	struct finding finding = { .build_ns = -real_now_ns() };
	struct tally tally = { .probe = probe };
	struct kernel kernel;

	finding.mark = probe_build(probe, revision, &finding.status);
	finding.build_ns += real_now_ns();
	if (finding.mark == MARK_SKIP)
		finding.outcome = text_format("it does not build");
	if (finding.mark != MARK_GOOD)
		return finding;
	finding.run_ns = -real_now_ns();
	finding.mark = MARK_TROUBLE;
	if (find_run_kernel(BISECT_COMMAND, probe->kernel, &kernel, &finding.status)) {
		finding.status = EXIT_LABORATORY;
		if (run_seeds(probe, &kernel, &tally))
			sum_up(&tally, &finding);
	}
	finding.run_ns += real_now_ns();
	return finding;
}
