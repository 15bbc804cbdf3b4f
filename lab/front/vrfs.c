// SPDX-License-Identifier: GPL-2.0-only
// VRFs of nodes: what is in them, and which subnets they keep apart.
#include <inttypes.h>
#include <string.h>

#include "lab/front/topology.h"

/* IFNAMSIZ less the final zero: a VRF is an interface (net/if.h). */
#define VRF_NAME_MAX 15
/* linux/rtnetlink.h: the tables default, main and local are the kernel's; RT_TABLE_MAX. */
#define KERNEL_TABLES_FIRST 253
#define KERNEL_TABLES_LAST  255
#define TABLE_MAX	    INT64_C(0xffffffff)
/* Where numbers begin that are not given. */
#define TABLE_DEFAULT 10

const struct topo_vrf *domain_vrf(const struct topology *topology, size_t domain)
{
	return domain < topology->n_nodes ? NULL : &topology->vrfs[domain - topology->n_nodes];
}

size_t domain_node(const struct topology *topology, size_t domain)
{
	const struct topo_vrf *vrf = domain_vrf(topology, domain);

	return vrf ? vrf->node : domain;
}

size_t vrf_domain(const struct topology *topology, const struct topo_vrf *vrf)
{
	return topology->n_nodes + (size_t)(vrf - topology->vrfs);
}

const struct topo_vrf *topology_get_vrf(struct front *front, const struct topology *topology,
					size_t node, const struct yaml *name)
{
	struct name_list names = { 0 };
	const char *text;

	if (!yaml_get_text(front, name, "a VRF", &text))
		return NULL;
	for (size_t i = 0; i < topology->n_vrfs; i++) {
		if (topology->vrfs[i].node != node)
			continue;
		if (strcmp(topology->vrfs[i].name, text) == 0)
			return &topology->vrfs[i];
		name_list_add(&front->arena, &names, topology->vrfs[i].name);
	}
	yaml_error(front, name, "node \"%s\" has no VRF \"%s\"%s", topology->nodes[node].name, text,
		   suggest(front, text, names.items, names.count));
	return NULL;
}

static bool check_name(struct front *front, const struct topology *topology,
		       const struct topo_vrf *vrf)
{
	if (strcmp(vrf->name, "lo") == 0 || strcmp(vrf->name, "all") == 0 ||
	    strcmp(vrf->name, "default") == 0) {
		yaml_key_error(front, vrf->yaml,
			       "\"%s\" is taken by the kernel; choose another name", vrf->name);
		return false;
	}
	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];

		if (strcmp(link->name, vrf->name) != 0 || link_end_at(link, vrf->node) < 0)
			continue;
		yaml_key_error(front, vrf->yaml,
			       "\"%s\" is an interface of node \"%s\" already, that of the link of "
			       "this name; choose another name for the VRF",
			       vrf->name, topology->nodes[vrf->node].name);
		return false;
	}
	return true;
}

static const struct topo_vrf *find_table(const struct topology *topology,
					 const struct topo_vrf *than, int64_t table)
{
	for (size_t i = 0; i < topology->n_vrfs; i++) {
		const struct topo_vrf *vrf = &topology->vrfs[i];

		if (vrf != than && vrf->node == than->node && vrf->table == table)
			return vrf;
	}
	return NULL;
}

static bool read_table(struct front *front, const struct topology *topology,
		       const struct yaml *table, struct topo_vrf *vrf)
{
	const struct topo_vrf *other;

	if (!yaml_get_integer(front, table, "a table", 1, TABLE_MAX, &vrf->table))
		return false;
	if (vrf->table >= KERNEL_TABLES_FIRST && vrf->table <= KERNEL_TABLES_LAST) {
		yaml_error(
			front, table,
			"table %s is one of the kernel's own; expected 1 to %d, or %d to %" PRId64,
			table->text, KERNEL_TABLES_FIRST - 1, KERNEL_TABLES_LAST + 1, TABLE_MAX);
		return false;
	}
	other = find_table(topology, vrf, vrf->table);
	if (!other)
		return true;
	yaml_error(front, table,
		   "table %s is that of VRF \"%s\" (line %d); expected one of its own", table->text,
		   other->name, other->yaml->key_line);
	return false;
}

static bool put_link(struct front *front, struct topology *topology, const struct yaml *item,
		     const struct topo_vrf *vrf)
{
	long number = topology_get_link(front, topology, item);
	const char *node = topology->nodes[vrf->node].name;
	const struct topo_vrf *other;
	struct topo_link *link;
	int end;

	if (number < 0)
		return false;
	link = &topology->links[number];
	end = link_end_at(link, vrf->node);
	if (end < 0) {
		yaml_error(front, item, "link \"%s\" has no end at \"%s\"", link->name, node);
		return false;
	}
	other = domain_vrf(topology, link->ends[end].domain);
	if (other) {
		yaml_error(front, item,
			   "link \"%s\" is in VRF \"%s\" (line %d) already; an interface is in one "
			   "VRF at most",
			   link->name, other->name, other->yaml->key_line);
		return false;
	}
	link->ends[end].domain = vrf_domain(topology, vrf);
	return true;
}

static bool read_vrf(struct front *front, struct topology *topology, const struct yaml *entry,
		     size_t node)
{
	struct yaml name = *entry, *table, *links;
	struct yaml_key keys[] = { { "table", &table, false }, { "links", &links, true } };
	struct topo_vrf *vrf;
	bool good = true;

	topology->vrfs = arena_grow(&front->arena, topology->vrfs, topology->n_vrfs,
				    sizeof(topology->vrfs[0]));
	vrf = &topology->vrfs[topology->n_vrfs];
	name.type = YAML_SCALAR;
	name.text = entry->key;
	name.line = entry->key_line;
	name.column = entry->key_column;
	*vrf = (struct topo_vrf){ .yaml = entry, .node = node };
	if (!yaml_get_name(front, &name, "a VRF's name", VRF_NAME_MAX, &vrf->name))
		return false;
	vrf->ifindex = FIRST_IFINDEX + 2 * (int)topology->n_links + (int)topology->n_vrfs++;
	if (!check_name(front, topology, vrf) || !YAML_READ_MAP(front, entry, "a VRF", keys))
		return false;
	if (table)
		good = read_table(front, topology, table, vrf);
	if (!yaml_first(links)) {
		yaml_error(front, links, "a VRF has at least one link of its node");
		good = false;
	}
	for (const struct yaml *item = yaml_first(links); item; item = yaml_next(links, item))
		good &= put_link(front, topology, item, vrf);
	return good;
}

/* The lowest numbers that are free, in the order of the file. */
static void choose_tables(struct topology *topology)
{
	for (size_t i = 0; i < topology->n_vrfs; i++) {
		struct topo_vrf *vrf = &topology->vrfs[i];
		int64_t table = TABLE_DEFAULT;

		while (vrf->table == 0 &&
		       (find_table(topology, vrf, table) ||
			(table >= KERNEL_TABLES_FIRST && table <= KERNEL_TABLES_LAST)))
			table++;
		if (vrf->table == 0)
			vrf->table = table;
	}
}

bool topology_read_vrfs(struct front *front, struct topology *topology)
{
	bool good = true;

	for (size_t i = 0; i < topology->n_nodes; i++) {
		const struct yaml *map = topology->nodes[i].vrfs;

		if (map && map->type != YAML_MAP) {
			yaml_error(front, map,
				   "VRFs are a mapping such as {red: {table: 10, links: [a]}}");
			good = false;
			continue;
		}
		for (const struct yaml *entry = map ? map->first : NULL; entry; entry = entry->next)
			good &= read_vrf(front, topology, entry, i);
	}
	choose_tables(topology);
	return good;
}

static size_t find_root(size_t *parents, size_t domain)
{
	while (parents[domain] != domain)
		domain = parents[domain] = parents[parents[domain]];
	return domain;
}

/* Of two subnets that overlap, no chain of links may lead from one to the other: in there is one network. */
bool topology_check_overlap(struct front *front, const struct topology *topology)
{
	size_t n = topology->n_nodes + topology->n_vrfs;
	size_t *parents = arena_array(&front->arena, n, sizeof(*parents));
	bool good = true;

	for (size_t i = 0; i < n; i++)
		parents[i] = i;
	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_end *ends = topology->links[i].ends;

		parents[find_root(parents, ends[0].domain)] = find_root(parents, ends[1].domain);
	}
	for (size_t i = 0; i < FAMILIES * topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i / FAMILIES];
		int family = (int)(i % FAMILIES);
		size_t root = find_root(parents, link->ends[0].domain);

		for (const struct topo_link *other = topology->links;
		     link->has_subnet[family] && other < link; other++) {
			if (!other->has_subnet[family] ||
			    find_root(parents, other->ends[0].domain) != root ||
			    !prefixes_overlap(&other->subnets[family], &link->subnets[family]))
				continue;
			yaml_error(front, link->subnets_yaml[family],
				   "%s overlaps %s of link \"%s\" (line %d)%s",
				   link->subnets_yaml[family]->text,
				   format_prefix(&front->arena, &other->subnets[family]),
				   other->name, other->yaml->key_line,
				   topology->n_vrfs ? ", and no VRF keeps the two apart" : "");
			good = false;
			break;
		}
	}
	return good;
}
