// SPDX-License-Identifier: GPL-2.0-only
// The session's life: commands from arguments, then from the input, then waiting, then the end.
#include "session.h"

#include "await.h"
#include "command.h"
#include "loop.h"
#include "output.h"
#include "traffic.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX 65536 // bytes of a line and its newline at most

enum { STATUS_OK = 0, STATUS_COMMAND = 2, STATUS_TROUBLE = 3 };

static void interrupt(int number)
{
	(void)number; // being there is enough: a blocking call returns EINTR
}

static void set_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	// No SA_RESTART: the call is to be interrupted.
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	// libsctp has no way to pass MSG_NOSIGNAL; EPIPE says the same.
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void run_line(struct session *session, char *line)
{
	command_run(session, line);
	// What came meanwhile is printed before the next command's answer.
	if (!session->quit && loop_is_needed(session))
		loop_catch_up(session);
}

static void run_arguments(struct session *session)
{
	const struct session_options *options = &session->options;

	for (size_t i = 0; i < options->command_count && !session->quit && !session->output_failed;
	     i++) {
		char *line = strdup(options->commands[i]);

		if (!line) {
			session->output_failed = true;
			return;
		}
		run_line(session, line);
		free(line);
	}
}

static void prompt(struct session *session)
{
	static const char text[] = "cclient> ";

	if (!session->options.prompt || session->prompted)
		return;
	output_text(session, text, sizeof(text) - 1);
	session->prompted = true;
}

// Waits for input and reads it. False at its end.
static bool input_read(struct session *session)
{
	ssize_t length;

	prompt(session);
	while (loop_is_needed(session) && !session->output_failed) {
		if (loop_wait(session, INT64_MAX, true))
			break;
		prompt(session);
	}
	if (session->output_failed)
		return false;
	for (;;) {
		struct pollfd polled = { .fd = session->options.in_fd, .events = POLLIN };

		length = read(polled.fd, session->input + session->input_used,
			      INPUT_MAX - session->input_used);
		if (length >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
		// A descriptor that does not block must not make the session spin.
		if (errno == EAGAIN)
			poll(&polled, 1, -1);
	}
	session->prompted = false;
	if (length <= 0)
		return false;
	session->input_used += (size_t)length;
	return true;
}

// Runs the whole lines that were read, and keeps the rest for later.
static void input_run(struct session *session)
{
	char *line = session->input, *end = line + session->input_used;

	for (char *next; !session->quit && !session->output_failed; line = next) {
		char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline)
			break;
		*newline = '\0';
		next = newline + 1;
		if (session->input_overlong)
			session->input_overlong = false; // the end of it
		else if (strlen(line) != (size_t)(newline - line))
			output_error(session, NULL, "the line contains a NUL byte");
		else
			run_line(session, line);
	}
	session->input_used = (size_t)(end - line);
	memmove(session->input, line, session->input_used);
	if (session->input_used == INPUT_MAX) {
		if (!session->input_overlong)
			output_error(session, NULL, "the line is longer than 65535 bytes");
		session->input_overlong = true;
		session->input_used = 0;
	}
}

static void run_input(struct session *session)
{
	session->input = malloc(INPUT_MAX + 1);
	if (!session->input) {
		session->output_failed = true;
		return;
	}
	while (!session->quit && !session->output_failed && input_read(session))
		input_run(session);
	// A last line without a newline is a line.
	if (session->input_used > 0 && !session->input_overlong && !session->quit) {
		session->input[session->input_used++] = '\n';
		input_run(session);
	}
	// The terminal's cursor stands behind the prompt that was answered by the end of the input.
	if (session->options.prompt && !session->quit)
		output_text(session, "\n", 1);
}

// Goes on with traffic and watched sockets as long as the options say.
static void run_rest(struct session *session)
{
	int64_t wait_ns = session->options.wait_ns, end_ns = INT64_MAX;

	if (wait_ns == 0 || session->quit)
		return;
	if (wait_ns > 0 && __builtin_add_overflow(clock_now_ns(), wait_ns, &end_ns))
		end_ns = INT64_MAX;
	while (loop_is_alive(session) && !session->output_failed) {
		loop_wait(session, end_ns, false);
		if (end_ns != INT64_MAX && clock_now_ns() >= end_ns)
			break;
	}
}

static void session_end(struct session *session)
{
	traffic_stop(session, NULL);
	await_stop(session);
	while (session->sockets) {
		close(session->sockets->fd);
		socket_forget(session, session->sockets);
	}
	free(session->input);
	free(session->receive);
	if (session->epoll_fd >= 0)
		close(session->epoll_fd);
	if (session->timer_fd >= 0)
		close(session->timer_fd);
}

int session_run(const struct session_options *options)
{
	struct session session = {
		.options = *options,
		.epoll_fd = -1,
		.timer_fd = -1,
		.timer_ns = INT64_MAX,
	};

	set_signals();
	// Hash tables need no secret here, and the same run is to do the same calls.
	json_object_seed(1);
	run_arguments(&session);
	if (options->in_fd >= 0 && !session.quit && !session.output_failed)
		run_input(&session);
	if (!session.output_failed)
		run_rest(&session);
	session_end(&session);
	if (session.output_failed)
		return STATUS_TROUBLE;
	return session.command_failed && !options->prompt ? STATUS_COMMAND : STATUS_OK;
}
