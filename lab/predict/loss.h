// SPDX-License-Identifier: GPL-2.0-only
// What the faults of a run do to packets: which of those that reach a node are lost there, what the links' delays are,
// and from when on the capture does not show all that a node sends.
#ifndef LAB_PREDICT_LOSS_H
#define LAB_PREDICT_LOSS_H

#include "lab/verdict/packets.h"

#include <jansson.h>

/* One fault from its beginning to its healing, or to the end of time. */
struct outage {
	const json_t *fault; /* the step of the plan */
	int64_t from_ns, to_ns;
	int64_t *met; /* (owned) of `drop`: matching packets so far, for each of its targets */
};

struct outages {
	const json_t *plan;
	struct outage *items; /* (owned) in the order in which they began */
	size_t n;
};

/* netem of one end of a link. */
struct delay {
	int64_t delay_ns, jitter_ns, rate_bps;
};

/* events is the array of events_read(). For outages_free(). */
void outages_find(struct outages *outages, const json_t *plan, const json_t *events);
void outages_free(struct outages *outages);

/*
 * True when a fault takes this packet, which has reached its node. To be asked of every arrival once and in the order of time: a
 * fault may lose the n-th only.
 */
bool outages_lose(struct outages *outages, const struct packets *packets,
		  const struct packet *arrival);

/* What the node's end of the link does to packets that leave at that time. */
struct delay outages_delay(const struct outages *outages, size_t node, size_t link, int64_t at_ns);

/*
 * The longest delay of those ends of the node's links on which the step's fault begins with what the link holds being lost: what
 * drops on arrival is a queueing discipline of ingress, for which the kernel empties that of egress too (net/sched/sch_api.c
 * qdisc_graft()). Such packets are never seen. 0 for other faults.
 */
int64_t outages_flushed(const struct outages *outages, const json_t *fault, size_t node,
			int64_t at_ns);

/*
 * From when on packets that the node sends, or what becomes of those that reach it, are not all known from the capture: a time, and why in
 * a few words (owned by the caller). NS_NEVER and NULL when they always are.
 */
int64_t outages_blind(const struct outages *outages, size_t node, char **why);

#endif
