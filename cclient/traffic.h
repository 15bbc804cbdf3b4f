// SPDX-License-Identifier: GPL-2.0-only
// Numbered messages in the background: the n-th leaves at the start plus n times the interval, or
// as soon as there is room for it.
#ifndef CCLIENT_TRAFFIC_H
#define CCLIENT_TRAFFIC_H

#include "message.h"
#include "state.h"

// What a new job is made from.
struct traffic_plan {
	const char *tag;  // or NULL
	size_t size;	  // bytes, at least TRAFFIC_MARK
	int64_t start_ns; // CLOCK_MONOTONIC
	int64_t every_ns; // 0: as fast as the send buffer has room
	int64_t end_ns;	  // CLOCK_MONOTONIC: from then on nothing is sent; INT64_MAX: no such time
	uint64_t count;	  // UINT64_MAX: as many as fit before end_ns
	uint16_t flow;	  // goes with every message
	unsigned streams; // the n-th message goes on stream snd_sid + n % streams; 1 or more
	struct outgoing outgoing; // to, info, policy and auth of every message
};

// Adds a job on the socket. False when memory is out.
bool traffic_start(struct session *session, struct socket_entry *entry,
		   const struct traffic_plan *plan);

// Sends everything that is due and never blocks: what finds the send buffer full is tried again
// when there is room. Prints the "traffic" line of jobs that are done.
void traffic_run(struct session *session);

// There may be room in the socket's send buffer again.
void traffic_unblock(struct session *session, const struct socket_entry *entry);

// Ends the jobs of a socket that is about to go; all jobs when `entry` is NULL.
void traffic_stop(struct session *session, const struct socket_entry *entry);

// When the next message is due (CLOCK_MONOTONIC), INT64_MAX when none is.
int64_t traffic_due_ns(const struct session *session);

#endif
