// SPDX-License-Identifier: GPL-2.0-only
// How long a round trip takes: from earlier ones, or from the delay of the link, with what faults add to it.
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/predict/side.h"

#include <string.h>

static const json_t *get_link(const struct replay *replay, size_t link)
{
	return json_array_get(json_object_get(replay->plan, "links"), link);
}

/* What faults add to the delay of the path's own link at that time, there and back. */
static int64_t added_delay(const struct replay *replay, const struct path *path, int64_t at_ns)
{
	const json_t *end;
	int64_t added_ns = 0;
	size_t k;

	json_array_foreach(json_object_get(get_link(replay, path->link), "ends"), k, end) {
		size_t node = (size_t)jsonx_int(end, "node", -1);
		struct delay delay = outages_delay(replay->outages, node, path->link, at_ns);

		added_ns +=
			delay.delay_ns - jsonx_int(json_object_get(end, "netem"), "delay_ns", 0);
	}
	return added_ns;
}

void note_rtt(const struct replay *replay, struct path *path, struct span sent, int64_t answered_ns)
{
	int64_t added_ns = added_delay(replay, path, sent.hi);
	struct span rtt = { clamp_subtract(answered_ns, clamp_add(sent.hi, added_ns)),
			    clamp_subtract(answered_ns, clamp_add(sent.lo, added_ns)) };

	if (path->rtt.lo == NS_NEVER || rtt.lo < path->rtt.lo)
		path->rtt.lo = rtt.lo;
	if (path->rtt.hi == NS_NEVER || rtt.hi > path->rtt.hi)
		path->rtt.hi = rtt.hi;
}

/* The jitter of all links, there and back: more than any path can have. */
static int64_t jitter_ns(const struct replay *replay)
{
	const json_t *link, *end;
	int64_t sum = 0;
	size_t i, k;

	json_array_foreach(json_object_get(replay->plan, "links"), i, link) {
		json_array_foreach(json_object_get(link, "ends"), k, end)
			sum += 2 * jsonx_int(json_object_get(end, "netem"), "jitter_ns", 0);
	}
	return sum;
}

/* Where no round trip was seen: that of the link, which is all there is between neighbours. */
static struct span link_trip(const struct replay *replay, const struct path *path)
{
	const json_t *end;
	int64_t delay_ns = 0;
	size_t k;

	json_array_foreach(json_object_get(get_link(replay, path->link), "ends"), k, end)
		delay_ns += jsonx_int(json_object_get(end, "netem"), "delay_ns", 0);
	return (struct span){ delay_ns, delay_ns };
}

struct span round_trip(const struct replay *replay, const struct path *path, int64_t at_ns)
{
	struct span rtt = path->rtt.lo == NS_NEVER ? link_trip(replay, path) : path->rtt;
	int64_t added_ns = added_delay(replay, path, at_ns);

	rtt.lo = clamp_add(rtt.lo, clamp_subtract(added_ns, jitter_ns(replay)));
	rtt.hi = clamp_add(rtt.hi, clamp_add(added_ns, jitter_ns(replay)));
	return rtt;
}
