// SPDX-License-Identifier: GPL-2.0-only
// The SCTP sockets of a running process, without its taking notice.
#ifndef LAB_AGENT_SOCKETS_H
#define LAB_AGENT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What is known of a process; all zero at first. */
struct process {
	pid_t pid;
	int pid_fd;  /* of pidfd_open(2) */
	off_t count; /* descriptors it had when they were last gone through */
	struct sctp_socket {
		int number; /* descriptor, in that process */
		bool many;  /* one-to-many style, or peeled off from one */
	} * sockets;	    /* (owned) */
	size_t n;
};

/*
 * Brings the list of sockets up to date; `changed` when the process may have others of the same number by now. False
 * when they cannot be asked now: the process ends and has none any more, or it sleeps uninterruptibly (proc(5), state
 * D) and may hold a socket's lock, for which getsockopt(2) would wait.
 *
 * No call that fails is made: in a guest it would take 1 us (arch/um/kernel/skas/syscall.c, handle_syscall()).
 */
bool process_find_sockets(struct process *process, pid_t pid, bool changed);

/*
 * A duplicate of the socket, to be closed at once: kept open it would keep the association, should the process
 * close its own. -1 when it cannot be had.
 */
int process_socket(const struct process *process, size_t index);

#endif
