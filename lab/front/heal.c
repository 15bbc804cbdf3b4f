// SPDX-License-Identifier: GPL-2.0-only
// Heals of the timeline: which fault is meant.
#include <string.h>

#include "lab/front/scenario.h"

/* Of faults that a heal could mean, as many as a sentence can bear. */
#define CANDIDATES_SHOWN 4

static bool is_meant(const struct scenario *scenario, const struct step *fault, const char *text)
{
	bool is_process = fault->fault && (strcmp(fault->fault, "crash") == 0 ||
					   strcmp(fault->fault, "freeze") == 0 ||
					   strcmp(fault->fault, "no-listener") == 0);

	if (!fault->fault || fault->healed)
		return false;
	return (fault->name && strcmp(fault->name, text) == 0) || strcmp(fault->fault, text) == 0 ||
	       (fault->link && strcmp(fault->link, text) == 0) ||
	       (is_process && strcmp(scenario->endpoints[fault->endpoint].name, text) == 0);
}

/* The names by which a fault can be healed, for sentences. */
static void add_fault_names(struct front *front, const struct scenario *scenario,
			    struct name_list *names)
{
	for (size_t i = 0; i < scenario->n_steps; i++) {
		const struct step *step = &scenario->steps[i];
		const char *name = step->name ? step->name : step->link ? step->link : step->fault;

		if (step->fault && !step->healed && name_list_find(names, name) < 0)
			name_list_add(&front->arena, names, name);
	}
}

/* What it is and where it stands; one that was typed stands nowhere. */
static const char *describe_fault(struct front *front, const struct step *fault)
{
	if (fault->yaml->file)
		return arena_printf(&front->arena, "%s on line %d", fault->fault,
				    fault->yaml->line);
	return arena_printf(&front->arena, "%s%s%s by hand", fault->fault,
			    fault->link ? " of " : "", fault->link ? fault->link : "");
}

bool make_heal(struct scenario *scenario, const struct yaml *what, struct step *step)
{
	struct front *front = scenario->front;
	struct name_list names = { 0 };
	struct step *fault = NULL;
	const char *text, *lines = "";
	size_t count = 0;

	if (!yaml_get_text(front, what, "what to heal", &text))
		return false;
	for (size_t i = 0; i < scenario->n_steps; i++) {
		if (!is_meant(scenario, &scenario->steps[i], text))
			continue;
		fault = &scenario->steps[i];
		if (count++ < CANDIDATES_SHOWN)
			lines = arena_printf(&front->arena, "%s%s%s", lines, count > 1 ? ", " : "",
					     describe_fault(front, fault));
	}
	if (count == 0) {
		if (!front_is_full(front))
			add_fault_names(front, scenario, &names);
		yaml_error(front, what,
			   "no fault %s is \"%s\", by its name, link, endpoint or kind%s",
			   front->by_hand ? "that holds" : "above", text,
			   suggest(front, text, names.items, names.count));
		return false;
	}
	if (count > 1) {
		yaml_error(front, what, "\"%s\" could be %s; give the fault a name: and heal that",
			   text, lines);
		return false;
	}
	if (step->has_at && fault->has_at && step->at_ns < fault->at_ns) {
		yaml_error(front, what, "the fault on line %d comes only after this",
			   fault->yaml->line);
		return false;
	}
	fault->healed = true;
	json_object_set(step->json, "step", json_object_get(fault->json, "id"));
	return true;
}
