// SPDX-License-Identifier: GPL-2.0-only
// IPv4 and IPv6 addresses and prefixes.
#ifndef LAB_FRONT_ADDRESS_H
#define LAB_FRONT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lab/front/arena.h"

struct address {
	int family;	   /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

struct prefix {
	struct address address;
	int length; /* 0 to 32 or 128 */
};

/* Reads a literal as inet_pton(3) does. */
bool parse_literal(const char *text, struct address *address);
/* Reads "ADDRESS/LENGTH"; bits behind the length are kept. */
bool parse_prefix(const char *text, struct prefix *prefix);

const char *format_address(struct arena *arena, const struct address *address);
const char *format_prefix(struct arena *arena, const struct prefix *prefix);

bool address_equal(const struct address *a, const struct address *b);
bool prefix_contains(const struct prefix *prefix, const struct address *address);
bool prefixes_overlap(const struct prefix *a, const struct prefix *b);

/* The prefix without the bits behind its length. */
struct prefix prefix_network(const struct prefix *prefix);
/* The address `number` above the prefix's network; number is 0 to 255. */
struct address prefix_host(const struct prefix *prefix, unsigned int number);
/* The prefix of the address alone: /32 or /128. */
struct prefix address_prefix(const struct address *address);
int address_bits(const struct address *address);

/*
 * Whether the whole prefix lies within addresses set aside for documentation: RFC 5737
 * (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24), RFC 3849 (2001:db8::/32), RFC 9637 (3fff::/20).
 */
bool prefix_is_documentation(const struct prefix *prefix);
#define DOCUMENTATION_IPV4 "192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24"
#define DOCUMENTATION_IPV6 "2001:db8::/32 or 3fff::/20"

#endif
