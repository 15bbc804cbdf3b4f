// SPDX-License-Identifier: GPL-2.0-only
// The packets of a run, out of its own capture: each once, where it was sent.
#ifndef LAB_VERDICT_PACKETS_H
#define LAB_VERDICT_PACKETS_H

#include "lab/verdict/decode.h"

#include <jansson.h>

/*
 * A capture shows each frame at both ends of every link it crosses. A packet counts where it leaves
 * an interface of the node that has its source address; when no node of the plan has that, where it
 * leaves one on which an endpoint lives. It arrives, once, where it reaches an interface of the node that has its
 * destination address; what is dropped there, before the node's own stack, counts as well.
 */
struct packets {
	struct packet *items; /* (owned) in the order of time */
	size_t n, room;
	/* (owned) once more, where they reach the node that has their destination address, before any fault there; in the order of time */
	struct packet *arrivals;
	size_t n_arrivals, arrivals_room;
	struct chunk_list chunks;
	bool damaged; /* the capture is not whole: there may have been more */
};

/*
 * Reads the capture (docs/formats.md, section 5) of a run with that plan. NULL when it is no such
 * capture at all. What packets_parse() and packets_read() give back is the caller's, for packets_free().
 */
struct packets *packets_parse(const unsigned char *data, size_t length, const json_t *plan);

/* The same from a file, which needs no name and is read from its start; NULL and errno. */
struct packets *packets_read(int fd, const json_t *plan);

void packets_free(struct packets *packets);

/* True when the plan expects something of packets, so that the run must be captured. */
bool packets_wanted(const json_t *plan);

/* True when the packet carries such: a chunk's name, "ICMP" or "any". */
bool packet_carries(const struct packets *packets, const struct packet *packet, const char *what);

/*
 * How many packets a node sent from one time to before another, by destination address and chunk type: {"192.0.2.2": {"INIT": 4}}. A
 * packet counts once for each type in it; ICMP errors are "ICMP". A new reference.
 */
json_t *packets_count(const struct packets *packets, size_t node, int64_t from_ns, int64_t to_ns);

/* The address as events have it, without port; buf has INET6_ADDRSTRLEN bytes. Returns buf. */
char *format_packet_address(const struct in6_addr *address, char buf[INET6_ADDRSTRLEN]);

/*
 * The events and, between them by time, the packets as {"event": "packet", ...}, for describe_events().
 * A new reference.
 */
json_t *packets_merge(const struct packets *packets, const json_t *plan, const json_t *events);

#endif
