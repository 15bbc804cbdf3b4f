// SPDX-License-Identifier: GPL-2.0-only
// pathlab list: the scenarios and topologies there are, with their summaries.
#include <ctype.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lab/common/text.h"
#include "lab/front/commands.h"
#include "lab/front/find.h"
#include "lab/front/yaml.h"
#include "lab/options.h"

static const char usage[] =
	"usage: pathlab list [--json] [scenarios|topologies]\n"
	"\n"
	"Shows the names of all scenarios and topologies, in ./scenarios, ./topologies and those that came\n"
	"with pathlab, and what each is about: the first sentence of its summary, cut to the terminal.\n"
	"\n"
	"  --json      print one JSON object: lists of name, file and the whole summary\n"
	"  -h, --help  print this\n";

#define UNREADABLE	  "(cannot be read: see \"pathlab validate\")"
#define SUMMARY_WIDTH_MIN 30
#define NAME_WIDTH_MAX	  34

/* The summary of a scenario or topology; lives in the arena. */
static const char *read_summary(struct arena *arena, const char *file)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	const struct yaml *root = yaml_load(&front, file);
	const char *summary = UNREADABLE;

	for (const struct yaml *entry = root && root->type == YAML_MAP ? root->first : NULL; entry;
	     entry = entry->next) {
		if (strcmp(entry->key, "summary") == 0 && entry->type == YAML_SCALAR &&
		    diag_ok(&diag))
			summary = entry->text;
	}
	summary = arena_strdup(arena, summary);
	diag_clear(&diag);
	arena_free(&front.arena);
	return summary;
}

/* Columns of the terminal; SIZE_MAX when standard output is none, so that nothing is cut. */
static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return SIZE_MAX;
	if (columns && atoi(columns) > 0)
		return (size_t)atoi(columns);
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* Length of the first sentence: up to a mark that blanks and no small letter follow. */
static size_t sentence_length(const char *text)
{
	size_t i = 0;

	for (; text[i]; i++) {
		size_t blanks = strspn(text + i + 1, " \t\n\r");

		if (strchr(".!?", text[i]) && blanks > 0 &&
		    !islower((unsigned char)text[i + 1 + blanks]))
			return i + 1;
	}
	return i;
}

/* Prints the first sentence, cut with "..." at the end of the last word that fits into the columns. */
static void print_sentence(const char *text, size_t columns)
{
	size_t length = sentence_length(text);
	char *sentence = text_format("%.*s", (int)length, text);

	while (length > 0 && isspace((unsigned char)sentence[length - 1]))
		sentence[--length] = '\0';
	for (char *at = sentence; *at; at++)
		if (isspace((unsigned char)*at))
			*at = ' ';
	if (text_width(sentence) > columns) {
		char *blank;

		do {
			blank = strrchr(sentence, ' ');
			/* a word longer than the terminal is cut where it stands, whole characters at a time */
			if (!blank)
				blank = sentence + strlen(sentence) - 1;
			while (blank > sentence && ((unsigned char)*blank & 0xc0) == 0x80)
				blank--;
			*blank = '\0';
		} while (*sentence && text_width(sentence) + strlen("...") > columns);
		text_put(stdout, sentence);
		fputs("...", stdout);
	} else {
		text_put(stdout, sentence);
	}
	putchar('\n');
	free(sentence);
}

static void print_list(const char *title, const struct found_list *list)
{
	size_t width = terminal_width(), longest = 0;
	struct arena arena = { 0 };

	printf("%s\n", title);
	for (size_t i = 0; i < list->count; i++) {
		size_t length = text_width(list->items[i].name);

		longest = length > longest ? length : longest;
	}
	/* a few long names push their own summaries aside, not all */
	longest = longest < NAME_WIDTH_MAX || width == SIZE_MAX ? longest : NAME_WIDTH_MAX;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].name;
		size_t length = text_width(name);
		size_t indent = (length > longest ? length : longest) + 4;

		fputs("  ", stdout);
		text_put(stdout, name);
		/* on a narrow terminal the summary goes below the name */
		if (indent + SUMMARY_WIDTH_MIN > width) {
			indent = 6;
			printf("\n%*s", (int)indent, "");
		} else {
			printf("%*s", (int)(indent - 2 - length), "");
		}
		print_sentence(read_summary(&arena, list->items[i].file),
			       width > indent ? width - indent : 0);
	}
	arena_free(&arena);
}

static json_t *make_json(const struct found_list *list)
{
	struct arena arena = { 0 };
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s}", "name", list->items[i].name,
						"file", list->items[i].file, "summary",
						read_summary(&arena, list->items[i].file)));
	arena_free(&arena);
	return array;
}

int list_main(int argc, char **argv)
{
	static const char *const kinds[] = { "scenarios", "topologies" };
	struct found_list lists[2] = { { 0 }, { 0 } };
	bool wanted[2] = { true, true }, as_json = false;
	const struct command_option options[] = { { "json", .flag = &as_json }, { 0 } };
	struct diag diag = { 0 };
	json_t *json;

	if (!parse_command_options("pathlab list", usage, options, &argc, &argv))
		return 2;
	for (int i = 0; i < 2 && argc > 0; i++)
		wanted[i] = strcmp(argv[0], kinds[i]) == 0;
	if (argc > 1 || (!wanted[0] && !wanted[1])) {
		const char *near = nearest_name(argv[0], kinds, 2);

		fprintf(stderr, "pathlab list shows scenarios or topologies, not \"%s\"%s%s%s\n",
			argv[argc - 1], near ? "; did you mean \"" : "", near ? near : "",
			near ? "\"?" : "");
		return 2;
	}
	if (wanted[0])
		find_scenarios(NULL, 0, &lists[0], &diag);
	if (wanted[1])
		find_topologies(&lists[1]);
	json = as_json ? json_object() : NULL;
	for (int i = 0; i < 2; i++) {
		if (!wanted[i])
			continue;
		if (as_json)
			json_object_set_new(json, kinds[i], make_json(&lists[i]));
		else
			print_list(kinds[i], &lists[i]);
	}
	if (as_json) {
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(json);
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	for (int i = 0; i < 2; i++)
		found_list_free(&lists[i]);
	return 0;
}
