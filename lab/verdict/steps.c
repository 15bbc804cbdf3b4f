// SPDX-License-Identifier: GPL-2.0-only
// Set-up, steps and processes of a run: each carried out, answered and as expected, or a problem.
#define _GNU_SOURCE 1
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

static bool failed(const json_t *answer)
{
	return jsonx_int(answer, "ret", -1) == -1 ||
	       json_is_string(json_object_get(answer, "errno"));
}

/* One endpoint's set-up: an endpoint that was restarted answers it several times. */
static void judge_endpoint_setup(struct trial *trial, const json_t *endpoint)
{
	const json_t *commands = json_object_get(endpoint, "setup"), *event, *command;
	const char *name = jsonx_string(endpoint, "name", "?");
	size_t n = json_array_size(commands), i;
	bool *answered = calloc(n + 1, sizeof(*answered));

	if (!answered)
		abort();
	json_array_foreach((json_t *)trial->events, i, event) {
		const char *tag = jsonx_string(event, "tag", "");
		unsigned int number;
		char *result;
		int length = 0;

		if (!jsonx_is(event, "event", "call") || !event_is_at(event, name) ||
		    sscanf(tag, "setup.%u%n", &number, &length) != 1 || tag[length] != '\0' ||
		    number >= n)
			continue;
		answered[number] = true;
		if (!failed(event))
			continue;
		result = show_result(event);
		trial_add(trial, FAILS, endpoint, i, event_time_ns(event),
			  text_format("endpoint %s to be set up with \"%s\"", name,
				      json_string_value(json_array_get(commands, number)) ?: "?"),
			  text_format("the endpoint could not be set up: %s %s",
				      jsonx_string(event, "call", "it"), result));
		free(result);
	}
	json_array_foreach((json_t *)commands, i, command) {
		if (!answered[i] && trial->complete)
			trial_add(trial, FAILS, endpoint, NO_EVENT, trial->end_ns,
				  text_format("endpoint %s to be set up with \"%s\"", name,
					      json_string_value(command) ?: "?"),
				  text_format("the command was never answered"));
	}
	free(answered);
}

void judge_setup(struct trial *trial)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach(json_object_get(trial->plan, "endpoints"), i, endpoint)
		judge_endpoint_setup(trial, endpoint);
}

/* The first exit of an endpoint at or after an event; NULL when it lived on. */
static const json_t *exit_after(const struct trial *trial, const char *endpoint, size_t event)
{
	for (size_t i = event; i < json_array_size(trial->events); i++) {
		const json_t *at = json_array_get(trial->events, i);

		if (jsonx_is(at, "event", "exit") && event_is_at(at, endpoint))
			return at;
	}
	return NULL;
}

/* Why a step was not carried out, as far as the plan tells. (owned) */
static char *describe_missing(const struct trial *trial, const json_t *step)
{
	const json_t *after = json_object_get(step, "after"), *when = json_object_get(step, "when");
	const char *event = jsonx_string(after, "event", "?");
	const json_t *endpoint = json_object_get(after, "endpoint");
	char end[NS_TEXT_SIZE], at[NS_TEXT_SIZE];

	format_seconds(trial->end_ns, end);
	if (json_is_string(json_object_get(when, "pattern")))
		return text_format(
			"it was not carried out by the end of the run at %s: no line with \"%s\" of %s "
			"came after the step above",
			end, jsonx_string(when, "pattern", "?"),
			trial_endpoint(trial->plan, json_object_get(when, "endpoint")));
	if (json_is_object(when))
		return text_format(
			"it was not carried out by the end of the run at %s: the path to %s "
			"at %s was not found in the state %s in time",
			end, jsonx_string(when, "address", "?"),
			trial_endpoint(trial->plan, json_object_get(when, "endpoint")),
			jsonx_string(when, "state", "?"));
	if (!after)
		return text_format("it was not carried out by the end of the run at %s, although "
				   "its time is %s",
				   end, format_ns_exact(jsonx_int(step, "at_ns", 0), at));
	if (strcmp(event, "done") == 0) {
		size_t position;
		const json_t *other =
			trial_step(trial->plan, jsonx_int(after, "step", -1), &position);

		return text_format("it was not carried out by the end of the run at %s: what it "
				   "waits for, the end of \"%s\" in line %d, did not come in time",
				   end, jsonx_string(other, "text", "?"),
				   (int)jsonx_int(other, "line", 0));
	}
	return text_format("it was not carried out by the end of the run at %s: what it waits for, "
			   "\"%s\" at %s, did not come in time",
			   end, event,
			   json_is_integer(endpoint) ? trial_endpoint(trial->plan, endpoint) :
						       "any endpoint");
}

/* The event in which traffic says what it sent; NO_EVENT when it never did. */
static size_t find_traffic_end(const struct trial *trial, const char *endpoint, size_t answer)
{
	const char *tag = jsonx_string(json_array_get(trial->events, answer), "tag", "");

	for (size_t i = answer; i < json_array_size(trial->events); i++) {
		const json_t *event = json_array_get(trial->events, i);

		if (jsonx_is(event, "event", "traffic") && event_is_at(event, endpoint) &&
		    jsonx_is(event, "tag", tag))
			return i;
	}
	return NO_EVENT;
}

/* Of what is expected of traffic: what its end tells, or what its first answer does. (owned) */
static json_t *pick_expect(const json_t *expect, bool of_end)
{
	json_t *picked = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)expect, key, value) {
		if (tells_end_of_traffic(key) == of_end)
			json_object_set(picked, key, value);
	}
	return picked;
}

/* Traffic speaks twice: at once, and when it is over. */
static void judge_traffic(struct trial *trial, const json_t *step, size_t answer)
{
	const char *endpoint = trial_endpoint(trial->plan, json_object_get(step, "endpoint"));
	const json_t *expect = json_object_get(step, "expect");
	json_t *at_once = pick_expect(expect, false), *at_end = pick_expect(expect, true);
	size_t end = find_traffic_end(trial, endpoint, answer);

	judge_answer(trial, step, at_once, answer);
	if (end != NO_EVENT)
		judge_answer(trial, step, at_end, end);
	else if (trial->complete && !failed(json_array_get(trial->events, answer)) &&
		 (json_object_size(at_end) > 0 || !exit_after(trial, endpoint, answer)))
		trial_add(trial, FAILS, step, NO_EVENT, trial->end_ns,
			  text_format("the traffic to come to its end"),
			  exit_after(trial, endpoint, answer) ?
				  text_format("%s ended before it did", endpoint) :
				  text_format("it was still going on when the run ended"));
	json_decref(at_once);
	json_decref(at_end);
}

/* A call of the same endpoint before that one that has not returned either; NULL when there is none. */
static const json_t *find_blocker(const struct trial *trial, size_t position)
{
	const json_t *endpoint =
		json_object_get(json_array_get(trial->steps, position), "endpoint");
	const json_t *step, *first = NULL;
	size_t earliest = trial->started[position], i;

	json_array_foreach((json_t *)trial->steps, i, step) {
		if (jsonx_is(step, "do", "command") && trial->started[i] < earliest &&
		    trial->done[i] == NO_EVENT &&
		    json_equal(json_object_get(step, "endpoint"), endpoint)) {
			earliest = trial->started[i];
			first = step;
		}
	}
	return first;
}

/* Why a command that was handed over has no answer. (owned) */
static char *describe_silence(const struct trial *trial, size_t position, const char *endpoint,
			      const json_t *left)
{
	const json_t *blocker = find_blocker(trial, position);
	size_t started = trial->started[position];
	char since[NS_TEXT_SIZE], end[NS_TEXT_SIZE];

	format_seconds(event_time_ns(json_array_get(trial->events, started)), since);
	format_seconds(left ? event_time_ns(left) : trial->end_ns, end);
	if (blocker)
		return text_format(
			"it was not made, because %s in line %d had not returned when %s "
			"ended at %s",
			jsonx_string(blocker, "call", "the call"),
			(int)jsonx_int(blocker, "line", 0), left ? endpoint : "the run", end);
	return left ? text_format("%s ended at %s, before the call of %s had returned", endpoint,
				  end, since) :
		      text_format("the call of %s had not returned when the run ended at %s", since,
				  end);
}

static void judge_command(struct trial *trial, const json_t *step, size_t position)
{
	const json_t *expect = json_object_get(step, "expect"), *left;
	const char *call = jsonx_string(step, "call", "the command");
	const char *endpoint = trial_endpoint(trial->plan, json_object_get(step, "endpoint"));
	size_t started = trial->started[position], done = trial->done[position];
	char *expected, *observed;

	if (done != NO_EVENT) {
		const json_t *answer = json_array_get(trial->events, done);

		if (!event_is_at(answer, endpoint) || !jsonx_is(answer, "call", call))
			trial_add(trial, VOIDS, step, done, event_time_ns(answer),
				  text_format("%s to answer to %s", endpoint, call),
				  text_format("%s answered to %s",
					      jsonx_string(answer, "endpoint", "nobody"),
					      jsonx_string(answer, "call", "nothing")));
		else if (strcmp(call, "traffic") == 0)
			judge_traffic(trial, step, done);
		else if (expect)
			judge_answer(trial, step, expect, done);
		return;
	}
	/* what watches for an expectation is missed by that expectation, in its own words */
	if (!trial->complete || jsonx_true(step, "observe"))
		return;
	expected = describe_expect(trial->plan, call, expect);
	if (started == NO_EVENT) {
		trial_add(trial, FAILS, step, NO_EVENT, trial->end_ns, expected,
			  describe_missing(trial, step));
		return;
	}
	left = exit_after(trial, endpoint, started);
	if (json_is_false(json_object_get(expect, "answer")) || (!expect && left)) {
		free(expected);
		return;
	}
	observed = describe_silence(trial, position, endpoint, left);
	trial_add(trial, FAILS, step, NO_EVENT, trial->end_ns, expected, observed);
}

/* Faults, heals and signals: what the laboratory itself does; and what it does with programs, where it is these that fail. */
static void judge_deed(struct trial *trial, const json_t *step, size_t position)
{
	const char *deed = jsonx_string(step, "do", "?");
	size_t done = trial->done[position];
	const json_t *event = json_array_get(trial->events, done);
	bool of_program = strcmp(deed, "start") == 0 || strcmp(deed, "input") == 0;

	if (strcmp(deed, "signal") == 0)
		done = trial->started[position];
	if (done == NO_EVENT) {
		if (trial->complete)
			trial_add(trial, FAILS, step, NO_EVENT, trial->end_ns,
				  text_format("the %s to be carried out", deed),
				  describe_missing(trial, step));
		return;
	}
	if (event && (failed(event) || jsonx_int(event, "ret", -1) != 0))
		trial_add(
			trial, of_program ? FAILS : VOIDS, step, done, event_time_ns(event),
			text_format(of_program ? "the %s to be carried out" :
						 "the laboratory to carry out the %s",
				    deed),
			text_format("it could not: %s",
				    jsonx_string(event, "message",
						 jsonx_string(event, "errno", "no reason given"))));
}

void judge_steps(struct trial *trial)
{
	const json_t *step;
	size_t i;

	json_array_foreach((json_t *)trial->steps, i, step) {
		const char *deed = jsonx_string(step, "do", "");

		if (strcmp(deed, "command") == 0)
			judge_command(trial, step, i);
		else
			judge_deed(trial, step, i);
	}
}

/* True when a step before the exit was meant to end the endpoint's process that way. */
static bool is_deadly(const struct trial *trial, size_t position, const char *endpoint,
		      const json_t *exit, size_t exit_index)
{
	const json_t *step = json_array_get(trial->steps, position);
	const char *signal = sigabbrev_np((int)jsonx_int(step, "signal", 0));
	const char *how = jsonx_string(exit, "signal", "");

	if (trial->started[position] > exit_index ||
	    strcmp(trial_endpoint(trial->plan, json_object_get(step, "endpoint")), endpoint) != 0)
		return false;
	if (jsonx_is(step, "do", "fault") && jsonx_is(step, "kind", "crash"))
		return strcmp(how, "SIGKILL") == 0;
	return jsonx_is(step, "do", "signal") && signal && strncmp(how, "SIG", 3) == 0 &&
	       strcmp(how + 3, signal) == 0;
}

void judge_exits(struct trial *trial)
{
	size_t n = json_array_size(trial->steps), i, j;
	bool *spent = calloc(n + 1, sizeof(*spent)); /* each crash excuses one exit */
	const json_t *event;

	if (!spent)
		abort();
	json_array_foreach((json_t *)trial->events, i, event) {
		const char *endpoint = jsonx_string(event, "endpoint", "?");
		const char *signal = jsonx_string(event, "signal", NULL);
		int64_t status = jsonx_int(event, "status", 0);

		if (!jsonx_is(event, "event", "exit") || jsonx_true(event, "asked"))
			continue;
		for (j = 0; j < n; j++) {
			if (!spent[j] && is_deadly(trial, j, endpoint, event, i))
				break;
		}
		if (j < n) {
			spent[j] = true;
			continue;
		}
		if (endpoint_is_program(trial->plan, endpoint) &&
		    ((!signal && status == 0) || is_exit_expected(trial->plan, endpoint)))
			continue;
		trial_add(trial, FAILS, NULL, i, event_time_ns(event),
			  text_format("endpoint %s to live to the end of the run", endpoint),
			  signal ? text_format("its process was killed by %s", signal) :
				   text_format("its process ended with status %lld",
					       (long long)status));
	}
	free(spent);
}
