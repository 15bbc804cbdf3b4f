// SPDX-License-Identifier: GPL-2.0-only
// Which cells of the matrix are asked for: --only ROW[:VALUE|AXIS=VALUE,...].
#include "lab/matrix/only.h"

#include "lab/common/jsonx.h"

#include <stdlib.h>
#include <string.h>

void only_add(struct only_list *list, const char *text)
{
	list->items = reallocarray(list->items, list->count + 1, sizeof(*list->items));
	if (!list->items)
		abort();
	list->items[list->count++] = (struct only){ .text = text };
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(text, word, length) == 0;
}

/* "VALUE" of any axis, or "AXIS=VALUE". */
static bool matches_word(const json_t *axes, const char *word, size_t length)
{
	const char *axis, *equals = memchr(word, '=', length);
	const char *value = equals ? equals + 1 : word;
	json_t *own;

	json_object_foreach((json_t *)axes, axis, own) {
		if (equals && !is_word(word, (size_t)(equals - word), axis))
			continue;
		if (is_word(value, length - (size_t)(value - word), json_string_value(own) ?: ""))
			return true;
	}
	return false;
}

/* A row's name is whole, or without its folder, or all rows of a condition. */
static const char *match_row(const char *row, const char *text)
{
	const char *slash = strchr(row, '/');

	for (const char *name = row; name; name = name == row && slash ? slash + 1 : NULL) {
		size_t length = strlen(name);

		if (strncmp(name, text, length) == 0 && (text[length] == ':' || !text[length]))
			return text + length;
		length = strcspn(text, ":");
		if (strncmp(name, text, length) == 0 && name[length] == '/')
			return text + length;
	}
	return NULL;
}

static bool matches(const char *text, const json_t *cell)
{
	const char *rest = match_row(jsonx_string(cell, "row", ""), text);
	const json_t *axes = json_object_get(cell, "axes");

	if (!rest)
		return false;
	for (rest += *rest == ':'; *rest; rest += *rest == ',') {
		size_t length = strcspn(rest, ",");

		if (!matches_word(axes, rest, length))
			return false;
		rest += length;
	}
	return true;
}

bool only_wants(struct only_list *list, const json_t *cell)
{
	bool wanted = list->count == 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!matches(list->items[i].text, cell))
			continue;
		list->items[i].used = true;
		wanted = true;
	}
	return wanted;
}
