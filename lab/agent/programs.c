// SPDX-License-Identifier: GPL-2.0-only
// Starts programs, reads their output, sees whether they are ready.
#include "lab/agent/programs.h"

#include "lab/agent/events.h"
#include "lab/agent/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SOCKET_LISTENS = 10, /* SCTP_SS_LISTENING, include/net/sctp/constants.h */
	LOOKS_A_WAIT = 100,  /* a look is at most this part of the wait so far behind */
};

/* In the child. What it cannot do it says where its own words go. */
static _Noreturn void run_child(const struct endpoint *endpoint, const struct net *net, int in,
				const int out[PROGRAM_STREAMS], int pace[2])
{
	const struct program_plan *plan = endpoint->plan->program;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid(); /* a group of its own: what it starts dies with it */
	signal(SIGPIPE, SIG_DFL);
	if (plan->call_ns)
		pace_wait(pace);
	if (net_enter(net, endpoint->plan->node) || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out[PROGRAM_STDOUT], STDOUT_FILENO) < 0 ||
	    dup2(out[PROGRAM_STDERR], STDERR_FILENO) < 0 || close_range(3, ~0U, 0))
		_exit(126);
	if (plan->terminal && !strcmp(plan->terminal, "console"))
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	if (chdir(plan->folder)) {
		dprintf(STDERR_FILENO, "cannot enter %s: %s\n", plan->folder, strerror(errno));
		_exit(126);
	}
	execve(plan->path, (char **)plan->arguments, (char **)plan->environment);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", plan->path, strerror(errno));
	_exit(127);
}

static void close_both(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static bool open_pipe(int fds[2])
{
	return !pipe2(fds, O_CLOEXEC);
}

/* The ends of its streams: the program's own, [0] of `in` and [1] of `out`, and ours. False and errno. */
static bool open_streams(const struct program_plan *plan, int in[2], int out[PROGRAM_STREAMS][2])
{
	if (plan->terminal) {
		in[0] = fcntl(plan->stdio[0], F_DUPFD_CLOEXEC, 3);
		out[PROGRAM_STDOUT][1] = fcntl(plan->stdio[1], F_DUPFD_CLOEXEC, 3);
		out[PROGRAM_STDERR][1] = fcntl(plan->stdio[2], F_DUPFD_CLOEXEC, 3);
		return in[0] >= 0 && out[PROGRAM_STDOUT][1] >= 0 && out[PROGRAM_STDERR][1] >= 0;
	}
	if (!plan->input)
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return (plan->input ? open_pipe(in) : in[0] >= 0) && open_pipe(out[PROGRAM_STDOUT]) &&
	       open_pipe(out[PROGRAM_STDERR]);
}

/* A process of which nothing has come; -1, and errno. */
static pid_t end_child(pid_t pid, int error)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = error;
	}
	return -1;
}

/* Forks; the process's id, or -1 and errno. */
static pid_t fork_child(struct endpoint *endpoint, const struct net *net, int in,
			int out[PROGRAM_STREAMS][2])
{
	int64_t call_ns = endpoint->plan->program->call_ns;
	int pace[2] = { -1, -1 }, error = 0;
	pid_t pid;

	if (call_ns && !open_pipe(pace))
		return -1;
	pid = fork();
	if (!pid)
		run_child(endpoint, net, in,
			  (int[]){ out[PROGRAM_STDOUT][1], out[PROGRAM_STDERR][1] }, pace);
	if (call_ns && pid > 0)
		error = pace_begin(pid, call_ns, pace);
	if (pid < 0 || error)
		return end_child(pid, error);
	*endpoint->program = (struct program){ .end_fd = (int)syscall(SYS_pidfd_open, pid, 0),
					       .started_ns = clock_ns() };
	return endpoint->program->end_fd >= 0 ? pid : end_child(pid, errno);
}

int program_start(struct endpoint *endpoint, const struct net *net)
{
	int in[2] = { -1, -1 }, out[PROGRAM_STREAMS][2] = { { -1, -1 }, { -1, -1 } }, error;
	pid_t pid = -1;

	if (endpoint->pid)
		return EBUSY;
	if (!endpoint->program)
		endpoint->program = calloc(1, sizeof(*endpoint->program));
	if (!endpoint->program)
		return ENOMEM;
	if (open_streams(endpoint->plan->program, in, out))
		pid = fork_child(endpoint, net, in[0], out);
	if (pid < 0) {
		error = errno;
		close_both(in);
		close_both(out[PROGRAM_STDOUT]);
		close_both(out[PROGRAM_STDERR]);
		return error;
	}
	endpoint->pid = pid;
	endpoint->expected_to_end = false;
	endpoint->program->look_ns = endpoint->program->started_ns;
	close(in[0]);
	endpoint->to = in[1];
	if (in[1] >= 0)
		fcntl(in[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < PROGRAM_STREAMS; i++) {
		close(out[i][1]);
		if (out[i][0] >= 0)
			fcntl(out[i][0], F_SETFL, O_NONBLOCK);
		endpoint->program->streams[i] = out[i][0];
	}
	return 0;
}

static void tell_lines(struct program *program, int stream, program_line *line, void *context)
{
	char *start = program->text[stream], *newline;
	size_t left = program->used[stream];

	while ((newline = memchr(start, '\n', left))) {
		line(context, stream, start, newline - start, false);
		left -= newline + 1 - start;
		start = newline + 1;
	}
	if (left == PROGRAM_LINE_MAX) {
		line(context, stream, start, left, true);
		left = 0;
	}
	memmove(program->text[stream], start, left);
	program->used[stream] = left;
}

void program_read(struct endpoint *endpoint, int stream, program_line *line, void *context)
{
	struct program *program = endpoint->program;
	ssize_t n = -1;

	while (program->streams[stream] >= 0) {
		n = read(program->streams[stream], program->text[stream] + program->used[stream],
			 PROGRAM_LINE_MAX - program->used[stream]);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		program->used[stream] += n;
		tell_lines(program, stream, line, context);
	}
	if (n < 0 || program->streams[stream] < 0)
		return; /* no more for now */
	if (program->used[stream])
		line(context, stream, program->text[stream], program->used[stream], false);
	program->used[stream] = 0;
	close(program->streams[stream]);
	program->streams[stream] = -1;
}

int program_finish(struct endpoint *endpoint, program_line *line, void *context)
{
	struct program *program = endpoint->program;
	int status = 0;

	for (int i = 0; i < PROGRAM_STREAMS; i++) {
		program_read(endpoint, i, line, context);
		/* another process may still hold the stream: what that says is not the program's */
		if (program->used[i] && program->streams[i] >= 0)
			line(context, i, program->text[i], program->used[i], false);
		if (program->streams[i] >= 0)
			close(program->streams[i]);
		program->streams[i] = -1;
		program->used[i] = 0;
	}
	while (waitpid(endpoint->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(program->end_fd);
	program->end_fd = -1;
	if (endpoint->to >= 0)
		close(endpoint->to);
	endpoint->to = -1;
	endpoint->pid = 0;
	return status;
}

int program_input(struct endpoint *endpoint, const char *text)
{
	char line[PROGRAM_LINE_MAX + 2];
	int length;

	if (endpoint->to < 0)
		return EPIPE;
	if (!text) {
		close(endpoint->to);
		endpoint->to = -1;
		return 0;
	}
	length = snprintf(line, sizeof(line), "%s\n", text);
	if (length >= (int)sizeof(line))
		return EMSGSIZE;
	/* a pipe takes as little whole or not at all (pipe(7), PIPE_BUF) */
	return write(endpoint->to, line, length) < 0 ? errno : 0;
}

bool program_listens(const struct endpoint *endpoint)
{
	char path[64], line[512];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/sctp/eps", (int)endpoint->pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		int state, port;

		found = sscanf(line, "%*s %*s %*d %d %*d %d", &state, &port) == 2 &&
			state == SOCKET_LISTENS && port == endpoint->plan->program->ready_port;
	}
	if (file)
		fclose(file);
	return found;
}

int64_t program_next_look(const struct endpoint *endpoint)
{
	const struct program *program = endpoint->program;

	if (!program || !endpoint->pid || program->ready || !endpoint->plan->program->ready_port)
		return INT64_MAX;
	return program->look_ns;
}

void program_put_off_look(struct endpoint *endpoint, int64_t now_ns)
{
	struct program *program = endpoint->program;
	const int64_t least = 1000000; /* 1 ms */
	int64_t pause = (now_ns - program->started_ns) / LOOKS_A_WAIT;

	program->look_ns = now_ns + (pause > least ? pause : least);
}
