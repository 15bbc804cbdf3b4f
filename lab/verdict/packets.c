// SPDX-License-Identifier: GPL-2.0-only
// The packets of a run, out of its own capture: each once, where it was sent.
#include "lab/verdict/packets.h"

#include "lab/common/chunks.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/pcapng.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* IANA's, and what net.sctp.udp_port is most likely set to (RFC 6951 section 5.1). */
#define DEFAULT_UDP_PORT 9899

/* An address of the plan and its node. */
struct owner {
	struct in6_addr address;
	size_t node;
};

/* What a plan says of where packets come from. */
struct origins {
	struct owner *owners; /* (owned) sorted by address */
	size_t n_owners;
	size_t *nodes; /* (owned) by interface of the capture: two a link */
	size_t n_interfaces;
	bool *lives; /* (owned) by node: an endpoint is there */
	size_t n_nodes;
	struct udp_ports ports;
};

static void *allocate(size_t n, size_t size)
{
	void *memory = calloc(n + 1, size);

	if (!memory)
		abort();
	return memory;
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

/* "192.0.2.1/28" without its prefix length. */
static bool parse_end_address(const char *text, struct in6_addr *ip)
{
	struct endpoint_address address;
	char *bare = text_format("%.*s", (int)strcspn(text, "/"), text);
	bool good = parse_endpoint_address(bare, &address);

	free(bare);
	*ip = address.ip;
	return good;
}

static void add_owners(struct origins *origins, const json_t *end, size_t node)
{
	const json_t *addresses = json_object_get(end, "addresses"), *item;
	size_t i;

	origins->owners =
		reallocarray(origins->owners, origins->n_owners + json_array_size(addresses) + 1,
			     sizeof(*origins->owners));
	if (!origins->owners)
		abort();
	json_array_foreach((json_t *)addresses, i, item) {
		struct owner *owner = &origins->owners[origins->n_owners];

		owner->node = node;
		if (json_is_string(item) &&
		    parse_end_address(json_string_value(item), &owner->address))
			origins->n_owners++;
	}
}

static void add_port(struct udp_ports *ports, long port)
{
	ports->items = reallocarray(ports->items, ports->n + 1, sizeof(*ports->items));
	if (!ports->items)
		abort();
	if (port > 0 && port <= UINT16_MAX)
		ports->items[ports->n++] = (uint16_t)port;
}

/* The ports nodes listen at and send to for encapsulation (net/sctp/sysctl.c). */
static void add_ports_of(struct udp_ports *ports, const json_t *node)
{
	const json_t *setting;
	size_t i;

	json_array_foreach(json_object_get(node, "sysctls"), i, setting) {
		const char *path = json_string_value(json_array_get(setting, 0)) ?: "";
		const char *value = json_string_value(json_array_get(setting, 1)) ?: "";

		if (strcmp(path, "net/sctp/udp_port") == 0 ||
		    strcmp(path, "net/sctp/encap_port") == 0)
			add_port(ports, strtol(value, NULL, 10));
	}
}

static void find_origins(const json_t *plan, struct origins *origins)
{
	const json_t *links = json_object_get(plan, "links"), *item;
	const json_t *nodes = json_object_get(plan, "nodes");
	size_t i;

	*origins = (struct origins){
		.n_interfaces = 2 * json_array_size(links),
		.n_nodes = json_array_size(nodes),
	};
	origins->nodes = allocate(origins->n_interfaces, sizeof(*origins->nodes));
	origins->lives = allocate(origins->n_nodes, sizeof(*origins->lives));
	add_port(&origins->ports, DEFAULT_UDP_PORT);
	json_array_foreach((json_t *)nodes, i, item)
		add_ports_of(&origins->ports, item);
	json_array_foreach((json_t *)links, i, item) {
		for (size_t k = 0; k < 2; k++) {
			const json_t *end = json_array_get(json_object_get(item, "ends"), k);
			size_t node = (size_t)jsonx_int(end, "node", -1);

			origins->nodes[2 * i + k] = node;
			add_owners(origins, end, node);
		}
	}
	json_array_foreach(json_object_get(plan, "endpoints"), i, item) {
		size_t node = (size_t)jsonx_int(item, "node", -1);

		if (node < origins->n_nodes)
			origins->lives[node] = true;
	}
	if (origins->n_owners)
		qsort(origins->owners, origins->n_owners, sizeof(*origins->owners), compare_owners);
}

static void free_origins(struct origins *origins)
{
	free(origins->owners);
	free(origins->nodes);
	free(origins->lives);
	free(origins->ports.items);
}

static const struct owner *find_owner(const struct origins *origins, const struct in6_addr *address)
{
	struct owner key = { .address = *address };

	return origins->n_owners ? bsearch(&key, origins->owners, origins->n_owners,
					   sizeof(*origins->owners), compare_owners) :
				   NULL;
}

/* True when the packet that reaches the node is for it, and not to be forwarded. */
static bool is_for_node(const struct origins *origins, const struct packet *packet)
{
	const struct owner *owner = find_owner(origins, &packet->destination);

	return owner && owner->node == packet->node;
}

/* True when the packet that leaves the node was made there, and is not only forwarded. */
static bool originates(const struct origins *origins, const struct packet *packet)
{
	const struct owner *owner = find_owner(origins, &packet->source);

	if (owner)
		return owner->node == packet->node;
	return packet->node < origins->n_nodes && origins->lives[packet->node];
}

/* Adds to a list that grows. */
static void add_packet(struct packet **items, size_t *n, size_t *room, const struct packet *packet)
{
	if (*n == *room) {
		*room = *room ? 2 * *room : 256;
		*items = reallocarray(*items, *room, sizeof(**items));
		if (!*items)
			abort();
	}
	(*items)[(*n)++] = *packet;
}

static int compare_times(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

struct packets *packets_parse(const unsigned char *data, size_t length, const json_t *plan)
{
	struct packets *packets;
	struct origins origins;
	struct pcapng file;
	struct frame frame;
	size_t frames = 0;

	if (!pcapng_open(&file, data, length))
		return NULL;
	packets = allocate(1, sizeof(*packets));
	find_origins(plan, &origins);
	while (pcapng_next(&file, &frame)) {
		size_t chunks = packets->chunks.n, gaps = packets->chunks.n_gaps;
		struct packet packet;

		if (frame.interface >= origins.n_interfaces ||
		    !decode_frame(frame.data, frame.length, &origins.ports, &packet,
				  &packets->chunks))
			continue;
		packet.time_ns = frame.time_ns;
		packet.node = origins.nodes[frame.interface];
		packet.link = frame.interface / 2;
		packet.order = frames++;
		if (frame.outbound && originates(&origins, &packet)) {
			add_packet(&packets->items, &packets->n, &packets->room, &packet);
		} else if (!frame.outbound && is_for_node(&origins, &packet)) {
			add_packet(&packets->arrivals, &packets->n_arrivals,
				   &packets->arrivals_room, &packet);
		} else {
			packets->chunks.n = chunks;
			packets->chunks.n_gaps = gaps;
		}
	}
	packets->damaged = file.damaged || file.interfaces != origins.n_interfaces;
	if (packets->n)
		qsort(packets->items, packets->n, sizeof(*packets->items), compare_times);
	if (packets->n_arrivals)
		qsort(packets->arrivals, packets->n_arrivals, sizeof(*packets->arrivals),
		      compare_times);
	free_origins(&origins);
	return packets;
}

struct packets *packets_read(int fd, const json_t *plan)
{
	struct packets *packets;
	struct stat status;
	void *data;

	if (fstat(fd, &status) != 0)
		return NULL;
	if (status.st_size == 0) {
		errno = EBADMSG;
		return NULL;
	}
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return NULL;
	packets = packets_parse(data, (size_t)status.st_size, plan);
	munmap(data, (size_t)status.st_size);
	if (!packets)
		errno = EBADMSG;
	return packets;
}

void packets_free(struct packets *packets)
{
	if (!packets)
		return;
	free(packets->items);
	free(packets->arrivals);
	free(packets->chunks.gaps);
	free(packets->chunks.items);
	free(packets);
}

bool packets_wanted(const json_t *plan)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "expect"), i, item) {
		if (jsonx_is(item, "kind", "packets") ||
		    jsonx_is(item, "kind", "retransmissions") ||
		    jsonx_is(item, "kind", "predicted"))
			return true;
	}
	json_array_foreach(json_object_get(json_object_get(plan, "cell"), "expect"), i, item) {
		if (jsonx_is(item, "field", "packets"))
			return true;
	}
	return false;
}

bool packet_carries(const struct packets *packets, const struct packet *packet, const char *what)
{
	const struct chunk_type *type;

	if (packet->kind == PACKET_ICMP)
		return strcmp(what, "ICMP") == 0;
	if (strcmp(what, "any") == 0)
		return true;
	type = find_chunk_named(what);
	for (size_t i = 0; type && i < packet->n; i++) {
		if (packets->chunks.items[packet->first + i].type == type->type)
			return true;
	}
	return false;
}

char *format_packet_address(const struct in6_addr *address, char buf[INET6_ADDRSTRLEN])
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(address);

	inet_ntop(v4 ? AF_INET : AF_INET6, &address->s6_addr[v4 ? 12 : 0], buf, INET6_ADDRSTRLEN);
	return buf;
}

/* A chunk's name; "chunk 77" for a type without one. (owned) */
static char *name_chunk(unsigned int type)
{
	const struct chunk_type *known = find_chunk_type(type);

	return known ? text_format("%s", known->name) : text_format("chunk %u", type);
}

static void count_one(json_t *counts, const char *what)
{
	json_object_set_new(counts, what, json_integer(jsonx_int(counts, what, 0) + 1));
}

/* The first chunk of its type in the packet. */
static bool is_first_of_type(const struct chunk_list *chunks, size_t first, size_t index)
{
	for (size_t i = first; i < index; i++)
		if (chunks->items[i].type == chunks->items[index].type)
			return false;
	return true;
}

json_t *packets_count(const struct packets *packets, size_t node, int64_t from_ns, int64_t to_ns)
{
	json_t *all = json_object();

	for (size_t i = 0; i < packets->n; i++) {
		const struct packet *packet = &packets->items[i];
		char address[INET6_ADDRSTRLEN];
		json_t *counts;

		if (packet->node != node || packet->time_ns < from_ns || packet->time_ns >= to_ns)
			continue;
		format_packet_address(&packet->destination, address);
		counts = json_object_get(all, address);
		if (!counts) {
			counts = json_object();
			json_object_set_new(all, address, counts);
		}
		if (packet->kind == PACKET_ICMP)
			count_one(counts, "ICMP");
		for (size_t k = packet->first; k < packet->first + packet->n; k++) {
			char *name = name_chunk(packets->chunks.items[k].type);

			if (is_first_of_type(&packets->chunks, packet->first, k))
				count_one(counts, name);
			free(name);
		}
	}
	return all;
}

static char *describe_chunk(const struct chunk *chunk)
{
	char *name = name_chunk(chunk->type), *text;

	if (chunk->has_tsn && chunk->type == CHUNK_SACK)
		text = text_format("%s to TSN %u", name, chunk->tsn);
	else if (chunk->has_tsn && chunk_is_data(chunk))
		text = text_format("%s TSN %u stream %u", name, chunk->tsn, chunk->stream);
	else
		text = text_format("%s", name);
	free(name);
	return text;
}

static json_t *make_event(const struct packets *packets, const struct packet *packet,
			  const json_t *plan)
{
	const json_t *node = json_array_get(json_object_get(plan, "nodes"), packet->node);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], about[INET6_ADDRSTRLEN];
	json_t *event, *chunks = json_array();

	for (size_t i = 0; i < packet->n; i++) {
		char *text = describe_chunk(&packets->chunks.items[packet->first + i]);

		json_array_append_new(chunks, json_string(text));
		free(text);
	}
	event = json_pack("{s:s, s:I, s:s, s:s, s:s, s:o}", "event", "packet", "time",
			  (json_int_t)packet->time_ns, "endpoint", jsonx_string(node, "name", "?"),
			  "from", format_packet_address(&packet->source, from), "to",
			  format_packet_address(&packet->destination, to), "chunks", chunks);
	if (event && packet->kind == PACKET_ICMP) {
		json_object_set_new(event, "icmp", json_string(packet->v6 ? "ICMPv6" : "ICMP"));
		json_object_set_new(event, "type", json_integer(packet->type));
		json_object_set_new(event, "code", json_integer(packet->code));
		if (packet->quotes)
			json_object_set_new(
				event, "about",
				json_string(format_packet_address(&packet->about, about)));
	}
	return event;
}

json_t *packets_merge(const struct packets *packets, const json_t *plan, const json_t *events)
{
	json_t *merged = json_array(), *event;
	size_t next = 0, i;

	json_array_foreach((json_t *)events, i, event) {
		int64_t at_ns = event_time_ns(event);

		while (at_ns != NS_NEVER && next < packets->n &&
		       packets->items[next].time_ns <= at_ns)
			json_array_append_new(merged,
					      make_event(packets, &packets->items[next++], plan));
		json_array_append(merged, event);
	}
	while (next < packets->n)
		json_array_append_new(merged, make_event(packets, &packets->items[next++], plan));
	return merged;
}
