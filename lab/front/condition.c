// SPDX-License-Identifier: GPL-2.0-only
// The key `matrix` of a scenario: what the condition is about, which cells it has, what they answer.
#include "lab/front/condition.h"

#include <ctype.h>
#include <string.h>

#include "lab/front/scenario.h"
#include "lab/front/tree.h"
#include "lab/front/words.h"

#define RULES_MAX 256
#define WORD_MAX  31

/* The keys of `matrix`. */
struct keys {
	struct yaml *errnos, *decided_by, *differs, *lists, *each, *cells, *skip;
};

static bool read_keys(struct front *front, const struct yaml *matrix, struct keys *keys)
{
	struct yaml_key known[] = {
		{ "errno", &keys->errnos, true },     { "decided-by", &keys->decided_by, true },
		{ "differs", &keys->differs, false }, { "lists", &keys->lists, false },
		{ "each", &keys->each, false },	      { "cells", &keys->cells, true },
		{ "skip", &keys->skip, false },
	};

	return YAML_READ_MAP(front, matrix, "matrix", known);
}

/* Part of a cell's name, so that a shell and a person can take it apart. */
static bool check_value_name(struct front *front, const struct yaml *value)
{
	const char *text;

	if (!yaml_get_text(front, value, "a value of a parameter", &text))
		return false;
	for (const char *at = text; *at; at++) {
		if (isalnum((unsigned char)*at) || strchr("._:@%+-", *at))
			continue;
		yaml_error(
			front, value,
			"\"%s\" cannot be part of a cell's name: letters, digits and . _ : @ %% + - make one",
			text);
		return false;
	}
	return true;
}

static bool read_each_values(struct front *front, const struct yaml *root, const struct yaml *entry,
			     struct axes *axes, size_t *rows)
{
	const struct yaml *fallback = tree_find(tree_find(root, "parameters"), entry->key);
	struct name_list *values = &axes->each_values[axes->each.count];

	if (!fallback) {
		yaml_key_error(front, entry,
			       "each names the parameter \"%s\", which is not under parameters",
			       entry->key);
		return false;
	}
	for (const struct yaml *item = yaml_first(entry); item; item = yaml_next(entry, item)) {
		if (!check_value_name(front, item))
			return false;
		if (name_list_find(values, item->text) >= 0) {
			yaml_error(front, item, "\"%s\" is in the list already", item->text);
			return false;
		}
		name_list_add(&front->arena, values, item->text);
	}
	if (values->count == 0 || values->count > 64 || *rows * values->count > ROWS_MAX) {
		yaml_error(front, entry,
			   "each takes 1 to 64 values of a parameter, and makes at most %d rows",
			   ROWS_MAX);
		return false;
	}
	if (fallback->type != YAML_SCALAR || name_list_find(values, fallback->text) < 0) {
		yaml_error(front, fallback,
			   "\"%s\" is not among the values of \"%s\" under each, line %d",
			   yaml_to_line(front, fallback), entry->key, entry->line);
		return false;
	}
	*rows *= values->count;
	name_list_add(&front->arena, &axes->each, entry->key);
	return true;
}

bool condition_read_each(struct front *front, const struct yaml *root, struct axes *axes)
{
	const struct yaml *each = tree_find(tree_find(root, "matrix"), "each");
	size_t rows = 1;

	if (!each || yaml_is_empty(each))
		return true;
	if (each->type != YAML_MAP || each->count == 0 || each->count > EACH_MAX) {
		yaml_error(front, each,
			   "each is a mapping of 1 to %d parameters to lists of values, such as "
			   "{code: [net-unreachable, host-unreachable]}",
			   EACH_MAX);
		return false;
	}
	for (const struct yaml *entry = each->first; entry; entry = entry->next) {
		for (int axis = 0; axis < AXES; axis++) {
			if (strcmp(axes->names[axis], entry->key) == 0) {
				yaml_key_error(
					front, entry,
					"\"%s\" is an axis of every condition and cannot name a parameter "
					"under each",
					entry->key);
				return false;
			}
		}
		if (!read_each_values(front, root, entry, axes, &rows))
			return false;
	}
	return true;
}

static bool read_errnos(struct condition *condition, const struct yaml *list)
{
	struct front *front = condition->front;

	condition->errnos = json_array();
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		const char *name;

		if (!get_errno(front, item, "the errno of a condition", &name))
			return false;
		json_array_append_new(condition->errnos, json_string(name));
	}
	if (json_array_size(condition->errnos) == 0)
		yaml_error(front, list, "a condition is about one errno at least");
	return json_array_size(condition->errnos) > 0;
}

/* The step named dial, and the endpoint that makes its call. */
static bool find_dial(struct condition *condition)
{
	struct front *front = condition->front;
	const struct yaml *endpoints = tree_find(condition->root, "endpoints");
	const struct yaml *timeline = tree_find(condition->root, "timeline");
	static const char *const calls[] = { "connectx", "connect", "command" };
	size_t index;

	for (struct yaml *step = timeline && timeline->type == YAML_LIST ? timeline->first : NULL;
	     step; step = step->next) {
		const struct yaml *name = tree_find(step, "name");

		if (name && name->type == YAML_SCALAR && strcmp(name->text, DIAL) == 0) {
			condition->dial = step;
			condition->dial_index = condition->n_steps;
		}
		condition->n_steps++;
	}
	if (!condition->dial) {
		yaml_key_error(front, condition->yaml,
			       "matrix needs a step with \"name: " DIAL
			       "\" in the timeline: the call that cells vary");
		return false;
	}
	for (struct yaml *entry = condition->dial->first; entry; entry = entry->next) {
		condition->caller = tree_find(endpoints, entry->key);
		condition->action = entry;
		if (condition->caller)
			break;
	}
	if (!condition->caller || condition->caller->type != YAML_MAP) {
		yaml_error(front, condition->dial,
			   "the step \"" DIAL
			   "\" is a call of an endpoint, such as {client: connectx}");
		return false;
	}
	return yaml_get_word(front, condition->action, "the call of the step " DIAL, calls, 3,
			     &index);
}

static bool read_lists(struct condition *condition, const struct yaml *lists)
{
	struct front *front = condition->front;
	struct axis_values *values = &condition->axes.values[LIST];
	const struct yaml *to = tree_find(condition->dial, "to");

	values->count = 0;
	if (!lists) {
		values->items[values->count++] = "one";
		return true;
	}
	if (lists->type != YAML_MAP || lists->count == 0 || lists->count > AXIS_VALUES_MAX) {
		yaml_error(
			front, lists,
			"lists are a mapping of 1 to %d names to addresses, such as {one: [server.a]}",
			AXIS_VALUES_MAX);
		return false;
	}
	for (const struct yaml *entry = lists->first; entry; entry = entry->next) {
		struct yaml name = *entry;

		name.type = YAML_SCALAR;
		name.text = entry->key;
		name.line = entry->key_line;
		name.column = entry->key_column;
		if (!yaml_get_name(front, &name, "a list's name", WORD_MAX,
				   &values->items[values->count]))
			return false;
		condition->lists[values->count++] = entry;
	}
	if (to && strcmp(yaml_to_line(front, lists->first), yaml_to_line(front, to)) != 0) {
		yaml_error(front, lists->first,
			   "the first list is the base, so it must be what the step " DIAL
			   " calls: %s",
			   yaml_to_line(front, to));
		return false;
	}
	return true;
}

static bool is_yes(const struct yaml *map, const char *key)
{
	const struct yaml *value = tree_find(map, key);

	return value && value->type == YAML_SCALAR &&
	       (strcmp(value->text, "yes") == 0 || strcmp(value->text, "true") == 0 ||
		strcmp(value->text, "on") == 0);
}

static bool is_text(const struct yaml *map, const char *key, const char *text)
{
	const struct yaml *value = tree_find(map, key);

	return value && value->type == YAML_SCALAR && strcmp(value->text, text) == 0;
}

/* Position of the way a connectx or a command line names with `via`. */
static unsigned char find_way(const struct condition *condition)
{
	const struct axis_values *ways = &condition->axes.values[CALL];
	const struct yaml *line = tree_find(condition->dial, "line");

	for (size_t i = 0; i < ways->count; i++) {
		char word[16];

		snprintf(word, sizeof(word), "via=%s", ways->items[i]);
		if (is_text(condition->dial, "via", ways->items[i]) ||
		    (line && strstr(line->text, word)))
			return (unsigned char)i;
	}
	return CALL_LIB;
}

/* The base is the variant that the file itself is. */
static void find_base(struct condition *condition)
{
	const struct yaml *caller = condition->caller, *dial = condition->dial;
	const struct yaml *line = tree_find(dial, "line");
	struct variant *base = &condition->base;

	*base = (struct variant){ 0 };
	if (is_text(caller, "style", "one-to-many"))
		base->value[STYLE] = ONE_TO_MANY;
	if (is_yes(caller, "v6only"))
		base->value[FAMILY] = V6ONLY;
	else if (is_text(caller, "family", "ipv6") ||
		 (!tree_find(caller, "family") && is_text(condition->root, "addresses", "ipv6")))
		base->value[FAMILY] = IPV6;
	if (is_yes(caller, "nonblocking"))
		base->value[WAIT] = NONBLOCKING;
	else if (tree_find(caller, "send-timeout"))
		base->value[WAIT] = SEND_TIMEOUT;
	if (is_text(dial, condition->caller->key, "connect") ||
	    (line && strncmp(line->text, "connect ", 8) == 0))
		base->value[CALL] = CALL_CONNECT;
	else
		base->value[CALL] = find_way(condition);
	if (tree_find(dial, "id") ? !is_yes(dial, "id") : line && strstr(line->text, "id=no"))
		base->value[ID] = WITHOUT_ID;
}

/* Items of a list of mappings, at least one. */
static bool check_list(struct front *front, const struct yaml *list, const char *what)
{
	if (list->type == YAML_LIST && list->count > 0 && list->count <= RULES_MAX)
		return true;
	yaml_error(front, list, "%s is a list of 1 to %d mappings", what, RULES_MAX);
	return false;
}

static bool read_rules(struct condition *condition, const struct yaml *list)
{
	struct front *front = condition->front;
	bool good = check_list(front, list, "cells");

	if (!good)
		return false;
	condition->rules = arena_array(&front->arena, list->count, sizeof(struct cell_rule));
	for (const struct yaml *item = list->first; item; item = item->next) {
		struct cell_rule *rule = &condition->rules[condition->n_rules];
		struct yaml *when, *expect;
		struct yaml_key keys[] = { { "when", &when, false }, { "expect", &expect, true } };
		const struct yaml *rest = item;

		rule->releases = json_object();
		condition->n_rules++;
		if (!take_releases(front, &rest, rule->releases) ||
		    !YAML_READ_MAP(front, rest, "an entry of cells", keys) ||
		    !selector_read(front, &condition->axes, when, &rule->when)) {
			good = false;
			continue;
		}
		rule->yaml = item;
		rule->expect = cell_read_expect(front, expect, condition->decided_by);
		good &= rule->expect != NULL;
	}
	return good;
}

static bool read_skips(struct condition *condition, const struct yaml *list)
{
	struct front *front = condition->front;
	bool good = check_list(front, list, "skip");

	if (!good)
		return false;
	condition->skips = arena_array(&front->arena, list->count, sizeof(struct cell_skip));
	for (const struct yaml *item = list->first; item; item = item->next) {
		struct cell_skip *skip = &condition->skips[condition->n_skips];
		struct yaml *when, *why;
		struct yaml_key keys[] = { { "when", &when, true }, { "why", &why, true } };

		if (!YAML_READ_MAP(front, item, "an entry of skip", keys) ||
		    !selector_read(front, &condition->axes, when, &skip->when) ||
		    !yaml_get_text(front, why, "why", &skip->why)) {
			good = false;
			continue;
		}
		skip->yaml = item;
		condition->n_skips++;
	}
	return good;
}

/* Which of its values each parameter has, and the row's name. */
static void find_row(struct condition *condition)
{
	const struct yaml *parameters = tree_find(condition->root, "parameters");
	const struct axes *axes = &condition->axes;

	for (size_t i = 0; i < axes->each.count; i++) {
		const char *value = tree_find(parameters, axes->each.items[i])->text;

		condition->row[i] = (size_t)name_list_find(&axes->each_values[i], value);
		condition->row_name =
			arena_printf(&condition->front->arena, "%s/%s", condition->row_name, value);
	}
}

bool condition_read(struct front *front, struct yaml *root, const char *name,
		    struct condition *condition)
{
	const struct yaml *summary = tree_find(root, "summary");
	struct keys keys;
	bool good;

	*condition = (struct condition){ .front = front,
					 .row_name = name,
					 .root = root,
					 .yaml = tree_find(root, "matrix"),
					 .decided_by = "",
					 .summary = summary ? summary->text : "" };
	if (!condition->yaml) {
		diag_add(front->diag, root->file, 0, 0,
			 "is no condition of the matrix: it has no key \"matrix\"");
		return false;
	}
	axes_init(&condition->axes);
	if (!condition_read_each(front, root, &condition->axes))
		return false;
	find_row(condition);
	good = read_keys(front, condition->yaml, &keys);
	good = good && read_errnos(condition, keys.errnos);
	good &= !keys.decided_by ||
		yaml_get_text(front, keys.decided_by, "decided-by", &condition->decided_by);
	good &= !keys.differs || yaml_get_text(front, keys.differs, "differs", &condition->differs);
	if (!find_dial(condition) || !read_lists(condition, keys.lists))
		return false;
	find_base(condition);
	if (keys.cells)
		good &= read_rules(condition, keys.cells);
	if (keys.skip)
		good &= read_skips(condition, keys.skip);
	return good;
}

void condition_free(struct condition *condition)
{
	json_decref(condition->errnos);
	for (size_t i = 0; i < condition->n_rules; i++) {
		json_decref(condition->rules[i].expect);
		json_decref(condition->rules[i].releases);
	}
}
