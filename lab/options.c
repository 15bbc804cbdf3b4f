// SPDX-License-Identifier: GPL-2.0-only
// The options of a command, from a table; and the sentences for those that are wrong.
#include "lab/options.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX  24
#define WRITTEN_SIZE 48
/* What getopt_long(3) returns for long options: their position behind all letters. */
#define LONG_OPTION 256

/* A command's options and --help, also as getopt_long(3) takes them. */
struct table {
	struct command_option items[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 3];
	size_t n;
};

static void add_option(struct table *table, const struct command_option *option)
{
	bool has_value = !option->flag && !option->count;

	if (table->n == OPTIONS_MAX)
		abort();
	if (option->letter)
		sprintf(table->letters + strlen(table->letters), "%c%s", option->letter,
			has_value ? ":" : "");
	table->longs[table->n] = (struct option){ .name = option->name,
						  .has_arg = has_value,
						  .val = LONG_OPTION + (int)table->n };
	table->items[table->n++] = *option;
}

/* The option that getopt_long(3) means by `c`, and how it was given; an abbreviation is made whole. */
static const struct command_option *find_option(const struct table *table, int c,
						char written[WRITTEN_SIZE])
{
	const struct command_option *option = table->items;

	if (c >= LONG_OPTION) {
		option += c - LONG_OPTION;
		snprintf(written, WRITTEN_SIZE, "--%s", option->name);
		return option;
	}
	while (option->letter != c)
		option++;
	snprintf(written, WRITTEN_SIZE, "-%c", c);
	return option;
}

/* "expected A, B or C" */
static void put_expected(const char *prefix, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s%s",
			i == 0	   ? "expected " :
			i + 1 == n ? " or " :
				     ", ",
			prefix, names[i]);
}

static void put_nearest(const char *prefix, const char *name, const char *const *names, size_t n)
{
	const char *nearest = nearest_name(name, names, n);

	if (nearest)
		fprintf(stderr, "; did you mean \"%s%s\"?", prefix, nearest);
}

/* A long option that is none, or the beginning of several. */
static void put_unknown(const struct table *table, const char *word)
{
	const char *names[OPTIONS_MAX], *begun[OPTIONS_MAX];
	size_t length = strcspn(word, "="), n_begun = 0;
	char *name = strndup(word, length);

	if (!name)
		abort();
	for (size_t i = 0; i < table->n; i++) {
		names[i] = table->items[i].name;
		if (strncmp(names[i], name, length) == 0)
			begun[n_begun++] = names[i];
	}
	if (n_begun > 1) {
		fprintf(stderr, "option \"--%s\" is ambiguous, ", name);
		put_expected("--", begun, n_begun);
	} else {
		fputs("there is no option \"--", stderr);
		text_put(stderr, name);
		fputc('"', stderr);
		put_nearest("--", name, names, table->n);
	}
	free(name);
}

/* Says what getopt_long(3) means by `c`, ':' or '?', and optopt; `last` is the word that it looked at last. */
static void complain(const char *command, const struct table *table, int c, const char *last)
{
	char written[WRITTEN_SIZE];

	fprintf(stderr, "%s: ", command);
	if (optopt == 0) {
		put_unknown(table, last + strlen("--"));
	} else if (c == '?' && optopt < LONG_OPTION) {
		fputs("there is no option \"-", stderr);
		text_put(stderr, (char[]){ (char)optopt, '\0' });
		fputc('"', stderr);
	} else {
		find_option(table, optopt, written);
		fprintf(stderr, "option \"%s\" %s a value", written,
			c == ':' ? "needs" : "does not take");
	}
	fprintf(stderr, "\nSee `%s --help`.\n", command);
}

bool parse_option_number(const char *command, const char *written, const char *text, uint64_t least,
			 uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *value >= least && *value <= most)
		return true;
	fprintf(stderr,
		"%s: %s is \"%s\", expected a whole number from %" PRIu64 " to %" PRIu64 "\n",
		command, written, text, least, most);
	return false;
}

static bool take_word(const char *command, const char *written, const char *text,
		      const struct command_option *option)
{
	size_t n = 0;

	for (; option->words[n]; n++) {
		if (strcmp(option->words[n], text) == 0) {
			*option->word = (unsigned)n;
			return true;
		}
	}
	fprintf(stderr, "%s: %s is \"%s\", ", command, written, text);
	put_expected("", option->words, n);
	put_nearest("", text, option->words, n);
	fputc('\n', stderr);
	return false;
}

static bool take_value(const char *command, const char *written, char *value,
		       const struct command_option *option)
{
	if (option->flag)
		*option->flag = true;
	if (option->count)
		++*option->count;
	if (option->text)
		*option->text = value;
	if (option->words)
		return take_word(command, written, value, option);
	if (option->number)
		return parse_option_number(command, written, value, option->least, option->most,
					   option->number);
	return !option->take || option->take(command, written, value, option->to);
}

static bool parse_options(const char *command, const char *usage, const char *how,
			  const struct command_option *options, int *argc, char ***argv)
{
	char written[WRITTEN_SIZE];
	bool good = true, help = false;
	struct table table = { 0 };
	int c;

	strcpy(table.letters, how);
	for (; options && options->name; options++)
		add_option(&table, options);
	add_option(&table, &(struct command_option){ "help", 'h', .flag = &help });
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(*argc, *argv, table.letters, table.longs, NULL)) != -1) {
		if (c != '?' && c != ':') {
			const struct command_option *option = find_option(&table, c, written);

			if (good || option->flag)
				good &= take_value(command, written, optarg, option);
		} else if (good) {
			complain(command, &table, c, (*argv)[optind - 1]);
			good = false;
		}
		if (help && good) {
			fputs(usage, stdout);
			exit(fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY);
		}
	}
	*argc -= optind;
	*argv += optind;
	return good;
}

bool parse_command_options(const char *command, const char *usage,
			   const struct command_option *options, int *argc, char ***argv)
{
	return parse_options(command, usage, ":", options, argc, argv);
}

bool parse_leading_options(const char *command, const char *usage,
			   const struct command_option *options, int *argc, char ***argv)
{
	return parse_options(command, usage, "+:", options, argc, argv);
}

bool expect_no_words(const char *command, int argc, char *const *argv)
{
	if (argc > 0)
		fprintf(stderr, "%s takes no \"%s\"\n", command, argv[0]);
	return argc == 0;
}
