// SPDX-License-Identifier: GPL-2.0-only
// Addresses in events and expectations, compared as addresses and not as text.
#include "lab/verdict/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool parse_ip(const char *text, size_t length, struct in6_addr *ip)
{
	char copy[INET6_ADDRSTRLEN + 8];
	struct in_addr v4;

	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (inet_pton(AF_INET, copy, &v4) == 1) {
		memset(ip, 0, sizeof(*ip));
		ip->s6_addr[10] = 0xff;
		ip->s6_addr[11] = 0xff;
		memcpy(&ip->s6_addr[12], &v4, sizeof(v4));
		return true;
	}
	return inet_pton(AF_INET6, copy, ip) == 1;
}

static bool parse_port(const char *text, int *port)
{
	char *end;
	long value;

	if (!isdigit((unsigned char)*text))
		return false;
	value = strtol(text, &end, 10);
	*port = (int)value;
	return *end == '\0' && value <= 65535;
}

bool parse_endpoint_address(const char *text, struct endpoint_address *address)
{
	const char *end;

	address->port = -1;
	if (text[0] == '[') {
		end = strchr(text, ']');
		return end && parse_ip(text + 1, (size_t)(end - text - 1), &address->ip) &&
		       (end[1] == '\0' || (end[1] == ':' && parse_port(end + 2, &address->port)));
	}
	end = strchr(text, ':');
	if (end && !strchr(end + 1, ':'))
		return parse_ip(text, (size_t)(end - text), &address->ip) &&
		       parse_port(end + 1, &address->port);
	return parse_ip(text, strlen(text), &address->ip);
}

bool addresses_match(const char *a, const char *b)
{
	struct endpoint_address x, y;

	return parse_endpoint_address(a, &x) && parse_endpoint_address(b, &y) &&
	       memcmp(&x.ip, &y.ip, sizeof(x.ip)) == 0 &&
	       (x.port < 0 || y.port < 0 || x.port == y.port);
}
