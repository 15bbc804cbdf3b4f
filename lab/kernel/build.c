// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel build and fetch: the scripts that make kernels, found and given their arguments.
#include "lab/kernel/kernel.h"

#include "lab/commands.h"
#include "lab/kernel/script.h"
#include "lab/launch/kernels.h"

#include <getopt.h>
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

int kernel_build_main(int argc, char **argv)
{
	static const struct option options[] = { { "name", required_argument, NULL, 'n' },
						 { "source", required_argument, NULL, 's' },
						 { "revision", required_argument, NULL, 'r' },
						 { "variant", required_argument, NULL, 'v' },
						 { "jobs", required_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	const char *name = NULL, *source = NULL, *revision = NULL, *variant = NULL, *jobs = NULL;
	char *words[SCRIPT_WORDS_MAX];
	size_t n = 0;
	int option;

	while ((option = getopt_long(argc, argv, "j:h", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			name = optarg;
			break;
		case 's':
			source = optarg;
			break;
		case 'r':
			revision = optarg;
			break;
		case 'v':
			variant = optarg;
			break;
		case 'j':
			jobs = optarg;
			break;
		case 'h':
			fputs(build_usage, stdout);
			return EXIT_EXPECTED;
		default:
			fputs("See `pathlab kernel build --help`.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind > (name ? 0 : 1)) {
		fprintf(stderr,
			"pathlab kernel build makes one kernel at a time, \"%s\" is another\n",
			argv[argc - 1]);
		return EXIT_USAGE;
	}
	words[n++] = (char *)(name ?: optind < argc ? argv[optind] : KERNEL_DEFAULT);
	if (source) {
		words[n++] = (char *)"--source";
		words[n++] = (char *)source;
	}
	if (revision) {
		words[n++] = (char *)"--revision";
		words[n++] = (char *)revision;
	}
	if (variant) {
		words[n++] = (char *)"--variant";
		words[n++] = (char *)variant;
	}
	if (jobs) {
		words[n++] = (char *)"--jobs";
		words[n++] = (char *)jobs;
	}
	words[n++] = (char *)"--tell";
	return script_make_kernel("build", false, words, n);
}

int kernel_fetch_main(int argc, char **argv)
{
	static const struct option options[] = { { "package", required_argument, NULL, 'p' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	char *words[SCRIPT_WORDS_MAX];
	const char *package = NULL;
	size_t n = 0;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			package = optarg;
			break;
		case 'h':
			fputs(fetch_usage, stdout);
			return EXIT_EXPECTED;
		default:
			fputs("See `pathlab kernel fetch --help`.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		fputs(fetch_usage, stderr);
		return EXIT_USAGE;
	}
	if (argc - optind > 1) {
		fprintf(stderr,
			"pathlab kernel fetch takes one kernel at a time, \"%s\" is another\n",
			argv[argc - 1]);
		return EXIT_USAGE;
	}
	words[n++] = argv[optind];
	if (package) {
		words[n++] = (char *)"--package";
		words[n++] = (char *)package;
	}
	return script_make_kernel("fetch", false, words, n);
}
