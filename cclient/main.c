// SPDX-License-Identifier: GPL-2.0-only
// cclient, the program: options of the command line, then a session.
#include "names.h"
#include "parse.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef PATHLAB_VERSION
#define PATHLAB_VERSION "0.1"
#endif

enum { STATUS_USAGE = 2, STATUS_TROUBLE = 3 };

static const char usage_text[] =
	"usage: cclient [OPTION...] [COMMAND...]\n"
	"\n"
	"An SCTP endpoint: makes the calls it is told and prints what came of each.\n"
	"Each argument is one command; without arguments they are read from standard\n"
	"input, one a line.\n"
	"\n"
	"  -f, --file FILE      read commands from FILE (- is standard input)\n"
	"  -w, --wait TIME      after the last command go on at most TIME while traffic\n"
	"                       runs or a socket is watched (forever: until none is;\n"
	"                       default: forever, but 0s for standard input)\n"
	"  -n, --name NAME      add \"endpoint\":NAME to each line\n"
	"  -e, --epoch NS       the CLOCK_MONOTONIC time, in nanoseconds, that counts as 0\n"
	"                       (default: the start)\n"
	"  -j, --json           print JSON lines to a terminal too\n"
	"  -h, --help           print this\n"
	"  -V, --version        print the version\n"
	"\n"
	"Try:  cclient 'socket s' 'bind s 127.0.0.1:5000' 'listen s' 'watch s'\n"
	"and:  cclient 'socket c' 'connectx c 127.0.0.1:5000' 'send c text=hello' 'paths c'\n"
	"\n"
	"\"cclient help\" lists the commands. Exit status: 0; 2 when a command or an option\n"
	"could not be understood; 3 when answers could not be written. See cclient(1).\n";

static const struct option long_options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "wait", required_argument, NULL, 'w' },
	{ "name", required_argument, NULL, 'n' },
	{ "epoch", required_argument, NULL, 'e' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "poison-errno", required_argument, NULL, 'P' },
	{ NULL, 0, NULL, 0 },
};

static int usage_fail(const char *message)
{
	fprintf(stderr, "cclient: %s\n", message);
	return STATUS_USAGE;
}

// getopt has said nothing: the sentence names what is near.
static int unknown_option(const char *word)
{
	struct nearest nearest;
	char message[300];

	nearest_start(&nearest, word + strspn(word, "-"));
	for (const struct option *option = long_options; option->name; option++)
		nearest_offer(&nearest, option->name);
	snprintf(message, sizeof(message),
		 "\"%s\" is not an option, or lacks its value%s%s%s; \"cclient --help\" lists them",
		 word, nearest.best ? " (did you mean --" : "", nearest.best ? nearest.best : "",
		 nearest.best ? "?)" : "");
	return usage_fail(message);
}

struct settings {
	struct session_options options;
	const char *file;
	bool json, wait_given;
	bool done; // --help or --version was all
};

static bool parse_options(int argc, char **argv, struct settings *settings, int *status)
{
	struct session_options *options = &settings->options;
	struct parse_error error;
	int letter;

	opterr = 0;
	*status = STATUS_USAGE;
	// "+": what follows the first command is commands, also "-1".
	while ((letter = getopt_long(argc, argv, "+f:w:n:e:jhV", long_options, NULL)) != -1) {
		bool valid = true;

		switch (letter) {
		case 'f':
			settings->file = optarg;
			break;
		case 'w':
			settings->wait_given = true;
			options->wait_ns = SESSION_WAIT_FOREVER;
			if (strcmp(optarg, "forever") != 0)
				valid = parse_time_ns(optarg, "--wait", &options->wait_ns, &error);
			break;
		case 'n':
			options->endpoint = optarg;
			break;
		case 'e':
			valid = parse_number(optarg, "--epoch", INT64_MIN / 2, INT64_MAX / 2,
					     &options->epoch_ns, &error);
			break;
		case 'j':
			settings->json = true;
			break;
		case 'P':
			if (!names_errno_value(optarg, &options->poison_errno)) {
				snprintf(error.text, sizeof(error.text),
					 "--poison-errno \"%s\": expected a name such as EPERM",
					 optarg);
				valid = false;
			}
			break;
		case 'h':
			fputs(usage_text, stdout);
			settings->done = true;
			return true;
		case 'V':
			printf("cclient %s\n", PATHLAB_VERSION);
			settings->done = true;
			return true;
		default:
			*status = unknown_option(argv[optind - 1]);
			return false;
		}
		if (!valid) {
			*status = usage_fail(error.text);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct settings settings = { .options = { .in_fd = STDIN_FILENO,
						  .out_fd = STDOUT_FILENO } };
	struct session_options *options = &settings.options;
	struct timespec now;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &now);
	options->epoch_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	if (!parse_options(argc, argv, &settings, &status))
		return status;
	if (settings.done)
		return fflush(stdout) == 0 ? 0 : STATUS_TROUBLE;

	options->commands = (const char *const *)argv + optind;
	options->command_count = (size_t)(argc - optind);
	if (settings.file && strcmp(settings.file, "-") != 0) {
		options->in_fd = open(settings.file, O_RDONLY | O_CLOEXEC);
		if (options->in_fd < 0) {
			fprintf(stderr, "cclient: cannot read %s: %s\n", settings.file,
				strerror(errno));
			return STATUS_USAGE;
		}
	} else if (!settings.file && options->command_count > 0) {
		options->in_fd = -1;
	}
	if (!settings.wait_given && options->in_fd != STDIN_FILENO)
		options->wait_ns = SESSION_WAIT_FOREVER;
	options->readable = !settings.json && isatty(STDOUT_FILENO);
	options->prompt =
		options->readable && options->in_fd == STDIN_FILENO && isatty(STDIN_FILENO);

	status = session_run(options);
	if (status == STATUS_TROUBLE)
		fprintf(stderr, "cclient: cannot write answers, or out of memory: %s\n",
			strerror(errno));
	return status;
}
