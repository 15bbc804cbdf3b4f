// SPDX-License-Identifier: GPL-2.0-only
// Faults and heals typed while a scenario runs: each is read as one more step of its timeline.
#include "lab/front/by_hand.h"

#include <string.h>

#include "lab/front/plan.h"
#include "lab/front/scenario.h"
#include "lab/front/tree.h"

/* Keys of a step that say when, which is now, or what it should answer. */
static const char *const other_keys[] = { "at", "after", "when", "expect", "source" };

static bool is_other_key(const char *key)
{
	for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++)
		if (strcmp(key, other_keys[i]) == 0)
			return true;
	return false;
}

/* "x", or a list of "x,y" and "[x, y]". */
static struct yaml *make_value(struct arena *arena, const struct yaml *at, char *text)
{
	size_t length = strlen(text);
	char *save = NULL;
	struct yaml *list;

	if (text[0] != '[' && !strchr(text, ','))
		return tree_scalar(arena, at, text);
	list = tree_empty(arena, at, YAML_LIST);
	if (length > 1 && text[0] == '[' && text[length - 1] == ']') {
		text[length - 1] = '\0';
		text++;
	}
	for (char *item = strtok_r(text, ", ", &save); item; item = strtok_r(NULL, ", ", &save))
		tree_append(list, tree_scalar(arena, at, item));
	return list;
}

/* A word into the step that it is a part of; false after a sentence. */
static bool put_word(struct front *front, struct yaml *item, const char *word)
{
	char *key = arena_strdup(&front->arena, word), *equals = strchr(key, '=');

	if (!equals || equals == key || !equals[1]) {
		yaml_error(front, item, "\"%s\" is no KEY=VALUE, such as link=a", word);
		return false;
	}
	*equals = '\0';
	if (is_other_key(key)) {
		yaml_error(front, item, "what is done by hand is done now, without \"%s\"", key);
		return false;
	}
	if (tree_find(item, key)) {
		yaml_error(front, item, "\"%s\" is given twice", key);
		return false;
	}
	tree_put(item, key, make_value(&front->arena, item, equals + 1));
	return true;
}

/* The step as a timeline would have it; NULL after a sentence. `words` begin with the action and what it is done to. */
static struct yaml *make_item(struct front *front, const char *const *words, size_t count)
{
	struct yaml place = { .type = YAML_SCALAR, .file = NULL };
	struct yaml *item = tree_empty(&front->arena, &place, YAML_MAP);

	tree_put_text(&front->arena, item, words[0], words[1]);
	for (size_t i = 2; i < count; i++)
		if (!put_word(front, item, words[i]))
			return NULL;
	return item;
}

/* A fault that was typed before; of a heal no more is left than its id. */
static bool read_earlier(struct scenario *scenario, const json_t *typed)
{
	struct front *front = scenario->front;
	size_t count = json_array_size(typed);
	const char **words = arena_array(&front->arena, count + 1, sizeof(*words));
	struct yaml *item;

	for (size_t i = 0; i < count; i++)
		words[i] = json_string_value(json_array_get(typed, i));
	if (strcmp(words[0], "heal") == 0) {
		scenario_next_id(scenario);
		return true;
	}
	item = make_item(front, words, count);
	return item && scenario_read_step(scenario, item);
}

/* What holds now is what can be healed, whatever the order of the timeline says. */
static void note_healed(struct scenario *scenario, const json_t *in_force)
{
	for (size_t i = 0; i < scenario->n_steps; i++) {
		struct step *step = &scenario->steps[i];
		const json_t *id = json_object_get(step->json, "id"), *one;
		bool holds = false;
		size_t k;

		/* a flap heals itself */
		if (!step->fault || strcmp(step->fault, "flap") == 0)
			continue;
		json_array_foreach((json_t *)in_force, k, one)
			holds |= json_equal(one, id);
		step->healed = !holds;
	}
}

size_t by_hand_count(const struct by_hand *by_hand)
{
	return by_hand ? json_array_size(by_hand->earlier) + 1 : 0;
}

bool by_hand_read(struct scenario *scenario)
{
	struct by_hand *by_hand = scenario->front->by_hand;
	const char *const *words = (const char *const *)by_hand->words;
	size_t count = 0, begin;
	const json_t *typed;
	struct yaml *item;

	scenario->n_ids = by_hand->first_id;
	json_array_foreach((json_t *)by_hand->earlier, begin, typed)
		if (!read_earlier(scenario, typed))
			return false;
	note_healed(scenario, by_hand->in_force);
	while (words[count])
		count++;
	begin = json_array_size(scenario->json_steps);
	item = make_item(scenario->front, words, count);
	if (!item || !scenario_read_step(scenario, item))
		return false;
	by_hand->steps = json_array();
	for (size_t i = begin; i < json_array_size(scenario->json_steps); i++)
		json_array_append(by_hand->steps, json_array_get(scenario->json_steps, i));
	return true;
}

bool by_hand_make_steps(struct by_hand *by_hand, const char *file, const char *text,
			const struct settings *settings, struct diag *diag)
{
	json_t *plan = plan_by_hand(file, text, settings, by_hand, diag);
	bool good = plan && by_hand->steps;

	json_decref(plan);
	return good;
}
