// SPDX-License-Identifier: GPL-2.0-only
// A command in a node of a network: what `pathlab exec` and `pathlab shell` share.
#ifndef LAB_EXEC_H
#define LAB_EXEC_H

#include "lab/launch/launch.h"

#include <stddef.h>

/* What is to be executed where; all borrowed. */
struct exec_request {
	const char *command;  /* "pathlab exec", for sentences */
	const char *topology; /* a name or a file */
	const char *node;
	const char *environment; /* as YAML, or NULL */
	char *const *words;	 /* the command, which ends with NULL */
	const char *terminal;	 /* "files" or "console" */
	bool by_hand;		 /* there are commands such as `fault` */
	const struct kernel *kernel;
	uint64_t seed;
	int64_t patience_ns;
};

/* The file that is this program: in a guest it is there, too. Static. */
const char *own_program(void);

/* The first node of a topology, for the caller to free; NULL when it cannot be read, which the plan will tell of. */
char *exec_first_node(const char *topology);

/*
 * The plan of a scenario in which that command is all there is; NULL after sentences that begin with `command`.
 */
json_t *exec_make_plan(const struct exec_request *request);

/*
 * Runs it: the guest's standard output and error are copied to ours while it runs. The exit status: the command's own,
 * 128 and the signal's number when it was killed, or 3 after a sentence.
 */
int exec_run(const struct exec_request *request, json_t *plan, const int stdio[3]);

#endif
