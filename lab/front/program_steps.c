// SPDX-License-Identifier: GPL-2.0-only
// Steps about processes: start a program, write to its standard input, send a signal.
#include <signal.h>
#include <string.h>

#include "lab/front/program.h"

#define LINE_MAX_BYTES 2000 /* lab/agent/programs.h, PROGRAM_LINE_MAX */

bool make_start(struct scenario *scenario, const struct yaml *what, struct step *step)
{
	long index = program_get(scenario, what);

	json_object_set_new(step->json, "endpoint", json_integer(index));
	if (index >= 0)
		scenario->endpoints[index].program->starts_by_step = true;
	return index >= 0;
}

bool make_input(struct scenario *scenario, const struct yaml *what, const struct yaml *line,
		const struct yaml *end, struct step *step)
{
	struct front *front = scenario->front;
	long index = program_get(scenario, what);
	const char *text = NULL;
	bool ends = false;

	if (index < 0)
		return false;
	scenario->endpoints[index].program->has_input = true;
	json_object_set_new(step->json, "endpoint", json_integer(index));
	if (!line == !end) {
		yaml_error(front, what, "input takes either \"line\" or \"end: true\"");
		return false;
	}
	if (line && !yaml_get_text(front, line, "a line", &text))
		return false;
	if (line && (strlen(text) > LINE_MAX_BYTES || strchr(text, '\n'))) {
		yaml_error(front, line, "a line is one line of at most %d bytes", LINE_MAX_BYTES);
		return false;
	}
	if (end && !yaml_get_bool(front, end, "end", &ends))
		return false;
	if (end && !ends) {
		yaml_error(front, end, "\"end\" can only be true; leave it out instead");
		return false;
	}
	if (line)
		json_object_set_new(step->json, "input", json_string(text));
	return true;
}

int get_signal(struct front *front, const struct yaml *node)
{
	struct name_list names = { 0 };
	const char *text;

	if (!yaml_get_text(front, node, "a signal", &text))
		return 0;
	for (int number = 1; number < 32; number++) {
		const char *name = arena_printf(&front->arena, "SIG%s", sigabbrev_np(number));

		if (strcmp(name, text) == 0)
			return number;
		name_list_add(&front->arena, &names, name);
	}
	yaml_unknown(front, node, "signal", &names);
	return 0;
}

bool make_signal(struct scenario *scenario, const struct yaml *what, const struct yaml *number,
		 struct step *step)
{
	long index = scenario_get_endpoint(scenario, what);
	int signal;

	if (index < 0)
		return false;
	/* cclient has a handler for this one that does nothing, so a call is interrupted by it */
	signal = scenario->endpoints[index].program ? SIGTERM : SIGUSR1;
	if (number)
		signal = get_signal(scenario->front, number);
	json_object_set_new(step->json, "endpoint", json_integer(index));
	json_object_set_new(step->json, "signal", json_integer(signal));
	return signal > 0;
}
