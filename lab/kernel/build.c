// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel build and fetch: the scripts that make kernels, found and given their arguments.
#include "lab/kernel/kernel.h"

#include "lab/commands.h"
#include "lab/kernel/script.h"
#include "lab/launch/kernels.h"
#include "lab/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char build_usage[] =
	"usage: pathlab kernel build [NAME] [--source PATH] [--revision REV] [--variant debug] [-j N]\n"
	"\n"
	"Builds a kernel as a guest, User-Mode Linux, and gives it a name for --kernel. " KERNEL_DEFAULT
	" is\n"
	"the default; it and uml-6.1 come from the distribution's sources, any other name needs --source.\n"
	"\n"
	"      --name NAME     the same as NAME alone\n"
	"      --source PATH   a kernel source tree or tarball. Of a tree only what changed since the last\n"
	"                      build is compiled; nothing is written into it. A name that was built from\n"
	"                      a tree before is built from that one when none is given\n"
	"      --revision REV  of a git repository, this revision. Nothing is checked out\n"
	"      --variant debug KASAN, lockdep, kmemleak and debugging information, as NAME-debug\n"
	"  -j, --jobs N        compile N files at a time (default: one a processor)\n"
	"  -h, --help          show this\n"
	"\n"
	"Exit status: 0 ready, 1 it did not compile, 2 usage or no kernel source, 3 something or room is missing.\n";

static const char fetch_usage[] =
	"usage: pathlab kernel fetch NAME [--package P]\n"
	"\n"
	"Fetches a distribution's own kernel, vm-6.12 or vm-6.1, to be run under QEMU. Nothing is installed.\n"
	"\n"
	"      --package P  the kernel's package, or a file of one; then NAME is vm- and what you like\n"
	"  -h, --help       show this\n"
	"\n"
	"Exit status: 0 ready, 1 the package is of no use, 2 usage, 3 something or room is missing.\n";

/* The words for a script that makes a kernel: its name and the options that were given. */
struct words {
	char *items[SCRIPT_WORDS_MAX];
	size_t n;
};

static void add_word(struct words *words, const char *option, const char *value)
{
	if (!value)
		return;
	words->items[words->n++] = (char *)option;
	words->items[words->n++] = (char *)value;
}

int kernel_build_main(int argc, char **argv)
{
	const char *name = NULL, *source = NULL, *revision = NULL, *variant = NULL, *jobs = NULL;
	const struct command_option options[] = {
		{ "name", .text = &name },
		{ "source", .text = &source },
		{ "revision", .text = &revision },
		{ "variant", .text = &variant },
		{ "jobs", 'j', .text = &jobs }, /* the script reads the number */
		{ 0 },
	};
	struct words words = { 0 };

	if (!parse_command_options("pathlab kernel build", build_usage, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc > (name ? 0 : 1)) {
		fprintf(stderr,
			"pathlab kernel build makes one kernel at a time, \"%s\" is another\n",
			argv[argc - 1]);
		return EXIT_USAGE;
	}
	words.items[words.n++] = (char *)(name ?: argc > 0 ? argv[0] : KERNEL_DEFAULT);
	add_word(&words, "--source", source);
	add_word(&words, "--revision", revision);
	add_word(&words, "--variant", variant);
	add_word(&words, "--jobs", jobs);
	words.items[words.n++] = (char *)"--tell";
	return script_make_kernel("build", false, words.items, words.n);
}

int kernel_fetch_main(int argc, char **argv)
{
	const char *package = NULL;
	const struct command_option options[] = { { "package", .text = &package }, { 0 } };
	struct words words = { 0 };

	if (!parse_command_options("pathlab kernel fetch", fetch_usage, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs(fetch_usage, stderr);
		return EXIT_USAGE;
	}
	if (argc > 1) {
		fprintf(stderr,
			"pathlab kernel fetch takes one kernel at a time, \"%s\" is another\n",
			argv[argc - 1]);
		return EXIT_USAGE;
	}
	words.items[words.n++] = argv[0];
	add_word(&words, "--package", package);
	return script_make_kernel("fetch", false, words.items, words.n);
}
