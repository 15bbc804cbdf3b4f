// SPDX-License-Identifier: GPL-2.0-only
// Faults that take packets where they arrive, as lab/agent/fault_ends.c and fault_rules.c carry them out.
#include "lab/paths/lost.h"

#include "lab/common/chunks.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* One fault at one end of a link, while it is in force. */
struct lost_fault {
	size_t node, link;
	int64_t step, from_ns, to_ns;
	const char *chunk; /* nft's name; NULL: any packet */
	int64_t skip, count, matched;
};

struct lost_faults {
	struct lost_fault *items; /* (owned) */
	size_t n;
};

static bool find_link(const json_t *plan, int64_t node, int64_t ifindex, size_t *found)
{
	const json_t *link, *end;
	size_t i, k;

	json_array_foreach(json_object_get(plan, "links"), i, link) {
		json_array_foreach(json_object_get(link, "ends"), k, end) {
			*found = i;
			if (jsonx_int(end, "node", -1) == node &&
			    jsonx_int(end, "ifindex", -1) == ifindex)
				return true;
		}
	}
	return false;
}

static void add_fault(struct lost_faults *faults, const json_t *plan, const json_t *step,
		      int64_t from_ns)
{
	const json_t *target;
	size_t i;

	if (!jsonx_is(step, "kind", "blackhole") && !jsonx_is(step, "kind", "dead-neighbour") &&
	    !jsonx_is(step, "kind", "drop"))
		return;
	json_array_foreach(json_object_get(step, "targets"), i, target) {
		int64_t node = json_integer_value(json_array_get(target, 0));
		size_t link;

		if (!find_link(plan, node, json_integer_value(json_array_get(target, 1)), &link))
			continue;
		faults->items = reallocarray(faults->items, faults->n + 1, sizeof(*faults->items));
		if (!faults->items)
			abort();
		faults->items[faults->n++] = (struct lost_fault){
			.node = (size_t)node,
			.link = link,
			.step = jsonx_int(step, "id", -1),
			.from_ns = from_ns,
			.to_ns = NS_NEVER,
			.chunk = jsonx_string(step, "chunk", NULL),
			.skip = jsonx_int(step, "skip", 0),
			.count = jsonx_int(step, "count", 0),
		};
	}
}

static void end_fault(struct lost_faults *faults, int64_t step, int64_t to_ns)
{
	for (size_t i = 0; i < faults->n; i++)
		if (faults->items[i].step == step && faults->items[i].to_ns == NS_NEVER)
			faults->items[i].to_ns = to_ns;
}

struct lost_faults *lost_faults_find(const json_t *plan, const json_t *events)
{
	struct lost_faults *faults = calloc(1, sizeof(*faults));
	const json_t *event;
	size_t i, position;

	if (!faults)
		abort();
	json_array_foreach((json_t *)events, i, event) {
		int64_t time_ns = jsonx_int(event, "time", 0);

		if (jsonx_int(event, "ret", -1) != 0)
			continue;
		if (jsonx_is(event, "event", "fault"))
			add_fault(faults, plan,
				  trial_step(plan, jsonx_int(event, "step", -1), &position),
				  time_ns);
		else if (jsonx_is(event, "event", "heal"))
			end_fault(faults, jsonx_int(event, "heals", -1), time_ns);
	}
	return faults;
}

void lost_faults_free(struct lost_faults *faults)
{
	free(faults->items);
	free(faults);
}

static bool has_chunk(const struct packets *packets, const struct packet *packet, const char *nft)
{
	for (size_t i = 0; i < packet->n; i++) {
		const struct chunk_type *type =
			find_chunk_type(packets->chunks.items[packet->first + i].type);

		if (type && type->nft && strcmp(type->nft, nft) == 0)
			return true;
	}
	return false;
}

bool packet_is_lost(struct lost_faults *faults, const struct packets *packets,
		    const struct packet *packet)
{
	for (size_t i = 0; i < faults->n; i++) {
		struct lost_fault *fault = &faults->items[i];
		int64_t nth;

		if (fault->node != packet->node || fault->link != packet->link ||
		    packet->time_ns < fault->from_ns || packet->time_ns >= fault->to_ns ||
		    (fault->chunk && !has_chunk(packets, packet, fault->chunk)))
			continue;
		nth = fault->matched++;
		if (nth >= fault->skip && (!fault->count || nth < fault->skip + fault->count))
			return true;
	}
	return false;
}
