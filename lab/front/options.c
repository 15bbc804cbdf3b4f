// SPDX-License-Identifier: GPL-2.0-only
// Socket options as a scenario writes them, and as cclient takes them.
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lab/front/scenario.h"
#include "lab/front/units.h"

#define FIELDS_MAX 32

static bool is_word(const char *text, const char *extra)
{
	if (text[0] == '\0' || strlen(text) > 200)
		return false;
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && !strchr(extra, *text))
			return false;
	}
	return true;
}

/*
 * An address by name: server.b, server.b:5000. The kernel finds an address of an association by its
 * port too (sctp_addr_id2transport()), so one that is known is passed on.
 */
static const char *make_address(struct scenario *scenario, const struct yaml *value)
{
	struct arena *arena = &scenario->front->arena;
	char *name = arena_strdup(arena, value->text), *port = strchr(name, ':');
	const struct topo_link *link;
	struct address address;
	int64_t known;

	if (port)
		*port++ = '\0';
	if (!topology_parse_place(scenario->front, scenario->topology, value, name, &address,
				  &link))
		return NULL;
	known = scenario_find_port(scenario, &address, link, NULL);
	if (!port && known == 0)
		return format_address(arena, &address);
	if (!port)
		port = arena_printf(arena, "%" PRId64, known);
	return arena_printf(arena, address.family == AF_INET6 ? "[%s]:%s" : "%s:%s",
			    format_address(arena, &address), port);
}

static bool looks_like_time(const char *text)
{
	size_t digits = strspn(text, "0123456789.");

	return digits > 0 && (isalpha((unsigned char)text[digits]) || text[digits] == ' ') &&
	       !strchr(text, ':') && strncmp(text, "0x", 2) != 0;
}

/* The value as one word: numbers and names as they are, times in ms, truth as 1 and 0. */
static const char *make_value(struct scenario *scenario, const char *option,
			      const struct yaml *value)
{
	struct front *front = scenario->front;
	bool is_time = strcmp(option, "SO_SNDTIMEO") == 0 || strcmp(option, "SO_RCVTIMEO") == 0;
	const char *text;
	int64_t time;

	if (!yaml_get_text(front, value, "the value of an option", &text))
		return NULL;
	if (is_time || looks_like_time(text)) {
		if (!parse_quantity(front, value, "an option's time", TIME, 0, YEAR, &time))
			return NULL;
		if (is_time)
			return exact_time(&front->arena, time);
		if (time % MS == 0)
			return arena_printf(&front->arena, "%" PRId64, time / MS);
		yaml_error(front, value,
			   "\"%s\" is no whole number of milliseconds, as options count time",
			   text);
		return NULL;
	}
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return text[0] == 't' ? "1" : "0";
	if (isalpha((unsigned char)text[0]) && strchr(text, '.') && is_word(text, "_-.:"))
		return make_address(scenario, value);
	if (is_word(text, "_-.:,+|[]"))
		return text;
	yaml_error(front, value,
		   "\"%s\" is no value of an option; expected a number, a time or a name", text);
	return NULL;
}

const char *option_arguments(struct scenario *scenario, const char *option, const struct yaml *at,
			     const struct yaml *value)
{
	struct front *front = scenario->front;
	const char *arguments = "";

	if (!is_word(option, "_")) {
		yaml_key_error(front, at,
			       "\"%s\" is no socket option; expected such as SCTP_RTOINFO", option);
		return NULL;
	}
	if (value->type == YAML_LIST) {
		yaml_error(front, value,
			   "an option has one value, or a mapping of fields; found a list");
		return NULL;
	}
	if (value->type == YAML_SCALAR) {
		const char *text = make_value(scenario, option, value);

		return text ? arena_printf(&front->arena, " value=%s", text) : NULL;
	}
	if (value->count > FIELDS_MAX) {
		yaml_error(front, value, "an option has at most %d fields", FIELDS_MAX);
		return NULL;
	}
	for (const struct yaml *entry = value->first; entry; entry = entry->next) {
		const char *text = NULL;

		if (!is_word(entry->key, "_"))
			yaml_key_error(
				front, entry,
				"\"%s\" is no field of an option; expected such as srto_initial",
				entry->key);
		else
			text = make_value(scenario, option, entry);
		if (!text)
			return NULL;
		arguments = arena_printf(&front->arena, "%s %s=%s", arguments, entry->key, text);
	}
	return arguments;
}
