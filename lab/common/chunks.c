// SPDX-License-Identifier: GPL-2.0-only
// Chunk types of SCTP: their numbers, their names in the documents, and nft(8)'s.
#include "lab/common/chunks.h"

#include <stdbool.h>
#include <string.h>

/* RFC 9260 section 3.2, RFC 4895, RFC 5061, RFC 8260, RFC 6525, RFC 4820, RFC 3758. */
const struct chunk_type chunk_types[] = {
	{ CHUNK_DATA, "DATA", "data" },
	{ 1, "INIT", "init" },
	{ 2, "INIT ACK", "init-ack" },
	{ CHUNK_SACK, "SACK", "sack" },
	{ 4, "HEARTBEAT", "heartbeat" },
	{ 5, "HEARTBEAT ACK", "heartbeat-ack" },
	{ 6, "ABORT", "abort" },
	{ 7, "SHUTDOWN", "shutdown" },
	{ 8, "SHUTDOWN ACK", "shutdown-ack" },
	{ 9, "ERROR", "error" },
	{ 10, "COOKIE ECHO", "cookie-echo" },
	{ 11, "COOKIE ACK", "cookie-ack" },
	{ 12, "ECNE", "ecne" },
	{ 13, "CWR", "cwr" },
	{ 14, "SHUTDOWN COMPLETE", "shutdown-complete" },
	{ 15, "AUTH", NULL },
	{ CHUNK_I_DATA, "I-DATA", NULL },
	{ 128, "ASCONF ACK", "asconf-ack" },
	{ 130, "RE-CONFIG", NULL },
	{ 132, "PAD", NULL },
	{ 192, "FORWARD TSN", "forward-tsn" },
	{ 193, "ASCONF", "asconf" },
	{ 194, "I-FORWARD-TSN", NULL },
};

const size_t chunk_types_count = sizeof(chunk_types) / sizeof(chunk_types[0]);

const struct chunk_type *find_chunk_type(unsigned int type)
{
	for (size_t i = 0; i < chunk_types_count; i++)
		if (chunk_types[i].type == type)
			return &chunk_types[i];
	return NULL;
}

const struct chunk_type *find_chunk_nft(const char *nft)
{
	for (size_t i = 0; i < chunk_types_count; i++)
		if (chunk_types[i].nft && strcmp(chunk_types[i].nft, nft) == 0)
			return &chunk_types[i];
	return NULL;
}

static char as_blank(char c)
{
	return c == '_' || c == '-' ? ' ' : c;
}

static bool is_same(const char *a, const char *b)
{
	while (*a && as_blank(*a) == as_blank(*b))
		a++, b++;
	return !*a && !*b;
}

const struct chunk_type *find_chunk_named(const char *name)
{
	for (size_t i = 0; i < chunk_types_count; i++)
		if (is_same(chunk_types[i].name, name))
			return &chunk_types[i];
	return NULL;
}
