// SPDX-License-Identifier: GPL-2.0-only
// Programs of one's own: output and ends that are expected, and those that became ready or not.
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* "none was", "1 was, at 3 s", "3 were, the first at 3 s, the last at 9 s" (owned) */
static char *describe_found(int64_t n, int64_t first_ns, int64_t last_ns, int64_t outside_ns)
{
	char first[NS_TEXT_SIZE], last[NS_TEXT_SIZE];

	format_ns_exact(n ? first_ns : outside_ns, first);
	format_ns_exact(last_ns, last);
	if (n > 1)
		return text_format("%lld came, the first at %s, the last at %s", (long long)n,
				   first, last);
	if (n == 1)
		return text_format("1 came, at %s", first);
	return outside_ns == NS_NEVER ? text_format("none came") :
					text_format("none came then, but one at %s", first);
}

void judge_output(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	const char *pattern = jsonx_string(expectation, "pattern", "");
	const char *stream = jsonx_string(expectation, "stream", NULL);
	const json_t *count = json_object_get(expectation, "count"), *event;
	int64_t from_ns = jsonx_int(expectation, "from_ns", 0);
	int64_t to_ns = jsonx_int(expectation, "to_ns", INT64_MAX);
	int64_t n = 0, first_ns = 0, last_ns = 0, outside_ns = NS_NEVER;
	char from[NS_TEXT_SIZE], to[NS_TEXT_SIZE], *times;
	size_t last = NO_EVENT, i;
	regex_t expression;

	if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB)) {
		trial_add(trial, VOIDS, expectation, NO_EVENT, trial->end_ns,
			  text_format("only expectations the verdict knows"),
			  text_format("\"%s\" is no regular expression", pattern));
		return;
	}
	json_array_foreach((json_t *)trial->events, i, event) {
		int64_t at_ns = event_time_ns(event);

		if (!jsonx_is(event, "event", "output") || !event_is_at(event, endpoint) ||
		    (stream && !jsonx_is(event, "stream", stream)) ||
		    regexec(&expression, jsonx_string(event, "text", ""), 0, NULL, 0))
			continue;
		/* what is written during the set-up comes before all that is expected, but it came */
		if ((at_ns < from_ns && from_ns > 0) || at_ns > to_ns) {
			outside_ns = at_ns;
			continue;
		}
		if (n++ == 0)
			first_ns = at_ns;
		last_ns = at_ns;
		last = i;
	}
	regfree(&expression);
	if (range_holds(count, n))
		return;
	times = describe_count(count);
	trial_add(trial, FAILS, expectation, last,
		  n			? last_ns :
		  to_ns > trial->end_ns ? trial->end_ns :
					  to_ns,
		  text_format("%s to write a line with \"%s\"%s%s from %s to %s, %s", endpoint,
			      pattern, stream ? " to " : "", stream ? stream : "",
			      format_ns_exact(from_ns, from), format_ns_exact(to_ns, to), times),
		  describe_found(n, first_ns, last_ns, outside_ns));
	free(times);
}

/* "status 0", "SIGTERM" (owned) */
static char *describe_way(const json_t *object)
{
	const char *signal = jsonx_string(object, "signal", NULL);

	if (signal)
		return text_format("%s", signal);
	return text_format("status %lld", (long long)jsonx_int(object, "status", 0));
}

/* The last end counts: what was started again may end again. */
void judge_exit(struct trial *trial, const json_t *expectation)
{
	const char *endpoint =
		trial_endpoint(trial->plan, json_object_get(expectation, "endpoint"));
	int64_t from_ns = jsonx_int(expectation, "from_ns", 0);
	int64_t to_ns = jsonx_int(expectation, "to_ns", INT64_MAX), at_ns = NS_NEVER;
	const json_t *event, *exit = NULL;
	char *wanted = describe_way(expectation), *found = NULL;
	char text[2][NS_TEXT_SIZE];
	size_t last = NO_EVENT, i;

	json_array_foreach((json_t *)trial->events, i, event) {
		if (!jsonx_is(event, "event", "exit") || !event_is_at(event, endpoint))
			continue;
		exit = event;
		at_ns = event_time_ns(event);
		last = i;
	}
	if (exit)
		found = describe_way(exit);
	if (!exit || strcmp(found, wanted) != 0 || at_ns < from_ns || at_ns > to_ns) {
		format_ns_exact(from_ns, text[0]);
		format_ns_exact(to_ns, text[1]);
		trial_add(trial, FAILS, expectation, last, exit ? at_ns : trial->end_ns,
			  text_format("%s to end with %s, from %s to %s", endpoint, wanted, text[0],
				      text[1]),
			  exit ? text_format("it ended with %s", found) :
				 text_format("it had not ended when the run did"));
	}
	free(wanted);
	free(found);
}

bool is_exit_expected(const json_t *plan, const char *endpoint)
{
	const json_t *expectation;
	size_t i;

	json_array_foreach(json_object_get(plan, "expect"), i, expectation) {
		if (jsonx_is(expectation, "kind", "exit") &&
		    strcmp(trial_endpoint(plan, json_object_get(expectation, "endpoint")),
			   endpoint) == 0)
			return true;
	}
	return false;
}

bool endpoint_is_program(const json_t *plan, const char *endpoint)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, item) {
		if (jsonx_is(item, "name", endpoint))
			return json_object_get(item, "program") != NULL;
	}
	return false;
}

/* True when a program started and did not become ready. */
static bool is_unready(const struct trial *trial, const char *endpoint)
{
	bool started = false;
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)trial->events, i, event) {
		if (!event_is_at(event, endpoint))
			continue;
		started |= jsonx_is(event, "event", "start") && jsonx_int(event, "ret", -1) == 0;
		if (jsonx_is(event, "event", "ready"))
			return false;
	}
	return started;
}

void judge_programs(struct trial *trial)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach(json_object_get(trial->plan, "endpoints"), i, endpoint) {
		const json_t *program = json_object_get(endpoint, "program");
		const json_t *ready = json_object_get(program, "ready");
		const char *name = jsonx_string(endpoint, "name", "?");

		if (!json_is_object(ready) || !trial->complete || !is_unready(trial, name))
			continue;
		trial_add(trial, FAILS, endpoint, NO_EVENT, trial->end_ns,
			  json_object_get(ready, "pattern") ?
				  text_format("%s to be ready: to write a line with \"%s\"", name,
					      jsonx_string(ready, "pattern", "")) :
				  text_format("%s to be ready: to listen at SCTP port %lld", name,
					      (long long)jsonx_int(ready, "listens", 0)),
			  text_format("it was not when the run ended"));
	}
}
