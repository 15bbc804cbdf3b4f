// SPDX-License-Identifier: GPL-2.0-only
// A session: commands come in, calls on SCTP sockets are made, answers go out.
// It needs no exec: the laboratory's agent links it and runs it in a forked child.
#ifndef CCLIENT_SESSION_H
#define CCLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_WAIT_FOREVER (-1)

// All zero but in_fd and out_fd is a valid choice. Nothing here is owned or closed by the session.
struct session_options {
	int in_fd;  // commands, one a line (pipe, file, terminal); -1: none but `commands`
	int out_fd; // answers: one write(2) a line
	// Where it is set, JSON lines go here first, with their newline, and to out_fd only when it
	// returns false.
	bool (*take_line)(void *context, const char *line, size_t length);
	void *take_context;
	const char *endpoint; // value of "endpoint" in each line, or NULL to leave it out
	int64_t epoch_ns;     // CLOCK_MONOTONIC time that counts as 0
	bool readable;	      // lines for a person instead of JSON
	bool prompt; // in_fd is a terminal: ask for each command, and forgive errors in the end
	const char *const *commands; // run before in_fd is read, or NULL
	size_t command_count;
	// After the last command: how long to go on while traffic runs or a socket is watched. 0:
	// not at all, sockets are closed at once. SESSION_WAIT_FOREVER: until nothing is left to
	// do.
	int64_t wait_ns;
	int poison_errno; // for tests: errno holds this before each call is prepared; 0: leave it
};

// Runs until the input ends or `quit`, then closes every socket with close(2). Sets handlers that
// do nothing for SIGUSR1 and SIGALRM, without SA_RESTART, so that these interrupt a blocking call
// (EINTR), and ignores SIGPIPE. Single threaded; at most one session at a time in a process.
// Returns an exit status: 0; 2 after a command that could not be understood (unless `prompt`); 3
// when answers could not be written, or memory or descriptors for the session itself ran out.
int session_run(const struct session_options *options);

#endif
