// SPDX-License-Identifier: GPL-2.0-only
// The time of a step by the state of a path or by a line of output: `when` (docs/formats.md, section 3).
#include <string.h>

#include "lab/front/program.h"
#include "lab/front/scenario.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

/* STATE [+ TIME]. */
static bool read_state(struct front *front, const struct yaml *node, size_t *index, int64_t *delay)
{
	struct yaml state = *node;
	const char *text;

	if (!yaml_get_text(front, node, "the state of a path", &text))
		return false;
	state.text = split_delay(front, node, delay);
	return state.text && yaml_get_word(front, &state, "the state of a path", path_states,
					   path_states_count, index);
}

/* The step above, from which on a condition counts. */
static json_t *make_since(const struct scenario *scenario)
{
	if (scenario->n_steps == 0)
		return json_null();
	return json_incref(json_object_get(scenario->steps[scenario->n_steps - 1].json, "id"));
}

/* Only cclient looks at its paths. */
static bool is_cclient(struct scenario *scenario, const struct yaml *name, long index)
{
	if (!scenario->endpoints[index].program)
		return true;
	yaml_error(scenario->front, name,
		   "\"%s\" is a program of your own (run), whose paths nobody looks at; expected "
		   "{output: %s, line: TEXT}",
		   name->text, name->text);
	return false;
}

static bool read_path_condition(struct scenario *scenario, const struct yaml *when,
				struct step *step)
{
	struct front *front = scenario->front;
	struct yaml *path, *state, *name, *every;
	struct yaml_key keys[] = { { "path", &path, true },
				   { "state", &state, true },
				   { "endpoint", &name, false },
				   { "every", &every, false } };
	struct address address;
	int64_t delay, interval = 10 * MS;
	size_t index;
	long endpoint;

	if (!YAML_READ_MAP(front, when, "a condition", keys))
		return false;
	endpoint = name ? scenario_get_endpoint(scenario, name) :
			  scenario_only_endpoint(scenario, when, false);
	if (endpoint < 0 || !topology_get_address(front, scenario->topology, path, &address) ||
	    !read_state(front, state, &index, &delay) || !is_cclient(scenario, name, endpoint) ||
	    (every &&
	     !parse_quantity(front, every, "the time between two looks", TIME, MS, H, &interval)))
		return false;
	json_object_set_new(step->json, "when",
			    json_pack("{s:I, s:s, s:s, s:s, s:I, s:o, s:I}", "endpoint",
				      (json_int_t)endpoint, "socket",
				      endpoint_socket(&scenario->endpoints[endpoint], true),
				      "address", format_address(&front->arena, &address), "state",
				      path_states[index], "every_ns", (json_int_t)interval, "since",
				      make_since(scenario), "delay_ns", (json_int_t)delay));
	return true;
}

static bool read_line_condition(struct scenario *scenario, const struct yaml *when,
				struct step *step)
{
	struct front *front = scenario->front;
	struct yaml *output, *line, *delay;
	struct yaml_key keys[] = { { "output", &output, true },
				   { "line", &line, true },
				   { "delay", &delay, false } };
	const char *expression;
	int64_t delay_ns = 0;
	long endpoint;

	if (!YAML_READ_MAP(front, when, "a condition", keys))
		return false;
	endpoint = program_get(scenario, output);
	expression = endpoint < 0 ? NULL : program_get_line(front, line);
	if (!expression || (delay && !parse_quantity(front, delay, "a delay after a line", TIME, 0,
						     YEAR, &delay_ns)))
		return false;
	json_object_set_new(step->json, "when",
			    json_pack("{s:I, s:s, s:o, s:I}", "endpoint", (json_int_t)endpoint,
				      "pattern", expression, "since", make_since(scenario),
				      "delay_ns", (json_int_t)delay_ns));
	return true;
}

bool read_condition(struct scenario *scenario, const struct yaml *when, struct step *step)
{
	for (const struct yaml *entry = when->first; when->type == YAML_MAP && entry;
	     entry = entry->next)
		if (strcmp(entry->key, "output") == 0)
			return read_line_condition(scenario, when, step);
	return read_path_condition(scenario, when, step);
}
