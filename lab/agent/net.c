// SPDX-License-Identifier: GPL-2.0-only
// Builds the network of a plan. The order of requests and the settings below are what makes it fast and usable at once;
// each unusual one says why.
#include "lab/agent/net.h"

#include "lab/agent/net_parts.h"
#include "lab/agent/tc.h"
#include "lab/agent/vrf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LO_IFINDEX = 1 };

int net_fail(struct net *net, const char *what, const char *name)
{
	int error = errno;

	snprintf(net->why, sizeof(net->why), "%s %s: %s", what, name, strerror(error));
	return error;
}

static int write_sysctl(struct net *net, const char *path, const char *value)
{
	char file[256];
	int fd, error = 0;

	snprintf(file, sizeof(file), "/proc/sys/%s", path);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return net_fail(net, "this kernel has no setting", path);
	if (write(fd, value, strlen(value)) < 0)
		error = net_fail(net, "the kernel refused the value given for the setting", path);
	close(fd);
	return error;
}

/* Without its newline. */
static int read_sysctl(struct net *net, const char *path, char *value, size_t size)
{
	char file[256];
	ssize_t n;
	int fd, error = 0;

	snprintf(file, sizeof(file), "/proc/sys/%s", path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return net_fail(net, "this kernel has no setting", path);
	n = read(fd, value, size - 1);
	if (n < 0)
		error = net_fail(net, "cannot read the setting", path);
	value[n < 0 ? 0 : n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	close(fd);
	return error;
}

/*
 * A new namespace for one node. The descriptor comes from the netlink socket (SIOCGSKNS), so that nothing has a name;
 * settings are written while inside, since /proc/sys/net shows the namespace of the process that looks.
 */
static int make_space(struct net *net, size_t index)
{
	const struct node *node = &net->plan->nodes[index];
	struct space *space = &net->spaces[index];
	int error;

	if (unshare(CLONE_NEWNET))
		return net_fail(net, "cannot make a network namespace for", node->name);
	space->batch.fd = netlink_open(NETLINK_ROUTE);
	if (space->batch.fd < 0)
		return net_fail(net, "cannot open netlink in", node->name);
	space->ns_fd = ioctl(space->batch.fd, SIOCGSKNS);
	if (space->ns_fd < 0)
		return net_fail(net, "cannot hold the namespace of", node->name);
	if (net->plan->capture) {
		space->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
					  htons(ETH_P_ALL));
		if (space->packet_fd < 0)
			return net_fail(net, "cannot capture packets in", node->name);
	}
	/* Router solicitations would only add noise: no scenario has a router that advertises. */
	error = write_sysctl(net, "net/ipv6/conf/default/router_solicitations", "0");
	for (size_t i = 0; i < node->n_sysctls && !error; i++)
		error = write_sysctl(net, node->sysctls[i].path, node->sysctls[i].value);
	return error;
}

struct nl_addr *net_parse_address(const char *text)
{
	struct nl_addr *address = NULL;

	return nl_addr_parse(text, AF_UNSPEC, &address) ? NULL : address;
}

static void set_link_basics(struct rtnl_link *object, const struct link *link,
			    const struct end *end)
{
	struct nl_addr *mac = NULL;

	rtnl_link_set_name(object, end->ifname);
	rtnl_link_set_ifindex(object, end->ifindex);
	rtnl_link_set_mtu(object, link->mtu);
	/* One queue each way: with more, every end waits for an RCU grace period when it is set up. */
	rtnl_link_set_num_tx_queues(object, 1);
	rtnl_link_set_num_rx_queues(object, 1);
	if (!nl_addr_parse(end->mac, AF_LLC, &mac)) {
		rtnl_link_set_addr(object, mac);
		nl_addr_put(mac);
	}
}

/* The pair in one request: this end here, the peer straight in the other node's namespace. */
static void add_veth(struct net *net, const struct link *link)
{
	const struct end *here = &link->ends[0], *there = &link->ends[1];
	struct rtnl_link *pair = rtnl_link_veth_alloc(), *peer = rtnl_link_veth_get_peer(pair);
	struct nl_msg *msg = NULL;

	set_link_basics(pair, link, here);
	set_link_basics(peer, link, there);
	rtnl_link_set_ns_fd(peer, net->spaces[there->node].ns_fd);
	rtnl_link_build_add_request(pair, NLM_F_CREATE | NLM_F_EXCL, &msg);
	batch_add(&net->spaces[here->node].batch, msg, "cannot make a veth pair");
	rtnl_link_put(peer);
	rtnl_link_put(pair);
}

static struct nl_msg *link_flags_request(unsigned ifindex, bool up)
{
	struct ifinfomsg info = { .ifi_index = ifindex,
				  .ifi_change = IFF_UP,
				  .ifi_flags = up ? IFF_UP : 0 };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

	if (msg)
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	return msg;
}

/* Without this an IPv6 link-local address is made by the kernel, and it stays tentative for a second or two. */
static struct nl_msg *no_generated_address_request(unsigned ifindex)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	struct nlattr *spec, *inet6;

	if (!msg)
		return NULL;
	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	spec = nla_nest_start(msg, IFLA_AF_SPEC);
	inet6 = nla_nest_start(msg, AF_INET6);
	nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
	return msg;
}

static void add_address(struct net *net, const struct end *end, const char *text)
{
	struct rtnl_addr *object = rtnl_addr_alloc();
	struct nl_addr *local = net_parse_address(text);
	struct nl_msg *msg = NULL;

	rtnl_addr_set_ifindex(object, end->ifindex);
	rtnl_addr_set_local(object, local);
	if (nl_addr_get_family(local) == AF_INET6)
		rtnl_addr_set_flags(object, IFA_F_NODAD);
	rtnl_addr_build_add_request(object, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	batch_add(&net->spaces[end->node].batch, msg, "cannot add an address");
	nl_addr_put(local);
	rtnl_addr_put(object);
}

/*
 * Routers forward IPv6 only through an interface with a link-local address that is not tentative; the modified EUI-64 of
 * RFC 4291 appendix A, from the MAC address the plan chose.
 */
static void add_link_local(struct net *net, const struct end *end)
{
	unsigned char mac[6] = { 0 };
	char text[64];

	sscanf(end->mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
	       &mac[4], &mac[5]);
	snprintf(text, sizeof(text), "fe80::%x:%xff:fe%02x:%x/64", (mac[0] ^ 2) << 8 | mac[1],
		 mac[2], mac[3], mac[4] << 8 | mac[5]);
	add_address(net, end, text);
}

static bool is_ipv6(const char *address)
{
	return strchr(address, ':');
}

/* Asking for an interface makes the kernel settle its carrier now instead of up to a second later. */
static void settle_carrier(struct net *net, const struct end *end)
{
	struct ifinfomsg info = { .ifi_index = end->ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);

	if (msg)
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	batch_add(&net->spaces[end->node].batch, msg, "cannot look at an interface");
}

static void add_end(struct net *net, const struct end *end)
{
	struct batch *batch = &net->spaces[end->node].batch;
	bool any_ipv6 = false;

	batch_add(batch, no_generated_address_request(end->ifindex),
		  "cannot set how addresses are generated");
	if (end->vrf)
		batch_add(batch, vrf_enslave_request(end), "cannot put an interface into a VRF");
	for (size_t i = 0; i < end->n_addresses; i++) {
		add_address(net, end, end->addresses[i].text);
		any_ipv6 |= is_ipv6(end->addresses[i].text);
	}
	if (any_ipv6)
		add_link_local(net, end);
	if (end->drops)
		batch_add(batch, tc_clsact_request(end->ifindex), "cannot set up clsact");
	batch_add(batch, link_flags_request(end->ifindex, true), "cannot set an interface up");
	if (end->netem.delay_ns || end->netem.jitter_ns || end->netem.loss_ppm ||
	    end->netem.rate_bps)
		batch_add(batch, tc_netem_request(end->ifindex, &end->netem),
			  "cannot set up netem (sch_netem)");
}

static int commit_all(struct net *net)
{
	int error = 0;

	for (size_t i = 0; i < net->plan->n_nodes && !error; i++)
		error = net_commit(net, i);
	return error;
}

int net_build(struct net *net, struct plan *plan)
{
	int error = 0;

	net->plan = plan;
	net->home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net->home_fd < 0)
		return net_fail(net, "cannot open", "/proc/self/ns/net");
	net->spaces = calloc(plan->n_nodes + 1, sizeof(*net->spaces));
	if (!net->spaces)
		abort();
	for (size_t i = 0; i < plan->n_nodes; i++)
		net->spaces[i].ns_fd = net->spaces[i].batch.fd = net->spaces[i].packet_fd = -1;
	for (size_t i = 0; i < plan->n_nodes && !error; i++)
		error = make_space(net, i);
	if (!error && net_leave(net))
		error = net_fail(net, "cannot return to", "the first namespace");
	if (error)
		return error;

	for (size_t i = 0; i < plan->n_nodes; i++)
		batch_add(&net->spaces[i].batch, link_flags_request(LO_IFINDEX, true),
			  "cannot set lo up");
	for (size_t i = 0; i < plan->n_nodes; i++)
		vrf_build(&net->spaces[i].batch, &plan->nodes[i]);
	for (size_t i = 0; i < plan->n_links; i++)
		add_veth(net, &plan->links[i]);
	error = commit_all(net);
	if (error)
		return error;

	for (size_t i = 0; i < plan->n_links; i++)
		for (int k = 0; k < 2; k++)
			add_end(net, &plan->links[i].ends[k]);
	error = commit_all(net);
	if (error)
		return error;

	/* The first end came up without a carrier: its peer, which came up second, is looked at first. */
	for (size_t i = 0; i < plan->n_links; i++)
		settle_carrier(net, &plan->links[i].ends[1]);
	error = commit_all(net);
	for (size_t i = 0; i < plan->n_links; i++)
		settle_carrier(net, &plan->links[i].ends[0]);
	for (size_t i = 0; i < plan->n_routes; i++)
		net_add_route(net, &plan->routes[i]);
	if (!error)
		error = commit_all(net);
	/* A kernel worker joins the solicited-node groups of addresses that skip DAD: let it run. */
	nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
	return error;
}

void net_close(struct net *net)
{
	for (size_t i = 0; net->spaces && i < net->plan->n_nodes; i++) {
		struct space *space = &net->spaces[i];
		int fds[] = { space->packet_fd, space->batch.fd, space->ns_fd };

		batch_free(&space->batch);
		for (size_t k = 0; k < 3; k++)
			if (fds[k] >= 0)
				close(fds[k]);
	}
	free(net->spaces);
	net->spaces = NULL;
}

int net_enter(const struct net *net, size_t node)
{
	return setns(net->spaces[node].ns_fd, CLONE_NEWNET);
}

int net_leave(const struct net *net)
{
	return setns(net->home_fd, CLONE_NEWNET);
}

int net_commit(struct net *net, size_t node)
{
	char why[400];
	int error = batch_commit(&net->spaces[node].batch, why, sizeof(why));

	if (error)
		snprintf(net->why, sizeof(net->why), "node %s: %s", net->plan->nodes[node].name,
			 why);
	return error;
}

void net_set_end_up(struct net *net, const struct end *end, bool up)
{
	batch_add(&net->spaces[end->node].batch, link_flags_request(end->ifindex, up),
		  up ? "cannot set an interface up" : "cannot set an interface down");
}

void net_set_mtu(struct net *net, const struct end *end, unsigned mtu)
{
	struct ifinfomsg info = { .ifi_index = end->ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

	if (msg) {
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		nla_put_u32(msg, IFLA_MTU, mtu);
	}
	batch_add(&net->spaces[end->node].batch, msg, "cannot set an MTU");
}

void net_delete_address(struct net *net, const struct end *end, const char *text)
{
	struct rtnl_addr *object = rtnl_addr_alloc();
	struct nl_addr *local = net_parse_address(text);
	struct nl_msg *msg = NULL;

	rtnl_addr_set_ifindex(object, end->ifindex);
	rtnl_addr_set_local(object, local);
	rtnl_addr_build_delete_request(object, 0, &msg);
	batch_add(&net->spaces[end->node].batch, msg, "cannot take an address away");
	nl_addr_put(local);
	rtnl_addr_put(object);
}

void net_restore_addresses(struct net *net, const struct end *end, bool ipv4)
{
	bool any_ipv6 = false;

	for (size_t i = 0; i < end->n_addresses; i++) {
		const struct end_address *address = &end->addresses[i];
		bool ipv6 = is_ipv6(address->text);

		if (!address->present || !(ipv6 || ipv4))
			continue;
		add_address(net, end, address->text);
		any_ipv6 |= ipv6;
	}
	if (any_ipv6)
		add_link_local(net, end);
	for (size_t i = 0; i < net->plan->n_routes; i++)
		if (net->plan->routes[i].node == end->node &&
		    net->plan->routes[i].ifindex == end->ifindex)
			net_add_route(net, &net->plan->routes[i]);
}

void net_restore_end(struct net *net, const struct end *end)
{
	net_set_end_up(net, end, true);
	settle_carrier(net, end);
	/* Taking an interface down loses its IPv6 addresses and the routes over it; IPv4 addresses stay. */
	net_restore_addresses(net, end, false);
}

int net_set_setting(struct net *net, size_t node, const char *path, const char *value, char *found,
		    size_t size)
{
	int error;

	if (net_enter(net, node))
		return net_fail(net, "cannot enter node", net->plan->nodes[node].name);
	error = found ? read_sysctl(net, path, found, size) : 0;
	if (!error)
		error = write_sysctl(net, path, value);
	if (net_leave(net))
		return net_fail(net, "cannot return to", "the first namespace");
	return error;
}

int net_flush_neighbours(struct net *net, size_t node, unsigned ifindex)
{
	struct batch *batch = &net->spaces[node].batch;
	int error;

	/* What other nodes may have been learnt is known from the plan: the addresses at the link's other end. */
	for (size_t i = 0; i < net->plan->n_links; i++)
		for (int k = 0; k < 2; k++) {
			const struct end *end = &net->plan->links[i].ends[k],
					 *peer = &net->plan->links[i].ends[!k];

			if (end->node != node || end->ifindex != ifindex)
				continue;
			for (size_t a = 0; a < peer->n_addresses; a++) {
				struct rtnl_neigh *object = rtnl_neigh_alloc();
				struct nl_addr *dst = net_parse_address(peer->addresses[a].text);
				struct nl_msg *msg = NULL;

				nl_addr_set_prefixlen(
					dst, nl_addr_get_family(dst) == AF_INET ? 32 : 128);
				rtnl_neigh_set_ifindex(object, ifindex);
				rtnl_neigh_set_dst(object, dst);
				rtnl_neigh_build_delete_request(object, 0, &msg);
				batch_add(batch, msg, "cannot forget a neighbour");
				nl_addr_put(dst);
				rtnl_neigh_put(object);
			}
		}
	batch->ignored_errno = ENOENT; /* it was never learnt */
	error = net_commit(net, node);
	batch->ignored_errno = 0;
	return error;
}
