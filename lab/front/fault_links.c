// SPDX-License-Identifier: GPL-2.0-only
// Faults at the ends of links, and on the way over them.
#include <string.h>

#include "lab/front/fault_build.h"
#include "lab/front/units.h"

/* The end of the link at the node that `key` names: 0 or 1; -1 after a sentence. */
static int get_end(struct builder *builder, const struct topo_link *link, const struct yaml *name)
{
	const struct topology *topology = builder->scenario->topology;
	const char *names[2], *text;

	if (!yaml_get_text(builder->front, name, "a node", &text))
		return -1;
	for (int i = 0; i < 2; i++) {
		names[i] = topology->nodes[link->ends[i].node].name;
		if (strcmp(names[i], text) == 0)
			return i;
	}
	yaml_error(builder->front, name, "link \"%s\" has no end at \"%s\"%s", link->name, text,
		   suggest(builder->front, text, names, 2));
	return -1;
}

/* Which ends of a link are meant by a node: its own one, or the one where what it sends arrives. */
enum side { AT_NODE, ARRIVES };

static bool get_link(struct builder *builder, const struct yaml *name,
		     const struct topo_link *links[FAULT_LINKS_MAX], size_t *count)
{
	const struct topology *topology = builder->scenario->topology;
	long index = topology_get_link(builder->front, topology, name);

	if (index < 0)
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (links[i] != &topology->links[index])
			continue;
		yaml_error(builder->front, name, "link \"%s\" is in the list twice", name->text);
		return false;
	}
	if (*count == FAULT_LINKS_MAX) {
		yaml_error(builder->front, name, "more than %d links", FAULT_LINKS_MAX);
		return false;
	}
	links[(*count)++] = &topology->links[index];
	return true;
}

/* The links under `link`, one or a list; 0 after a sentence. A heal may call a fault by its only link. */
static size_t get_links(struct builder *builder, const struct topo_link *links[FAULT_LINKS_MAX])
{
	struct yaml *list = require_value(builder, "link");
	size_t count = 0;

	if (!list)
		return 0;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		if (!get_link(builder, item, links, &count))
			return 0;
	}
	if (count == 0)
		yaml_error(builder->front, list, "expected at least one link");
	if (count == 1)
		builder->step->link = links[0]->name;
	return count;
}

static void put_target(json_t *targets, const struct topo_end *end)
{
	json_array_append_new(targets, json_pack("[I, i]", (json_int_t)end->node, end->ifindex));
}

/* Puts the ends that are meant: of all links both, or those that `node`, which may be NULL, says. */
static bool put_targets(struct builder *builder, const struct yaml *node, enum side side)
{
	const struct topo_link *links[FAULT_LINKS_MAX];
	size_t count = get_links(builder, links);
	json_t *targets = json_array();

	json_object_set_new(builder->json, "targets", targets);
	for (size_t i = 0; i < count; i++) {
		int end = node ? get_end(builder, links[i], node) : -1;

		if (node && end < 0)
			return false;
		for (int k = 0; k < 2; k++) {
			if (!node || k == (side == AT_NODE ? end : 1 - end))
				put_target(targets, &links[i]->ends[k]);
		}
	}
	return count > 0;
}

bool build_blackhole(struct builder *builder)
{
	return put_targets(builder, value_of(builder, "from"), ARRIVES);
}

bool build_link_down(struct builder *builder)
{
	return put_targets(builder, value_of(builder, "node"), AT_NODE);
}

bool build_dead_neighbour(struct builder *builder)
{
	struct yaml *node = require_value(builder, "node");

	return node && put_targets(builder, node, AT_NODE);
}

bool build_drop(struct builder *builder)
{
	struct yaml *nth = value_of(builder, "nth"), *count = value_of(builder, "count"),
		    *from = require_value(builder, "from");
	int64_t first = 1, number = nth ? 1 : 0;
	bool good = from && put_targets(builder, from, ARRIVES);

	good &= put_chunk(builder);
	if (nth)
		good &= yaml_get_integer(builder->front, nth, "nth", 1, 1000000, &first);
	if (count)
		good &= yaml_get_integer(builder->front, count, "a count of packets", 1, 1000000,
					 &number);
	json_object_set_new(builder->json, "skip", json_integer(first - 1));
	json_object_set_new(builder->json, "count", json_integer(number));
	return good;
}

/* One value of netem, when it is there. */
static bool put_netem(struct builder *builder, json_t *netem, const char *key, const char *what,
		      enum quantity quantity, int64_t min, int64_t max, const char *json_key)
{
	struct yaml *value = value_of(builder, key);
	int64_t number;

	if (!value)
		return true;
	if (!parse_quantity(builder->front, value, what, quantity, min, max, &number))
		return false;
	json_object_set_new(netem, json_key, json_integer(number));
	return true;
}

/* What is left of the topology's values where the fault gives none. */
static int64_t netem_value(const json_t *netem, const char *key, int64_t usual)
{
	const json_t *value = json_object_get(netem, key);

	return value ? json_integer_value(value) : usual;
}

/* netem varies a delay both ways, and puts packets before others only where these are held up. */
static bool check_netem(struct builder *builder, const json_t *netem)
{
	const struct topology *topology = builder->scenario->topology;
	const json_t *targets = json_object_get(builder->json, "targets"), *target;
	struct yaml *jitter = value_of(builder, "jitter"), *reorder = value_of(builder, "reorder");
	size_t i;

	json_array_foreach((json_t *)targets, i, target) {
		int index = (int)json_integer_value(json_array_get(target, 1)) - FIRST_IFINDEX;
		/* the sender's end */
		const struct topo_end *end = &topology->links[index / 2].ends[1 - index % 2];
		int64_t delay = netem_value(netem, "delay_ns", end->delay_ns);
		int64_t varies = netem_value(netem, "jitter_ns", end->jitter_ns);

		if (varies > delay) {
			yaml_error(builder->front, jitter ? jitter : builder->yaml,
				   "a jitter of %s needs a delay at least as long; this one is %s",
				   format_quantity(&builder->front->arena, TIME, varies),
				   format_quantity(&builder->front->arena, TIME, delay));
			return false;
		}
		if (reorder && delay == 0) {
			yaml_error(builder->front, reorder,
				   "packets overtake others only where these are delayed; "
				   "give a delay");
			return false;
		}
	}
	return true;
}

bool build_impair(struct builder *builder)
{
	json_t *netem = json_object();
	bool good = put_targets(builder, value_of(builder, "from"), ARRIVES);

	json_object_set_new(builder->json, "netem", netem);
	good &= put_netem(builder, netem, "delay", "a delay", TIME, 0, H, "delay_ns");
	good &= put_netem(builder, netem, "jitter", "a jitter", TIME, 0, H, "jitter_ns");
	good &= put_netem(builder, netem, "loss", "a loss", PERCENT, 0, 1000000, "loss_ppm");
	good &= put_netem(builder, netem, "rate", "a rate", RATE, 1000, INT64_C(100000000000),
			  "rate_bps");
	good &= put_netem(builder, netem, "reorder", "a share of packets", PERCENT, 0, 1000000,
			  "reorder_ppm");
	good &= put_netem(builder, netem, "duplicate", "a share of packets", PERCENT, 0, 1000000,
			  "duplicate_ppm");
	good &= put_netem(builder, netem, "corrupt", "a share of packets", PERCENT, 0, 1000000,
			  "corrupt_ppm");
	if (good && json_object_size(netem) == 0) {
		yaml_error(builder->front, builder->yaml,
			   "impair changes nothing; expected delay, jitter, loss, rate, reorder, "
			   "duplicate or corrupt");
		return false;
	}
	return good && check_netem(builder, netem);
}

bool build_mtu(struct builder *builder)
{
	struct yaml *mtu = require_value(builder, "mtu"), *icmp = value_of(builder, "icmp"),
		    *list = value_of(builder, "link");
	bool good = mtu && put_targets(builder, value_of(builder, "node"), AT_NODE), told = true;
	const struct topology *topology = builder->scenario->topology;
	const json_t *targets = json_object_get(builder->json, "targets"), *target;
	int64_t value;
	size_t i;

	if (icmp)
		good &= yaml_get_bool(builder->front, icmp, "icmp", &told);
	json_array_foreach((json_t *)targets, i, target) {
		const struct topo_link *link =
			&topology->links[(json_integer_value(json_array_get(target, 1)) -
					  FIRST_IFINDEX) /
					 2];
		const char *what =
			arena_printf(&builder->front->arena, "an MTU below the %d of link \"%s\"",
				     link->mtu, link->name);

		int least = link->has_subnet[V6] ? IPV6_MTU_MIN : IPV4_MTU_MIN;

		if (good && link->mtu == least) {
			yaml_error(builder->front, list,
				   "link \"%s\" has the least MTU there is, %d", link->name, least);
			good = false;
		}
		if (!good)
			return false;
		good = yaml_get_integer(builder->front, mtu, what, least, link->mtu - 1, &value);
		if (good)
			json_object_set_new(builder->json, "mtu", json_integer(value));
	}
	json_object_set_new(builder->json, "icmp", json_boolean(told));
	return good;
}

/* The only link and end that addresses are taken from or put to. */
static void put_addresses_at(struct builder *builder, const struct topo_end *end, json_t *addresses)
{
	json_t *targets = json_array();

	put_target(targets, end);
	json_object_set_new(builder->json, "targets", targets);
	json_object_set_new(builder->json, "addresses", addresses);
}

/* The end that has the address (on `link`, unless that is NULL), and the address with the length of its subnet. */
static const struct topo_end *find_address(const struct topology *topology,
					   const struct topo_link *link,
					   const struct address *address,
					   const struct prefix **prefix)
{
	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_end *end = &topology->links[i / 2].ends[i % 2];

		if (link && link != &topology->links[i / 2])
			continue;
		for (size_t k = 0; k < end->n_addresses; k++) {
			*prefix = &end->addresses[k];
			if (address_equal(&(*prefix)->address, address))
				return end;
		}
	}
	return NULL;
}

bool build_address_removed(struct builder *builder)
{
	struct front *front = builder->front;
	const struct topology *topology = builder->scenario->topology;
	struct yaml *list = require_value(builder, "address");
	const struct topo_end *end = NULL;
	json_t *addresses = json_array();
	bool good = list != NULL;

	for (const struct yaml *item = good ? yaml_first(list) : NULL; item && good;
	     item = yaml_next(list, item)) {
		const struct topo_end *owner = NULL;
		const struct topo_link *link;
		const struct prefix *prefix;
		struct address address;

		good = topology_get_place(front, topology, item, &address, &link);
		if (!good)
			break;
		owner = find_address(topology, link, &address, &prefix);
		if (!owner || (end && owner != end)) {
			yaml_error(front, item,
				   owner ? "%s is on another link or node than the first address; "
					   "expected addresses of one node on one link" :
					   "no node has the address %s",
				   format_address(&front->arena, &address));
			good = false;
			break;
		}
		end = owner;
		json_array_append_new(addresses, json_string(format_prefix(&front->arena, prefix)));
	}
	if (good && !end)
		yaml_error(front, list, "expected at least one address");
	if (!good || !end) {
		json_decref(addresses);
		return false;
	}
	put_addresses_at(builder, end, addresses);
	return true;
}

bool build_address_added(struct builder *builder)
{
	struct front *front = builder->front;
	struct yaml *list = require_value(builder, "address"),
		    *node = require_value(builder, "node");
	const struct topo_link *links[FAULT_LINKS_MAX];
	size_t count = list && node ? get_links(builder, links) : 0;
	int end = -1;
	json_t *addresses;

	if (count > 1)
		yaml_error(front, value_of(builder, "link"), "an address is added on one link");
	if (count == 1)
		end = get_end(builder, links[0], node);
	if (end < 0)
		return false;
	addresses = json_array();
	put_addresses_at(builder, &links[0]->ends[end], addresses);
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		struct prefix prefix;

		if (!topology_get_new_address(front, links[0], item, &prefix))
			return false;
		json_array_append_new(addresses,
				      json_string(format_prefix(&front->arena, &prefix)));
	}
	if (json_array_size(addresses) == 0)
		yaml_error(front, list, "expected at least one address");
	return json_array_size(addresses) > 0;
}
