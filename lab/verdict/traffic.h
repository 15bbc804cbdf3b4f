// SPDX-License-Identifier: GPL-2.0-only
// Numbered messages of traffic: what was sent to an endpoint and what of it arrived, and when.
#ifndef LAB_VERDICT_TRAFFIC_H
#define LAB_VERDICT_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who sends to whom: all other endpoints when no sender is named. */
struct direction {
	const char *receiver, *sender; /* names of endpoints; sender may be NULL */
};

/* From the sending of a message to its arrival in the program. */
enum { LATENCY_MIN, LATENCY_MEDIAN, LATENCY_99, LATENCY_MAX, LATENCIES };
struct latency {
	int64_t ns;
	size_t event; /* a message that took so long */
};

struct traffic {
	int64_t sent;	    /* messages all traffic to the endpoint sent */
	int64_t failed;	    /* messages whose sending failed */
	int64_t received;   /* different messages that arrived */
	int64_t duplicates; /* messages that arrived once more */
	int64_t reordered;  /* messages that arrived after one of their stream sent later */
	size_t unfinished;  /* traffic that began and never said what it sent */
	size_t disorder;  /* first event of a message that arrived after a later one, or SIZE_MAX */
	size_t duplicate; /* first event of a message that arrived once more, or SIZE_MAX */
	int64_t gap_ns;	  /* longest time without a delivery, -1 when nothing was ever sent */
	int64_t gap_from_ns; /* scenario time at which it began */
	size_t gap_event;    /* the delivery that ended it, or SIZE_MAX when none did */
	struct latency latency[LATENCIES]; /* only of messages that arrived */
};

/* Counts the traffic of a direction, what of it arrived, and when. */
void traffic_count(const json_t *plan, const json_t *events, const struct direction *direction,
		   struct traffic *traffic);

/*
 * traffic_report.c: each direction in which traffic was sent, as docs/formats.md, section 7, has it. The
 * result is the caller's. plan and events may be NULL.
 */
json_t *traffic_report(const json_t *plan, const json_t *events);

#endif
