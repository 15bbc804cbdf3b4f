// SPDX-License-Identifier: GPL-2.0-only
// What is expected of the whole run: `expect` of a scenario (docs/formats.md, section 3).
#include <string.h>

#include "lab/front/expect_reader.h"
#include "lab/front/units.h"

void expect_put(struct reader *reader, const char *key, json_t *value)
{
	json_object_set_new(reader->json, key, value);
}

long scenario_only_endpoint(const struct scenario *scenario, const struct yaml *at, bool listens)
{
	struct front *front = scenario->front;
	struct name_list names = { 0 };
	long only = -1;

	for (size_t i = 0; i < scenario->n_endpoints; i++) {
		const struct endpoint *endpoint = &scenario->endpoints[i];

		if (listens ? !endpoint->listens : !endpoint->connects)
			continue;
		name_list_add(&front->arena, &names, endpoint->name);
		only = (long)i;
	}
	if (names.count == 1)
		return only;
	yaml_error(front, at, "which endpoint? %s endpoint %s; write endpoint: and its name%s",
		   names.count == 0 ? "No" : "More than one", listens ? "listens" : "connects",
		   names.count == 0 ? "" : suggest(front, "", names.items, names.count));
	return -1;
}

bool expect_read_endpoint(struct reader *reader, const struct yaml *name, bool receives)
{
	long index = name ? scenario_get_endpoint(reader->scenario, name) :
			    scenario_only_endpoint(reader->scenario, reader->yaml, receives);

	if (index < 0)
		return false;
	reader->endpoint = (size_t)index;
	expect_put(reader, "endpoint", json_integer((json_int_t)reader->endpoint));
	return true;
}

bool expect_read_cclient(struct reader *reader, const struct yaml *name, bool receives)
{
	return expect_read_endpoint(reader, name, receives) &&
	       expect_of_cclient(reader, name, (long)reader->endpoint);
}

bool expect_read_address(struct reader *reader, const struct yaml *value, const char *key)
{
	struct address address;

	if (!topology_get_address(reader->front, reader->scenario->topology, value, &address))
		return false;
	expect_put(reader, key, json_string(format_address(&reader->front->arena, &address)));
	return true;
}

bool expect_read_time(struct reader *reader, const struct yaml *value, const char *key,
		      int64_t *time)
{
	if (!parse_quantity(reader->front, value, "the time of an expectation", TIME, 0,
			    reader->scenario->limit_ns, time))
		return false;
	expect_put(reader, key, json_integer(*time));
	scenario_reach(reader->scenario, *time);
	return true;
}

const int64_t expect_at_least_one[2] = { 1, UNBOUNDED };

bool expect_read_count(struct reader *reader, const struct yaml *count, const int64_t otherwise[2])
{
	int64_t range[2] = { otherwise[0], otherwise[1] };

	if (count && !parse_count_range(reader->front, count, "a count", range))
		return false;
	expect_put(reader, "count",
		   json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

bool expect_read_window(struct reader *reader, const struct yaml *from, const struct yaml *by)
{
	int64_t start = 0, end = reader->scenario->limit_ns;

	if ((from && !expect_read_time(reader, from, "from_ns", &start)) ||
	    (by && !expect_read_time(reader, by, "to_ns", &end)))
		return false;
	if (start > end) {
		yaml_error(reader->front, from, "\"from\" comes after \"by\"");
		return false;
	}
	expect_put(reader, "from_ns", json_integer(start));
	expect_put(reader, "to_ns", json_integer(end));
	return true;
}

bool expect_needs_capture(struct reader *reader)
{
	if (!reader->scenario->capture_given || reader->scenario->capture)
		return true;
	yaml_error(reader->front, reader->yaml,
		   "packets are read from the capture, which the scenario switches off; expected "
		   "no \"capture: off\"");
	return false;
}

static const struct {
	const char *kind;
	bool (*read)(struct reader *reader);
} kinds[] = {
	{ "path", expect_read_path },
	{ "primary", expect_read_primary },
	{ "notification", expect_read_notification },
	{ "latency", expect_read_latency },
	{ "delivered", expect_read_delivered },
	{ "outage", expect_read_outage },
	{ "packets", expect_read_packets },
	{ "retransmissions", expect_read_retransmissions },
	{ "output", expect_read_output },
	{ "exit", expect_read_exit },
	{ "predicted", expect_read_predicted },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *make_text(struct front *front, const struct yaml *item)
{
	const char *text = "";

	for (const struct yaml *entry = item->first; entry; entry = entry->next) {
		if (strcmp(entry->key, "source") != 0)
			text = yaml_append_part(front, text, entry);
	}
	return arena_printf(&front->arena, "{%s}", text);
}

static void say_no_kind(struct front *front, const struct yaml *item)
{
	struct name_list names = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		name_list_add(&front->arena, &names, kinds[i].kind);
	if (item->type == YAML_MAP && item->first)
		yaml_key_error(front, item->first, "unknown expectation \"%s\"%s", item->first->key,
			       suggest(front, item->first->key, names.items, names.count));
	else
		yaml_error(
			front, item,
			"an expectation is a mapping such as {path: server.a, state: INACTIVE, by: 12s}");
}

static bool read_expectation(struct scenario *scenario, const struct yaml *item)
{
	struct front *front = scenario->front;
	size_t kind = KINDS;

	for (const struct yaml *entry = item->first; entry && item->type == YAML_MAP;
	     entry = entry->next) {
		for (size_t i = 0; i < KINDS && kind == KINDS; i++) {
			if (strcmp(kinds[i].kind, entry->key) == 0)
				kind = i;
		}
	}
	if (kind == KINDS) {
		say_no_kind(front, item);
		return false;
	}
	struct reader reader = {
		.scenario = scenario,
		.front = front,
		.yaml = item,
		.json = json_object(),
		.text = make_text(front, item),
	};

	json_array_append_new(scenario->json_expect, reader.json);
	if (!take_releases(front, &reader.yaml, reader.json))
		return false;
	put_place(reader.json, item, reader.text);
	expect_put(&reader, "kind", json_string(kinds[kind].kind));
	return kinds[kind].read(&reader);
}

bool scenario_read_expectations(struct scenario *scenario, const struct yaml *list)
{
	bool good = true;

	if (list->type != YAML_LIST || list->count > STEPS_MAX) {
		yaml_error(scenario->front, list, "expect is a list of at most %d expectations",
			   STEPS_MAX);
		return false;
	}
	for (const struct yaml *item = list->first; item; item = item->next)
		good &= read_expectation(scenario, item);
	return good;
}
