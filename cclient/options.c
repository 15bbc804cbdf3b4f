// SPDX-License-Identifier: GPL-2.0-only
// Finding options and their fields, and showing values.
#include "options.h"

#include "output.h"

#include <stdio.h>
#include <string.h>

const struct option_spec *option_find(const char *name, struct parse_error *error)
{
	const struct option_spec *tables[] = { option_table, option_socket_table };
	struct nearest nearest;

	for (size_t i = 0; i < 2; i++)
		for (const struct option_spec *option = tables[i]; option->name; option++)
			if (strcmp(option->name, name) == 0)
				return option;
	nearest_start(&nearest, name);
	for (size_t i = 0; i < 2; i++)
		for (const struct option_spec *option = tables[i]; option->name; option++)
			nearest_offer(&nearest, option->name);
	parse_fail(
		error,
		"\"%s\" is not a socket option known here; expected a name such as SCTP_RTOINFO%s",
		name, nearest_hint(&nearest));
	return NULL;
}

const struct field *option_field(const struct option_spec *option, const char *name)
{
	for (const struct field *field = option->fields; field->name; field++)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

const struct field *option_role(const struct option_spec *option, enum field_role role)
{
	for (const struct field *field = option->fields; field->name; field++)
		if (field->role == role)
			return field;
	return NULL;
}

json_t *option_json(const struct option_spec *option, const void *value, size_t length)
{
	json_t *object, *inner, *parent;
	const char *dot;

	if (strcmp(option->fields->name, "value") == 0)
		return field_json(option->fields, value, length);
	object = json_object();
	for (const struct field *field = option->fields; field->name; field++) {
		inner = field_json(field, value, length);
		dot = strchr(field->name, '.');
		if (!dot) {
			output_set(object, field->name, inner);
			continue;
		}
		// "sstat_primary.spinfo_state" is a struct within the struct.
		parent = json_object_getn(object, field->name, (size_t)(dot - field->name));
		if (!parent) {
			parent = json_object();
			json_object_setn_new_nocheck(object, field->name,
						     (size_t)(dot - field->name), parent);
		}
		output_set(parent, dot + 1, inner);
	}
	return object;
}
