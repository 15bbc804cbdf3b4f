// SPDX-License-Identifier: GPL-2.0-only
// Changes to a YAML tree before it is read as a scenario: copies, entries put and removed.
#include "lab/front/tree.h"

#include <string.h>

struct yaml *tree_copy(struct arena *arena, const struct yaml *node)
{
	struct yaml *copy = arena_alloc(arena, sizeof(*copy)), **tail = &copy->first;

	*copy = *node;
	copy->first = copy->next = NULL;
	for (const struct yaml *item = node->first; item; item = item->next) {
		*tail = tree_copy(arena, item);
		tail = &(*tail)->next;
	}
	return copy;
}

struct yaml *tree_find(const struct yaml *map, const char *key)
{
	if (!map || map->type != YAML_MAP)
		return NULL;
	for (struct yaml *entry = map->first; entry; entry = entry->next) {
		if (strcmp(entry->key, key) == 0)
			return entry;
	}
	return NULL;
}

void tree_remove(struct yaml *map, const char *key)
{
	for (struct yaml **at = &map->first; *at; at = &(*at)->next) {
		if (strcmp((*at)->key, key) != 0)
			continue;
		*at = (*at)->next;
		map->count--;
		return;
	}
}

void tree_append(struct yaml *list, struct yaml *item)
{
	struct yaml **tail = &list->first;

	while (*tail)
		tail = &(*tail)->next;
	*tail = item;
	list->count++;
}

void tree_put(struct yaml *map, const char *key, struct yaml *value)
{
	struct yaml **at = &map->first;

	value->key = key;
	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	if (*at) {
		value->key_line = (*at)->key_line;
		value->key_column = (*at)->key_column;
		value->next = (*at)->next;
		*at = value;
		return;
	}
	value->key_line = map->line;
	value->key_column = map->column;
	tree_append(map, value);
}

void tree_put_text(struct arena *arena, struct yaml *map, const char *key, const char *text)
{
	const struct yaml *old = tree_find(map, key);

	tree_put(map, key, tree_scalar(arena, old ? old : map, text));
}

struct yaml *tree_empty(struct arena *arena, const struct yaml *at, enum yaml_type type)
{
	struct yaml *node = arena_alloc(arena, sizeof(*node));

	*node = (struct yaml){
		.type = type, .file = at->file, .line = at->line, .column = at->column, .text = ""
	};
	return node;
}

struct yaml *tree_scalar(struct arena *arena, const struct yaml *at, const char *text)
{
	struct yaml *node = tree_empty(arena, at, YAML_SCALAR);

	node->text = text;
	return node;
}
