// SPDX-License-Identifier: GPL-2.0-only
// What happened in a run, in the few words of a table's row: from the events alone.
#define _GNU_SOURCE 1
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/names.h"
#include "lab/verdict/traffic.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* How much of an outcome is told. */
struct brevity {
	size_t calls; /* connect calls one by one; of the others their number */
	bool primary; /* the primary path, when the last call is told of */
	enum { CALL_FULL, CALL_SHORT, CALL_BARE } call;
	enum traffic_length { TRAFFIC_WHOLE, TRAFFIC_FULL, TRAFFIC_SHORT } traffic;
};

/* From the fullest to the shortest. Of a run with traffic the shorter ones tell of no calls. */
static const struct brevity levels[OUTCOMES] = {
	{ 3, true, CALL_FULL, TRAFFIC_WHOLE },	 { 3, true, CALL_FULL, TRAFFIC_FULL },
	{ 2, true, CALL_FULL, TRAFFIC_FULL },	 { 1, true, CALL_FULL, TRAFFIC_FULL },
	{ 0, false, CALL_FULL, TRAFFIC_FULL },	 { 0, false, CALL_FULL, TRAFFIC_SHORT },
	{ 0, false, CALL_SHORT, TRAFFIC_SHORT }, { 0, false, CALL_BARE, TRAFFIC_SHORT },
};

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
static void describe_duration(const json_t *call, const char *word, char buf[NS_TEXT_SIZE + 8])
{
	int64_t took = clamp_subtract(jsonx_int(call, "end", 0), jsonx_int(call, "start", 0));
	char text[NS_TEXT_SIZE];

	if (took < NS_PER_MS)
		snprintf(buf, NS_TEXT_SIZE + 8, " at once");
	else
		snprintf(buf, NS_TEXT_SIZE + 8, " %s %s", word, format_ns(took, text));
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

/* What became of an attempt that did not wait. (owned) */
static char *describe_later(const struct trial *trial, size_t event, const struct brevity *brevity)
{
	const json_t *call = json_array_get(trial->events, event);
	size_t answer = find_so_error(trial, event);
	bool full = brevity->call == CALL_FULL;
	char text[NS_TEXT_SIZE];
	int64_t error, up;

	if (answer != NO_EVENT) {
		error = jsonx_int(json_array_get(trial->events, answer), "value", 0);
		if (error)
			return text_format("%s%s", full ? "SO_ERROR " : "",
					   strerrorname_np((int)error) ?: "unknown");
	}
	up = find_comm_up(trial, jsonx_string(call, "endpoint", ""), event);
	if (up != NS_NEVER)
		return full ? text_format("connected after %s",
					  format_ns(clamp_subtract(up, jsonx_int(call, "start", 0)),
						    text)) :
			      text_format("connected");
	return answer != NO_EVENT ? text_format("SO_ERROR 0") : NULL;
}

/* The last connect of a row also names the primary path; naming it for each is too long. */
static char *describe_connect(const struct trial *trial, size_t event, bool last,
			      const struct brevity *brevity)
{
	const json_t *call = json_array_get(trial->events, event);
	const char *name = jsonx_string(call, "errno", NULL), *primary;
	char duration[NS_TEXT_SIZE + 8] = "", *text, *later;

	if (brevity->call != CALL_BARE)
		describe_duration(call, name ? "after" : "in", duration);
	if (!name) {
		text = text_format("connected%s", duration);
		primary = find_primary(trial, jsonx_string(call, "endpoint", ""), event);
		if (primary && last && brevity->primary)
			add(&text, ", primary ", name_address(trial->plan, primary));
		return text;
	}
	if (strcmp(name, "EINPROGRESS") != 0)
		return text_format("%s%s", name, duration);
	text = text_format("%s", name);
	later = describe_later(trial, event, brevity);
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

/* What outcomes are made of, found once for all of them. */
struct findings {
	size_t *connects; /* (owned) events: the connect calls of steps, in the order of their answers */
	size_t n_connects;
	char *pending;			  /* (owned) or NULL */
	char *traffic[TRAFFIC_SHORT + 1]; /* (owned) by length, or NULL */
};

static void find_connects(const struct trial *trial, struct findings *findings)
{
	size_t n = json_array_size(trial->events);

	findings->connects = calloc(n + 1, sizeof(*findings->connects));
	if (!findings->connects)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (is_step_connect(trial, i))
			findings->connects[findings->n_connects++] = i;
	}
}

static char *describe_connects(const struct trial *trial, const struct findings *findings,
			       size_t max, const struct brevity *brevity)
{
	size_t n = findings->n_connects;
	char *text = NULL;

	for (size_t i = 0; i < n && i < max; i++)
		add(&text, "; ",
		    describe_connect(trial, findings->connects[i], i + 1 == n, brevity));
	if (max > 0 && n > max)
		add(&text, "; ", text_format("%zu more call%s", n - max, n - max == 1 ? "" : "s"));
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

/* "delivered 4 of 4, longest gap 3 s, latency 20 ms to 1.04 s", in so many words. (owned) */
static char *describe_traffic(const struct traffic *traffic, enum traffic_length length)
{
	char gap[NS_TEXT_SIZE], low[NS_TEXT_SIZE], high[NS_TEXT_SIZE];
	char *text = text_format("delivered %lld of %lld", (long long)traffic->received,
				 (long long)clamp_add(traffic->sent, traffic->failed));

	if (traffic->gap_ns >= 0)
		add(&text, length == TRAFFIC_SHORT ? ", gap " : ", longest gap ",
		    text_format("%s", format_ns(traffic->gap_ns, gap)));
	if (length == TRAFFIC_WHOLE && traffic->received > 0) {
		format_ns(traffic->latency[LATENCY_MIN].ns, low);
		format_ns(traffic->latency[LATENCY_MAX].ns, high);
		add(&text, ", latency ",
		    strcmp(low, high) == 0 ? text_format("%s", low) :
					     text_format("%s to %s", low, high));
	}
	if (traffic->reordered > 0 && length != TRAFFIC_SHORT)
		add(&text, ", ", text_format("%lld out of order", (long long)traffic->reordered));
	if (traffic->duplicates > 0 && length != TRAFFIC_SHORT)
		add(&text, ", ", text_format("%lld twice", (long long)traffic->duplicates));
	return text;
}

static bool has_traffic(const struct traffic *traffic)
{
	return clamp_add(traffic->sent, traffic->failed) > 0 || traffic->received > 0;
}

/* One receiver's traffic after the other; by name where there are several. */
static void find_traffic(const struct trial *trial, char *texts[TRAFFIC_SHORT + 1])
{
	const json_t *endpoints = json_object_get(trial->plan, "endpoints"), *endpoint;
	struct traffic *all = calloc(json_array_size(endpoints) + 1, sizeof(*all));
	size_t receivers = 0, i;

	if (!all)
		abort();
	json_array_foreach((json_t *)endpoints, i, endpoint) {
		const struct direction direction = { jsonx_string(endpoint, "name", ""), NULL };

		traffic_count(trial->plan, trial->events, &direction, &all[i]);
		receivers += has_traffic(&all[i]);
	}
	json_array_foreach((json_t *)endpoints, i, endpoint) {
		for (int length = TRAFFIC_WHOLE; length <= TRAFFIC_SHORT && has_traffic(&all[i]);
		     length++) {
			char *text = describe_traffic(&all[i], length);

			if (receivers > 1) {
				char *named = text_format("%s: %s",
							  jsonx_string(endpoint, "name", ""), text);

				free(text);
				text = named;
			}
			add(&texts[length], receivers > 1 ? "; " : ", ", text);
		}
	}
	free(all);
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

/* Bytes of a line of output that are told in a row. */
#define OUTCOME_LINE_MAX 60

/*
 * For scenarios of programs alone: the last that the one which ended last wrote, and how it ended where that
 * says something.
 */
static char *describe_program(const struct trial *trial)
{
	const json_t *event, *exit = NULL, *line = NULL;
	char how[64] = "";
	const char *name;
	size_t i;

	json_array_foreach((json_t *)trial->events, i, event) {
		if (jsonx_is(event, "event", "exit"))
			exit = event;
	}
	name = exit ? jsonx_string(exit, "endpoint", "?") : NULL;
	json_array_foreach((json_t *)trial->events, i, event) {
		if (jsonx_is(event, "event", "output") && *jsonx_string(event, "text", "") &&
		    (!name || event_is_at(event, name)))
			line = event;
	}
	if (jsonx_string(exit, "signal", NULL))
		snprintf(how, sizeof(how), ", killed by %s", jsonx_string(exit, "signal", ""));
	else if (jsonx_int(exit, "status", 0) != 0)
		snprintf(how, sizeof(how), ", status %d", (int)jsonx_int(exit, "status", 0));
	if (line)
		return text_format("%s: %.*s%s", jsonx_string(line, "endpoint", "?"),
				   OUTCOME_LINE_MAX, jsonx_string(line, "text", ""), how);
	return name ? text_format("%s ended%s", name, how) : NULL;
}

/* How a run that was cut off ended. */
static char *describe_cut(const struct trial *trial)
{
	const struct run_facts *facts = trial->facts;

	if (facts->console_problem && !guest_lacks_agent(facts))
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

static char *describe(const struct trial *trial, const struct findings *findings,
		      const struct brevity *brevity)
{
	const char *traffic = findings->traffic[brevity->traffic];
	char *text = describe_connects(trial, findings,
				       traffic || brevity->calls ? brevity->calls : 1, brevity);

	if (findings->pending)
		add(&text, "; ", text_format("%s", findings->pending));
	if (traffic)
		add(&text, "; ", text_format("%s", traffic));
	return text			       ?:
		       describe_first(trial)   ?:
		       describe_program(trial) ?:
						 text_format("nothing was called");
}

void describe_outcome(const struct trial *trial, char *outcomes[OUTCOMES])
{
	struct findings findings = { 0 };
	bool cut = trial->facts->console_problem || !trial->complete;

	if (!cut && !trial->voided) {
		find_connects(trial, &findings);
		find_traffic(trial, findings.traffic);
		findings.pending = describe_pending(trial);
	}
	for (size_t i = 0; i < OUTCOMES; i++)
		outcomes[i] = cut	    ? describe_cut(trial) :
			      trial->voided ? text_format("could not be run") :
					      describe(trial, &findings, &levels[i]);
	free(findings.connects);
	free(findings.pending);
	for (int length = TRAFFIC_WHOLE; length <= TRAFFIC_SHORT; length++)
		free(findings.traffic[length]);
}
