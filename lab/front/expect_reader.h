// SPDX-License-Identifier: GPL-2.0-only
// What the readers of expectations of the whole run share.
#ifndef LAB_FRONT_EXPECT_READER_H
#define LAB_FRONT_EXPECT_READER_H

#include "lab/front/scenario.h"

/* One expectation while it is read. */
struct reader {
	struct scenario *scenario;
	struct front *front;
	const struct yaml *yaml; /* the expectation */
	json_t *json;
	const char *text;
	size_t endpoint;
};

/* Puts a value (a new reference) into the plan's expectation. */
void expect_put(struct reader *reader, const char *key, json_t *value);

/* The endpoint that it is about: by its name, or where that is NULL the only one that receives, or that connects. */
bool expect_read_endpoint(struct reader *reader, const struct yaml *name, bool receives);

/* The same, of an endpoint that is cclient. */
bool expect_read_cclient(struct reader *reader, const struct yaml *name, bool receives);

/* False, with a sentence, when the scenario says that nothing is captured. */
bool expect_needs_capture(struct reader *reader);

extern const int64_t expect_at_least_one[2];

/* So many things, or `otherwise` where no count is written. */
bool expect_read_count(struct reader *reader, const struct yaml *count, const int64_t otherwise[2]);

/* An address of the topology. */
bool expect_read_address(struct reader *reader, const struct yaml *value, const char *key);

/* A scenario time up to the limit, which also goes into the plan; the run goes on at least until then. */
bool expect_read_time(struct reader *reader, const struct yaml *value, const char *key,
		      int64_t *time);

/* From a time to another one, which may be NULL: from zero, to the limit. */
bool expect_read_window(struct reader *reader, const struct yaml *from, const struct yaml *by);

/*
 * expect_program.c: true for an endpoint that is cclient; false after a sentence for a program, of which only packets,
 * output and end are known, and for -1.
 */
bool expect_of_cclient(struct reader *reader, const struct yaml *name, long endpoint);

/* expect_paths.c */
bool expect_read_path(struct reader *reader);
bool expect_read_primary(struct reader *reader);
bool expect_read_notification(struct reader *reader);

/* expect_packets.c */
bool expect_read_packets(struct reader *reader);
bool expect_read_retransmissions(struct reader *reader);

/* expect_traffic.c */
bool expect_read_delivered(struct reader *reader);
bool expect_read_latency(struct reader *reader);
bool expect_read_outage(struct reader *reader);

/* expect_program.c: of programs of one's own. */
bool expect_read_output(struct reader *reader);
bool expect_read_exit(struct reader *reader);

/* expect_predicted.c */
bool expect_read_predicted(struct reader *reader);

#endif
