// SPDX-License-Identifier: GPL-2.0-only
// Chunk types of SCTP: their numbers, their names in the documents, and nft(8)'s.
#ifndef LAB_COMMON_CHUNKS_H
#define LAB_COMMON_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

/* Types whose values are looked at (RFC 9260 3.2, RFC 8260 2.1, RFC 4820 3). */
enum {
	CHUNK_DATA = 0,
	CHUNK_INIT = 1,
	CHUNK_INIT_ACK = 2,
	CHUNK_SACK = 3,
	CHUNK_HEARTBEAT = 4,
	CHUNK_HEARTBEAT_ACK = 5,
	CHUNK_ABORT = 6,
	CHUNK_SHUTDOWN = 7,
	CHUNK_SHUTDOWN_ACK = 8,
	CHUNK_COOKIE_ECHO = 10,
	CHUNK_COOKIE_ACK = 11,
	CHUNK_SHUTDOWN_COMPLETE = 14,
	CHUNK_I_DATA = 64,
	CHUNK_PAD = 132,
	CHUNK_FORWARD_TSN = 192,
};

struct chunk_type {
	uint8_t type;
	const char *name; /* as its RFC writes it: "COOKIE ECHO" */
	const char *nft;  /* under "sctp chunk" of nft(8); NULL when it knows none */
};

extern const struct chunk_type chunk_types[];
extern const size_t chunk_types_count;

/* By number; NULL when it has no name here. */
const struct chunk_type *find_chunk_type(unsigned int type);

/* By nft(8)'s name, which is the plan's; NULL when there is none. */
const struct chunk_type *find_chunk_nft(const char *nft);

/* By name, where '_' and '-' do for the blank: captures write COOKIE_ECHO. NULL when there is none. */
const struct chunk_type *find_chunk_named(const char *name);

#endif
