// SPDX-License-Identifier: GPL-2.0-only
// Faults of a node and of its processes: routes, settings, endpoints.
#include "lab/agent/fault_kinds.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_route_type(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "unreachable", RTN_UNREACHABLE },
		{ "prohibit", RTN_PROHIBIT },
		{ "blackhole", RTN_BLACKHOLE },
		{ "absent", RTN_UNSPEC },
	};

	for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return -1;
}

int fault_route(struct laboratory *lab, struct step *step, bool heal)
{
	int type = parse_route_type(json_string_value(json_object_get(step->fault, "type")));
	json_int_t node = json_integer_value(json_object_get(step->fault, "node"));
	json_t *prefixes = json_object_get(step->fault, "prefixes"), *prefix;
	json_t *given = json_object_get(step->fault, "table");
	uint32_t table = given ? json_integer_value(given) : RT_TABLE_MAIN;
	size_t i;
	int error;

	if (type < 0)
		return fault_fail(lab->net, "not a type of route");
	json_array_foreach(prefixes, i, prefix) {
		const char *text = json_string_value(prefix);

		if (type == RTN_UNSPEC)
			error = net_plain_routes(lab->net, node, table, text, heal);
		else
			error = net_typed_route(lab->net, node, table, text, type, !heal);
		if (error)
			return error;
	}
	return net_commit(lab->net, node);
}

/* The next fault in force that sets the same setting; NULL when there is none. */
static const struct step *next_rp_filter(const struct laboratory *lab, const struct step *than,
					 const struct step *step)
{
	const struct plan *plan = lab->net->plan;
	const struct step *last = plan->steps + plan->n_steps;

	for (step = step ? step + 1 : plan->steps; step < last; step++)
		if (step != than && step->in_force && !strcmp(fault_kind(step), "rp-filter") &&
		    fault_node(step) == fault_node(than) &&
		    json_equal(json_object_get(step->fault, "interface"),
			       json_object_get(than->fault, "interface")))
			return step;
	return NULL;
}

/* What was there before the first of them comes back when the last one is healed. */
int fault_rp_filter(struct laboratory *lab, struct step *step, bool heal)
{
	const struct step *other = NULL, *last = NULL;
	const char *mode = json_string_value(json_object_get(step->fault, "mode"));
	const char *interface = json_string_value(json_object_get(step->fault, "interface"));
	char path[80];

	if (!mode || !interface)
		return fault_fail(lab->net, "an rp-filter has a mode and an interface");
	snprintf(path, sizeof(path), "net/ipv4/conf/%s/rp_filter", interface);
	while ((other = next_rp_filter(lab, step, other)))
		last = other;
	if (heal && last)
		mode = json_string_value(json_object_get(last->fault, "mode"));
	else if (!heal && last)
		memcpy(step->found, last->found, sizeof(step->found));
	return net_set_setting(lab->net, fault_node(step), path,
			       heal && !last	       ? step->found :
			       !strcmp(mode, "strict") ? "1" :
							 "2",
			       heal || last ? NULL : step->found, sizeof(step->found));
}

static struct endpoint *endpoint_of(struct laboratory *lab, const struct step *step)
{
	return &lab->endpoints[json_integer_value(json_object_get(step->fault, "endpoint"))];
}

int fault_no_listener(struct laboratory *lab, struct step *step, bool heal)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "fault.%lld", (long long)step->id);
	if (endpoint_command(endpoint_of(lab, step), tag, heal ? "listen s" : "listen s 0"))
		return 0;
	return fault_fail(lab->net, "the endpoint has ended");
}

int fault_crash(struct laboratory *lab, struct step *step, bool heal)
{
	struct endpoint *endpoint = endpoint_of(lab, step);
	int error;

	if (!heal) {
		endpoint_kill(endpoint);
		return 0;
	}
	if (endpoint->pid)
		return fault_fail(lab->net, "the endpoint still runs");
	error = endpoint_start(endpoint, lab->net, lab->epoch_ns);
	if (error)
		snprintf(lab->net->why, sizeof(lab->net->why),
			 "cannot start the endpoint again: %s", strerror(error));
	return error;
}

/* The next freeze in force of the same endpoint, but this one. */
static bool is_frozen_otherwise(const struct laboratory *lab, const struct step *than)
{
	const struct plan *plan = lab->net->plan;

	for (size_t i = 0; i < plan->n_steps; i++)
		if (&plan->steps[i] != than && plan->steps[i].in_force &&
		    !strcmp(fault_kind(&plan->steps[i]), "freeze") &&
		    json_equal(json_object_get(plan->steps[i].fault, "endpoint"),
			       json_object_get(than->fault, "endpoint")))
			return true;
	return false;
}

int fault_freeze(struct laboratory *lab, struct step *step, bool heal)
{
	const struct endpoint *endpoint = endpoint_of(lab, step);

	if (!endpoint->pid)
		return fault_fail(lab->net, "the endpoint has ended");
	if (heal && is_frozen_otherwise(lab, step))
		return 0;
	return endpoint_signal(endpoint, heal ? SIGCONT : SIGSTOP);
}
