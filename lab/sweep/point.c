// SPDX-License-Identifier: GPL-2.0-only
// Points of a sweep: what names one for good, and the result that is kept of it.
#include "lab/sweep/point.h"

#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/sweep/measure.h"
#include "lab/sweep/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static void drop_places(json_t *json)
{
	const char *key;
	json_t *item;
	size_t i;

	json_object_del(json, "line");
	json_object_del(json, "column");
	json_object_foreach(json, key, item)
		drop_places(item);
	json_array_foreach(json, i, item)
		drop_places(item);
}

static void add_json(struct digest *digest, const json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags | JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		abort();
	digest_add_text(digest, text);
	free(text);
}

/*
 * The program and its arguments as far as they are files below its folder: what is in them instead of where that is, since
 * the same scenario may be swept on several machines.
 */
static void add_files(struct digest *digest, json_t *program)
{
	char *folder = text_format("%s/", jsonx_string(program, "folder", ""));
	const char *path = jsonx_string(program, "path", "");
	size_t length = strlen(folder), i;
	json_t *argument;

	if (strncmp(path, folder, length) == 0)
		json_object_del(program, "path"); /* the first argument is its name there */
	json_array_foreach(json_object_get(program, "arguments"), i, argument) {
		char *file = text_format("%s%s", folder, json_string_value(argument));

		digest_add_file(digest, file);
		free(file);
	}
	json_object_del(program, "folder");
	free(folder);
}

void plan_identify(const json_t *plan, char id[DIGEST_TEXT_SIZE])
{
	/* the name of the topology says nothing beside its nodes and links; capturing changes no result */
	static const char *const names[] = { "file", "scenario", "topology", "capture" };
	json_t *copy = json_deep_copy(plan), *endpoint;
	struct digest digest;
	size_t k;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_del(copy, names[i]);
	drop_places(copy);
	digest_start(&digest);
	json_array_foreach(json_object_get(copy, "endpoints"), k, endpoint)
		if (json_object_get(endpoint, "program"))
			add_files(&digest, json_object_get(endpoint, "program"));
	add_json(&digest, copy, JSON_SORT_KEYS);
	digest_end(&digest, id);
	json_decref(copy);
}

bool kernel_identify(const struct kernel *kernel, char id[DIGEST_TEXT_SIZE])
{
	struct digest digest;
	struct utsname name;

	digest_start(&digest);
	digest_add_text(&digest, PATHLAB_VERSION);
	digest_add_text(&digest, kernel->name);
	if (*kernel->program) {
		if (!digest_add_file(&digest, kernel->program))
			return false;
	} else if (uname(&name) == 0) {
		digest_add_text(&digest, name.release);
		digest_add_text(&digest, name.version);
	}
	digest_end(&digest, id);
	return true;
}

void point_identify(const char *kernel_id, const char *plan_id, const json_t *parameters,
		    uint64_t seed, char id[DIGEST_TEXT_SIZE])
{
	struct digest digest;
	char text[24];

	digest_start(&digest);
	digest_add_text(&digest, kernel_id);
	digest_add_text(&digest, plan_id);
	add_json(&digest, parameters, JSON_SORT_KEYS);
	snprintf(text, sizeof(text), "%" PRIu64, seed);
	digest_add_text(&digest, text);
	digest_end(&digest, id);
}

json_t *point_result(const struct sweep_identity *identity, const char *id, json_t *parameters,
		     const struct run_result *run)
{
	char seed[24];
	json_t *result;

	snprintf(seed, sizeof(seed), "%" PRIu64, run->seed);
	result = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s, s:s}", "point", id,
			   "scenario", identity->scenario, "scenario_id", identity->scenario_id,
			   "kernel", identity->kernel, "kernel_id", identity->kernel_id, "summary",
			   run->summary ?: "", "parameters", parameters, "seed", seed, "verdict",
			   run->verdict.status == VERDICT_PASS ? "pass" : "fail", "outcome",
			   run->verdict.outcomes[0], "problem",
			   run->verdict.n ? run->verdict.problems[0].observed : "");
	if (!result)
		abort();
	measure_run(run->plan, run->events, result);
	json_object_set_new(result, "virtual_ns", json_integer(run->verdict.virtual_ns));
	return result;
}

bool is_point_result(const json_t *result)
{
	static const char *const strings[] = { "point",	    "scenario", "scenario_id", "kernel",
					       "kernel_id", "summary",	"seed",	       "verdict" };
	const char *key;
	json_t *value;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		if (!json_is_string(json_object_get(result, strings[i])))
			return false;
	}
	json_object_foreach(json_object_get(result, "parameters"), key, value) {
		if (!json_is_string(value))
			return false;
	}
	return json_is_object(json_object_get(result, "parameters"));
}

static uint64_t seed_of(const json_t *result)
{
	return strtoull(jsonx_string(result, "seed", "0"), NULL, 10);
}

int point_compare(const json_t *a, const json_t *b)
{
	const json_t *others = json_object_get(b, "parameters");
	uint64_t x = seed_of(a), y = seed_of(b);
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(a, "parameters"), name, value) {
		const char *text = json_string_value(value);
		const char *other_text = jsonx_string(others, name, "");
		struct value one, other;
		int order;

		if (strcmp(text, other_text) == 0)
			continue;
		one = value_read(text);
		other = value_read(other_text);
		order = value_compare(&one, &other);
		if (order)
			return order;
	}
	return x < y ? -1 : x > y;
}

char *point_name(const json_t *result)
{
	char *name = text_format("%s", ""), *longer;
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(result, "parameters"), key, value) {
		longer = text_format("%s%s=%s, ", name, key, json_string_value(value));
		free(name);
		name = longer;
	}
	longer = text_format("%sseed %s", name, jsonx_string(result, "seed", "?"));
	free(name);
	return longer;
}
