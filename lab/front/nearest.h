// SPDX-License-Identifier: GPL-2.0-only
// The valid name nearest to one that is not.
#ifndef LAB_FRONT_NEAREST_H
#define LAB_FRONT_NEAREST_H

#include <stddef.h>

#include "lab/front/arena.h"

/* A list of names that grows. Starts as { 0 }. */
struct name_list {
	const char **items;
	size_t count;
};

void name_list_add(struct arena *arena, struct name_list *names, const char *name);

/* Position of `name` in the list, or -1. */
long name_list_find(const struct name_list *names, const char *name);

/*
 * The name with the smallest edit distance (insert, delete, replace, swap of neighbours; upper and
 * lower case count as equal), when it is small enough to be a slip: at most a third of the longer
 * one's length and at least 1; else a name of which it is the last part. The first of equals; NULL when
 * none is near.
 */
const char *nearest_name(const char *name, const char *const *names, size_t count);

#endif
