// SPDX-License-Identifier: GPL-2.0-only
// Endpoint processes.
#include "lab/agent/endpoints.h"

#include "cclient/session.h"
#include "lab/agent/prefault.h"
#include "lab/agent/programs.h"
#include "lab/agent/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool is_message_line(const char *text, size_t length)
{
	static const char start[] = "{\"event\":\"message\"";

	return length >= sizeof(start) - 1 && !memcmp(text, start, sizeof(start) - 1);
}

/*
 * In the child: lines go through the ring. The agent is woken, by an empty line, for those it may wait for; messages,
 * of which there are many, stay until it wakes for some other reason or until there is a need for room.
 */
static bool take_line(void *context, const char *line, size_t length)
{
	struct ring *ring = context;
	bool wake = !is_message_line(line, length) || ring_is_half_full(ring);

	if (!ring_put(ring, line, length))
		return false;
	return !wake || write(STDOUT_FILENO, "\n", 1) == 1;
}

/* In the child: nothing of the agent's stays open, or a namespace or a pipe would outlive its owner. */
static _Noreturn void run_child(const struct endpoint *endpoint, const struct net *net, int in,
				int out, int64_t epoch_ns)
{
	struct session_options options = {
		.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.take_line = take_line,
		.take_context = endpoint->ring,
		.endpoint = endpoint->plan->name,
		.epoch_ns = epoch_ns,
	};

	prefault_program();
	prefault_data();
	prefault(endpoint->ring, RING_BYTES);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (net_enter(net, endpoint->plan->node))
		_exit(126);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || close_range(3, ~0U, 0))
		_exit(126);
	_exit(session_run(&options));
}

int endpoint_start(struct endpoint *endpoint, const struct net *net, int64_t epoch_ns)
{
	int to[2], from[2], error;

	if (endpoint->plan->program)
		return program_start(endpoint, net);
	if (!endpoint->ring)
		endpoint->ring = ring_new();
	if (!endpoint->ring || pipe2(to, O_CLOEXEC))
		return errno;
	if (pipe2(from, O_CLOEXEC)) {
		error = errno;
		close(to[0]);
		close(to[1]);
		return error;
	}
	endpoint->pid = fork();
	error = errno;
	if (!endpoint->pid)
		run_child(endpoint, net, to[0], from[1], epoch_ns);
	close(to[0]);
	close(from[1]);
	if (endpoint->pid < 0) {
		endpoint->pid = 0;
		close(to[1]);
		close(from[0]);
		return error;
	}
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	endpoint->to = to[1];
	endpoint->from = from[0];
	endpoint->used = 0;
	endpoint->expected_to_end = false;
	for (size_t i = 0; i < endpoint->plan->n_setup; i++) {
		char tag[32];

		snprintf(tag, sizeof(tag), "setup.%zu", i);
		endpoint_command(endpoint, tag, endpoint->plan->setup[i]);
	}
	return 0;
}

bool endpoint_command(struct endpoint *endpoint, const char *tag, const char *command)
{
	char text[8192];
	int length = snprintf(text, sizeof(text), "@%s %s\n", tag, command);

	if (endpoint->to < 0 || length >= (int)sizeof(text))
		return false;
	return write(endpoint->to, text, length) == length;
}

void endpoint_read_messages(struct endpoint *endpoint, void (*line)(void *, const char *, size_t),
			    void *context)
{
	const char *lines, *newline;
	size_t left = endpoint->ring ? ring_peek(endpoint->ring, &lines) : 0, taken = 0;

	while (left && is_message_line(lines, left) && (newline = memchr(lines, '\n', left))) {
		size_t length = newline - lines;

		line(context, lines, length);
		lines += length + 1;
		left -= length + 1;
		taken += length + 1;
	}
	if (taken)
		ring_take(endpoint->ring, taken);
}

static void read_ring(struct endpoint *endpoint, void (*line)(void *, const char *, size_t),
		      void *context)
{
	const char *lines, *newline;
	size_t left = ring_peek(endpoint->ring, &lines), taken = left;

	while (left && (newline = memchr(lines, '\n', left))) {
		size_t length = newline - lines;

		line(context, lines, length);
		lines += length + 1;
		left -= length + 1;
	}
	ring_take(endpoint->ring, taken);
}

static void split_lines(struct endpoint *endpoint, void (*line)(void *, const char *, size_t),
			void *context)
{
	char *start = endpoint->line, *newline;
	size_t left = endpoint->used;

	while ((newline = memchr(start, '\n', left))) {
		if (newline > start) /* an empty line only wakes */
			line(context, start, newline - start);
		left -= newline + 1 - start;
		start = newline + 1;
	}
	memmove(endpoint->line, start, left);
	endpoint->used = left == sizeof(endpoint->line) ? 0 : left;
}

bool endpoint_read(struct endpoint *endpoint, void (*line)(void *, const char *, size_t),
		   void *context, int *status)
{
	endpoint->told = true;
	for (;;) {
		ssize_t n;

		/* Before the pipe, since only what no longer fits goes there; after it, for what it told of. */
		read_ring(endpoint, line, context);
		n = read(endpoint->from, endpoint->line + endpoint->used,
			 sizeof(endpoint->line) - endpoint->used);
		if (n > 0) {
			bool more = (size_t)n == sizeof(endpoint->line) - endpoint->used;

			endpoint->used += n;
			split_lines(endpoint, line, context);
			read_ring(endpoint, line, context);
			if (!more)
				return true; /* epoll comes back when there is more */
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		break;
	}
	read_ring(endpoint, line, context);
	while (waitpid(endpoint->pid, status, 0) < 0 && errno == EINTR)
		;
	endpoint->pid = 0;
	close(endpoint->to);
	close(endpoint->from);
	endpoint->to = endpoint->from = -1;
	return false;
}

int endpoint_signal(const struct endpoint *endpoint, int number)
{
	if (!endpoint->pid)
		return ESRCH;
	return kill(endpoint->program ? -endpoint->pid : endpoint->pid, number) ? errno : 0;
}

void endpoint_kill(struct endpoint *endpoint)
{
	endpoint->expected_to_end = true;
	endpoint_signal(endpoint, SIGKILL);
}
