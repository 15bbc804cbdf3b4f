// SPDX-License-Identifier: GPL-2.0-only
// Routes: the shortest way through routers to every subnet, and those a topology writes itself. What is told of nodes here
// holds for L3 domains: a VRF is like a node of its own, and is a router when its node is one.
#include <string.h>

#include "lab/front/topology.h"

#define FAR SIZE_MAX

/*
 * Equally near ways are dealt out: the first subnet that can be reached by a given set of links
 * takes the first of them, the next subnet the second, and so on, all in the order of the file. Two
 * networks behind one router are so reached each by a link of its own.
 */
struct choice {
	struct choice *next;
	const struct topo_link **links;
	size_t n_links, turns;
};

struct work {
	struct front *front;
	struct topology *topology;
	size_t n_domains;
	size_t *distance; /* links between a domain and the subnet; FAR: no way */
	size_t *queue;
	struct choice **choices[FAMILIES]; /* by domain */
};

static bool carries(const struct topo_link *link, int family)
{
	return end_address(&link->ends[0], family, 0) && end_address(&link->ends[1], family, 0);
}

/* Breadth first from the subnet outwards; only routers let packets through. */
static void measure_distances(struct work *work, const struct topo_link *subnet, int family)
{
	const struct topology *topology = work->topology;
	size_t head = 0, tail = 0;

	for (size_t i = 0; i < work->n_domains; i++)
		work->distance[i] = FAR;
	for (int i = 0; i < 2; i++) {
		if (!end_address(&subnet->ends[i], family, 0))
			continue;
		work->distance[subnet->ends[i].domain] = 0;
		work->queue[tail++] = subnet->ends[i].domain;
	}
	while (head < tail) {
		size_t domain = work->queue[head++];

		if (!topology->nodes[domain_node(topology, domain)].is_router)
			continue;
		for (size_t i = 0; i < topology->n_links; i++) {
			const struct topo_link *link = &topology->links[i];
			int end = link_end_in(link, domain);
			size_t other;

			if (end < 0 || !carries(link, family))
				continue;
			other = link->ends[1 - end].domain;
			if (work->distance[other] != FAR)
				continue;
			work->distance[other] = work->distance[domain] + 1;
			work->queue[tail++] = other;
		}
	}
}

static const struct topo_link *take_turn(struct work *work, size_t domain, int family,
					 const struct topo_link **links, size_t count)
{
	struct arena *arena = &work->front->arena;
	struct choice **at = &work->choices[family][domain];

	for (; *at; at = &(*at)->next) {
		if ((*at)->n_links == count &&
		    memcmp((*at)->links, links, count * sizeof(const struct topo_link *)) == 0)
			return links[(*at)->turns++ % count];
	}
	*at = arena_alloc(arena, sizeof(**at));
	(*at)->links = arena_array(arena, count, sizeof(const struct topo_link *));
	memcpy((*at)->links, links, count * sizeof(const struct topo_link *));
	(*at)->n_links = count;
	(*at)->turns = 1;
	return links[0];
}

static const struct topo_link *choose_link(struct work *work, size_t domain, int family,
					   const struct topo_link **links)
{
	const struct topology *topology = work->topology;
	size_t count = 0;

	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];
		int end = link_end_in(link, domain);
		size_t other;

		if (end < 0 || !carries(link, family))
			continue;
		other = link->ends[1 - end].domain;
		if (topology->nodes[domain_node(topology, other)].is_router &&
		    work->distance[other] == work->distance[domain] - 1)
			links[count++] = link;
	}
	/* there is one at least: the one by which the distance was measured */
	return count < 2 ? links[0] : take_turn(work, domain, family, links, count);
}

static bool add_route(struct front *front, struct topology *topology, const struct yaml *at,
		      const struct topo_route *route)
{
	if (topology->n_routes == TOPOLOGY_ROUTES_MAX) {
		yaml_key_error(front, at, "the topology needs more than %d routes; make it smaller",
			       TOPOLOGY_ROUTES_MAX);
		return false;
	}
	topology->routes = arena_grow(&front->arena, topology->routes, topology->n_routes,
				      sizeof(topology->routes[0]));
	topology->routes[topology->n_routes++] = *route;
	return true;
}

bool topology_compute_routes(struct front *front, const struct yaml *at, struct topology *topology)
{
	size_t n_domains = topology->n_nodes + topology->n_vrfs, n_links = topology->n_links;
	struct work work = {
		.front = front,
		.topology = topology,
		.n_domains = n_domains,
		.distance = arena_array(&front->arena, n_domains, sizeof(size_t)),
		.queue = arena_array(&front->arena, n_domains + 2, sizeof(size_t)),
		.choices = { arena_array(&front->arena, n_domains, sizeof(struct choice *)),
			     arena_array(&front->arena, n_domains, sizeof(struct choice *)) },
	};
	const struct topo_link **links =
		arena_array(&front->arena, n_links, sizeof(const struct topo_link *));

	for (size_t i = 0; i < FAMILIES * n_links; i++) {
		const struct topo_link *subnet = &topology->links[i / FAMILIES], *link;
		int family = (int)(i % FAMILIES);

		if (!subnet->has_subnet[family])
			continue;
		measure_distances(&work, subnet, family);
		for (size_t domain = 0; domain < n_domains; domain++) {
			struct topo_route route = { .domain = domain,
						    .to = subnet->subnets[family] };
			int end;

			if (work.distance[domain] == 0 || work.distance[domain] == FAR)
				continue;
			link = choose_link(&work, domain, family, links);
			end = link_end_in(link, domain);
			route.via = end_address(&link->ends[1 - end], family, 0)->address;
			route.ifindex = link->ends[end].ifindex;
			if (!add_route(front, topology, at, &route))
				return false;
		}
	}
	return true;
}

static bool read_destination(struct front *front, const struct yaml *to, const struct address *via,
			     struct prefix *prefix)
{
	struct prefix network;
	const char *text;

	if (!yaml_get_text(front, to, "the destination of a route", &text))
		return false;
	if (strcmp(text, "default") == 0) {
		*prefix = (struct prefix){ { .family = via->family }, 0 };
		return true;
	}
	if (!parse_prefix(text, prefix)) {
		yaml_error(front, to,
			   "\"%s\" is no destination; expected a subnet such as 203.0.113.0/24, or "
			   "default",
			   text);
		return false;
	}
	network = prefix_network(prefix);
	if (!address_equal(&network.address, &prefix->address)) {
		yaml_error(front, to, "%s has bits set behind the prefix; did you mean %s?", text,
			   format_prefix(&front->arena, &network));
		return false;
	}
	if (prefix->address.family != via->family) {
		yaml_error(front, to, "%s and the router's address are of different families",
			   text);
		return false;
	}
	return true;
}

/*
 * The end of the node by which a neighbour is reached: on the link that its name names, or on one whose subnet has the
 * address. NULL after a sentence.
 */
static const struct topo_end *find_way(struct front *front, const struct topology *topology,
				       size_t node, const struct yaml *via,
				       const struct address *address, const struct topo_link *named)
{
	const struct topo_end *found = NULL;
	int family = family_index(address);

	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];
		int end = link_end_at(link, node);

		if ((named && link != named) || end < 0 || !link->has_subnet[family] ||
		    !prefix_contains(&link->subnets[family], address) ||
		    end_has_address(&link->ends[end], address))
			continue;
		if (found) {
			yaml_error(
				front, via,
				"%s is a neighbour of node \"%s\" in more than one VRF; expected "
				"its name, such as NODE.%s",
				via->text, topology->nodes[node].name, link->name);
			return NULL;
		}
		found = &link->ends[end];
	}
	if (!found)
		yaml_error(
			front, via,
			"%s is no neighbour of node \"%s\"; expected the address of the node at the "
			"other end of one of its links",
			via->text, topology->nodes[node].name);
	return found;
}

static bool read_route(struct front *front, struct topology *topology, const struct yaml *item)
{
	struct yaml *node_yaml, *to, *via;
	struct yaml_key keys[] = { { "node", &node_yaml, true },
				   { "to", &to, true },
				   { "via", &via, true } };
	struct topo_route route;
	const struct topo_link *link;
	const struct topo_end *end;
	long node;

	if (!YAML_READ_MAP(front, item, "a route", keys))
		return false;
	node = topology_get_node(front, topology, node_yaml);
	if (node < 0 || !topology_get_place(front, topology, via, &route.via, &link) ||
	    !read_destination(front, to, &route.via, &route.to))
		return false;
	end = find_way(front, topology, (size_t)node, via, &route.via, link);
	if (!end)
		return false;
	route.domain = end->domain;
	route.ifindex = end->ifindex;
	for (size_t i = 0; i < topology->n_routes; i++) {
		struct topo_route *known = &topology->routes[i];

		if (known->domain == route.domain && known->to.length == route.to.length &&
		    address_equal(&known->to.address, &route.to.address)) {
			*known = route;
			return true;
		}
	}
	return add_route(front, topology, item, &route);
}

bool topology_read_routes(struct front *front, struct topology *topology, const struct yaml *list)
{
	bool good = true;

	if (list->type != YAML_LIST) {
		yaml_error(front, list,
			   "routes are a list such as [{node: client, to: default, via: r.a}]");
		return false;
	}
	for (const struct yaml *item = list->first; item; item = item->next)
		good &= read_route(front, topology, item);
	return good;
}
