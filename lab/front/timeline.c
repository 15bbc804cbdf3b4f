// SPDX-License-Identifier: GPL-2.0-only
// The timeline: when each step happens, and what it is.
#include <inttypes.h>
#include <string.h>

#include "lab/front/by_hand.h"
#include "lab/front/program.h"
#include "lab/front/scenario.h"
#include "lab/front/units.h"

#define KEYS_MAX 32

/* What `after` can wait for besides the answer of a step (docs/formats.md, section 3). */
static const char *const events[] = { "connected", "refused",	"lost",	 "shutdown", "restarted",
				      "path-up",   "path-down", "ready", "line",     "exit" };
#define EVENTS (sizeof(events) / sizeof(events[0]))

enum action { NO_ACTION, COMMAND, FAULT, HEAL, SIGNAL, START, INPUT };

/* What a step does besides calls. */
static const struct {
	const char *name;
	enum action action;
	const char *what;
	const char *keys[3];
} deeds[] = {
	{ "fault", FAULT, "a fault", { NULL } },	   { "heal", HEAL, "a heal", { NULL } },
	{ "signal", SIGNAL, "a signal", { "number" } },	   { "start", START, "a start", { NULL } },
	{ "input", INPUT, "an input", { "line", "end" } },
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

/* The keys of every step. */
struct common {
	struct yaml *at, *after, *when, *name, *expect, *source, *action;
};

void put_place(json_t *object, const struct yaml *at, const char *text)
{
	json_object_set_new(object, "line", json_integer(at->line));
	json_object_set_new(object, "column", json_integer(at->column));
	json_object_set_new(object, "text", json_string(text));
}

bool put_source(struct front *front, const struct yaml *source, json_t *object)
{
	const char *text;

	if (!source)
		return true;
	if (!yaml_get_text(front, source, "a source", &text))
		return false;
	json_object_set_new(object, "source", json_string(text));
	return true;
}

void scenario_reach(struct scenario *scenario, int64_t time)
{
	if (time > scenario->end_ns)
		scenario->end_ns = time;
}

int scenario_next_id(struct scenario *scenario)
{
	return (int)scenario->n_ids++;
}

/* What the step does, and the entry that says so. */
static enum action find_action(const struct scenario *scenario, const struct yaml *item,
			       const struct yaml **found, size_t *count)
{
	enum action action = NO_ACTION;

	*count = 0;
	for (const struct yaml *entry = item->first; entry; entry = entry->next) {
		enum action this = NO_ACTION;

		if (name_list_find(&scenario->endpoint_names, entry->key) >= 0)
			this = COMMAND;
		for (size_t i = 0; i < DEEDS; i++)
			if (strcmp(entry->key, deeds[i].name) == 0)
				this = deeds[i].action;
		if (this == NO_ACTION)
			continue;
		if (++*count == 1) {
			action = this;
			*found = entry;
		}
	}
	return action;
}

static const char *const common_keys[] = { "at", "after", "when", "name", "expect", "source" };
#define COMMON (sizeof(common_keys) / sizeof(common_keys[0]))

/* No endpoint and no deed: most likely the name of an endpoint is written wrong. */
static void say_no_action(struct scenario *scenario, const struct yaml *item)
{
	struct front *front = scenario->front;
	struct name_list actions = { 0 }, others = all_call_keys(front);

	for (size_t i = 0; i < COMMON; i++)
		name_list_add(&front->arena, &others, common_keys[i]);
	for (size_t i = 0; i < scenario->endpoint_names.count; i++)
		name_list_add(&front->arena, &actions, scenario->endpoint_names.items[i]);
	for (size_t i = 0; i < DEEDS; i++)
		name_list_add(&front->arena, &actions, deeds[i].name);
	for (const struct yaml *entry = item->first; entry; entry = entry->next) {
		if (name_list_find(&others, entry->key) >= 0)
			continue;
		yaml_key_error(front, entry, "unknown key \"%s\" in a step%s", entry->key,
			       suggest(front, entry->key, actions.items, actions.count));
		return;
	}
	yaml_error(
		front, item,
		"a step needs one action: an endpoint and its call (client: connectx), fault, heal, "
		"signal, start or input");
}

/*
 * Reads the keys of a step: those of every step, the action's own, and those that `more` lists, whose
 * values go to `values` in the same order.
 */
static bool read_keys(struct front *front, const struct yaml *item, const char *action,
		      const char *what, bool can_expect, const char *const *more,
		      struct yaml **values, struct common *common)
{
	struct yaml_key keys[KEYS_MAX] = {
		{ "at", &common->at, false },	      { "after", &common->after, false },
		{ "when", &common->when, false },     { "name", &common->name, false },
		{ "source", &common->source, false }, { action, &common->action, true },
	};
	size_t count = 6;

	if (can_expect)
		keys[count++] = (struct yaml_key){ "expect", &common->expect, false };
	for (size_t i = 0; more && more[i]; i++)
		keys[count++] = (struct yaml_key){ more[i], &values[i], false };
	return yaml_read_map(front, item, what, keys, count);
}

static const char *make_text(struct front *front, const struct yaml *item)
{
	const char *text = "";

	for (const struct yaml *entry = item->first; entry; entry = entry->next) {
		if (strcmp(entry->key, "expect") != 0 && strcmp(entry->key, "source") != 0 &&
		    strcmp(entry->key, "name") != 0)
			text = yaml_append_part(front, text, entry);
	}
	return text;
}

static struct step *find_step(struct scenario *scenario, const char *name)
{
	for (size_t i = 0; i < scenario->n_steps; i++) {
		if (scenario->steps[i].name && strcmp(scenario->steps[i].name, name) == 0)
			return &scenario->steps[i];
	}
	return NULL;
}

static json_t *make_after(json_t *endpoint, const char *event, int64_t delay)
{
	return json_pack("{s:o, s:s, s:I}", "endpoint", endpoint, "event", event, "delay_ns",
			 (json_int_t)delay);
}

static json_t *make_done(const struct step *step, int64_t delay)
{
	json_t *after = make_after(json_null(), "done", delay);

	json_object_set(after, "step", json_object_get(step->json, "id"));
	return after;
}

/* The step of that name, or NULL after a sentence. */
static struct step *get_step(struct scenario *scenario, const struct yaml *at, const char *name)
{
	struct front *front = scenario->front;
	struct step *step = find_step(scenario, name);
	struct name_list names = { 0 };

	if (step)
		return step;
	for (size_t i = 0; i < scenario->n_steps; i++) {
		if (scenario->steps[i].name)
			name_list_add(&front->arena, &names, scenario->steps[i].name);
	}
	yaml_error(front, at, "no step above has the name \"%s\"%s", name,
		   suggest(front, name, names.items, names.count));
	return NULL;
}

static json_t *parse_done(struct scenario *scenario, const struct yaml *at, const char *name,
			  int64_t delay)
{
	const struct step *step = get_step(scenario, at, name);

	return step ? make_done(step, delay) : NULL;
}

/* Some events only programs have. */
static bool check_event(struct scenario *scenario, const struct yaml *at, size_t index,
			const char *event)
{
	const struct endpoint *endpoint = &scenario->endpoints[index];
	bool ready = strcmp(event, "ready") == 0;

	if (strcmp(event, "exit") == 0)
		return true;
	if (!endpoint->program != (ready || strcmp(event, "line") == 0) &&
	    (!ready || endpoint->program->has_ready))
		return true;
	yaml_error(scenario->front, at,
		   ready && endpoint->program ?
			   "\"%s\" has no \"ready\", so \"%s\" never comes" :
		   endpoint->program ?
			   "\"%s\" is a program of your own (run); \"%s\" is told by cclient" :
			   "\"%s\" is cclient; \"%s\" is told by a program of your own (run)",
		   endpoint->name, event);
	return false;
}

static json_t *parse_event(struct scenario *scenario, const struct yaml *at, char *event,
			   int64_t delay)
{
	struct front *front = scenario->front;
	char *dot = strchr(event, '.'), *name = dot ? dot + 1 : event;
	long endpoint = -1;
	size_t i = 0;

	if (dot) {
		*dot = '\0';
		endpoint = name_list_find(&scenario->endpoint_names, event);
		if (endpoint < 0) {
			yaml_error(front, at, "unknown endpoint \"%s\"%s", event,
				   suggest(front, event, scenario->endpoint_names.items,
					   scenario->endpoint_names.count));
			return NULL;
		}
	}
	while (i < EVENTS && strcmp(events[i], name) != 0)
		i++;
	if (i == EVENTS) {
		yaml_error(front, at, "unknown event \"%s\"%s, or done and a step's name", name,
			   suggest(front, name, events, EVENTS));
		return NULL;
	}
	if (endpoint >= 0 && !check_event(scenario, at, (size_t)endpoint, events[i]))
		return NULL;
	return make_after(endpoint < 0 ? json_null() : json_integer(endpoint), events[i], delay);
}

static char *trim(char *text)
{
	text += strspn(text, " ");
	for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--)
		text[end - 1] = '\0';
	return text;
}

char *split_delay(struct front *front, const struct yaml *at, int64_t *delay)
{
	char *event = arena_strdup(&front->arena, at->text), *plus = strchr(event, '+');

	*delay = 0;
	if (plus) {
		struct yaml time = *at;

		*plus++ = '\0';
		time.text = trim(plus);
		if (!parse_quantity(front, &time, "a delay after an event", TIME, 0, YEAR, delay))
			return NULL;
	}
	return trim(event);
}

/* EVENT [+ TIME], where EVENT is [ENDPOINT.]NAME or "done STEP". */
static json_t *parse_after(struct scenario *scenario, const struct yaml *at)
{
	int64_t delay;
	const char *text;
	char *event;

	if (!yaml_get_text(scenario->front, at, "after", &text))
		return NULL;
	event = split_delay(scenario->front, at, &delay);
	if (!event)
		return NULL;
	if (strncmp(event, "done ", 5) == 0)
		return parse_done(scenario, at, trim(event + 5), delay);
	return parse_event(scenario, at, event, delay);
}

json_t *scenario_read_moment(struct scenario *scenario, const struct yaml *at)
{
	static const char *const words[] = { "done", "start" };
	struct front *front = scenario->front;
	const struct step *step = NULL;
	const char *text;
	size_t length;

	if (!yaml_get_text(front, at, "after", &text))
		return NULL;
	length = strcspn(text, " ");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (length != strlen(words[i]) || strncmp(words[i], text, length) != 0 ||
		    !text[length])
			continue;
		step = get_step(scenario, at, trim(arena_strdup(&front->arena, text + length)));
		return step ? json_pack("{s:s, s:O}", "event", words[i], "step",
					json_object_get(step->json, "id")) :
			      NULL;
	}
	yaml_error(
		front, at,
		"\"%s\" is no moment packets are counted from; expected \"start\" or \"done\" and the "
		"name of a step",
		text);
	return NULL;
}

static bool read_time(struct scenario *scenario, const struct yaml *item,
		      const struct common *common, struct step *step)
{
	struct front *front = scenario->front;
	json_t *after = NULL;

	if ((common->at != NULL) + (common->after != NULL) + (common->when != NULL) > 1) {
		yaml_key_error(front, common->when ? common->when : common->after,
			       "a step has one of \"at\", \"after\" and \"when\"");
		return false;
	}
	if (common->when)
		return read_condition(scenario, common->when, step);
	if (common->at) {
		if (!parse_quantity(front, common->at, "the time of a step", TIME, 0,
				    scenario->limit_ns, &step->at_ns))
			return false;
		step->has_at = true;
		scenario_reach(scenario, step->at_ns);
		json_object_set_new(step->json, "at_ns", json_integer(step->at_ns));
		return true;
	}
	if (common->after) {
		after = parse_after(scenario, common->after);
	} else if (scenario->n_steps > 0) {
		after = make_done(&scenario->steps[scenario->n_steps - 1], 0);
	} else {
		yaml_error(front, item,
			   "the first step needs \"at\"; expected a time such as at: 0s");
	}
	if (!after)
		return false;
	json_object_set_new(step->json, "after", after);
	return true;
}

static bool read_name(struct scenario *scenario, const struct yaml *name, struct step *step)
{
	struct step *other;

	if (!name)
		return true;
	if (!yaml_get_name(scenario->front, name, "a step's name", 63, &step->name))
		return false;
	other = find_step(scenario, step->name);
	if (other) {
		yaml_error(scenario->front, name, "the step on line %d has the name \"%s\" already",
			   other->yaml->line, step->name);
		return false;
	}
	return true;
}

static bool read_command(struct scenario *scenario, const struct yaml *item,
			 const struct yaml *action, struct step *step, struct common *common)
{
	struct front *front = scenario->front;
	const struct call *call = NULL;
	struct yaml *values[KEYS_MAX] = { NULL };
	size_t index = (size_t)name_list_find(&scenario->endpoint_names, action->key);
	const char *what;

	if (scenario->endpoints[index].program) {
		yaml_key_error(front, action,
			       "\"%s\" is a program of your own (run), which makes its calls "
			       "itself; expected start, input, signal or a fault",
			       action->key);
		return false;
	}
	call = get_call(front, action);
	if (!call)
		return false;
	what = arena_printf(&front->arena, "a step with %s", call_name(call));
	if (!read_keys(front, item, action->key, what, true, call_keys(call), values, common) ||
	    !read_time(scenario, item, common, step))
		return false;
	step->endpoint = index;
	json_object_set_new(step->json, "do", json_string("command"));
	json_object_set_new(step->json, "endpoint", json_integer((json_int_t)index));
	if (!make_command(scenario, call, &scenario->endpoints[index], item, values, step))
		return false;
	if (common->expect)
		return read_call_expectation(scenario,
					     json_string_value(json_object_get(step->json, "call")),
					     common->expect, common->source, step->json);
	if (common->source) {
		yaml_key_error(front, common->source,
			       "\"source\" says where an expectation comes from; "
			       "there is no \"expect\" here");
		return false;
	}
	return true;
}

static bool read_fault(struct scenario *scenario, const struct yaml *item,
		       const struct yaml *action, struct step *step, struct common *common)
{
	struct front *front = scenario->front;
	const struct fault_kind *kind = get_fault_kind(front, action);
	struct yaml *values[KEYS_MAX] = { NULL };
	const char *what;

	if (!kind)
		return false;
	what = arena_printf(&front->arena, "the fault %s", action->text);
	if (!read_keys(front, item, "fault", what, false, fault_keys(kind), values, common) ||
	    !read_time(scenario, item, common, step))
		return false;
	json_object_set_new(step->json, "do", json_string("fault"));
	return make_fault(scenario, kind, item, values, step) &&
	       put_source(front, common->source, step->json);
}

static bool read_other(struct scenario *scenario, const struct yaml *item, enum action action,
		       struct step *step, struct common *common)
{
	struct yaml *values[KEYS_MAX] = { NULL };
	size_t i = 0;

	while (deeds[i].action != action)
		i++;
	if (!read_keys(scenario->front, item, deeds[i].name, deeds[i].what, false, deeds[i].keys,
		       values, common) ||
	    !read_time(scenario, item, common, step))
		return false;
	json_object_set_new(step->json, "do", json_string(deeds[i].name));
	if (action == HEAL)
		return make_heal(scenario, common->action, step);
	if (action == SIGNAL)
		return make_signal(scenario, common->action, values[0], step);
	if (action == START)
		return make_start(scenario, common->action, step);
	return make_input(scenario, common->action, values[0], values[1], step);
}

static bool read_step(struct scenario *scenario, const struct yaml *item, struct step *step)
{
	struct front *front = scenario->front;
	const struct yaml *found = NULL;
	struct common common = { 0 };
	enum action action;
	size_t count;
	bool good;

	if (item->type != YAML_MAP) {
		yaml_error(
			front, item,
			"a step is a mapping such as {at: 0s, client: connectx, to: [server.a]}");
		return false;
	}
	action = find_action(scenario, item, &found, &count);
	if (action == NO_ACTION) {
		say_no_action(scenario, item);
		return false;
	}
	if (count > 1) {
		yaml_error(front, item, "a step has one action; found %zu", count);
		return false;
	}
	step->yaml = item;
	json_object_set_new(step->json, "id", json_integer(scenario_next_id(scenario)));
	put_place(step->json, item, make_text(front, item));
	if (action == COMMAND)
		good = read_command(scenario, item, found, step, &common);
	else if (action == FAULT)
		good = read_fault(scenario, item, found, step, &common);
	else
		good = read_other(scenario, item, action, step, &common);
	return good & read_name(scenario, common.name, step);
}

bool scenario_read_step(struct scenario *scenario, const struct yaml *item)
{
	struct step *step = &scenario->steps[scenario->n_steps];
	bool good;

	/* the plan owns it from here on, whatever becomes of the step */
	step->json = json_object();
	json_array_append_new(scenario->json_steps, step->json);
	good = read_step(scenario, item, step);
	scenario->n_steps++;
	return good;
}

bool scenario_read_timeline(struct scenario *scenario, const struct yaml *list)
{
	bool good = true;

	if (list->type != YAML_LIST || list->count == 0 || list->count > STEPS_MAX) {
		yaml_error(scenario->front, list, "a timeline is a list of 1 to %d steps",
			   STEPS_MAX);
		return false;
	}
	scenario->steps = arena_array(&scenario->front->arena,
				      list->count + by_hand_count(scenario->front->by_hand),
				      sizeof(struct step));
	for (const struct yaml *item = list->first; item; item = item->next)
		good &= scenario_read_step(scenario, item);
	return good && (!scenario->front->by_hand || by_hand_read(scenario));
}
