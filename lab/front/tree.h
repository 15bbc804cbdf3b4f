// SPDX-License-Identifier: GPL-2.0-only
// Changes to a YAML tree before it is read as a scenario: copies, entries put and removed.
#ifndef LAB_FRONT_TREE_H
#define LAB_FRONT_TREE_H

#include "lab/front/yaml.h"

/* A copy of the node with all below it. It is in no list or mapping, but keeps its key. */
struct yaml *tree_copy(struct arena *arena, const struct yaml *node);

/* The entry of that key, or NULL; also when `map` is no mapping. */
struct yaml *tree_find(const struct yaml *map, const char *key);

/* Takes the entry of that key out, when there is one. */
void tree_remove(struct yaml *map, const char *key);

/* Puts `value`, which is in no list or mapping, under the key, in the place of what was there. */
void tree_put(struct yaml *map, const char *key, struct yaml *value);
/* The same with a plain scalar, which has the mapping's place unless another was there before. */
void tree_put_text(struct arena *arena, struct yaml *map, const char *key, const char *text);

/* Appends an item to a list. */
void tree_append(struct yaml *list, struct yaml *item);

/* A scalar, a list or a mapping without entries, at the place of `at`. */
struct yaml *tree_scalar(struct arena *arena, const struct yaml *at, const char *text);
struct yaml *tree_empty(struct arena *arena, const struct yaml *at, enum yaml_type type);

#endif
