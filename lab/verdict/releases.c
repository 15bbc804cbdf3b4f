// SPDX-License-Identifier: GPL-2.0-only
// What a plan expects of the kernel that ran: the rest of `since` and `until` is left out.
#include "lab/common/jsonx.h"
#include "lab/common/release.h"
#include "lab/verdict/trial.h"

/* The version of the kernel that ran, {-1, -1} when the run did not come so far as to tell. */
static struct release find_release(const json_t *events)
{
	struct release release;
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)events, i, event) {
		if (jsonx_is(event, "event", "begin") &&
		    parse_uname_release(jsonx_string(event, "kernel", ""), &release))
			return release;
	}
	return (struct release){ -1, -1 };
}

static bool is_meant(const json_t *expect, const struct release *ran)
{
	const char *since = jsonx_string(expect, "since", NULL);
	const char *until = jsonx_string(expect, "until", NULL);
	struct release bound;

	if (ran->major < 0)
		return !since && !until;
	if (since && (!parse_release(since, &bound) || compare_releases(ran, &bound) < 0))
		return false;
	return !until || (parse_release(until, &bound) && compare_releases(ran, &bound) <= 0);
}

static bool has_releases(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		if (json_object_get(item, "since") || json_object_get(item, "until") ||
		    json_is_array(json_object_get(item, "expect")))
			return true;
	}
	return false;
}

static void forget_releases(json_t *expect)
{
	json_object_del(expect, "since");
	json_object_del(expect, "until");
}

/* Of a step's list of expectations the first that is meant; none, when none is. */
static void choose_expect(json_t *step, const struct release *ran)
{
	json_t *list = json_object_get(step, "expect"), *item, *chosen = NULL;
	size_t i;

	if (!json_is_array(list))
		return;
	json_array_foreach(list, i, item) {
		if (!chosen && is_meant(item, ran))
			chosen = json_incref(item);
	}
	if (chosen) {
		forget_releases(chosen);
		json_object_set_new(step, "expect", chosen);
	} else {
		json_object_del(step, "expect");
	}
}

/* A cell's field that is meant for some kernels stands behind the one that is meant for all, and wins. */
static void choose_fields(json_t *list, const struct release *ran)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		const char *field = jsonx_string(item, "field", NULL);

		if (!is_meant(item, ran)) {
			json_array_remove(list, i--); /* so that the next one stands here */
			continue;
		}
		forget_releases(item);
		for (size_t k = 0; k < i && field; k++) {
			if (jsonx_is(json_array_get(list, k), "field", field)) {
				json_array_remove(list, k);
				i--;
				break;
			}
		}
	}
}

json_t *plan_for_kernel(const json_t *plan, const json_t *events)
{
	json_t *steps = json_object_get(plan, "steps"), *expect = json_object_get(plan, "expect");
	json_t *fields = json_object_get(json_object_get(plan, "cell"), "expect");
	struct release ran = find_release(events);
	json_t *fitted, *step;
	size_t i;

	if (!has_releases(steps) && !has_releases(expect) && !has_releases(fields))
		return json_incref((json_t *)plan);
	fitted = json_deep_copy(plan);
	json_array_foreach(json_object_get(fitted, "steps"), i, step)
		choose_expect(step, &ran);
	choose_fields(json_object_get(fitted, "expect"), &ran);
	choose_fields(json_object_get(json_object_get(fitted, "cell"), "expect"), &ran);
	return fitted;
}
