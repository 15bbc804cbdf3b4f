// SPDX-License-Identifier: GPL-2.0-only
// Entries of the gallery of bugs, bugs/NAME (docs/formats.md, section 11).
#ifndef LAB_BUGS_BUG_H
#define LAB_BUGS_BUG_H

#include "lab/bugs/version.h"
#include "lab/front/yaml.h"

/* What a blank of an entry that was begun with `pathlab bugs new` begins with. */
#define BUG_BLANK "FILL IN"

enum bug_status { BUG_MENDED, BUG_OPEN, BUG_REFUTED };

/* How a kernel shows that it has the bug: the scenario fails, virtual time stands still, its console tells. */
enum bug_judge { BUG_BY_EXPECTATION, BUG_BY_WATCHDOG, BUG_BY_CONSOLE };

/* All strings live as long as the list. */
struct bug {
	const char *name, *folder, *scenario; /* the last two are paths */
	const char *summary;		      /* "" while it is missing */
	const char *commit, *introduced;      /* titles, or NULL */
	enum bug_status status;
	enum bug_judge judge;
	bool debug; /* only the variant debug notices */
	struct version_range *ranges;
	size_t n_ranges;
	const char **files; /* that its patches are for */
	size_t n_files;
	const char *unfinished; /* what it lacks, or NULL */
};

/* Starts as { 0 }. */
struct bug_list {
	struct arena arena;
	struct bug *items;
	size_t n;
};

/*
 * Reads entries by name or by the path of their folder; "all", or no name, means all in name order. False with
 * sentences when one is unknown or its bug.yaml wrong.
 */
bool bugs_read(char *const *names, int count, struct bug_list *list, struct diag *diag);
void bugs_free(struct bug_list *list);

/* The folder that holds the entries: `bugs` here, else beside the scenarios that came with the program. Static. */
const char *bugs_folder(void);

/* "mended", "open" or "refuted". */
const char *bug_status_name(enum bug_status status);

/* Whether kernels of that version have it, by `versions`. */
bool bug_is_in(const struct bug *bug, const struct version *version);

/* The versions that have it, in words, "" when nothing is known. (owned) */
char *describe_bug_versions(const struct bug *bug);

/*
 * The patch for sources of that version: the break.cocci of a mended bug, the mend.cocci of an open one, or what has the
 * version in its name (break-6.1.cocci). NULL when it has none. (owned)
 */
char *bug_patch(const struct bug *bug, const struct version *version);

#endif
