// SPDX-License-Identifier: GPL-2.0-only
// A test of one revision of a kernel: it is built, a scenario runs on it, and the verdict says what the revision is.
#ifndef LAB_BISECT_PROBE_H
#define LAB_BISECT_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mark {
	MARK_GOOD,    /* the verdict is ok, with every seed */
	MARK_BAD,     /* it is not, with one seed at least */
	MARK_SKIP,    /* this revision does not build, or the scenario cannot be run on it */
	MARK_TROUBLE, /* no revision can be tested here; or interrupted */
};

/* What each revision is tested with. All is borrowed. */
struct probe {
	const char *name, *file; /* of the scenario */
	const json_t *plan;
	const char *set_words; /* " --set NAME=VALUE" of each, for the replay line */
	const uint64_t *seeds;
	size_t n_seeds;
	int64_t patience_ns;
	const char *kernel, *source, *jobs; /* what is built, of what, and -j or NULL */
};

struct finding {
	enum mark mark;
	int status; /* the exit status for trouble */
	char *outcome; /* (owned) a few words of what happened, or why the revision is skipped; NULL for trouble */
	char *details; /* (owned) what was not as expected, and the command that runs it again; or NULL */
	int64_t build_ns, run_ns; /* of real time */
};

/*
 * Takes the kernel's name until this process ends, so that no other one builds something else under it meanwhile; false
 * after a sentence.
 */
bool probe_lock(const struct probe *probe);

/* Builds a revision, the tree as it is for NULL, and runs the scenario. What is wrong with a build stands on standard error. */
struct finding probe_revision(const struct probe *probe, const char *revision);

/* Builds alone: good, to be skipped, or trouble. */
enum mark probe_build(const struct probe *probe, const char *revision, int *status);

void finding_free(struct finding *finding);

/* "good", "bad" or "skip". */
const char *mark_name(enum mark mark);

#endif
