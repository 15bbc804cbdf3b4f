// SPDX-License-Identifier: GPL-2.0-only
// A topology: nodes, their VRFs, links between two nodes, and the routes that follow from all of them.
#ifndef LAB_FRONT_TOPOLOGY_H
#define LAB_FRONT_TOPOLOGY_H

#include "lab/front/address.h"
#include "lab/front/yaml.h"

/* Bounds that keep a plan of reasonable size. */
#define TOPOLOGY_NODES_MAX  512
#define TOPOLOGY_LINKS_MAX  512
#define TOPOLOGY_ROUTES_MAX 50000
#define END_ADDRESSES_MAX   64

/* RFC 8200, section 5: the least MTU of IPv6; RFC 791: of IPv4. */
#define IPV6_MTU_MIN 1280
#define IPV4_MTU_MIN 68

/* The first indexes of a namespace can be taken by what the kernel makes on its own. */
#define FIRST_IFINDEX 16

/* The two families, as indexes. */
enum { V4, V6, FAMILIES };
int family_index(const struct address *address);

struct sysctl_setting {
	const char *path; /* below /proc/sys, with '/' */
	const char *value;
};

struct sysctl_list {
	struct sysctl_setting *items;
	size_t count;
};

struct topo_node {
	const char *name;
	const struct yaml *yaml;
	bool is_router;
	struct sysctl_list sysctls;
	const struct yaml *vrfs; /* as written, or NULL */
};

/*
 * A VRF of a node (Documentation/networking/vrf.rst). It is an L3 domain: tables of routes of its own, and addresses
 * that mean something in it alone. So is all of a node that is in no VRF. Domains are numbered: first one a node, then one
 * a VRF.
 */
struct topo_vrf {
	const char *name; /* of its device, too */
	const struct yaml *yaml;
	size_t node;
	int64_t table; /* of rtnetlink(7); 0 while it is read: not given */
	int ifindex;
};

/* One end of a link, and what netem does to what leaves it. */
struct topo_end {
	size_t node, domain;
	int ifindex;
	struct prefix *addresses; /* with the length of their subnet; IPv4 and IPv6 mixed */
	size_t n_addresses;
	int64_t delay_ns, jitter_ns, loss_ppm, rate_bps;
};

struct topo_link {
	const char *name;
	const struct yaml *yaml;
	int mtu;
	bool has_subnet[FAMILIES];
	struct prefix subnets[FAMILIES];
	const struct yaml *subnets_yaml[FAMILIES];
	struct topo_end ends[2];
};

struct topo_route {
	size_t domain;
	struct prefix to;
	struct address via;
	int ifindex;
};

struct topology {
	const char *name;    /* of a file: without folder and .yaml; else "inline" */
	const char *file;    /* NULL when inline */
	const char *summary; /* "" when there is none */
	struct topo_node *nodes;
	struct topo_link *links;
	struct topo_vrf *vrfs;
	struct topo_route *routes;
	size_t n_nodes, n_links, n_vrfs, n_routes;
	int usual; /* the family NODE.LINK means when the node has both there: V4 or V6 */
	struct name_list node_names, link_names;
};

/* By its keys, so that a file in the place of the other can be called what it is. */
bool is_topology(const struct yaml *root);

/* Reads and checks the topology in a file, or in a mapping inside a scenario. NULL and sentences. */
struct topology *topology_load(struct front *front, const char *file);
struct topology *topology_parse(struct front *front, const struct yaml *root, const char *file);

/* Reads what nodes have under `vrfs`, and puts the ends of links there (vrfs.c). False and sentences. */
bool topology_read_vrfs(struct front *front, struct topology *topology);
/* Subnets may overlap only where VRFs keep them apart (vrfs.c). False and sentences. */
bool topology_check_overlap(struct front *front, const struct topology *topology);
/* The VRF of that name at the node, or NULL after a sentence. */
const struct topo_vrf *topology_get_vrf(struct front *front, const struct topology *topology,
					size_t node, const struct yaml *name);
/* The VRF that is this domain, NULL for a node's domain; the node of a domain; the domain of a VRF. */
const struct topo_vrf *domain_vrf(const struct topology *topology, size_t domain);
size_t domain_node(const struct topology *topology, size_t domain);
size_t vrf_domain(const struct topology *topology, const struct topo_vrf *vrf);

/* Adds the routes to every subnet a node is not on (routes.c). False and a sentence: too many. */
bool topology_compute_routes(struct front *front, const struct yaml *at, struct topology *topology);
/* Adds the routes written under `routes:`, which replace computed ones. */
bool topology_read_routes(struct front *front, struct topology *topology, const struct yaml *list);

/* The node or link of that name; on an unknown one says so and returns -1. */
long topology_get_node(struct front *front, const struct topology *topology,
		       const struct yaml *name);
long topology_get_link(struct front *front, const struct topology *topology,
		       const struct yaml *name);

/* Which end of the link (0 or 1) belongs to the node; -1: none. */
int link_end_at(const struct topo_link *link, size_t node);
/* The same for an L3 domain. */
int link_end_in(const struct topo_link *link, size_t domain);

/* The number-th address (from 0) of a family at an end; NULL when there are not as many. */
const struct prefix *end_address(const struct topo_end *end, int family, size_t number);

/* The family of the addresses that NODE.LINK means at that end. */
int end_usual_family(const struct topology *topology, const struct topo_end *end);

/* The link one of whose subnets has the address; NULL when it is in none. */
const struct topo_link *topology_link_of(const struct topology *topology,
					 const struct address *address);
/* The node that has the address, or -1; `link`: on that link, or when NULL on any, the first of several. */
long topology_owner(const struct topology *topology, const struct topo_link *link,
		    const struct address *address);
/* Whether the end has the address. */
bool end_has_address(const struct topo_end *end, const struct address *address);

/*
 * Reads an address: NODE.LINK[.v4|.v6][.NUMBER], or a literal. On error a sentence, false.
 */
bool topology_get_address(struct front *front, const struct topology *topology,
			  const struct yaml *node, struct address *address);
/*
 * The same with the link that a name names, NULL for a literal: in different VRFs the same address may be there more than
 * once.
 */
bool topology_get_place(struct front *front, const struct topology *topology,
			const struct yaml *node, struct address *address,
			const struct topo_link **link);
/* The same for `text`, which stands at `at`. */
bool topology_parse_address(struct front *front, const struct topology *topology,
			    const struct yaml *at, const char *text, struct address *address);
bool topology_parse_place(struct front *front, const struct topology *topology,
			  const struct yaml *at, const char *text, struct address *address,
			  const struct topo_link **link);

/*
 * Reads a literal address within a subnet of the link that neither end of it has yet, with the length of that subnet.
 * On error a sentence, false.
 */
bool topology_get_new_address(struct front *front, const struct topo_link *link,
			      const struct yaml *item, struct prefix *prefix);

/* Reads a mapping of sysctls, which replace those of the same name in the list. */
bool read_sysctls(struct front *front, const struct yaml *map, struct sysctl_list *list);
void set_sysctl(struct arena *arena, struct sysctl_list *list, const char *path, const char *value);

#endif
