// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel: the kernels that scenarios run on.
#include "lab/commands.h"
#include "lab/front/nearest.h"
#include "lab/kernel/kernel.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: pathlab kernel list [--json]\n"
	"       pathlab kernel build [NAME] [--source PATH] [--variant debug] [-j N]\n"
	"       pathlab kernel fetch NAME [--package P]\n"
	"       pathlab kernel doctor [NAME...]\n"
	"\n"
	"  list    show all kernels, and how to have those that are not there\n"
	"  build   build a guest, from the distribution's sources or your own\n"
	"  fetch   fetch a distribution's own kernel, without installing it\n"
	"  doctor  say what each kernel lacks, and the cure\n"
	"\n"
	"`pathlab kernel COMMAND --help` tells more.\n";

int kernel_main(int argc, char **argv)
{
	static const char *const names[] = { "list", "build", "fetch", "doctor" };
	static int (*const mains[])(int, char **) = { kernel_list_main, kernel_build_main,
						      kernel_fetch_main, kernel_doctor_main };
	static char full[32];
	const char *nearest;

	if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(usage, stdout);
		return EXIT_EXPECTED;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argv[1], names[i]) == 0) {
			/* for the sentences of getopt_long(3) */
			snprintf(full, sizeof(full), "pathlab kernel %s", names[i]);
			argv[1] = full;
			return mains[i](argc - 1, argv + 1);
		}
	}
	nearest = nearest_name(argv[1], names, sizeof(names) / sizeof(names[0]));
	fprintf(stderr, "pathlab kernel: no command \"%s\"; did you mean \"%s\"?\n", argv[1],
		nearest ?: "list");
	return EXIT_USAGE;
}
