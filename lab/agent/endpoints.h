// SPDX-License-Identifier: GPL-2.0-only
// The endpoints of a run: one process each, in its node's namespace, that takes cclient commands and answers with JSON.
#ifndef LAB_AGENT_ENDPOINTS_H
#define LAB_AGENT_ENDPOINTS_H

#include "lab/agent/net.h"
#include "lab/agent/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct endpoint {
	const struct endpoint_plan *plan;
	pid_t pid;    /* 0 when no process runs */
	int to, from; /* commands out, lines in; -1 when closed */
	bool expected_to_end;
	bool told; /* something, since somebody who keeps watch has set this to false */
	struct ring *
		ring; /* its lines; `from` tells that there is something to read in it, and when it ends */
	struct program
		*program; /* (owned) of an endpoint that is a program of one's own; else NULL */
	size_t used;
	char line[65536]; /* what came in by the pipe and has no newline yet */
};

/*
 * Starts the process (a fork without exec: the same code as cclient) and hands it its set-up commands with the tags
 * setup.0, setup.1, ...; or the program that the endpoint is (lab/agent/programs.h). 0, or errno.
 */
int endpoint_start(struct endpoint *endpoint, const struct net *net, int64_t epoch_ns);

/* Hands over one command line with a tag; false when the process is gone. */
bool endpoint_command(struct endpoint *endpoint, const char *tag, const char *command);

/*
 * Calls `line` for the messages at the head of what has come: lines that nobody waits for, and that the endpoint does
 * not tell of.
 */
void endpoint_read_messages(struct endpoint *endpoint,
			    void (*line)(void *context, const char *text, size_t length),
			    void *context);

/* True for the line of a message. */
bool is_message_line(const char *text, size_t length);

/*
 * Reads what has come and calls `line` for each whole line. False at the end of the stream: the process has ended,
 * and *status is its wait status.
 */
bool endpoint_read(struct endpoint *endpoint,
		   void (*line)(void *context, const char *text, size_t length), void *context,
		   int *status);

/* Ends the process at once (SIGKILL), for good or before endpoint_start(); with it all that a program has started. */
void endpoint_kill(struct endpoint *endpoint);

/* Sends a signal as endpoint_kill() does. 0, or an errno. */
int endpoint_signal(const struct endpoint *endpoint, int number);

#endif
