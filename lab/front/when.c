// SPDX-License-Identifier: GPL-2.0-only
// The time of a step by the state of a path: `when` (docs/formats.md, section 3).
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

bool read_path_condition(struct scenario *scenario, const struct yaml *when, struct step *step)
{
	struct front *front = scenario->front;
	struct yaml *path, *state, *name, *every;
	struct yaml_key keys[] = { { "path", &path, true },
				   { "state", &state, true },
				   { "endpoint", &name, false },
				   { "every", &every, false } };
	struct address address;
	json_t *since;
	int64_t delay, interval = 10 * MS;
	size_t index;
	long endpoint;

	if (!YAML_READ_MAP(front, when, "a condition", keys))
		return false;
	endpoint = name ? scenario_get_endpoint(scenario, name) :
			  scenario_only_endpoint(scenario, when, false);
	if (endpoint < 0 || !topology_get_address(front, scenario->topology, path, &address) ||
	    !read_state(front, state, &index, &delay) ||
	    (every &&
	     !parse_quantity(front, every, "the time between two looks", TIME, MS, H, &interval)))
		return false;
	since = scenario->n_steps > 0 ?
			json_incref(json_object_get(scenario->steps[scenario->n_steps - 1].json,
						    "id")) :
			json_null();
	json_object_set_new(step->json, "when",
			    json_pack("{s:I, s:s, s:s, s:s, s:I, s:o, s:I}", "endpoint",
				      (json_int_t)endpoint, "socket",
				      endpoint_socket(&scenario->endpoints[endpoint], true),
				      "address", format_address(&front->arena, &address), "state",
				      path_states[index], "every_ns", (json_int_t)interval, "since",
				      since, "delay_ns", (json_int_t)delay));
	return true;
}
