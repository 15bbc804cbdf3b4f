// SPDX-License-Identifier: GPL-2.0-only
// The search for the first bad commit: as git-bisect(1) does it, but for the state, which is in memory.
#include "lab/bisect/search.h"

#include "lab/commands.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So much of an id that people tell commits by it. */
#define ID_SHOWN 12

struct search {
	const struct history *history;
	const struct probe *probe;
	char *bad;		/* (owned) the first commit known to be bad */
	struct finding finding; /* (owned) of it */
	struct commits good, skipped;
	char *built; /* (owned) the last commit that was built, or NULL */
	size_t builds;
	int64_t began_ns;
};

/* Builds that one of so many suspects takes, when each halves them. */
static unsigned int count_halvings(size_t suspects)
{
	unsigned int n = 0;

	while (suspects > (size_t)1 << n)
		n++;
	return n;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_commit(const struct search *search, const char *indent, const char *id)
{
	char *title = history_title(search->history, id);

	printf("%s%.*s  ", indent, ID_SHOWN, id);
	text_put(stdout, title);
	putchar('\n');
	free(title);
}

static void put_finding(const struct finding *finding)
{
	char build[NS_TEXT_SIZE], run[NS_TEXT_SIZE];

	fputs("      ", stdout);
	text_put(stdout, finding->outcome);
	printf("  [build %s", format_ns(finding->build_ns, build));
	if (finding->run_ns)
		printf(", run %s", format_ns(finding->run_ns, run));
	fputs("]\n", stdout);
	fflush(stdout);
}

/* Tests a commit and prints what it is; the finding is the caller's. */
static struct finding test_commit(struct search *search, const char *id)
{
	struct finding finding = probe_revision(search->probe, id);

	search->builds++;
	if (finding.mark == MARK_TROUBLE)
		return finding;
	if (finding.run_ns) {
		free(search->built);
		search->built = text_format("%s", id);
	}
	printf("%-6s", mark_name(finding.mark));
	put_commit(search, "", id);
	put_finding(&finding);
	return finding;
}

/* An end that is not what the user says makes all else pointless. */
static bool check_end(const struct finding *finding, enum mark said)
{
	const char *name = mark_name(said);

	if (finding->mark == said || finding->mark == MARK_TROUBLE)
		return finding->mark == said;
	if (finding->mark == MARK_SKIP)
		printf("The %s revision cannot be tested; name another one with --%s\n", name,
		       name);
	else if (said == MARK_GOOD)
		puts("The good revision fails, so it was broken before; name an older one with --good");
	else
		puts("The bad revision does not fail; another seed may show it: --seeds 1..20");
	if (finding->details)
		fputs(finding->details, stdout);
	return false;
}

static bool test_ends(struct search *search, const char *good, int *status)
{
	struct finding finding = test_commit(search, good);
	bool right = check_end(&finding, MARK_GOOD);

	if (right) {
		search->finding = test_commit(search, search->bad);
		right = check_end(&search->finding, MARK_BAD);
	}
	*status = finding.mark == MARK_TROUBLE	       ? finding.status :
		  search->finding.mark == MARK_TROUBLE ? search->finding.status :
							 EXIT_UNEXPECTED;
	finding_free(&finding);
	return right;
}

/* The suspect that divides the others best, of those that can be tested; NULL when only the bad commit is left. */
static const char *choose(const struct search *search, const struct commits *suspects)
{
	for (size_t i = 0; i < suspects->n; i++)
		if (strcmp(suspects->ids[i], search->bad) != 0 &&
		    !commits_have(&search->skipped, suspects->ids[i]))
			return suspects->ids[i];
	return NULL;
}

static void put_left(size_t suspects)
{
	unsigned int builds = count_halvings(suspects);

	printf("%zu suspect%s left, about %u build%s\n", suspects, plural(suspects), builds,
	       plural(builds));
	fflush(stdout);
}

static bool list_suspects(const struct search *search, struct commits *suspects)
{
	char *why;

	if (history_suspects(search->history, search->bad, &search->good, suspects, &why))
		return true;
	fprintf(stderr, BISECT_COMMAND ": %s\n", why);
	free(why);
	return false;
}

/* One more step; false when there is nothing left to test, or after trouble, of which *status tells. */
static bool step(struct search *search, const struct commits *suspects, int *status)
{
	const char *id = choose(search, suspects);
	struct finding finding;

	*status = EXIT_EXPECTED;
	if (!id)
		return false;
	put_left(suspects->n);
	finding = test_commit(search, id);
	if (finding.mark == MARK_BAD) {
		finding_free(&search->finding);
		search->finding = finding;
		free(search->bad);
		search->bad = text_format("%s", id);
		return true;
	}
	if (finding.mark == MARK_TROUBLE)
		*status = finding.status;
	else
		commits_add(finding.mark == MARK_GOOD ? &search->good : &search->skipped, id);
	finding_free(&finding);
	return *status == EXIT_EXPECTED;
}

/* The kernel by that name shall be the one that the command shown runs on. */
static bool build_found(const struct search *search)
{
	int status;

	return (search->built && strcmp(search->built, search->bad) == 0) ||
	       probe_build(search->probe, search->bad, &status) == MARK_GOOD;
}

static int report_found(const struct search *search)
{
	char *author = history_author(search->history, search->bad), real[NS_TEXT_SIZE];

	printf("%s is the first bad commit, found with %zu builds in %s\n", search->bad,
	       search->builds, format_ns(real_now_ns() - search->began_ns, real));
	put_commit(search, "    ", search->bad);
	fputs("    ", stdout);
	text_put(stdout, author);
	putchar('\n');
	free(author);
	fflush(stdout);
	if (build_found(search))
		printf("    it is now the kernel \"%s\"\n", search->probe->kernel);
	fputs(search->finding.details ?: "", stdout);
	return EXIT_EXPECTED;
}

static int report_skipped(const struct search *search, const struct commits *suspects)
{
	printf("The first bad commit is one of these %zu; all but the last cannot be tested\n",
	       suspects->n);
	/* the worst divider, of which all others are ancestors, is the last */
	for (size_t i = 0; i < suspects->n; i++)
		if (strcmp(suspects->ids[i], search->bad) != 0)
			put_commit(search, "    ", suspects->ids[i]);
	put_commit(search, "    ", search->bad);
	return EXIT_UNEXPECTED;
}

static int search_between(struct search *search)
{
	struct commits suspects = { 0 };
	int status;
	bool more;

	do {
		status = EXIT_LABORATORY;
		commits_free(&suspects);
		more = list_suspects(search, &suspects) && step(search, &suspects, &status);
	} while (more);
	if (status == EXIT_EXPECTED && suspects.n)
		status = suspects.n == 1 ? report_found(search) : report_skipped(search, &suspects);
	commits_free(&suspects);
	return status;
}

static void put_head(const struct search *search, const char *good)
{
	struct commits suspects = { 0 };
	unsigned int builds;

	if (list_suspects(search, &suspects)) {
		builds = 2 + count_halvings(suspects.n);
		printf("%s: %zu commit%s from %.*s to %.*s, about %u builds\n", search->probe->name,
		       suspects.n, plural(suspects.n), ID_SHOWN, good, ID_SHOWN, search->bad,
		       builds);
		fflush(stdout);
	}
	commits_free(&suspects);
}

int search_run(const struct history *history, const struct probe *probe, const char *good,
	       const char *bad)
{
	struct search search = {
		.history = history,
		.probe = probe,
		.bad = text_format("%s", bad),
		.began_ns = real_now_ns(),
	};
	int status;

	commits_add(&search.good, good);
	put_head(&search, good);
	if (test_ends(&search, good, &status))
		status = search_between(&search);
	free(search.bad);
	free(search.built);
	finding_free(&search.finding);
	commits_free(&search.good);
	commits_free(&search.skipped);
	return status;
}
