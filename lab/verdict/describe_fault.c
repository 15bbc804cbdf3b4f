// SPDX-License-Identifier: GPL-2.0-only
// A fault of the plan in words.
#include "lab/verdict/describe_fault.h"

#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/verdict/trial.h"

#include <string.h>

static const char *node_name(const json_t *plan, const json_t *node)
{
	if (!json_is_integer(node) || json_integer_value(node) < 0)
		return "?";
	return jsonx_string(json_array_get(json_object_get(plan, "nodes"),
					   (size_t)json_integer_value(node)),
			    "name", "?");
}

static bool is_target(const json_t *end, const json_t *targets)
{
	const json_t *target;
	size_t i;

	json_array_foreach((json_t *)targets, i, target) {
		if (json_equal(json_array_get(target, 0), json_object_get(end, "node")) &&
		    json_equal(json_array_get(target, 1), json_object_get(end, "ifindex")))
			return true;
	}
	return false;
}

static void put_targets(FILE *out, const json_t *plan, const json_t *targets)
{
	const char *separator = " on link ";
	const json_t *link;
	size_t i;

	json_array_foreach(json_object_get(plan, "links"), i, link) {
		const json_t *ends = json_object_get(link, "ends");
		const json_t *a = json_array_get(ends, 0), *b = json_array_get(ends, 1);
		bool at_a = is_target(a, targets), at_b = is_target(b, targets);

		if (!at_a && !at_b)
			continue;
		fputs(separator, out);
		text_put(out, jsonx_string(link, "name", "?"));
		if (at_a != at_b) {
			fputs(" towards ", out);
			text_put(out, node_name(plan, json_object_get(at_a ? a : b, "node")));
		}
		separator = ", ";
	}
}

static void put_list(FILE *out, const char *before, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		fputs(i ? ", " : before, out);
		text_put(out, json_string_value(item) ?: "?");
	}
}

static void put_counts(FILE *out, const json_t *step)
{
	const char *chunk = jsonx_string(step, "chunk", NULL);
	int64_t skip = jsonx_int(step, "skip", 0), count = jsonx_int(step, "count", 0);

	if (!chunk && !skip && !count)
		return;
	fputs(" of ", out);
	if (count)
		fprintf(out, "%lld ", (long long)count);
	text_put(out, chunk ?: "packets");
	if (skip)
		fprintf(out, " after the first %lld", (long long)skip);
}

void describe_fault(FILE *out, const json_t *plan, const json_t *step)
{
	const json_t *node = json_object_get(step, "node");
	const json_t *endpoint = json_object_get(step, "endpoint");
	const char *type = jsonx_string(step, "type", NULL);
	static const char *const codes[] = { "icmp", "icmpv6" };

	text_put(out, jsonx_string(step, "kind", "?"));
	if (type) {
		fputc(' ', out);
		text_put(out, type);
	}
	put_counts(out, step);
	for (size_t i = 0; i < 2; i++) {
		const json_t *code = json_object_get(step, codes[i]);

		if (json_is_integer(code))
			fprintf(out, " %s code %lld", codes[i],
				(long long)json_integer_value(code));
	}
	put_targets(out, plan, json_object_get(step, "targets"));
	put_list(out, " to ", json_object_get(step, "prefixes"));
	put_list(out, " from ", json_object_get(step, "sources"));
	put_list(out, " to ", json_object_get(step, "destinations"));
	if (json_is_integer(node)) {
		fputs(" at ", out);
		text_put(out, node_name(plan, node));
	}
	if (json_is_integer(endpoint)) {
		fputs(" of ", out);
		text_put(out, trial_endpoint(plan, endpoint));
	}
}
