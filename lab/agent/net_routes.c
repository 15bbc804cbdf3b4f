// SPDX-License-Identifier: GPL-2.0-only
// Routes of nodes: those of the plan, and those that faults put in, take away and put back.
#include "lab/agent/net.h"
#include "lab/agent/net_parts.h"

#include <errno.h>
#include <netlink/route/route.h>

void net_add_route(struct net *net, const struct route *route)
{
	struct rtnl_route *object = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *dst = net_parse_address(route->dst), *via = net_parse_address(route->via);
	struct nl_msg *msg = NULL;

	rtnl_route_set_family(object, nl_addr_get_family(dst));
	rtnl_route_set_dst(object, dst);
	rtnl_route_set_table(object, route->table);
	rtnl_route_nh_set_ifindex(hop, route->ifindex);
	rtnl_route_nh_set_gateway(hop, via);
	rtnl_route_add_nexthop(object, hop);
	rtnl_route_build_add_request(object, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	batch_add(&net->spaces[route->node].batch, msg, "cannot add a route");
	nl_addr_put(via);
	nl_addr_put(dst);
	rtnl_route_put(object);
}

int net_typed_route(struct net *net, size_t node, uint32_t table, const char *prefix, uint8_t type,
		    bool add)
{
	struct rtnl_route *object = rtnl_route_alloc();
	struct nl_addr *dst = net_parse_address(prefix);
	struct nl_msg *msg = NULL;

	if (!dst) {
		rtnl_route_put(object);
		errno = EINVAL;
		return net_fail(net, "not a prefix:", prefix);
	}
	rtnl_route_set_family(object, nl_addr_get_family(dst));
	rtnl_route_set_dst(object, dst);
	rtnl_route_set_table(object, table);
	rtnl_route_set_type(object, type);
	rtnl_route_set_scope(object, RT_SCOPE_UNIVERSE);
	if (add)
		rtnl_route_build_add_request(object, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	else
		rtnl_route_build_del_request(object, 0, &msg);
	batch_add(&net->spaces[node].batch, msg,
		  add ? "cannot add a route" : "cannot take a route away");
	nl_addr_put(dst);
	rtnl_route_put(object);
	return 0;
}

/* Where the kernel puts the routes of an interface's own addresses. */
static uint32_t end_table(const struct end *end)
{
	return end->vrf ? end->vrf->table : RT_TABLE_MAIN;
}

/* The route the kernel itself made for an address (fib_add_ifaddr(), addrconf_prefix_route()). */
static void connected_route(struct net *net, const struct end *end, const char *address,
			    struct nl_addr *dst, bool add)
{
	struct rtnl_route *object = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *source = net_parse_address(address);
	struct nl_msg *msg = NULL;

	rtnl_route_set_family(object, nl_addr_get_family(dst));
	rtnl_route_set_dst(object, dst);
	rtnl_route_set_table(object, end_table(end));
	rtnl_route_set_protocol(object, RTPROT_KERNEL);
	if (nl_addr_get_family(dst) == AF_INET) {
		rtnl_route_set_scope(object, RT_SCOPE_LINK);
		if (add) {
			nl_addr_set_prefixlen(source, 32);
			rtnl_route_set_pref_src(object, source);
		}
	} else {
		rtnl_route_set_priority(object, 256);
	}
	rtnl_route_nh_set_ifindex(hop, end->ifindex);
	rtnl_route_add_nexthop(object, hop);
	if (add)
		rtnl_route_build_add_request(object, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	else
		rtnl_route_build_del_request(object, 0, &msg);
	batch_add(&net->spaces[end->node].batch, msg,
		  add ? "cannot put a route back" : "cannot take a route away");
	nl_addr_put(source);
	rtnl_route_put(object);
}

/* True when two "ADDRESS/LEN" name the same network. */
static bool same_network(struct nl_addr *network, const char *other)
{
	struct nl_addr *address = net_parse_address(other);
	bool same = address && nl_addr_get_family(network) == nl_addr_get_family(address) &&
		    nl_addr_get_prefixlen(network) == nl_addr_get_prefixlen(address) &&
		    !nl_addr_cmp_prefix(network, address);

	if (address)
		nl_addr_put(address);
	return same;
}

static void planned_route(struct net *net, const struct route *route, bool add)
{
	struct rtnl_route *object;
	struct nl_addr *dst;
	struct nl_msg *msg = NULL;

	if (add) {
		net_add_route(net, route);
		return;
	}
	object = rtnl_route_alloc();
	dst = net_parse_address(route->dst);
	rtnl_route_set_family(object, nl_addr_get_family(dst));
	rtnl_route_set_dst(object, dst);
	rtnl_route_set_table(object, route->table);
	rtnl_route_set_scope(object, RT_SCOPE_NOWHERE);
	rtnl_route_build_del_request(object, 0, &msg);
	batch_add(&net->spaces[route->node].batch, msg, "cannot take a route away");
	nl_addr_put(dst);
	rtnl_route_put(object);
}

int net_plain_routes(struct net *net, size_t node, uint32_t table, const char *prefix, bool add)
{
	struct nl_addr *dst = net_parse_address(prefix);
	size_t found = 0;

	for (size_t i = 0; dst && i < net->plan->n_links; i++)
		for (int k = 0; k < 2; k++) {
			const struct end *end = &net->plan->links[i].ends[k];

			if (end->node != node || end_table(end) != table)
				continue;
			for (size_t a = 0; a < end->n_addresses; a++)
				if (same_network(dst, end->addresses[a].text)) {
					connected_route(net, end, end->addresses[a].text, dst, add);
					found++;
					break;
				}
		}
	for (size_t i = 0; dst && i < net->plan->n_routes; i++)
		if (net->plan->routes[i].node == node && net->plan->routes[i].table == table &&
		    same_network(dst, net->plan->routes[i].dst)) {
			planned_route(net, &net->plan->routes[i], add);
			found++;
		}
	if (dst)
		nl_addr_put(dst);
	if (found)
		return 0;
	errno = ESRCH;
	return net_fail(net, "the node has no route to", prefix);
}
