// SPDX-License-Identifier: GPL-2.0-only
// Faults that are rules of nf_tables. Each has a table of its own, so that healing is taking that table away.
#include "lab/agent/fault_kinds.h"
#include "lab/agent/nft_expr.h"
#include "lab/common/chunks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Where a fault's chain is. */
struct place {
	size_t node;
	const struct end *end; /* that has the fault; NULL when the node has it */
	uint8_t family;	       /* NFPROTO_INET, or NFPROTO_NETDEV for what arrives at the end */
	uint32_t hook;
};

/* Adds a fault's rules; NULL, or what in the plan is wrong. */
typedef const char *rules_function(struct nft *nft, const struct step *step);

static int fail(struct net *net, size_t node, int error, const char *why)
{
	snprintf(net->why, sizeof(net->why), "node %s: %s", net->plan->nodes[node].name, why);
	return error;
}

static int begin_at(struct net *net, const struct place *place, const char *table, struct nft *nft)
{
	int error;

	if (net_enter(net, place->node)) {
		error = errno;
		snprintf(net->why, sizeof(net->why), "cannot enter node %s: %s",
			 net->plan->nodes[place->node].name, strerror(error));
		return error;
	}
	error = nft_begin(nft, place->family, table);
	if (error)
		snprintf(net->why, sizeof(net->why),
			 "cannot reach the kernel's packet filters (nf_tables): %s",
			 strerror(error));
	if (!net_leave(net))
		return error;
	if (!error) {
		error = errno;
		nft_close(nft);
	}
	snprintf(net->why, sizeof(net->why), "cannot return home: %s", strerror(error));
	return error;
}

/* Makes the fault's table, or with `heal` takes it away. A node may have two ends in one fault. */
static int change_table(struct laboratory *lab, const struct step *step, const struct place *place,
			bool heal, rules_function *rules)
{
	bool netdev = place->family == NFPROTO_NETDEV;
	const char *wrong = NULL;
	char table[64], why[400];
	struct nft nft;
	int error;

	if (place->end)
		snprintf(table, sizeof(table), "fault_%lld_%u", (long long)step->id,
			 place->end->ifindex);
	else
		snprintf(table, sizeof(table), "fault_%lld", (long long)step->id);
	error = begin_at(lab->net, place, table, &nft);
	if (error)
		return error;
	if (heal) {
		nft_delete_table(&nft);
	} else {
		nft_add_table(&nft);
		nft_add_chain(&nft, netdev ? "arrive" : "rules", place->hook,
			      netdev ? place->end->ifname : NULL);
		wrong = rules(&nft, step);
	}
	if (wrong) {
		error = fail(lab->net, place->node, EINVAL, wrong);
	} else {
		error = nft_commit(&nft, why, sizeof(why));
		if (error)
			fail(lab->net, place->node, error, why);
	}
	nft_close(&nft);
	return error;
}

/* SCTP packets, or those with the fault's chunk. */
static const char *match_chunk(struct nft *nft, const struct step *step)
{
	const char *name = json_string_value(json_object_get(step->fault, "chunk"));
	const struct chunk_type *chunk = name ? find_chunk_nft(name) : NULL;

	if (name && !chunk)
		return "no such chunk";
	nft_match_l4proto(nft, IPPROTO_SCTP);
	if (chunk)
		nft_match_chunk(nft, chunk->type);
	return NULL;
}

/*
 * The kernel's own counter of matching packets counts from 0 and is only reached by packets that match, so that skipping
 * and counting need nothing from outside.
 */
static const char *drop_rules(struct nft *nft, const struct step *step)
{
	json_int_t skip = json_integer_value(json_object_get(step->fault, "skip"));
	json_int_t count = json_integer_value(json_object_get(step->fault, "count"));
	const char *wrong;

	nft_begin_rule(nft);
	wrong = match_chunk(nft, step);
	if (skip || count)
		nft_match_turn(nft, skip, count ? skip + count - 1 : NFT_LAST_TURN);
	nft_drop(nft);
	nft_end_rule(nft);
	return wrong;
}

static int drop_chunks_at(struct laboratory *lab, struct step *step, struct link *link,
			  struct end *end, bool heal)
{
	const struct place place = { end->node, end, NFPROTO_NETDEV, NF_NETDEV_INGRESS };

	(void)link;
	return change_table(lab, step, &place, heal, drop_rules);
}

int fault_drop(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, drop_chunks_at);
}

/* Addresses of one family, one after the other. */
struct addresses {
	size_t size, n, of_all; /* bytes of each; how many; how many there are of both families */
	unsigned char bytes[NFT_SET_KEYS * sizeof(struct in6_addr)];
};

static const char *read_addresses(const struct step *step, const char *key, bool ipv6,
				  struct addresses *addresses)
{
	json_t *list = json_object_get(step->fault, key), *item;
	size_t i;

	addresses->size = ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	addresses->n = 0;
	addresses->of_all = json_array_size(list);
	if (addresses->of_all > NFT_SET_KEYS)
		return "too many addresses for a rule";
	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);

		if (!text)
			return "not an address";
		if (!strchr(text, ':') == ipv6)
			continue;
		if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text,
			      addresses->bytes + addresses->n * addresses->size) != 1)
			return "not an address";
		addresses->n++;
	}
	return NULL;
}

/* What a rule of one family is about. */
struct parties {
	struct addresses sources, destinations;
};

/* *any: whether a packet of the family can be meant, that is, addresses were given in it wherever some were given. */
static const char *read_parties(const struct step *step, bool ipv6, struct parties *parties,
				bool *any)
{
	const char *wrong = read_addresses(step, "sources", ipv6, &parties->sources);

	if (!wrong)
		wrong = read_addresses(step, "destinations", ipv6, &parties->destinations);
	*any = (parties->sources.n || !parties->sources.of_all) &&
	       (parties->destinations.n || !parties->destinations.of_all);
	return wrong;
}

static void match_parties(struct nft *nft, bool ipv6, const struct parties *parties)
{
	static const uint32_t source[] = { 12, 8 }, destination[] = { 16, 24 };

	nft_match_nfproto(nft, ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	if (parties->sources.n)
		nft_match_addresses(nft, source[ipv6], parties->sources.bytes,
				    parties->sources.size, parties->sources.n);
	if (parties->destinations.n)
		nft_match_addresses(nft, destination[ipv6], parties->destinations.bytes,
				    parties->destinations.size, parties->destinations.n);
}

static const char *reject_rules(struct nft *nft, const struct step *step)
{
	static const char *const codes[] = { "icmp", "icmpv6" };
	const char *wrong = NULL;

	for (int ipv6 = 0; ipv6 < 2 && !wrong; ipv6++) {
		json_t *code = json_object_get(step->fault, codes[ipv6]);
		struct parties parties;
		bool any;

		wrong = read_parties(step, ipv6, &parties, &any);
		if (wrong || !any || !json_is_integer(code))
			continue;
		nft_begin_rule(nft);
		match_parties(nft, ipv6, &parties);
		wrong = match_chunk(nft, step);
		nft_reject(nft, json_integer_value(code));
		nft_end_rule(nft);
	}
	return wrong;
}

int fault_reject(struct laboratory *lab, struct step *step, bool heal)
{
	const struct place place = { fault_node(step), NULL, NFPROTO_INET, NF_INET_PRE_ROUTING };

	return change_table(lab, step, &place, heal, reject_rules);
}

static const char *firewall_rules(struct nft *nft, const struct step *step)
{
	const char *wrong = NULL;
	struct parties parties = { 0 };

	for (int ipv6 = 0; ipv6 < 2 && !wrong; ipv6++) {
		bool any;

		wrong = read_parties(step, ipv6, &parties, &any);
		if (wrong || !any || !parties.destinations.n)
			continue;
		nft_begin_rule(nft);
		match_parties(nft, ipv6, &parties);
		nft_match_l4proto(nft, IPPROTO_SCTP);
		nft_drop(nft);
		nft_end_rule(nft);
	}
	if (!wrong && !parties.destinations.of_all) {
		nft_begin_rule(nft);
		nft_match_l4proto(nft, IPPROTO_SCTP);
		nft_drop(nft);
		nft_end_rule(nft);
	}
	return wrong;
}

int fault_firewall(struct laboratory *lab, struct step *step, bool heal)
{
	const struct place place = { fault_node(step), NULL, NFPROTO_INET, NF_INET_LOCAL_OUT };

	return change_table(lab, step, &place, heal, firewall_rules);
}

static const char *conntrack_rules(struct nft *nft, const struct step *step)
{
	(void)step;
	nft_begin_rule(nft);
	nft_match_invalid(nft);
	nft_drop(nft);
	nft_end_rule(nft);
	return NULL;
}

/* The hook comes after conntrack's own (NF_IP_PRI_CONNTRACK), before routing: what is for the node, and what passes. */
int fault_conntrack(struct laboratory *lab, struct step *step, bool heal)
{
	const struct place place = { fault_node(step), NULL, NFPROTO_INET, NF_INET_PRE_ROUTING };

	return change_table(lab, step, &place, heal, conntrack_rules);
}

static void drop_icmp(struct nft *nft, uint8_t nfproto, uint8_t protocol, const uint8_t *start,
		      size_t size)
{
	nft_begin_rule(nft);
	nft_match_nfproto(nft, nfproto);
	nft_match_l4proto(nft, protocol);
	nft_match_bytes(nft, NFT_PAYLOAD_TRANSPORT_HEADER, 0, start, size);
	nft_drop(nft);
	nft_end_rule(nft);
}

static const char *too_big_rules(struct nft *nft, const struct step *step)
{
	static const uint8_t type_and_code[] = { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED };
	static const uint8_t type[] = { ICMP6_PACKET_TOO_BIG };

	(void)step;
	drop_icmp(nft, NFPROTO_IPV4, IPPROTO_ICMP, type_and_code, sizeof(type_and_code));
	drop_icmp(nft, NFPROTO_IPV6, IPPROTO_ICMPV6, type, sizeof(type));
	return NULL;
}

int fault_silence_too_big(struct laboratory *lab, const struct step *step, const struct end *end,
			  bool heal)
{
	const struct place place = { end->node, end, NFPROTO_INET, NF_INET_LOCAL_OUT };

	return change_table(lab, step, &place, heal, too_big_rules);
}
