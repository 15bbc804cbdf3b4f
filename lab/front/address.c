// SPDX-License-Identifier: GPL-2.0-only
// IPv4 and IPv6 addresses and prefixes.
#include "lab/front/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool parse_literal(const char *text, struct address *address)
{
	*address = (struct address){ .family = AF_INET };
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		return true;
	address->family = AF_INET6;
	return inet_pton(AF_INET6, text, address->bytes) == 1;
}

int address_bits(const struct address *address)
{
	return address->family == AF_INET ? 32 : 128;
}

bool parse_prefix(const char *text, struct prefix *prefix)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t digits;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	digits = strspn(slash + 1, "0123456789");
	if (digits == 0 || digits > 3 || slash[1 + digits] != '\0')
		return false;
	prefix->length = atoi(slash + 1);
	return parse_literal(address, &prefix->address) &&
	       prefix->length <= address_bits(&prefix->address);
}

const char *format_address(struct arena *arena, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(address->family, address->bytes, text, sizeof(text));
	return arena_strdup(arena, text);
}

const char *format_prefix(struct arena *arena, const struct prefix *prefix)
{
	return arena_printf(arena, "%s/%d", format_address(arena, &prefix->address),
			    prefix->length);
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

struct prefix prefix_network(const struct prefix *prefix)
{
	struct prefix network = *prefix;

	for (int bit = prefix->length; bit < address_bits(&prefix->address); bit++)
		network.address.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return network;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
	struct prefix of_address = { *address, prefix->length }, ours, theirs;

	if (prefix->address.family != address->family)
		return false;
	ours = prefix_network(prefix);
	theirs = prefix_network(&of_address);
	return address_equal(&ours.address, &theirs.address);
}

bool prefixes_overlap(const struct prefix *a, const struct prefix *b)
{
	return a->length <= b->length ? prefix_contains(a, &b->address) :
					prefix_contains(b, &a->address);
}

struct address prefix_host(const struct prefix *prefix, unsigned int number)
{
	struct prefix network = prefix_network(prefix);

	network.address.bytes[address_bits(&prefix->address) / 8 - 1] += (uint8_t)number;
	return network.address;
}

struct prefix address_prefix(const struct address *address)
{
	return (struct prefix){ *address, address_bits(address) };
}

bool prefix_is_documentation(const struct prefix *prefix)
{
	static const char *const ranges[] = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
					      "2001:db8::/32", "3fff::/20" };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct prefix range;

		if (parse_prefix(ranges[i], &range) && range.length <= prefix->length &&
		    prefix_contains(&range, &prefix->address))
			return true;
	}
	return false;
}
