// SPDX-License-Identifier: GPL-2.0-only
// Endpoints of a scenario: what they are, and the commands that set them up.
#include <inttypes.h>
#include <string.h>

#include "lab/front/program.h"
#include "lab/front/scenario.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

#define NAME_MAX_LENGTH 31
#define BIND_MAX	64
#define EVENTS_MAX	32

/* RFC 6458, section 6.1; without SCTP_SENDER_DRY_EVENT and others that come with every message. */
#define DEFAULT_EVENTS                                                                      \
	"SCTP_ASSOC_CHANGE SCTP_PEER_ADDR_CHANGE SCTP_REMOTE_ERROR SCTP_SEND_FAILED_EVENT " \
	"SCTP_SHUTDOWN_EVENT"

const char *endpoint_socket(const struct endpoint *endpoint, bool about_association)
{
	return about_association && endpoint->listens && !endpoint->one_to_many ? "s.1" : "s";
}

long scenario_get_endpoint(struct scenario *scenario, const struct yaml *name)
{
	const char *text;
	long endpoint;

	if (!yaml_get_text(scenario->front, name, "an endpoint", &text))
		return -1;
	endpoint = name_list_find(&scenario->endpoint_names, text);
	if (endpoint < 0)
		yaml_unknown(scenario->front, name, "endpoint", &scenario->endpoint_names);
	return endpoint;
}

/* Whether the node has the address, in that VRF and on that link, unless these are NULL. */
static bool has_address(const struct topology *topology, size_t node, const struct topo_vrf *vrf,
			const struct topo_link *link, const struct address *address)
{
	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_link *other = &topology->links[i / 2];
		const struct topo_end *end = &other->ends[i % 2];

		if ((!link || link == other) && end->node == node &&
		    (!vrf || vrf_domain(topology, vrf) == end->domain) &&
		    end_has_address(end, address))
			return true;
	}
	return false;
}

static bool read_bind(struct scenario *scenario, const struct yaml *list, struct endpoint *endpoint)
{
	struct front *front = scenario->front;
	const struct topology *topology = scenario->topology;
	size_t room = list->type == YAML_LIST ? list->count : 1;
	bool good = true;

	if (room == 0 || room > BIND_MAX) {
		yaml_error(front, list, "bind takes 1 to %d addresses; leave it out to bind to all",
			   BIND_MAX);
		return false;
	}
	endpoint->bind = arena_array(&front->arena, room, sizeof(endpoint->bind[0]));
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		struct address *address = &endpoint->bind[endpoint->n_bind];
		const struct topo_link *link;
		long owner;

		if (!topology_get_place(front, topology, item, address, &link)) {
			good = false;
			continue;
		}
		owner = topology_owner(topology, link, address);
		if (!has_address(topology, endpoint->node, NULL, link, address)) {
			yaml_error(
				front, item,
				"%s is no address of node \"%s\", where endpoint \"%s\" runs%s%s%s",
				item->text, topology->nodes[endpoint->node].name, endpoint->name,
				owner < 0 ? "" : "; it belongs to node \"",
				owner < 0 ? "" : topology->nodes[owner].name,
				owner < 0 ? "" : "\"");
			good = false;
			continue;
		}
		if (!has_address(topology, endpoint->node, endpoint->vrf, link, address)) {
			yaml_error(front, item,
				   "%s is no address in VRF \"%s\", to which the socket of "
				   "endpoint \"%s\" is bound",
				   item->text, endpoint->vrf->name, endpoint->name);
			good = false;
			continue;
		}
		for (size_t i = 0; i < endpoint->n_bind; i++) {
			if (address_equal(&endpoint->bind[i], address)) {
				yaml_error(front, item, "%s is in the list already", item->text);
				good = false;
			}
		}
		if (endpoint->bind[endpoint->n_bind++].family == AF_INET6 &&
		    !endpoint->family_given)
			endpoint->family = V6;
	}
	if (good && endpoint->family_given && endpoint->family == V4) {
		for (size_t i = 0; i < endpoint->n_bind; i++) {
			if (endpoint->bind[i].family != AF_INET6)
				continue;
			yaml_error(front, list,
				   "an IPv4 socket cannot be bound to %s; write family: ipv6",
				   format_address(&front->arena, &endpoint->bind[i]));
			return false;
		}
	}
	return good;
}

static bool read_listen(struct front *front, const struct yaml *listen, struct endpoint *endpoint)
{
	bool wanted;

	endpoint->backlog = DEFAULT_BACKLOG;
	if (listen->type == YAML_SCALAR && listen->text[0] >= '0' && listen->text[0] <= '9') {
		endpoint->listens = true;
		return yaml_get_integer(front, listen, "a backlog", 1, 65535, &endpoint->backlog);
	}
	if (!yaml_get_bool(front, listen, "listen", &wanted))
		return false;
	endpoint->listens = wanted;
	return true;
}

static bool read_kind(struct front *front, const struct yaml *family, const struct yaml *style,
		      struct endpoint *endpoint)
{
	static const char *const families[] = { "ipv4", "ipv6" };
	static const char *const styles[] = { "one-to-one", "one-to-many" };
	size_t index;

	if (family) {
		if (!yaml_get_word(front, family, "a family", families, 2, &index))
			return false;
		endpoint->family_given = true;
		endpoint->family = index == 0 ? V4 : V6;
	}
	if (style) {
		if (!yaml_get_word(front, style, "a style", styles, 2, &index))
			return false;
		endpoint->one_to_many = index == 1;
	}
	return true;
}

static bool check_events(struct front *front, const struct yaml *events)
{
	const char *name;
	bool good = true;

	if (events->type == YAML_SCALAR && (strcmp(events->text, "all") == 0))
		return true;
	if (events->type == YAML_SCALAR && strncmp(events->text, "SCTP_", 5) != 0) {
		bool value;

		return yaml_get_bool(front, events, "events (or all, or a list of notifications)",
				     &value);
	}
	if (events->count > EVENTS_MAX) {
		yaml_error(front, events, "events are at most %d; write all for all of them",
			   EVENTS_MAX);
		return false;
	}
	for (const struct yaml *item = yaml_first(events); item; item = yaml_next(events, item))
		good &= get_notification(front, item, &name);
	return good;
}

static bool read_endpoint(struct scenario *scenario, const struct yaml *entry,
			  struct endpoint *endpoint)
{
	struct front *front = scenario->front;
	struct yaml *node, *bind, *port, *listen, *family, *style, *nonblocking, *v6only, *timeout,
		*options, *events, *watch, *privileged, *poison, *vrf;
	struct yaml_key keys[] = {
		{ "node", &node, true },
		{ "vrf", &vrf, false },
		{ "bind", &bind, false },
		{ "port", &port, false },
		{ "listen", &listen, false },
		{ "family", &family, false },
		{ "style", &style, false },
		{ "nonblocking", &nonblocking, false },
		{ "v6only", &v6only, false },
		{ "send-timeout", &timeout, false },
		{ "options", &options, false },
		{ "events", &events, false },
		{ "watch", &watch, false },
		{ "privileged", &privileged, false },
		{ "poison-errno", &poison, false },
	};
	bool good;
	long index;

	if (is_program(entry))
		return program_read(scenario, entry, endpoint);
	if (!YAML_READ_MAP(front, entry, "an endpoint", keys))
		return false;
	index = topology_get_node(front, scenario->topology, node);
	if (index < 0)
		return false;
	endpoint->node = (size_t)index;
	endpoint->watch = endpoint->privileged = true;
	endpoint->family = scenario->topology->usual;
	endpoint->options = options;
	endpoint->events = events;
	good = read_kind(front, family, style, endpoint);
	if (vrf) {
		endpoint->vrf = topology_get_vrf(front, scenario->topology, endpoint->node, vrf);
		good &= endpoint->vrf != NULL;
	}
	if (bind)
		good &= read_bind(scenario, bind, endpoint);
	if (port)
		good &= yaml_get_integer(front, port, "a port", 0, 65535, &endpoint->port);
	if (listen)
		good &= read_listen(front, listen, endpoint);
	if (nonblocking)
		good &= yaml_get_bool(front, nonblocking, "nonblocking", &endpoint->nonblocking);
	if (v6only)
		good &= yaml_get_bool(front, v6only, "v6only", &endpoint->v6only);
	if (watch)
		good &= yaml_get_bool(front, watch, "watch", &endpoint->watch);
	if (privileged)
		good &= yaml_get_bool(front, privileged, "privileged", &endpoint->privileged);
	if (poison)
		good &= get_errno(front, poison, "poison-errno", &endpoint->poison);
	if (timeout)
		good &= parse_quantity(front, timeout, "a send timeout", TIME, MS, 24 * H,
				       &endpoint->send_timeout_ns);
	if (events)
		good &= check_events(front, events);
	if (endpoint->v6only && endpoint->family_given && endpoint->family == V4) {
		yaml_error(front, v6only, "v6only is for IPv6 sockets; this one has family: ipv4");
		good = false;
	}
	if (good && endpoint->listens && endpoint->port == 0) {
		yaml_key_error(front, entry,
			       "endpoint \"%s\" listens, so it needs a port from 1 to 65535",
			       endpoint->name);
		good = false;
	}
	return good;
}

static bool share_address(const struct endpoint *a, const struct endpoint *b,
			  const struct address **shared)
{
	*shared = NULL;
	if (a->vrf && b->vrf && a->vrf != b->vrf)
		return false;
	/* without addresses a socket is bound to all of the node */
	if (a->n_bind == 0 || b->n_bind == 0) {
		*shared = a->n_bind > 0 ? &a->bind[0] : b->n_bind > 0 ? &b->bind[0] : NULL;
		return true;
	}
	for (size_t i = 0; i < a->n_bind; i++) {
		for (size_t k = 0; k < b->n_bind; k++) {
			if (address_equal(&a->bind[i], &b->bind[k])) {
				*shared = &a->bind[i];
				return true;
			}
		}
	}
	return false;
}

static bool check_ports(struct scenario *scenario)
{
	struct front *front = scenario->front;
	const struct address *shared;
	bool good = true;

	for (size_t i = 1; i < scenario->n_endpoints; i++) {
		const struct endpoint *endpoint = &scenario->endpoints[i];

		for (size_t k = 0; k < i; k++) {
			const struct endpoint *other = &scenario->endpoints[k];

			if (endpoint->port == 0 || endpoint->port != other->port ||
			    endpoint->node != other->node ||
			    !share_address(endpoint, other, &shared))
				continue;
			yaml_key_error(
				front, endpoint->yaml,
				"endpoints \"%s\" (line %d) and \"%s\" both take port %" PRId64
				" of %s on node \"%s\"; give one of them another port",
				other->name, other->yaml->key_line, endpoint->name, endpoint->port,
				shared ? format_address(&front->arena, shared) : "all addresses",
				scenario->topology->nodes[endpoint->node].name);
			good = false;
			break;
		}
	}
	return good;
}

/* A step has the endpoint's name as a key, beside these. */
static bool is_step_key(struct front *front, const char *name)
{
	static const char *const common[] = { "at",	"after",  "when", "name",   "expect",
					      "source", "fault",  "heal", "signal", "start",
					      "input",	"number", "line", "end" };
	struct name_list keys = all_call_keys(front);

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		name_list_add(&front->arena, &keys, common[i]);
	return name_list_find(&keys, name) >= 0;
}

bool scenario_read_endpoints(struct scenario *scenario, const struct yaml *map)
{
	struct front *front = scenario->front;
	bool good = true;

	if (map->type != YAML_MAP || map->count == 0 || map->count > ENDPOINTS_MAX) {
		yaml_error(
			front, map,
			"endpoints are a mapping of 1 to %d names to what each is, such as {server: "
			"{node: server}}",
			ENDPOINTS_MAX);
		return false;
	}
	scenario->endpoints = arena_array(&front->arena, map->count, sizeof(struct endpoint));
	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		struct endpoint *endpoint = &scenario->endpoints[scenario->n_endpoints];
		struct yaml name = *entry;

		name.type = YAML_SCALAR;
		name.text = entry->key;
		name.line = entry->key_line;
		name.column = entry->key_column;
		if (!yaml_get_name(front, &name, "an endpoint's name", NAME_MAX_LENGTH,
				   &endpoint->name)) {
			good = false;
			continue;
		}
		if (is_step_key(front, endpoint->name)) {
			yaml_key_error(
				front, entry,
				"\"%s\" is a key of the timeline and cannot name an endpoint",
				endpoint->name);
			good = false;
			continue;
		}
		endpoint->yaml = entry;
		scenario->n_endpoints++;
		name_list_add(&front->arena, &scenario->endpoint_names, endpoint->name);
		good &= read_endpoint(scenario, entry, endpoint);
	}
	return good && check_ports(scenario);
}

/* "on" as cclient's `events` takes it, or NULL when there are to be none. */
static const char *make_events(struct front *front, const struct yaml *events)
{
	const char *text = "events s on";
	bool wanted = true;

	if (!events)
		return "events s on " DEFAULT_EVENTS;
	if (events->type == YAML_SCALAR && strcmp(events->text, "all") == 0)
		return text;
	if (events->type == YAML_SCALAR && strncmp(events->text, "SCTP_", 5) != 0) {
		yaml_get_bool(front, events, "events", &wanted);
		return wanted ? "events s on " DEFAULT_EVENTS : NULL;
	}
	if (events->type == YAML_LIST && events->count == 0)
		return NULL;
	for (const struct yaml *item = yaml_first(events); item; item = yaml_next(events, item))
		text = arena_printf(&front->arena, "%s %s", text, item->text);
	return text;
}

static void add_command(json_t *setup, const char *command)
{
	json_array_append_new(setup, json_string(command));
}

/* net/sctp/socket.c, sctp_setsockopt_auto_asconf(): only of a socket that is bound to all addresses. */
static bool needs_bind(const char *option)
{
	return strcmp(option, "SCTP_AUTO_ASCONF") == 0;
}

/* The options that come before bind, or those that come after it. */
static bool make_options(struct scenario *scenario, const struct yaml *options, bool bound,
			 json_t *setup)
{
	struct front *front = scenario->front;
	bool good = true;

	if (options->type != YAML_MAP) {
		if (!bound)
			yaml_error(
				front, options,
				"options are a mapping such as {SCTP_RTOINFO: {srto_initial: 1s}}");
		return false;
	}
	for (const struct yaml *entry = options->first; entry; entry = entry->next) {
		const char *arguments;

		if (needs_bind(entry->key) != bound)
			continue;
		arguments = option_arguments(scenario, entry->key, entry, entry);
		if (arguments)
			add_command(setup, arena_printf(&front->arena, "setsockopt s %s%s",
							entry->key, arguments));
		good &= arguments != NULL;
	}
	return good;
}

static void make_bind(struct front *front, const struct endpoint *endpoint, json_t *setup)
{
	struct arena *arena = &front->arena;
	const char *list = "";

	if (endpoint->n_bind == 0 && endpoint->port == 0)
		return;
	if (endpoint->n_bind == 0) {
		add_command(setup, arena_printf(arena, "bind s %s:%" PRId64,
						endpoint->family == V6 ? "[::]" : "0.0.0.0",
						endpoint->port));
		return;
	}
	for (size_t i = 0; i < endpoint->n_bind; i++)
		list = arena_printf(arena, "%s%s%s", list, i ? "," : "",
				    format_address(arena, &endpoint->bind[i]));
	if (endpoint->n_bind > 1)
		add_command(setup,
			    arena_printf(arena, "bindx s %s port=%" PRId64, list, endpoint->port));
	else
		add_command(setup, arena_printf(arena,
						endpoint->bind[0].family == AF_INET6 ?
							"bind s [%s]:%" PRId64 :
							"bind s %s:%" PRId64,
						list, endpoint->port));
}

static json_t *make_endpoint(struct scenario *scenario, const struct endpoint *endpoint)
{
	struct front *front = scenario->front;
	struct arena *arena = &front->arena;
	json_t *setup = json_array();
	const char *events = make_events(front, endpoint->events);
	json_t *program;
	bool good = true;

	if (endpoint->program) {
		program = program_make(endpoint);
		return json_pack("{s:s, s:I, s:o, s:o, s:i, s:i, s:s}", "name", endpoint->name,
				 "node", (json_int_t)endpoint->node, "setup", setup, "program",
				 program, "line", endpoint->yaml->key_line, "column",
				 endpoint->yaml->key_column, "text",
				 yaml_append_part(front, "", endpoint->yaml));
	}
	if (endpoint->poison)
		add_command(setup, arena_printf(arena, "poison %s", endpoint->poison));
	if (!endpoint->privileged)
		add_command(setup, "unprivileged");
	add_command(setup, arena_printf(arena, "socket s %s %s%s%s",
					endpoint->family == V6 ? "inet6" : "inet",
					endpoint->one_to_many ? "seqpacket" : "stream",
					endpoint->nonblocking ? " nonblock" : "",
					endpoint->v6only ? " v6only" : ""));
	if (endpoint->vrf)
		add_command(setup, arena_printf(arena, "setsockopt s SO_BINDTODEVICE value=%s",
						endpoint->vrf->name));
	if (endpoint->send_timeout_ns > 0)
		add_command(setup, arena_printf(arena, "setsockopt s SO_SNDTIMEO value=%s",
						exact_time(arena, endpoint->send_timeout_ns)));
	if (endpoint->options)
		good = make_options(scenario, endpoint->options, false, setup);
	if (events)
		add_command(setup, events);
	make_bind(front, endpoint, setup);
	if (endpoint->options)
		good &= make_options(scenario, endpoint->options, true, setup);
	if (endpoint->listens)
		add_command(setup, arena_printf(arena, "listen s %" PRId64, endpoint->backlog));
	if (endpoint->watch)
		add_command(setup, "watch s");
	if (!good) {
		json_decref(setup);
		return NULL;
	}
	return json_pack("{s:s, s:I, s:o, s:i, s:i, s:s}", "name", endpoint->name, "node",
			 (json_int_t)endpoint->node, "setup", setup, "line",
			 endpoint->yaml->key_line, "column", endpoint->yaml->key_column, "text",
			 yaml_append_part(front, "", endpoint->yaml));
}

json_t *scenario_make_endpoints(struct scenario *scenario)
{
	json_t *list = json_array();
	bool good = true;

	for (size_t i = 0; i < scenario->n_endpoints; i++) {
		json_t *endpoint = make_endpoint(scenario, &scenario->endpoints[i]);

		if (endpoint)
			json_array_append_new(list, endpoint);
		good &= endpoint != NULL;
	}
	if (good)
		return list;
	json_decref(list);
	return NULL;
}
