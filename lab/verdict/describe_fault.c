// SPDX-License-Identifier: GPL-2.0-only
// A fault of the plan in words.
#include "lab/verdict/describe_fault.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
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

/* What an impairment changes: "delay 2s, loss 5%". */
static void put_netem(FILE *out, const json_t *netem)
{
	static const struct {
		const char *key, *name, *unit;
		double of;
		bool is_time;
	} values[] = {
		{ "delay_ns", "delay", NULL, 1, true },
		{ "jitter_ns", "jitter", NULL, 1, true },
		{ "loss_ppm", "loss", "%", 1e4, false },
		{ "rate_bps", "rate", " bit/s", 1, false },
		{ "reorder_ppm", "reorder", "%", 1e4, false },
		{ "duplicate_ppm", "duplicate", "%", 1e4, false },
		{ "corrupt_ppm", "corrupt", "%", 1e4, false },
	};
	const char *separator = ": ";

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const json_t *value = json_object_get(netem, values[i].key);
		char text[NS_TEXT_SIZE];

		if (!json_is_integer(value))
			continue;
		fprintf(out, "%s%s ", separator, values[i].name);
		if (values[i].is_time)
			fputs(format_ns(json_integer_value(value), text), out);
		else
			fprintf(out, "%.10g%s", (double)json_integer_value(value) / values[i].of,
				values[i].unit);
		separator = ", ";
	}
}

/* Addresses of an end, without the length of their subnet. */
static void put_bare_addresses(FILE *out, const json_t *plan, const json_t *list)
{
	json_t *bare = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		const char *text = json_string_value(item) ?: "?";

		json_array_append_new(bare, json_stringn(text, strcspn(text, "/")));
	}
	put_addresses(out, plan, " ", bare);
	json_decref(bare);
}

/* The further values of kinds that are at an end. */
static void put_values(FILE *out, const json_t *step)
{
	const char *mode = jsonx_string(step, "mode", NULL);
	const char *interface = jsonx_string(step, "interface", "all");

	if (mode) {
		fputc(' ', out);
		text_put(out, mode);
	}
	if (strcmp(interface, "all") != 0) {
		fputs(" on link ", out);
		text_put(out, interface);
	}
	if (json_is_integer(json_object_get(step, "mtu")))
		fprintf(out, " %lld%s", (long long)jsonx_int(step, "mtu", 0),
			json_is_false(json_object_get(step, "icmp")) ? " without ICMP" : "");
}

/* True for a kind that is at an end of a link and not on the way over it. */
static bool is_at_end(const char *kind)
{
	static const char *const kinds[] = { "link-down", "dead-neighbour", "mtu",
					     "address-removed", "address-added" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], kind) == 0)
			return true;
	}
	return false;
}

void describe_fault(FILE *out, const json_t *plan, const json_t *step)
{
	const json_t *node = json_object_get(step, "node");
	const json_t *endpoint = json_object_get(step, "endpoint");
	const char *type = jsonx_string(step, "type", NULL);
	const char *kind = jsonx_string(step, "kind", "?");

	text_put(out, kind);
	if (type) {
		fputc('-', out);
		text_put(out, type);
	}
	put_bare_addresses(out, plan, json_object_get(step, "addresses"));
	put_values(out, step);
	put_counts(out, step);
	put_codes(out, step);
	put_targets(out, plan, json_object_get(step, "targets"),
		    is_at_end(kind) ? " at " : " towards ");
	put_netem(out, json_object_get(step, "netem"));
	put_addresses(out, plan, " to ", json_object_get(step, "prefixes"));
	put_addresses(out, plan, " from ", json_object_get(step, "sources"));
	put_addresses(out, plan, " to ", json_object_get(step, "destinations"));
	if (json_is_integer(node)) {
		fputs(" at ", out);
		text_put(out, node_name(plan, node));
	}
	if (json_is_integer(endpoint)) {
		fputs(strcmp(kind, "no-listener") == 0 ? " at " : " of ", out);
		text_put(out, trial_endpoint(plan, endpoint));
	}
}

void describe_heal(FILE *out, const json_t *plan, const json_t *step)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{ "crash", " started again" },
		{ "no-listener", " listens again" },
		{ "freeze", " goes on" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!jsonx_is(step, "kind", kinds[i].kind))
			continue;
		text_put(out, trial_endpoint(plan, json_object_get(step, "endpoint")));
		fputs(kinds[i].words, out);
		return;
	}
	describe_fault(out, plan, step);
}
