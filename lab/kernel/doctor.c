// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel doctor: what each kernel lacks, and the cure.
#include "lab/kernel/kernel.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/kernel/catalog.h"
#include "lab/kernel/script.h"
#include "lab/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: pathlab kernel doctor [NAME...]\n"
	"\n"
	"Says of each kernel, or of those named, whether scenarios can run on it, why not, and the cure.\n"
	"Nothing is changed.\n"
	"\n"
	"Exit status: 0 those named can run, or the default one when none is; 2 a name is no kernel's;\n"
	"3 something is missing.\n";

/* A User-Mode Linux kernel says its version when it is asked; false with a sentence when it does not. */
static bool ask_version(const char *program, char *version, size_t size, char **why)
{
	char *const arguments[] = { (char *)program, (char *)"--version", NULL };

	if (program_ask(arguments, STDOUT_FILENO, version, size) == 0 && *version)
		return true;
	*why = text_format("%s is no User-Mode Linux kernel that this machine can start", program);
	return false;
}

/* Why a guest cannot be built here, in the words of what builds it; NULL when it can. (owned) */
static char *ask_build(const char *name)
{
	struct script script;
	char line[1024];

	if (!script_find("build", &script))
		return text_format("%s, which builds kernels, is missing", script.path);
	char *const arguments[] = { script.path, (char *)"--check", (char *)name, NULL };

	if (program_ask(arguments, STDERR_FILENO, line, sizeof(line)) == 0)
		return NULL;
	return text_format("%s", *line ? line : "guest/build cannot be run");
}

static void put_line(const char *state, const char *name, const char *text)
{
	printf("%-8s  %-18s ", state, name);
	text_put(stdout, text);
	putchar('\n');
}

static void put_field(const char *name, const char *text)
{
	printf("%10s%-18s ", "  ", name);
	text_put(stdout, text);
	putchar('\n');
}

static void print_absent(const struct catalog_entry *entry, bool required)
{
	bool is_built = entry->cure && entry->kernel.kind == KERNEL_KIND_UML;
	char *lack = is_built ? ask_build(entry->name) : NULL;

	put_line(required ? "MISSING" : "absent", entry->name, entry->why);
	if (lack)
		put_field("  to build it", lack);
	if (entry->cure)
		put_field("  cure", entry->cure);
	free(lack);
}

static bool print_entry(const struct catalog_entry *entry, bool required)
{
	bool is_uml = entry->ready && entry->kernel.kind == KERNEL_KIND_UML;
	char version[256] = "", *why = NULL, *text;
	bool good = entry->ready;

	if (is_uml)
		good = ask_version(entry->kernel.program, version, sizeof(version), &why);
	if (good) {
		text = text_format("Linux %s%s%s",
				   is_uml	  ? version :
				   entry->version ?:
						    "?",
				   *entry->kernel.program ? ", " : "", entry->kernel.program);
		put_line("ok", entry->name, text);
		free(text);
	} else if (why) {
		put_line(required ? "MISSING" : "absent", entry->name, why);
		text = text_format("build it anew: pathlab kernel build %s", entry->name);
		put_field("  cure", text);
		free(text);
		free(why);
	} else {
		print_absent(entry, required);
	}
	return good;
}

int kernel_doctor_main(int argc, char **argv)
{
	struct catalog catalog;
	int status = EXIT_EXPECTED;

	if (!parse_command_options("pathlab kernel doctor", usage, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		catalog_read_names(&catalog, argv, argc);
	else
		catalog_read(&catalog);
	for (size_t i = 0; i < catalog.n; i++) {
		const struct catalog_entry *entry = &catalog.entries[i];
		bool required = argc > 0 || strcmp(entry->name, KERNEL_DEFAULT) == 0;

		if (!print_entry(entry, required) && required)
			status = entry->there || entry->cure ? EXIT_LABORATORY : EXIT_USAGE;
	}
	catalog_free(&catalog);
	return status;
}
