// SPDX-License-Identifier: GPL-2.0-only
// One Ethernet frame, taken apart: SCTP packets with their chunks, and ICMP errors.
#ifndef LAB_VERDICT_DECODE_H
#define LAB_VERDICT_DECODE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chunk {
	uint8_t type;
	bool has_tsn;	 /* of DATA, I-DATA, SACK and SHUTDOWN, when long enough to have one */
	uint16_t stream; /* of DATA and I-DATA */
	uint32_t tsn;	 /* of DATA and I-DATA; of SACK and SHUTDOWN the cumulative TSN ack */
	uint16_t length; /* of DATA and I-DATA: bytes of the user's data */
	uint16_t gaps;	 /* of SACK: how many of the list's, from first_gap on */
	size_t first_gap;
	uint32_t tag; /* of INIT and INIT ACK, the initiate tag; else 0 */
	/* of HEARTBEAT and HEARTBEAT ACK, as Linux writes them: the destination, and when it was sent in ticks; else 0 */
	struct in6_addr about;
	uint64_t stamp;
};

/* TSNs that a SACK acknowledges beyond its cumulative TSN ack, as offsets from that (RFC 9260 3.3.4). */
struct gap {
	uint16_t start, end;
};

/* An array of chunks that grows, for all packets of a capture. */
struct chunk_list {
	struct chunk *items; /* (owned) */
	size_t n, room;
	struct gap *gaps; /* (owned) of all SACKs */
	size_t n_gaps, gaps_room;
};

enum packet_kind { PACKET_SCTP, PACKET_ICMP };

struct packet {
	int64_t time_ns; /* scenario time */
	size_t node;	 /* that sent it: its position in the plan's nodes */
	size_t link;	 /* by which it left: its position in the plan's links */
	size_t order;	 /* among all of the capture, for those of one time */
	size_t length;	 /* of the frame, bytes */
	enum packet_kind kind;
	struct in6_addr source, destination; /* IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2) */
	/* of SCTP */
	uint16_t source_port, destination_port;
	uint32_t tag;	 /* verification tag */
	size_t first, n; /* its chunks in the list */
	bool cut;	 /* chunks behind those do not keep to RFC 9260 3.2 */
	/* of an ICMP or ICMPv6 error */
	bool v6, quotes;
	uint8_t type, code;
	struct in6_addr about; /* destination of the packet it quotes */
};

/* True for a chunk that carries a message, DATA or I-DATA. */
bool chunk_is_data(const struct chunk *chunk);

/* UDP ports at which SCTP is encapsulated (RFC 6951). */
struct udp_ports {
	uint16_t *items; /* (owned) */
	size_t n;
};

/*
 * Fills all of packet but time, node, link and order, and adds its chunks to the list. False when the frame is
 * neither SCTP over IP or UDP nor an ICMP error. Any bytes may be given.
 */
bool decode_frame(const unsigned char *data, size_t length, const struct udp_ports *ports,
		  struct packet *packet, struct chunk_list *chunks);

#endif
