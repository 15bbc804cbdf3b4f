// SPDX-License-Identifier: GPL-2.0-only
// The set-up of an endpoint in one line, when it succeeded.
#ifndef LAB_VERDICT_DESCRIBE_SETUP_H
#define LAB_VERDICT_DESCRIBE_SETUP_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* What becomes of an event. */
enum setup_part {
	SETUP_SHOWN, /* no part of a set-up, or one that is shown for itself */
	SETUP_TOLD,  /* told by the line of the set-up */
	SETUP_LAST,  /* the set-up's last command: here stands the line */
};

/* All set-ups of a run that succeeded, those of restarted endpoints too. */
struct setups;

struct setups *find_setups(const json_t *plan, const json_t *events);
void free_setups(struct setups *setups);

/* setups may be NULL: then everything is shown. */
enum setup_part setup_part(const struct setups *setups, size_t event);

/*
 * Writes what the set-up that ends with that event made: "listens at server.a (192.0.2.2), port 5000";
 * the addresses only when it is the endpoint's first.
 */
void describe_setup(FILE *out, const json_t *plan, const json_t *events,
		    const struct setups *setups, size_t last);

#endif
