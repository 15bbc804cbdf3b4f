// SPDX-License-Identifier: GPL-2.0-only
// Faults at the ends of links. Where several of one kind may hold at an end, what counts is worked out anew from those that
// are in force, so that they can be healed in any order.
#include "lab/agent/fault_kinds.h"
#include "lab/agent/tc.h"

#include <string.h>

/* The next fault of this kind in force at an end, in the plan's order; NULL when there is none. */
static const struct step *next_at_end(const struct laboratory *lab, const struct step *step,
				      const char *kind, const struct end *end)
{
	const struct plan *plan = lab->net->plan;
	const struct step *last = plan->steps + plan->n_steps;

	for (step = step ? step + 1 : plan->steps; step < last; step++) {
		json_t *target;
		size_t i;

		if (!step->in_force || strcmp(fault_kind(step), kind) != 0)
			continue;
		json_array_foreach(json_object_get(step->fault, "targets"), i, target)
			if ((size_t)json_integer_value(json_array_get(target, 0)) == end->node &&
			    json_integer_value(json_array_get(target, 1)) == end->ifindex)
				return step;
	}
	return NULL;
}

static int link_down_at(struct laboratory *lab, struct step *step, struct link *link,
			struct end *end, bool heal)
{
	(void)step;
	(void)link;
	if (!heal)
		net_set_end_up(lab->net, end, false);
	else if (!next_at_end(lab, NULL, "link-down", end))
		net_restore_end(lab->net, end);
	return net_commit(lab->net, end->node);
}

int fault_link_down(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, link_down_at);
}

static int drop_at(struct laboratory *lab, struct step *step, struct end *end,
		   bool spare_neighbours, bool heal)
{
	struct batch *batch = &lab->net->spaces[end->node].batch;

	if (heal)
		tc_delete_drop(batch, end->ifindex, step->id, spare_neighbours);
	else
		tc_add_drop(batch, end->ifindex, step->id, spare_neighbours);
	return net_commit(lab->net, end->node);
}

static int blackhole_at(struct laboratory *lab, struct step *step, struct link *link,
			struct end *end, bool heal)
{
	(void)link;
	return drop_at(lab, step, end, true, heal);
}

int fault_blackhole(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, blackhole_at);
}

static int dead_neighbour_at(struct laboratory *lab, struct step *step, struct link *link,
			     struct end *end, bool heal)
{
	int error = drop_at(lab, step, end, false, heal);

	for (int k = 0; k < 2 && !error; k++)
		error = net_flush_neighbours(lab->net, link->ends[k].node, link->ends[k].ifindex);
	return error;
}

int fault_dead_neighbour(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, dead_neighbour_at);
}

static void override_netem(struct netem *netem, const json_t *values)
{
	const struct {
		const char *key;
		uint64_t *wide;
		uint32_t *narrow;
	} keys[] = {
		{ "delay_ns", &netem->delay_ns, NULL },
		{ "jitter_ns", &netem->jitter_ns, NULL },
		{ "rate_bps", &netem->rate_bps, NULL },
		{ "loss_ppm", NULL, &netem->loss_ppm },
		{ "reorder_ppm", NULL, &netem->reorder_ppm },
		{ "duplicate_ppm", NULL, &netem->duplicate_ppm },
		{ "corrupt_ppm", NULL, &netem->corrupt_ppm },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(values, keys[i].key);

		if (!value)
			continue;
		if (keys[i].wide)
			*keys[i].wide = json_integer_value(value);
		else
			*keys[i].narrow = json_integer_value(value);
	}
}

/*
 * The qdisc of the end that sends to the target is changed in place: what waits in it keeps its time. So it stays after
 * the heal also where there was none before, and then does nothing.
 */
static int impair_at(struct laboratory *lab, struct step *step, struct link *link, struct end *end,
		     bool heal)
{
	const struct end *sender = &link->ends[end == &link->ends[0]];
	const struct step *other = NULL;
	struct netem netem = sender->netem;

	(void)step;
	(void)heal;
	while ((other = next_at_end(lab, other, "impair", end)))
		override_netem(&netem, json_object_get(other->fault, "netem"));
	batch_add(&lab->net->spaces[sender->node].batch, tc_netem_request(sender->ifindex, &netem),
		  "cannot change netem (sch_netem)");
	return net_commit(lab->net, sender->node);
}

int fault_impair(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, impair_at);
}

static int mtu_at(struct laboratory *lab, struct step *step, struct link *link, struct end *end,
		  bool heal)
{
	unsigned mtu = link->mtu;
	const struct step *other = NULL;
	int error;

	while ((other = next_at_end(lab, other, "mtu", end))) {
		unsigned value = json_integer_value(json_object_get(other->fault, "mtu"));

		mtu = value < mtu ? value : mtu;
	}
	net_set_mtu(lab->net, end, mtu);
	error = net_commit(lab->net, end->node);
	if (!error && json_is_false(json_object_get(step->fault, "icmp")))
		error = fault_silence_too_big(lab, step, end, heal);
	return error;
}

int fault_mtu(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, mtu_at);
}

/* Whether a fault in force has taken, or brought, this address. */
static bool holds(const struct laboratory *lab, const char *kind, const struct end *end,
		  const char *address)
{
	const struct step *step = NULL;

	while ((step = next_at_end(lab, step, kind, end))) {
		json_t *other;
		size_t i;

		json_array_foreach(json_object_get(step->fault, "addresses"), i, other)
			if (!strcmp(json_string_value(other), address))
				return true;
	}
	return false;
}

/*
 * Which addresses the end has from now on is kept with it, for other faults that put its addresses back. The first
 * address of a subnet takes the further ones along (inet_del_ifa()), unless promote_secondaries is set; the heal puts
 * back all that should be there.
 */
static int addresses_at(struct laboratory *lab, struct step *step, struct link *link,
			struct end *end, bool heal)
{
	bool removes = !strcmp(fault_kind(step), "address-removed");
	json_t *address;
	size_t i;

	(void)link;
	json_array_foreach(json_object_get(step->fault, "addresses"), i, address) {
		const char *text = json_string_value(address);
		struct end_address *own = plan_end_address(end, text);
		bool had = own->present;

		own->present = removes ? !holds(lab, "address-removed", end, text) :
					 holds(lab, "address-added", end, text);
		if (had && !own->present)
			net_delete_address(lab->net, end, text);
	}
	if (removes == heal)
		net_restore_addresses(lab->net, end, true);
	return net_commit(lab->net, end->node);
}

int fault_addresses(struct laboratory *lab, struct step *step, bool heal)
{
	return fault_for_targets(lab, step, heal, addresses_at);
}
