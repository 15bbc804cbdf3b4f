// SPDX-License-Identifier: GPL-2.0-only
// VRFs of a node: their interfaces, and what an interface becomes that is put into one.
#ifndef LAB_AGENT_VRF_H
#define LAB_AGENT_VRF_H

#include "lab/agent/netlink.h"
#include "lab/agent/plan.h"

/* Adds requests for the VRFs of a node, up and without any interfaces in them. */
void vrf_build(struct batch *batch, const struct node *node);

/* A request (owned) that puts an end into its VRF; addresses that it had would be gone (do_vrf_add_slave()). */
struct nl_msg *vrf_enslave_request(const struct end *end);

#endif
