// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel: the kernels that scenarios run on.
#include "lab/commands.h"
#include "lab/front/nearest.h"
#include "lab/kernel/kernel.h"
#include "lab/options.h"

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
	const char *nearest;

	if (!parse_leading_options("pathlab kernel", usage, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argv[0], names[i]) == 0)
			return mains[i](argc, argv);
	}
	nearest = nearest_name(argv[0], names, sizeof(names) / sizeof(names[0]));
	fprintf(stderr, "pathlab kernel: no command \"%s\"; did you mean \"%s\"?\n", argv[0],
		nearest ?: "list");
	return EXIT_USAGE;
}
