// SPDX-License-Identifier: GPL-2.0-only
// The network of a plan: namespaces held by descriptor, veth pairs made in place, addresses, routes, qdiscs.
#ifndef LAB_AGENT_NET_H
#define LAB_AGENT_NET_H

#include "lab/agent/netlink.h"
#include "lab/agent/plan.h"

/* A node's network namespace. It has no name anywhere: it is gone when these descriptors are closed. */
struct space {
	int ns_fd;	    /* for setns(2) and IFLA_NET_NS_FD */
	struct batch batch; /* its netlink socket */
	int packet_fd; /* AF_PACKET socket that sees every interface, -1 when nothing is captured */
};

struct net {
	struct plan *plan;
	struct space *spaces; /* (owned) one a node, in the plan's order */
	int home_fd;	      /* the namespace the agent came from */
	char why[512];	      /* the sentence for the last failure */
};

/*
 * Builds everything. 0, or an errno with a sentence in net->why.
 * When it returns, every address can be used at once: no duplicate address detection is pending and every carrier is
 * known (linkwatch_sync_dev(), addrconf_dad_completed()).
 */
int net_build(struct net *net, struct plan *plan);

/* Closes all descriptors, and with them ends the namespaces and all in them. */
void net_close(struct net *net);

/* Moves the calling process to a node's namespace, or back home; -1 and errno on failure. */
int net_enter(const struct net *net, size_t node);
int net_leave(const struct net *net);

/* Adds requests that put an end up (after link-down): state, IPv6 addresses, the plan's routes over it. */
void net_restore_end(struct net *net, const struct end *end);

/* Adds requests for the addresses that should be there, IPv4 ones only with `ipv4`, and for the plan's routes. */
void net_restore_addresses(struct net *net, const struct end *end, bool ipv4);

/* Adds a request that takes "ADDRESS/LEN" away. */
void net_delete_address(struct net *net, const struct end *end, const char *text);

/* Adds a request for the MTU of an end. */
void net_set_mtu(struct net *net, const struct end *end, unsigned mtu);

/*
 * Writes a setting below /proc/sys in a node, at once; before that, what is there into `found` (size bytes) unless it
 * is NULL. 0, or an errno with net->why.
 */
int net_set_setting(struct net *net, size_t node, const char *path, const char *value, char *found,
		    size_t size);

/* Adds requests that put the end up or down. */
void net_set_end_up(struct net *net, const struct end *end, bool up);

/*
 * Adds requests for a route of a type (RTN_UNREACHABLE, ...) to `prefix` in a table of a node; `add` false takes it away.
 */
int net_typed_route(struct net *net, size_t node, uint32_t table, const char *prefix, uint8_t type,
		    bool add);

/*
 * Adds requests that take away, or put back, the node's ordinary routes (connected and planned) to `prefix` in a table.
 */
int net_plain_routes(struct net *net, size_t node, uint32_t table, const char *prefix, bool add);

/* Adds a request that forgets all that the node learnt about its neighbours on an interface. Commits at once. */
int net_flush_neighbours(struct net *net, size_t node, unsigned ifindex);

/* Sends what was added for a node; 0, or errno with net->why. */
int net_commit(struct net *net, size_t node);

#endif
