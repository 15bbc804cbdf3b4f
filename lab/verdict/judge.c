// SPDX-License-Identifier: GPL-2.0-only
// A run's verdict: how it ended, then set-up, steps, processes and expectations, part by part.
#define _GNU_SOURCE 1
#include "lab/verdict/verdict.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

const char *verdict_name(enum verdict_status status)
{
	return status == VERDICT_PASS ? "ok" : status == VERDICT_FAIL ? "FAIL" : "VOID";
}

/* Finds each step's event and answer, once; scenarios with long traffic have 100 000 events. */
static void index_events(struct trial *trial)
{
	size_t n = json_array_size(trial->steps), position, i;
	const json_t *event;

	trial->started = malloc((n + 1) * sizeof(*trial->started));
	trial->done = malloc((n + 1) * sizeof(*trial->done));
	if (!trial->started || !trial->done)
		abort();
	for (i = 0; i < n; i++)
		trial->started[i] = trial->done[i] = NO_EVENT;
	json_array_foreach((json_t *)trial->events, i, event) {
		const char *kind = jsonx_string(event, "event", "");
		bool call = strcmp(kind, "call") == 0;
		size_t *slots = strcmp(kind, "step") == 0 ? trial->started : trial->done;
		size_t *slot;

		if (!call && strcmp(kind, "step") != 0 && strcmp(kind, "fault") != 0 &&
		    strcmp(kind, "heal") != 0 && strcmp(kind, "start") != 0 &&
		    strcmp(kind, "input") != 0)
			continue;
		if (!(call ? trial_tagged(trial->plan, event, &position) :
			     trial_step(trial->plan, jsonx_int(event, "step", -1), &position)))
			continue;
		slot = &slots[position];
		/* the first answer is the call's own; traffic speaks a second time at its end */
		if (*slot == NO_EVENT)
			*slot = i;
	}
}

/* Scenario time from the first event to the last. */
static void measure_time(struct trial *trial)
{
	size_t n = json_array_size(trial->events);
	int64_t first = event_time_ns(json_array_get(trial->events, 0));
	int64_t last = NS_NEVER;

	for (size_t i = n; i-- > 0 && last == NS_NEVER;)
		last = event_time_ns(json_array_get(trial->events, i));
	trial->end_ns = last == NS_NEVER ? 0 : last;
	if (first != NS_NEVER && last != NS_NEVER && last > first)
		trial->out->virtual_ns = clamp_subtract(last, first);
}

/* What the last event before the silence was, as a phrase. (owned) */
static char *describe_last(const struct trial *trial)
{
	size_t n = json_array_size(trial->events), size;
	char *line = NULL, *phrase;

	while (n > 0 && !event_has_line(trial->plan, json_array_get(trial->events, n - 1)))
		n--;
	if (n > 0) {
		FILE *out = open_memstream(&line, &size);

		if (!out)
			abort();
		describe_event(out, trial->plan, json_array_get(trial->events, n - 1), 1);
		if (fclose(out) != 0)
			abort();
		phrase = text_format("the last thing seen was: %s", line + strspn(line, " "));
		free(line);
		return phrase;
	}
	return text_format("nothing was seen before");
}

bool guest_lacks_agent(const struct run_facts *facts)
{
	return facts->console_problem && strstr(facts->console_problem, "Requested init ");
}

/* A program may ask again and again, without sleeping, for what needs time to come. */
static bool has_unpaced_program(const json_t *plan)
{
	const json_t *endpoint, *program;
	size_t i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		program = json_object_get(endpoint, "program");
		if (program && !json_object_get(program, "call_ns"))
			return true;
	}
	return false;
}

static char *describe_end(const json_t *plan, const struct run_facts *facts)
{
	char text[NS_TEXT_SIZE];

	if (guest_lacks_agent(facts))
		return text_format(
			"the agent could not be started; was it rebuilt meanwhile? Build it "
			"with \"make programs\" and run again. The guest's kernel said: %s",
			facts->console_problem);
	if (facts->console_problem)
		return text_format(
			"the guest's kernel said: %s%s", facts->console_problem,
			strncmp(facts->console_problem, "Out of memory: ", 15) ?
				"" :
				"; `memory: 256MiB` or more in the scenario gives it more");
	if (facts->timed_out)
		return text_format(
			"the watchdog ended the guest, %s: no progress for %s of real time%s",
			facts->emulated ? "which computed or did nothing" :
					  "whose virtual time stood still",
			format_ns(facts->silent_real_ns, text),
			has_unpaced_program(plan) ?
				"; a program that asks again and again without sleeping needs "
				"\"call-time: 1ms\"" :
				"");
	if (WIFSIGNALED(facts->wait_status))
		return text_format("the guest was killed by SIG%s",
				   sigabbrev_np(WTERMSIG(facts->wait_status)) ?: "?");
	if (WEXITSTATUS(facts->wait_status))
		return text_format("the guest exited with status %d",
				   WEXITSTATUS(facts->wait_status));
	return text_format("the guest stopped before the run was over");
}

/* How the run ended, and whether that leaves anything to judge. */
static void judge_end(struct trial *trial)
{
	const struct run_facts *facts = trial->facts;
	bool begun = json_array_size(trial->events) > 0;
	bool guilty = (facts->console_problem && !guest_lacks_agent(facts)) || facts->timed_out;

	if (facts->trouble)
		trial_add(trial, VOIDS, NULL, NO_EVENT, trial->end_ns,
			  text_format("the laboratory to run the scenario"),
			  text_format("%s", facts->trouble));
	if (trial->complete) {
		if (guilty || facts->wait_status)
			trial_add(
				trial, FAILS, NULL, NO_EVENT, trial->end_ns,
				text_format("the guest to run and end without a fault of its own"),
				describe_end(trial->plan, facts));
		return;
	}
	if (facts->trouble && !guilty)
		return;
	char *how = describe_end(trial->plan, facts), *last = describe_last(trial);

	/* a kernel that dies is a finding; a guest that never got as far as the agent is not */
	trial_add(trial, begun || guilty ? FAILS : VOIDS, NULL, NO_EVENT, trial->end_ns,
		  text_format("the run to come to its end"), text_format("%s; %s", how, last));
	free(how);
	free(last);
}

/* What the agent says it could not do, and lines that are no events. */
static void judge_trouble(struct trial *trial)
{
	const json_t *event;
	size_t i;

	json_array_foreach((json_t *)trial->events, i, event) {
		const char *kind = jsonx_string(event, "event", "");
		const char *message = jsonx_string(event, "message", "no reason given");

		if (strcmp(kind, "trouble") == 0)
			trial_add(trial, VOIDS, NULL, i, event_time_ns(event),
				  text_format("the laboratory to do its work"),
				  text_format("%s", message));
		else if (strcmp(kind, "error") == 0)
			trial_add(trial, VOIDS, NULL, i, event_time_ns(event),
				  text_format("endpoint %s to understand its commands",
					      jsonx_string(event, "endpoint", "?")),
				  text_format("%s", message));
		else if (strcmp(kind, "garbled") == 0)
			trial_add(trial, VOIDS, NULL, i, NS_NEVER, text_format("one event a line"),
				  text_format("line %lld of the events is none",
					      (long long)jsonx_int(event, "line", 0)));
	}
}

void verdict_judge(const json_t *plan, const json_t *events, const struct packets *packets,
		   const struct run_facts *facts, struct verdict *out)
{
	static const struct run_facts nothing_known = { 0 };
	json_t *fitted = plan_for_kernel(plan, events);
	struct trial trial = {
		.plan = fitted,
		.steps = json_object_get(fitted, "steps"),
		.events = events,
		.packets = packets,
		.facts = facts ? facts : &nothing_known,
		.out = out,
	};
	size_t n = json_array_size(events);

	memset(out, 0, sizeof(*out));
	trial.complete = n > 0 && jsonx_is(json_array_get(events, n - 1), "event", "end");
	index_events(&trial);
	measure_time(&trial);
	judge_end(&trial);
	judge_trouble(&trial);
	judge_setup(&trial);
	judge_steps(&trial);
	judge_exits(&trial);
	judge_programs(&trial);
	/* of half a run, the expectations of the whole say nothing that is not said by now */
	if (trial.complete)
		judge_expectations(&trial);
	judge_cell(&trial);
	/* a guest that hung or whose kernel died is a finding, whatever else went wrong then */
	if ((trial.facts->console_problem && !guest_lacks_agent(trial.facts)) ||
	    trial.facts->timed_out)
		out->status = VERDICT_FAIL;
	else
		out->status = trial.voided ? VERDICT_VOID :
			      trial.failed ? VERDICT_FAIL :
					     VERDICT_PASS;
	describe_outcome(&trial, out->outcomes);
	free(trial.started);
	free(trial.done);
	json_decref(fitted);
}

void verdict_free(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->n; i++) {
		free(verdict->problems[i].text);
		free(verdict->problems[i].expected);
		free(verdict->problems[i].observed);
		free(verdict->problems[i].source);
	}
	free(verdict->problems);
	for (size_t i = 0; i < OUTCOMES; i++)
		free(verdict->outcomes[i]);
	memset(verdict, 0, sizeof(*verdict));
}
