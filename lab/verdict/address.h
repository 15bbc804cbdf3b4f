// SPDX-License-Identifier: GPL-2.0-only
// Addresses in events and expectations, compared as addresses and not as text.
#ifndef LAB_VERDICT_ADDRESS_H
#define LAB_VERDICT_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct endpoint_address {
	struct in6_addr ip; /* IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2) */
	int port;	    /* -1 when none is written */
};

/* Reads "A", "A:PORT" with IPv4, "A" and "[A]:PORT" with IPv6. */
bool parse_endpoint_address(const char *text, struct endpoint_address *address);

/* True when both are addresses and the same one; ports count only when both have one. */
bool addresses_match(const char *a, const char *b);

#endif
