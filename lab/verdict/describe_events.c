// SPDX-License-Identifier: GPL-2.0-only
// Runs of events as lines for people: messages gathered, calls without answer shown.
#include "lab/verdict/describe.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

/* Names longer than this push their line to the right, not all lines. */
#define MAX_WHO_WIDTH 16

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

static bool is_answered(const json_t *events, const json_t *step, size_t from)
{
	char tag[24];

	snprintf(tag, sizeof(tag), "%lld", (long long)jsonx_int(step, "id", -1));
	for (size_t i = from; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (jsonx_is(event, "tag", tag) && !jsonx_is(event, "event", "traffic"))
			return true;
	}
	return false;
}

/* A command that was handed over and never answered has no event of its own. */
static bool put_pending(FILE *out, const json_t *plan, const json_t *events, size_t index,
			int width)
{
	const json_t *event = json_array_get(events, index), *step;
	const char *who;
	char text[NS_TEXT_SIZE];
	size_t position;

	step = jsonx_is(event, "event", "step") ?
		       trial_step(plan, jsonx_int(event, "step", -1), &position) :
		       NULL;
	if (!jsonx_is(step, "do", "command") || is_answered(events, step, index))
		return false;
	who = trial_endpoint(plan, json_object_get(step, "endpoint"));
	fprintf(out, "%11s  ", format_seconds(event_time_ns(event), text));
	text_put(out, who);
	fprintf(out, "%*s  ", (int)text_width(who) < width ? width - (int)text_width(who) : 0, "");
	text_put(out, jsonx_string(step, "command", jsonx_string(step, "call", "?")));
	fputs("  [never returned]\n", out);
	return true;
}

/* How many data messages follow each other at one endpoint from there on. */
static size_t count_messages(const json_t *events, size_t from, size_t to)
{
	const json_t *first = json_array_get(events, from);
	size_t i;

	for (i = from; i < to; i++) {
		const json_t *event = json_array_get(events, i);

		if (!jsonx_is(event, "event", "message") ||
		    !event_is_at(event, jsonx_string(first, "endpoint", "")))
			break;
	}
	return i - from;
}

static void put_messages(FILE *out, const json_t *events, size_t from, size_t n, int width)
{
	const json_t *first = json_array_get(events, from);
	const json_t *last = json_array_get(events, from + n - 1);
	const json_t *low = json_object_get(json_object_get(first, "traffic"), "seq");
	const json_t *high = json_object_get(json_object_get(last, "traffic"), "seq");
	const char *who = jsonx_string(first, "endpoint", "?");
	char text[NS_TEXT_SIZE];

	fprintf(out, "%11s  ", format_seconds(event_time_ns(first), text));
	text_put(out, who);
	fprintf(out, "%*s  ", (int)text_width(who) < width ? width - (int)text_width(who) : 0, "");
	fprintf(out, "%zu messages until %s", n, format_seconds(event_time_ns(last), text));
	if (json_is_integer(low) && json_is_integer(high))
		fprintf(out, ", seq %lld to %lld", (long long)json_integer_value(low),
			(long long)json_integer_value(high));
	fputc('\n', out);
}

void describe_events(FILE *out, const json_t *plan, const json_t *events, size_t from, size_t to,
		     bool each, const char *indent)
{
	int width = who_width(plan);
	char *line = NULL;
	size_t size;

	while (from < to) {
		size_t n = each ? 1 : count_messages(events, from, to);
		FILE *put = open_memstream(&line, &size);
		bool said = true;

		if (!put)
			abort();
		if (n > 1)
			put_messages(put, events, from, n, width);
		else
			said = put_pending(put, plan, events, from, width) ||
			       describe_event(put, plan, json_array_get(events, from), width);
		if (fclose(put) != 0)
			abort();
		if (said)
			fprintf(out, "%s%s", indent, line);
		free(line);
		line = NULL;
		from += n > 1 ? n : 1;
	}
}

void describe_trail(FILE *out, const json_t *plan, const json_t *events, size_t to, size_t max,
		    const char *indent)
{
	size_t window = 8 * max, from, lines, size;
	char *text = NULL;
	const char *start;

	/* messages that are gathered into one line may lie far back: widen until there are enough */
	for (;; window *= 8) {
		FILE *put = open_memstream(&text, &size);

		if (!put)
			abort();
		from = to > window ? to - window : 0;
		describe_events(put, plan, events, from, to, false, indent);
		if (fclose(put) != 0)
			abort();
		lines = 0;
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			lines++;
		if (lines >= max || from == 0)
			break;
		free(text);
		text = NULL;
	}
	for (start = text; lines > max; lines--)
		start = strchr(start, '\n') + 1;
	fputs(start, out);
	free(text);
}
