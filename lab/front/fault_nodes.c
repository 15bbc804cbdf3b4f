// SPDX-License-Identifier: GPL-2.0-only
// Faults in the middle of a node: its routes, its firewall, what it thinks of sources and connections.
#include <ctype.h>
#include <string.h>

#include "lab/front/fault_build.h"
#include "lab/front/words.h"

/* Addresses of a list, which may be absent when it is not required, and the links that their names name. */
static bool get_addresses(struct builder *builder, const struct yaml *list,
			  struct address addresses[FAULT_ADDRESSES_MAX],
			  const struct topo_link *links[FAULT_ADDRESSES_MAX], size_t *count)
{
	*count = 0;
	if (!list)
		return true;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		if (*count == FAULT_ADDRESSES_MAX) {
			yaml_error(builder->front, item, "more than %d addresses",
				   FAULT_ADDRESSES_MAX);
			return false;
		}
		if (!topology_get_place(builder->front, builder->scenario->topology, item,
					&addresses[*count], &links[*count]))
			return false;
		++*count;
	}
	if (*count == 0)
		yaml_error(builder->front, list, "expected at least one address");
	return *count > 0;
}

static void put_addresses(struct builder *builder, const char *key, const struct address *addresses,
			  size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, json_string(format_address(&builder->front->arena, &addresses[i])));
	json_object_set_new(builder->json, key, list);
}

/* The prefix a route fault is about: the address alone, or for an absent route its whole subnet. */
static bool get_route_prefix(struct builder *builder, const struct yaml *to,
			     const struct address *address, const struct topo_link *link,
			     struct prefix *prefix)
{
	*prefix = address_prefix(address);
	if (strcmp(builder->kind->type, "absent") != 0)
		return true;
	if (!link)
		link = topology_link_of(builder->scenario->topology, address);
	if (!link) {
		yaml_error(builder->front, to,
			   "%s is in no subnet of the topology, so no route to it is there",
			   format_address(&builder->front->arena, address));
		return false;
	}
	*prefix = link->subnets[family_index(address)];
	return true;
}

/* The VRF whose table the route is in; without one it is the table main. */
static bool put_table(struct builder *builder)
{
	const struct yaml *name = value_of(builder, "vrf");
	json_int_t node = json_integer_value(json_object_get(builder->json, "node"));
	const struct topo_vrf *vrf;

	if (!name)
		return true;
	vrf = topology_get_vrf(builder->front, builder->scenario->topology, (size_t)node, name);
	if (vrf)
		json_object_set_new(builder->json, "table", json_integer((json_int_t)vrf->table));
	return vrf != NULL;
}

bool build_route(struct builder *builder)
{
	const struct topo_link *links[FAULT_ADDRESSES_MAX];
	struct address addresses[FAULT_ADDRESSES_MAX];
	struct yaml *to = require_value(builder, "to");
	json_t *prefixes = json_array();
	bool good = put_node(builder);
	size_t count = 0;

	json_object_set_new(builder->json, "type", json_string(builder->kind->type));
	json_object_set_new(builder->json, "prefixes", prefixes);
	good = to && get_addresses(builder, to, addresses, links, &count) && good &&
	       put_table(builder);
	for (size_t i = 0; good && i < count; i++) {
		struct prefix prefix;

		good = get_route_prefix(builder, to, &addresses[i], links[i], &prefix);
		if (good)
			json_array_append_new(prefixes, json_string(format_prefix(
								&builder->front->arena, &prefix)));
	}
	return good;
}

bool build_reject(struct builder *builder)
{
	const struct topo_link *links[FAULT_ADDRESSES_MAX];
	struct address to[FAULT_ADDRESSES_MAX], from[FAULT_ADDRESSES_MAX];
	struct yaml *with = require_value(builder, "with");
	bool used[FAMILIES] = { false, false }, good = put_node(builder);
	size_t n_to, n_from;

	good &= with && put_chunk(builder);
	if (!get_addresses(builder, value_of(builder, "to"), to, links, &n_to) ||
	    !get_addresses(builder, value_of(builder, "from"), from, links, &n_from) || !good)
		return false;
	put_addresses(builder, "destinations", to, n_to);
	put_addresses(builder, "sources", from, n_from);
	for (size_t i = 0; i < n_to; i++)
		used[family_index(&to[i])] = true;
	for (size_t i = 0; i < n_from; i++)
		used[family_index(&from[i])] = true;
	if (n_to + n_from == 0)
		used[V4] = used[V6] = true;
	for (int family = 0; family < FAMILIES; family++) {
		int code;

		if (!used[family])
			continue;
		if (!get_unreachable_code(builder->front, with, family, &code))
			return false;
		json_object_set_new(builder->json, family == V4 ? "icmp" : "icmpv6",
				    json_integer(code));
	}
	/* for people; a number says no more than the code does */
	if (isalpha((unsigned char)with->text[0]))
		json_object_set_new(builder->json, "with", json_string(with->text));
	return true;
}

bool build_firewall(struct builder *builder)
{
	const struct topo_link *links[FAULT_ADDRESSES_MAX];
	struct address to[FAULT_ADDRESSES_MAX];
	struct yaml *list = require_value(builder, "to");
	bool good = put_node(builder);
	size_t count = 0;

	good = list && get_addresses(builder, list, to, links, &count) && good;
	put_addresses(builder, "destinations", to, good ? count : 0);
	return good;
}

bool build_rp_filter(struct builder *builder)
{
	/* net/ipv4/conf: 1 is strict, 2 loose (Documentation/networking/ip-sysctl.rst, RFC 3704) */
	static const char *const modes[] = { "strict", "loose" };
	struct yaml *mode = require_value(builder, "mode"), *link = value_of(builder, "link");
	const struct topology *topology = builder->scenario->topology;
	bool good = put_node(builder);
	const char *name = "all";
	size_t index = 0;

	good = mode && yaml_get_word(builder->front, mode, "the mode", modes, 2, &index) && good;
	if (!good)
		return false;
	if (link) {
		json_int_t node = json_integer_value(json_object_get(builder->json, "node"));
		long number = topology_get_link(builder->front, topology, link);

		if (number < 0)
			return false;
		name = topology->links[number].name;
		builder->step->link = name;
		if (link_end_at(&topology->links[number], (size_t)node) < 0) {
			yaml_error(builder->front, link, "link \"%s\" has no end at \"%s\"", name,
				   topology->nodes[node].name);
			return false;
		}
	}
	json_object_set_new(builder->json, "mode", json_string(modes[index]));
	json_object_set_new(builder->json, "interface", json_string(name));
	return true;
}

bool build_conntrack(struct builder *builder)
{
	return put_node(builder);
}
