// SPDX-License-Identifier: GPL-2.0-only
// Expectations of paths and of notifications of them: `path`, `primary`, `notification`.
#include <string.h>

#include "lab/front/expect_reader.h"
#include "lab/front/words.h"

#define AT_END INT64_MAX

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

bool expect_read_path(struct reader *reader)
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
	    !expect_read_cclient(reader, endpoint, false) ||
	    !expect_read_address(reader, path, "address") ||
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
	} else if (!expect_read_time(reader, by ? by : at, by ? "by_ns" : "at_ns", &time)) {
		return false;
	}
	observe(reader, time);
	return put_source(reader->front, source, reader->json);
}

bool expect_read_primary(struct reader *reader)
{
	struct yaml *primary, *at, *endpoint, *source;
	struct yaml_key keys[] = { { "primary", &primary, true },
				   { "at", &at, false },
				   { "endpoint", &endpoint, false },
				   { "source", &source, false } };
	int64_t time = AT_END;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the primary path",
			   keys) ||
	    !expect_read_cclient(reader, endpoint, false) ||
	    !expect_read_address(reader, primary, "address"))
		return false;
	if (at) {
		if (!expect_read_time(reader, at, "at_ns", &time))
			return false;
	} else {
		expect_put(reader, "at_ns", json_null());
	}
	observe(reader, time);
	return put_source(reader->front, source, reader->json);
}

bool expect_read_notification(struct reader *reader)
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
	    !expect_read_cclient(reader, endpoint, false) ||
	    !get_notification(reader->front, type, &name) ||
	    (state && !get_change_state(reader->front, state, &state_name)))
		return false;
	expect_put(reader, "type", json_string(name));
	expect_put(reader, "state", state_name ? json_string(state_name) : json_null());
	expect_put(reader, "address", json_null());
	return (!address || expect_read_address(reader, address, "address")) &&
	       expect_read_window(reader, from, by) &&
	       expect_read_count(reader, count, expect_at_least_one) &&
	       put_source(reader->front, source, reader->json);
}
