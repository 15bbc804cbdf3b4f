// SPDX-License-Identifier: GPL-2.0-only
// Faults and their healing: which function each kind is.
#include "lab/agent/faults.h"

#include "lab/agent/fault_kinds.h"
#include "lab/agent/tc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int fault_fail(struct net *net, const char *what)
{
	snprintf(net->why, sizeof(net->why), "%s", what);
	return EINVAL;
}

const char *fault_kind(const struct step *step)
{
	const char *kind = json_string_value(json_object_get(step->fault, "kind"));

	return kind ? kind : "";
}

size_t fault_node(const struct step *step)
{
	return json_integer_value(json_object_get(step->fault, "node"));
}

int fault_for_targets(struct laboratory *lab, struct step *step, bool heal,
		      int (*each)(struct laboratory *, struct step *, struct link *, struct end *,
				  bool))
{
	json_t *targets = json_object_get(step->fault, "targets"), *target;
	size_t i;

	json_array_foreach(targets, i, target) {
		struct link *link;
		json_int_t node, ifindex;
		struct end *end;
		int error;

		if (json_unpack(target, "[II]", &node, &ifindex))
			return fault_fail(lab->net, "a target is [node, ifindex]");
		end = plan_find_end(lab->net->plan, node, ifindex, &link);
		if (!end)
			return fault_fail(lab->net, "the plan has no such target");
		error = each(lab, step, link, end, heal);
		if (error)
			return error;
	}
	return 0;
}

/* Calls `each` for the ends where what arrives will be dropped by a fault of this step and that are not prepared for it. */
static void find_drops(struct plan *plan, const struct step *step,
		       void (*each)(void *context, struct end *end), void *context)
{
	const char *kind = fault_kind(step);
	json_t *target;
	size_t k;

	if (strcmp(kind, "blackhole") != 0 && strcmp(kind, "dead-neighbour") != 0)
		return;
	json_array_foreach(json_object_get(step->fault, "targets"), k, target) {
		struct end *end =
			plan_find_end(plan, json_integer_value(json_array_get(target, 0)),
				      json_integer_value(json_array_get(target, 1)), NULL);

		if (!end || end->drops)
			continue;
		end->drops = true;
		each(context, end);
	}
}

static void note_only(void *context, struct end *end)
{
	(void)context;
	(void)end;
}

void faults_prepare(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		find_drops(plan, &plan->steps[i], note_only, NULL);
}

static void set_up(void *context, struct end *end)
{
	struct net *net = context;

	batch_add(&net->spaces[end->node].batch, tc_clsact_request(end->ifindex),
		  "cannot set up clsact");
}

int fault_prepare_late(struct laboratory *lab, const struct step *step)
{
	int error = 0;

	find_drops(lab->net->plan, step, set_up, lab->net);
	for (size_t i = 0; i < lab->net->plan->n_nodes && !error; i++)
		error = net_commit(lab->net, i);
	return error;
}

int fault_apply(struct laboratory *lab, struct step *step, bool heal)
{
	static const struct {
		const char *kind;
		fault_function *apply;
	} kinds[] = {
		{ "link-down", fault_link_down },
		{ "blackhole", fault_blackhole },
		{ "dead-neighbour", fault_dead_neighbour },
		{ "impair", fault_impair },
		{ "mtu", fault_mtu },
		{ "address-removed", fault_addresses },
		{ "address-added", fault_addresses },
		{ "drop", fault_drop },
		{ "route", fault_route },
		{ "reject", fault_reject },
		{ "firewall", fault_firewall },
		{ "rp-filter", fault_rp_filter },
		{ "conntrack", fault_conntrack },
		{ "no-listener", fault_no_listener },
		{ "crash", fault_crash },
		{ "freeze", fault_freeze },
	};

	step->in_force = !heal;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, fault_kind(step)))
			return kinds[i].apply(lab, step, heal);
	return fault_fail(lab->net, "the agent knows no such kind of fault");
}
