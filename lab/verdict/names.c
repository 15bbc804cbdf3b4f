// SPDX-License-Identifier: GPL-2.0-only
// Addresses by the names that scenarios give them.
#include "lab/verdict/names.h"

#include "lab/common/jsonx.h"
#include "lab/common/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* "192.0.2.2" of "192.0.2.2:5000", an IPv6 address without its brackets. (owned) */
static char *without_port(const char *address)
{
	const char *colon = strchr(address, ':');

	if (address[0] == '[')
		return text_format("%.*s", (int)strcspn(address + 1, "]"), address + 1);
	if (colon && !strchr(colon + 1, ':'))
		return text_format("%.*s", (int)(colon - address), address);
	return text_format("%s", address);
}

const char *address_port(const char *address)
{
	const char *colon = strrchr(address, ':');

	if (!colon || (address[0] != '[' && strchr(address, ':') != colon) ||
	    (address[0] == '[' && colon[-1] != ']') || strcmp(colon, ":0") == 0)
		return "";
	return colon + 1;
}

static const char *find_name(const json_t *plan, const char *bare)
{
	return jsonx_string(json_object_get(plan, "names"), bare, NULL);
}

/* True when more than one endpoint lives at the node of a name, so that only the port tells which. */
static bool is_shared(const json_t *plan, const char *name)
{
	size_t length = strcspn(name, "."), count = 0, i;
	const json_t *endpoint;

	json_array_foreach(json_object_get(plan, "endpoints"), i, endpoint) {
		int64_t node = jsonx_int(endpoint, "node", -1);
		const char *at;

		if (node < 0)
			continue;
		at = jsonx_string(json_array_get(json_object_get(plan, "nodes"), (size_t)node),
				  "name", "");
		count += strlen(at) == length && strncmp(at, name, length) == 0;
	}
	return count > 1;
}

char *name_address(const json_t *plan, const char *address)
{
	char *bare = without_port(address);
	const char *name = find_name(plan, bare);
	char *text = text_format("%s", name ? name : bare);

	free(bare);
	return text;
}

char *name_endpoint(const json_t *plan, const char *address)
{
	char *bare = without_port(address), *text;
	const char *name = find_name(plan, bare), *port = address_port(address);

	free(bare);
	if (!name)
		return text_format("%s", address);
	text = *port && is_shared(plan, name) ? text_format("%s:%s", name, port) :
						text_format("%s", name);
	return text;
}

char *name_and_address(const json_t *plan, const char *address)
{
	char *bare = without_port(address), *text;
	const char *name = find_name(plan, bare);

	text = name ? text_format("%s (%s)", name, bare) : text_format("%s", address);
	free(bare);
	return text;
}
