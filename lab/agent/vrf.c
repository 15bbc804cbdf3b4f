// SPDX-License-Identifier: GPL-2.0-only
// VRFs as Documentation/networking/vrf.rst has them set up: what has no route in a VRF is unreachable, and is not looked
// for in the table main; and no VRF has addresses of the node's other networks for its own.
#include "lab/agent/vrf.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <netlink/route/link.h>
#include <netlink/route/link/vrf.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>
#include <sys/socket.h>

enum {
	/* The rule that the kernel makes with the first VRF has 1000 (FIB_RULE_PREF in drivers/net/vrf.c). */
	LOCAL_PREFERENCE = 32765,
};

/* Of a route that counts when there is no other: vrf.rst. */
#define LAST_METRIC 4278198272U

static void add_device(struct batch *batch, const struct vrf *vrf)
{
	struct rtnl_link *object = rtnl_link_vrf_alloc();
	struct nl_addr *mac = NULL;
	struct nl_msg *msg = NULL;

	rtnl_link_set_name(object, vrf->name);
	rtnl_link_set_ifindex(object, vrf->ifindex);
	if (!nl_addr_parse(vrf->mac, AF_LLC, &mac)) {
		rtnl_link_set_addr(object, mac);
		nl_addr_put(mac);
	}
	rtnl_link_vrf_set_tableid(object, vrf->table);
	rtnl_link_set_flags(object, IFF_UP);
	rtnl_link_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, &msg);
	batch_add(batch, msg, "cannot make a VRF (CONFIG_NET_VRF)");
	rtnl_link_put(object);
}

static void add_last_route(struct batch *batch, const struct vrf *vrf, int family)
{
	struct rtnl_route *object = rtnl_route_alloc();
	struct nl_addr *all = nl_addr_build(family, NULL, 0);
	struct nl_msg *msg = NULL;

	rtnl_route_set_family(object, family);
	rtnl_route_set_dst(object, all);
	rtnl_route_set_table(object, vrf->table);
	rtnl_route_set_type(object, RTN_UNREACHABLE);
	rtnl_route_set_scope(object, RT_SCOPE_UNIVERSE);
	rtnl_route_set_priority(object, LAST_METRIC);
	rtnl_route_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, &msg);
	batch_add(batch, msg, "cannot add the last route of a VRF");
	nl_addr_put(all);
	rtnl_route_put(object);
}

/* The rule that looks into the table local, which is the first one otherwise. */
static void move_local_rule(struct batch *batch, int family)
{
	struct rtnl_rule *object = rtnl_rule_alloc();
	struct nl_msg *msg = NULL;

	rtnl_rule_set_family(object, family);
	rtnl_rule_set_table(object, RT_TABLE_LOCAL);
	rtnl_rule_set_action(object, FR_ACT_TO_TBL);
	rtnl_rule_set_prio(object, LOCAL_PREFERENCE);
	rtnl_rule_build_add_request(object, NLM_F_CREATE | NLM_F_EXCL, &msg);
	batch_add(batch, msg, "cannot add a rule");
	rtnl_rule_set_prio(object, 0);
	rtnl_rule_build_delete_request(object, 0, &msg);
	batch_add(batch, msg, "cannot take a rule away");
	rtnl_rule_put(object);
}

void vrf_build(struct batch *batch, const struct node *node)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < node->n_vrfs; i++)
		add_device(batch, &node->vrfs[i]);
	for (size_t k = 0; node->n_vrfs && k < 2; k++) {
		move_local_rule(batch, families[k]);
		for (size_t i = 0; i < node->n_vrfs; i++)
			add_last_route(batch, &node->vrfs[i], families[k]);
	}
}

struct nl_msg *vrf_enslave_request(const struct end *end)
{
	struct ifinfomsg info = { .ifi_index = end->ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

	if (msg) {
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		nla_put_u32(msg, IFLA_MASTER, end->vrf->ifindex);
	}
	return msg;
}
