// SPDX-License-Identifier: GPL-2.0-only
// Runs of events as lines for people: messages gathered, calls shown where they begin and end.
#include "lab/verdict/describe.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe_call.h"
#include "lab/verdict/describe_setup.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* Names longer than this push their line to the right, not all lines. */
#define MAX_WHO_WIDTH 16

#define NO_LINE	      SIZE_MAX

enum line_kind {
	LINE_EVENT,
	LINE_MESSAGES,
	LINE_START, /* of a call that returns later */
	LINE_NEVER, /* of one that does not */
	LINE_SETUP, /* all of an endpoint's set-up */
};

struct line {
	enum line_kind kind;
	size_t event, last; /* last: of several messages */
	size_t n;	    /* messages */
	size_t start;	    /* of a call's end: the line of its start, or NO_LINE */
};

/* A call that did not return at once, and the event before which it was made. */
struct start {
	size_t before, call;
	int64_t at_ns;
};

struct story {
	const json_t *plan, *events;
	struct setups *setups; /* (owned) NULL to show every command of them */
	struct line *lines;    /* (owned) */
	size_t n, room;
	struct start *starts; /* (owned) in the order of time */
	size_t n_starts;
	bool *answered; /* (owned) by position of the step */
	int width;
};

static int who_width(const json_t *plan)
{
	const json_t *endpoint;
	size_t width = strlen("trouble"), i;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		size_t name = text_width(jsonx_string(endpoint, "name", ""));

		if (name > width && name <= MAX_WHO_WIDTH)
			width = name;
	}
	return (int)width;
}

static int compare_starts(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->call < y->call ? -1 : x->call > y->call;
}

/*
 * Finds the calls that took their time, and all that were answered. Events come in the order of time,
 * calls at their end: a call was made before the first event that is later than its start.
 */
static void find_starts(struct story *story)
{
	size_t n = json_array_size(story->events), position, i;
	size_t n_steps = json_array_size(json_object_get(story->plan, "steps"));
	const json_t *event;

	story->starts = calloc(n + 1, sizeof(*story->starts));
	story->answered = calloc(n_steps + 1, sizeof(*story->answered));
	if (!story->starts || !story->answered)
		abort();
	json_array_foreach((json_t *)story->events, i, event) {
		int64_t start_ns = jsonx_int(event, "start", NS_NEVER);
		size_t before = i;

		if (!jsonx_is(event, "event", "call"))
			continue;
		if (trial_tagged(story->plan, event, &position))
			story->answered[position] = true;
		if (start_ns == NS_NEVER || call_took_ns(event) < NS_PER_MS)
			continue;
		while (before > 0 &&
		       event_time_ns(json_array_get(story->events, before - 1)) > start_ns)
			before--;
		story->starts[story->n_starts++] = (struct start){ before, i, start_ns };
	}
	qsort(story->starts, story->n_starts, sizeof(*story->starts), compare_starts);
}

static size_t add_line(struct story *story, enum line_kind kind, size_t event, size_t start)
{
	if (story->n == story->room) {
		story->room = story->room ? 2 * story->room : 256;
		story->lines = reallocarray(story->lines, story->room, sizeof(*story->lines));
		if (!story->lines)
			abort();
	}
	story->lines[story->n] = (struct line){ kind, event, event, 1, start };
	return story->n++;
}

/*
 * Messages that follow each other at one endpoint share a line, also while others receive theirs in
 * between.
 */
static void add_message(struct story *story, size_t event)
{
	const char *endpoint = jsonx_string(json_array_get(story->events, event), "endpoint", "");

	for (size_t i = story->n; i-- > 0 && story->lines[i].kind == LINE_MESSAGES;) {
		struct line *line = &story->lines[i];

		if (!event_is_at(json_array_get(story->events, line->event), endpoint))
			continue;
		line->last = event;
		line->n++;
		return;
	}
	add_line(story, LINE_MESSAGES, event, NO_LINE);
}

/* A command that was handed over and never answered has no event of its own. */
static bool is_never_answered(const struct story *story, const json_t *event)
{
	size_t position = 0;
	const json_t *step =
		jsonx_is(event, "event", "step") ?
			trial_step(story->plan, jsonx_int(event, "step", -1), &position) :
			NULL;

	return jsonx_is(step, "do", "command") && !story->answered[position];
}

static void add_event(struct story *story, size_t i, bool all, size_t start)
{
	const json_t *event = json_array_get(story->events, i);
	enum setup_part part = setup_part(story->setups, i);

	if (part == SETUP_TOLD)
		return;
	if (part == SETUP_LAST)
		add_line(story, LINE_SETUP, i, NO_LINE);
	else if (is_never_answered(story, event))
		add_line(story, LINE_NEVER, i, NO_LINE);
	else if (!all && jsonx_is(event, "event", "message"))
		add_message(story, i);
	else if (event_has_line(story->plan, event))
		add_line(story, LINE_EVENT, i, start);
}

/* Makes the lines of the first `to` events and of calls made until then. */
static void make_lines(struct story *story, size_t to, int64_t until_ns, bool all)
{
	size_t n = json_array_size(story->events), next = 0;
	size_t *lines = malloc((n + 1) * sizeof(*lines)); /* where calls start, by event */

	if (!lines)
		abort();
	for (size_t i = 0; i < n; i++)
		lines[i] = NO_LINE;
	for (size_t i = 0; i <= to; i++) {
		for (; next < story->n_starts && story->starts[next].before <= i; next++) {
			size_t call = story->starts[next].call;

			/* set-ups that are told in one line have no starts */
			if (story->starts[next].at_ns <= until_ns &&
			    setup_part(story->setups, call) == SETUP_SHOWN)
				lines[call] = add_line(story, LINE_START, call, NO_LINE);
		}
		if (i < to)
			add_event(story, i, all, lines[i]);
	}
	free(lines);
}

static void put_messages(FILE *out, const struct story *story, const struct line *line)
{
	const json_t *first = json_array_get(story->events, line->event);
	const json_t *last = json_array_get(story->events, line->last);
	const json_t *low = json_object_get(json_object_get(first, "traffic"), "seq");
	const json_t *high = json_object_get(json_object_get(last, "traffic"), "seq");
	char text[NS_TEXT_SIZE];

	put_head(out, event_time_ns(first), jsonx_string(first, "endpoint", "?"), story->width);
	fprintf(out, "%zu messages until %s", line->n, format_seconds(event_time_ns(last), text));
	if (json_is_integer(low) && json_is_integer(high))
		fprintf(out, ", seq %lld to %lld", (long long)json_integer_value(low),
			(long long)json_integer_value(high));
}

/* True when a command of the endpoint before that one was never answered either: it is in the way. */
static bool is_blocked(const struct story *story, size_t index, const json_t *step)
{
	size_t position;

	for (size_t i = 0; i < index; i++) {
		const json_t *event = json_array_get(story->events, i);
		const json_t *other;

		if (!is_never_answered(story, event))
			continue;
		other = trial_step(story->plan, jsonx_int(event, "step", -1), &position);
		if (json_equal(json_object_get(other, "endpoint"),
			       json_object_get(step, "endpoint")))
			return true;
	}
	return false;
}

static void put_never(FILE *out, const struct story *story, size_t index)
{
	const json_t *event = json_array_get(story->events, index);
	size_t position;
	const json_t *step = trial_step(story->plan, jsonx_int(event, "step", -1), &position);

	put_head(out, event_time_ns(event),
		 trial_endpoint(story->plan, json_object_get(step, "endpoint")), story->width);
	put_command(out, story->plan,
		    jsonx_string(step, "command", jsonx_string(step, "call", "")));
	fputs(is_blocked(story, index, step) ? " waits  [never made]" : " ...  [never returned]",
	      out);
}

/* first is the first line that is written: a call whose start stands above it is told in full. */
static void put_line(FILE *out, const struct story *story, const struct line *line, size_t first)
{
	const json_t *event = json_array_get(story->events, line->event);
	const char *who = jsonx_string(event, "endpoint", "?");

	if (line->kind == LINE_MESSAGES && line->n > 1) {
		put_messages(out, story, line);
	} else if (line->kind == LINE_NEVER) {
		put_never(out, story, line->event);
	} else if (line->kind == LINE_SETUP) {
		put_head(out, event_time_ns(event), who, story->width);
		describe_setup(out, story->plan, story->events, story->setups, line->event);
	} else if (line->kind == LINE_START) {
		put_head(out, jsonx_int(event, "start", 0), who, story->width);
		put_call(out, story->plan, event, CALL_START);
	} else if (line->start != NO_LINE && line->start >= first) {
		put_head(out, event_time_ns(event), who, story->width);
		put_call(out, story->plan, event, CALL_END);
	} else {
		describe_event(out, story->plan, event, story->width);
	}
}

static void put_story(FILE *out, const json_t *plan, const json_t *events, size_t to,
		      int64_t until_ns, size_t max, bool all, const char *indent)
{
	struct story story = { .plan = plan, .events = events, .width = who_width(plan) };
	size_t first;

	story.setups = all ? NULL : find_setups(plan, events);
	find_starts(&story);
	make_lines(&story, to, until_ns, all);
	first = story.n > max ? story.n - max : 0;
	for (size_t i = first; i < story.n; i++) {
		fputs(indent, out);
		put_line(out, &story, &story.lines[i], first);
		fputc('\n', out);
	}
	free_setups(story.setups);
	free(story.answered);
	free(story.starts);
	free(story.lines);
}

void describe_events(FILE *out, const json_t *plan, const json_t *events, bool all,
		     const char *indent)
{
	put_story(out, plan, events, json_array_size(events), INT64_MAX, SIZE_MAX, all, indent);
}

void describe_trail(FILE *out, const json_t *plan, const json_t *events, size_t to,
		    int64_t until_ns, size_t max, const char *indent)
{
	/* what was asked for at that very time was answered right after it */
	while (to > 0 && event_time_ns(json_array_get(events, to - 1)) != NS_NEVER &&
	       event_time_ns(json_array_get(events, to - 1)) / NS_PER_MS > until_ns / NS_PER_MS)
		to--;
	put_story(out, plan, events, to, until_ns, max, false, indent);
}
