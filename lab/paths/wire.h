// SPDX-License-Identifier: GPL-2.0-only
// What the packets of a run say of each path: flight, errors, HEARTBEATs, retransmissions.
#ifndef LAB_PATHS_WIRE_H
#define LAB_PATHS_WIRE_H

#include "lab/paths/ends.h"
#include "lab/verdict/packets.h"

/*
 * Takes one packet that an end sent, or that arrived; both in the order of time. Calls `changed` for each path of which
 * more than the flight is another now.
 */
void wire_sent(const struct ends *ends, const struct packets *packets, const struct packet *packet,
	       void (*changed)(void *context, struct path *path, int64_t time_ns), void *context);
void wire_arrived(const struct ends *ends, const struct packets *packets,
		  const struct packet *packet,
		  void (*changed)(void *context, struct path *path, int64_t time_ns),
		  void *context);

#endif
