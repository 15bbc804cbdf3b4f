// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel list: which kernels there are, and how to have the others.
#include "lab/kernel/kernel.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/kernel/catalog.h"
#include "lab/options.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: pathlab kernel list [--json]\n"
	"\n"
	"Shows all kernels that scenarios can run on, and how to have those that are not there.\n"
	"\n"
	"  --json      print one JSON object\n"
	"  -h, --help  print this\n";

enum { COLUMNS = 6 };

/* The cells of a row; each is the caller's. */
static void make_row(const struct catalog_entry *entry, char *row[COLUMNS])
{
	bool is_default = strcmp(entry->name, KERNEL_DEFAULT) == 0;

	row[0] = text_format("%s", entry->name);
	row[1] = text_format("%s", entry->ready ? "ready" : "absent");
	row[2] = text_format("%s", entry->version ?: "-");
	row[3] = entry->hz ? text_format("%" PRId64, entry->hz) : text_format("-");
	row[4] = entry->bytes ? text_format("%.1f MB", (double)entry->bytes / 1e6) :
				text_format("-");
	if (entry->ready)
		row[5] = text_format("%s%s", entry->source ?: "a kernel of yours",
				     is_default ? "; the default" : "");
	else if (entry->cure)
		row[5] = text_format("make it ready with: %s", entry->cure);
	else
		row[5] = text_format("%s", entry->why);
}

static void print_catalog(const struct catalog *catalog)
{
	static const char *const titles[COLUMNS] = { "NAME", "STATE", "VERSION",
						     "HZ",   "SIZE",  "SOURCE" };
	char *(*rows)[COLUMNS] = calloc(catalog->n + 1, sizeof(*rows));
	size_t widths[COLUMNS] = { 0 };

	if (!rows)
		abort();
	for (size_t c = 0; c < COLUMNS; c++)
		rows[0][c] = text_format("%s", titles[c]);
	for (size_t i = 0; i < catalog->n; i++)
		make_row(&catalog->entries[i], rows[i + 1]);
	for (size_t i = 0; i <= catalog->n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			if (text_width(rows[i][c]) > widths[c])
				widths[c] = text_width(rows[i][c]);
	for (size_t i = 0; i <= catalog->n; i++) {
		for (size_t c = 0; c < COLUMNS; c++) {
			text_put(stdout, rows[i][c]);
			if (c + 1 < COLUMNS)
				printf("%*s", (int)(widths[c] - text_width(rows[i][c]) + 2), "");
			free(rows[i][c]);
		}
		putchar('\n');
	}
	free(rows);
}

static const char *const kinds[] = {
	[KERNEL_KIND_UML] = "uml", [KERNEL_KIND_HOST] = "host", [KERNEL_KIND_VM] = "vm"
};

static void print_json(const struct catalog *catalog)
{
	json_t *all = json_array(), *document;

	for (size_t i = 0; i < catalog->n; i++) {
		const struct catalog_entry *entry = &catalog->entries[i];
		bool has_file = entry->ready && *entry->kernel.program;

		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:b, s:b, s:s?, s:s?, s:o, s:o, s:s?, s:s?, s:s?}",
				  "name", entry->name, "kind", kinds[entry->kernel.kind], "ready",
				  entry->ready, "default", strcmp(entry->name, KERNEL_DEFAULT) == 0,
				  "version", entry->version, "source", entry->source, "hz",
				  entry->hz ? json_integer(entry->hz) : json_null(), "bytes",
				  entry->bytes ? json_integer(entry->bytes) : json_null(), "file",
				  has_file ? entry->kernel.program : NULL, "why", entry->why,
				  "cure", entry->cure));
	}
	document = json_pack("{s:i, s:o}", "pathlab_kernels", 1, "kernels", all);
	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(document);
}

int kernel_list_main(int argc, char **argv)
{
	struct catalog catalog;
	bool as_json = false;
	const struct command_option options[] = { { "json", .flag = &as_json }, { 0 } };

	if (!parse_command_options("pathlab kernel list", usage, options, &argc, &argv) ||
	    !expect_no_words("pathlab kernel list", argc, argv))
		return EXIT_USAGE;
	catalog_read(&catalog);
	if (as_json)
		print_json(&catalog);
	else
		print_catalog(&catalog);
	catalog_free(&catalog);
	return fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY;
}
