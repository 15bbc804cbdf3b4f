// SPDX-License-Identifier: GPL-2.0-only
// Cells of the errno matrix: a condition in one variant, as a description and as a plan.
#include <stdlib.h>
#include <string.h>

#include "lab/front/condition.h"
#include "lab/front/find.h"
#include "lab/front/scenario.h"
#include "lab/front/tree.h"

/*
 * The longest attempt with Linux's defaults: nine timers that add up to 333 s, each up to an eighth late
 * (scenarios/README.md, "Timers"). Whoever polls so long, and then waits so long, has seen the outcome.
 */
#define OUTCOME_TIME "400s"

/* Names of the steps that follow the call under test. */
#define LOOK	     "matrix-poll"
#define LOOK_ERROR   "matrix-so-error"
#define SECOND	     "matrix-second"
#define SECOND_ERROR "matrix-second-so-error"

/* What an edit works on. */
struct edit {
	struct arena *arena;
	struct front *front;
	const struct condition *condition;
	const struct variant *variant;
	struct yaml *root, *caller, *dial;
	const char *name; /* of the caller */
};

static bool differs(const struct edit *edit, enum axis axis)
{
	return edit->variant->value[axis] != edit->condition->base.value[axis];
}

static const char *value_name(const struct edit *edit, enum axis axis)
{
	return edit->condition->axes.values[axis].items[edit->variant->value[axis]];
}

static void edit_endpoint(struct edit *edit)
{
	struct arena *arena = edit->arena;
	struct yaml *caller = edit->caller;

	if (differs(edit, STYLE))
		tree_put_text(arena, caller, "style", value_name(edit, STYLE));
	if (differs(edit, FAMILY)) {
		const char *family = edit->variant->value[FAMILY] == IPV4 ? "ipv4" : "ipv6";

		tree_put_text(arena, caller, "family", family);
		tree_put_text(arena, edit->root, "addresses", family);
		tree_remove(caller, "v6only");
		if (edit->variant->value[FAMILY] == V6ONLY)
			tree_put_text(arena, caller, "v6only", "yes");
	}
	if (differs(edit, WAIT)) {
		if (edit->variant->value[WAIT] != SEND_TIMEOUT)
			tree_remove(caller, "send-timeout");
		else if (!tree_find(caller, "send-timeout"))
			tree_put_text(arena, caller, "send-timeout", "1s");
		tree_remove(caller, "nonblocking");
		if (edit->variant->value[WAIT] == NONBLOCKING)
			tree_put_text(arena, caller, "nonblocking", "yes");
	}
}

static bool refuse(struct edit *edit, enum axis axis, const char *why)
{
	yaml_error(edit->front, edit->dial,
		   "the step " DIAL
		   " %s, so the axis %s cannot be \"%s\"; skip that with the reason",
		   why, edit->condition->axes.names[axis], value_name(edit, axis));
	return false;
}

/* A command of cclient: words can be added to a connectx, and nothing else can be varied. */
static bool edit_line(struct edit *edit)
{
	struct arena *arena = edit->arena;
	const struct yaml *line = tree_find(edit->dial, "line");
	bool is_connectx = line && strncmp(line->text, "connectx ", 9) == 0;
	const char *text = line ? line->text : "";

	if (differs(edit, LIST))
		return refuse(edit, LIST, "is a command line");
	if (differs(edit, CALL)) {
		if (!is_connectx || strstr(text, " via=") ||
		    edit->variant->value[CALL] == CALL_CONNECT)
			return refuse(edit, CALL, "is a command line");
		text = arena_printf(arena, "%s via=%s", text, value_name(edit, CALL));
	}
	if (differs(edit, ID)) {
		if (!is_connectx || strstr(text, " id="))
			return refuse(edit, ID, "is a command line");
		text = arena_printf(arena, "%s id=%s", text,
				    edit->variant->value[ID] == WITH_ID ? "yes" : "no");
	}
	if (line)
		tree_put_text(arena, edit->dial, "line", text);
	return true;
}

static bool edit_call(struct edit *edit)
{
	struct arena *arena = edit->arena;
	struct yaml *dial = edit->dial, *to;
	bool is_connect = edit->variant->value[CALL] == CALL_CONNECT;

	if (strcmp(tree_find(dial, edit->name)->text, "command") == 0)
		return edit_line(edit);
	if (differs(edit, LIST))
		tree_put(dial, "to",
			 tree_copy(arena, edit->condition->lists[edit->variant->value[LIST]]));
	if (differs(edit, CALL)) {
		tree_put_text(arena, dial, edit->name, is_connect ? "connect" : "connectx");
		tree_remove(dial, "via");
		if (!is_connect && edit->variant->value[CALL] != CALL_LIB)
			tree_put_text(arena, dial, "via", value_name(edit, CALL));
	}
	if (is_connect && differs(edit, ID))
		return refuse(edit, ID, "is a connect");
	if (is_connect)
		tree_remove(dial, "id");
	else if (differs(edit, ID))
		tree_put_text(arena, dial, "id",
			      edit->variant->value[ID] == WITH_ID ? "yes" : "no");
	to = tree_find(dial, "to");
	/* connect(2) takes one address */
	if (is_connect && to && to->type == YAML_LIST && to->first)
		tree_put(dial, "to", tree_copy(arena, to->first));
	return true;
}

/* The socket of the call under test, or NULL for the endpoint's own. */
static const char *find_socket(struct edit *edit)
{
	const struct yaml *socket = tree_find(edit->dial, "socket");
	const struct yaml *line = tree_find(edit->dial, "line");
	const char *word;

	if (socket)
		return socket->text;
	word = line ? strchr(line->text, ' ') : NULL;
	if (!word)
		return NULL;
	word += strspn(word, " ");
	return arena_printf(edit->arena, "%.*s", (int)strcspn(word, " "), word);
}

static struct yaml *make_step(struct edit *edit, const char *name, const char *after,
			      const char *call)
{
	struct yaml *step = tree_empty(edit->arena, edit->dial, YAML_MAP);
	const char *socket = find_socket(edit);

	if (after)
		tree_put_text(edit->arena, step, "after", after);
	tree_put_text(edit->arena, step, "name", name);
	tree_put_text(edit->arena, step, edit->name, call);
	if (socket)
		tree_put_text(edit->arena, step, "socket", socket);
	return step;
}

static struct yaml *make_so_error(struct edit *edit, const char *name)
{
	struct yaml *step = make_step(edit, name, NULL, "getsockopt");

	tree_put_text(edit->arena, step, "option", "SO_ERROR");
	return step;
}

/* What every cell does after the call: see what became of it, call again, look again. */
static void add_steps(struct edit *edit)
{
	struct arena *arena = edit->arena;
	struct yaml *timeline = tree_find(edit->root, "timeline");
	struct yaml *look = make_step(edit, LOOK, "done " DIAL, "poll"), *second, *events;

	events = tree_empty(arena, edit->dial, YAML_LIST);
	tree_append(events, tree_scalar(arena, edit->dial, "POLLIN"));
	tree_append(events, tree_scalar(arena, edit->dial, "POLLOUT"));
	tree_put(look, "events", events);
	tree_put_text(arena, look, "timeout", OUTCOME_TIME);
	second = tree_copy(arena, edit->dial);
	tree_remove(second, "at");
	tree_remove(second, "expect");
	tree_remove(second, "source");
	tree_put_text(arena, second, "after", "done " LOOK_ERROR " + " OUTCOME_TIME);
	tree_put_text(arena, second, "name", SECOND);
	tree_append(timeline, look);
	tree_append(timeline, make_so_error(edit, LOOK_ERROR));
	tree_append(timeline, second);
	tree_append(timeline, make_so_error(edit, SECOND_ERROR));
}

/* What the file expects of the base alone. */
static void drop_expectations(struct edit *edit)
{
	tree_remove(edit->dial, "expect");
	tree_remove(edit->dial, "source");
	tree_remove(edit->root, "expect");
}

static struct yaml *find_item(const struct yaml *list, size_t index)
{
	struct yaml *item = list->first;

	while (index-- > 0)
		item = item->next;
	return item;
}

static const char *find_skip(const struct condition *condition, const struct variant *variant)
{
	for (size_t i = 0; i < condition->n_skips; i++) {
		if (selector_matches(&condition->skips[i].when, variant, condition->row))
			return condition->skips[i].why;
	}
	return NULL;
}

/* Fields that are meant for some kernels alone, behind those that are meant for all. */
static void append_releases(json_t *list, const struct cell_rule *rule)
{
	const char *field;
	json_t *item;

	json_object_foreach(rule->expect, field, item) {
		json_t *copy = json_copy(item);

		json_object_update(copy, rule->releases);
		json_array_append_new(list, copy);
	}
}

/* The last rule that has a field wins it. */
static json_t *collect_expect(const struct condition *condition, const struct variant *variant)
{
	json_t *all = json_object(), *list = json_array(), *item;
	const char *field;

	for (size_t i = 0; i < condition->n_rules; i++) {
		const struct cell_rule *rule = &condition->rules[i];

		if (json_object_size(rule->releases) == 0 &&
		    selector_matches(&rule->when, variant, condition->row))
			json_object_update(all, rule->expect);
	}
	json_object_foreach(all, field, item)
		json_array_append(list, item);
	for (size_t i = 0; i < condition->n_rules; i++) {
		const struct cell_rule *rule = &condition->rules[i];

		if (json_object_size(rule->releases) > 0 &&
		    selector_matches(&rule->when, variant, condition->row))
			append_releases(list, rule);
	}
	json_decref(all);
	return list;
}

json_t *cell_describe(const struct condition *condition, const struct variant *variant)
{
	struct arena *arena = &condition->front->arena;
	const struct axes *axes = &condition->axes;
	const char *skip = find_skip(condition, variant);
	json_t *words = json_object(), *each = json_object(), *cell;

	for (int axis = 0; axis < AXES; axis++)
		json_object_set_new(words, axes->names[axis],
				    json_string(axes->values[axis].items[variant->value[axis]]));
	for (size_t i = 0; i < axes->each.count; i++)
		json_object_set_new(each, axes->each.items[i],
				    json_string(axes->each_values[i].items[condition->row[i]]));
	cell = json_pack("{s:s, s:s, s:o, s:o, s:s, s:O, s:s, s:s*, s:o}", "row",
			 condition->row_name, "name",
			 arena_printf(arena, "%s:%s", condition->row_name,
				      variant_name(arena, axes, variant)),
			 "axes", words, "each", each, "summary", condition->summary, "errno",
			 condition->errnos, "decided_by", condition->decided_by, "differs",
			 condition->differs, "expect", collect_expect(condition, variant));
	if (skip)
		json_object_set_new(cell, "skip", json_string(skip));
	return cell;
}

/* Steps have their place in the timeline as id, and those that watch for expectations follow. */
static void put_ids(json_t *cell, const struct condition *condition)
{
	json_int_t first = (json_int_t)condition->n_steps;
	json_t *steps = json_pack("{s:I, s:I, s:I, s:I, s:I}", "dial",
				  (json_int_t)condition->dial_index, "poll", first, "so_error",
				  first + 1, "second", first + 2, "second_so_error", first + 3);

	json_object_set_new(cell, "steps", steps);
	json_object_set_new(cell, "caller", json_string(condition->caller->key));
}

json_t *cell_make_plan(struct front *front, const struct condition *condition,
		       const struct variant *variant, const char *file, bool is_whole)
{
	struct yaml *root = tree_copy(&front->arena, condition->root);
	struct edit edit = {
		.arena = &front->arena,
		.front = front,
		.condition = condition,
		.variant = variant,
		.root = root,
		.caller = tree_find(tree_find(root, "endpoints"), condition->caller->key),
		.dial = find_item(tree_find(root, "timeline"), condition->dial_index),
		.name = condition->caller->key,
	};
	json_t *plan = NULL, *cell;

	edit_endpoint(&edit);
	if (edit_call(&edit)) {
		add_steps(&edit);
		if (!is_whole)
			drop_expectations(&edit);
		plan = scenario_make_plan(front, root, file);
	}
	if (!plan)
		return NULL;
	cell = cell_describe(condition, variant);
	put_ids(cell, condition);
	json_object_set_new(plan, "cell", cell);
	return plan;
}

json_t *condition_make_base(struct front *front, struct yaml *root, const char *file)
{
	struct condition condition;
	char *name = find_scenario_name(file);
	json_t *plan = NULL;

	if (condition_read(front, root, name, &condition))
		plan = cell_make_plan(front, &condition, &condition.base, file, true);
	condition_free(&condition);
	free(name);
	return plan;
}
