// SPDX-License-Identifier: GPL-2.0-only
// Faults and their healing. Each kind is one function that does both, so that they cannot drift apart.
#include "lab/agent/faults.h"

#include "lab/agent/nft.h"
#include "lab/agent/tc.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char data[8192];
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) append(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->data + text->used, sizeof(text->data) - text->used, format, arguments);
	va_end(arguments);
	if (n > 0)
		text->used += n;
	if (text->used >= sizeof(text->data))
		abort(); /* a scenario file is too short to get here */
}

static int fail(struct net *net, const char *what)
{
	snprintf(net->why, sizeof(net->why), "%s", what);
	return EINVAL;
}

/* Calls `each` for every target [node, ifindex] of the fault. */
static int for_targets(struct laboratory *lab, const struct step *step, bool heal,
		       int (*each)(struct laboratory *, const struct step *, struct link *,
				   struct end *, bool))
{
	json_t *targets = json_object_get(step->fault, "targets"), *target;
	size_t i;

	json_array_foreach(targets, i, target) {
		struct link *link;
		json_int_t node, ifindex;
		struct end *end;
		int error;

		if (json_unpack(target, "[II]", &node, &ifindex))
			return fail(lab->net, "a target is [node, ifindex]");
		end = plan_find_end(lab->net->plan, node, ifindex, &link);
		if (!end)
			return fail(lab->net, "the plan has no such target");
		error = each(lab, step, link, end, heal);
		if (error)
			return error;
	}
	return 0;
}

static int link_down_at(struct laboratory *lab, const struct step *step, struct link *link,
			struct end *end, bool heal)
{
	(void)step;
	(void)link;
	if (heal)
		net_restore_end(lab->net, end);
	else
		net_set_end_up(lab->net, end, false);
	return net_commit(lab->net, end->node);
}

static int link_down(struct laboratory *lab, const struct step *step, bool heal)
{
	return for_targets(lab, step, heal, link_down_at);
}

static int drop_at(struct laboratory *lab, const struct step *step, struct end *end,
		   bool spare_neighbours, bool heal)
{
	struct batch *batch = &lab->net->spaces[end->node].batch;

	if (heal)
		tc_delete_drop(batch, end->ifindex, step->id, spare_neighbours);
	else
		tc_add_drop(batch, end->ifindex, step->id, spare_neighbours);
	return net_commit(lab->net, end->node);
}

static int blackhole_at(struct laboratory *lab, const struct step *step, struct link *link,
			struct end *end, bool heal)
{
	(void)link;
	return drop_at(lab, step, end, true, heal);
}

static int blackhole(struct laboratory *lab, const struct step *step, bool heal)
{
	return for_targets(lab, step, heal, blackhole_at);
}

static int dead_neighbour_at(struct laboratory *lab, const struct step *step, struct link *link,
			     struct end *end, bool heal)
{
	int error = drop_at(lab, step, end, false, heal);

	for (int k = 0; k < 2 && !error; k++)
		error = net_flush_neighbours(lab->net, link->ends[k].node, link->ends[k].ifindex);
	return error;
}

static int dead_neighbour(struct laboratory *lab, const struct step *step, bool heal)
{
	return for_targets(lab, step, heal, dead_neighbour_at);
}

/* Runs nft commands in a node's namespace. */
static int run_rules(struct laboratory *lab, size_t node, const char *rules)
{
	struct net *net = lab->net;
	char why[400];
	int error = 0;

	if (net_enter(net, node)) {
		error = errno;
		snprintf(net->why, sizeof(net->why), "cannot enter node %s: %s",
			 net->plan->nodes[node].name, strerror(error));
		return error;
	}
	if (nft_run(rules, why, sizeof(why))) {
		error = EINVAL;
		snprintf(net->why, sizeof(net->why), "node %s: %s", net->plan->nodes[node].name,
			 why);
	}
	if (net_leave(net)) {
		error = errno;
		snprintf(net->why, sizeof(net->why), "cannot return home: %s", strerror(error));
	}
	return error;
}

static void append_chunk_match(struct text *text, const struct step *step)
{
	const char *chunk = json_string_value(json_object_get(step->fault, "chunk"));

	append(text, " meta l4proto 132");
	if (chunk)
		append(text, " sctp chunk %s exists", chunk);
}

/*
 * nftables' own counter of matching packets: `numgen inc` counts from 0 and is only reached by packets that match, so
 * that skipping and counting need nothing from outside.
 */
static int drop_chunks_at(struct laboratory *lab, const struct step *step, struct link *link,
			  struct end *end, bool heal)
{
	json_int_t skip = json_integer_value(json_object_get(step->fault, "skip"));
	json_int_t count = json_integer_value(json_object_get(step->fault, "count"));
	struct text text = { .used = 0 };
	char table[64];

	(void)link;
	snprintf(table, sizeof(table), "netdev fault_%lld_%u", (long long)step->id, end->ifindex);
	if (heal) {
		append(&text, "delete table %s\n", table);
		return run_rules(lab, end->node, text.data);
	}
	append(&text, "add table %s\n", table);
	append(&text,
	       "add chain %s arrive { type filter hook ingress device \"%s\" priority 0; }\n",
	       table, end->ifname);
	append(&text, "add rule %s arrive", table);
	append_chunk_match(&text, step);
	if (skip || count)
		append(&text, " numgen inc mod 4294967295 %lld-%lld", (long long)skip,
		       count ? (long long)(skip + count - 1) : 4294967294LL);
	append(&text, " drop\n");
	return run_rules(lab, end->node, text.data);
}

static int drop_chunks(struct laboratory *lab, const struct step *step, bool heal)
{
	return for_targets(lab, step, heal, drop_chunks_at);
}

static int parse_route_type(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "unreachable", RTN_UNREACHABLE },
		{ "prohibit", RTN_PROHIBIT },
		{ "blackhole", RTN_BLACKHOLE },
		{ "absent", RTN_UNSPEC },
	};

	for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return -1;
}

static int route_fault(struct laboratory *lab, const struct step *step, bool heal)
{
	int type = parse_route_type(json_string_value(json_object_get(step->fault, "type")));
	json_int_t node = json_integer_value(json_object_get(step->fault, "node"));
	json_t *prefixes = json_object_get(step->fault, "prefixes"), *prefix;
	size_t i;
	int error;

	if (type < 0)
		return fail(lab->net, "not a type of route");
	json_array_foreach(prefixes, i, prefix) {
		const char *text = json_string_value(prefix);

		if (type == RTN_UNSPEC)
			error = net_plain_routes(lab->net, node, text, heal);
		else
			error = net_typed_route(lab->net, node, text, type, !heal);
		if (error)
			return error;
	}
	return net_commit(lab->net, node);
}

static bool is_ipv6(const char *address)
{
	return strchr(address, ':');
}

/* " a, b", the addresses of one family; false when there are some, but none of that family. */
static bool append_addresses(struct text *text, const struct step *step, const char *key, bool ipv6)
{
	json_t *addresses = json_object_get(step->fault, key), *address;
	size_t i, n = 0;

	json_array_foreach(addresses, i, address) {
		const char *value = json_string_value(address);

		if (is_ipv6(value) != ipv6)
			continue;
		append(text, n++ ? ", %s" : " %s", value);
	}
	return n || !json_array_size(addresses);
}

static bool append_match(struct text *text, const struct step *step, bool ipv6)
{
	static const char *const keys[][2] = { { "sources", "saddr" },
					       { "destinations", "daddr" } };

	for (size_t k = 0; k < 2; k++) {
		struct text list = { .used = 0 };

		if (!append_addresses(&list, step, keys[k][0], ipv6))
			return false;
		if (list.used)
			append(text, " %s %s {%s }", ipv6 ? "ip6" : "ip", keys[k][1], list.data);
	}
	return true;
}

static int table_of_node(struct laboratory *lab, const struct step *step, bool heal,
			 const char *hook,
			 void (*rules)(struct text *, const struct step *, const char *table))
{
	json_int_t node = json_integer_value(json_object_get(step->fault, "node"));
	struct text text = { .used = 0 };
	char table[64];

	snprintf(table, sizeof(table), "inet fault_%lld", (long long)step->id);
	if (heal) {
		append(&text, "delete table %s\n", table);
	} else {
		append(&text, "add table %s\n", table);
		append(&text, "add chain %s rules { type filter hook %s priority 0; }\n", table,
		       hook);
		rules(&text, step, table);
	}
	return run_rules(lab, node, text.data);
}

static void append_reject_rule(struct text *text, const struct step *step, const char *table,
			       const char *key, bool ipv6)
{
	json_t *code = json_object_get(step->fault, key);
	struct text match = { .used = 0 };

	if (!json_is_integer(code) || !append_match(&match, step, ipv6))
		return;
	append(text, "add rule %s rules meta nfproto %s%s", table, ipv6 ? "ipv6" : "ipv4",
	       match.data);
	append_chunk_match(text, step);
	append(text, " reject with %s type %lld\n", ipv6 ? "icmpv6" : "icmp",
	       (long long)json_integer_value(code));
}

static void reject_rules(struct text *text, const struct step *step, const char *table)
{
	append_reject_rule(text, step, table, "icmp", false);
	append_reject_rule(text, step, table, "icmpv6", true);
}

static int reject(struct laboratory *lab, const struct step *step, bool heal)
{
	return table_of_node(lab, step, heal, "prerouting", reject_rules);
}

static void firewall_rules(struct text *text, const struct step *step, const char *table)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct text match = { .used = 0 };

		if (append_match(&match, step, ipv6) && match.used)
			append(text, "add rule %s rules%s meta l4proto 132 drop\n", table,
			       match.data);
	}
	if (!json_array_size(json_object_get(step->fault, "destinations")))
		append(text, "add rule %s rules meta l4proto 132 drop\n", table);
}

static int firewall(struct laboratory *lab, const struct step *step, bool heal)
{
	return table_of_node(lab, step, heal, "output", firewall_rules);
}

static struct endpoint *endpoint_of(struct laboratory *lab, const struct step *step)
{
	return &lab->endpoints[json_integer_value(json_object_get(step->fault, "endpoint"))];
}

static int no_listener(struct laboratory *lab, const struct step *step, bool heal)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "fault.%lld", (long long)step->id);
	if (endpoint_command(endpoint_of(lab, step), tag, heal ? "listen s" : "listen s 0"))
		return 0;
	return fail(lab->net, "the endpoint has ended");
}

static int crash(struct laboratory *lab, const struct step *step, bool heal)
{
	struct endpoint *endpoint = endpoint_of(lab, step);
	int error;

	if (!heal) {
		endpoint_kill(endpoint);
		return 0;
	}
	if (endpoint->pid)
		return fail(lab->net, "the endpoint still runs");
	error = endpoint_start(endpoint, lab->net, lab->epoch_ns);
	if (error)
		snprintf(lab->net->why, sizeof(lab->net->why),
			 "cannot start the endpoint again: %s", strerror(error));
	return error;
}

int fault_apply(struct laboratory *lab, const struct step *step, bool heal)
{
	static const struct {
		const char *kind;
		int (*apply)(struct laboratory *, const struct step *, bool heal);
	} kinds[] = {
		{ "link-down", link_down },
		{ "blackhole", blackhole },
		{ "dead-neighbour", dead_neighbour },
		{ "drop", drop_chunks },
		{ "route", route_fault },
		{ "reject", reject },
		{ "firewall", firewall },
		{ "no-listener", no_listener },
		{ "crash", crash },
	};
	const char *kind = json_string_value(json_object_get(step->fault, "kind"));

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].apply(lab, step, heal);
	return fail(lab->net, "the agent knows no such kind of fault");
}
