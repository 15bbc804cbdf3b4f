// SPDX-License-Identifier: GPL-2.0-only
// Ends of associations, out of samples.
#include "lab/paths/ends.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/names.h"
#include "lab/verdict/packets.h"

#include <stdlib.h>
#include <string.h>

static size_t node_of(const json_t *plan, const char *endpoint)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, item) {
		if (jsonx_is(item, "name", endpoint))
			return (size_t)jsonx_int(item, "node", -1);
	}
	return SIZE_MAX;
}

struct end *ends_of_sample(const struct ends *ends, const json_t *sample)
{
	int64_t id = jsonx_int(sample, "assoc_id", -1);

	for (size_t i = 0; i < ends->n; i++)
		if (ends->items[i].id == id &&
		    jsonx_is(sample, "endpoint", ends->items[i].endpoint))
			return &ends->items[i];
	return NULL;
}

struct path *end_path(const struct end *end, const char *address)
{
	for (size_t i = 0; i < end->n; i++)
		if (addresses_match(end->paths[i].address, address))
			return &end->paths[i];
	return NULL;
}

static void add_path(struct end *end, const json_t *plan, const char *text)
{
	struct endpoint_address address;
	char bare[INET6_ADDRSTRLEN];

	if (end_path(end, text) || !parse_endpoint_address(text, &address))
		return;
	end->paths = reallocarray(end->paths, end->n + 1, sizeof(*end->paths));
	if (!end->paths)
		abort();
	end->paths[end->n++] = (struct path){
		.ip = address.ip,
		.address = text_format("%s", format_packet_address(&address.ip, bare)),
		.name = name_address(plan, text),
		.timeout_ns = NS_NEVER,
		.track = { .told_ns = NS_NEVER, .since_ns = NS_NEVER, .due_ns = NS_NEVER },
	};
	end->peer_port = address.port;
}

static struct end *add_end(struct ends *ends, const json_t *plan, const json_t *sample)
{
	const char *endpoint = jsonx_string(sample, "endpoint", "");

	ends->items = reallocarray(ends->items, ends->n + 1, sizeof(*ends->items));
	if (!ends->items)
		abort();
	ends->items[ends->n] = (struct end){
		.endpoint = endpoint,
		.node = node_of(plan, endpoint),
		.id = jsonx_int(sample, "assoc_id", -1),
		.port = (uint16_t)jsonx_int(sample, "port", 0),
		.born_ns = jsonx_int(sample, "time", 0),
		.gone_ns = NS_NEVER,
		.sack_ns = NS_NEVER,
	};
	return &ends->items[ends->n++];
}

void ends_find(const json_t *plan, const json_t *samples, struct ends *ends)
{
	const json_t *sample, *path;
	size_t i, j;

	*ends = (struct ends){ .plan = plan };
	json_array_foreach((json_t *)samples, i, sample) {
		struct end *end = ends_of_sample(ends, sample) ?: add_end(ends, plan, sample);

		if (json_is_null(json_object_get(sample, "state")))
			end->gone_ns = jsonx_int(sample, "time", 0);
		else
			end->gone_ns = NS_NEVER; /* peeled off, it was nowhere for a moment */
		json_array_foreach(json_object_get(sample, "paths"), j, path)
			add_path(end, plan, jsonx_string(path, "address", ""));
	}
}

void ends_free(struct ends *ends)
{
	for (size_t i = 0; i < ends->n; i++) {
		struct end *end = &ends->items[i];

		for (size_t k = 0; k < end->n; k++) {
			free(end->paths[k].address);
			free(end->paths[k].name);
			json_decref(end->paths[k].track.now);
		}
		free(end->paths);
		free(end->chunks);
	}
	free(ends->items);
}
