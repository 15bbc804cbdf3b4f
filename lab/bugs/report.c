// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs report: the page docs/bugs.md, measured.
#include "lab/bugs/bugs.h"
#include "lab/bugs/notice.h"
#include "lab/bugs/work.h"
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/options.h"
#include "lab/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COMMAND	  "pathlab bugs report"
#define SHOWN_MAX 20 /* scenarios that notice a bug, by name */
#define BUG_PAGE  "../bugs/"

static const char usage[] =
	"usage: pathlab bugs report [OPTION...] [NAME...]\n"
	"\n"
	"Prints docs/bugs.md: all entries, or those named, by version and by symptom; which kernels have\n"
	"which, measured; and which other scenarios notice each. Everything is run: minutes.\n"
	"\n"
	"  -k, --kernel NAME    a kernel, one column (default: " KERNEL_DEFAULT
	"); repeatable. Copies with a bug put\n"
	"                       back are made of the first\n"
	"      --own            only the entries' own scenarios, not what else notices\n"
	"      --format F       markdown, the only one\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"  -j, --jobs N         so many runs at a time (default: two a processor)\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: 0 all as the entries say, 1 something was not, 2 usage or bad input, 3 the\n"
	"laboratory itself could not run.\n";

static bool parse_options(int *argc, char ***argv, struct bug_options *options, bool *own)
{
	static const char *const formats[] = { "markdown", NULL };
	unsigned format;
	const struct command_option table[] = {
		{ "kernel", 'k', .take = take_run_kernel, .to = &options->kernels },
		{ "own", .flag = own },
		{ "format", .words = formats, .word = &format },
		{ "seed", .number = &options->seed, .most = UINT64_MAX },
		{ "jobs", 'j', .number = &options->jobs, .least = 1, .most = SERIES_JOBS_MAX },
		{ 0 },
	};

	if (!parse_command_options(COMMAND, usage, table, argc, argv))
		return false;
	options->alone_from = *own ? 0 : 1;
	return options->kernels.n > 0 || add_run_kernel(COMMAND, &options->kernels, KERNEL_DEFAULT);
}

/* The run of an entry on the kernel itself, not on a copy of it. */
static const struct bug_side *own_side(const struct bug_trial *trial)
{
	for (size_t i = 0; i < trial->n; i++)
		if (trial->sides[i].kernel == &trial->base->kernel)
			return &trial->sides[i];
	return NULL;
}

static void put_cell(const struct bug_trial *trial)
{
	const struct bug_side *side = own_side(trial);
	const struct bug_note *note = side && side->run ? &side->run->note : NULL;
	bool shows;

	if (trial->result == BUG_SKIPPED) {
		fputs(" skipped |", stdout);
		return;
	}
	if (!note || !note->there || note->status == VERDICT_VOID) {
		fputs(" not run |", stdout);
		return;
	}
	shows = bug_shows(trial->bug, note);
	printf(" %s%s |",
	       shows			    ? "**has it**" :
	       note->status == VERDICT_PASS ? "no" :
					      "fails otherwise",
	       shows == side->has_bug && (shows || note->status == VERDICT_PASS) ?
		       "" :
		       ", not as the entry says");
}

static const char *describe_state(const struct bug *bug)
{
	if (bug->status == BUG_OPEN)
		return "open";
	return bug->status == BUG_REFUTED ? "a suspicion that does not hold" : bug->commit;
}

/* The last version that has it; what is open comes first, what was refuted last. */
static int rank(const struct bug *bug)
{
	int last = 0;

	if (bug->status != BUG_MENDED)
		return bug->status == BUG_OPEN ? INT32_MAX : -1;
	for (size_t i = 0; i < bug->n_ranges; i++) {
		const struct version *until = &bug->ranges[i].until;
		int at = until->parts[0] * 10000000 + until->parts[1] * 10000 + until->parts[2];

		if (!until->n)
			return INT32_MAX;
		if (at > last)
			last = at;
	}
	return last;
}

static int by_version(const void *one, const void *other)
{
	const struct bug *a = *(const struct bug *const *)one,
			 *b = *(const struct bug *const *)other;

	if (rank(a) != rank(b))
		return rank(a) > rank(b) ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_symptom(const void *one, const void *other)
{
	const struct bug *a = *(const struct bug *const *)one,
			 *b = *(const struct bug *const *)other;
	int order = strcasecmp(a->summary, b->summary);

	return order ? order : strcmp(a->name, b->name);
}

static void put_link(const struct bug *bug)
{
	printf("[%s](" BUG_PAGE "%s/README.md)", bug->name, bug->name);
}

static void put_versions(const struct bug_work *work, struct bug **bugs)
{
	size_t n_bases = work->options->kernels.n;

	qsort(bugs, work->list.n, sizeof(struct bug *), by_version);
	puts("## By version\n\n"
	     "The last versions first. What a kernel has is measured: the entry's scenario fails on it, in the way "
	     "that the entry says.\n");
	fputs("| bug | known to have it | mended by |", stdout);
	for (size_t k = 0; k < n_bases; k++)
		printf(" %s |", work->bases[k].kernel.name);
	fputs("\n|---|---|---|", stdout);
	for (size_t k = 0; k < n_bases; k++)
		fputs("---|", stdout);
	putchar('\n');
	for (size_t i = 0; i < work->list.n; i++) {
		char *versions = describe_bug_versions(bugs[i]);
		size_t at = (size_t)(bugs[i] - work->list.items);

		fputs("| ", stdout);
		put_link(bugs[i]);
		printf(" | %s | %s |", versions, describe_state(bugs[i]));
		for (size_t k = 0; k < n_bases; k++)
			put_cell(&work->trials[at * n_bases + k]);
		putchar('\n');
		free(versions);
	}
	fputs("\nThe kernels:", stdout);
	for (size_t k = 0; k < n_bases; k++) {
		const struct version *version = &work->bases[k].version;

		printf("%s %s is %d.%d.%d", k ? "," : "", work->bases[k].kernel.name,
		       version->parts[0], version->parts[1], version->parts[2]);
	}
	puts(".");
}

static void put_symptoms(const struct bug_work *work, struct bug **bugs)
{
	qsort(bugs, work->list.n, sizeof(struct bug *), by_symptom);
	puts("\n## By symptom\n");
	for (size_t i = 0; i < work->list.n; i++) {
		printf("- %s ", bugs[i]->summary);
		put_link(bugs[i]);
		puts(bugs[i]->status == BUG_OPEN    ? " (open)" :
		     bugs[i]->status == BUG_REFUTED ? " (refuted)" :
						      "");
	}
}

static void put_notice(const struct bug_notice *notice, size_t total)
{
	fputs("| ", stdout);
	put_link(notice->bug);
	if (!notice->n) {
		puts(" | no other |");
		return;
	}
	printf(" | %zu of %zu: ", notice->n, total);
	for (size_t i = 0; i < notice->n && i < SHOWN_MAX; i++)
		printf("%s%s", i ? ", " : "", notice->names[i]);
	puts(notice->n > SHOWN_MAX ? ", ... |" : " |");
}

static void put_notices(const struct bug_notices *notices)
{
	const char *separator = " ";

	puts("\n## What else notices\n\n"
	     "Of the scenarios in connect, errno and failover those that pass on the kernel and fail on its copy with "
	     "the bug put back.\n\n"
	     "| bug | noticed by |\n|---|---|");
	for (size_t i = 0; i < notices->n; i++)
		put_notice(&notices->items[i], notices->total);
	fputs("\nOnly their own scenario finds:", stdout);
	for (size_t i = 0; i < notices->n; i++) {
		if (notices->items[i].n)
			continue;
		fputs(separator, stdout);
		put_link(notices->items[i].bug);
		separator = ", ";
	}
	puts(*separator == ' ' ? " none." : ".");
}

static void put_head(const struct bug_work *work, bool own)
{
	printf("# Bugs of SCTP in Linux\n\n"
	       "Made by `pathlab bugs report%s",
	       own ? " --own" : "");
	for (size_t k = 0; k < work->options->kernels.n; k++)
		printf(" --kernel %s", work->bases[k].kernel.name);
	puts("`; do not edit. `pathlab bugs reproduce NAME` shows one of them,\n"
	     "[add-a-bug.md](add-a-bug.md) tells how to add one.\n");
}

static void put_page(const struct bug_work *work, const struct bug_notices *notices, bool own)
{
	struct bug **bugs = calloc(work->list.n + 1, sizeof(struct bug *));

	if (!bugs)
		abort();
	for (size_t i = 0; i < work->list.n; i++)
		bugs[i] = &work->list.items[i];
	put_head(work, own);
	put_versions(work, bugs);
	put_symptoms(work, bugs);
	if (!own)
		put_notices(notices);
	free(bugs);
}

/* What the page cannot say: which entries went otherwise, and why. */
static void tell_failures(const struct bug_work *work)
{
	for (size_t i = 0; i < work->n_trials; i++) {
		const struct bug_trial *trial = &work->trials[i];

		if (!bug_result_is_good(trial->result))
			fprintf(stderr, COMMAND ": %s on %s: %s%s%s\n", trial->bug->name,
				trial->base->kernel.name, bug_result_name(trial->result),
				trial->why ? ", " : "", trial->why ?: "");
	}
}

int bugs_report_main(int argc, char **argv)
{
	struct bug_options options = { .command = COMMAND,
				       .seed = RUN_SEED_DEFAULT,
				       .patience_ns = RUN_PATIENCE_DEFAULT_NS,
				       .brief = true };
	struct bug_work work = { .options = &options };
	struct bug_notices notices = { 0 };
	bool own = false;
	int status = EXIT_USAGE;

	if (parse_options(&argc, &argv, &options, &own) &&
	    bug_work_prepare(&work, argv, argc, &status)) {
		status = EXIT_LABORATORY;
		if (bug_work_run(&work) && (own || bug_notices_find(&work, &notices, &status))) {
			put_page(&work, &notices, own);
			tell_failures(&work);
			status = bug_work_status(&work);
		}
	}
	bug_notices_free(&notices);
	bug_work_free(&work);
	return status;
}
