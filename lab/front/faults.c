// SPDX-License-Identifier: GPL-2.0-only
// Faults of the timeline: the kinds there are.
#include <string.h>

#include "lab/front/fault_build.h"
#include "lab/front/words.h"

struct yaml *value_of(const struct builder *builder, const char *key)
{
	for (size_t i = 0; builder->kind->keys[i]; i++) {
		if (strcmp(builder->kind->keys[i], key) == 0)
			return builder->values[i];
	}
	return NULL;
}

struct yaml *require_value(const struct builder *builder, const char *key)
{
	struct yaml *value = value_of(builder, key);

	if (!value)
		yaml_key_error(builder->front, builder->yaml, "the fault %s needs the key \"%s\"",
			       builder->kind->name, key);
	return value;
}

bool put_chunk(struct builder *builder)
{
	struct yaml *chunk = value_of(builder, "chunk");
	const char *nft = NULL;

	if (chunk && !get_chunk(builder->front, chunk, &nft))
		return false;
	json_object_set_new(builder->json, "chunk", nft ? json_string(nft) : json_null());
	return true;
}

bool put_node(struct builder *builder)
{
	struct yaml *name = require_value(builder, "node");
	long node =
		name ? topology_get_node(builder->front, builder->scenario->topology, name) : -1;

	json_object_set_new(builder->json, "node", json_integer(node));
	return node >= 0;
}

static bool build_endpoint(struct builder *builder)
{
	struct yaml *name = require_value(builder, "endpoint");
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
	{ "flap",
	  NULL,
	  NULL,
	  build_flap,
	  { "link", "kind", "node", "from", "down", "up", "count", "for" } },
	{ "dead-neighbour", "dead-neighbour", NULL, build_dead_neighbour, { "link", "node" } },
	{ "drop", "drop", NULL, build_drop, { "link", "from", "chunk", "nth", "count" } },
	{ "impair",
	  "impair",
	  NULL,
	  build_impair,
	  { "link", "from", "delay", "jitter", "loss", "rate", "reorder", "duplicate",
	    "corrupt" } },
	{ "mtu", "mtu", NULL, build_mtu, { "link", "node", "mtu", "icmp" } },
	{ "address-removed", "address-removed", NULL, build_address_removed, { "address" } },
	{ "address-added",
	  "address-added",
	  NULL,
	  build_address_added,
	  { "link", "node", "address" } },
	{ "route-unreachable", "route", "unreachable", build_route, { "node", "to", "vrf" } },
	{ "route-prohibit", "route", "prohibit", build_route, { "node", "to", "vrf" } },
	{ "route-blackhole", "route", "blackhole", build_route, { "node", "to", "vrf" } },
	{ "route-absent", "route", "absent", build_route, { "node", "to", "vrf" } },
	{ "reject", "reject", NULL, build_reject, { "node", "to", "from", "with", "chunk" } },
	{ "firewall", "firewall", NULL, build_firewall, { "node", "to" } },
	{ "rp-filter", "rp-filter", NULL, build_rp_filter, { "node", "mode", "link" } },
	{ "conntrack", "conntrack", NULL, build_conntrack, { "node" } },
	{ "no-listener", "no-listener", NULL, build_endpoint, { "endpoint" } },
	{ "crash", "crash", NULL, build_endpoint, { "endpoint" } },
	{ "freeze", "freeze", NULL, build_endpoint, { "endpoint" } },
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
	if (kind->json_kind)
		json_object_set_new(step->json, "kind", json_string(kind->json_kind));
	return kind->build(&builder);
}
