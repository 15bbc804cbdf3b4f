// SPDX-License-Identifier: GPL-2.0-only
// Events as lines for people.
#define _GNU_SOURCE 1
#include "lab/verdict/describe.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe_call.h"
#include "lab/verdict/describe_fault.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

int64_t event_time_ns(const json_t *event)
{
	const json_t *time = json_object_get(event, "time");

	if (!json_is_integer(time))
		time = json_object_get(event, "end");
	return json_is_integer(time) ? json_integer_value(time) : NS_NEVER;
}

void put_notification(FILE *out, const json_t *plan, const json_t *notification)
{
	const char *state = jsonx_string(notification, "state", NULL);
	const char *address = jsonx_string(notification, "address", NULL);

	text_put(out, jsonx_string(notification, "type", "?"));
	if (state) {
		fputc(' ', out);
		text_put(out, state);
	}
	if (address) {
		fputc(' ', out);
		put_address(out, plan, address);
	}
}

void put_message(FILE *out, const json_t *plan, const json_t *message)
{
	const json_t *seq = json_object_get(json_object_get(message, "traffic"), "seq");

	fprintf(out, "message of %lld B on stream %lld", (long long)jsonx_int(message, "size", 0),
		(long long)jsonx_int(message, "stream", 0));
	if (json_is_integer(seq))
		fprintf(out, ", seq %lld", (long long)json_integer_value(seq));
	fputs(" from ", out);
	put_address(out, plan, jsonx_string(message, "from", "?"));
}

/* Faults and heals, with the kernel's sentence when they could not be done. */
static void put_deed(FILE *out, const json_t *plan, const json_t *event)
{
	bool heal = jsonx_is(event, "event", "heal");
	bool failed = jsonx_int(event, "ret", 0) == -1;
	size_t position;
	const json_t *step =
		trial_step(plan, jsonx_int(event, heal ? "heals" : "step", -1), &position);

	if (step && heal && !failed)
		describe_heal(out, plan, step);
	else if (step)
		describe_fault(out, plan, step);
	else
		text_put(out, jsonx_string(event, "kind", "?"));
	if (failed) {
		fputs(" could not be done: ", out);
		text_put(out, jsonx_string(event, "message", jsonx_string(event, "errno", "?")));
	}
}

/* "1 node", "2 nodes" */
static void put_number(FILE *out, int64_t number, const char *what)
{
	fprintf(out, "%lld %s%s", (long long)number, what, number == 1 ? "" : "s");
}

static void put_whole_call(FILE *out, const json_t *plan, const json_t *event)
{
	put_call(out, plan, event, CALL_WHOLE);
}

static void put_traffic(FILE *out, const json_t *plan, const json_t *event)
{
	const char *key, *separator = ": ";
	json_t *value;

	(void)plan;
	fprintf(out, "traffic is over: %lld sent, %lld failed",
		(long long)jsonx_int(event, "sent", 0), (long long)jsonx_int(event, "failed", 0));
	json_object_foreach(json_object_get(event, "errors"), key, value) {
		fputs(separator, out);
		text_put(out, key);
		fputc(' ', out);
		put_scalar(out, value);
		separator = ", ";
	}
}

/* What cclient's watch saw of a socket it has nothing to receive from. */
static void put_hangup(FILE *out, const json_t *plan, const json_t *event)
{
	const json_t *item;
	size_t i;

	(void)plan;
	text_put(out, jsonx_string(event, "socket", "?"));
	fputs(": ", out);
	json_array_foreach(json_object_get(event, "revents"), i, item) {
		fputs(i ? "|" : "", out);
		put_scalar(out, item);
	}
}

static void put_exit(FILE *out, const json_t *plan, const json_t *event)
{
	const char *signal = jsonx_string(event, "signal", NULL);

	(void)plan;
	fputs("process ended: ", out);
	if (signal)
		text_put(out, signal);
	else
		fprintf(out, "status %lld", (long long)jsonx_int(event, "status", 0));
}

static void put_begin(FILE *out, const json_t *plan, const json_t *event)
{
	static const char *const parts[] = { "node", "link", "endpoint" };

	(void)plan;
	fputs("run begins: kernel ", out);
	text_put(out, jsonx_string(event, "kernel", "?"));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *key = text_format("%ss", parts[i]);

		fputs(", ", out);
		put_number(out, jsonx_int(event, key, 0), parts[i]);
		free(key);
	}
}

static void put_end(FILE *out, const json_t *plan, const json_t *event)
{
	int64_t packets = jsonx_int(event, "packets", 0);

	(void)plan;
	fputs("run ends", out);
	if (packets) {
		fputs(", ", out);
		put_number(out, packets, "packet");
		fputs(" captured", out);
	}
}

/* "client.a > server.a  INIT" (packets_merge()) */
static void put_packet(FILE *out, const json_t *plan, const json_t *event)
{
	const char *icmp = jsonx_string(event, "icmp", NULL);
	const char *about = jsonx_string(event, "about", NULL);
	const json_t *chunk;
	size_t i;

	put_address(out, plan, jsonx_string(event, "from", "?"));
	fputs(" > ", out);
	put_address(out, plan, jsonx_string(event, "to", "?"));
	fputs("  ", out);
	json_array_foreach(json_object_get(event, "chunks"), i, chunk) {
		fputs(i ? ", " : "", out);
		put_scalar(out, chunk);
	}
	if (!icmp)
		return;
	fprintf(out, "%s type %lld code %lld", icmp, (long long)jsonx_int(event, "type", 0),
		(long long)jsonx_int(event, "code", 0));
	if (about) {
		fputs(" about ", out);
		put_address(out, plan, about);
	}
}

static void put_sentence(FILE *out, const json_t *plan, const json_t *event)
{
	(void)plan;
	text_put(out, jsonx_string(event, "message", "no reason given"));
}

static void put_path(FILE *out, const json_t *plan, const json_t *event)
{
	const char *state = jsonx_string(event, "state", "?");

	fputs("path to ", out);
	put_address(out, plan, jsonx_string(event, "address", "?"));
	fputs(" is ", out);
	text_put(out, strncmp(state, "SCTP_", 5) == 0 ? state + 5 : state);
}

/* What a program wrote; its errors are marked. */
static void put_output(FILE *out, const json_t *plan, const json_t *event)
{
	(void)plan;
	fputs(jsonx_is(event, "stream", "stderr") ? "! " : "| ", out);
	text_put(out, jsonx_string(event, "text", ""));
	fputs(jsonx_true(event, "partial") ? " ..." : "", out);
}

static void put_ready(FILE *out, const json_t *plan, const json_t *event)
{
	(void)plan;
	(void)event;
	fputs("is ready", out);
}

/* A program is started, or given a line. */
static void put_program_deed(FILE *out, const json_t *plan, const json_t *event)
{
	bool input = jsonx_is(event, "event", "input");
	size_t position;
	const json_t *step = trial_step(plan, jsonx_int(event, "step", -1), &position);
	const char *line = jsonx_string(step, "input", NULL);

	fputs(!input ? "starts" : line ? "< " : "< end", out);
	if (input && line)
		text_put(out, line);
	if (jsonx_int(event, "ret", 0) == 0)
		return;
	fputs("  could not be done: ", out);
	text_put(out, jsonx_string(event, "message", jsonx_string(event, "errno", "?")));
}

static const struct {
	const char *event, *who; /* who is NULL where the endpoint speaks */
	void (*put)(FILE *out, const json_t *plan, const json_t *event);
} kinds[] = {
	{ "call", NULL, put_whole_call },
	{ "notification", NULL, put_notification },
	{ "message", NULL, put_message },
	{ "traffic", NULL, put_traffic },
	{ "hangup", NULL, put_hangup },
	{ "exit", NULL, put_exit },
	{ "path", NULL, put_path },
	{ "output", NULL, put_output },
	{ "ready", NULL, put_ready },
	{ "start", NULL, put_program_deed },
	{ "input", NULL, put_program_deed },
	{ "error", NULL, put_sentence },
	{ "trouble", "trouble", put_sentence },
	{ "begin", "lab", put_begin },
	{ "end", "lab", put_end },
	{ "packet", NULL, put_packet },
	{ "fault", "fault", put_deed },
	{ "heal", "heal", put_deed },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

void put_head(FILE *out, int64_t at_ns, const char *who, int who_width)
{
	char text[NS_TEXT_SIZE];
	size_t width = text_width(who);

	fprintf(out, "%11s  ", at_ns == NS_NEVER ? "?" : format_seconds(at_ns, text));
	text_put(out, who);
	fprintf(out, "%*s  ", (int)width < who_width ? who_width - (int)width : 0, "");
}

/* Of the steps, only signals leave no other event. */
static void put_step(FILE *out, const json_t *plan, const json_t *event, int who_width)
{
	size_t position;
	const json_t *step = trial_step(plan, jsonx_int(event, "step", -1), &position);
	int number = (int)jsonx_int(step, "signal", 0);
	const char *name = sigabbrev_np(number);

	put_head(out, event_time_ns(event), "signal", who_width);
	if (name)
		fprintf(out, "SIG%s to ", name);
	else
		fprintf(out, "signal %d to ", number);
	text_put(out, trial_endpoint(plan, json_object_get(step, "endpoint")));
}

bool event_has_line(const json_t *plan, const json_t *event)
{
	size_t position;

	return !jsonx_is(event, "event", "step") ||
	       jsonx_is(trial_step(plan, jsonx_int(event, "step", -1), &position), "do", "signal");
}

static size_t find_kind(const char *kind)
{
	size_t i = 0;

	while (i < N_KINDS && strcmp(kinds[i].event, kind) != 0)
		i++;
	return i;
}

void describe_what(FILE *out, const json_t *plan, const json_t *event)
{
	size_t kind = find_kind(jsonx_string(event, "event", ""));

	if (kind < N_KINDS)
		kinds[kind].put(out, plan, event);
	else
		put_scalar(out, event);
}

void describe_event(FILE *out, const json_t *plan, const json_t *event, int who_width)
{
	const char *name = jsonx_string(event, "event", ""), *who = name;
	size_t kind = find_kind(name);

	if (strcmp(name, "step") == 0) {
		put_step(out, plan, event, who_width);
		return;
	}
	if (kind < N_KINDS)
		who = kinds[kind].who ?: jsonx_string(event, "endpoint", "?");
	put_head(out, event_time_ns(event), who, who_width);
	describe_what(out, plan, event);
}
