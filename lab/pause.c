// SPDX-License-Identifier: GPL-2.0-only
// The terminal of a person and a guest whose time stands still. Every run can be had again by its seed: so the run in which
// the shell opens is another one, which is told when to stop.
#define _GNU_SOURCE 1
#include "lab/pause.h"

#include "lab/commands.h"
#include "lab/common/by_hand.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/pause.h"
#include "lab/common/text.h"
#include "lab/exec.h"
#include "lab/front/program.h"
#include "lab/verdict/describe.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
	LOOK_INTERVAL_MS = 50,
	BREAKS = 3, /* so many Ctrl-C end a guest that does not listen */
	CTRL_C = 3,
};

/* The terminal's side. */
struct terminal {
	struct guest guest;
	int input, output, socket; /* memory files, and our end of the pair */
	off_t shown;		   /* of the output */
	bool opened;		   /* the guest has asked for input once */
	bool asked;		   /* it waits for input */
	bool raw;
	struct termios before;
	size_t n_typed; /* while it did not ask */
	char typed[sizeof(((struct pause_input *)0)->bytes)];
};

int64_t find_failing_moment(const struct verdict *verdict, const struct problem **problem)
{
	int64_t first = NS_NEVER;

	*problem = verdict->n ? &verdict->problems[0] : NULL;
	for (size_t i = 0; i < verdict->n; i++) {
		const struct problem *one = &verdict->problems[i];
		int64_t at = one->at_ns < one->until_ns ? one->at_ns : one->until_ns;

		if (at >= first)
			continue;
		first = at;
		*problem = one;
	}
	return first;
}

/* The shell as the plan has programs. */
static json_t *make_program(const char *node)
{
	const char *term = getenv("TERM") ?: "vt100";
	char folder[PATH_MAX], variable[128], prompt[128];

	if (!getcwd(folder, sizeof(folder)))
		strcpy(folder, "/");
	snprintf(variable, sizeof(variable), "TERM=%.64s", term);
	snprintf(prompt, sizeof(prompt), "PS1=%s:\\w\\$ ", node);
	return json_pack(
		"{s:s, s:s, s:[s, s, s, s], s:[s, s, s, s, s, s, s], s:n, s:b, s:b, s:b, s:s}",
		"path", "/bin/bash", "folder", folder, "arguments", "bash", "--norc", "--noprofile",
		"-i", "environment", variable, prompt, "HISTFILE=/dev/null",
		"PATH=" BY_HAND_FOLDER ":" PROGRAM_PATH, "HOME=/", "LANG=C.UTF-8",
		"TMPDIR=/dev/shm", "ready", "at_start", 0, "input", 0, "awaited", 0, "terminal",
		"console");
}

/* The node in which the shell opens: that of the endpoint that failed would be a guess; it is that of the last one. */
static json_int_t find_node(const json_t *plan)
{
	const json_t *endpoints = json_object_get(plan, "endpoints");
	size_t n = json_array_size(endpoints);

	return n ? jsonx_int(json_array_get(endpoints, n - 1), "node", 0) : 0;
}

static void put_pause(const struct pause *pause, const struct settings *settings)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	json_t *values = json_object(), *at;
	char file[PATH_MAX];

	for (size_t i = 0; i < settings->count; i++)
		json_object_set_new(values, settings->items[i].name,
				    json_string(settings->items[i].text));
	if (!realpath(pause->file, file))
		snprintf(file, sizeof(file), "%s", pause->file);
	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	at = pause->moment_ns == NS_NEVER ? json_null() : json_integer(pause->moment_ns);
	json_object_set_new(pause->plan, "by_hand",
			    json_pack("{s:s, s:s, s:o, s:{s:o, s:i, s:i, s:I, s:o}}", "program",
				      own_program(), "file", file, "settings", values, "pause",
				      "at_ns", at, "rows", (int)size.ws_row, "columns",
				      (int)size.ws_col, "node", find_node(pause->plan), "program",
				      make_program(jsonx_string(
					      json_array_get(json_object_get(pause->plan, "nodes"),
							     find_node(pause->plan)),
					      "name", "?"))));
}

/* What the guest has written since. */
static void show_output(struct terminal *terminal)
{
	char buffer[4096];
	ssize_t n;

	while ((n = pread(terminal->output, buffer, sizeof(buffer), terminal->shown)) > 0) {
		for (ssize_t at = 0, done; at < n; at += done) {
			done = write(STDOUT_FILENO, buffer + at, n - at);
			if (done < 0 && errno != EINTR)
				return;
			done = done < 0 ? 0 : done;
		}
		terminal->shown += n;
	}
}

static void make_raw(struct terminal *terminal)
{
	struct termios raw = terminal->before;

	cfmakeraw(&raw);
	terminal->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void give_input(struct terminal *terminal)
{
	struct pause_input input = { .length = (uint16_t)terminal->n_typed };
	char byte = 0;

	memcpy(input.bytes, terminal->typed, terminal->n_typed);
	terminal->n_typed = 0;
	terminal->asked = false;
	if (pwrite(terminal->input, &input, sizeof(input), 0) != (ssize_t)sizeof(input) ||
	    write(terminal->socket, &byte, 1) != 1)
		guest_kill(&terminal->guest);
}

/* Takes what was typed; ends the guest when that says so. */
static void read_typed(struct terminal *terminal)
{
	ssize_t n = read(STDIN_FILENO, terminal->typed + terminal->n_typed,
			 sizeof(terminal->typed) - terminal->n_typed);
	int breaks = 0;

	if (n <= 0) {
		guest_kill(&terminal->guest); /* nobody is there any more */
		return;
	}
	terminal->n_typed += n;
	for (size_t i = 0; i < terminal->n_typed && !terminal->asked; i++)
		breaks += terminal->typed[i] == CTRL_C;
	if (breaks >= BREAKS || terminal->n_typed == sizeof(terminal->typed))
		guest_kill(&terminal->guest);
}

static void take_question(struct terminal *terminal)
{
	char byte;

	if (read(terminal->socket, &byte, 1) != 1)
		return;
	terminal->asked = true;
	if (!terminal->opened)
		make_raw(terminal);
	terminal->opened = true;
}

static void serve(struct terminal *terminal, int64_t patience_ns)
{
	while (terminal->guest.pid) {
		struct pollfd fds[] = {
			{ .fd = terminal->guest.pid_fd, .events = POLLIN },
			{ .fd = terminal->socket, .events = POLLIN },
			{ .fd = terminal->opened ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(fds, 3, terminal->asked ? -1 : LOOK_INTERVAL_MS) < 0 && errno != EINTR)
			break;
		if (fds[1].revents & POLLIN)
			take_question(terminal);
		show_output(terminal);
		if (fds[0].revents) {
			guest_reap(&terminal->guest);
			break;
		}
		if (fds[2].revents)
			read_typed(terminal);
		if (terminal->guest.pid && terminal->asked && terminal->n_typed)
			give_input(terminal);
		if (terminal->guest.pid && !terminal->opened)
			guest_watch(&terminal->guest, patience_ns);
	}
	show_output(terminal);
}

static bool open_terminal(struct terminal *terminal, int pair[2])
{
	struct pause_input none = { 0 };

	terminal->input = memfd_create("typed", MFD_CLOEXEC);
	terminal->output = memfd_create("terminal", MFD_CLOEXEC);
	return terminal->input >= 0 && terminal->output >= 0 &&
	       pwrite(terminal->input, &none, sizeof(none), 0) == (ssize_t)sizeof(none) &&
	       !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

/* True when what happened before the pause is what happened in the run that failed. */
static bool came_alike(const struct pause *pause, const json_t *events)
{
	size_t n = json_array_size(events), i;
	const json_t *event;

	json_array_foreach((json_t *)pause->events, i, event) {
		int64_t time_ns = event_time_ns(event);

		if (i >= n || (time_ns != NS_NEVER && time_ns >= pause->moment_ns))
			return true;
		if (!json_equal(event, json_array_get(events, i)))
			return false;
	}
	return true;
}

static void tell_beginning(const struct pause *pause)
{
	char time[NS_TEXT_SIZE];

	printf("\n%s stands at %s: %s.\n"
	       "Time stands still. `advance 1s` lets some pass, `fault` and `heal` break and mend, `faults` lists\n"
	       "what holds, `node NAME` goes to another node, `fault --help` tells more, `exit` ends it.\n",
	       pause->name,
	       pause->moment_ns == NS_NEVER ? "its end" : format_seconds(pause->moment_ns, time),
	       pause->sentence);
	fflush(stdout);
}

int pause_open(struct pause *pause, const char *command, const struct settings *settings,
	       uint64_t seed, int64_t patience_ns)
{
	struct terminal terminal = { .input = -1, .output = -1 };
	struct guest_manner manner;
	int pair[2] = { -1, -1 }, status = EXIT_LABORATORY;
	json_t *events = NULL;
	sigset_t signals;
	char why[600];

	sigemptyset(&signals);
	sigprocmask(SIG_SETMASK, &signals, NULL); /* the series has blocked those that end us */
	put_pause(pause, settings);
	tell_beginning(pause);
	if (tcgetattr(STDIN_FILENO, &terminal.before) || !open_terminal(&terminal, pair)) {
		fprintf(stderr, "%s: cannot open the shell: %s\n", command, strerror(errno));
		goto out;
	}
	terminal.socket = pair[0];
	manner = (struct guest_manner){ { terminal.input, terminal.output, pair[1] }, false };
	terminal.guest.manner = &manner;
	terminal.guest.memory_mib = (unsigned)jsonx_int(pause->plan, "memory_mib", 0);
	if (!run_files_open(&terminal.guest.files, NULL, pause->plan, why, sizeof(why)) ||
	    !guest_start(&terminal.guest, pause->kernel, seed, why, sizeof(why))) {
		fprintf(stderr, "%s: %s\n", command, why);
		goto out;
	}
	serve(&terminal, patience_ns);
	if (terminal.raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
	events = guest_events(&terminal.guest);
	if (!terminal.opened)
		fprintf(stderr, "%s: the run did not come to that moment again\n", command);
	else if (!came_alike(pause, events))
		fprintf(stderr, "%s: up to that moment the run was not the same again\n", command);
	else
		status = EXIT_EXPECTED;
out:
	json_decref(events);
	run_files_close(&terminal.guest.files);
	close(pair[0]);
	close(pair[1]);
	close(terminal.input);
	close(terminal.output);
	return status;
}

void pause_free(struct pause *pause)
{
	json_decref(pause->plan);
	json_decref(pause->events);
	free(pause->sentence);
}
