// SPDX-License-Identifier: GPL-2.0-only
// What the parts of the network's builder share: net.c, net_routes.c.
#ifndef LAB_AGENT_NET_PARTS_H
#define LAB_AGENT_NET_PARTS_H

#include "lab/agent/net.h"

#include <netlink/addr.h>

/* "WHAT NAME: strerror(errno)" into net->why; the errno. */
int net_fail(struct net *net, const char *what, const char *name);

/* "ADDRESS" or "ADDRESS/LEN" (owned); NULL when it is neither. */
struct nl_addr *net_parse_address(const char *text);

/* Adds a request for a route of the plan. */
void net_add_route(struct net *net, const struct route *route);

#endif
