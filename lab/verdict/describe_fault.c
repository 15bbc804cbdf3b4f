// SPDX-License-Identifier: GPL-2.0-only
// A fault of the plan in words.
#include "lab/verdict/describe_fault.h"

#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <ctype.h>
#include <stdlib.h>
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

/* `of` goes between link and node where one end is meant: some faults are at an end, others on a way. */
static void put_targets(FILE *out, const json_t *plan, const json_t *targets, const char *of)
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
			fputs(of, out);
			text_put(out, node_name(plan, json_object_get(at_a ? a : b, "node")));
		}
		separator = ", ";
	}
}

/* Addresses by their names; of a route to one address alone its prefix length says nothing. */
static void put_addresses(FILE *out, const json_t *plan, const char *before, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		const char *text = json_string_value(item) ?: "?", *slash = strchr(text, '/');
		char *bare = slash && (strcmp(slash, "/32") == 0 || strcmp(slash, "/128") == 0) ?
				     text_format("%.*s", (int)(slash - text), text) :
				     text_format("%s", text);
		char *name = name_address(plan, bare);

		fputs(i ? ", " : before, out);
		text_put(out, name);
		free(name);
		free(bare);
	}
}

/* The RFC's name of a chunk: "COOKIE ECHO" of nft's "cookie-echo". */
static void put_chunk(FILE *out, const char *chunk)
{
	char *name = text_format("%s", chunk);

	for (char *at = name; *at; at++)
		*at = *at == '-' ? ' ' : (char)toupper((unsigned char)*at);
	text_put(out, name);
	free(name);
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
	if (chunk)
		put_chunk(out, chunk);
	else
		fprintf(out, "packet%s", count == 1 ? "" : "s");
	if (skip)
		fprintf(out, " after the first %lld", (long long)skip);
}

/* With what a packet is rejected: the scenario's word, else the codes. */
static void put_codes(FILE *out, const json_t *step)
{
	static const char *const codes[] = { "icmp", "icmpv6" };
	const char *word = jsonx_string(step, "with", NULL), *separator = " with ";

	if (word) {
		fputs(separator, out);
		text_put(out, word);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const json_t *code = json_object_get(step, codes[i]);

		if (!json_is_integer(code))
			continue;
		fprintf(out, "%s%s code %lld", separator, codes[i],
			(long long)json_integer_value(code));
		separator = ", ";
	}
}

void describe_fault(FILE *out, const json_t *plan, const json_t *step)
{
	const json_t *node = json_object_get(step, "node");
	const json_t *endpoint = json_object_get(step, "endpoint");
	const char *type = jsonx_string(step, "type", NULL);
	const char *kind = jsonx_string(step, "kind", "?");
	bool at_end = strcmp(kind, "link-down") == 0 || strcmp(kind, "dead-neighbour") == 0;

	text_put(out, kind);
	if (type) {
		fputc('-', out);
		text_put(out, type);
	}
	put_counts(out, step);
	put_codes(out, step);
	put_targets(out, plan, json_object_get(step, "targets"), at_end ? " at " : " towards ");
	put_addresses(out, plan, " to ", json_object_get(step, "prefixes"));
	put_addresses(out, plan, " from ", json_object_get(step, "sources"));
	put_addresses(out, plan, " to ", json_object_get(step, "destinations"));
	if (json_is_integer(node)) {
		fputs(" at ", out);
		text_put(out, node_name(plan, node));
	}
	if (json_is_integer(endpoint)) {
		fputs(strcmp(kind, "crash") == 0 ? " of " : " at ", out);
		text_put(out, trial_endpoint(plan, endpoint));
	}
}

void describe_heal(FILE *out, const json_t *plan, const json_t *step)
{
	bool crash = jsonx_is(step, "kind", "crash");

	if (!crash && !jsonx_is(step, "kind", "no-listener")) {
		describe_fault(out, plan, step);
		return;
	}
	text_put(out, trial_endpoint(plan, json_object_get(step, "endpoint")));
	fputs(crash ? " started again" : " listens again", out);
}
