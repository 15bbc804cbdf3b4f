// SPDX-License-Identifier: GPL-2.0-only
// Which endpoint a socket talks to, from what was called on it.
#include "lab/verdict/peers.h"

#include "lab/common/jsonx.h"
#include "lab/verdict/address.h"
#include "lab/verdict/trial.h"

#include <string.h>

/* True when the end of a link has the address; "192.0.2.1/28" without its prefix length. */
static bool end_has(const json_t *end, const char *address)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(end, "addresses"), i, item) {
		const char *text = json_string_value(item) ?: "";
		char copy[64];
		size_t length = strcspn(text, "/");

		if (length >= sizeof(copy))
			continue;
		memcpy(copy, text, length);
		copy[length] = '\0';
		if (addresses_match(copy, address))
			return true;
	}
	return false;
}

/* Node that has the address, -1 when none has. */
static int64_t find_node(const json_t *plan, const char *address)
{
	const json_t *link, *end;
	size_t i, j;

	json_array_foreach(json_object_get(plan, "links"), i, link) {
		json_array_foreach(json_object_get(link, "ends"), j, end) {
			if (end_has(end, address))
				return jsonx_int(end, "node", -1);
		}
	}
	return -1;
}

static int64_t node_of(const json_t *plan, const char *endpoint)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, item) {
		if (jsonx_is(item, "name", endpoint))
			return jsonx_int(item, "node", -1);
	}
	return -1;
}

struct evidence {
	bool for_it, for_others;
};

static void weigh(const json_t *plan, const json_t *value, int64_t node, int64_t own,
		  struct evidence *evidence)
{
	const json_t *item;
	int64_t found;
	size_t i;

	json_array_foreach((json_t *)value, i, item)
		weigh(plan, item, node, own, evidence);
	if (!json_is_string(value))
		return;
	found = find_node(plan, json_string_value(value));
	if (found < 0 || (found == own && found != node))
		return;
	if (found == node)
		evidence->for_it = true;
	else
		evidence->for_others = true;
}

bool talks_to(const json_t *plan, const json_t *events, const char *sender, const char *socket,
	      const char *receiver)
{
	int64_t node = node_of(plan, receiver), own = node_of(plan, sender);
	struct evidence evidence = { 0 };
	const json_t *event;
	size_t i;

	if (json_array_size(json_object_get(plan, "endpoints")) <= 2)
		return true;
	json_array_foreach((json_t *)events, i, event) {
		const char *key;
		json_t *value;

		if (!jsonx_is(event, "event", "call") || !event_is_at(event, sender))
			continue;
		if (jsonx_is(event, "new", socket))
			weigh(plan, json_object_get(event, "peer"), node, own, &evidence);
		if (!jsonx_is(event, "socket", socket) || jsonx_is(event, "call", "bind") ||
		    jsonx_is(event, "call", "bindx"))
			continue;
		json_object_foreach(json_object_get(event, "args"), key, value)
			weigh(plan, value, node, own, &evidence);
	}
	return evidence.for_it || !evidence.for_others;
}
