// SPDX-License-Identifier: GPL-2.0-only
// Traffic control requests: netem on what leaves an interface, drop filters on what arrives.
#ifndef LAB_AGENT_TC_H
#define LAB_AGENT_TC_H

#include "lab/agent/netlink.h"
#include "lab/agent/plan.h"

/*
 * netem as root qdisc with nanosecond delay and jitter (TCA_NETEM_LATENCY64, _JITTER64) and rate; the same request
 * changes it in place, with what waits in it.
 */
struct nl_msg *tc_netem_request(unsigned ifindex, const struct netem *netem);

/*
 * A place for filters on what arrives. Before the interface carries anything: putting it there empties the root qdisc, and
 * with it what netem holds of the other direction (net/sched/sch_api.c, qdisc_graft: dev_deactivate).
 */
struct nl_msg *tc_clsact_request(unsigned ifindex);

/*
 * Adds to `batch` what drops everything that arrives at an interface: the frame has crossed the link and is lost before
 * the receiver's stack sees it. The interface has clsact. With `spare_neighbours`, ARP and IPv6 neighbour solicitations and advertisements pass.
 * `id` (0 to 10000) tells this drop from others on the same interface; the same id takes it away again.
 */
void tc_add_drop(struct batch *batch, unsigned ifindex, unsigned id, bool spare_neighbours);
void tc_delete_drop(struct batch *batch, unsigned ifindex, unsigned id, bool spare_neighbours);

#endif
