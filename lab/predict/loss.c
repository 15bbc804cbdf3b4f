// SPDX-License-Identifier: GPL-2.0-only
// What the faults of a run do to packets.
#include "lab/predict/loss.h"

#include "lab/common/chunks.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

static const json_t *targets_of(const struct outage *outage)
{
	return json_object_get(outage->fault, "targets");
}

static void begin_outage(struct outages *outages, const json_t *fault, int64_t at_ns)
{
	struct outage *outage;

	outages->items = reallocarray(outages->items, outages->n + 1, sizeof(*outages->items));
	if (!outages->items)
		abort();
	outage = &outages->items[outages->n++];
	*outage = (struct outage){ .fault = fault, .from_ns = at_ns, .to_ns = NS_NEVER };
	outage->met = calloc(json_array_size(targets_of(outage)) + 1, sizeof(*outage->met));
	if (!outage->met)
		abort();
}

static void end_outages(struct outages *outages, const json_t *fault, int64_t at_ns)
{
	for (size_t i = 0; i < outages->n; i++) {
		if (outages->items[i].fault == fault && outages->items[i].to_ns == NS_NEVER)
			outages->items[i].to_ns = at_ns;
	}
}

void outages_find(struct outages *outages, const json_t *plan, const json_t *events)
{
	const json_t *event, *fault;
	size_t i, position;

	*outages = (struct outages){ .plan = plan };
	json_array_foreach((json_t *)events, i, event) {
		bool begins = jsonx_is(event, "event", "fault");

		if ((!begins && !jsonx_is(event, "event", "heal")) || jsonx_int(event, "ret", -1))
			continue;
		fault = trial_step(plan, jsonx_int(event, begins ? "step" : "heals", -1),
				   &position);
		if (fault && begins)
			begin_outage(outages, fault, jsonx_int(event, "time", 0));
		else if (fault)
			end_outages(outages, fault, jsonx_int(event, "time", 0));
	}
}

void outages_free(struct outages *outages)
{
	for (size_t i = 0; i < outages->n; i++)
		free(outages->items[i].met);
	free(outages->items);
}

static const json_t *find_end(const json_t *plan, size_t link, size_t node, bool other)
{
	const json_t *ends =
		json_object_get(json_array_get(json_object_get(plan, "links"), link), "ends");
	size_t first = jsonx_int(json_array_get(ends, 0), "node", -1) == (int64_t)node ? 0 : 1;

	return json_array_get(ends, other ? !first : first);
}

/* Which of the fault's targets that end of a link is; SIZE_MAX when it is none. */
static size_t find_target(const struct outage *outage, const json_t *end)
{
	const json_t *target;
	size_t i;

	json_array_foreach((json_t *)targets_of(outage), i, target) {
		if (json_integer_value(json_array_get(target, 0)) == jsonx_int(end, "node", -1) &&
		    json_integer_value(json_array_get(target, 1)) == jsonx_int(end, "ifindex", -2))
			return i;
	}
	return SIZE_MAX;
}

/* Faults name chunks as nft(8) does. */
static bool carries(const struct packets *packets, const struct packet *packet, const char *nft)
{
	for (size_t i = 0; nft && i < packet->n; i++) {
		const struct chunk_type *type =
			find_chunk_type(packets->chunks.items[packet->first + i].type);

		if (type && type->nft && strcmp(type->nft, nft) == 0)
			return true;
	}
	return !nft;
}

/* lab/agent/fault_rules.c: so many matching packets pass, so many are then dropped, or all. */
static bool drops(struct outage *outage, size_t target)
{
	int64_t skip = jsonx_int(outage->fault, "skip", 0);
	int64_t count = jsonx_int(outage->fault, "count", 0);
	int64_t met = outage->met[target]++;

	return met >= skip && (!count || met < skip + count);
}

static bool lists_address(const json_t *fault, const char *key, const struct in6_addr *address)
{
	const json_t *list = json_object_get(fault, key), *item;
	struct endpoint_address listed;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		if (json_is_string(item) &&
		    parse_endpoint_address(json_string_value(item), &listed) &&
		    memcmp(&listed.ip, address, sizeof(*address)) == 0)
			return true;
	}
	return json_array_size(list) == 0;
}

static bool rejects(const struct outage *outage, const struct packet *packet)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(&packet->destination);

	return jsonx_int(outage->fault, "node", -1) == (int64_t)packet->node &&
	       json_is_integer(json_object_get(outage->fault, v4 ? "icmp" : "icmpv6")) &&
	       lists_address(outage->fault, "sources", &packet->source) &&
	       lists_address(outage->fault, "destinations", &packet->destination);
}

bool outages_lose(struct outages *outages, const struct packets *packets,
		  const struct packet *arrival)
{
	const json_t *end = find_end(outages->plan, arrival->link, arrival->node, false);

	for (size_t i = 0; i < outages->n; i++) {
		struct outage *outage = &outages->items[i];
		const char *kind = jsonx_string(outage->fault, "kind", "");
		const char *chunk = jsonx_string(outage->fault, "chunk", NULL);
		size_t target = find_target(outage, end);

		if (arrival->time_ns < outage->from_ns || arrival->time_ns >= outage->to_ns)
			continue;
		if (target != SIZE_MAX &&
		    (strcmp(kind, "blackhole") == 0 || strcmp(kind, "dead-neighbour") == 0))
			return true;
		if (target != SIZE_MAX && strcmp(kind, "drop") == 0 &&
		    carries(packets, arrival, chunk) && drops(outage, target))
			return true;
		if (strcmp(kind, "reject") == 0 && carries(packets, arrival, chunk) &&
		    rejects(outage, arrival))
			return true;
	}
	return false;
}

struct delay outages_delay(const struct outages *outages, size_t node, size_t link, int64_t at_ns)
{
	const json_t *netem = json_object_get(find_end(outages->plan, link, node, false), "netem");
	const json_t *other = find_end(outages->plan, link, node, true);
	struct delay delay = {
		.delay_ns = jsonx_int(netem, "delay_ns", 0),
		.jitter_ns = jsonx_int(netem, "jitter_ns", 0),
		.rate_bps = jsonx_int(netem, "rate_bps", 0),
	};

	for (size_t i = 0; i < outages->n; i++) {
		const struct outage *outage = &outages->items[i];

		if (!jsonx_is(outage->fault, "kind", "impair") || at_ns < outage->from_ns ||
		    at_ns >= outage->to_ns || find_target(outage, other) == SIZE_MAX)
			continue;
		netem = json_object_get(outage->fault, "netem");
		delay.delay_ns = jsonx_int(netem, "delay_ns", delay.delay_ns);
		delay.jitter_ns = jsonx_int(netem, "jitter_ns", delay.jitter_ns);
		delay.rate_bps = jsonx_int(netem, "rate_bps", delay.rate_bps);
	}
	return delay;
}

int64_t outages_flushed(const struct outages *outages, const json_t *fault, size_t node,
			int64_t at_ns)
{
	const struct outage outage = { .fault = fault };
	const json_t *link;
	int64_t longest_ns = 0;
	size_t i;

	if (!jsonx_is(fault, "kind", "blackhole") && !jsonx_is(fault, "kind", "dead-neighbour"))
		return 0;
	json_array_foreach(json_object_get(outages->plan, "links"), i, link) {
		const json_t *end = find_end(outages->plan, i, node, false);
		struct delay delay = outages_delay(outages, node, i, at_ns);

		if (jsonx_int(end, "node", -1) == (int64_t)node &&
		    find_target(&outage, end) != SIZE_MAX &&
		    delay.delay_ns + delay.jitter_ns > longest_ns)
			longest_ns = delay.delay_ns + delay.jitter_ns;
	}
	return longest_ns;
}

/* True for a fault at either end of a link of that node, or where no end is named at the node itself. */
static bool concerns(const struct outages *outages, const struct outage *outage, size_t node)
{
	const json_t *link, *end;
	size_t i, k;

	json_array_foreach(json_object_get(outages->plan, "links"), i, link) {
		bool here = false, hit = false;

		json_array_foreach(json_object_get(link, "ends"), k, end) {
			here |= jsonx_int(end, "node", -1) == (int64_t)node;
			hit |= find_target(outage, end) != SIZE_MAX;
		}
		if (here && hit)
			return true;
	}
	return jsonx_int(outage->fault, "node", -1) == (int64_t)node;
}

static bool disturbs(const json_t *netem)
{
	return jsonx_int(netem, "loss_ppm", 0) || jsonx_int(netem, "reorder_ppm", 0) ||
	       jsonx_int(netem, "duplicate_ppm", 0) || jsonx_int(netem, "corrupt_ppm", 0);
}

/* True when after this fault the capture of the node's links is not the whole story. */
static bool blinds(const struct outages *outages, const struct outage *outage, size_t node)
{
	/* these keep packets from leaving, or lose them by rules that are not known here */
	static const char *const kinds[] = { "link-down",	"dead-neighbour",
					     "address-removed", "route",
					     "firewall",	"rp-filter",
					     "conntrack",	"mtu",
					     "address-added" };

	/* whoever loses on the way, or gets what was changed there */
	if (jsonx_is(outage->fault, "kind", "impair"))
		return disturbs(json_object_get(outage->fault, "netem"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (jsonx_is(outage->fault, "kind", kinds[i]))
			return concerns(outages, outage, node) ||
			       strcmp(kinds[i], "dead-neighbour") == 0 ||
			       strcmp(kinds[i], "mtu") == 0;
	}
	return false;
}

/* A link that loses at random takes packets before they are captured. */
static const char *find_lossy_link(const json_t *plan)
{
	const json_t *link, *end;
	size_t i, k;

	json_array_foreach(json_object_get(plan, "links"), i, link) {
		json_array_foreach(json_object_get(link, "ends"), k, end) {
			if (disturbs(json_object_get(end, "netem")))
				return jsonx_string(link, "name", "?");
		}
	}
	return NULL;
}

int64_t outages_blind(const struct outages *outages, size_t node, char **why)
{
	const char *lossy = find_lossy_link(outages->plan);
	char at[NS_TEXT_SIZE];

	*why = NULL;
	if (lossy) {
		*why = text_format("link %s loses packets at random", lossy);
		return INT64_MIN;
	}
	for (size_t i = 0; i < outages->n; i++) {
		const struct outage *outage = &outages->items[i];

		if (!blinds(outages, outage, node))
			continue;
		*why = text_format("%s at %s", jsonx_string(outage->fault, "kind", "a fault"),
				   format_ns_exact(outage->from_ns, at));
		return outage->from_ns;
	}
	return NS_NEVER;
}
