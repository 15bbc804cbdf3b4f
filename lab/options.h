// SPDX-License-Identifier: GPL-2.0-only
// The options of a command, from a table; and the sentences for those that are wrong.
#ifndef LAB_OPTIONS_H
#define LAB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An option: its long name, its letter or 0, and where its value goes, which says what it takes.
 * A table of them ends with { 0 }; -h and --help are in each unasked.
 */
struct command_option {
	const char *name;
	char letter;
	bool *flag;	   /* no value: it is given */
	int *count;	   /* no value: how often it is given */
	const char **text; /* any value */
	uint64_t *
		number; /* a whole number from `least` to `most`; with `text` too, that as it is written */
	uint64_t least, most;
	const char *const *words; /* one of these, of which NULL is the end; its position */
	unsigned *word;
	/* Anything else; false after a sentence. `written` is the option as it was given: "-k" or "--kernel". */
	bool (*take)(const char *command, const char *written, char *value, void *to);
	void *to;
};

/*
 * Reads the options of a command into what has the defaults; *argv are its words then, without its
 * name, and *argc their number. `options` may be NULL for none. False after a sentence, which begins
 * with `command`, such as "pathlab run"; what follows a mistake is looked through for flags only.
 * `--help` prints `usage` and ends the program.
 */
bool parse_command_options(const char *command, const char *usage,
			   const struct command_option *options, int *argc, char ***argv);

/* The same for a command whose first word begins another one: what follows that is not its own. */
bool parse_leading_options(const char *command, const char *usage,
			   const struct command_option *options, int *argc, char ***argv);

/* Reads a whole number from `least` to `most`; false after a sentence that begins with `command`. */
bool parse_option_number(const char *command, const char *written, const char *text, uint64_t least,
			 uint64_t most, uint64_t *value);

/* True when there are no words; else false after a sentence. */
bool expect_no_words(const char *command, int argc, char *const *argv);

#endif
