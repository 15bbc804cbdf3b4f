// SPDX-License-Identifier: GPL-2.0-only
// The ends of associations that a run's samples tell of, with their paths.
#ifndef LAB_PATHS_ENDS_H
#define LAB_PATHS_ENDS_H

#include "lab/verdict/decode.h"

#include <jansson.h>

/* What packets say of a path. */
struct path_wire {
	uint64_t flight;	/* bytes of user data sent to it last, and not acknowledged */
	uint64_t errors;	/* in a row: T3-rtx, and HEARTBEATs that were not answered */
	uint64_t heartbeats;	/* HEARTBEATs sent */
	uint64_t answers;	/* HEARTBEAT ACKs received */
	uint64_t retransmitted; /* DATA chunks sent to it that had been sent before, anywhere */
};

/* A path's part of the timeline, for lab/paths/rows.c. */
struct track {
	json_t *now;		  /* (owned) the kernel's last path object; NULL: not seen yet */
	uint64_t errors;	  /* in its last row */
	int64_t told_ns;	  /* its last row; NS_NEVER: none */
	int64_t since_ns, due_ns; /* of what changed and has no row yet; NS_NEVER: nothing */
};

/* A path of one end: an address of the peer. */
struct path {
	struct in6_addr ip;
	char *address; /* (owned) without port */
	char *name;    /* (owned) what the scenario calls it: "server.a" */
	struct path_wire wire;
	struct track track;
	bool unanswered;    /* the last HEARTBEAT */
	int64_t timeout_ns; /* when T3-rtx was last seen to expire */
};

/* A DATA chunk that was sent. */
struct sent_chunk {
	size_t path; /* it was last sent to */
	uint16_t length;
	bool sent, acked;
	int64_t sent_ns; /* last */
};

/* One end of an association. */
struct end {
	const char *endpoint; /* name */
	size_t node;
	int64_t id; /* assoc_id */
	uint16_t port, peer_port;
	int64_t born_ns, gone_ns; /* first and last sample; NS_NEVER: it lasts */
	struct path *paths;	  /* (owned) */
	size_t n;
	const json_t *state; /* the last one told of, for lab/paths/rows.c; NULL: none */
	/* what lab/paths/wire.c knows of it */
	struct sent_chunk *chunks; /* (owned) from TSN first_tsn on */
	size_t n_chunks, chunks_room, acked_to;
	uint32_t first_tsn;
	int64_t sack_ns; /* when one last arrived */
};

struct ends {
	const json_t *plan;
	struct end *items; /* (owned) in the order of their first samples */
	size_t n;
};

/* Finds them in the samples (events_take_samples()). */
void ends_find(const json_t *plan, const json_t *samples, struct ends *ends);
void ends_free(struct ends *ends);

/* The end a sample is about; NULL when there is none. */
struct end *ends_of_sample(const struct ends *ends, const json_t *sample);

/* The path of that address ("192.0.2.2:5000" or without port); NULL when the end has none such. */
struct path *end_path(const struct end *end, const char *address);

#endif
