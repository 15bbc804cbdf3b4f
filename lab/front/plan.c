// SPDX-License-Identifier: GPL-2.0-only
// The whole front end: from a scenario file to a plan (docs/formats.md, section 3).
#include "lab/front/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lab/front/condition.h"
#include "lab/front/find.h"
#include "lab/front/grid.h"
#include "lab/front/program.h"
#include "lab/front/scenario.h"
#include "lab/front/tree.h"
#include "lab/front/units.h"

/* Two hours hold every timer of SCTP many times over, and are milliseconds of real time. */
#define DEFAULT_LIMIT (2 * H)
#define LIMIT_MAX     (YEAR)
#define SUMMARY_MAX   400
/* What a guest of User-Mode Linux has unasked, and what struct pages and page tables still leave room in everywhere. */
#define MEMORY_MIN (64 * MIB)
#define MEMORY_MAX (4096 * MIB)

static json_t *make_netem(const struct topo_end *end)
{
	if (end->delay_ns == 0 && end->jitter_ns == 0 && end->loss_ppm == 0 && end->rate_bps == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "delay_ns", (json_int_t)end->delay_ns, "jitter_ns",
			 (json_int_t)end->jitter_ns, "loss_ppm", (json_int_t)end->loss_ppm,
			 "rate_bps", (json_int_t)end->rate_bps);
}

/* Locally administered, and for people to read: the index in the middle. */
static const char *make_mac(struct arena *arena, int ifindex)
{
	return arena_printf(arena, "02:00:00:%02x:%02x:00", ifindex >> 8, ifindex & 0xff);
}

static json_t *make_end(struct arena *arena, const struct topology *topology,
			const struct topo_link *link, const struct topo_end *end)
{
	const struct topo_vrf *vrf = domain_vrf(topology, end->domain);
	json_t *addresses = json_array(), *object;

	for (size_t i = 0; i < end->n_addresses; i++)
		json_array_append_new(addresses,
				      json_string(format_prefix(arena, &end->addresses[i])));
	object =
		json_pack("{s:I, s:s, s:i, s:s, s:o, s:o}", "node", (json_int_t)end->node, "ifname",
			  link->name, "ifindex", end->ifindex, "mac", make_mac(arena, end->ifindex),
			  "addresses", addresses, "netem", make_netem(end));
	if (vrf)
		json_object_set_new(object, "vrf", json_string(vrf->name));
	return object;
}

/* NULL when the node has none. */
static json_t *make_vrfs(struct arena *arena, const struct topology *topology, size_t node)
{
	json_t *vrfs = NULL;

	for (size_t i = 0; i < topology->n_vrfs; i++) {
		const struct topo_vrf *vrf = &topology->vrfs[i];

		if (vrf->node != node)
			continue;
		if (!vrfs)
			vrfs = json_array();
		json_array_append_new(vrfs, json_pack("{s:s, s:i, s:s, s:I}", "name", vrf->name,
						      "ifindex", vrf->ifindex, "mac",
						      make_mac(arena, vrf->ifindex), "table",
						      (json_int_t)vrf->table));
	}
	return vrfs;
}

static json_t *make_nodes(struct arena *arena, const struct topology *topology)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < topology->n_nodes; i++) {
		const struct topo_node *node = &topology->nodes[i];
		json_t *sysctls = json_array();

		for (size_t k = 0; k < node->sysctls.count; k++)
			json_array_append_new(sysctls,
					      json_pack("[s, s]", node->sysctls.items[k].path,
							node->sysctls.items[k].value));
		json_array_append_new(nodes,
				      json_pack("{s:s, s:o, s:o*}", "name", node->name, "sysctls",
						sysctls, "vrfs", make_vrfs(arena, topology, i)));
	}
	return nodes;
}

static json_t *make_links(struct arena *arena, const struct topology *topology)
{
	json_t *links = json_array();

	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];

		json_array_append_new(links,
				      json_pack("{s:s, s:i, s:[o, o]}", "name", link->name, "mtu",
						link->mtu, "ends",
						make_end(arena, topology, link, &link->ends[0]),
						make_end(arena, topology, link, &link->ends[1])));
	}
	return links;
}

static json_t *make_routes(struct arena *arena, const struct topology *topology)
{
	json_t *routes = json_array();

	for (size_t i = 0; i < topology->n_routes; i++) {
		const struct topo_route *route = &topology->routes[i];
		const struct topo_vrf *vrf = domain_vrf(topology, route->domain);
		json_t *object =
			json_pack("{s:I, s:s, s:s, s:i}", "node",
				  (json_int_t)domain_node(topology, route->domain), "dst",
				  format_prefix(arena, &route->to), "via",
				  format_address(arena, &route->via), "ifindex", route->ifindex);

		if (vrf)
			json_object_set_new(object, "table", json_integer((json_int_t)vrf->table));
		json_array_append_new(routes, object);
	}
	return routes;
}

/*
 * Each address of the network, and the shortest name that means it (resolve.c). One that different VRFs have more than
 * once has none: in a call or a packet it cannot be told which is meant.
 */
static json_t *make_names(struct arena *arena, const struct topology *topology)
{
	const char *repeated;
	json_t *unused;
	json_t *names = json_object(), *several = json_object();

	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i / 2];
		const struct topo_end *end = &link->ends[i % 2];
		const char *base =
			arena_printf(arena, "%s.%s", topology->nodes[end->node].name, link->name);
		int usual = end_usual_family(topology, end);
		size_t seen[FAMILIES] = { 0, 0 };

		for (size_t k = 0; k < end->n_addresses; k++) {
			const struct address *address = &end->addresses[k].address;
			const char *key = format_address(arena, address);
			int family = family_index(address);
			const char *name = arena_printf(arena, "%s%s", base,
							family == usual ? "" :
							family == V6	? ".v6" :
									  ".v4");

			if (++seen[family] > 1)
				name = arena_printf(arena, "%s.%zu", name, seen[family]);
			if (json_object_get(names, key))
				json_object_set_new(several, key, json_null());
			json_object_set_new(names, key, json_string(name));
		}
	}
	json_object_foreach(several, repeated, unused)
		json_object_del(names, repeated);
	json_decref(several);
	return names;
}

struct topology *scenario_read_topology(struct front *front, const struct yaml *node,
					const char *file)
{
	struct topology *topology;
	const char *name;
	char *path, *nearest = NULL;

	if (node->type == YAML_MAP)
		return topology_parse(front, node, NULL);
	if (!yaml_get_text(front, node, "a topology", &name))
		return NULL;
	path = find_topology(name, file, &nearest);
	if (path) {
		topology = topology_load(front, path);
		free(path);
		return topology;
	}
	if (nearest)
		yaml_error(front, node, "unknown topology \"%s\"; did you mean \"%s\"?", name,
			   nearest);
	else if (strchr(name, '/'))
		yaml_error(front, node, "there is no topology file \"%s\"", name);
	else
		yaml_error(
			front, node,
			"unknown topology \"%s\"; expected a name that \"pathlab list topologies\" "
			"shows, or a file such as ./mine.yaml",
			name);
	free(nearest);
	return NULL;
}

static bool read_node_sysctls(struct front *front, const struct yaml *map,
			      struct topology *topology)
{
	bool good = true;

	if (map->type != YAML_MAP) {
		yaml_error(
			front, map,
			"sysctls are a mapping by node, such as {client: {net.sctp.rto_initial: 1000}}");
		return false;
	}
	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		long node = name_list_find(&topology->node_names, entry->key);

		if (node < 0) {
			yaml_key_error(front, entry, "unknown node \"%s\"%s", entry->key,
				       suggest(front, entry->key, topology->node_names.items,
					       topology->node_names.count));
			good = false;
			continue;
		}
		good &= read_sysctls(front, entry, &topology->nodes[node].sysctls);
	}
	return good;
}

/* The keys of a scenario. */
struct keys {
	struct yaml *summary, *topology, *parameters, *addresses, *capture, *sysctls, *endpoints,
		*timeline, *expect, *until, *limit, *matrix, *sweep, *needs, *memory;
};

static bool read_keys(struct front *front, const struct yaml *root, struct keys *keys)
{
	struct yaml_key known[] = {
		{ "summary", &keys->summary, true },
		{ "topology", &keys->topology, true },
		{ "capture", &keys->capture, false },
		{ "sysctls", &keys->sysctls, false },
		{ "endpoints", &keys->endpoints, true },
		{ "timeline", &keys->timeline, true },
		{ "expect", &keys->expect, false },
		{ "until", &keys->until, false },
		{ "limit", &keys->limit, false },
		{ "parameters", &keys->parameters, false },
		{ "addresses", &keys->addresses, false },
		{ "matrix", &keys->matrix, false },
		{ "sweep", &keys->sweep, false },
		{ "needs", &keys->needs, false },
		{ "memory", &keys->memory, false },
	};

	return YAML_READ_MAP(front, root, "a scenario", known);
}

/* Debian Policy, section 5.6.1 */
static bool is_package(const char *text)
{
	return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == strlen(text);
}

/* Debian packages whose programs a scenario runs, or with a colon behind it one whose program another one runs. */
static bool read_needs(struct scenario *scenario, const struct yaml *needs)
{
	static const char no_package[] =
		"\"%s\" is no name of a Debian package, such as lksctp-tools";
	struct front *front = scenario->front;
	bool good = true;

	scenario->needs = needs;
	for (const struct yaml *item = yaml_first(needs); item; item = yaml_next(needs, item)) {
		const char *text;

		if (item->type != YAML_MAP) {
			if (!yaml_get_text(front, item, "a package", &text))
				good = false;
			else if (!is_package(text))
				yaml_error(front, item, no_package, text);
			continue;
		}
		for (const struct yaml *entry = item->first; entry; entry = entry->next) {
			if (!is_package(entry->key))
				yaml_key_error(front, entry, no_package, entry->key);
			else
				good &= program_need(scenario, entry);
		}
	}
	return good && front_ok(front);
}

/* In whole MiB: each size is another command line of the guest's, and so other randomness (docs/design.md). */
static bool read_memory(struct scenario *scenario, const struct yaml *memory)
{
	if (!parse_quantity(scenario->front, memory, "the guest's memory", SIZE, MEMORY_MIN,
			    MEMORY_MAX, &scenario->memory))
		return false;
	if (scenario->memory % MIB == 0)
		return true;
	yaml_error(scenario->front, memory,
		   "the guest's memory is \"%s\", expected a whole number of MiB such as 256MiB",
		   memory->text);
	return false;
}

static bool read_simple_keys(struct scenario *scenario, const struct keys *keys)
{
	struct front *front = scenario->front;
	bool good = true;

	scenario->limit_ns = DEFAULT_LIMIT;
	if (keys->summary) {
		good &= yaml_get_text(front, keys->summary, "a summary", &scenario->summary);
		if (good && strlen(scenario->summary) > SUMMARY_MAX) {
			yaml_error(front, keys->summary, "a summary has at most %d bytes",
				   SUMMARY_MAX);
			good = false;
		}
	}
	if (keys->capture) {
		scenario->capture_given = true;
		good &= yaml_get_bool(front, keys->capture, "capture", &scenario->capture);
	}
	if (keys->limit)
		good &= parse_quantity(front, keys->limit, "a limit", TIME, MS, LIMIT_MAX,
				       &scenario->limit_ns);
	if (keys->needs)
		good &= read_needs(scenario, keys->needs);
	if (keys->memory)
		good &= read_memory(scenario, keys->memory);
	if (keys->until)
		good &= parse_quantity(front, keys->until, "until", TIME, 0, scenario->limit_ns,
				       &scenario->end_ns);
	return good;
}

static bool read_family(struct front *front, const struct yaml *addresses, int *family)
{
	static const char *const families[] = { "ipv4", "ipv6" };
	size_t index;

	if (!yaml_get_word(front, addresses, "addresses", families, 2, &index))
		return false;
	*family = index == 0 ? V4 : V6;
	return true;
}

/* Each part is read as far as what it needs is known, so that one run tells of all mistakes. */
static bool read_parts(struct scenario *scenario, const struct keys *keys, const char *file)
{
	bool good = true;

	if (keys->topology)
		scenario->topology = scenario_read_topology(scenario->front, keys->topology, file);
	if (!scenario->topology)
		return false;
	if (keys->addresses &&
	    !read_family(scenario->front, keys->addresses, &scenario->topology->usual))
		return false;
	if (keys->sysctls)
		good = read_node_sysctls(scenario->front, keys->sysctls, scenario->topology);
	if (!keys->endpoints)
		return false;
	good &= scenario_read_endpoints(scenario, keys->endpoints);
	if (keys->timeline && scenario->n_endpoints > 0)
		good &= scenario_read_timeline(scenario, keys->timeline);
	/* who connects is known only after a good timeline */
	if (good && keys->expect)
		good = scenario_read_expectations(scenario, keys->expect);
	return good;
}

static json_t *make_plan(struct scenario *scenario, const struct keys *keys, const char *name,
			 const char *file)
{
	struct arena *arena = &scenario->front->arena;
	json_t *steps = json_array(), *expect = json_array(), *endpoints = NULL, *plan = NULL;

	scenario->json_programs = json_array();
	scenario->json_steps = steps;
	scenario->json_expect = expect;
	if (read_parts(scenario, keys, file))
		endpoints = scenario_make_endpoints(scenario);
	if (endpoints && front_ok(scenario->front)) {
		if (scenario->end_ns > scenario->limit_ns)
			scenario->end_ns = scenario->limit_ns;
		plan = json_pack(
			"{s:i, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:O, s:O, s:O}",
			"pathlab_plan", 1, "scenario", name, "file", file, "summary",
			scenario->summary, "capture",
			scenario->capture_given ? json_boolean(scenario->capture) : json_null(),
			"end_ns", (json_int_t)scenario->end_ns, "settle_ns",
			(json_int_t)scenario->settle_ns, "limit_ns", (json_int_t)scenario->limit_ns,
			"topology", scenario->topology->name, "nodes",
			make_nodes(arena, scenario->topology), "links",
			make_links(arena, scenario->topology), "routes",
			make_routes(arena, scenario->topology), "names",
			make_names(arena, scenario->topology), "endpoints", endpoints, "steps",
			steps, "expect", expect);
		/* jansson takes UTF-8 only, and a file may be called anything */
		if (!plan)
			diag_add(
				scenario->front->diag, file, 0, 0,
				"cannot be made a plan: its name is not UTF-8, or no memory is left");
	}
	if (plan && scenario->memory)
		json_object_set_new(plan, "memory_mib",
				    json_integer((json_int_t)(scenario->memory / MIB)));
	if (plan && scenario->lacks)
		json_object_set_new(plan, "lacks", json_string(scenario->lacks));
	json_decref(scenario->json_programs);
	json_decref(endpoints);
	json_decref(steps);
	json_decref(expect);
	return plan;
}

json_t *scenario_make_plan(struct front *front, const struct yaml *root, const char *file)
{
	struct scenario scenario = { .front = front, .summary = "", .file = file };
	char *name = find_scenario_name(file);
	struct keys keys;
	bool good = read_keys(front, root, &keys);
	json_t *plan;

	good &= read_simple_keys(&scenario, &keys);
	good &= !keys.sweep || grid_check(front, root);
	plan = make_plan(&scenario, &keys, name, file);
	if (!good && plan) {
		json_decref(plan);
		plan = NULL;
	}
	free(name);
	return plan;
}

static json_t *plan_from_root(struct front *front, struct yaml *root, const char *file,
			      const struct settings *settings)
{
	json_t *plan = NULL;

	if (root && root->type != YAML_MAP)
		yaml_error(front, root,
			   "a scenario is a mapping with keys such as summary and topology");
	else if (root && is_topology(root))
		yaml_error(front, root,
			   "this is a topology; expected a scenario, which has one under the key "
			   "\"topology\" (`pathlab graph` draws it)");
	else if (root && parameters_apply(front, root, settings))
		plan = tree_find(root, "matrix") ? condition_make_base(front, root, file) :
						   scenario_make_plan(front, root, file);
	if (!plan && front_ok(front))
		diag_add(front->diag, file, 0, 0, "cannot be understood");
	return plan;
}

json_t *plan_load(const char *file, const struct settings *settings, struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	json_t *plan = plan_from_root(&front, yaml_load(&front, file), file, settings);

	arena_free(&front.arena);
	return plan;
}

json_t *plan_from_text(const char *text, size_t size, const char *file, struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	json_t *plan = plan_from_root(&front, yaml_parse(&front, text, size, file), file, NULL);

	arena_free(&front.arena);
	return plan;
}

json_t *plan_by_hand(const char *file, const char *text, const struct settings *settings,
		     struct by_hand *by_hand, struct diag *diag)
{
	struct front front = { .diag = diag, .by_hand = by_hand };
	struct yaml *root =
		text ? yaml_parse(&front, text, strlen(text), file) : yaml_load(&front, file);
	json_t *plan = plan_from_root(&front, root, file, settings);

	arena_free(&front.arena);
	return plan;
}
