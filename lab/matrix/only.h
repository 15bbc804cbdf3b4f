// SPDX-License-Identifier: GPL-2.0-only
// Which cells of the matrix are asked for: --only ROW[:VALUE|AXIS=VALUE,...].
#ifndef LAB_MATRIX_ONLY_H
#define LAB_MATRIX_ONLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct only {
	const char *text;
	bool used; /* it matched a cell */
};

/* Starts as { 0 }. */
struct only_list {
	struct only *items; /* (owned) */
	size_t count;
};

/* Adds one; the text must outlive the list. */
void only_add(struct only_list *list, const char *text);

/* True when the list is empty or one of it means the cell; notes which. */
bool only_wants(struct only_list *list, const json_t *cell);

#endif
