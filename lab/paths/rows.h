// SPDX-License-Identifier: GPL-2.0-only
// The timeline of the paths of a run as rows, from its samples and its packets.
#ifndef LAB_PATHS_ROWS_H
#define LAB_PATHS_ROWS_H

#include "lab/verdict/packets.h"

#include <jansson.h>
#include <stdint.h>

/* What to show. */
struct rows_wish {
	const char *endpoint; /* of that one only; NULL: of all */
	int64_t every_ns; /* at most one row a path in so long, but when its state or errors change */
	int64_t from_ns, to_ns;
};

/* The columns of a row `path`, and where each value is from. */
enum column_source { FROM_SCENARIO, FROM_KERNEL, FROM_PACKETS };

struct column {
	const char *key;
	enum column_source source;
};

extern const struct column path_columns[];
extern const size_t path_columns_count;

/*
 * The rows, in the order of time, as docs/formats.md section 10 has them: `path` when something of a path changed,
 * `association` when its state did, and `fault`, `heal`, `notification` and `exit` in between. A new reference.
 */
json_t *paths_rows(const json_t *plan, const json_t *events, const json_t *samples,
		   const struct packets *packets, const struct rows_wish *wish);

#endif
