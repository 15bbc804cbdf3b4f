// SPDX-License-Identifier: GPL-2.0-only
// pathlab exec: one command in a node of a network.
#include "lab/commands.h"
#include "lab/exec.h"
#include "lab/options.h"
#include "lab/run_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COMMAND "pathlab exec"

static const char usage[] =
	"usage: pathlab exec [OPTION...] TOPOLOGY NODE [--] COMMAND [ARGUMENT...]\n"
	"\n"
	"Builds the network of a topology and runs a command in one of its nodes. In a guest, where time\n"
	"is virtual, the command sees the files of this machine and can change none.\n"
	"\n"
	"  -i, --stdin          read standard input to its end first, and give it to the command\n"
	"  -k, --kernel NAME    what to run on: a guest such as " KERNEL_DEFAULT
	" (the default), or host\n"
	"      --seed N         seed of all randomness, 0 to 2^64-1 (default: 1)\n"
	"      --timeout S      end a guest that shows no progress for S seconds of real time\n"
	"                       (default: 30)\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: that of the command, 128 and the number of the signal that killed it; 2 usage or bad\n"
	"input, 3 the laboratory itself could not run.\n";

struct options {
	const char *kernel_name;
	bool reads_stdin;
};

static bool parse_options(int argc, char **argv, struct options *options,
			  struct exec_request *request)
{
	const struct command_option table[] = {
		{ "stdin", 'i', .flag = &options->reads_stdin },
		{ "kernel", 'k', .text = &options->kernel_name },
		{ "seed", .number = &request->seed, .most = UINT64_MAX },
		{ "timeout", .take = take_run_patience, .to = &request->patience_ns },
		{ 0 },
	};

	if (!parse_leading_options(COMMAND, usage, table, &argc, &argv))
		return false;
	if (argc < 3 || (argc == 3 && !strcmp(argv[2], "--"))) {
		fputs(COMMAND
		      ": expected a topology, a node and a command; see `pathlab exec --help`\n",
		      stderr);
		return false;
	}
	request->topology = argv[0];
	request->node = argv[1];
	request->words = argv + 2 + !strcmp(argv[2], "--");
	return true;
}

/* Standard input to its end, in memory; -1 and errno. */
static int read_stdin(void)
{
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	char buffer[65536];
	ssize_t n;

	while (fd >= 0 && (n = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buffer, n) != n)
			return -1;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* On a host the command has our own descriptors; a guest has files, which are copied. */
static bool open_stdio(const struct options *options, const struct kernel *kernel, int stdio[3])
{
	bool host = kernel->kind == KERNEL_KIND_HOST;

	if (options->reads_stdin)
		stdio[0] = host ? STDIN_FILENO : read_stdin();
	else
		stdio[0] = host ? open("/dev/null", O_RDONLY | O_CLOEXEC) :
				  memfd_create("stdin", MFD_CLOEXEC);
	stdio[1] = host ? STDOUT_FILENO : memfd_create("stdout", MFD_CLOEXEC);
	stdio[2] = host ? STDERR_FILENO : memfd_create("stderr", MFD_CLOEXEC);
	if (stdio[0] >= 0 && stdio[1] >= 0 && stdio[2] >= 0)
		return true;
	fprintf(stderr, COMMAND ": cannot hold the command's input and output: %s\n",
		strerror(errno));
	return false;
}

/* Under QEMU nothing carries a command's input and output as they are. */
static bool check_kernel(const struct kernel *kernel, int *status)
{
	if (kernel->kind != KERNEL_KIND_VM)
		return true;
	fprintf(stderr,
		COMMAND ": a command needs a guest under User-Mode Linux such as " KERNEL_DEFAULT
			", or host, and %s is neither; a scenario whose endpoint runs the command "
			"takes any kernel\n",
		kernel->name);
	*status = EXIT_USAGE;
	return false;
}

int exec_main(int argc, char **argv)
{
	struct exec_request request = {
		.command = COMMAND,
		.terminal = "files",
		.seed = RUN_SEED_DEFAULT,
		.patience_ns = RUN_PATIENCE_DEFAULT_NS,
	};
	struct options options = { .kernel_name = KERNEL_DEFAULT };
	int stdio[3], status = EXIT_USAGE;
	struct kernel kernel;
	json_t *plan;

	if (!parse_options(argc, argv, &options, &request))
		return EXIT_USAGE;
	request.kernel = &kernel;
	plan = exec_make_plan(&request);
	if (!plan)
		return EXIT_USAGE;
	if (find_run_kernel(COMMAND, options.kernel_name, &kernel, &status) &&
	    check_kernel(&kernel, &status))
		status = open_stdio(&options, &kernel, stdio) ? exec_run(&request, plan, stdio) :
								EXIT_LABORATORY;
	json_decref(plan);
	return status;
}
