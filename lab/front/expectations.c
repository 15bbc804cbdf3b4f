// SPDX-License-Identifier: GPL-2.0-only
// What is expected of the whole run: `expect` of a scenario (docs/formats.md, section 3).
#include <inttypes.h>
#include <string.h>

#include "lab/front/expect_reader.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

#define AT_END INT64_MAX

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

static bool read_cclient(struct reader *reader, const struct yaml *name, bool receives)
{
	return expect_read_endpoint(reader, name, receives) &&
	       expect_of_cclient(reader, name, (long)reader->endpoint);
}

static bool has_observation(const struct scenario *scenario, const struct observation *wanted)
{
	for (size_t i = 0; i < scenario->n_observations; i++) {
		if (scenario->observations[i].endpoint == wanted->endpoint &&
		    scenario->observations[i].at_ns == wanted->at_ns)
			return true;
	}
	return false;
}

/* True when the last the scenario itself does at that time is to ask just this. */
static bool is_asked(const struct scenario *scenario, const struct observation *wanted,
		     const char *command)
{
	const struct step *last = NULL;
	const char *asked;

	for (size_t i = 0; i < scenario->n_steps; i++) {
		if (scenario->steps[i].has_at && scenario->steps[i].at_ns == wanted->at_ns)
			last = &scenario->steps[i];
	}
	if (!last || !last->is_command || last->endpoint != wanted->endpoint)
		return false;
	asked = json_string_value(json_object_get(last->json, "command"));
	return asked && strcmp(asked, command) == 0;
}

/* Looks at the paths of the endpoint at a time or, with AT_END, when everything else is over. */
static void observe(struct reader *reader, int64_t at_ns)
{
	struct scenario *scenario = reader->scenario;
	const struct endpoint *endpoint = &scenario->endpoints[reader->endpoint];
	struct observation observation = { reader->endpoint, at_ns };
	const char *command =
		arena_printf(&reader->front->arena, "paths %s", endpoint_socket(endpoint, true));
	json_t *step;

	if (has_observation(scenario, &observation) || is_asked(scenario, &observation, command))
		return;
	scenario->observations = arena_grow(&reader->front->arena, scenario->observations,
					    scenario->n_observations, sizeof(observation));
	scenario->observations[scenario->n_observations++] = observation;
	step = json_pack("{s:i, s:s, s:b, s:I, s:s, s:s}", "id", scenario_next_id(reader->scenario),
			 "do", "command", "observe", 1, "endpoint", (json_int_t)reader->endpoint,
			 "call", "paths", "command", command);
	put_place(step, reader->yaml, reader->text);
	if (at_ns == AT_END) {
		json_object_set_new(step, "after",
				    json_pack("{s:n, s:s, s:i}", "endpoint", "event", "end",
					      "delay_ns", 0));
	} else {
		json_object_set_new(step, "at_ns", json_integer(at_ns));
		scenario_reach(reader->scenario, at_ns);
	}
	json_array_append_new(reader->scenario->json_steps, step);
}

static bool read_address(struct reader *reader, const struct yaml *value, const char *key)
{
	struct address address;

	if (!topology_get_address(reader->front, reader->scenario->topology, value, &address))
		return false;
	expect_put(reader, key, json_string(format_address(&reader->front->arena, &address)));
	return true;
}

static bool read_time(struct reader *reader, const struct yaml *value, const char *key,
		      int64_t *time)
{
	if (!parse_quantity(reader->front, value, "the time of an expectation", TIME, 0,
			    reader->scenario->limit_ns, time))
		return false;
	expect_put(reader, key, json_integer(*time));
	scenario_reach(reader->scenario, *time);
	return true;
}

/* `never: true` or `always: true`: a form that looks at the whole run. */
static bool read_form(struct reader *reader, const struct yaml *value, const char *key)
{
	bool is_so;

	if (!yaml_get_bool(reader->front, value, key, &is_so))
		return false;
	if (is_so)
		expect_put(reader, key, json_true());
	else
		yaml_error(reader->front, value, "\"%s\" can only be true; leave it out instead",
			   key);
	return is_so;
}

static bool read_path(struct reader *reader)
{
	struct yaml *path, *state, *by, *at, *never, *always, *endpoint, *source;
	struct yaml_key keys[] = {
		{ "path", &path, true },
		{ "state", &state, true },
		{ "by", &by, false },
		{ "at", &at, false },
		{ "never", &never, false },
		{ "always", &always, false },
		{ "endpoint", &endpoint, false },
		{ "source", &source, false },
	};
	int64_t time = AT_END;
	size_t index;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of a path", keys) ||
	    !read_cclient(reader, endpoint, false) || !read_address(reader, path, "address") ||
	    !yaml_get_word(reader->front, state, "the state of a path", path_states,
			   path_states_count, &index))
		return false;
	expect_put(reader, "state", json_string(path_states[index]));
	if ((by != NULL) + (at != NULL) + (never != NULL) + (always != NULL) != 1) {
		yaml_error(
			reader->front, reader->yaml,
			"an expectation of a path needs one of \"by\", \"at\", \"never\" and \"always\"");
		return false;
	}
	if (never || always) {
		if (!read_form(reader, never ? never : always, never ? "never" : "always"))
			return false;
	} else if (!read_time(reader, by ? by : at, by ? "by_ns" : "at_ns", &time)) {
		return false;
	}
	observe(reader, time);
	return put_source(reader->front, source, reader->json);
}

static bool read_primary(struct reader *reader)
{
	struct yaml *primary, *at, *endpoint, *source;
	struct yaml_key keys[] = { { "primary", &primary, true },
				   { "at", &at, false },
				   { "endpoint", &endpoint, false },
				   { "source", &source, false } };
	int64_t time = AT_END;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the primary path",
			   keys) ||
	    !read_cclient(reader, endpoint, false) || !read_address(reader, primary, "address"))
		return false;
	if (at) {
		if (!read_time(reader, at, "at_ns", &time))
			return false;
	} else {
		expect_put(reader, "at_ns", json_null());
	}
	observe(reader, time);
	return put_source(reader->front, source, reader->json);
}

static const int64_t at_least_one[2] = { 1, UNBOUNDED };

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

	if ((from && !read_time(reader, from, "from_ns", &start)) ||
	    (by && !read_time(reader, by, "to_ns", &end)))
		return false;
	if (start > end) {
		yaml_error(reader->front, from, "\"from\" comes after \"by\"");
		return false;
	}
	expect_put(reader, "from_ns", json_integer(start));
	expect_put(reader, "to_ns", json_integer(end));
	return true;
}

static bool read_notification(struct reader *reader)
{
	struct yaml *type, *state, *address, *from, *by, *count, *endpoint, *source;
	struct yaml_key keys[] = {
		{ "notification", &type, true },
		{ "state", &state, false },
		{ "address", &address, false },
		{ "from", &from, false },
		{ "by", &by, false },
		{ "count", &count, false },
		{ "endpoint", &endpoint, false },
		{ "source", &source, false },
	};
	const char *name, *state_name = NULL;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of a notification", keys) ||
	    !read_cclient(reader, endpoint, false) ||
	    !get_notification(reader->front, type, &name) ||
	    (state && !get_change_state(reader->front, state, &state_name)))
		return false;
	expect_put(reader, "type", json_string(name));
	expect_put(reader, "state", state_name ? json_string(state_name) : json_null());
	expect_put(reader, "address", json_null());
	return (!address || read_address(reader, address, "address")) &&
	       expect_read_window(reader, from, by) &&
	       expect_read_count(reader, count, at_least_one) &&
	       put_source(reader->front, source, reader->json);
}

/* The keys of all expectations of packets. */
struct packet_keys {
	struct yaml *to, *sent_from, *from, *by, *after, *node, *endpoint, *source;
};

/* Who sent them: the node of an endpoint, or any node by its name. */
static bool read_sender(struct reader *reader, const struct packet_keys *keys)
{
	long node;

	if (keys->node && keys->endpoint) {
		yaml_key_error(reader->front, keys->node,
			       "packets are sent by a \"node\" or by an \"endpoint\", not both");
		return false;
	}
	if (keys->node) {
		node = topology_get_node(reader->front, reader->scenario->topology, keys->node);
	} else {
		if (!expect_read_endpoint(reader, keys->endpoint, false))
			return false;
		node = (long)reader->scenario->endpoints[reader->endpoint].node;
	}
	expect_put(reader, "node", json_integer(node));
	return node >= 0;
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

static bool read_packet_keys(struct reader *reader, const struct packet_keys *keys)
{
	json_t *after = NULL;

	if (!expect_needs_capture(reader) || !read_sender(reader, keys) ||
	    (keys->to && !read_address(reader, keys->to, "destination")) ||
	    (keys->sent_from && !read_address(reader, keys->sent_from, "local")) ||
	    !expect_read_window(reader, keys->from, keys->by))
		return false;
	if (keys->after) {
		after = scenario_read_moment(reader->scenario, keys->after);
		if (!after)
			return false;
		expect_put(reader, "after", after);
	}
	return put_source(reader->front, keys->source, reader->json);
}

/* How long after the step, or after the first packet, each packet was sent. */
static bool read_times(struct reader *reader, const struct yaml *times)
{
	json_t *ranges = json_array();
	int64_t range[2];

	expect_put(reader, "times_ns", ranges);
	for (const struct yaml *item = yaml_first(times); item; item = yaml_next(times, item)) {
		if (!parse_time_range(reader->front, item, "the time of a packet", range))
			return false;
		json_array_append_new(ranges, json_pack("[I, I]", (json_int_t)range[0],
							(json_int_t)range[1]));
	}
	if (json_array_size(ranges) > 0)
		return true;
	yaml_error(reader->front, times, "\"times\" is empty; expected a list such as [3s, 9s]");
	return false;
}

static bool read_packets(struct reader *reader)
{
	struct yaml *packets, *count, *times;
	struct packet_keys more;
	struct yaml_key keys[] = {
		{ "packets", &packets, true },
		{ "to", &more.to, false },
		{ "sent-from", &more.sent_from, false },
		{ "from", &more.from, false },
		{ "by", &more.by, false },
		{ "after", &more.after, false },
		{ "count", &count, false },
		{ "times", &times, false },
		{ "node", &more.node, false },
		{ "endpoint", &more.endpoint, false },
		{ "source", &more.source, false },
	};
	int64_t range[2] = { 1, UNBOUNDED };
	const char *name;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of packets", keys) ||
	    !get_packet_kind(reader->front, packets, &name))
		return false;
	expect_put(reader, "carries", json_string(name));
	if (!read_packet_keys(reader, &more) || (times && !read_times(reader, times)))
		return false;
	/* whose times are all known are neither fewer nor more */
	if (times)
		range[0] = range[1] =
			(int64_t)json_array_size(json_object_get(reader->json, "times_ns")) +
			!more.after;
	return expect_read_count(reader, count, range);
}

static bool read_retransmissions(struct reader *reader)
{
	struct yaml *count;
	struct packet_keys more;
	struct yaml_key keys[] = {
		{ "retransmissions", &count, true },
		{ "to", &more.to, false },
		{ "sent-from", &more.sent_from, false },
		{ "from", &more.from, false },
		{ "by", &more.by, false },
		{ "after", &more.after, false },
		{ "node", &more.node, false },
		{ "endpoint", &more.endpoint, false },
		{ "source", &more.source, false },
	};

	return YAML_READ_MAP(reader->front, reader->yaml, "an expectation of retransmissions",
			     keys) &&
	       expect_read_count(reader, count, at_least_one) && read_packet_keys(reader, &more);
}

/* Who received and, where only its messages count, who sent. */
static bool read_direction(struct reader *reader, const struct yaml *endpoint,
			   const struct yaml *sender)
{
	long index;

	if (!read_cclient(reader, endpoint, true))
		return false;
	if (!sender)
		return true;
	index = scenario_get_endpoint(reader->scenario, sender);
	expect_put(reader, "sender", json_integer(index));
	if (index != (long)reader->endpoint)
		return expect_of_cclient(reader, sender, index);
	yaml_error(reader->front, sender, "\"%s\" is the receiver; expected another endpoint",
		   sender->text);
	return false;
}

/* How many messages arrive: all, a range of counts, or a percentage of those sent, at least. */
static bool read_amount(struct reader *reader, const struct yaml *delivered)
{
	int64_t range[2], share;
	const char *text;

	if (!yaml_get_text(reader->front, delivered, "delivered", &text))
		return false;
	if (strcmp(text, "all") == 0) {
		expect_put(reader, "all", json_true());
		return true;
	}
	if (text[0] != '\0' && text[strlen(text) - 1] == '%') {
		if (!parse_quantity(reader->front, delivered, "the share that is delivered",
				    PERCENT, 1, 1000000, &share))
			return false;
		expect_put(reader, "share_ppm", json_integer(share));
		return true;
	}
	if (strspn(text, "<>= .0123456789") != strlen(text)) {
		yaml_error(
			reader->front, delivered,
			"delivered is \"%s\"; expected all, a count such as \">= 10\", or a percentage",
			text);
		return false;
	}
	if (!parse_count_range(reader->front, delivered, "a count of messages", range))
		return false;
	expect_put(reader, "count",
		   json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

static bool read_delivered(struct reader *reader)
{
	struct yaml *delivered, *in_order, *duplicates, *endpoint, *sender, *source;
	struct yaml_key keys[] = {
		{ "delivered", &delivered, true },    { "in-order", &in_order, false },
		{ "duplicates", &duplicates, false }, { "endpoint", &endpoint, false },
		{ "sender", &sender, false },	      { "source", &source, false },
	};
	bool value;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of deliveries", keys) ||
	    !read_direction(reader, endpoint, sender) || !read_amount(reader, delivered))
		return false;
	if (in_order) {
		if (!yaml_get_bool(reader->front, in_order, "in-order", &value))
			return false;
		expect_put(reader, "in_order", json_boolean(value));
	}
	if (duplicates) {
		if (!yaml_get_bool(reader->front, duplicates, "duplicates", &value))
			return false;
		expect_put(reader, "duplicates", json_boolean(value));
	}
	return put_source(reader->front, source, reader->json);
}

static bool read_latency(struct reader *reader)
{
	static const char *const words[] = { "all", "median", "99%" };
	struct yaml *latency, *of, *endpoint, *sender, *source;
	struct yaml_key keys[] = { { "latency", &latency, true },
				   { "of", &of, false },
				   { "endpoint", &endpoint, false },
				   { "sender", &sender, false },
				   { "source", &source, false } };
	int64_t range[2];
	size_t index = 0;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the latency", keys) ||
	    !read_direction(reader, endpoint, sender) ||
	    !parse_time_range(reader->front, latency, "a latency", range) ||
	    (of && !yaml_get_word(reader->front, of, "of", words, 3, &index)))
		return false;
	expect_put(reader, "ns", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	expect_put(reader, "of", json_string(words[index]));
	return put_source(reader->front, source, reader->json);
}

static bool read_outage(struct reader *reader)
{
	struct yaml *outage, *endpoint, *sender, *source;
	struct yaml_key keys[] = { { "outage", &outage, true },
				   { "endpoint", &endpoint, false },
				   { "sender", &sender, false },
				   { "source", &source, false } };
	int64_t range[2];

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the outage", keys) ||
	    !read_direction(reader, endpoint, sender) ||
	    !parse_time_range(reader->front, outage, "an outage", range))
		return false;
	expect_put(reader, "ns", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return put_source(reader->front, source, reader->json);
}

static const struct {
	const char *kind;
	bool (*read)(struct reader *reader);
} kinds[] = {
	{ "path", read_path },
	{ "primary", read_primary },
	{ "notification", read_notification },
	{ "latency", read_latency },
	{ "delivered", read_delivered },
	{ "outage", read_outage },
	{ "packets", read_packets },
	{ "retransmissions", read_retransmissions },
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
