// SPDX-License-Identifier: GPL-2.0-only
// For which kernels an expectation is meant: `since` and `until`.
#include "lab/common/release.h"
#include "lab/front/scenario.h"
#include "lab/front/tree.h"

static bool read_release(struct front *front, const struct yaml *node, struct release *release)
{
	const char *text;

	if (!yaml_get_text(front, node, "a version of the kernel", &text))
		return false;
	if (parse_release(text, release))
		return true;
	yaml_error(front, node,
		   "\"%s\" is no version of the kernel; expected two numbers such as 6.12", text);
	return false;
}

bool take_releases(struct front *front, const struct yaml **map, json_t *releases)
{
	const struct yaml *since = tree_find(*map, "since"), *until = tree_find(*map, "until");
	struct release first, last;
	struct yaml *rest;

	if (!since && !until)
		return true;
	if ((since && !read_release(front, since, &first)) ||
	    (until && !read_release(front, until, &last)))
		return false;
	if (since && until && compare_releases(&first, &last) > 0) {
		yaml_error(front, until, "no kernel is both since %s and until %s", since->text,
			   until->text);
		return false;
	}
	if (since)
		json_object_set_new(releases, "since", json_string(since->text));
	if (until)
		json_object_set_new(releases, "until", json_string(until->text));
	rest = tree_copy(&front->arena, *map);
	tree_remove(rest, "since");
	tree_remove(rest, "until");
	*map = rest;
	return true;
}
