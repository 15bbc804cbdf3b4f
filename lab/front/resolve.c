// SPDX-License-Identifier: GPL-2.0-only
// Names of a topology turned into what they stand for: nodes, links, addresses, sysctls.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lab/front/topology.h"

int family_index(const struct address *address)
{
	return address->family == AF_INET ? V4 : V6;
}

long topology_get_node(struct front *front, const struct topology *topology,
		       const struct yaml *name)
{
	const char *text;
	long node;

	if (!yaml_get_text(front, name, "a node", &text))
		return -1;
	node = name_list_find(&topology->node_names, text);
	if (node < 0)
		yaml_unknown(front, name, "node", &topology->node_names);
	return node;
}

long topology_get_link(struct front *front, const struct topology *topology,
		       const struct yaml *name)
{
	const char *text;
	long link;

	if (!yaml_get_text(front, name, "a link", &text))
		return -1;
	link = name_list_find(&topology->link_names, text);
	if (link < 0)
		yaml_unknown(front, name, "link", &topology->link_names);
	return link;
}

int link_end_at(const struct topo_link *link, size_t node)
{
	for (int i = 0; i < 2; i++) {
		if (link->ends[i].node == node)
			return i;
	}
	return -1;
}

int link_end_in(const struct topo_link *link, size_t domain)
{
	for (int i = 0; i < 2; i++) {
		if (link->ends[i].domain == domain)
			return i;
	}
	return -1;
}

const struct prefix *end_address(const struct topo_end *end, int family, size_t number)
{
	for (size_t i = 0; i < end->n_addresses; i++) {
		if (family_index(&end->addresses[i].address) == family && number-- == 0)
			return &end->addresses[i];
	}
	return NULL;
}

int end_usual_family(const struct topology *topology, const struct topo_end *end)
{
	return end_address(end, topology->usual, 0) ? topology->usual : V4 + V6 - topology->usual;
}

const struct topo_link *topology_link_of(const struct topology *topology,
					 const struct address *address)
{
	int family = family_index(address);

	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];

		if (link->has_subnet[family] && prefix_contains(&link->subnets[family], address))
			return link;
	}
	return NULL;
}

bool end_has_address(const struct topo_end *end, const struct address *address)
{
	for (size_t i = 0; i < end->n_addresses; i++) {
		if (address_equal(&end->addresses[i].address, address))
			return true;
	}
	return false;
}

long topology_owner(const struct topology *topology, const struct topo_link *link,
		    const struct address *address)
{
	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_link *other = &topology->links[i / 2];

		if ((!link || link == other) && end_has_address(&other->ends[i % 2], address))
			return (long)other->ends[i % 2].node;
	}
	return -1;
}

/* All names of addresses, for the sentence about one that is unknown. */
static struct name_list list_address_names(struct front *front, const struct topology *topology)
{
	struct name_list names = { 0 };

	for (size_t i = 0; i < topology->n_links; i++) {
		for (int end = 0; end < 2; end++)
			name_list_add(
				&front->arena, &names,
				arena_printf(
					&front->arena, "%s.%s",
					topology->nodes[topology->links[i].ends[end].node].name,
					topology->links[i].name));
	}
	return names;
}

static void say_unknown(struct front *front, const struct topology *topology, const struct yaml *at,
			const char *text)
{
	struct name_list names = { 0 };

	if (!front_is_full(front))
		names = list_address_names(front, topology);
	yaml_error(front, at, "unknown address \"%s\"%s", text,
		   suggest(front, text, names.items, names.count));
}

/* What may follow NODE.LINK: a family, a number from 1, or both. */
static bool parse_rest(char *rest, int *family, size_t *number)
{
	char *save = NULL;
	bool has_number = false;

	*family = -1;
	*number = 0;
	for (char *part = strtok_r(rest, ".", &save); part; part = strtok_r(NULL, ".", &save)) {
		if (has_number)
			return false;
		if (*family < 0 && (strcmp(part, "v4") == 0 || strcmp(part, "v6") == 0)) {
			*family = part[1] == '4' ? V4 : V6;
			continue;
		}
		if (strspn(part, "0123456789") != strlen(part) || strlen(part) > 3 ||
		    atoi(part) < 1)
			return false;
		*number = (size_t)atoi(part) - 1;
		has_number = true;
	}
	return true;
}

static bool resolve_name(struct front *front, const struct topology *topology,
			 const struct yaml *at, const char *text, struct address *address,
			 const struct topo_link **on)
{
	char *node_name = arena_strdup(&front->arena, text);
	char *link_name = strchr(node_name, '.'), *rest = "";
	const struct prefix *found;
	const struct topo_end *end;
	int family, index;
	long node, link;
	size_t number;

	*link_name++ = '\0';
	if (strchr(link_name, '.')) {
		rest = strchr(link_name, '.');
		*rest++ = '\0';
	}
	node = name_list_find(&topology->node_names, node_name);
	link = name_list_find(&topology->link_names, link_name);
	if (node < 0 || link < 0 || (size_t)link >= topology->n_links) {
		say_unknown(front, topology, at, text);
		return false;
	}
	index = link_end_at(&topology->links[link], (size_t)node);
	if (index < 0) {
		yaml_error(front, at,
			   "unknown address \"%s\": link \"%s\" does not end at node \"%s\"", text,
			   link_name, node_name);
		return false;
	}
	end = &topology->links[link].ends[index];
	if (!parse_rest(arena_strdup(&front->arena, rest), &family, &number)) {
		yaml_error(
			front, at,
			"unknown address \"%s\"; behind %s.%s may stand .v4 or .v6, and a number "
			"from 1",
			text, node_name, link_name);
		return false;
	}
	if (family < 0)
		family = end_usual_family(topology, end);
	found = end_address(end, family, number);
	if (!found) {
		yaml_error(front, at,
			   "unknown address \"%s\": node \"%s\" has no %s address%s on link \"%s\"",
			   text, node_name, family == V4 ? "IPv4" : "IPv6",
			   number > 0 ? " of that number" : "", link_name);
		return false;
	}
	*address = found->address;
	*on = &topology->links[link];
	return true;
}

bool topology_parse_place(struct front *front, const struct topology *topology,
			  const struct yaml *at, const char *text, struct address *address,
			  const struct topo_link **link)
{
	*link = NULL;
	if (parse_literal(text, address))
		return true;
	if (isalpha((unsigned char)text[0]) && strchr(text, '.') && !strchr(text, ':'))
		return resolve_name(front, topology, at, text, address, link);
	say_unknown(front, topology, at, text);
	return false;
}

bool topology_parse_address(struct front *front, const struct topology *topology,
			    const struct yaml *at, const char *text, struct address *address)
{
	const struct topo_link *link;

	return topology_parse_place(front, topology, at, text, address, &link);
}

bool topology_get_place(struct front *front, const struct topology *topology,
			const struct yaml *node, struct address *address,
			const struct topo_link **link)
{
	const char *text;

	return yaml_get_text(front, node, "an address", &text) &&
	       topology_parse_place(front, topology, node, text, address, link);
}

bool topology_get_address(struct front *front, const struct topology *topology,
			  const struct yaml *node, struct address *address)
{
	const struct topo_link *link;

	return topology_get_place(front, topology, node, address, &link);
}

void set_sysctl(struct arena *arena, struct sysctl_list *list, const char *path, const char *value)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].path, path) == 0) {
			list->items[i].value = value;
			return;
		}
	}
	list->items = arena_grow(arena, list->items, list->count, sizeof(list->items[0]));
	list->items[list->count++] = (struct sysctl_setting){ path, value };
}

/* Only what belongs to a network namespace, and is there before any link is. */
static bool check_sysctl(struct front *front, const struct yaml *entry, const char *path)
{
	const char *conf = strstr(path, "/conf/");

	if (strncmp(path, "net/", 4) != 0 || strstr(path, "//") || path[strlen(path) - 1] == '/' ||
	    strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789_-/") != strlen(path)) {
		yaml_key_error(front, entry,
			       "\"%s\" is no sysctl of a network namespace; expected such as "
			       "net.sctp.rto_initial",
			       entry->key);
		return false;
	}
	if (conf && strncmp(conf, "/conf/all/", 10) != 0 &&
	    strncmp(conf, "/conf/default/", 14) != 0 && strncmp(conf, "/conf/lo/", 9) != 0) {
		yaml_key_error(front, entry,
			       "\"%s\" is about one interface, and sysctls are set before there is "
			       "any; use \"default\" in its place",
			       entry->key);
		return false;
	}
	return true;
}

bool read_sysctls(struct front *front, const struct yaml *map, struct sysctl_list *list)
{
	bool good = true;

	if (map->type != YAML_MAP) {
		yaml_error(front, map,
			   "sysctls are a mapping such as {net.sctp.rto_initial: 1000}");
		return false;
	}
	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		char *path = arena_strdup(&front->arena, entry->key);
		const char *value;

		/* as sysctl(8) does: dots separate unless there is a slash */
		for (char *at = path; !strchr(entry->key, '/') && *at; at++) {
			if (*at == '.')
				*at = '/';
		}
		if (!check_sysctl(front, entry, path) ||
		    !yaml_get_text(front, entry, "the value of a sysctl", &value)) {
			good = false;
		} else if (strlen(value) > 200 || strchr(value, '\n')) {
			yaml_error(front, entry, "the value of a sysctl is one short line");
			good = false;
		} else {
			set_sysctl(&front->arena, list, path, value);
		}
	}
	return good;
}
