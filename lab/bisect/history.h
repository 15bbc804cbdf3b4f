// SPDX-License-Identifier: GPL-2.0-only
// The commits of a git repository, as far as a bisection needs them. Nothing is written into it.
#ifndef LAB_BISECT_HISTORY_H
#define LAB_BISECT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

struct history {
	const char *source; /* as the user named it */
	char program[4096]; /* git */
	char folder[4096];  /* the repository's own */
};

/* Commits, by their ids in full. Starts as { 0 }. */
struct commits {
	char **ids; /* (owned) each */
	size_t n;
};

void commits_add(struct commits *commits, const char *id);
bool commits_have(const struct commits *commits, const char *id);
void commits_free(struct commits *commits);

/* Finds git and the repository that the folder `source` is of; false with a sentence, and the exit status in *status. */
bool history_open(struct history *history, const char *source, char **why, int *status);

/* The commit that a revision means, the caller's; NULL with a sentence that has the nearest name. */
char *history_resolve(const struct history *history, const char *revision, char **why);

/* Whether one commit is an ancestor of another, or the same. */
bool history_is_ancestor(const struct history *history, const char *one, const char *other);

/* The last commit that both come from, the caller's, or NULL. */
char *history_merge_base(const struct history *history, const char *one, const char *other);

/*
 * The commits that `bad` has and none of `good` does: those in which something broken in `bad` may have broken. The
 * one that divides them best is the first, the worst, which is `bad`, the last. False with a sentence.
 */
bool history_suspects(const struct history *history, const char *bad, const struct commits *good,
		      struct commits *suspects, char **why);

/* Title, and author with date, of a commit; the caller's. */
char *history_title(const struct history *history, const char *id);
char *history_author(const struct history *history, const char *id);

#endif
