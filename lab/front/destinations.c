// SPDX-License-Identifier: GPL-2.0-only
// Where connect, connectx and send go: names, literals, ports, and the addresses that only cclient has.
#include <inttypes.h>
#include <string.h>

#include "lab/front/call.h"

#define DESTINATIONS_MAX 64
#define LONG_LIST_MAX	 400000 /* cclient's LIST_ADDRESSES_MAX */

struct destination {
	const struct yaml *yaml;
	const char *text; /* for cclient, without a port */
	bool named; /* `address` is one of the network or a literal; else it is one of cclient's own */
	bool whole; /* stands for the whole list */
	struct address address;
	const struct topo_link *link; /* by whose name the address is meant, or NULL */
	int64_t port;		      /* -1: none of its own */
	int64_t times;		      /* so many, counting up */
};

/* Whether what comes to that end for the address is for the endpoint. */
static bool takes(const struct topology *topology, const struct endpoint *endpoint,
		  const struct topo_end *end, const struct address *address)
{
	if (endpoint->node != end->node || !end_has_address(end, address) ||
	    (endpoint->vrf && vrf_domain(topology, endpoint->vrf) != end->domain))
		return false;
	for (size_t i = 0; i < endpoint->n_bind; i++) {
		if (address_equal(&endpoint->bind[i], address))
			return true;
	}
	return endpoint->n_bind == 0;
}

int64_t scenario_find_port(const struct scenario *scenario, const struct address *address,
			   const struct topo_link *link, const struct endpoint *caller)
{
	const struct topology *topology = scenario->topology;
	int64_t port = 0;

	for (size_t i = 0; i < scenario->n_endpoints; i++) {
		const struct endpoint *endpoint = &scenario->endpoints[i];
		bool has = false;

		for (size_t k = 0; !has && k < 2 * topology->n_links; k++)
			has = (!link || link == &topology->links[k / 2]) &&
			      takes(topology, endpoint, &topology->links[k / 2].ends[k % 2],
				    address);
		if (!has || endpoint == caller || endpoint->port == 0)
			continue;
		if (endpoint->listens)
			return endpoint->port;
		port = port ? port : endpoint->port;
	}
	return port;
}

/* cclient's own: pointers, an empty list, an address of a family by number. */
static bool read_special(struct front *front, const struct yaml *item,
			 struct destination *destination)
{
	static const char *const whole[] = { "@null", "@bad", "@edge", "@empty" };
	const char *text = destination->text, *number = text + strlen("@family:");

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (strcmp(text, whole[i]) == 0) {
			destination->whole = true;
			return true;
		}
	}
	if (strncmp(text, "@family:", strlen("@family:")) == 0 && *number && strlen(number) <= 5 &&
	    strspn(number, "0123456789") == strlen(number))
		return true;
	yaml_error(front, item,
		   "\"%s\" is no special address; expected @null, @bad, @edge, @empty or @family:N",
		   text);
	return false;
}

/* A decimal number behind a separator, which is cut off. */
static bool read_suffix(struct front *front, const struct yaml *item, char *separator,
			const char *what, int64_t min, int64_t max, int64_t *number)
{
	struct yaml digits = *item;

	digits.text = separator + 1;
	digits.type = YAML_SCALAR;
	*separator = '\0';
	return yaml_get_integer(front, &digits, what, min, max, number);
}

static bool read_destination(struct call_builder *builder, const struct yaml *item,
			     struct destination *destination)
{
	struct front *front = builder->front;
	const char *given;
	char *text, *separator;

	*destination = (struct destination){ .yaml = item, .port = -1, .times = 1 };
	if (!yaml_get_text(front, item, "an address", &given))
		return false;
	text = arena_strdup(&front->arena, given);
	destination->text = text;
	if (text[0] == '@')
		return read_special(front, item, destination);
	separator = strrchr(text, '*');
	if (separator && !read_suffix(front, item, separator, "a number of addresses", 1,
				      LONG_LIST_MAX, &destination->times))
		return false;
	separator = strrchr(text, ':');
	if (separator &&
	    (separator == strchr(text, ':') || (text[0] == '[' && separator[-1] == ']'))) {
		if (!read_suffix(front, item, separator, "a port", 0, 65535, &destination->port))
			return false;
	}
	if (text[0] == '[' && text[strlen(text) - 1] == ']') {
		text[strlen(text) - 1] = '\0';
		text++;
	}
	if (!topology_parse_place(front, builder->scenario->topology, item, text,
				  &destination->address, &destination->link))
		return false;
	destination->named = true;
	destination->text = format_address(&front->arena, &destination->address);
	if (destination->address.family == AF_INET6 && !builder->endpoint->family_given)
		builder->endpoint->family = V6;
	return true;
}

static bool read_list(struct call_builder *builder, const struct yaml *list, bool only_one,
		      struct destination *destinations, size_t *count)
{
	bool connects = strncmp(builder->call->name, "connect", strlen("connect")) == 0;

	*count = 0;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		struct destination *destination = &destinations[*count];

		if (*count == DESTINATIONS_MAX) {
			yaml_error(builder->front, item,
				   "more than %d addresses; ADDRESS*N makes long lists",
				   DESTINATIONS_MAX);
			return false;
		}
		if (!read_destination(builder, item, destination))
			return false;
		if ((!destination->named && !connects) ||
		    (only_one &&
		     (destination->times > 1 || strcmp(destination->text, "@empty") == 0))) {
			yaml_error(builder->front, item, "%s takes one address; \"%s\" is none",
				   builder->call->name, item->text);
			return false;
		}
		++*count;
	}
	for (size_t i = 0; i < *count; i++) {
		if (!destinations[i].whole || *count == 1)
			continue;
		yaml_error(builder->front, destinations[i].yaml,
			   "%s can only stand for the whole list", destinations[i].text);
		return false;
	}
	if (*count > 0 && (!only_one || *count == 1))
		return true;
	yaml_error(builder->front, list, "%s takes %s; found %zu", builder->call->name,
		   only_one ? "one address" : "one address or a list of them", *count);
	return false;
}

/* The port of those that name none. */
static bool get_port(struct call_builder *builder, const struct destination *destinations,
		     size_t count, const struct yaml *to, int64_t *port)
{
	struct yaml *given = call_value(builder, "port");
	bool needed = false;

	*port = 0;
	if (given)
		return yaml_get_integer(builder->front, given, "a port", 0, 65535, port);
	for (size_t i = 0; i < count; i++) {
		int64_t found;

		if (!destinations[i].named || destinations[i].port >= 0)
			continue;
		needed = true;
		found = scenario_find_port(builder->scenario, &destinations[i].address,
					   destinations[i].link, builder->endpoint);
		if (found != 0 && *port != 0 && found != *port) {
			yaml_error(
				builder->front, to,
				"these addresses belong to endpoints with different ports (%" PRId64
				" and %" PRId64 "); say which with port",
				*port, found);
			return false;
		}
		*port = found ? found : *port;
	}
	if (*port != 0 || !needed)
		return true;
	yaml_error(builder->front, to,
		   "no endpoint with a port has %s; say which port is meant with port",
		   count == 1 ? "this address" : "any of these addresses");
	return false;
}

static void put_with_port(struct call_builder *builder, const struct destination *destination,
			  int64_t port)
{
	if (!destination->named)
		call_append(builder, "%s", destination->text);
	else
		call_append(builder,
			    destination->address.family == AF_INET6 ? "[%s]:%" PRId64 :
								      "%s:%" PRId64,
			    destination->text, port);
}

void call_put_destinations(struct call_builder *builder, const char *key, bool only_one)
{
	struct destination destinations[DESTINATIONS_MAX];
	struct yaml *to = call_require(builder, key);
	size_t count;
	int64_t port;

	builder->good = builder->good && read_list(builder, to, only_one, destinations, &count) &&
			get_port(builder, destinations, count, to, &port);
	if (!builder->good)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct destination *destination = &destinations[i];

		if (i > 0)
			call_append(builder, ",");
		if (only_one || destination->port >= 0)
			put_with_port(builder, destination,
				      destination->port >= 0 ? destination->port : port);
		else
			call_append(builder, "%s", destination->text);
		if (destination->times > 1)
			call_append(builder, "*%" PRId64, destination->times);
	}
	if (!only_one)
		call_append(builder, " port=%" PRId64, port);
}
