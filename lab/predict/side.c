// SPDX-License-Identifier: GPL-2.0-only
// The ends of associations: found by the packets they send and get, with their paths and parameters.
#include "lab/predict/side.h"

#include "lab/common/chunks.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/names.h"

#include <stdlib.h>
#include <string.h>

/* The port that an endpoint's set-up binds: behind "port=" of bind, bindx; 0 when the kernel chooses. */
static long bound_port(const json_t *endpoint)
{
	const json_t *command;
	size_t i;

	json_array_foreach(json_object_get(endpoint, "setup"), i, command) {
		const char *text = json_string_value(command) ?: "";
		const char *port = strstr(text, "port=");

		if (strncmp(text, "bind", 4) != 0)
			continue;
		if (port)
			return strtol(port + strlen("port="), NULL, 10);
		/* bind S 192.0.2.2:5000, [2001:db8::1]:5000 */
		port = strrchr(text, ':');
		if (port && (port[-1] == ']' || (strchr(text, '.') && strchr(text, ':') == port)))
			return strtol(port + 1, NULL, 10);
	}
	return 0;
}

/* When the endpoint last called connect or connectx by that time; INT64_MIN when it has not. */
static int64_t called_ns(const struct replay *replay, const json_t *endpoint, int64_t by_ns)
{
	int64_t last_ns = INT64_MIN;
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)replay->events, i, event) {
		int64_t at_ns = jsonx_int(event, "start", INT64_MAX);

		if (jsonx_is(event, "event", "call") &&
		    jsonx_is(event, "endpoint", jsonx_string(endpoint, "name", "")) &&
		    (jsonx_is(event, "call", "connectx") || jsonx_is(event, "call", "connect")) &&
		    at_ns <= by_ns && at_ns > last_ns)
			last_ns = at_ns;
	}
	return last_ns;
}

/* The endpoint of that node and port; when no port tells, the one without a port that called last. */
static const json_t *find_endpoint(const struct replay *replay, size_t node, uint16_t port,
				   int64_t at_ns)
{
	const json_t *found = NULL, *endpoint;
	int64_t last_ns = INT64_MIN;
	size_t i;

	json_array_foreach(json_object_get(replay->plan, "endpoints"), i, endpoint) {
		long bound = bound_port(endpoint);

		if (jsonx_int(endpoint, "node", -1) != (int64_t)node)
			continue;
		if (bound == port)
			return endpoint;
		if (bound || (found && called_ns(replay, endpoint, at_ns) <= last_ns))
			continue;
		found = endpoint;
		last_ns = called_ns(replay, endpoint, at_ns);
	}
	return found;
}

static int64_t call_time_ns(const json_t *call)
{
	return jsonx_int(call, "end", jsonx_int(call, "start", NS_NEVER));
}

static bool is_option_call(const json_t *event)
{
	return jsonx_is(event, "event", "call") && jsonx_is(event, "call", "setsockopt") &&
	       jsonx_int(event, "ret", -1) == 0;
}

/* What was set on the sockets of the endpoint before the association began. */
static void find_parameters(const struct replay *replay, struct side *side, int64_t at_ns)
{
	const json_t *node = json_array_get(json_object_get(replay->plan, "nodes"), side->node),
		     *event;
	size_t i;

	parameters_default(node, &side->parameters);
	json_array_foreach((json_t *)replay->events, i, event) {
		if (side->endpoint && is_option_call(event) &&
		    jsonx_is(event, "endpoint", side->name) && call_time_ns(event) <= at_ns)
			parameters_set_option(&side->parameters, event);
	}
}

struct side *side_new(struct replay *replay, const struct packet *packet, bool sent, uint32_t tag)
{
	struct side *side = calloc(1, sizeof(*side));
	const json_t *nodes = json_object_get(replay->plan, "nodes");

	replay->sides = reallocarray(replay->sides, replay->n_sides + 1, sizeof(struct side *));
	if (!side || !replay->sides)
		abort();
	side->node = packet->node;
	side->port = sent ? packet->source_port : packet->destination_port;
	side->peer_port = sent ? packet->destination_port : packet->source_port;
	side->tag = tag;
	side->arrival_ns = side->sack_ns = INT64_MIN;
	side->endpoint = find_endpoint(replay, side->node, side->port, packet->time_ns);
	side->name = jsonx_string(side->endpoint, "name",
				  jsonx_string(json_array_get(nodes, side->node), "name", "?"));
	find_parameters(replay, side, packet->time_ns);
	replay->sides[replay->n_sides++] = side;
	return side;
}

void side_free(struct side *side)
{
	for (size_t i = 0; i < side->n_paths; i++) {
		for (size_t k = 0; k < HEARTBEATS_KEPT; k++)
			free(side->paths[i].sent[k].why);
	}
	free(side->paths);
	free(side->data);
	free(side);
}

/* INIT has no tag yet, but the initiate tag is that of what comes back. */
static uint32_t first_tag(const struct replay *replay, const struct packet *packet)
{
	return packet->n ? replay->packets->chunks.items[packet->first].tag : 0;
}

struct side *find_sender(const struct replay *replay, const struct packet *packet)
{
	uint32_t tag = first_tag(replay, packet);

	for (size_t i = replay->n_sides; i-- > 0;) {
		struct side *side = replay->sides[i];

		if (side->node == packet->node && side->port == packet->source_port &&
		    side->peer_port == packet->destination_port &&
		    (tag ? side->tag == tag : side->peer_tag && side->peer_tag == packet->tag))
			return side;
	}
	return NULL;
}

/* What answers a packet out of the blue has the tag of that packet (RFC 9260 8.4 rule 8: the T bit). */
static bool reflects_tag(const struct replay *replay, const struct packet *packet)
{
	const struct chunk *chunk = &replay->packets->chunks.items[packet->first];

	return packet->n && (chunk->type == CHUNK_ABORT || chunk->type == CHUNK_SHUTDOWN_COMPLETE);
}

struct side *find_receiver(const struct replay *replay, const struct packet *packet)
{
	for (size_t i = replay->n_sides; i-- > 0;) {
		struct side *side = replay->sides[i];

		if (side->node == packet->node && side->port == packet->destination_port &&
		    side->peer_port == packet->source_port &&
		    (side->tag == packet->tag ||
		     (side->peer_tag == packet->tag && reflects_tag(replay, packet))))
			return side;
	}
	return NULL;
}

static bool lists(const json_t *addresses, const char *address)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)addresses, i, item) {
		if (json_is_string(item) && addresses_match(json_string_value(item), address))
			return true;
	}
	return false;
}

/* Addresses that a call named count as confirmed (RFC 9260 5.4). */
static bool was_called(const struct replay *replay, const struct side *side, const char *address)
{
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)replay->events, i, event) {
		const json_t *args = json_object_get(event, "args");

		if (jsonx_is(event, "event", "call") && jsonx_is(event, "endpoint", side->name) &&
		    (jsonx_is(event, "call", "connectx") || jsonx_is(event, "call", "connect")) &&
		    lists(json_object_get(args, "addrs"), address))
			return true;
	}
	return false;
}

size_t side_path(const struct replay *replay, struct side *side, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct path *path;

	for (size_t i = 0; i < side->n_paths; i++) {
		if (memcmp(&side->paths[i].address, address, sizeof(*address)) == 0)
			return i;
	}
	side->paths = reallocarray(side->paths, side->n_paths + 1, sizeof(*side->paths));
	if (!side->paths)
		abort();
	path = &side->paths[side->n_paths];
	*path = (struct path){
		.address = *address,
		.parameters = side->parameters.path,
		.candidate = { NS_NEVER, NS_NEVER },
		.data_sent = { INT64_MIN, INT64_MIN },
		.flushed = { INT64_MIN, INT64_MIN },
		.rtt = { NS_NEVER, NS_NEVER },
	};
	rto_initial(&side->parameters, &path->rto);
	format_packet_address(address, text);
	if (side->n_paths > 0 && !(side->initiator && was_called(replay, side, text)))
		path->state = PATH_UNCONFIRMED;
	return side->n_paths++;
}

void side_set_option(struct side *side, const json_t *call)
{
	const char *address = option_address(call);

	if (!address)
		parameters_set_option(&side->parameters, call);
	for (size_t i = 0; i < side->n_paths; i++) {
		char text[INET6_ADDRSTRLEN];

		format_packet_address(&side->paths[i].address, text);
		if (!address || addresses_match(address, text))
			path_set_option(&side->paths[i].parameters, call);
	}
}

char *path_name(const struct replay *replay, const struct path *path)
{
	char text[INET6_ADDRSTRLEN];

	return name_address(replay->plan, format_packet_address(&path->address, text));
}
