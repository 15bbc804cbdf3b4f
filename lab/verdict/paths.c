// SPDX-License-Identifier: GPL-2.0-only
// Path states and primary paths over time, from what the endpoint itself was told.
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/address.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* States that SCTP_PEER_ADDR_CHANGE tells of (RFC 6458 6.1.2, RFC 7829 7.1; CONFIRMED is Linux's own). */
static const struct {
	const char *change, *state;
} changes[] = {
	{ "SCTP_ADDR_AVAILABLE", "ACTIVE" },	 { "SCTP_ADDR_CONFIRMED", "ACTIVE" },
	{ "SCTP_ADDR_UNREACHABLE", "INACTIVE" }, { "SCTP_ADDR_POTENTIALLY_FAILED", "PF" },
	{ "SCTP_ADDR_ADDED", "UNCONFIRMED" },	 { "SCTP_ADDR_REMOVED", "removed" },
};

/* Stands for the time of questions that are asked when all else is over. */
#define AT_END INT64_MAX

/* One time the endpoint was told a path's state. */
struct sighting {
	int64_t at_ns;
	size_t event;
	char state[24];
};

static const char *state_of(const char *name)
{
	return strncmp(name, "SCTP_", 5) == 0 ? name + 5 : name;
}

static void put_state(struct sighting *sighting, const char *name)
{
	snprintf(sighting->state, sizeof(sighting->state), "%s", state_of(name));
}

static bool is_path(const json_t *object, const char *address)
{
	return addresses_match(jsonx_string(object, "address", ""), address);
}

/* A question that is asked so much later than planned, on a busy host, is still of its time. */
#define LATE_NS (100 * NS_PER_MS)

/* True for a question for the paths that the plan has put at a time. */
static bool is_look(const json_t *step)
{
	return jsonx_is(step, "do", "command") && jsonx_is(step, "call", "paths") &&
	       json_is_integer(json_object_get(step, "at_ns"));
}

/* True when the question had to wait, for a call that did not return. */
static bool is_late(const json_t *step, const json_t *answer)
{
	return clamp_subtract(jsonx_int(answer, "start", 0), jsonx_int(step, "at_ns", 0)) > LATE_NS;
}

/* When an answer was true: at the time the plan put the question at, else when it was asked. */
static int64_t asked_ns(const json_t *plan, const json_t *event)
{
	size_t position;
	const json_t *step = trial_tagged(plan, event, &position);

	if (is_look(step) && !is_late(step, event))
		return jsonx_int(step, "at_ns", 0);
	return jsonx_int(event, "start", event_time_ns(event));
}

/* What one event tells of the path's state; false when nothing. */
static bool see_path(const json_t *plan, const json_t *event, const char *address,
		     struct sighting *sighting)
{
	const json_t *notification = event_notification(event), *path;
	size_t i;

	if (jsonx_is(notification, "type", "SCTP_PEER_ADDR_CHANGE")) {
		if (!is_path(notification, address))
			return false;
		for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			if (!jsonx_is(notification, "state", changes[i].change))
				continue;
			put_state(sighting, changes[i].state);
			sighting->at_ns = event_time_ns(event);
			return true;
		}
		return false;
	}
	if (jsonx_is(event, "event", "path")) {
		put_state(sighting, jsonx_string(event, "state", "of no known state"));
		sighting->at_ns = event_time_ns(event);
		return is_path(event, address);
	}
	path = json_object_get(event, "primary");
	if (!json_is_object(path) || !is_path(path, address)) {
		path = NULL;
		json_array_foreach(json_object_get(event, "paths"), i, path) {
			if (is_path(path, address))
				break;
		}
		if (i >= json_array_size(json_object_get(event, "paths")))
			return false;
	}
	put_state(sighting, jsonx_string(path, "state", "of no known state"));
	sighting->at_ns = asked_ns(plan, event);
	return true;
}

static size_t find_sightings(const struct trial *trial, const char *endpoint, const char *address,
			     struct sighting **sightings)
{
	size_t n = 0, i;
	const json_t *event;

	*sightings = calloc(json_array_size(trial->events) + 1, sizeof(**sightings));
	if (!*sightings)
		abort();
	json_array_foreach((json_t *)trial->events, i, event) {
		if (event_is_at(event, endpoint) &&
		    see_path(trial->plan, event, address, &(*sightings)[n]))
			(*sightings)[n++].event = i;
	}
	return n;
}

/* The last sighting at or before a time; n when there is none. */
static size_t sighting_at(const struct sighting *sightings, size_t n, int64_t at_ns)
{
	size_t last = n;

	for (size_t i = 0; i < n; i++) {
		if (sightings[i].at_ns <= at_ns)
			last = i;
	}
	return last;
}

static size_t first_in_state(const struct sighting *sightings, size_t n, const char *state,
			     int64_t by_ns)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(sightings[i].state, state) == 0 && sightings[i].at_ns <= by_ns)
			break;
	}
	return i;
}

/* The first sighting in another state; n when there is none. */
static size_t first_not_in_state(const struct sighting *sightings, size_t n, const char *state)
{
	size_t i = 0;

	while (i < n && strcmp(sightings[i].state, state) == 0)
		i++;
	return i;
}

/* "it was ACTIVE, since 0.04 s" of the sighting at [last]. (owned) */
static char *describe_sighting(const struct sighting *sightings, size_t n, size_t last)
{
	char text[NS_TEXT_SIZE];
	size_t since = last;

	if (last >= n)
		return text_format("its state was not known: the endpoint was never told");
	while (since > 0 && strcmp(sightings[since - 1].state, sightings[last].state) == 0)
		since--;
	return text_format("it was %s, seen so since %s", sightings[last].state,
			   format_ns_exact(sightings[since].at_ns, text));
}

/* Why a question for the paths brought nothing; NULL when it did. (owned) */
static char *describe_refusal(const json_t *step, const json_t *answer, const char *endpoint)
{
	char *result, *text, start[NS_TEXT_SIZE];

	if (!answer)
		return text_format("%s could not be asked for its paths: it had ended, or another "
				   "call of it had not returned",
				   endpoint);
	if (is_look(step) && is_late(step, answer))
		return text_format("%s could not be asked for its paths before %s, since another "
				   "call had not returned",
				   endpoint, format_ns_exact(jsonx_int(answer, "start", 0), start));
	if (jsonx_int(answer, "ret", -1) != -1)
		return NULL;
	result = show_result(answer);
	text = text_format("%s could not be asked for its paths: %s %s", endpoint,
			   jsonx_string(answer, "call", "it"), result);
	free(result);
	return text;
}

/*
 * The plan has the endpoint asked for its paths where an expectation needs it. Without that answer
 * what was told before is old news: the association may be gone. Returns why there is none (owned), or
 * NULL when the answer is there or nobody planned to ask.
 */
static char *find_refusal(const struct trial *trial, const char *endpoint, int64_t at_ns)
{
	char *first = NULL, *text;
	const json_t *step;
	size_t i;

	json_array_foreach((json_t *)trial->steps, i, step) {
		if ((!jsonx_true(step, "observe") && !is_look(step)) ||
		    jsonx_int(step, "at_ns", AT_END) != at_ns ||
		    strcmp(trial_endpoint(trial->plan, json_object_get(step, "endpoint")),
			   endpoint) != 0)
			continue;
		text = describe_refusal(step, json_array_get(trial->events, trial->done[i]),
					endpoint);
		if (!text) {
			free(first);
			return NULL;
		}
		if (first)
			free(text);
		else
			first = text;
	}
	return first;
}

void judge_path(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const char *address = jsonx_string(expectation, "address", "");
	const char *state = state_of(jsonx_string(expectation, "state", ""));
	const char *word = json_is_integer(json_object_get(expectation, "by_ns")) ? "by" : "at";
	/* paths begin in these states: to have been in one once would hold of every path */
	bool initial = strcmp(state, "ACTIVE") == 0 || strcmp(state, "UNCONFIRMED") == 0;
	bool by = strcmp(word, "by") == 0 && !initial;
	bool never = jsonx_true(expectation, "never"), always = jsonx_true(expectation, "always");
	int64_t limit_ns =
		jsonx_int(expectation, "by_ns", jsonx_int(expectation, "at_ns", trial->end_ns));
	struct sighting *sightings;
	size_t n = find_sightings(trial, endpoint, address, &sightings), last, first;
	char when[NS_TEXT_SIZE], later[NS_TEXT_SIZE];
	char *observed = NULL;
	size_t event = NO_EVENT;
	int64_t at_ns = limit_ns;

	format_ns_exact(limit_ns, when);
	last = sighting_at(sightings, n, limit_ns);
	first = first_in_state(sightings, n, state, by ? limit_ns : INT64_MAX);
	if (!by)
		observed = find_refusal(trial, endpoint,
					jsonx_int(expectation, "by_ns",
						  jsonx_int(expectation, "at_ns", AT_END)));
	if (observed) {
		event = NO_EVENT;
	} else if (never) {
		/* of a path nobody ever heard of, nothing was shown */
		if (n == 0)
			observed = describe_sighting(sightings, n, n);
		else if (first < n)
			observed = text_format("it became %s at %s", state,
					       format_ns_exact(sightings[first].at_ns, later));
		event = first < n ? sightings[first].event : NO_EVENT;
	} else if (always) {
		last = first_not_in_state(sightings, n, state);
		if (n == 0 || last < n)
			observed =
				n == 0 ? describe_sighting(sightings, n, n) :
					 text_format("it was %s at %s", sightings[last].state,
						     format_ns_exact(sightings[last].at_ns, later));
		event = last < n ? sightings[last].event : NO_EVENT;
	} else if (by && first >= n) {
		observed = describe_sighting(sightings, n, last);
		first = first_in_state(sightings, n, state, INT64_MAX);
		if (first < n) {
			free(observed);
			observed = text_format("it became %s only at %s", state,
					       format_ns_exact(sightings[first].at_ns, later));
			event = sightings[first].event;
		}
	} else if (!by && (last >= n || strcmp(sightings[last].state, state) != 0)) {
		observed = describe_sighting(sightings, n, last);
		event = last < n ? sightings[last].event : NO_EVENT;
	}
	if (observed) {
		char *named = name_and_address(trial->plan, address);

		if (event != NO_EVENT && (by || never || always))
			at_ns = event_time_ns(json_array_get(trial->events, event));
		trial_add(trial, FAILS, expectation, event, at_ns,
			  never || always ?
				  text_format("the path to %s at %s %s to be %s", named, endpoint,
					      never ? "never" : "always", state) :
				  text_format("the path to %s at %s to be %s %s %s", named,
					      endpoint, state, word, when),
			  observed);
		if (!never && !always)
			trial_limit(trial, limit_ns);
		free(named);
	}
	free(sightings);
}

void judge_primary(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const char *address = jsonx_string(expectation, "address", "");
	int64_t at_ns = jsonx_int(expectation, "at_ns", AT_END);
	char *observed = find_refusal(trial, endpoint, at_ns);
	const char *primary = NULL;
	size_t last = NO_EVENT, i;
	char text[NS_TEXT_SIZE];
	const json_t *event;

	json_array_foreach((json_t *)trial->events, i, event) {
		const char *named = answer_primary(event);

		if (named && event_is_at(event, endpoint) &&
		    asked_ns(trial->plan, event) <= at_ns) {
			primary = named;
			last = i;
		}
	}
	char *wanted, *named;

	if (!observed && primary && addresses_match(primary, address))
		return;
	wanted = name_and_address(trial->plan, address);
	named = name_and_address(trial->plan, primary ? primary : "");
	if (!observed)
		observed = primary ? text_format("it was %s", named) :
				     text_format("no answer of paths or status by then names one");
	if (at_ns == AT_END)
		at_ns = trial->end_ns;
	trial_add(trial, FAILS, expectation, last,
		  primary ? event_time_ns(json_array_get(trial->events, last)) : at_ns,
		  text_format("the primary path at %s to be %s at %s", endpoint, wanted,
			      format_ns_exact(at_ns, text)),
		  observed);
	free(wanted);
	free(named);
}
