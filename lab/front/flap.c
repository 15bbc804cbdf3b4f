// SPDX-License-Identifier: GPL-2.0-only
// The fault flap: it is no fault of the plan, but becomes faults and their heals, one pair each time.
#include <string.h>

#include "lab/front/fault_build.h"
#include "lab/front/units.h"

#define FLAPS_MAX 1000

struct flap {
	int64_t down, up; /* ns */
	int64_t count;
};

/* How it is down: `node` belongs to an interface, `from` to a direction. */
static bool build_down(struct builder *builder)
{
	static const char *const words[] = { "link-down", "blackhole" };
	static const char *const foreign[] = { "from", "node" };
	struct yaml *kind = value_of(builder, "kind"), *other;
	size_t index = 0;

	if (kind && !yaml_get_word(builder->front, kind, "the kind of a flap", words, 2, &index))
		return false;
	json_object_set_new(builder->json, "kind", json_string(words[index]));
	other = value_of(builder, foreign[index]);
	if (other) {
		yaml_key_error(builder->front, other,
			       "\"%s\" does not go with a flap of kind %s; expected \"%s\"",
			       foreign[index], words[index], foreign[1 - index]);
		return false;
	}
	return index == 0 ? build_link_down(builder) : build_blackhole(builder);
}

static bool read_time(struct builder *builder, const char *key, int64_t *time)
{
	struct yaml *value = require_value(builder, key);

	return value &&
	       parse_quantity(builder->front, value, "a time of a flap", TIME, MS, H, time);
}

static bool read_flap(struct builder *builder, struct flap *flap)
{
	struct yaml *count = value_of(builder, "count"), *time = value_of(builder, "for");
	bool good = read_time(builder, "down", &flap->down);
	int64_t length;

	good = read_time(builder, "up", &flap->up) && good;
	if (!count == !time) {
		yaml_error(builder->front, builder->yaml,
			   "a flap needs one of \"count\" and \"for\"");
		return false;
	}
	if (count)
		return yaml_get_integer(builder->front, count, "a count of flaps", 1, FLAPS_MAX,
					&flap->count) &&
		       good;
	if (!good ||
	    !parse_quantity(builder->front, time, "how long to flap", TIME, MS, YEAR, &length))
		return false;
	/* as many as begin before it is over */
	flap->count = (length - 1) / (flap->down + flap->up) + 1;
	if (flap->count > FLAPS_MAX)
		yaml_error(builder->front, time, "a flap comes at most %d times; found %lld",
			   FLAPS_MAX, (long long)flap->count);
	return flap->count <= FLAPS_MAX;
}

/* Another step of the flap, so long after its first. */
static json_t *add_step(struct builder *builder, json_t *first, int64_t later_ns)
{
	json_t *step = json_copy(first), *at = json_object_get(first, "at_ns");

	json_object_set_new(step, "id", json_integer(scenario_next_id(builder->scenario)));
	if (at)
		json_object_set_new(step, "at_ns", json_integer(json_integer_value(at) + later_ns));
	else
		json_object_set_new(step, "after",
				    json_pack("{s:n, s:s, s:I, s:O}", "endpoint", "event", "done",
					      "delay_ns", (json_int_t)later_ns, "step",
					      json_object_get(first, "id")));
	json_object_del(step, "when");
	json_array_append_new(builder->scenario->json_steps, step);
	return step;
}

static void add_heal(struct builder *builder, json_t *first, json_t *fault, int64_t later_ns)
{
	json_t *heal = add_step(builder, first, later_ns);

	json_object_set_new(heal, "do", json_string("heal"));
	json_object_set(heal, "step", json_object_get(fault, "id"));
	json_object_del(heal, "kind");
	json_object_del(heal, "targets");
	/* what follows this step follows the last heal */
	builder->step->json = heal;
}

bool build_flap(struct builder *builder)
{
	struct flap flap = { 0 };
	json_t *first = builder->json, *fault = first;
	bool good = build_down(builder);
	int64_t last;

	/* it heals itself */
	builder->step->healed = true;
	if (!read_flap(builder, &flap) || !good)
		return false;
	last = (flap.count - 1) * (flap.down + flap.up) + flap.down;
	if (builder->step->has_at) {
		last += builder->step->at_ns;
		if (last > builder->scenario->limit_ns) {
			yaml_error(builder->front, builder->yaml,
				   "the last flap ends at %s, after the limit of %s",
				   format_quantity(&builder->front->arena, TIME, last),
				   format_quantity(&builder->front->arena, TIME,
						   builder->scenario->limit_ns));
			return false;
		}
		scenario_reach(builder->scenario, last);
	}
	for (int64_t i = 0; i < flap.count; i++) {
		int64_t begin = i * (flap.down + flap.up);

		if (i > 0)
			fault = add_step(builder, first, begin);
		add_heal(builder, first, fault, begin + flap.down);
	}
	return true;
}
