// SPDX-License-Identifier: GPL-2.0-only
// pathlab shell: a shell in a node of a network, in real time, for a person at a terminal.
#include "lab/commands.h"
#include "lab/common/by_hand.h"
#include "lab/exec.h"
#include "lab/front/program.h"
#include "lab/options.h"
#include "lab/run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define COMMAND "pathlab shell"

static const char usage[] =
	"usage: pathlab shell [OPTION...] TOPOLOGY [NODE]\n"
	"\n"
	"Builds the network of a topology in a guest and opens a shell in one of its nodes, the first one\n"
	"when none is named. Time is real there, and the node can be looked at and changed with ip, tc and\n"
	"nft; `node NAME` opens a shell in another one. `fault blackhole link=a` breaks something, `heal a`\n"
	"undoes it, `faults` lists what holds: the faults are those of scenarios, and `fault --help` tells\n"
	"more. The guest sees the files of this machine and can change none.\n"
	"\n"
	"      --seed N         seed of the guest's randomness, 0 to 2^64-1 (default: 1)\n"
	"  -h, --help           show this\n"
	"\n"
	"Exit status: that of the shell; 2 usage or bad input, 3 the laboratory itself could not run.\n";

static const char welcome[] =
	"In node %s, in real time. `fault` and `heal` break and mend, `faults` lists what holds,\n"
	"`node NAME` goes to another node, `fault --help` tells more, `exit` ends it. SCTP calls are\n"
	"made by `cclient`, such as: cclient 'socket s' 'connectx s 192.0.2.2:5000' 'paths s'\n";

static bool parse_options(int argc, char **argv, struct exec_request *request)
{
	const struct command_option options[] = {
		{ "seed", .number = &request->seed, .most = UINT64_MAX },
		{ 0 },
	};

	if (!parse_command_options(COMMAND, usage, options, &argc, &argv))
		return false;
	if (argc < 1 || argc > 2) {
		fputs(COMMAND
		      ": expected a topology and at most one node; see `pathlab shell --help`\n",
		      stderr);
		return false;
	}
	request->topology = argv[0];
	request->node = argv[1];
	return true;
}

int shell_main(int argc, char **argv)
{
	static char *const words[] = { "bash", "--norc", "--noprofile", "-i", NULL };
	struct exec_request request = {
		.command = COMMAND,
		.words = words,
		.terminal = "console",
		.by_hand = true,
		.seed = RUN_SEED_DEFAULT,
	};
	const int stdio[3] = { STDIN_FILENO, STDOUT_FILENO, -1 };
	int status = EXIT_USAGE;
	struct termios before;
	const char *term = getenv("TERM");
	char environment[256], *first;
	struct kernel kernel;
	json_t *plan;

	if (!parse_options(argc, argv, &request))
		return EXIT_USAGE;
	if (tcgetattr(STDIN_FILENO, &before) || !isatty(STDOUT_FILENO)) {
		fputs(COMMAND
		      ": standard input and output are no terminal; for a single command use "
		      "`pathlab exec`\n",
		      stderr);
		return EXIT_USAGE;
	}
	first = request.node ? NULL : exec_first_node(request.topology);
	request.node = request.node ?: first ?: "";
	request.kernel = &kernel;
	/* of the person's own environment only what the terminal is */
	if (!term || strspn(term, "abcdefghijklmnopqrstuvwxyz0123456789-+.") != strlen(term))
		term = "vt100";
	snprintf(environment, sizeof(environment),
		 "TERM: \"%.64s\", PS1: '%.31s:\\w\\$ ', HISTFILE: /dev/null, "
		 "PATH: \"" BY_HAND_FOLDER ":" PROGRAM_PATH "\"",
		 term, request.node);
	request.environment = environment;
	plan = exec_make_plan(&request);
	if (plan && find_run_kernel(COMMAND, KERNEL_DEFAULT, &kernel, &status)) {
		printf(welcome, request.node);
		fflush(stdout);
		status = exec_run(&request, plan, stdio);
		tcsetattr(STDIN_FILENO, TCSADRAIN,
			  &before); /* the guest's console has made it raw */
	}
	free(first);
	json_decref(plan);
	return status;
}
