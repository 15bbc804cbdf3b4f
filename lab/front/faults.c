// SPDX-License-Identifier: GPL-2.0-only
// Faults and heals of the timeline.
#include <ctype.h>
#include <string.h>

#include "lab/front/scenario.h"
#include "lab/front/words.h"

#define KEYS_MAX      6
#define ADDRESSES_MAX 64
/* Of faults that a heal could mean, as many as a sentence can bear. */
#define CANDIDATES_SHOWN 4

struct builder {
	struct scenario *scenario;
	struct front *front;
	const struct fault_kind *kind;
	const struct yaml *yaml; /* the step */
	struct yaml *const *values;
	struct step *step;
	json_t *json; /* the step's */
};

struct fault_kind {
	const char *name;
	const char *json_kind; /* as in the plan */
	const char *type;      /* of a route */
	bool (*build)(struct builder *builder);
	const char *keys[KEYS_MAX];
};

static struct yaml *value_of(const struct builder *builder, const char *key)
{
	for (size_t i = 0; builder->kind->keys[i]; i++) {
		if (strcmp(builder->kind->keys[i], key) == 0)
			return builder->values[i];
	}
	return NULL;
}

static struct yaml *require(const struct builder *builder, const char *key)
{
	struct yaml *value = value_of(builder, key);

	if (!value)
		yaml_key_error(builder->front, builder->yaml, "the fault %s needs the key \"%s\"",
			       builder->kind->name, key);
	return value;
}

static const struct topo_link *get_link(struct builder *builder)
{
	struct yaml *name = require(builder, "link");
	long link =
		name ? topology_get_link(builder->front, builder->scenario->topology, name) : -1;

	if (link < 0)
		return NULL;
	builder->step->link = name->text;
	json_object_set_new(builder->json, "link", json_string(name->text));
	return &builder->scenario->topology->links[link];
}

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

/* Puts the ends that are meant; `only` 0 or 1, or -1 for both. */
static bool put_targets(struct builder *builder, const struct topo_link *link, int only)
{
	json_t *targets = json_array();

	for (int i = 0; i < 2; i++) {
		if (only < 0 || only == i)
			json_array_append_new(targets,
					      json_pack("[I, i]", (json_int_t)link->ends[i].node,
							link->ends[i].ifindex));
	}
	json_object_set_new(builder->json, "targets", targets);
	return true;
}

/* What `from` sends arrives at the other end, and that is where it is lost. */
static bool put_directed(struct builder *builder, const struct yaml *from)
{
	const struct topo_link *link = get_link(builder);
	int end = -1;

	if (!link)
		return false;
	if (from) {
		end = get_end(builder, link, from);
		if (end < 0)
			return false;
	}
	return put_targets(builder, link, from ? 1 - end : -1);
}

static bool build_blackhole(struct builder *builder)
{
	return put_directed(builder, value_of(builder, "from"));
}

static bool build_link_down(struct builder *builder)
{
	const struct topo_link *link = get_link(builder);
	struct yaml *node = value_of(builder, "node");
	int end = -1;

	if (!link)
		return false;
	if (node) {
		end = get_end(builder, link, node);
		if (end < 0)
			return false;
	}
	return put_targets(builder, link, end);
}

static bool build_dead_neighbour(struct builder *builder)
{
	const struct topo_link *link = get_link(builder);
	struct yaml *node = require(builder, "node");
	int end = link && node ? get_end(builder, link, node) : -1;

	return end >= 0 && put_targets(builder, link, end);
}

static bool put_chunk(struct builder *builder)
{
	struct yaml *chunk = value_of(builder, "chunk");
	const char *nft = NULL;

	if (chunk && !get_chunk(builder->front, chunk, &nft))
		return false;
	json_object_set_new(builder->json, "chunk", nft ? json_string(nft) : json_null());
	return true;
}

static bool build_drop(struct builder *builder)
{
	struct yaml *nth = value_of(builder, "nth"), *count = value_of(builder, "count"),
		    *from = require(builder, "from");
	int64_t first = 1, number = nth ? 1 : 0;
	bool good = from && put_directed(builder, from);

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

static bool put_node(struct builder *builder)
{
	struct yaml *name = require(builder, "node");
	long node =
		name ? topology_get_node(builder->front, builder->scenario->topology, name) : -1;

	json_object_set_new(builder->json, "node", json_integer(node));
	return node >= 0;
}

/* Addresses under `key`, which may be absent when it is not required. */
static bool get_addresses(struct builder *builder, const struct yaml *list,
			  struct address addresses[ADDRESSES_MAX], size_t *count)
{
	*count = 0;
	if (!list)
		return true;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		if (*count == ADDRESSES_MAX) {
			yaml_error(builder->front, item, "more than %d addresses", ADDRESSES_MAX);
			return false;
		}
		if (!topology_get_address(builder->front, builder->scenario->topology, item,
					  &addresses[*count]))
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
			     const struct address *address, struct prefix *prefix)
{
	const struct topo_link *link;

	*prefix = address_prefix(address);
	if (strcmp(builder->kind->type, "absent") != 0)
		return true;
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

static bool build_route(struct builder *builder)
{
	struct address addresses[ADDRESSES_MAX];
	struct yaml *to = require(builder, "to");
	json_t *prefixes = json_array();
	bool good = put_node(builder);
	size_t count = 0;

	json_object_set_new(builder->json, "type", json_string(builder->kind->type));
	json_object_set_new(builder->json, "prefixes", prefixes);
	good = to && get_addresses(builder, to, addresses, &count) && good;
	for (size_t i = 0; good && i < count; i++) {
		struct prefix prefix;

		good = get_route_prefix(builder, to, &addresses[i], &prefix);
		if (good)
			json_array_append_new(prefixes, json_string(format_prefix(
								&builder->front->arena, &prefix)));
	}
	return good;
}

static bool build_reject(struct builder *builder)
{
	struct address to[ADDRESSES_MAX], from[ADDRESSES_MAX];
	struct yaml *with = require(builder, "with");
	bool used[FAMILIES] = { false, false }, good = put_node(builder);
	size_t n_to, n_from;

	good &= with && put_chunk(builder);
	if (!get_addresses(builder, value_of(builder, "to"), to, &n_to) ||
	    !get_addresses(builder, value_of(builder, "from"), from, &n_from) || !good)
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

static bool build_firewall(struct builder *builder)
{
	struct address to[ADDRESSES_MAX];
	struct yaml *list = require(builder, "to");
	bool good = put_node(builder);
	size_t count = 0;

	good = list && get_addresses(builder, list, to, &count) && good;
	put_addresses(builder, "destinations", to, good ? count : 0);
	return good;
}

static bool build_endpoint(struct builder *builder)
{
	struct yaml *name = require(builder, "endpoint");
	long index = name ? scenario_get_endpoint(builder->scenario, name) : -1;

	if (index < 0)
		return false;
	builder->step->endpoint = (size_t)index;
	json_object_set_new(builder->json, "endpoint", json_integer(index));
	if (strcmp(builder->kind->name, "no-listener") == 0 &&
	    !builder->scenario->endpoints[index].listens) {
		yaml_error(builder->front, name, "endpoint \"%s\" does not listen", name->text);
		return false;
	}
	return true;
}

static const struct fault_kind kinds[] = {
	{ "link-down", "link-down", NULL, build_link_down, { "link", "node" } },
	{ "blackhole", "blackhole", NULL, build_blackhole, { "link", "from" } },
	{ "dead-neighbour", "dead-neighbour", NULL, build_dead_neighbour, { "link", "node" } },
	{ "drop", "drop", NULL, build_drop, { "link", "from", "chunk", "nth", "count" } },
	{ "route-unreachable", "route", "unreachable", build_route, { "node", "to" } },
	{ "route-prohibit", "route", "prohibit", build_route, { "node", "to" } },
	{ "route-blackhole", "route", "blackhole", build_route, { "node", "to" } },
	{ "route-absent", "route", "absent", build_route, { "node", "to" } },
	{ "reject", "reject", NULL, build_reject, { "node", "to", "from", "with", "chunk" } },
	{ "firewall", "firewall", NULL, build_firewall, { "node", "to" } },
	{ "no-listener", "no-listener", NULL, build_endpoint, { "endpoint" } },
	{ "crash", "crash", NULL, build_endpoint, { "endpoint" } },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct fault_kind *get_fault_kind(struct front *front, const struct yaml *name)
{
	struct name_list names = { 0 };
	const char *text;

	if (!yaml_get_text(front, name, "a fault", &text))
		return NULL;
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, text) == 0)
			return &kinds[i];
		name_list_add(&front->arena, &names, kinds[i].name);
	}
	yaml_unknown(front, name, "fault", &names);
	return NULL;
}

const char *const *fault_keys(const struct fault_kind *kind)
{
	return kind->keys;
}

bool make_fault(struct scenario *scenario, const struct fault_kind *kind,
		const struct yaml *step_yaml, struct yaml *const *values, struct step *step)
{
	struct builder builder = {
		.scenario = scenario,
		.front = scenario->front,
		.kind = kind,
		.yaml = step_yaml,
		.values = values,
		.step = step,
		.json = step->json,
	};

	/* a fault that is wrong in itself can still be healed, without a second sentence about it */
	step->fault = kind->name;
	json_object_set_new(step->json, "kind", json_string(kind->json_kind));
	return kind->build(&builder);
}

static bool is_meant(const struct scenario *scenario, const struct step *fault, const char *text)
{
	bool is_process = fault->fault && (strcmp(fault->fault, "crash") == 0 ||
					   strcmp(fault->fault, "no-listener") == 0);

	if (!fault->fault || fault->healed)
		return false;
	return (fault->name && strcmp(fault->name, text) == 0) || strcmp(fault->fault, text) == 0 ||
	       (fault->link && strcmp(fault->link, text) == 0) ||
	       (is_process && strcmp(scenario->endpoints[fault->endpoint].name, text) == 0);
}

/* The names by which a fault can be healed, for sentences. */
static void add_fault_names(struct front *front, const struct scenario *scenario,
			    struct name_list *names)
{
	for (size_t i = 0; i < scenario->n_steps; i++) {
		const struct step *step = &scenario->steps[i];
		const char *name = step->name ? step->name : step->link ? step->link : step->fault;

		if (step->fault && !step->healed && name_list_find(names, name) < 0)
			name_list_add(&front->arena, names, name);
	}
}

bool make_heal(struct scenario *scenario, const struct yaml *what, struct step *step)
{
	struct front *front = scenario->front;
	struct name_list names = { 0 };
	struct step *fault = NULL;
	const char *text, *lines = "";
	size_t count = 0;

	if (!yaml_get_text(front, what, "what to heal", &text))
		return false;
	for (size_t i = 0; i < scenario->n_steps; i++) {
		if (!is_meant(scenario, &scenario->steps[i], text))
			continue;
		fault = &scenario->steps[i];
		if (count++ < CANDIDATES_SHOWN)
			lines = arena_printf(&front->arena, "%s%s%s on line %d", lines,
					     count > 1 ? ", " : "", fault->fault,
					     fault->yaml->line);
	}
	if (count == 0) {
		if (!front_is_full(front))
			add_fault_names(front, scenario, &names);
		yaml_error(front, what,
			   "no fault above is \"%s\", by its name, link, endpoint or kind%s", text,
			   suggest(front, text, names.items, names.count));
		return false;
	}
	if (count > 1) {
		yaml_error(front, what, "\"%s\" could be %s; give the fault a name: and heal that",
			   text, lines);
		return false;
	}
	if (step->has_at && fault->has_at && step->at_ns < fault->at_ns) {
		yaml_error(front, what, "the fault on line %d comes only after this",
			   fault->yaml->line);
		return false;
	}
	fault->healed = true;
	json_object_set(step->json, "step", json_object_get(fault->json, "id"));
	return true;
}
