// SPDX-License-Identifier: GPL-2.0-only
// Output, readiness and ends of programs.
#include "lab/agent/program_events.h"

#include "lab/agent/programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a program may write from its start on, and what each line costs beside its bytes: all of it is held in memory. */
#define OUTPUT_MAX  (INT64_C(64) * 1024 * 1024)
#define OUTPUT_LINE 64

enum { WATCHED = PROGRAM_STREAMS + 1 }; /* descriptors of a program: its streams, and its end */

static const char *const stream_names[PROGRAM_STREAMS] = { "stdout", "stderr" };

struct speaker {
	struct timeline *timeline;
	size_t index;
};

void programs_watch(struct timeline *timeline, size_t endpoint)
{
	const struct program *program = timeline->lab->endpoints[endpoint].program;
	uint32_t value = WAIT_PROGRAM | (uint32_t)(endpoint * WATCHED);

	for (uint32_t i = 0; i < PROGRAM_STREAMS; i++)
		if (program->streams[i] >= 0)
			timeline_watch(timeline, program->streams[i], value + i);
	timeline_watch(timeline, program->end_fd, value + PROGRAM_STREAMS);
}

/* As text for JSON: what is no UTF-8 or a zero byte is a question mark. */
static json_t *make_text(const char *bytes, size_t length)
{
	char text[PROGRAM_LINE_MAX] = { 0 };
	json_t *json;

	for (size_t i = 0; i < length; i++)
		text[i] = bytes[i] ? bytes[i] : '?';
	json = json_stringn(text, length);
	if (json)
		return json;
	for (size_t i = 0; i < length; i++)
		if (text[i] & 0x80)
			text[i] = '?';
	return json_stringn(text, length);
}

static void tell_ready(struct timeline *timeline, size_t index)
{
	struct endpoint *endpoint = &timeline->lab->endpoints[index];

	endpoint->program->ready = true;
	events_add(timeline->events, "ready", json_pack("{s:s}", "endpoint", endpoint->plan->name));
	timeline_trigger(timeline, "ready", index, -1);
}

static bool is_carried_out(const struct plan *plan, int64_t id)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].id == id)
			return plan->steps[i].carried_out;
	return id < 0;
}

static void trigger_by_line(struct timeline *timeline, size_t index, const char *text)
{
	struct plan *plan = timeline->plan;

	timeline_trigger(timeline, "line", index, -1);
	for (size_t i = 0; i < plan->n_steps; i++) {
		struct step *step = &plan->steps[i];

		if (step->triggered || !step->line || (size_t)step->after_endpoint != index ||
		    !is_carried_out(plan, step->after_step) ||
		    regexec(step->line, text, 0, NULL, 0))
			continue;
		timeline_due(timeline, step);
	}
}

/* One that writes for ever lets no virtual time pass, and to the watchdog it is busy. */
static bool is_too_much(struct timeline *timeline, struct endpoint *endpoint, size_t length)
{
	int64_t *output = &endpoint->program->output;
	char text[256];

	if (*output > OUTPUT_MAX)
		return true;
	*output += (int64_t)length + OUTPUT_LINE;
	if (*output <= OUTPUT_MAX)
		return false;
	snprintf(
		text, sizeof(text),
		"program %s was ended: it wrote more than %d MiB, each line counted with %d bytes more",
		endpoint->plan->name, (int)(OUTPUT_MAX >> 20), OUTPUT_LINE);
	events_add(timeline->events, "trouble", json_pack("{s:s}", "message", text));
	endpoint_kill(endpoint);
	return true;
}

static void take_line(void *context, int stream, const char *bytes, size_t length, bool partial)
{
	struct speaker *speaker = context;
	struct timeline *timeline = speaker->timeline;
	struct endpoint *endpoint = &timeline->lab->endpoints[speaker->index];
	const regex_t *ready = endpoint->plan->program->ready_line;
	json_t *text, *event;

	if (is_too_much(timeline, endpoint, length))
		return;
	text = make_text(bytes, length);
	event = json_pack("{s:s, s:s, s:O}", "endpoint", endpoint->plan->name, "stream",
			  stream_names[stream], "text", text);
	if (partial)
		json_object_set_new(event, "partial", json_true());
	events_add(timeline->events, "output", event);
	if (ready && !endpoint->program->ready &&
	    !regexec(ready, json_string_value(text), 0, NULL, 0))
		tell_ready(timeline, speaker->index);
	trigger_by_line(timeline, speaker->index, json_string_value(text));
	json_decref(text);
}

void programs_take(struct timeline *timeline, uint32_t value)
{
	struct speaker speaker = { timeline, value / WATCHED };
	struct endpoint *endpoint = &timeline->lab->endpoints[speaker.index];
	int which = (int)(value % WATCHED);

	if (!endpoint->pid)
		return; /* told of in the same round as its end */
	if (which < PROGRAM_STREAMS)
		program_read(endpoint, which, take_line, &speaker);
	else
		timeline_tell_exit(timeline, speaker.index,
				   program_finish(endpoint, take_line, &speaker));
}

void programs_look(struct timeline *timeline)
{
	int64_t now;

	/* in virtual time even a look at the clock takes some */
	if (programs_next_look(timeline) == INT64_MAX)
		return;
	now = clock_ns();
	for (size_t i = 0; i < timeline->plan->n_endpoints; i++) {
		struct endpoint *endpoint = &timeline->lab->endpoints[i];

		if (program_next_look(endpoint) > now)
			continue;
		program_put_off_look(endpoint, now);
		if (program_listens(endpoint))
			tell_ready(timeline, i);
	}
}

int64_t programs_next_look(const struct timeline *timeline)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < timeline->plan->n_endpoints; i++) {
		int64_t look = program_next_look(&timeline->lab->endpoints[i]);

		if (look < next)
			next = look;
	}
	return next == INT64_MAX ? next : next - timeline->events->epoch_ns;
}

bool programs_awaited(const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->plan->n_endpoints; i++) {
		const struct program_plan *program = timeline->plan->endpoints[i].program;

		if (program && program->awaited && timeline->lab->endpoints[i].pid)
			return true;
	}
	return false;
}

static void tell_deed(struct timeline *timeline, const char *event, const struct step *step,
		      size_t endpoint, int error, const char *message)
{
	events_add(timeline->events, event,
		   json_pack("{s:I, s:s, s:i, s:s?, s:s?}", "step",
			     (json_int_t)(step ? step->id : -1), "endpoint",
			     timeline->plan->endpoints[endpoint].name, "ret", error ? -1 : 0,
			     "errno", error ? strerrorname_np(error) : NULL, "message",
			     error ? message : NULL));
}

int program_run_start(struct timeline *timeline, size_t endpoint, const struct step *step)
{
	int error = program_start(&timeline->lab->endpoints[endpoint], timeline->lab->net);

	tell_deed(timeline, "start", step, endpoint, error,
		  error == EBUSY ? "the program still runs" : strerror(error));
	if (!error)
		programs_watch(timeline, endpoint);
	return error;
}

void program_run_input(struct timeline *timeline, const struct step *step)
{
	int error = program_input(&timeline->lab->endpoints[step->endpoint], step->input);

	tell_deed(timeline, "input", step, step->endpoint, error,
		  error == EPIPE  ? "nobody reads the program's standard input any more" :
		  error == EAGAIN ? "the program has not read what it was given before" :
				    strerror(error));
}
