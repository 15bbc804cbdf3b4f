// SPDX-License-Identifier: GPL-2.0-only
// Reads a topology: nodes and links, each with its checks.
#include "lab/front/topology.h"

#include <ctype.h>
#include <string.h>

#include "lab/front/tree.h"
#include "lab/front/units.h"

/* IFNAMSIZ less the final zero: a link's name is the name of its interfaces (net/if.h). */
#define LINK_NAME_MAX 15
#define NODE_NAME_MAX 31
#define MTU_MAX	      65535

static bool read_node(struct front *front, const struct yaml *entry, struct topology *topology)
{
	struct topo_node *node = &topology->nodes[topology->n_nodes];
	struct yaml name = *entry, *router, *sysctls, *vrfs;
	struct yaml_key keys[] = { { "router", &router, false },
				   { "sysctls", &sysctls, false },
				   { "vrfs", &vrfs, false } };

	name.type = YAML_SCALAR;
	name.text = entry->key;
	name.line = entry->key_line;
	name.column = entry->key_column;
	if (!yaml_get_name(front, &name, "a node's name", NODE_NAME_MAX, &node->name))
		return false;
	node->yaml = entry;
	/* counted even when something in it is wrong, so that links to it are not wrong as well */
	topology->n_nodes++;
	name_list_add(&front->arena, &topology->node_names, node->name);
	if (!YAML_READ_MAP(front, entry, "a node", keys))
		return false;
	node->vrfs = vrfs;
	if (router && !yaml_get_bool(front, router, "router", &node->is_router))
		return false;
	if (node->is_router) {
		set_sysctl(&front->arena, &node->sysctls, "net/ipv4/ip_forward", "1");
		set_sysctl(&front->arena, &node->sysctls, "net/ipv6/conf/all/forwarding", "1");
	}
	return !sysctls || read_sysctls(front, sysctls, &node->sysctls);
}

static bool read_subnet(struct front *front, const struct yaml *node, int family,
			struct topo_link *link)
{
	struct prefix *subnet = &link->subnets[family], network;
	const char *name = family == V4 ? "IPv4" : "IPv6";
	const char *text;

	if (!yaml_get_text(front, node, "a subnet", &text))
		return false;
	if (!parse_prefix(text, subnet) || family_index(&subnet->address) != family) {
		yaml_error(front, node, "\"%s\" is no %s subnet; expected such as %s", text, name,
			   family == V4 ? "192.0.2.0/28" : "2001:db8:a::/64");
		return false;
	}
	if (!prefix_is_documentation(subnet)) {
		yaml_error(front, node,
			   "%s is not set aside for documentation; take a subnet of %s, so that no "
			   "real network is ever meant",
			   text, family == V4 ? DOCUMENTATION_IPV4 : DOCUMENTATION_IPV6);
		return false;
	}
	if (subnet->length > (family == V4 ? 30 : 126)) {
		yaml_error(front, node, "%s has no room for two hosts; the longest prefix is /%d",
			   text, family == V4 ? 30 : 126);
		return false;
	}
	network = prefix_network(subnet);
	if (!address_equal(&network.address, &subnet->address)) {
		yaml_error(front, node, "%s has bits set behind the prefix; did you mean %s?", text,
			   format_prefix(&front->arena, &network));
		return false;
	}
	link->has_subnet[family] = true;
	link->subnets_yaml[family] = node;
	return true;
}

static void add_address(struct front *front, struct topo_end *end, const struct address *address,
			int length)
{
	end->addresses = arena_grow(&front->arena, end->addresses, end->n_addresses,
				    sizeof(end->addresses[0]));
	end->addresses[end->n_addresses++] = (struct prefix){ *address, length };
}

static bool check_end_address(struct front *front, const struct topo_link *link,
			      const struct yaml *item, const struct address *address)
{
	int family = family_index(address);
	const struct prefix *subnet = &link->subnets[family];
	struct address last = prefix_host(subnet, 0);

	if (!link->has_subnet[family] || !prefix_contains(subnet, address)) {
		yaml_error(front, item, "%s is in no subnet of link \"%s\"; expected one of %s%s%s",
			   item->text, link->name,
			   link->has_subnet[V4] ? format_prefix(&front->arena, &link->subnets[V4]) :
						  "",
			   link->has_subnet[V4] && link->has_subnet[V6] ? " or " : "",
			   link->has_subnet[V6] ? format_prefix(&front->arena, &link->subnets[V6]) :
						  "");
		return false;
	}
	for (int bit = subnet->length; bit < address_bits(address); bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	if (address_equal(address, &subnet->address) ||
	    (family == V4 && address_equal(address, &last))) {
		yaml_error(front, item,
			   "%s stands for the subnet itself; take an address within it",
			   item->text);
		return false;
	}
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < link->ends[i].n_addresses; k++) {
			if (!address_equal(&link->ends[i].addresses[k].address, address))
				continue;
			yaml_error(front, item, "%s is on link \"%s\" already", item->text,
				   link->name);
			return false;
		}
	}
	return true;
}

bool topology_get_new_address(struct front *front, const struct topo_link *link,
			      const struct yaml *item, struct prefix *prefix)
{
	const char *text;

	if (!yaml_get_text(front, item, "an address", &text))
		return false;
	if (!parse_literal(text, &prefix->address)) {
		yaml_error(front, item, "\"%s\" is no address; expected such as 192.0.2.1", text);
		return false;
	}
	prefix->length = link->subnets[family_index(&prefix->address)].length;
	return check_end_address(front, link, item, &prefix->address);
}

static bool read_end_address(struct front *front, const struct yaml *item,
			     const struct topo_link *link, struct topo_end *end)
{
	struct prefix prefix;

	if (!topology_get_new_address(front, link, item, &prefix))
		return false;
	if (end->n_addresses == END_ADDRESSES_MAX) {
		yaml_error(front, item, "more than %d addresses at one end", END_ADDRESSES_MAX);
		return false;
	}
	add_address(front, end, &prefix.address, prefix.length);
	return true;
}

static bool read_end_addresses(struct front *front, const struct yaml *list,
			       const struct topo_link *link, struct topo_end *end)
{
	bool good = true;

	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item))
		good &= read_end_address(front, item, link, end);
	return good;
}

/* The entries of a mapping by node, such as {client: 10ms, server: 30ms}. */
static bool find_by_node(struct front *front, const struct yaml *map,
			 const struct topology *topology, const struct topo_link *link,
			 const struct yaml *found[2])
{
	bool good = true;

	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		const char *names[2];
		int end = -1;

		for (int i = 0; i < 2; i++) {
			names[i] = topology->nodes[link->ends[i].node].name;
			if (strcmp(names[i], entry->key) == 0)
				end = i;
		}
		if (end < 0) {
			yaml_key_error(front, entry, "link \"%s\" has no end at \"%s\"%s",
				       link->name, entry->key,
				       suggest(front, entry->key, names, 2));
			good = false;
		} else {
			found[end] = entry;
		}
	}
	return good;
}

static bool read_addresses(struct front *front, const struct yaml *map,
			   const struct topology *topology, struct topo_link *link)
{
	const struct yaml *lists[2] = { NULL, NULL };
	bool good = true;

	if (map && map->type != YAML_MAP) {
		yaml_error(front, map, "addresses are a mapping such as {client: [192.0.2.1]}");
		return false;
	}
	if (map && !find_by_node(front, map, topology, link, lists))
		return false;
	/* written addresses first: the automatic ones of the other end must not take them */
	for (int i = 0; i < 2; i++) {
		if (lists[i])
			good &= read_end_addresses(front, lists[i], link, &link->ends[i]);
	}
	for (int i = 0; i < 2; i++) {
		for (int family = 0; !lists[i] && family < FAMILIES; family++) {
			struct address address =
				prefix_host(&link->subnets[family], (unsigned)i + 1);
			const struct topo_end *other = &link->ends[1 - i];

			if (!link->has_subnet[family])
				continue;
			for (size_t k = 0; k < other->n_addresses; k++) {
				if (!address_equal(&other->addresses[k].address, &address))
					continue;
				yaml_error(
					front, lists[1 - i],
					"%s is the automatic address of \"%s\"; take another, or "
					"write that one's addresses too",
					format_address(&front->arena, &address),
					topology->nodes[link->ends[i].node].name);
				good = false;
			}
			add_address(front, &link->ends[i], &address, link->subnets[family].length);
		}
	}
	return good;
}

/* A netem value: one for both directions, or one for what leaves each named node. */
static bool read_shaping(struct front *front, const struct yaml *node, const char *what,
			 enum quantity quantity, int64_t min, int64_t max,
			 const struct topology *topology, const struct topo_link *link,
			 int64_t *values[2])
{
	const struct yaml *found[2] = { node, node };
	bool good = true;

	if (!node)
		return true;
	if (node->type == YAML_MAP) {
		found[0] = found[1] = NULL;
		good = find_by_node(front, node, topology, link, found);
	}
	for (int i = 0; i < 2; i++) {
		if (found[i])
			good &= parse_quantity(front, found[i], what, quantity, min, max,
					       values[i]);
	}
	return good;
}

static bool read_ends(struct front *front, const struct yaml *between,
		      const struct topology *topology, struct topo_link *link)
{
	const struct yaml *item = between->first;
	bool good = true;

	if (between->type != YAML_LIST || between->count != 2) {
		yaml_error(front, between,
			   "a link is between two nodes; expected such as [client, server]");
		return false;
	}
	for (int i = 0; i < 2; i++, item = item->next) {
		long node = topology_get_node(front, topology, item);

		good &= node >= 0;
		link->ends[i].node = link->ends[i].domain = node >= 0 ? (size_t)node : 0;
	}
	if (good && link->ends[0].node == link->ends[1].node) {
		yaml_error(front, between, "a link is between two different nodes");
		good = false;
	}
	return good;
}

static bool read_link_values(struct front *front, const struct topology *topology,
			     struct topo_link *link, const struct yaml *delay,
			     const struct yaml *jitter, const struct yaml *loss,
			     const struct yaml *rate, const struct yaml *mtu)
{
	struct topo_end *ends = link->ends;
	int64_t *delays[2] = { &ends[0].delay_ns, &ends[1].delay_ns };
	int64_t *jitters[2] = { &ends[0].jitter_ns, &ends[1].jitter_ns };
	int64_t *losses[2] = { &ends[0].loss_ppm, &ends[1].loss_ppm };
	int64_t *rates[2] = { &ends[0].rate_bps, &ends[1].rate_bps };
	int64_t mtu_value = 1500;
	bool good;

	good = read_shaping(front, delay, "a delay", TIME, 0, H, topology, link, delays);
	good &= read_shaping(front, jitter, "a jitter", TIME, 0, H, topology, link, jitters);
	good &= read_shaping(front, loss, "a loss", PERCENT, 0, 1000000, topology, link, losses);
	good &= read_shaping(front, rate, "a rate", RATE, 1000, INT64_C(100000000000), topology,
			     link, rates);
	if (mtu)
		good &= yaml_get_integer(
			front, mtu, link->has_subnet[V6] ? "the MTU of a link with IPv6" : "an MTU",
			link->has_subnet[V6] ? IPV6_MTU_MIN : IPV4_MTU_MIN, MTU_MAX, &mtu_value);
	link->mtu = (int)mtu_value;
	for (int i = 0; good && jitter && i < 2; i++) {
		if (ends[i].jitter_ns <= ends[i].delay_ns)
			continue;
		yaml_error(front, jitter,
			   "a jitter of %s needs a delay at least as long; this one is %s",
			   format_quantity(&front->arena, TIME, ends[i].jitter_ns),
			   format_quantity(&front->arena, TIME, ends[i].delay_ns));
		good = false;
	}
	return good;
}

static bool read_link(struct front *front, const struct yaml *entry, struct topology *topology)
{
	struct topo_link *link = &topology->links[topology->n_links];
	struct yaml name = *entry, *between, *ipv4, *ipv6, *mtu, *delay, *jitter, *loss, *rate,
		    *addresses;
	struct yaml_key keys[] = { { "between", &between, true },     { "ipv4", &ipv4, false },
				   { "ipv6", &ipv6, false },	      { "mtu", &mtu, false },
				   { "delay", &delay, false },	      { "jitter", &jitter, false },
				   { "loss", &loss, false },	      { "rate", &rate, false },
				   { "addresses", &addresses, false } };
	bool good = true, in_range;

	name.type = YAML_SCALAR;
	name.text = entry->key;
	name.line = entry->key_line;
	name.column = entry->key_column;
	link->yaml = entry;
	if (!yaml_get_name(front, &name, "a link's name", LINK_NAME_MAX, &link->name))
		return false;
	/* known from here on, even when it is wrong, so that its uses are not wrong as well */
	name_list_add(&front->arena, &topology->link_names, link->name);
	if (strcmp(link->name, "lo") == 0 || strcmp(link->name, "all") == 0 ||
	    strcmp(link->name, "default") == 0) {
		yaml_error(front, &name, "\"%s\" is taken by the kernel; choose another name",
			   link->name);
		return false;
	}
	if (!YAML_READ_MAP(front, entry, "a link", keys) ||
	    !read_ends(front, between, topology, link))
		return false;
	if (!ipv4 && !ipv6) {
		yaml_key_error(front, entry, "link \"%s\" needs a subnet: ipv4, ipv6 or both",
			       link->name);
		return false;
	}
	for (int i = 0; i < 2; i++)
		link->ends[i].ifindex = FIRST_IFINDEX + 2 * (int)topology->n_links + i;
	if (ipv4)
		good &= read_subnet(front, ipv4, V4, link);
	if (ipv6)
		good &= read_subnet(front, ipv6, V6, link);
	in_range = read_link_values(front, topology, link, delay, jitter, loss, rate, mtu);
	if (good)
		good = read_addresses(front, addresses, topology, link);
	topology->n_links++;
	return good && in_range;
}

/* Marks every node that a chain of links joins to the given one. */
static void mark_joined(const struct topology *topology, size_t node, bool *joined)
{
	bool grew = true;

	joined[node] = true;
	while (grew) {
		grew = false;
		for (size_t i = 0; i < topology->n_links; i++) {
			const struct topo_end *ends = topology->links[i].ends;

			if (joined[ends[0].node] == joined[ends[1].node])
				continue;
			joined[ends[0].node] = joined[ends[1].node] = grew = true;
		}
	}
}

static bool check_joined(struct front *front, const struct topology *topology)
{
	bool *joined = arena_array(&front->arena, topology->n_nodes, sizeof(*joined));
	bool good = true;

	mark_joined(topology, 0, joined);
	for (size_t i = 0; i < topology->n_nodes; i++) {
		if (joined[i])
			continue;
		yaml_key_error(
			front, topology->nodes[i].yaml,
			"node \"%s\" is unreachable: no chain of links leads from \"%s\" to it",
			topology->nodes[i].name, topology->nodes[0].name);
		good = false;
	}
	return good;
}

static bool check_count(struct front *front, const struct yaml *map, const char *what, size_t max)
{
	if (map->type != YAML_MAP) {
		yaml_error(front, map, "%s are a mapping from names to what each is", what);
		return false;
	}
	if (map->count == 0 || map->count > max) {
		yaml_error(front, map, "a topology has 1 to %zu %s; found %zu", max, what,
			   map->count);
		return false;
	}
	return true;
}

struct topology *topology_parse(struct front *front, const struct yaml *root, const char *file)
{
	struct topology *topology = arena_alloc(&front->arena, sizeof(*topology));
	struct yaml *summary, *nodes, *links, *routes;
	struct yaml_key keys[] = { { "summary", &summary, file != NULL },
				   { "nodes", &nodes, true },
				   { "links", &links, true },
				   { "routes", &routes, false } };
	bool good = YAML_READ_MAP(front, root, "a topology", keys);

	topology->name = "inline";
	topology->summary = "";
	topology->file = file;
	if (summary)
		good &= yaml_get_text(front, summary, "a summary", &topology->summary);
	if (!nodes || !links || !check_count(front, nodes, "nodes", TOPOLOGY_NODES_MAX) ||
	    !check_count(front, links, "links", TOPOLOGY_LINKS_MAX))
		return NULL;
	topology->nodes = arena_array(&front->arena, nodes->count, sizeof(topology->nodes[0]));
	topology->links = arena_array(&front->arena, links->count, sizeof(topology->links[0]));
	for (const struct yaml *entry = nodes->first; entry; entry = entry->next)
		good &= read_node(front, entry, topology);
	for (const struct yaml *entry = links->first; entry; entry = entry->next)
		good &= read_link(front, entry, topology);
	if (!good || !topology_read_vrfs(front, topology) ||
	    !topology_check_overlap(front, topology) || !check_joined(front, topology) ||
	    !topology_compute_routes(front, links, topology) ||
	    (routes && !topology_read_routes(front, topology, routes)))
		return NULL;
	return topology;
}

bool is_topology(const struct yaml *root)
{
	return tree_find(root, "nodes") && !tree_find(root, "endpoints") &&
	       !tree_find(root, "timeline");
}

/* A sentence when it is a scenario. */
static bool check_no_scenario(struct front *front, const struct yaml *root)
{
	const struct yaml *topology = tree_find(root, "topology");

	if (!topology || tree_find(root, "nodes"))
		return true;
	yaml_error(front, root, "this is a scenario; expected a topology%s%s%s",
		   topology->type == YAML_SCALAR ? ", such as \"" : "",
		   topology->type == YAML_SCALAR ? topology->text : "",
		   topology->type == YAML_SCALAR ? "\", which it names" : "");
	return false;
}

struct topology *topology_load(struct front *front, const char *file)
{
	struct yaml *root = yaml_load(front, file);
	bool good = root && check_no_scenario(front, root);
	struct topology *topology = good ? topology_parse(front, root, file) : NULL;
	const char *base = strrchr(file, '/');
	char *name, *suffix;

	if (!topology)
		return NULL;
	name = arena_strdup(&front->arena, base ? base + 1 : file);
	suffix = strrchr(name, '.');
	if (suffix)
		*suffix = '\0';
	topology->name = name;
	return topology;
}
