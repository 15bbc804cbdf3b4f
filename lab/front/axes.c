// SPDX-License-Identifier: GPL-2.0-only
// The axes of the errno matrix: the ways in which a call can be varied, and which of them make its cells.
#include "lab/front/axes.h"

#include <string.h>

/* In the table below: the base's value, or every value of the axis. */
enum { BASE = -1, EVERY = -2 };

static const struct axes fixed = {
	.names = { "style", "family", "wait", "call", "id", "list" },
	.values = { [STYLE] = { { "one-to-one", "one-to-many" }, 2 },
		    [FAMILY] = { { "ipv4", "ipv6", "v6only" }, 3 },
		    [WAIT] = { { "blocking", "nonblocking", "send-timeout" }, 3 },
		    [CALL] = { { "lib", "old", "new", "get", "connect" }, 5 },
		    [ID] = { { "id", "no-id" }, 2 } },
};

/*
 * The standard set. Not every combination of all axes: each axis is crossed with those that change
 * what the kernel does with it (whether the call waits, and the style of the socket).
 */
static const signed char standard[][AXES] = {
	{ EVERY, EVERY, BLOCKING, BASE, BASE, BASE },
	{ EVERY, EVERY, NONBLOCKING, BASE, BASE, BASE },
	{ EVERY, BASE, SEND_TIMEOUT, BASE, BASE, BASE },
	{ ONE_TO_ONE, BASE, BLOCKING, EVERY, BASE, BASE },
	{ ONE_TO_ONE, BASE, NONBLOCKING, EVERY, BASE, BASE },
	{ ONE_TO_MANY, BASE, BLOCKING, EVERY, BASE, BASE },
	{ BASE, BASE, BLOCKING, BASE, WITHOUT_ID, BASE },
	{ BASE, BASE, NONBLOCKING, BASE, WITHOUT_ID, BASE },
	{ BASE, BASE, BLOCKING, BASE, BASE, EVERY },
	{ BASE, BASE, NONBLOCKING, BASE, BASE, EVERY },
};

#define STANDARD (sizeof(standard) / sizeof(standard[0]))

void axes_init(struct axes *axes)
{
	*axes = fixed;
}

static void add(struct arena *arena, struct variant **variants, size_t *count,
		const struct variant *variant)
{
	for (size_t i = 0; i < *count; i++) {
		if (memcmp(&(*variants)[i], variant, sizeof(*variant)) == 0)
			return;
	}
	*variants = arena_grow(arena, *variants, *count, sizeof(**variants));
	(*variants)[(*count)++] = *variant;
}

/* All variants of a line of the table from that axis on. */
static void expand(struct arena *arena, const signed char *line, enum axis axis, size_t n_lists,
		   struct variant *variant, struct variant **variants, size_t *count)
{
	size_t n = axis == LIST ? n_lists : axis < LIST ? fixed.values[axis].count : 0;

	if (axis == AXES) {
		add(arena, variants, count, variant);
		return;
	}
	if (line[axis] == EVERY) {
		struct variant each = *variant;

		for (size_t i = 0; i < n; i++) {
			each.value[axis] = (unsigned char)i;
			expand(arena, line, axis + 1, n_lists, &each, variants, count);
		}
		return;
	}
	if (line[axis] >= 0)
		variant->value[axis] = (unsigned char)line[axis];
	expand(arena, line, axis + 1, n_lists, variant, variants, count);
}

struct variant *axes_expand(struct arena *arena, const struct variant *base, size_t n_lists,
			    size_t *count)
{
	struct variant *variants = NULL;

	*count = 0;
	add(arena, &variants, count, base);
	for (size_t i = 0; i < STANDARD; i++) {
		struct variant start = *base;

		expand(arena, standard[i], STYLE, n_lists, &start, &variants, count);
	}
	return variants;
}

const char *variant_name(struct arena *arena, const struct axes *axes,
			 const struct variant *variant)
{
	const char *name = "";

	for (int axis = 0; axis < AXES; axis++)
		name = arena_printf(arena, "%s%s%s", name, axis ? "," : "",
				    axes->values[axis].items[variant->value[axis]]);
	return name;
}

static bool read_values(struct front *front, const char *what, const char *const *names,
			size_t count, const struct yaml *values, uint64_t *allowed)
{
	bool good = true;

	for (const struct yaml *item = yaml_first(values); item; item = yaml_next(values, item)) {
		const char *name = arena_printf(&front->arena, "the axis %s", what);
		size_t index;

		if (yaml_get_word(front, item, name, names, count, &index))
			*allowed |= UINT64_C(1) << index;
		else
			good = false;
	}
	if (good && *allowed == 0) {
		yaml_error(front, values, "no value of %s; leave it out to mean all of them", what);
		good = false;
	}
	return good;
}

static bool read_axis(struct front *front, const struct axes *axes, const struct yaml *entry,
		      struct selector *selector)
{
	struct name_list known = { 0 };
	long each = name_list_find(&axes->each, entry->key);
	uint64_t allowed = 0;
	bool good;

	if (each >= 0)
		return read_values(front, entry->key, axes->each_values[each].items,
				   axes->each_values[each].count, entry,
				   &selector->allowed_each[each]);
	for (int axis = 0; axis < AXES; axis++) {
		name_list_add(&front->arena, &known, axes->names[axis]);
		if (strcmp(axes->names[axis], entry->key) != 0)
			continue;
		good = read_values(front, entry->key, axes->values[axis].items,
				   axes->values[axis].count, entry, &allowed);
		selector->allowed[axis] = (unsigned int)allowed;
		return good;
	}
	for (size_t i = 0; i < axes->each.count; i++)
		name_list_add(&front->arena, &known, axes->each.items[i]);
	yaml_key_error(front, entry, "unknown axis \"%s\"%s", entry->key,
		       suggest(front, entry->key, known.items, known.count));
	return false;
}

bool selector_read(struct front *front, const struct axes *axes, const struct yaml *when,
		   struct selector *selector)
{
	bool good = true;

	*selector = (struct selector){ .yaml = when };
	if (!when)
		return true;
	if (when->type != YAML_MAP || when->count == 0) {
		yaml_error(front, when,
			   "when is a mapping of axes to values, such as {wait: nonblocking}");
		return false;
	}
	for (const struct yaml *entry = when->first; entry; entry = entry->next)
		good &= read_axis(front, axes, entry, selector);
	return good;
}

bool selector_matches(const struct selector *selector, const struct variant *variant,
		      const size_t *row)
{
	for (int axis = 0; axis < AXES; axis++) {
		if (selector->allowed[axis] &&
		    !(selector->allowed[axis] & 1U << variant->value[axis]))
			return false;
	}
	for (size_t i = 0; i < EACH_MAX; i++) {
		if (selector->allowed_each[i] && !(selector->allowed_each[i] >> row[i] & 1))
			return false;
	}
	return true;
}
