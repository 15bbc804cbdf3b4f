// SPDX-License-Identifier: GPL-2.0-only
// Faults that are nftables rules. Each has a table of its own, so that healing is taking that table away.
#include "lab/agent/fault_kinds.h"
#include "lab/agent/nft.h"

#include <errno.h>
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
static int drop_chunks_at(struct laboratory *lab, struct step *step, struct link *link,
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

int fault_drop(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, drop_chunks_at);
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

/* A table of a node with one chain at `hook`. */
static int table_of_node(struct laboratory *lab, const struct step *step, bool heal,
			 const char *hook,
			 void (*rules)(struct text *, const struct step *, const char *table))
{
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
	return run_rules(lab, fault_node(step), text.data);
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

int fault_reject(struct laboratory *lab, struct step *step, bool heal)
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

int fault_firewall(struct laboratory *lab, struct step *step, bool heal)
{
	return table_of_node(lab, step, heal, "output", firewall_rules);
}

static void conntrack_rules(struct text *text, const struct step *step, const char *table)
{
	(void)step;
	append(text, "add rule %s rules ct state invalid drop\n", table);
}

/* The hook comes after conntrack's own (NF_IP_PRI_CONNTRACK), before routing: what is for the node, and what passes. */
int fault_conntrack(struct laboratory *lab, struct step *step, bool heal)
{
	return table_of_node(lab, step, heal, "prerouting", conntrack_rules);
}

int fault_silence_too_big(struct laboratory *lab, const struct step *step, const struct end *end,
			  bool heal)
{
	struct text text = { .used = 0 };
	char table[64];

	/* of the end: a node may have two of them in one fault */
	snprintf(table, sizeof(table), "inet fault_%lld_%u", (long long)step->id, end->ifindex);
	if (heal) {
		append(&text, "delete table %s\n", table);
		return run_rules(lab, end->node, text.data);
	}
	append(&text, "add table %s\n", table);
	append(&text, "add chain %s rules { type filter hook output priority 0; }\n", table);
	append(&text,
	       "add rule %s rules icmp type destination-unreachable icmp code frag-needed drop\n"
	       "add rule %s rules icmpv6 type packet-too-big drop\n",
	       table, table);
	return run_rules(lab, end->node, text.data);
}
