// SPDX-License-Identifier: GPL-2.0-only
// pathlab kernel: the kernels that scenarios run on.
#include "lab/commands.h"
#include "lab/kernel/kernel.h"

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
	static const struct command commands[] = {
		{ "list", .main = kernel_list_main },
		{ "build", .main = kernel_build_main },
		{ "fetch", .main = kernel_fetch_main },
		{ "doctor", .main = kernel_doctor_main },
		{ 0 },
	};

	return run_command_of("pathlab kernel", usage, commands, argc, argv);
}
