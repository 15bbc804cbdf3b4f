// SPDX-License-Identifier: GPL-2.0-only
// The set-up of an endpoint in one line, when it succeeded.
#include "lab/verdict/describe_setup.h"

#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/verdict/names.h"
#include "lab/verdict/trial.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

struct setups {
	size_t n;
	struct {
		enum setup_part part;
		bool again;	 /* of the last one: the endpoint was set up before */
		size_t previous; /* the command before it of the same set-up, or NONE */
	} * events;		 /* (owned) */
};

/* One endpoint's set-up while it is looked for. */
struct progress {
	size_t last; /* its latest command, or NONE */
	int64_t number;
	bool good, again;
};

static int64_t setup_number(const json_t *event)
{
	const char *tag = jsonx_string(event, "tag", "");
	unsigned int number;
	int length = 0;

	if (!jsonx_is(event, "event", "call") || sscanf(tag, "setup.%u%n", &number, &length) != 1 ||
	    tag[length] != '\0')
		return -1;
	return number;
}

static size_t find_endpoint(const json_t *endpoints, const json_t *event)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach((json_t *)endpoints, i, endpoint) {
		if (event_is_at(event, jsonx_string(endpoint, "name", "")))
			return i;
	}
	return NONE;
}

/* Options are what a scenario is about: they are shown for themselves. */
static bool is_worth_a_line(const json_t *event)
{
	return jsonx_is(event, "call", "setsockopt");
}

static void finish(struct setups *setups, const json_t *events, struct progress *progress)
{
	enum setup_part part = SETUP_LAST;

	for (size_t i = progress->last; i != NONE; i = setups->events[i].previous) {
		if (is_worth_a_line(json_array_get(events, i)))
			continue;
		setups->events[i].part = part;
		setups->events[i].again = progress->again;
		part = SETUP_TOLD;
	}
	progress->again = true;
}

struct setups *find_setups(const json_t *plan, const json_t *events)
{
	const json_t *endpoints = json_object_get(plan, "endpoints"), *event;
	size_t n = json_array_size(endpoints), i;
	struct setups *setups = calloc(1, sizeof(*setups));
	struct progress *all = calloc(n + 1, sizeof(*all));

	if (!setups || !all)
		abort();
	setups->n = json_array_size(events);
	setups->events = calloc(setups->n + 1, sizeof(*setups->events));
	if (!setups->events)
		abort();
	json_array_foreach((json_t *)events, i, event) {
		int64_t number = setup_number(event);
		size_t endpoint = number < 0 ? NONE : find_endpoint(endpoints, event);
		struct progress *progress = &all[endpoint == NONE ? n : endpoint];
		const json_t *commands;

		if (endpoint == NONE)
			continue;
		commands = json_object_get(json_array_get(endpoints, endpoint), "setup");
		if (number == 0)
			*progress = (struct progress){ NONE, -1, true, progress->again };
		progress->good &= number == progress->number + 1 &&
				  jsonx_int(event, "ret", -1) != -1 &&
				  json_is_null(json_object_get(event, "errno"));
		if (!progress->good)
			continue;
		setups->events[i].previous = progress->last;
		progress->last = i;
		progress->number = number;
		if ((size_t)number + 1 == json_array_size(commands))
			finish(setups, events, progress);
	}
	free(all);
	return setups;
}

void free_setups(struct setups *setups)
{
	if (setups)
		free(setups->events);
	free(setups);
}

enum setup_part setup_part(const struct setups *setups, size_t event)
{
	return setups && event < setups->n ? setups->events[event].part : SETUP_SHOWN;
}

/* What the commands of a set-up said. */
struct made {
	const json_t *kind, *addresses; /* arguments of socket, and of bind or bindx */
	bool listens;
};

static struct made collect(const json_t *events, const struct setups *setups, size_t last)
{
	struct made made = { 0 };

	for (size_t i = last; i != NONE; i = setups->events[i].previous) {
		const json_t *event = json_array_get(events, i);
		const json_t *args = json_object_get(event, "args");

		if (jsonx_is(event, "call", "socket"))
			made.kind = args;
		else if (jsonx_is(event, "call", "bindx"))
			made.addresses = json_object_get(args, "addrs");
		else if (jsonx_is(event, "call", "bind"))
			made.addresses = json_object_get(args, "addr");
		else if (jsonx_is(event, "call", "listen"))
			made.listens = true;
	}
	return made;
}

static void put_addresses(FILE *out, const json_t *plan, const json_t *addresses, bool again)
{
	size_t n = json_is_array(addresses) ? json_array_size(addresses) : 1;
	const char *address = "", *port;

	for (size_t i = 0; i < n; i++) {
		const json_t *item =
			json_is_array(addresses) ? json_array_get(addresses, i) : addresses;
		char *name;

		address = json_string_value(item) ?: "?";
		name = again ? name_address(plan, address) : name_and_address(plan, address);
		fputs(i ? ", " : "", out);
		text_put(out, name);
		free(name);
	}
	port = address_port(address);
	if (*port) {
		fputs(", port ", out);
		text_put(out, port);
	}
}

void describe_setup(FILE *out, const json_t *plan, const json_t *events,
		    const struct setups *setups, size_t last)
{
	struct made made = collect(events, setups, last);

	if (jsonx_is(made.kind, "type", "seqpacket"))
		fputs("one-to-many, ", out);
	if (jsonx_true(made.kind, "nonblock"))
		fputs("non-blocking, ", out);
	fputs(made.listens ? "listens" : made.addresses ? "bound" : "not bound", out);
	if (!made.addresses)
		return;
	fputs(made.listens ? " at " : " to ", out);
	put_addresses(out, plan, made.addresses, setups->events[last].again);
}
