// SPDX-License-Identifier: GPL-2.0-only
// The kinds of faults: each is one function that applies it and, with `heal`, undoes it, so that they cannot drift apart.
#ifndef LAB_AGENT_FAULT_KINDS_H
#define LAB_AGENT_FAULT_KINDS_H

#include "lab/agent/faults.h"

/* 0, or an errno with a sentence in lab->net->why. step->in_force is already what it will be. */
typedef int fault_function(struct laboratory *lab, struct step *step, bool heal);

/* fault_ends.c: at the ends of links, and on the way over them. */
fault_function fault_link_down, fault_blackhole, fault_dead_neighbour, fault_impair, fault_mtu,
	fault_addresses;

/* fault_rules.c: nftables rules. */
fault_function fault_drop, fault_reject, fault_firewall, fault_conntrack;

/* Drops "fragmentation needed" and "packet too big" that the node itself sends; the table is the step's own. */
int fault_silence_too_big(struct laboratory *lab, const struct step *step, const struct end *end,
			  bool heal);

/* fault_nodes.c: a node's routes and settings, and endpoints. */
fault_function fault_route, fault_rp_filter, fault_no_listener, fault_crash, fault_freeze;

/* faults.c: for all of them. */

/* Puts the sentence where the caller looks, and returns EINVAL. */
int fault_fail(struct net *net, const char *what);

/* Calls `each` for every target [node, ifindex] of the fault, until one fails. */
int fault_for_targets(struct laboratory *lab, struct step *step, bool heal,
		      int (*each)(struct laboratory *, struct step *, struct link *, struct end *,
				  bool));

const char *fault_kind(const struct step *step);
size_t fault_node(const struct step *step);

#endif
