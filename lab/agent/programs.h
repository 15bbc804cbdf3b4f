// SPDX-License-Identifier: GPL-2.0-only
// Endpoints that are programs of one's own: any command, its output by lines, and when it is ready.
#ifndef LAB_AGENT_PROGRAMS_H
#define LAB_AGENT_PROGRAMS_H

#include "lab/agent/endpoints.h"

/* A longer line is told in parts of so many bytes. */
#define PROGRAM_LINE_MAX 2000

enum { PROGRAM_STDOUT, PROGRAM_STDERR, PROGRAM_STREAMS };

/* What only an endpoint that is a program has. */
struct program {
	int streams[PROGRAM_STREAMS]; /* its standard output and error; -1 when closed */
	int end_fd;		      /* pidfd: readable when the process has ended */
	bool ready;
	int64_t started_ns,
		look_ns; /* CLOCK_MONOTONIC: its start, and when to look next whether it listens */
	int64_t output;	 /* bytes it has written, and some for each line */
	size_t used[PROGRAM_STREAMS];
	char text[PROGRAM_STREAMS][PROGRAM_LINE_MAX]; /* what has no line feed yet */
};

/* A line of a program's output; `partial` when more of the same line follows. */
typedef void program_line(void *context, int stream, const char *text, size_t length, bool partial);

/* Starts the program in its node's namespace. 0, or an errno: EBUSY when it runs. */
int program_start(struct endpoint *endpoint, const struct net *net);

/* Reads what has come on one stream and tells of it line by line; at its end of what has no line feed, too. */
void program_read(struct endpoint *endpoint, int stream, program_line *line, void *context);

/* When its process has ended: reads what is left, closes everything and gives the wait status. */
int program_finish(struct endpoint *endpoint, program_line *line, void *context);

/* Hands over a line on standard input, or with NULL closes that. 0, or an errno: EPIPE when nobody reads any more. */
int program_input(struct endpoint *endpoint, const char *text);

/* True when a socket of the program's namespace listens at the SCTP port (net/sctp/proc.c, sctp_eps_seq_show()). */
bool program_listens(const struct endpoint *endpoint);

/*
 * When to look for that: CLOCK_MONOTONIC, INT64_MAX for never. From look to look it is 1 ms, or a hundredth of the time
 * waited so far, so that hours of waiting cost little.
 */
int64_t program_next_look(const struct endpoint *endpoint);
void program_put_off_look(struct endpoint *endpoint, int64_t now_ns);

#endif
