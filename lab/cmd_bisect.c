// SPDX-License-Identifier: GPL-2.0-only
// pathlab bisect: the commit of a kernel's git repository that broke a scenario.
#include "lab/bisect/history.h"
#include "lab/bisect/probe.h"
#include "lab/bisect/search.h"
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/grid.h"
#include "lab/front/plan.h"
#include "lab/options.h"
#include "lab/run_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_DEFAULT "bisect"

/* What `git bisect run` makes of exit statuses; the last one ends it. */
enum step_status { STEP_GOOD = 0, STEP_BAD = 1, STEP_SKIP = 125, STEP_END = 128 };

struct options {
	const char *source, *good, *bad, *name, *jobs, *seed, *seeds;
	bool step;
	int64_t patience_ns;
	struct settings settings;
};

static const char usage[] =
	"usage: pathlab bisect --good REV [OPTION...] SCENARIO\n"
	"       pathlab bisect --step [OPTION...] SCENARIO\n"
	"\n"
	"Finds the commit of a kernel that broke a scenario. The revisions between a good and a bad one\n"
	"are built, each time only what differs, and the scenario runs on them. The repository is only\n"
	"read: nothing is checked out.\n"
	"\n"
	"      --source DIR     the git repository (default: the current folder)\n"
	"      --good REV       a revision on which the scenario is ok\n"
	"      --bad REV        one on which it is not (default: HEAD)\n"
	"      --step           only build the tree as it is now and run the scenario, for `git bisect run`:\n"
	"                       exit status 0 is good, 1 bad, 125 not to be tested; 128 ends the search\n"
	"      --seed N         seed of all randomness (default: 1)\n"
	"      --seeds LIST     several of them, such as 1..20: bad when one of them fails\n"
	"      --set NAME=VALUE a value in the place of a parameter's default; repeatable\n"
	"      --name KERNEL    the kernel that is built (default: " NAME_DEFAULT ")\n"
	"  -j, --jobs N         compile N files at a time (default: one a processor)\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 found, 1 not found, 2 usage or bad input, 3 the laboratory itself could not run.\n";

/* A kernel that others expect to be the distribution's must not become one of these commits. */
static bool is_known_kernel(const char *name)
{
	for (const char *known = NULL; (known = kernel_next_known(known));)
		if (strcmp(known, name) == 0)
			return true;
	return false;
}

static bool check_options(const struct options *options)
{
	if (options->step && (options->good || options->bad))
		fputs(BISECT_COMMAND
		      ": --step tests the tree as it is; --good and --bad are for `git bisect`\n",
		      stderr);
	else if (!options->step && !options->good)
		fputs(BISECT_COMMAND
		      ": --good is missing, a revision on which the scenario is ok\n",
		      stderr);
	else if (options->seed && options->seeds)
		fputs(BISECT_COMMAND ": expected one of --seed and --seeds, found both\n", stderr);
	else if (is_known_kernel(options->name))
		fprintf(stderr,
			BISECT_COMMAND
			": --name is \"%s\", which is the distribution's kernel; expected another name\n",
			options->name);
	else
		return true;
	return false;
}

static bool parse_options(int *argc, char ***argv, struct options *options)
{
	uint64_t number;
	const struct command_option table[] = {
		{ "source", .text = &options->source },
		{ "good", .text = &options->good },
		{ "bad", .text = &options->bad },
		{ "step", .flag = &options->step },
		{ "seed", .text = &options->seed, .number = &number, .most = UINT64_MAX },
		{ "seeds", .text = &options->seeds },
		{ "set", .take = take_run_setting, .to = &options->settings },
		{ "name", .text = &options->name },
		{ "jobs", 'j', .text = &options->jobs, .number = &number, .least = 1,
		  .most = 4096 },
		{ "timeout", .take = take_run_patience, .to = &options->patience_ns },
		{ 0 },
	};

	return parse_command_options(BISECT_COMMAND, usage, table, argc, argv) &&
	       check_options(options);
}

/* The good and the bad commit in full; false after a sentence. */
static bool find_ends(const struct history *history, const struct options *options, char **good,
		      char **bad)
{
	char *why = NULL, *base;

	*good = history_resolve(history, options->good, &why);
	*bad = *good ? history_resolve(history, options->bad ?: "HEAD", &why) : NULL;
	if (*bad && strcmp(*good, *bad) == 0) {
		why = text_format("the good and the bad revision are the same, %s", *good);
	} else if (*bad && history_is_ancestor(history, *bad, *good)) {
		why = text_format(
			"the bad revision is older than the good one; what is looked for is a commit that broke "
			"something, not one that mended it");
	} else if (*bad && !history_is_ancestor(history, *good, *bad)) {
		base = history_merge_base(history, *good, *bad);
		why = text_format("the good revision is no ancestor of the bad one; %s%s",
				  base ? "the last that both come from is " :
					 "they have no history in common",
				  base ?: "");
		free(base);
	}
	if (why)
		fprintf(stderr, BISECT_COMMAND ": %s\n", why);
	free(why);
	return *good && *bad && !why;
}

static int search_repository(const struct options *options, const struct probe *probe)
{
	struct history history;
	char *why, *good = NULL, *bad = NULL;
	int status;

	if (!history_open(&history, probe->source, &why, &status)) {
		fprintf(stderr, BISECT_COMMAND ": %s\n", why);
		free(why);
		return status;
	}
	status = EXIT_USAGE;
	if (find_ends(&history, options, &good, &bad))
		status = probe_lock(probe) ? search_run(&history, probe, good, bad) :
					     EXIT_LABORATORY;
	free(good);
	free(bad);
	return status;
}

/* One test of a tree that `git bisect run` has checked out. */
static int step_tree(const struct probe *probe)
{
	struct finding finding;
	int status = STEP_END;

	if (!probe_lock(probe))
		return STEP_END;
	finding = probe_revision(probe, NULL);
	if (finding.mark != MARK_TROUBLE) {
		printf("%s: %s\n", mark_name(finding.mark), finding.outcome);
		fputs(finding.details ?: "", stdout);
		status = finding.mark == MARK_GOOD ? STEP_GOOD :
			 finding.mark == MARK_BAD  ? STEP_BAD :
						     STEP_SKIP;
	}
	finding_free(&finding);
	return status;
}

/* What a scenario needs and this machine lacks, no revision can give. */
static bool can_run(const json_t *plan)
{
	const char *lacks = jsonx_string(plan, "lacks", NULL);

	if (lacks)
		fprintf(stderr, BISECT_COMMAND ": the scenario cannot be run here: %s\n", lacks);
	return !lacks;
}

static int bisect_scenario(const struct options *options, const struct found *found,
			   struct diag *diag)
{
	const char *seeds = options->seeds ?: options->seed ?: "1";
	char *set_words = settings_words(&options->settings);
	struct grid grid = { 0 };
	json_t *plan = plan_load(found->file, &options->settings, diag);
	int status = EXIT_USAGE;

	if (plan && grid_read_seeds(&grid, "--seeds", seeds, diag)) {
		struct probe probe = {
			.name = found->name,
			.file = found->file,
			.plan = plan,
			.set_words = set_words,
			.seeds = grid.seeds,
			.n_seeds = grid.n_seeds,
			.patience_ns = options->patience_ns,
			.kernel = options->name,
			.source = options->source,
			.jobs = options->jobs,
		};

		status = !can_run(plan) ? EXIT_LABORATORY :
			 options->step	? step_tree(&probe) :
					  search_repository(options, &probe);
	}
	json_decref(plan);
	grid_free(&grid);
	free(set_words);
	return status;
}

int bisect_main(int argc, char **argv)
{
	struct options options = {
		.source = ".",
		.name = NAME_DEFAULT,
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};
	struct found_list found = { 0 };
	struct diag diag = { 0 };
	int status = EXIT_USAGE;

	if (parse_options(&argc, &argv, &options) &&
	    find_one_scenario(BISECT_COMMAND, argv, argc, &found, &diag))
		status = bisect_scenario(&options, &found.items[0], &diag);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	found_list_free(&found);
	/* to `git bisect run` a low status would be a verdict on the commit */
	return options.step && (status == EXIT_USAGE || status == EXIT_LABORATORY) ? STEP_END :
										     status;
}
