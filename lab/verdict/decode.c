// SPDX-License-Identifier: GPL-2.0-only
// One Ethernet frame, taken apart: SCTP packets with their chunks, and ICMP errors.
#include "lab/verdict/decode.h"

#include "lab/common/chunks.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERNET_HEAD = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	IPV4_HEAD = 20,
	IPV4_FRAGMENT_OFFSET = 0x1fff,
	IPV6_HEAD = 40,
	UDP_HEAD = 8,
	ICMP_HEAD = 8,
	SCTP_HEAD = 12,
	CHUNK_HEAD = 4,
	DATA_HEAD = 16,	   /* RFC 9260 3.3.1 */
	I_DATA_HEAD = 20,  /* RFC 8260 2.1 */
	SACK_HEAD = 16,	   /* RFC 9260 3.3.4 */
	INIT_HEAD = 20,	   /* RFC 9260 3.3.2 */
	SHUTDOWN_HEAD = 8, /* RFC 9260 3.3.8 */
	/* of Linux: a parameter head, the address that is probed, ticks (struct sctp_sender_hb_info) */
	HEARTBEAT_ADDRESS = CHUNK_HEAD + 4,
	HEARTBEAT_STAMP = HEARTBEAT_ADDRESS + 28,
	HEARTBEAT_HEAD = HEARTBEAT_STAMP + 8,
};

/* What is left of a frame. */
struct bytes {
	const unsigned char *at;
	size_t left;
};

static uint16_t get_be16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get_be32(const unsigned char *at)
{
	return (uint32_t)get_be16(at) << 16 | get_be16(at + 2);
}

static bool skip(struct bytes *bytes, size_t n)
{
	if (n > bytes->left)
		return false;
	bytes->at += n;
	bytes->left -= n;
	return true;
}

static void map_ipv4(const unsigned char *at, struct in6_addr *address)
{
	memset(address, 0, sizeof(*address));
	memset(&address->s6_addr[10], 0xff, 2);
	memcpy(&address->s6_addr[12], at, 4);
}

/*
 * Each takes a header off: the protocol behind it, or -1. A fragment that is not the first one has no
 * header of SCTP.
 */
static int take_ipv4(struct bytes *bytes, struct packet *packet)
{
	const unsigned char *at = bytes->at;
	size_t head, total;

	if (bytes->left < IPV4_HEAD || at[0] >> 4 != 4)
		return -1;
	head = 4 * (size_t)(at[0] & 15);
	total = get_be16(at + 2);
	if (head < IPV4_HEAD || total < head || (get_be16(at + 6) & IPV4_FRAGMENT_OFFSET))
		return -1;
	/* short frames are padded */
	if (total < bytes->left)
		bytes->left = total;
	if (!skip(bytes, head))
		return -1;
	map_ipv4(at + 12, &packet->source);
	map_ipv4(at + 16, &packet->destination);
	return at[9];
}

static int take_ipv6(struct bytes *bytes, struct packet *packet)
{
	const unsigned char *at = bytes->at;
	size_t payload;
	int next;

	if (bytes->left < IPV6_HEAD || at[0] >> 4 != 6)
		return -1;
	payload = get_be16(at + 4);
	next = at[6];
	memcpy(&packet->source, at + 8, sizeof(packet->source));
	memcpy(&packet->destination, at + 24, sizeof(packet->destination));
	skip(bytes, IPV6_HEAD);
	if (payload && payload < bytes->left)
		bytes->left = payload;
	/* extension headers (RFC 8200 4) */
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_FRAGMENT) {
		size_t head = 8;

		at = bytes->at;
		if (bytes->left < head || (next == IPPROTO_FRAGMENT && get_be16(at + 2) >> 3))
			return -1;
		if (next != IPPROTO_FRAGMENT)
			head += 8 * (size_t)at[1];
		next = at[0];
		if (!skip(bytes, head))
			return -1;
	}
	return next;
}

static void add_chunk(struct chunk_list *chunks, const struct chunk *chunk)
{
	if (chunks->n == chunks->room) {
		chunks->room = chunks->room ? 2 * chunks->room : 256;
		chunks->items = reallocarray(chunks->items, chunks->room, sizeof(*chunks->items));
		if (!chunks->items)
			abort();
	}
	chunks->items[chunks->n++] = *chunk;
}

/* The sender writes a struct sockaddr of its own into it; all nodes of a run are one machine. */
static void read_probed(const unsigned char *at, struct in6_addr *address)
{
	uint16_t family;

	memcpy(&family, at, sizeof(family));
	if (family == AF_INET)
		map_ipv4(at + offsetof(struct sockaddr_in, sin_addr), address);
	else if (family == AF_INET6)
		memcpy(address, at + offsetof(struct sockaddr_in6, sin6_addr), sizeof(*address));
}

static struct chunk read_chunk(const unsigned char *at, size_t length)
{
	struct chunk chunk = { .type = at[0] };
	bool data = (chunk.type == CHUNK_DATA && length >= DATA_HEAD) ||
		    (chunk.type == CHUNK_I_DATA && length >= I_DATA_HEAD);

	chunk.has_tsn = data || (chunk.type == CHUNK_SACK && length >= SACK_HEAD) ||
			(chunk.type == CHUNK_SHUTDOWN && length >= SHUTDOWN_HEAD);
	if (chunk.has_tsn)
		chunk.tsn = get_be32(at + CHUNK_HEAD);
	if (data) {
		chunk.stream = get_be16(at + CHUNK_HEAD + 4);
		chunk.length =
			(uint16_t)(length - (chunk.type == CHUNK_DATA ? DATA_HEAD : I_DATA_HEAD));
	}
	if ((chunk.type == CHUNK_INIT || chunk.type == CHUNK_INIT_ACK) && length >= INIT_HEAD)
		chunk.tag = get_be32(at + CHUNK_HEAD);
	if ((chunk.type == CHUNK_HEARTBEAT || chunk.type == CHUNK_HEARTBEAT_ACK) &&
	    length >= HEARTBEAT_HEAD) {
		read_probed(at + HEARTBEAT_ADDRESS, &chunk.about);
		memcpy(&chunk.stamp, at + HEARTBEAT_STAMP, sizeof(chunk.stamp));
	}
	return chunk;
}

/* The gaps of a SACK, as many as there are and as it says. */
static void read_gaps(const unsigned char *at, size_t length, struct chunk *chunk,
		      struct chunk_list *chunks)
{
	size_t said = get_be16(at + 12), room = (length - SACK_HEAD) / 4;

	chunk->gaps = (uint16_t)(said < room ? said : room);
	chunk->first_gap = chunks->n_gaps;
	if (chunks->n_gaps + chunk->gaps > chunks->gaps_room) {
		chunks->gaps_room = 2 * (chunks->n_gaps + chunk->gaps);
		chunks->gaps = reallocarray(chunks->gaps, chunks->gaps_room, sizeof(*chunks->gaps));
		if (!chunks->gaps)
			abort();
	}
	for (size_t i = 0; i < chunk->gaps; i++) {
		const unsigned char *gap = at + SACK_HEAD + 4 * i;

		chunks->gaps[chunks->n_gaps++] =
			(struct gap){ (uint16_t)get_be16(gap), (uint16_t)get_be16(gap + 2) };
	}
}

static bool read_sctp(struct bytes bytes, struct packet *packet, struct chunk_list *chunks)
{
	const unsigned char *at = bytes.at;

	if (!skip(&bytes, SCTP_HEAD))
		return false;
	packet->kind = PACKET_SCTP;
	packet->source_port = get_be16(at);
	packet->destination_port = get_be16(at + 2);
	packet->tag = get_be32(at + 4);
	packet->first = chunks->n;
	while (bytes.left) {
		size_t length = bytes.left < CHUNK_HEAD ? 0 : get_be16(bytes.at + 2);
		size_t padded = (length + 3) & ~(size_t)3;
		struct chunk chunk;

		packet->cut = length < CHUNK_HEAD || length > bytes.left;
		if (packet->cut)
			break;
		chunk = read_chunk(bytes.at, length);
		if (chunk.type == CHUNK_SACK && chunk.has_tsn)
			read_gaps(bytes.at, length, &chunk, chunks);
		add_chunk(chunks, &chunk);
		/* the last one may come without its padding */
		skip(&bytes, padded < bytes.left ? padded : bytes.left);
	}
	packet->n = chunks->n - packet->first;
	return true;
}

/* Errors of RFC 792, and of RFC 4443 section 2.1, with the destination of the packet they quote. */
static bool read_icmp(struct bytes bytes, bool v6, struct packet *packet)
{
	const unsigned char *at = bytes.at;
	const size_t inner = v6 ? IPV6_HEAD : IPV4_HEAD;

	if (!skip(&bytes, ICMP_HEAD))
		return false;
	if (v6 ? at[0] < 1 || at[0] > 4 : at[0] != 3 && at[0] != 11 && at[0] != 12)
		return false;
	packet->kind = PACKET_ICMP;
	packet->v6 = v6;
	packet->type = at[0];
	packet->code = at[1];
	packet->quotes = bytes.left >= inner;
	if (packet->quotes && v6)
		memcpy(&packet->about, bytes.at + 24, sizeof(packet->about));
	else if (packet->quotes)
		map_ipv4(bytes.at + 16, &packet->about);
	return true;
}

static bool is_encapsulated(const unsigned char *at, const struct udp_ports *ports)
{
	for (size_t i = 0; i < ports->n; i++)
		if (get_be16(at) == ports->items[i] || get_be16(at + 2) == ports->items[i])
			return true;
	return false;
}

bool chunk_is_data(const struct chunk *chunk)
{
	return chunk->type == CHUNK_DATA || chunk->type == CHUNK_I_DATA;
}

bool decode_frame(const unsigned char *data, size_t length, const struct udp_ports *ports,
		  struct packet *packet, struct chunk_list *chunks)
{
	struct bytes bytes = { data, length };
	int ethertype, protocol;

	memset(packet, 0, sizeof(*packet));
	packet->length = length;
	if (!skip(&bytes, ETHERNET_HEAD))
		return false;
	ethertype = get_be16(data + 12);
	protocol = ethertype == ETHERTYPE_IPV4 ? take_ipv4(&bytes, packet) :
		   ethertype == ETHERTYPE_IPV6 ? take_ipv6(&bytes, packet) :
						 -1;
	if (protocol == IPPROTO_UDP) {
		const unsigned char *at = bytes.at;

		return skip(&bytes, UDP_HEAD) && is_encapsulated(at, ports) &&
		       read_sctp(bytes, packet, chunks);
	}
	if (protocol == IPPROTO_SCTP)
		return read_sctp(bytes, packet, chunks);
	if (protocol == IPPROTO_ICMP && ethertype == ETHERTYPE_IPV4)
		return read_icmp(bytes, false, packet);
	if (protocol == IPPROTO_ICMPV6 && ethertype == ETHERTYPE_IPV6)
		return read_icmp(bytes, true, packet);
	return false;
}
