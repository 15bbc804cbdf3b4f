// SPDX-License-Identifier: GPL-2.0-only
// The commits of a git repository, as git(1) tells of them.
#include "lab/bisect/history.h"

#include "lab/commands.h"
#include "lab/common/programs.h"
#include "lab/common/text.h"
#include "lab/front/nearest.h"
#include "lab/kernel/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 6

/* What names another repository than --source does, such as inside of a hook (git rev-parse --local-env-vars). */
static void forget_other_repositories(void)
{
	static const char *const names[] = { "GIT_DIR",		"GIT_WORK_TREE",
					     "GIT_INDEX_FILE",	"GIT_OBJECT_DIRECTORY",
					     "GIT_COMMON_DIR",	"GIT_PREFIX",
					     "GIT_GRAFT_FILE",	"GIT_NO_REPLACE_OBJECTS",
					     "GIT_CEILING_DIRS" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* Runs git with a few words and perhaps a list behind them; its output or error, the caller's, and its exit status. */
static int ask(const struct history *history, const char *const words[WORDS_MAX], char *const *list,
	       size_t n, int descriptor, char **text)
{
	const char *folder = *history->folder ? history->folder : history->source;
	char **arguments = calloc(3 + WORDS_MAX + n + 1, sizeof(*arguments));
	size_t count = 0;
	int status;

	if (!arguments)
		abort();
	arguments[count++] = (char *)history->program;
	arguments[count++] = (char *)"-C";
	arguments[count++] = (char *)folder;
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		arguments[count++] = (char *)words[i];
	for (size_t i = 0; i < n; i++)
		arguments[count++] = list[i];
	status = program_ask_all(arguments, descriptor, text);
	free(arguments);
	return status;
}

/* The first line of what git says, the caller's; NULL when it says nothing or fails. */
static char *ask_line(const struct history *history, const char *const words[WORDS_MAX])
{
	char *text;
	int status = ask(history, words, NULL, 0, STDOUT_FILENO, &text);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	if (status == 0 && text && *text)
		return text;
	free(text);
	return NULL;
}

void commits_add(struct commits *commits, const char *id)
{
	commits->ids = reallocarray(commits->ids, commits->n + 1, sizeof(*commits->ids));
	if (!commits->ids)
		abort();
	commits->ids[commits->n++] = text_format("%s", id);
}

bool commits_have(const struct commits *commits, const char *id)
{
	for (size_t i = 0; i < commits->n; i++)
		if (strcmp(commits->ids[i], id) == 0)
			return true;
	return false;
}

void commits_free(struct commits *commits)
{
	for (size_t i = 0; i < commits->n; i++)
		free(commits->ids[i]);
	free(commits->ids);
	*commits = (struct commits){ 0 };
}

bool history_open(struct history *history, const char *source, char **why, int *status)
{
	const char *const words[WORDS_MAX] = { "rev-parse", "--absolute-git-dir" };
	char *folder, *said;

	*status = EXIT_LABORATORY;
	history->source = source;
	*history->folder = '\0';
	forget_other_repositories();
	if (!find_in_path("git", history->program, sizeof(history->program))) {
		*why = text_format("git is missing; install it with: setup/install bisect");
		return false;
	}
	*status = EXIT_USAGE;
	folder = ask_line(history, words);
	if (!folder) {
		ask(history, words, NULL, 0, STDERR_FILENO, &said);
		*why = text_format(
			"--source is \"%s\", expected the folder of a git repository; git says: %.*s",
			source, said ? (int)strcspn(said, "\n") : 0, said ?: "");
		free(said);
		return false;
	}
	snprintf(history->folder, sizeof(history->folder), "%s", folder);
	free(folder);
	return true;
}

/* The nearest name of a branch or tag; the caller's, or NULL. */
static char *find_nearest(const struct history *history, const char *revision)
{
	const char *const words[WORDS_MAX] = { "for-each-ref", "--format=%(refname:lstrip=2)",
					       "refs/heads", "refs/tags" };
	struct commits names = { 0 };
	const char *nearest;
	char *text, *found;

	ask(history, words, NULL, 0, STDOUT_FILENO, &text);
	for (char *rest = text, *name; rest && (name = strsep(&rest, "\n"));)
		if (*name)
			commits_add(&names, name);
	nearest = nearest_name(revision, (const char *const *)names.ids, names.n);
	found = nearest ? text_format("%s", nearest) : NULL;
	commits_free(&names);
	free(text);
	return found;
}

char *history_resolve(const struct history *history, const char *revision, char **why)
{
	char *commit = text_format("%s^{commit}", revision), *nearest;
	const char *const words[WORDS_MAX] = { "rev-parse", "--verify", "--quiet",
					       "--end-of-options", commit };
	char *id = ask_line(history, words);

	free(commit);
	if (id)
		return id;
	nearest = find_nearest(history, revision);
	*why = text_format("\"%s\" is no revision of %s%s%s%s", revision, history->source,
			   nearest ? "; did you mean \"" : "", nearest ?: "", nearest ? "\"?" : "");
	free(nearest);
	return NULL;
}

bool history_is_ancestor(const struct history *history, const char *one, const char *other)
{
	const char *const words[WORDS_MAX] = { "merge-base", "--is-ancestor", one, other };
	char *text;
	int status = ask(history, words, NULL, 0, STDOUT_FILENO, &text);

	free(text);
	return status == 0;
}

char *history_merge_base(const struct history *history, const char *one, const char *other)
{
	return ask_line(history, (const char *const[WORDS_MAX]){ "merge-base", one, other });
}

bool history_suspects(const struct history *history, const char *bad, const struct commits *good,
		      struct commits *suspects, char **why)
{
	const char *const words[WORDS_MAX] = { "rev-list", "--bisect-all", bad, "--not" };
	char *text;
	int status = ask(history, words, good->ids, good->n, STDOUT_FILENO, &text);

	/* each line is an id, and behind it how well it divides them and its names */
	for (char *rest = text, *line; rest && (line = strsep(&rest, "\n"));) {
		line[strcspn(line, " ")] = '\0';
		if (*line)
			commits_add(suspects, line);
	}
	free(text);
	if (status == 0 && suspects->n)
		return true;
	*why = text_format("git cannot list the commits of %s; is it whole? `git fsck` tells",
			   history->source);
	return false;
}

static char *show(const struct history *history, const char *format, const char *id)
{
	const char *const words[WORDS_MAX] = { "show", "--no-patch", "--date=short", format, id };

	return ask_line(history, words) ?: text_format("%s", "");
}

char *history_title(const struct history *history, const char *id)
{
	return show(history, "--format=%s", id);
}

char *history_author(const struct history *history, const char *id)
{
	return show(history, "--format=%an, %ad", id);
}
