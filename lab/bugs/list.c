// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs list and show: the gallery without running anything.
#include "lab/bugs/bug.h"
#include "lab/bugs/bugs.h"
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/options.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_usage[] =
	"usage: pathlab bugs list [--json]\n"
	"\n"
	"Shows all entries of the gallery: name, status, symptom, and what one lacks that is not finished.\n"
	"\n"
	"      --json  print one JSON object\n"
	"  -h, --help  print this\n";

static const char show_usage[] = "usage: pathlab bugs show NAME...\n"
				 "\n"
				 "Prints what the entry tells: its facts, then its README.md.\n";

static json_t *bug_to_json(const struct bug *bug)
{
	char *versions = describe_bug_versions(bug);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:b, s:s, s:s?}", "name", bug->name,
				 "status", bug_status_name(bug->status), "summary", bug->summary,
				 "commit", bug->commit, "versions", versions, "debug", bug->debug,
				 "folder", bug->folder, "unfinished", bug->unfinished);

	free(versions);
	return json;
}

static void put_list_json(const struct bug_list *list)
{
	json_t *bugs = json_array(), *root = json_pack("{s:o}", "bugs", bugs);

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(bugs, bug_to_json(&list->items[i]));
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static void put_list(const struct bug_list *list)
{
	size_t width = 0;

	for (size_t i = 0; i < list->n; i++)
		if (text_width(list->items[i].name) > width)
			width = text_width(list->items[i].name);
	for (size_t i = 0; i < list->n; i++) {
		const struct bug *bug = &list->items[i];

		text_put(stdout, bug->name);
		printf("%*s  ", (int)(width - text_width(bug->name)), "");
		if (bug->unfinished) {
			fputs("unfinished: ", stdout);
			text_put(stdout, bug->unfinished);
		} else {
			printf("%-7s  ", bug_status_name(bug->status));
			text_put(stdout, bug->summary);
		}
		putchar('\n');
	}
}

int bugs_list_main(int argc, char **argv)
{
	struct bug_list list = { 0 };
	struct diag diag = { 0 };
	bool json = false, good;
	const struct command_option options[] = { { "json", .flag = &json }, { 0 } };

	if (!parse_command_options("pathlab bugs list", list_usage, options, &argc, &argv) ||
	    !expect_no_words("pathlab bugs list", argc, argv))
		return EXIT_USAGE;
	good = bugs_read(NULL, 0, &list, &diag);
	diag_print(&diag, stderr);
	if (good && json)
		put_list_json(&list);
	else if (good)
		put_list(&list);
	diag_clear(&diag);
	bugs_free(&list);
	return good ? EXIT_EXPECTED : EXIT_USAGE;
}

static void put_fact(const char *name, const char *text)
{
	if (!text || !*text)
		return;
	printf("  %-10s  ", name);
	text_put(stdout, text);
	putchar('\n');
}

/* The page as it is, line by line and harmless. */
static void put_page(const struct bug *bug)
{
	char *path = text_format("%s/README.md", bug->folder), *line = NULL;
	FILE *in = fopen(path, "re");
	size_t size = 0;
	ssize_t length;

	while (in && (length = getline(&line, &size, in)) >= 0) {
		if (length > 0 && line[length - 1] == '\n')
			line[length - 1] = '\0';
		text_put(stdout, line);
		putchar('\n');
	}
	if (in)
		fclose(in);
	free(line);
	free(path);
}

static void put_bug(const struct bug *bug)
{
	char *versions = describe_bug_versions(bug);

	text_put(stdout, bug->name);
	fputs(": ", stdout);
	text_put(stdout, bug->summary);
	putchar('\n');
	put_fact("status", bug_status_name(bug->status));
	put_fact("unfinished", bug->unfinished);
	put_fact("mended by", bug->commit);
	put_fact("brought by", bug->introduced);
	put_fact("versions", versions);
	put_fact("notices", bug->debug ? "only the variant debug of a kernel" : NULL);
	put_fact("scenario", bug->scenario);
	putchar('\n');
	put_page(bug);
	free(versions);
}

int bugs_show_main(int argc, char **argv)
{
	struct bug_list list = { 0 };
	struct diag diag = { 0 };
	bool good;

	if (!parse_command_options("pathlab bugs show", show_usage, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs(show_usage, stderr);
		return EXIT_USAGE;
	}
	good = bugs_read(argv, argc, &list, &diag);
	diag_print(&diag, stderr);
	for (size_t i = 0; i < list.n && good; i++) {
		if (i)
			putchar('\n');
		put_bug(&list.items[i]);
	}
	diag_clear(&diag);
	bugs_free(&list);
	return good ? EXIT_EXPECTED : EXIT_USAGE;
}
