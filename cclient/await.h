// SPDX-License-Identifier: GPL-2.0-only
// Waiting in the background for a path to be in a state. The kernel tells of some changes and not of others (a potentially
// failed path, with the default exposure): so paths are looked at, at an interval and whenever a notification came.
#ifndef CCLIENT_AWAIT_H
#define CCLIENT_AWAIT_H

#include "parse.h"
#include "state.h"

// What a new job is made from.
struct await_plan {
	const char *tag;    // or NULL
	const char *socket; // its name; it need not be open yet
	const char *path;   // the peer's address without a port, as address_format() writes it
	int state;	    // SCTP_PF, ...
	int64_t start_ns, every_ns; // CLOCK_MONOTONIC; more than 0
};

// Adds a job. False when memory is out.
bool await_start(struct session *session, const struct await_plan *plan);

// Looks where it is time to, or everywhere, and prints a "path" line of each job that has found its state: that job is
// done.
void await_run(struct session *session, bool everywhere);

// Forgets all jobs.
void await_stop(struct session *session);

// When the next look is due (CLOCK_MONOTONIC), INT64_MAX when none is.
int64_t await_due_ns(const struct session *session);

// The bytes of a formatted address before its port.
size_t address_host_length(const char *text);

#endif
