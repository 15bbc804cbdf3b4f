// SPDX-License-Identifier: GPL-2.0-only
// Packets that reach an interface and are lost to a fault there: the capture is made before.
#ifndef LAB_PATHS_LOST_H
#define LAB_PATHS_LOST_H

#include "lab/verdict/packets.h"

struct lost_faults;

/* The faults of a run that act where packets arrive: `blackhole`, `dead-neighbour` and `drop`. (owned) */
struct lost_faults *lost_faults_find(const json_t *plan, const json_t *events);
void lost_faults_free(struct lost_faults *faults);

/* True for an arrival that the stack behind the interface never saw. All of them must be asked for, in their order. */
bool packet_is_lost(struct lost_faults *faults, const struct packets *packets,
		    const struct packet *packet);

#endif
