// SPDX-License-Identifier: GPL-2.0-only
// The run itself: one loop over the clock, the endpoints' lines and the capture.
#include "lab/agent/timeline.h"

#include "lab/agent/by_hand.h"
#include "lab/agent/pause.h"
#include "lab/agent/prefault.h"
#include "lab/agent/program_events.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	WAIT_TIMER = 1u << 30,	 /* values of epoll's data: an endpoint's index, or one of these */
	WAIT_CAPTURE = 1u << 29, /* and a node's index */
};

static const int64_t SIGN_OF_LIFE_NS = 60 * INT64_C(1000000000);

struct line_context {
	struct timeline *timeline;
	size_t endpoint;
};

void timeline_watch(struct timeline *timeline, int fd, uint32_t value)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = value };

	if (epoll_ctl(timeline->wait_fd, EPOLL_CTL_ADD, fd, &event))
		abort();
}

int timeline_start_endpoints(struct timeline *timeline)
{
	timeline->wait_fd = epoll_create1(EPOLL_CLOEXEC);
	timeline->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timeline->wait_fd < 0 || timeline->timer_fd < 0)
		return errno;
	timeline_watch(timeline, timeline->timer_fd, WAIT_TIMER);
	for (size_t i = 0; i < timeline->plan->n_endpoints; i++) {
		struct endpoint *endpoint = &timeline->lab->endpoints[i];
		const struct program_plan *program = endpoint->plan->program;
		int error;

		if (program) {
			if (program->at_start)
				program_run_start(timeline, i, NULL);
			continue;
		}
		error = endpoint_start(endpoint, timeline->lab->net, timeline->lab->epoch_ns);

		if (error)
			return error;
		timeline_watch(timeline, endpoint->from, i);
	}
	prefault_data(); /* fork(2) took the pages of its own away */
	return 0;
}

static void comment(struct timeline *timeline, const char *text)
{
	if (timeline->capture)
		capture_comment(timeline->capture, events_now(timeline->events), text);
}

void timeline_due(struct timeline *timeline, struct step *step)
{
	int64_t now = events_now(timeline->events);

	step->triggered = true;
	step->at_ns = (now > 0 ? now : 0) + step->delay_ns;
}

void timeline_trigger(struct timeline *timeline, const char *event, size_t endpoint,
		      int64_t step_id)
{
	struct plan *plan = timeline->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		struct step *step = &plan->steps[i];

		if (step->triggered || strcmp(step->after_event, event))
			continue;
		if (step->after_endpoint >= 0 && (size_t)step->after_endpoint != endpoint)
			continue;
		if (step_id >= 0 && step->after_step != step_id)
			continue;
		timeline_due(timeline, step);
	}
}

/* Has the paths looked at for which steps wait, from when the step `since` was carried out, or from the beginning (-1). */
static void look_for_paths(struct timeline *timeline, int64_t since)
{
	struct plan *plan = timeline->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];
		char tag[32], command[256];

		if (step->triggered || !step->path_state || step->after_step != since)
			continue;
		snprintf(tag, sizeof(tag), "when.%lld", (long long)step->id);
		snprintf(command, sizeof(command), "await %s %s %s every=%lldns", step->path_socket,
			 step->path_address, step->path_state, (long long)step->path_every_ns);
		endpoint_command(&timeline->lab->endpoints[step->after_endpoint], tag, command);
	}
}

static void trigger_by_path(struct timeline *timeline, const json_t *line)
{
	struct plan *plan = timeline->plan;
	const char *tag = json_string_value(json_object_get(line, "tag"));
	json_int_t time = json_integer_value(json_object_get(line, "time"));
	long long id;

	for (size_t i = 0; tag && sscanf(tag, "when.%lld", &id) == 1 && i < plan->n_steps; i++) {
		struct step *step = &plan->steps[i];

		if (step->id != id || step->triggered)
			continue;
		step->triggered = true;
		step->at_ns = time + step->delay_ns;
	}
}

static void trigger_by_notification(struct timeline *timeline, const json_t *line, size_t endpoint)
{
	static const struct {
		const char *state, *event;
	} events[] = {
		{ "SCTP_COMM_UP", "connected" },      { "SCTP_COMM_LOST", "lost" },
		{ "SCTP_SHUTDOWN_COMP", "shutdown" }, { "SCTP_RESTART", "restarted" },
		{ "SCTP_ADDR_AVAILABLE", "path-up" }, { "SCTP_ADDR_UNREACHABLE", "path-down" },
		{ "SCTP_CANT_STR_ASSOC", "refused" },
	};
	const char *state = json_string_value(json_object_get(line, "state"));

	for (size_t i = 0; state && i < sizeof(events) / sizeof(events[0]); i++)
		if (!strcmp(events[i].state, state))
			timeline_trigger(timeline, events[i].event, endpoint, -1);
}

static struct step *find_step_by_tag(struct plan *plan, const char *tag)
{
	char *end;
	long long id = tag ? strtoll(tag, &end, 10) : -1;

	if (!tag || *end || end == tag)
		return NULL;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].id == id)
			return &plan->steps[i];
	return NULL;
}

static void note_answer(struct timeline *timeline, const json_t *line, const char *event)
{
	const char *tag = json_string_value(json_object_get(line, "tag")), *call, *error;
	struct step *step = find_step_by_tag(timeline->plan, tag);
	char text[512];

	if (!step || step->answered)
		return;
	call = json_string_value(json_object_get(line, "call"));
	/* `traffic` answers at once as a call, which counts as done; it is over when its own event comes. */
	if (strcmp(event, "traffic"))
		timeline_trigger(timeline, "done", step->endpoint, step->id);
	if (!strcmp(event, "call") && call && !strcmp(call, "traffic") &&
	    json_integer_value(json_object_get(line, "ret")) == 0)
		return;
	step->answered = true;
	error = json_string_value(json_object_get(line, "errno"));
	snprintf(text, sizeof(text), "%s: %s returned %lld%s%s",
		 timeline->plan->endpoints[step->endpoint].name, call ? call : event,
		 json_integer_value(json_object_get(line, "ret")), error ? " " : "",
		 error ? error : "");
	comment(timeline, text);
}

static void take_line(void *data, const char *text, size_t length)
{
	struct line_context *context = data;
	struct timeline *timeline = context->timeline;
	const char *event;
	json_t *line;

	/* Nothing waits for a message, and there are many: they are neither parsed nor urgent. */
	if (is_message_line(text, length)) {
		events_pass(timeline->events, text, length);
		return;
	}
	events_pass(timeline->events, text, length);
	timeline->events->urgent = true;
	line = json_loadb(text, length, 0, NULL);
	event = json_string_value(json_object_get(line, "event"));
	if (!event) {
		events_add(timeline->events, "trouble",
			   json_pack("{s:s}", "message",
				     "an endpoint wrote a line that is not an event"));
	} else if (!strcmp(event, "notification")) {
		trigger_by_notification(timeline, line, context->endpoint);
	} else if (!strcmp(event, "path")) {
		trigger_by_path(timeline, line);
	} else if (!strcmp(event, "call") || !strcmp(event, "traffic") || !strcmp(event, "error")) {
		note_answer(timeline, line, event);
	}
	json_decref(line);
}

/* Steps that were handed to a process which has ended get no answer any more. */
static void give_up_answers(struct timeline *timeline, size_t endpoint)
{
	for (size_t i = 0; i < timeline->plan->n_steps; i++) {
		struct step *step = &timeline->plan->steps[i];

		if (step->action == STEP_COMMAND && step->carried_out && step->endpoint == endpoint)
			step->answered = true;
	}
}

static const char *signal_name(int status)
{
	static char name[32];

	if (!WIFSIGNALED(status))
		return NULL;
	snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(WTERMSIG(status)));
	return name;
}

void timeline_tell_exit(struct timeline *timeline, size_t endpoint, int status)
{
	events_add(timeline->events, "exit",
		   json_pack("{s:s, s:i, s:s?, s:b}", "endpoint",
			     timeline->plan->endpoints[endpoint].name, "status",
			     WIFEXITED(status) ? WEXITSTATUS(status) : -1, "signal",
			     signal_name(status), "asked",
			     timeline->lab->endpoints[endpoint].expected_to_end));
	timeline_trigger(timeline, "exit", endpoint, -1);
}

static void read_endpoint(struct timeline *timeline, size_t index)
{
	struct endpoint *endpoint = &timeline->lab->endpoints[index];
	struct line_context context = { timeline, index };
	int status = 0;

	if (endpoint->from < 0 || endpoint_read(endpoint, take_line, &context, &status))
		return;
	give_up_answers(timeline, index);
	timeline_tell_exit(timeline, index, status);
}

static void run_command(struct timeline *timeline, struct step *step)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "%lld", (long long)step->id);
	if (!endpoint_command(&timeline->lab->endpoints[step->endpoint], tag, step->command))
		step->answered =
			true; /* the process has ended: the verdict sees the missing answer */
}

/* 0, or an errno with a sentence in lab->net->why. */
static int run_fault(struct timeline *timeline, struct step *step)
{
	bool heal = step->action == STEP_HEAL;
	struct step *fault = heal ? &timeline->plan->steps[step->heals] : step;
	bool crash_healed =
		heal && !strcmp(json_string_value(json_object_get(fault->fault, "kind")), "crash");
	int error = fault_apply(timeline->lab, fault, heal);

	events_add(timeline->events, heal ? "heal" : "fault",
		   json_pack("{s:I, s:I, s:s, s:i, s:s?, s:s?}", "step", (json_int_t)step->id,
			     "heals", (json_int_t)(heal ? fault->id : -1), "kind",
			     json_string_value(json_object_get(fault->fault, "kind")), "ret",
			     error ? -1 : 0, "errno", error ? strerrorname_np(error) : NULL,
			     "message", error ? timeline->lab->net->why : NULL));
	step->answered = true;
	if (crash_healed && !error) {
		size_t index = json_integer_value(json_object_get(fault->fault, "endpoint"));

		if (timeline->lab->endpoints[index].program)
			programs_watch(timeline, index);
		else
			timeline_watch(timeline, timeline->lab->endpoints[index].from, index);
	}
	return error;
}

static void run_signal(struct timeline *timeline, struct step *step)
{
	const struct endpoint *endpoint = &timeline->lab->endpoints[step->endpoint];

	if (endpoint->pid)
		kill(endpoint->pid, step->signal);
	step->answered = true;
}

static void carry_out(struct timeline *timeline, struct step *step)
{
	step->carried_out = true;
	events_add(timeline->events, "step", json_pack("{s:I}", "step", (json_int_t)step->id));
	comment(timeline, step->text);
	switch (step->action) {
	case STEP_COMMAND:
		run_command(timeline, step);
		break;
	case STEP_SIGNAL:
		run_signal(timeline, step);
		timeline_trigger(timeline, "done", step->endpoint, step->id);
		break;
	case STEP_START:
		program_run_start(timeline, step->endpoint, step);
		step->answered = true;
		timeline_trigger(timeline, "done", step->endpoint, step->id);
		break;
	case STEP_INPUT:
		program_run_input(timeline, step);
		step->answered = true;
		timeline_trigger(timeline, "done", step->endpoint, step->id);
		break;
	case STEP_FAULT:
	case STEP_HEAL:
		step->failed = run_fault(timeline, step) != 0;
		timeline_trigger(timeline, "done", 0, step->id);
		break;
	}
	look_for_paths(timeline, step->id);
}

/* Steps that nobody carries out any more: the plan is as it was before them. */
static const char *take_back(struct plan *plan, size_t first, const char *why)
{
	plan->n_steps = first;
	return why;
}

const char *timeline_do_now(struct timeline *timeline, json_t *steps)
{
	struct plan *plan = timeline->plan;
	size_t first = plan->n_steps;
	struct step *step;

	if (!plan_add_steps(plan, steps))
		return "the agent does not understand this step";
	step = &plan->steps[first];
	if (step->action != STEP_FAULT && step->action != STEP_HEAL)
		return take_back(plan, first, "only faults and heals can be done by hand");
	for (size_t i = first; i < plan->n_steps; i++) {
		plan->steps[i].answered = true; /* the run does not go on for its sake */
		if (fault_prepare_late(timeline->lab, &plan->steps[i]))
			return take_back(plan, first, timeline->lab->net->why);
	}
	timeline_due(timeline, step);
	carry_out(timeline, step);
	if (!step->failed)
		return NULL;
	step->in_force = false;
	return timeline->lab->net->why;
}

/* The due step with the earliest time, in the plan's order among equals; NULL when none is due. */
static struct step *next_due(struct plan *plan, int64_t now)
{
	struct step *next = NULL;

	for (size_t i = 0; i < plan->n_steps; i++) {
		struct step *step = &plan->steps[i];

		if (!step->triggered || step->carried_out || step->at_ns > now)
			continue;
		if (!next || step->at_ns < next->at_ns)
			next = step;
	}
	return next;
}

static bool waits_for_end(const struct step *step)
{
	return !step->triggered && !strcmp(step->after_event, "end");
}

static bool all_answered(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (!plan->steps[i].answered && !waits_for_end(&plan->steps[i]))
			return false;
	return true;
}

/* True when the run is over; the first time that only the steps after the end are left, these begin. */
static bool is_over(struct timeline *timeline, int64_t now)
{
	const struct plan *plan = timeline->plan;

	if (now >= plan->limit_ns)
		return true;
	if (now < plan->end_ns || !all_answered(plan) || programs_awaited(timeline)) {
		timeline->over_ns = -1;
		return false;
	}
	if (timeline->over_ns < 0)
		timeline->over_ns = now;
	if (now < timeline->over_ns + plan->settle_ns && !timeline->ended)
		return false;
	if (!timeline->ended) {
		timeline->ended = true;
		timeline_trigger(timeline, "end", 0, -1);
	}
	return all_answered(plan);
}

/* When to wake at the latest: the next step, the end, or to show that time passes. */
static int64_t next_wake(const struct timeline *timeline, int64_t now)
{
	const struct plan *plan = timeline->plan;
	int64_t wake = timeline->events->last_ns + SIGN_OF_LIFE_NS;
	int64_t look = programs_next_look(timeline);

	if (look < wake)
		wake = look;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].triggered && !plan->steps[i].carried_out &&
		    plan->steps[i].at_ns < wake)
			wake = plan->steps[i].at_ns;
	if (pause_begun()) /* time goes on at most for as long as a person says */
		return pause_next_wake() < wake ? pause_next_wake() : wake;
	if (timeline->pause_ns < wake)
		wake = timeline->pause_ns;
	if (plan->end_ns > now && plan->end_ns < wake)
		wake = plan->end_ns;
	if (timeline->over_ns >= 0 && !timeline->ended &&
	    timeline->over_ns + plan->settle_ns < wake)
		wake = timeline->over_ns + plan->settle_ns;
	return wake < plan->limit_ns ? wake : plan->limit_ns;
}

static void set_timer(struct timeline *timeline, int64_t scenario_ns)
{
	if (timeline->timer_ns == scenario_ns)
		return;
	timeline->timer_ns = scenario_ns;
	int64_t at = scenario_ns + timeline->events->epoch_ns;
	struct itimerspec spec = {
		.it_value = { at / 1000000000, at % 1000000000 },
	};

	timerfd_settime(timeline->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void read_messages(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->plan->n_endpoints; i++) {
		struct line_context context = { timeline, i };

		endpoint_read_messages(&timeline->lab->endpoints[i], take_line, &context);
	}
}

/* Whatever the kernel changes about a path it does on a packet, on a timer that sends one, or on a call: each wakes the agent. */
static void look_at_associations(struct timeline *timeline, int64_t now)
{
	if (timeline->sampler)
		sampler_look(timeline->sampler, now, timeline->events);
}

/* Waits, and takes what has come; false when epoll_wait(2) itself fails. */
static bool wait_and_read(struct timeline *timeline, int timeout_ms, int *n)
{
	struct epoll_event ready[16];
	uint64_t expirations;

	*n = epoll_wait(timeline->wait_fd, ready, sizeof(ready) / sizeof(ready[0]), timeout_ms);
	if (*n < 0)
		return errno == EINTR;
	read_messages(timeline); /* they came before what woke us */
	for (int i = 0; i < *n; i++) {
		if (ready[i].data.u32 == WAIT_TIMER) {
			if (read(timeline->timer_fd, &expirations, sizeof(expirations)) < 0 &&
			    errno != EAGAIN)
				return false;
		} else if (ready[i].data.u32 & WAIT_CAPTURE) {
			capture_read(timeline->capture, ready[i].data.u32 & ~WAIT_CAPTURE);
		} else if (ready[i].data.u32 & WAIT_PROGRAM) {
			programs_take(timeline, ready[i].data.u32 & ~WAIT_PROGRAM);
		} else if (ready[i].data.u32 & WAIT_PAUSE) {
			pause_take_end();
		} else if (ready[i].data.u32 & WAIT_BY_HAND) {
			by_hand_take(timeline, (int)(ready[i].data.u32 & ~WAIT_BY_HAND));
		} else {
			read_endpoint(timeline, ready[i].data.u32);
		}
	}
	if (timeline->capture)
		capture_write(timeline->capture);
	return true;
}

/* Stops for a shell when the time for that has come; at the latest when the run would end. */
static int look_for_pause(struct timeline *timeline, int64_t now)
{
	int error;

	if (pause_begun() || timeline->pause_ns == INT64_MAX ||
	    (now < timeline->pause_ns && !is_over(timeline, now)))
		return 0;
	error = by_hand_open(timeline);
	return error ? error : pause_begin(timeline);
}

int timeline_run(struct timeline *timeline)
{
	struct plan *plan = timeline->plan;
	int64_t now = events_now(timeline->events);
	struct step *step;
	int n, error;

	timeline->over_ns = -1;
	timeline->timer_ns = INT64_MIN;
	if (timeline->capture)
		for (size_t i = 0; i < plan->n_nodes; i++)
			timeline_watch(timeline, timeline->lab->net->spaces[i].packet_fd,
				       WAIT_CAPTURE | i);
	look_for_paths(timeline, -1);
	while (!is_over(timeline, now) || timeline->pause_ns != INT64_MAX) {
		error = look_for_pause(timeline, now);
		if (error || pause_over())
			return error;
		by_hand_look(now);
		while ((step = next_due(plan, now)))
			carry_out(timeline, step);
		/* the last step may have been its own answer: it settles from now on */
		is_over(timeline, now);
		events_flush(timeline->events, now);
		set_timer(timeline, next_wake(timeline, now));
		if (!wait_and_read(timeline, -1, &n))
			return errno;
		programs_look(timeline);
		now = events_now(timeline->events);
		look_at_associations(timeline, now);
	}
	/* What was said up to now is part of the run. */
	do
		if (!wait_and_read(timeline, 0, &n))
			return errno;
	while (n > 0);
	return 0;
}
