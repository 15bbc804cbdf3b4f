// SPDX-License-Identifier: GPL-2.0-only
// What a cell of the errno matrix is expected to answer: `expect` under `cells`.
#include <string.h>

#include "lab/front/condition.h"
#include "lab/front/tree.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

static bool is_word(const struct yaml *value, const char *word)
{
	return value->type == YAML_SCALAR && strcmp(value->text, word) == 0;
}

/* An errno's name, or null for ok. */
static json_t *read_errno(struct front *front, const struct yaml *value)
{
	const char *name;

	if (is_word(value, "ok"))
		return json_null();
	return get_errno(front, value, "what a call answers", &name) ? json_string(name) : NULL;
}

/* An errno's name, null for 0, false when SO_ERROR itself cannot be had. */
static json_t *read_so_error(struct front *front, const struct yaml *value)
{
	const char *name;

	if (is_word(value, "0") || is_word(value, "ok"))
		return json_null();
	if (is_word(value, "none"))
		return json_false();
	return get_errno(front, value, "SO_ERROR", &name) ? json_string(name) : NULL;
}

static json_t *read_time(struct front *front, const struct yaml *value)
{
	int64_t range[2];

	if (!parse_time_range(front, value, "how long a call took", range))
		return NULL;
	return json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]);
}

static json_t *read_revents(struct front *front, const struct yaml *list)
{
	json_t *events = json_array();

	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		const char *name;

		if (!get_poll_event(front, item, &name)) {
			json_decref(events);
			return NULL;
		}
		json_array_append_new(events, json_string(name));
	}
	return events;
}

static json_t *read_id(struct front *front, const struct yaml *value)
{
	bool given;

	return yaml_get_bool(front, value, "id", &given) ? json_boolean(given) : NULL;
}

/* {state: NAME, error: N}, or the state alone. */
static json_t *read_change(struct front *front, const struct yaml *value)
{
	struct yaml *state = NULL, *error = NULL;
	struct yaml_key keys[] = { { "state", &state, true }, { "error", &error, false } };
	const char *name;
	int64_t number;
	json_t *change;

	if (value->type == YAML_MAP && !YAML_READ_MAP(front, value, "a notification", keys))
		return NULL;
	if (!get_change_state(front, state ? state : value, &name))
		return NULL;
	if (strncmp(name, "SCTP_ADDR_", 10) == 0) {
		yaml_error(
			front, state ? state : value,
			"\"%s\" is about an address; expected a state of SCTP_ASSOC_CHANGE such as "
			"SCTP_CANT_STR_ASSOC",
			name);
		return NULL;
	}
	change = json_pack("{s:s}", "state", name);
	if (error) {
		if (!yaml_get_integer(front, error, "the error of a notification", 0, 65535,
				      &number)) {
			json_decref(change);
			return NULL;
		}
		json_object_set_new(change, "error", json_integer(number));
	}
	return change;
}

static json_t *read_notification(struct front *front, const struct yaml *list)
{
	json_t *changes = json_array();

	if (is_word(list, "none"))
		return changes;
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		json_t *change = read_change(front, item);

		if (!change) {
			json_decref(changes);
			return NULL;
		}
		json_array_append_new(changes, change);
	}
	return changes;
}

/* Chunks and how many packets carry them. */
static json_t *read_packets(struct front *front, const struct yaml *map)
{
	json_t *counts = json_object();
	bool good = map->type == YAML_MAP && map->count > 0;

	if (!good)
		yaml_error(front, map,
			   "packets are a mapping of chunks to counts, such as {INIT: 9}");
	for (const struct yaml *entry = good ? map->first : NULL; entry; entry = entry->next) {
		struct yaml *chunk = tree_scalar(&front->arena, entry, entry->key);
		int64_t range[2];
		const char *name;

		chunk->line = entry->key_line;
		chunk->column = entry->key_column;
		if (strcmp(entry->key, "any") == 0) {
			yaml_error(front, chunk, "packets of a cell are counted by chunk, or ICMP");
			good = false;
		} else if (get_packet_kind(front, chunk, &name) &&
			   parse_count_range(front, entry, "a count", range))
			json_object_set_new(counts, name,
					    json_pack("[I, I]", (json_int_t)range[0],
						      (json_int_t)range[1]));
		else
			good = false;
	}
	if (good)
		return counts;
	json_decref(counts);
	return NULL;
}

/* The fields, in the order in which they are told. */
static const struct {
	const char *key;
	json_t *(*read)(struct front *front, const struct yaml *value);
} fields[] = {
	{ "errno", read_errno },
	{ "took", read_time },
	{ "id", read_id },
	{ "revents", read_revents },
	{ "ready", read_time },
	{ "so-error", read_so_error },
	{ "notification", read_notification },
	{ "packets", read_packets },
	{ "second", read_errno },
	{ "second-so-error", read_so_error },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

json_t *cell_read_expect(struct front *front, const struct yaml *expect, const char *source)
{
	struct yaml *values[FIELDS];
	struct yaml_key keys[FIELDS];
	json_t *all = json_object();
	bool good;

	for (size_t i = 0; i < FIELDS; i++)
		keys[i] = (struct yaml_key){ fields[i].key, &values[i], false };
	good = YAML_READ_MAP(front, expect, "what is expected of cells", keys);
	for (size_t i = 0; i < FIELDS && good; i++) {
		json_t *value = values[i] ? fields[i].read(front, values[i]) : NULL, *item;

		if (!values[i])
			continue;
		if (!value) {
			good = false;
			continue;
		}
		item = json_pack("{s:s, s:o, s:i, s:i, s:s, s:s}", "field", fields[i].key, "value",
				 value, "line", values[i]->key_line, "column",
				 values[i]->key_column, "text",
				 yaml_append_part(front, "", values[i]), "source", source);
		json_object_set_new(all, fields[i].key, item);
	}
	if (good && json_object_size(all) == 0) {
		yaml_error(front, expect, "nothing is expected here; expected such as {errno: ok}");
		good = false;
	}
	if (good)
		return all;
	json_decref(all);
	return NULL;
}
