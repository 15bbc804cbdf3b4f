// SPDX-License-Identifier: GPL-2.0-only
// What an endpoint was told of a path, in its notifications.
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/predict/side.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

static const char *const changes[] = {
	[PATH_ACTIVE] = "SCTP_ADDR_AVAILABLE",
	[PATH_PF] = "SCTP_ADDR_POTENTIALLY_FAILED",
	[PATH_INACTIVE] = "SCTP_ADDR_UNREACHABLE",
};

bool hears_of_paths(const struct replay *replay, const struct side *side)
{
	const json_t *event;
	size_t i;

	/* what it has ever heard of a path, or that it asked for all or for these */
	json_array_foreach((json_t *)replay->events, i, event) {
		const json_t *types = json_object_get(json_object_get(event, "args"), "types");
		const json_t *type;
		size_t k;

		if (!side->endpoint || !jsonx_is(event, "endpoint", side->name))
			continue;
		if (jsonx_is(event_notification(event), "type", "SCTP_PEER_ADDR_CHANGE"))
			return true;
		if (!jsonx_is(event, "call", "events") || jsonx_int(event, "ret", -1) != 0)
			continue;
		json_array_foreach((json_t *)types, k, type) {
			if (json_is_string(type) &&
			    strcmp(json_string_value(type), "SCTP_PEER_ADDR_CHANGE") == 0)
				return true;
		}
	}
	return false;
}

static int64_t distance(struct span about, int64_t at_ns)
{
	if (at_ns < about.lo)
		return clamp_subtract(about.lo, at_ns);
	return at_ns > about.hi ? clamp_subtract(at_ns, about.hi) : 0;
}

bool told_of_path(const struct replay *replay, const struct side *side, const struct path *path,
		  enum path_state state, struct span about, struct span *when)
{
	char address[INET6_ADDRSTRLEN];
	int64_t nearest = INT64_MAX;
	const json_t *event;
	size_t i;

	format_packet_address(&path->address, address);
	json_array_foreach((json_t *)replay->events, i, event) {
		const json_t *notification = event_notification(event);
		int64_t at_ns = event_time_ns(event);

		if (!jsonx_is(event, "endpoint", side->name) ||
		    !jsonx_is(notification, "type", "SCTP_PEER_ADDR_CHANGE") ||
		    !jsonx_is(notification, "state", changes[state]) ||
		    !addresses_match(jsonx_string(notification, "address", ""), address) ||
		    distance(about, at_ns) >= nearest)
			continue;
		nearest = distance(about, at_ns);
		*when = (struct span){ at_ns, at_ns };
	}
	if (nearest == INT64_MAX)
		*when = (struct span){ NS_NEVER, NS_NEVER };
	return nearest != INT64_MAX;
}
