// SPDX-License-Identifier: GPL-2.0-only
// The scenario's own expectations: which judge each kind has, and the one for notifications.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

static bool notification_matches(const json_t *expectation, const json_t *notification)
{
	const char *state = jsonx_string(expectation, "state", NULL);
	const char *address = jsonx_string(expectation, "address", NULL);

	return jsonx_is(notification, "type", jsonx_string(expectation, "type", "")) &&
	       (!state || jsonx_is(notification, "state", state)) &&
	       (!address || addresses_match(address, jsonx_string(notification, "address", "")));
}

/* "SCTP_PEER_ADDR_CHANGE SCTP_ADDR_UNREACHABLE of server.a (192.0.2.2) to come to client ..." (owned) */
static char *describe_notification(const struct trial *trial, const json_t *expectation,
				   const char *endpoint, int64_t from_ns, int64_t to_ns)
{
	const char *state = jsonx_string(expectation, "state", NULL);
	const char *address = jsonx_string(expectation, "address", NULL);
	char from[NS_TEXT_SIZE], to[NS_TEXT_SIZE];
	char *count = describe_count(json_object_get(expectation, "count"));
	char *named = address ? name_and_address(trial->plan, address) : NULL;
	char *text =
		text_format("%s%s%s%s%s to come to %s from %s to %s, %s",
			    jsonx_string(expectation, "type", "?"), state ? " " : "",
			    state ? state : "", named ? " of " : "", named ? named : "", endpoint,
			    format_ns_exact(from_ns, from), format_ns_exact(to_ns, to), count);

	free(named);
	free(count);
	return text;
}

static void judge_notification(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const json_t *count = json_object_get(expectation, "count"), *event;
	int64_t from_ns = jsonx_int(expectation, "from_ns", 0);
	int64_t to_ns = jsonx_int(expectation, "to_ns", INT64_MAX);
	int64_t n = 0, first_ns = 0, last_ns = 0, outside_ns = NS_NEVER;
	size_t last = NO_EVENT, i;
	char text[2][NS_TEXT_SIZE], *observed;

	json_array_foreach((json_t *)trial->events, i, event) {
		int64_t at_ns = event_time_ns(event);

		if (!event_is_at(event, endpoint) ||
		    !notification_matches(expectation, event_notification(event)))
			continue;
		if (at_ns < from_ns || at_ns > to_ns) {
			outside_ns = at_ns;
			continue;
		}
		if (n++ == 0)
			first_ns = at_ns;
		last_ns = at_ns;
		last = i;
	}
	/* none wished for is no wish at all: at least one */
	if (count ? range_holds(count, n) : n > 0)
		return;
	format_ns_exact(n ? first_ns : outside_ns, text[0]);
	format_ns_exact(last_ns, text[1]);
	if (n > 1)
		observed = text_format("%lld came, the first at %s, the last at %s", (long long)n,
				       text[0], text[1]);
	else if (n == 1)
		observed = text_format("1 came, at %s", text[0]);
	else if (outside_ns != NS_NEVER)
		observed = text_format("none came then, but one at %s", text[0]);
	else
		observed = text_format("none came");
	if (to_ns > trial->end_ns)
		to_ns = trial->end_ns;
	trial_add(trial, FAILS, expectation, last, n ? last_ns : to_ns,
		  describe_notification(trial, expectation, endpoint, from_ns, to_ns), observed);
}

/*
 * The keys of each kind. An expectation with another key is one the planner knows and the judge
 * does not: it must not hold by being overlooked.
 */
static const struct {
	const char *kind;
	void (*judge)(struct trial *trial, const json_t *expectation);
	const char *keys[12];
} kinds[] = {
	{ "path", judge_path, { "address", "state", "by_ns", "at_ns", "never", "always" } },
	{ "primary", judge_primary, { "address", "at_ns" } },
	{ "notification",
	  judge_notification,
	  { "type", "state", "address", "from_ns", "to_ns", "count" } },
	{ "latency", judge_latency, { "ns", "of", "sender" } },
	{ "delivered",
	  judge_delivered,
	  { "all", "count", "share_ppm", "in_order", "duplicates", "sender" } },
	{ "outage", judge_outage, { "ns", "sender" } },
	{ "packets",
	  judge_packets,
	  { "node", "carries", "destination", "local", "from_ns", "to_ns", "after", "count",
	    "times_ns" } },
	{ "output", judge_output, { "pattern", "stream", "from_ns", "to_ns", "count" } },
	{ "exit", judge_exit, { "status", "signal", "from_ns", "to_ns" } },
	{ "retransmissions",
	  judge_retransmissions,
	  { "node", "destination", "local", "from_ns", "to_ns", "after", "count" } },
	{ "predicted", judge_predicted, { "kinds" } },
};

static bool is_common_key(const char *key)
{
	static const char *const keys[] = {
		"kind", "endpoint", "line", "column", "text", "source"
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

static const char *find_unknown_key(const json_t *expectation, const char *const *keys)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)expectation, key, value) {
		if (is_common_key(key))
			continue;
		for (i = 0; keys[i] && strcmp(keys[i], key) != 0; i++)
			;
		if (!keys[i])
			return key;
	}
	return NULL;
}

static void judge_expectation(struct trial *trial, const json_t *expectation)
{
	const char *kind = jsonx_string(expectation, "kind", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *unknown;

		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		unknown = find_unknown_key(expectation, kinds[i].keys);
		if (unknown)
			trial_add(trial, VOIDS, expectation, NO_EVENT, trial->end_ns,
				  text_format("only expectations the verdict knows"),
				  text_format("\"%s\" is no key of the kind \"%s\"", unknown,
					      kind));
		else
			kinds[i].judge(trial, expectation);
		return;
	}
	trial_add(trial, VOIDS, expectation, NO_EVENT, trial->end_ns,
		  text_format("only expectations the verdict knows"),
		  text_format("the kind \"%s\" is none of them", kind));
}

void judge_expectations(struct trial *trial)
{
	const json_t *expectation;
	size_t i;

	json_array_foreach(json_object_get(trial->plan, "expect"), i, expectation)
		judge_expectation(trial, expectation);
}
