// SPDX-License-Identifier: GPL-2.0-only
// A row of the matrix in as few words as tell all of it: the common answer, and who answers otherwise.
#ifndef LAB_MATRIX_FOLD_H
#define LAB_MATRIX_FOLD_H

#include "lab/matrix/table.h"

/* What to fold: answer_of_call() or answer_of_second(). */
typedef char *answer_of(const json_t *record, int64_t *after_ns);

/* One answer and the cells that give it. */
struct fold_rule {
	char *who;    /* (owned) "one-to-many, nonblocking"; NULL: all that no other rule names */
	char *answer; /* (owned) */
	size_t cells;
	int64_t from_ns,
		to_ns; /* how long it took, from the quickest to the slowest; -1: unknown */
};

struct fold {
	struct fold_rule *rules; /* (owned) the common one first */
	size_t count;
};

/*
 * Folds the cells from `first` to before `end` on one kernel; those that were not run are left out. Answers count as
 * the same when their words are, and their times are not far apart. The common answer is the one most cells give; then
 * come rules over the axes, each of which holds unless a later one says otherwise, the one that is right for most
 * cells first. Deterministic.
 */
void fold_row(const struct table *table, size_t first, size_t end, size_t kernel, answer_of *answer,
	      struct fold *fold);

/* True when both have the same rules with the same answers, and times not far apart. */
bool fold_equal(const struct fold *a, const struct fold *b);

void fold_free(struct fold *fold);

#endif
