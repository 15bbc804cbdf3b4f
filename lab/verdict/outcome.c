// SPDX-License-Identifier: GPL-2.0-only
// What happened in a run, in the few words of a table's row: from the events alone.
#define _GNU_SOURCE 1
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/traffic.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A row tells of so many calls, and no more. */
#define MAX_CALLS 3

static void add(char **text, const char *separator, char *more)
{
	char *longer =
		*text ? text_format("%s%s%s", *text, separator, more) : text_format("%s", more);

	free(*text);
	free(more);
	*text = longer;
}

static bool is_connect(const char *call)
{
	return strcmp(call, "connectx") == 0 || strcmp(call, "connect") == 0;
}

/* " at once", " after 3.02 s", " in 3.02 s" */
static const char *describe_duration(const json_t *call, const char *word,
				     char buf[NS_TEXT_SIZE + 8])
{
	int64_t took = clamp_subtract(jsonx_int(call, "end", 0), jsonx_int(call, "start", 0));
	char text[NS_TEXT_SIZE];

	if (took < NS_PER_MS)
		return " at once";
	snprintf(buf, NS_TEXT_SIZE + 8, " %s %s", word, format_ns(took, text));
	return buf;
}

/* Index of the scenario's next answer of SO_ERROR for the same socket, NO_EVENT when none came. */
static size_t find_so_error(const struct trial *trial, size_t event)
{
	const json_t *call = json_array_get(trial->events, event);
	const char *endpoint = jsonx_string(call, "endpoint", "");
	const char *socket = jsonx_string(call, "socket", "");

	for (size_t i = event + 1; i < json_array_size(trial->events); i++) {
		const json_t *later = json_array_get(trial->events, i);
		const json_t *args = json_object_get(later, "args");

		if (jsonx_is(later, "call", "getsockopt") && event_is_at(later, endpoint) &&
		    jsonx_is(later, "socket", socket) &&
		    (jsonx_is(args, "option", "SO_ERROR") || jsonx_is(args, "name", "SO_ERROR")) &&
		    json_is_integer(json_object_get(later, "value")))
			return i;
	}
	return NO_EVENT;
}

/* Time of the first SCTP_COMM_UP at the endpoint from the call on; NS_NEVER when none came. */
static int64_t find_comm_up(const struct trial *trial, const char *endpoint, size_t event)
{
	int64_t since = jsonx_int(json_array_get(trial->events, event), "start", 0);

	for (size_t i = 0; i < json_array_size(trial->events); i++) {
		const json_t *later = json_array_get(trial->events, i);

		if (event_is_at(later, endpoint) && event_time_ns(later) >= since &&
		    jsonx_is(event_notification(later), "state", "SCTP_COMM_UP"))
			return event_time_ns(later);
	}
	return NS_NEVER;
}

static const char *find_primary(const struct trial *trial, const char *endpoint, size_t event)
{
	for (size_t i = event + 1; i < json_array_size(trial->events); i++) {
		const json_t *later = json_array_get(trial->events, i);
		const char *primary = answer_primary(later);

		if (primary && event_is_at(later, endpoint))
			return primary;
	}
	return NULL;
}

/* "192.0.2.2" of "192.0.2.2:5000", an IPv6 address of its brackets. */
static char *without_port(const char *address)
{
	const char *colon = strchr(address, ':');

	if (address[0] == '[')
		return text_format("%.*s", (int)strcspn(address + 1, "]"), address + 1);
	if (colon && !strchr(colon + 1, ':'))
		return text_format("%.*s", (int)(colon - address), address);
	return text_format("%s", address);
}

/* What became of an attempt that did not wait. (owned) */
static char *describe_later(const struct trial *trial, size_t event)
{
	const json_t *call = json_array_get(trial->events, event);
	size_t answer = find_so_error(trial, event);
	char text[NS_TEXT_SIZE];
	int64_t error, up;

	if (answer != NO_EVENT) {
		error = jsonx_int(json_array_get(trial->events, answer), "value", 0);
		if (error)
			return text_format("SO_ERROR %s", strerrorname_np((int)error) ?: "unknown");
	}
	up = find_comm_up(trial, jsonx_string(call, "endpoint", ""), event);
	if (up != NS_NEVER)
		return text_format("connected after %s",
				   format_ns(clamp_subtract(up, jsonx_int(call, "start", 0)),
					     text));
	return answer != NO_EVENT ? text_format("SO_ERROR 0") : NULL;
}

/* The last connect of a row also names the primary path; naming it for each is too long. */
static char *describe_connect(const struct trial *trial, size_t event, bool last)
{
	const json_t *call = json_array_get(trial->events, event);
	const char *name = jsonx_string(call, "errno", NULL), *primary;
	char duration[NS_TEXT_SIZE + 8], *text, *later, *bare;

	if (!name) {
		text = text_format("connected%s", describe_duration(call, "in", duration));
		primary = find_primary(trial, jsonx_string(call, "endpoint", ""), event);
		if (primary && last) {
			bare = without_port(primary);
			add(&text, ", primary ", bare);
		}
		return text;
	}
	if (strcmp(name, "EINPROGRESS") != 0)
		return text_format("%s%s", name, describe_duration(call, "after", duration));
	text = text_format("%s", name);
	later = describe_later(trial, event);
	if (later)
		add(&text, ", then ", later);
	return text;
}

static bool is_step_connect(const struct trial *trial, size_t event)
{
	const json_t *call = json_array_get(trial->events, event);
	size_t position;

	return jsonx_is(call, "event", "call") && is_connect(jsonx_string(call, "call", "")) &&
	       trial_tagged(trial->plan, call, &position);
}

/* The connect calls of the scenario's steps, in the order of their answers. */
static char *describe_connects(const struct trial *trial)
{
	size_t n = 0, seen = 0, events = json_array_size(trial->events);
	char *text = NULL;

	for (size_t i = 0; i < events; i++)
		n += is_step_connect(trial, i);
	for (size_t i = 0; i < events && seen < MAX_CALLS; i++) {
		if (!is_step_connect(trial, i))
			continue;
		seen++;
		add(&text, "; ", describe_connect(trial, i, seen == n));
	}
	if (n > MAX_CALLS)
		add(&text, "; ", text_format("%zu calls more", n - MAX_CALLS));
	return text;
}

/* A connect call that was made and has not returned. */
static char *describe_pending(const struct trial *trial)
{
	const json_t *step;
	char text[NS_TEXT_SIZE];
	size_t i;

	json_array_foreach((json_t *)trial->steps, i, step) {
		const char *call = jsonx_string(step, "call", "");

		if (is_connect(call) && trial->started[i] != NO_EVENT && trial->done[i] == NO_EVENT)
			return text_format("%s has not returned after %s", call,
					   format_ns(clamp_subtract(trial->end_ns,
								    event_time_ns(json_array_get(
									    trial->events,
									    trial->started[i]))),
						     text));
	}
	return NULL;
}

static char *describe_traffic(const struct trial *trial)
{
	const json_t *endpoint;
	char *text = NULL, gap[NS_TEXT_SIZE];
	size_t i;

	json_array_foreach(json_object_get(trial->plan, "endpoints"), i, endpoint) {
		struct traffic traffic;

		traffic_count(trial->plan, trial->events, jsonx_string(endpoint, "name", ""),
			      &traffic);
		if (clamp_add(traffic.sent, traffic.failed) == 0 && traffic.received == 0)
			continue;
		add(&text, ", ",
		    text_format("delivered %lld of %lld", (long long)traffic.received,
				(long long)clamp_add(traffic.sent, traffic.failed)));
		if (traffic.gap_ns >= 0)
			add(&text, ", longest gap ",
			    text_format("%s", format_ns(traffic.gap_ns, gap)));
	}
	return text;
}

/* For scenarios that connect nothing: the first call with an expectation, or that failed. */
static char *describe_first(const struct trial *trial)
{
	const json_t *step, *event, *failed = NULL;
	size_t i;

	json_array_foreach((json_t *)trial->events, i, event) {
		if (!failed && jsonx_is(event, "event", "call") &&
		    json_is_string(json_object_get(event, "errno")))
			failed = event;
	}
	json_array_foreach((json_t *)trial->steps, i, step) {
		if (!failed && json_object_get(step, "expect") && trial->done[i] != NO_EVENT)
			failed = json_array_get(trial->events, trial->done[i]);
	}
	if (!failed)
		return NULL;
	return text_format("%s: %s", jsonx_string(failed, "call", "?"),
			   jsonx_string(failed, "errno", "ok"));
}

/* How a run that was cut off ended. */
static char *describe_cut(const struct trial *trial)
{
	const struct run_facts *facts = trial->facts;

	if (facts->console_problem)
		return text_format("the guest's kernel failed");
	if (facts->timed_out)
		return text_format("the guest hung");
	if (trial->voided)
		return text_format("could not be run");
	if (WIFSIGNALED(facts->wait_status))
		return text_format("the guest was killed by SIG%s",
				   sigabbrev_np(WTERMSIG(facts->wait_status)) ?: "?");
	return text_format("the guest ended early");
}

char *outcome_of(const struct trial *trial)
{
	char *text, *more;

	if (trial->facts->console_problem || !trial->complete)
		return describe_cut(trial);
	if (trial->voided)
		return text_format("could not be run");
	text = describe_connects(trial);
	more = describe_pending(trial);
	if (more)
		add(&text, "; ", more);
	more = describe_traffic(trial);
	if (more)
		add(&text, "; ", more);
	return text ?: describe_first(trial) ?: text_format("nothing was called");
}
