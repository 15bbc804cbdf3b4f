// SPDX-License-Identifier: GPL-2.0-only
// What the kinds of faults share while a step becomes a part of the plan (docs/formats.md, section 3, "Faults").
#ifndef LAB_FRONT_FAULT_BUILD_H
#define LAB_FRONT_FAULT_BUILD_H

#include "lab/front/scenario.h"

#define FAULT_KEYS_MAX	    12
#define FAULT_ADDRESSES_MAX 64
#define FAULT_LINKS_MAX	    64

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
	const char *keys[FAULT_KEYS_MAX];
};

/* The value under a key of the kind; NULL when it is absent, and from require_value() then with a sentence. */
struct yaml *value_of(const struct builder *builder, const char *key);
struct yaml *require_value(const struct builder *builder, const char *key);

/* The node under `node`, which is required, into the plan. */
bool put_node(struct builder *builder);

/* `chunk`, or null, into the plan. */
bool put_chunk(struct builder *builder);

/* fault_links.c: at the end of links, or on the way over them. */
bool build_link_down(struct builder *builder);
bool build_blackhole(struct builder *builder);
bool build_dead_neighbour(struct builder *builder);
bool build_drop(struct builder *builder);
bool build_impair(struct builder *builder);
bool build_mtu(struct builder *builder);
bool build_address_removed(struct builder *builder);
bool build_address_added(struct builder *builder);

/* fault_nodes.c: in the middle of a node. */
bool build_route(struct builder *builder);
bool build_reject(struct builder *builder);
bool build_firewall(struct builder *builder);
bool build_rp_filter(struct builder *builder);
bool build_conntrack(struct builder *builder);

/* flap.c: many faults and heals in the place of one step. */
bool build_flap(struct builder *builder);

#endif
