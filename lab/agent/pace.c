// SPDX-License-Identifier: GPL-2.0-only
// A tracer (ptrace(2)) that sleeps at each system call of a program. While a program computes virtual time stands still, and
// nothing preempts it; the tracer's sleep is what lets time go on, and always by as much.
#include "lab/agent/pace.h"

#include <errno.h>
#include <stdbool.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80 }; /* PTRACE_O_TRACESYSGOOD */

/* Follows each thread and process that the program makes. */
static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;

/* The signal that the stopped thread is to have, or 0; with *listen it stays stopped. */
static int find_signal(int status, bool *listen)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	/* a stop of the whole process, by SIGSTOP and its like, or the one that begins a trace */
	*listen = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
	return event || signal == SYSCALL_STOP ? 0 : signal;
}

/* A call stops its thread twice, before and after; so neither has to be told from the other. */
static _Noreturn void pace(const struct timespec *half)
{
	int status, signal;
	bool listen;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0 || !WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == SYSCALL_STOP)
			nanosleep(half, NULL);
		signal = find_signal(status, &listen);
		ptrace(listen ? PTRACE_LISTEN : PTRACE_SYSCALL, pid, 0L, (long)signal);
	}
	_exit(0);
}

/* Seizes the process while it waits; from its next call on it is traced. */
static bool seize(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_SEIZE, pid, 0L, options) && !ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) &&
	       waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) &&
	       !ptrace(PTRACE_SYSCALL, pid, 0L, 0L);
}

int pace_begin(pid_t pid, int64_t call_ns, int pipe[2])
{
	struct timespec half = { 0, call_ns / 2 }; /* a second at most */
	pid_t tracer = fork();

	if (!tracer) {
		/* of what the agent has open nothing but the pipe, or nobody would see its ends closed */
		dup2(pipe[1], STDIN_FILENO);
		close_range(STDERR_FILENO + 1, ~0U, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_TIMERSLACK, 1); /* else 50 us more */
		/* without a byte the process ends */
		if (!seize(pid) || write(STDIN_FILENO, "", 1) != 1 || close(STDIN_FILENO))
			_exit(1);
		pace(&half);
	}
	close(pipe[0]);
	close(pipe[1]);
	return tracer < 0 ? errno : 0;
}

void pace_wait(int pipe[2])
{
	char byte;
	ssize_t n;

	close(pipe[1]);
	do
		n = read(pipe[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(126);
	close(pipe[0]);
}
