// SPDX-License-Identifier: GPL-2.0-only
// The scripts that make kernels: guest/build and others beside it. Never on the way of a run.
#ifndef LAB_KERNEL_SCRIPT_H
#define LAB_KERNEL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct script {
	char path[4300];
	bool in_source; /* in a source tree, where links to kernels go into its build folder unasked */
	bool to_stderr; /* what it prints goes to our standard error */
};

/* Finds a script: in the source tree that pathlab was built in, else in PREFIX/lib/pathlab/kernel. */
bool script_find(const char *name, struct script *script);

/* Where links to kernels go, when not where the script puts them unasked (NULL). Static. */
const char *script_link_folder(const struct script *script);

/*
 * Runs it with these arguments, the last NULL, and its output as ours; returns its exit status, 128 and the signal when
 * one ended it. What interrupts us is for the script to clean up after, and is waited for.
 */
int script_run(const struct script *script, char *const *arguments);

/* Runs guest/build or another script that makes a kernel, with these n words and a place for links in `words`, of so much room. */
#define SCRIPT_WORDS_MAX 32
int script_make_kernel(const char *name, bool to_stderr, char *words[SCRIPT_WORDS_MAX], size_t n);

/*
 * Runs a program by its path, the first of the arguments, of which the last is NULL, and without a shell. Keeps its standard
 * output or error, as the descriptor says, in `text`, which is the caller's; its exit status, or -1.
 */
int program_ask_all(char *const *arguments, int descriptor, char **text);

/* The same, but keeps the first line alone, "" for none. */
int program_ask(char *const *arguments, int descriptor, char *line, size_t size);

#endif
