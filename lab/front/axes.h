// SPDX-License-Identifier: GPL-2.0-only
// The axes of the errno matrix: the ways in which a call can be varied, and which of them make its cells.
#ifndef LAB_FRONT_AXES_H
#define LAB_FRONT_AXES_H

#include <stdint.h>

#include "lab/front/yaml.h"

enum axis { STYLE, FAMILY, WAIT, CALL, ID, LIST, AXES };

enum { ONE_TO_ONE, ONE_TO_MANY };
enum { IPV4, IPV6, V6ONLY };
enum { BLOCKING, NONBLOCKING, SEND_TIMEOUT };
enum { CALL_LIB, CALL_OLD, CALL_NEW, CALL_GET, CALL_CONNECT };
enum { WITH_ID, WITHOUT_ID };

#define AXIS_VALUES_MAX 16
#define EACH_MAX	4   /* parameters under `each` */
#define ROWS_MAX	256 /* of one condition */

/* Names of an axis's values. Those of LIST are the condition's own. */
struct axis_values {
	const char *items[AXIS_VALUES_MAX];
	size_t count;
};

struct axes {
	const char *names[AXES];
	struct axis_values values[AXES];
	/* parameters that make rows: their names, and all their values */
	struct name_list each;
	struct name_list each_values[EACH_MAX];
};

/* One way to make the call. */
struct variant {
	unsigned char value[AXES]; /* positions in the values of each axis */
};

/* Sets names and values of all axes but LIST. */
void axes_init(struct axes *axes);

/*
 * The standard set of variants around a base, without repetition, the base first. `n_lists` is how many
 * values LIST has. The result lives in the arena.
 */
struct variant *axes_expand(struct arena *arena, const struct variant *base, size_t n_lists,
			    size_t *count);

/* "one-to-one,ipv4,blocking,lib,id,one" */
const char *variant_name(struct arena *arena, const struct axes *axes,
			 const struct variant *variant);

/* Which cells something is about: `when`. Starts as { 0 }, which is all of them. */
struct selector {
	const struct yaml *yaml;	 /* or NULL */
	unsigned int allowed[AXES];	 /* a bit for each value; 0: any */
	uint64_t allowed_each[EACH_MAX]; /* the same for values of `each` */
};

/* Reads a mapping of axes and parameters to a value or a list of them. False after a sentence. */
bool selector_read(struct front *front, const struct axes *axes, const struct yaml *when,
		   struct selector *selector);

/* `row` has the position of the value of each parameter. */
bool selector_matches(const struct selector *selector, const struct variant *variant,
		      const size_t *row);

#endif
