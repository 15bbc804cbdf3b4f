// SPDX-License-Identifier: GPL-2.0-only
// Endpoints that are programs of one's own: `run` and what goes with it.
#ifndef LAB_FRONT_PROGRAM_H
#define LAB_FRONT_PROGRAM_H

#include "lab/front/scenario.h"

/* The PATH of every program, and where they are looked for. */
#define PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct program {
	const char *path, *folder;	 /* absolute */
	json_t *arguments, *environment; /* borrowed from `json` */
	json_t *json;			 /* borrowed from the scenario: what the plan has of it */
	bool has_ready;
	const struct yaml *run;
	bool starts_by_step, has_input, awaited;
};

/* True for an endpoint that is a program: it has `run`. */
bool is_program(const struct yaml *entry);

/*
 * A program that no endpoint runs itself, under the key of its package: where it is missing the scenario cannot be run. False after a
 * sentence.
 */
bool program_need(struct scenario *scenario, const struct yaml *name);

/* program.c: everything about such an endpoint; false after a sentence. */
bool program_read(struct scenario *scenario, const struct yaml *entry, struct endpoint *endpoint);

/* The endpoint of that name, which must be a program; -1 after a sentence. */
long program_get(struct scenario *scenario, const struct yaml *name);

/* The program as the plan has it (a new reference). */
json_t *program_make(const struct endpoint *endpoint);

/* A regular expression for a line of output; NULL after a sentence. */
const char *program_get_line(struct front *front, const struct yaml *line);

/* program_steps.c: the steps `start`, `input`, and `signal`; `number`, `line` and `end` may be NULL. */
bool make_start(struct scenario *scenario, const struct yaml *what, struct step *step);
bool make_input(struct scenario *scenario, const struct yaml *what, const struct yaml *line,
		const struct yaml *end, struct step *step);
bool make_signal(struct scenario *scenario, const struct yaml *what, const struct yaml *number,
		 struct step *step);
/* A signal by its name, such as SIGTERM; 0 after a sentence. */
int get_signal(struct front *front, const struct yaml *node);

/* program_words.c: a command as a list of words, or as a text in which blanks separate them and quotes hold them together. */
bool program_get_words(struct front *front, const struct yaml *run, const char ***words,
		       size_t *count);

#endif
