// SPDX-License-Identifier: GPL-2.0-only
// The calls of the timeline: their parameters, and the cclient command each becomes.
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lab/front/call.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

#define ADDRESSES_MAX 64
#define LENGTH_MAX    (16 * INT64_C(1024) * 1024) /* bytes of a list; cclient knows how long it is */

struct yaml *call_value(const struct call_builder *builder, const char *key)
{
	for (size_t i = 0; builder->call->keys[i]; i++) {
		if (strcmp(builder->call->keys[i], key) == 0)
			return builder->values[i];
	}
	return NULL;
}

void call_append(struct call_builder *builder, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	builder->line = arena_printf(&builder->front->arena, "%s%s", builder->line,
				     arena_vprintf(&builder->front->arena, format, arguments));
	va_end(arguments);
}

struct yaml *call_require(struct call_builder *builder, const char *key)
{
	struct yaml *value = call_value(builder, key);

	if (!value) {
		yaml_key_error(builder->front, builder->yaml, "%s needs the key \"%s\"",
			       builder->call->name, key);
		builder->good = false;
	}
	return value;
}

void call_put_integer(struct call_builder *builder, const char *key, const char *what, int64_t max)
{
	struct yaml *value = call_value(builder, key);
	int64_t number;

	if (!value)
		return;
	if (yaml_get_integer(builder->front, value, what, 0, max, &number))
		call_append(builder, " %s=%" PRId64, key, number);
	else
		builder->good = false;
}

void call_put_flag(struct call_builder *builder, const char *key)
{
	struct yaml *value = call_value(builder, key);
	bool wanted = false;

	if (value)
		builder->good &= yaml_get_bool(builder->front, value, key, &wanted);
	if (wanted)
		call_append(builder, " %s", key);
}

void call_put_quantity(struct call_builder *builder, const char *key, const char *what,
		       enum quantity quantity, int64_t min, int64_t max, int64_t *number)
{
	struct yaml *value = call_value(builder, key);

	*number = 0;
	if (!value)
		return;
	if (!parse_quantity(builder->front, value, what, quantity, min, max, number))
		builder->good = false;
	else if (quantity == SIZE)
		call_append(builder, " %s=%" PRId64 "B", key, *number);
	else
		call_append(builder, " %s=%s", key, exact_time(&builder->front->arena, *number));
}

/* A name of a socket, as cclient takes it (docs/formats.md, section 1). */
static bool get_socket(struct front *front, const struct yaml *node, const char **name)
{
	if (!yaml_get_text(front, node, "a socket", name))
		return false;
	for (const char *at = *name; *at; at++) {
		if (isalnum((unsigned char)*at) || strchr("_-.", *at))
			continue;
		yaml_error(front, node,
			   "\"%s\" is no name of a socket: letters, digits, _, - and . make one",
			   *name);
		return false;
	}
	return true;
}

/* Addresses of a list; those of IPv6 make the socket one for both families. */
static bool get_addresses(struct call_builder *builder, const struct yaml *list,
			  struct address *addresses, size_t *count)
{
	*count = 0;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		if (*count == ADDRESSES_MAX) {
			yaml_error(builder->front, item, "more than %d addresses", ADDRESSES_MAX);
			return false;
		}
		if (!topology_get_address(builder->front, builder->scenario->topology, item,
					  &addresses[*count]))
			return false;
		if (addresses[(*count)++].family == AF_INET6 && !builder->endpoint->family_given)
			builder->endpoint->family = V6;
	}
	return true;
}

static void build_connect(struct call_builder *builder)
{
	builder->endpoint->connects = true;
	call_append(builder, " ");
	call_put_destinations(builder, "to", true);
}

static void build_connectx(struct call_builder *builder)
{
	static const char *const ways[] = { "lib", "old", "new", "get" };
	struct yaml *via = call_value(builder, "via"), *id = call_value(builder, "id");
	bool wanted = true;
	size_t way;

	builder->endpoint->connects = true;
	call_append(builder, " ");
	call_put_destinations(builder, "to", false);
	if (via) {
		if (yaml_get_word(builder->front, via, "via", ways, 4, &way))
			call_append(builder, " via=%s", ways[way]);
		else
			builder->good = false;
	}
	if (id) {
		builder->good &= yaml_get_bool(builder->front, id, "id", &wanted);
		call_append(builder, " id=%s", wanted ? "yes" : "no");
	}
	call_put_integer(builder, "length", "the length of the list in bytes", LENGTH_MAX);
}

static void build_recvmsg(struct call_builder *builder)
{
	int64_t max;

	call_put_flag(builder, "dontwait");
	call_put_quantity(builder, "max", "the room for a message", SIZE, 1, CALL_MESSAGE_MAX,
			  &max);
}

static void build_poll(struct call_builder *builder)
{
	struct yaml *events = call_require(builder, "events");
	int64_t timeout;

	if (events && events->count > 2) {
		yaml_error(builder->front, events, "events to poll for are POLLIN and POLLOUT");
		builder->good = false;
		return;
	}
	for (const struct yaml *item = events ? yaml_first(events) : NULL; item;
	     item = yaml_next(events, item)) {
		static const char *const known[] = { "POLLIN", "POLLOUT" };
		size_t index;

		if (yaml_get_word(builder->front, item, "an event to poll for", known, 2, &index))
			call_append(builder, index == 0 ? " in" : " out");
		else
			builder->good = false;
	}
	call_put_quantity(builder, "timeout", "a timeout", TIME, 0, 24 * H, &timeout);
}

static void build_listen(struct call_builder *builder)
{
	struct yaml *backlog = call_value(builder, "backlog");
	int64_t number = DEFAULT_BACKLOG;

	if (backlog)
		builder->good &=
			yaml_get_integer(builder->front, backlog, "a backlog", 0, 65535, &number);
	call_append(builder, " %" PRId64, number);
}

static void put_new_socket(struct call_builder *builder, const char *fallback)
{
	struct yaml *as = call_value(builder, "as");
	const char *name = fallback;

	if (as)
		builder->good &= get_socket(builder->front, as, &name);
	call_append(builder, " %s", name);
}

static void build_accept(struct call_builder *builder)
{
	put_new_socket(builder, "s.1");
}

static void put_association(struct call_builder *builder, const char *fallback)
{
	struct yaml *assoc = call_value(builder, "assoc");
	int64_t id;

	if (!assoc ||
	    (assoc->type == YAML_SCALAR && fallback[0] && strcmp(assoc->text, "last") == 0))
		call_append(builder, "%s", fallback);
	else if (yaml_get_integer(builder->front, assoc, "an association's id", 0, INT32_MAX, &id))
		call_append(builder, " %" PRId64, id);
	else
		builder->good = false;
}

static void build_peeloff(struct call_builder *builder)
{
	put_association(builder, " last");
	put_new_socket(builder, "p");
}

static void build_with_association(struct call_builder *builder)
{
	put_association(builder, "");
}

static void build_bindx(struct call_builder *builder)
{
	struct address addresses[ADDRESSES_MAX];
	struct yaml *list = call_require(builder, "addresses"),
		    *port_yaml = call_value(builder, "port"),
		    *remove_yaml = call_value(builder, "remove");
	bool is_bind = strcmp(builder->call->name, "bind") == 0, remove = false;
	int64_t port = builder->endpoint->port;
	size_t count;

	builder->good = builder->good && get_addresses(builder, list, addresses, &count);
	if (!builder->good)
		return;
	if (count == 0 || (is_bind && count > 1)) {
		yaml_error(builder->front, list, "%s takes %s; found %zu", builder->call->name,
			   is_bind ? "one address" : "one address or a list of them", count);
		builder->good = false;
		return;
	}
	if (port_yaml)
		builder->good &=
			yaml_get_integer(builder->front, port_yaml, "a port", 0, 65535, &port);
	if (remove_yaml)
		builder->good &= yaml_get_bool(builder->front, remove_yaml, "remove", &remove);
	for (size_t i = 0; i < count; i++) {
		const char *text = format_address(&builder->front->arena, &addresses[i]);

		if (is_bind)
			call_append(builder,
				    addresses[i].family == AF_INET6 ? " [%s]:%" PRId64 :
								      " %s:%" PRId64,
				    text, port);
		else
			call_append(builder, "%s%s", i ? "," : " ", text);
	}
	if (!is_bind)
		call_append(builder, " port=%" PRId64 "%s", port, remove ? " rem" : "");
}

static void build_option(struct call_builder *builder)
{
	struct yaml *option = call_require(builder, "option"),
		    *fields = call_value(builder, "fields"), *value = call_value(builder, "value");
	const char *name, *arguments;

	if (!option || !yaml_get_text(builder->front, option, "an option", &name)) {
		builder->good = false;
		return;
	}
	if (strcmp(builder->call->name, "setsockopt") == 0 && !fields == !value) {
		yaml_key_error(builder->front, builder->yaml,
			       "setsockopt needs either \"fields\" or \"value\"");
		builder->good = false;
		return;
	}
	if (fields && fields->type != YAML_MAP) {
		yaml_error(builder->front, fields,
			   "fields are a mapping such as {srto_initial: 1s}");
		builder->good = false;
		return;
	}
	/* without either, only the option's name is checked */
	arguments = option_arguments(builder->scenario, name, option,
				     fields ? fields :
				     value  ? value :
					      &(struct yaml){ .type = YAML_MAP });
	call_append(builder, " %s", name);
	call_put_integer(builder, "assoc", "an association's id", INT32_MAX);
	if (arguments)
		call_append(builder, "%s", arguments);
	else
		builder->good = false;
}

static void build_shutdown(struct call_builder *builder)
{
	static const char *const ways[] = { "rd", "wr", "rdwr" };
	struct yaml *how = call_value(builder, "how");
	size_t way = 1;

	if (how)
		builder->good &= yaml_get_word(builder->front, how, "how", ways, 3, &way);
	call_append(builder, " %s", ways[way]);
}

static void build_nothing(struct call_builder *builder)
{
	(void)builder;
}

/* It is about the process, and names no socket. */
static void build_unprivileged(struct call_builder *builder)
{
	builder->line = builder->call->name;
}

/* The line goes to cclient as it is; it judges it, we only see that it is one line and one command. */
static void build_command(struct call_builder *builder)
{
	struct yaml *line = call_require(builder, "line");

	if (!line)
		return;
	builder->good = line->type == YAML_SCALAR && isalpha((unsigned char)line->text[0]) &&
			strlen(line->text) <= 4000;
	for (const char *at = line->text; *at && builder->good; at++)
		builder->good = (unsigned char)*at >= ' ' && *at != 0x7f;
	if (!builder->good)
		yaml_error(builder->front, line,
			   "a line is one command of cclient, such as \"getsockopt s SO_ERROR\"");
	else
		builder->line = line->text;
}

static const struct call calls[] = {
	{ "connect", false, build_connect, { "to", "port", "socket" } },
	{ "connectx", false, build_connectx, { "to", "port", "via", "id", "length", "socket" } },
	{ "send",
	  true,
	  call_build_send,
	  { "size", "text", "every", "count", "for", "stream", "streams", "ppid", "unordered",
	    "lifetime", "rtx", "assoc", "to", "port", "dontwait", "socket" } },
	{ "sendmsg",
	  true,
	  call_build_send,
	  { "size", "text", "stream", "ppid", "unordered", "lifetime", "rtx", "assoc", "to", "port",
	    "dontwait", "socket" } },
	{ "recvmsg", true, build_recvmsg, { "dontwait", "max", "socket" } },
	{ "poll", false, build_poll, { "events", "timeout", "socket" } },
	{ "listen", false, build_listen, { "backlog", "socket" } },
	{ "accept", false, build_accept, { "as", "socket" } },
	{ "bind", false, build_bindx, { "addresses", "port", "socket" } },
	{ "bindx", false, build_bindx, { "addresses", "port", "remove", "socket" } },
	{ "peeloff", false, build_peeloff, { "assoc", "as", "socket" } },
	{ "status", true, build_with_association, { "assoc", "socket" } },
	{ "paths", true, build_with_association, { "assoc", "socket" } },
	{ "getpaddrs", true, build_with_association, { "assoc", "socket" } },
	{ "getladdrs", true, build_with_association, { "assoc", "socket" } },
	{ "getpeername", true, build_nothing, { "socket" } },
	{ "getsockopt", false, build_option, { "option", "fields", "assoc", "socket" } },
	{ "setsockopt", false, build_option, { "option", "fields", "value", "assoc", "socket" } },
	{ "shutdown", true, build_shutdown, { "how", "socket" } },
	{ "abort", true, build_with_association, { "assoc", "socket" } },
	{ "close", false, build_nothing, { "socket" } },
	{ "unprivileged", false, build_unprivileged, { NULL } },
	{ "command", false, build_command, { "line" } },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

const struct call *get_call(struct front *front, const struct yaml *name)
{
	struct name_list names = { 0 };
	const char *text;

	if (!yaml_get_text(front, name, "a call", &text))
		return NULL;
	for (size_t i = 0; i < CALLS; i++) {
		if (strcmp(calls[i].name, text) == 0)
			return &calls[i];
		name_list_add(&front->arena, &names, calls[i].name);
	}
	yaml_unknown(front, name, "call", &names);
	return NULL;
}

const char *const *call_keys(const struct call *call)
{
	return call->keys;
}

const char *call_name(const struct call *call)
{
	return call->name;
}

struct name_list all_call_keys(struct front *front)
{
	struct name_list names = { 0 };

	for (size_t i = 0; i < CALLS; i++) {
		for (size_t k = 0; calls[i].keys[k]; k++) {
			if (name_list_find(&names, calls[i].keys[k]) < 0)
				name_list_add(&front->arena, &names, calls[i].keys[k]);
		}
	}
	return names;
}

bool make_command(struct scenario *scenario, const struct call *call, struct endpoint *endpoint,
		  const struct yaml *step_yaml, struct yaml *const *values, struct step *step)
{
	struct call_builder builder = {
		.scenario = scenario,
		.front = scenario->front,
		.call = call,
		.endpoint = endpoint,
		.yaml = step_yaml,
		.values = values,
		.step = step,
		.good = true,
	};
	const char *socket = endpoint_socket(endpoint, call->about_association);
	struct yaml *given = call_value(&builder, "socket");

	if (given && !get_socket(builder.front, given, &socket))
		return false;
	builder.line = arena_printf(&builder.front->arena, "%s %s", call->name, socket);
	call->build(&builder);
	if (!builder.good)
		return false;
	/* "traffic" for a send that repeats, whatever the line begins with for a command */
	const char *name = builder.line;
	size_t length = strcspn(name, " ");

	json_object_set_new(step->json, "call", json_stringn(name, length));
	json_object_set_new(step->json, "command", json_string(builder.line));
	step->is_command = true;
	return true;
}
