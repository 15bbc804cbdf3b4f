// SPDX-License-Identifier: GPL-2.0-only
// A scenario and lists of values for its parameters: every combination of them, each as a plan.
#include "lab/front/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/front/scenario.h"
#include "lab/front/tree.h"

#define VALUE_MAX_LENGTH 200

static bool is_value(const struct yaml *node)
{
	if (node->type == YAML_MAP || yaml_is_empty(node))
		return false;
	for (const struct yaml *item = node->first; item; item = item->next) {
		if (item->type != YAML_SCALAR)
			return false;
	}
	return node->type == YAML_SCALAR || node->count <= PARAMETER_VALUES_MAX;
}

static bool add_value(struct grid *grid, struct grid_axis *axis, const struct yaml *value)
{
	const char *text = yaml_to_line(&grid->front, value);

	if (!is_value(value) || strlen(text) > VALUE_MAX_LENGTH || strpbrk(text, "\\\n")) {
		yaml_error(
			&grid->front, value,
			"a value of \"%s\" is one word, or a list of words, of at most %d bytes in all",
			axis->name, VALUE_MAX_LENGTH);
		return false;
	}
	for (size_t i = 0; i < axis->count; i++) {
		if (strcmp(axis->texts[i], text) == 0) {
			yaml_error(&grid->front, value, "\"%s\" is given the value %s twice",
				   axis->name, text);
			return false;
		}
	}
	axis->texts[axis->count] = text;
	axis->values[axis->count++] = value;
	return true;
}

/* The list is checked as a whole, since an item that is itself a list is one value. */
static bool check_list(struct front *front, const struct yaml *list, const char *name, size_t most)
{
	size_t count = list->type == YAML_LIST ? list->count : 1;

	if (list->type != YAML_MAP && !yaml_is_empty(list) && count > 0 && count <= most)
		return true;
	yaml_error(front, list, "\"%s\" needs a list of 1 to %zu values, such as %s", name, most,
		   strcmp(name, GRID_SEED) == 0 ? "[1, 2, 5] or 1..10" : "[1s, 2s, 3s]");
	return false;
}

static bool read_axis(struct grid *grid, struct grid_axis *axis, const struct yaml *list)
{
	bool good = check_list(&grid->front, list, axis->name, GRID_AXIS_MAX);

	if (!good)
		return false;
	axis->count = 0;
	axis->varied = true;
	axis->texts = arena_array(&grid->front.arena, list->count + 1, sizeof(*axis->texts));
	axis->values =
		arena_array(&grid->front.arena, list->count + 1, sizeof(const struct yaml *));
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item))
		good &= add_value(grid, axis, item);
	return good;
}

static bool read_number(const char **at, uint64_t *number)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*number = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0;
}

static bool add_seeds(struct grid *grid, const struct yaml *item)
{
	uint64_t first = 0, last = 0;
	const char *at = item->text;
	bool good = item->type == YAML_SCALAR && read_number(&at, &first);

	last = first;
	if (good && strncmp(at, "..", 2) == 0) {
		at += 2;
		good = read_number(&at, &last) && last >= first;
	}
	if (!good || *at != '\0') {
		yaml_error(
			&grid->front, item,
			"a seed is a whole number from 0 to 18446744073709551615, or a range such as 1..10");
		return false;
	}
	if (last - first >= GRID_SEEDS_MAX - grid->n_seeds) {
		yaml_error(&grid->front, item, "more than %d seeds", GRID_SEEDS_MAX);
		return false;
	}
	for (uint64_t seed = first;; seed++) {
		grid->seeds = arena_grow(&grid->front.arena, grid->seeds, grid->n_seeds,
					 sizeof(*grid->seeds));
		grid->seeds[grid->n_seeds++] = seed;
		if (seed == last)
			return true;
	}
}

static int compare_seeds(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool read_seeds(struct grid *grid, const struct yaml *list)
{
	bool good = check_list(&grid->front, list, GRID_SEED, GRID_SEEDS_MAX);

	grid->n_seeds = 0;
	grid->seeds = NULL;
	for (const struct yaml *item = good ? yaml_first(list) : NULL; item && good;
	     item = yaml_next(list, item))
		good = add_seeds(grid, item);
	if (!good)
		return false;
	qsort(grid->seeds, grid->n_seeds, sizeof(*grid->seeds), compare_seeds);
	for (size_t i = 1; i < grid->n_seeds; i++) {
		if (grid->seeds[i] != grid->seeds[i - 1])
			continue;
		yaml_error(&grid->front, list, "the seed %llu is there twice",
			   (unsigned long long)grid->seeds[i]);
		return false;
	}
	return true;
}

static struct grid_axis *find_axis(struct grid *grid, const char *name)
{
	for (size_t i = 0; i < grid->n_axes; i++) {
		if (strcmp(grid->axes[i].name, name) == 0)
			return &grid->axes[i];
	}
	return NULL;
}

/* What can be given values: the parameters, and the seed. */
static const char *suggest_axis(struct grid *grid, const char *name)
{
	const char *names[PARAMETERS_MAX + 1];

	for (size_t i = 0; i < grid->n_axes; i++)
		names[i] = grid->axes[i].name;
	names[grid->n_axes] = GRID_SEED;
	return suggest(&grid->front, name, names, grid->n_axes + 1);
}

/* Every parameter with its default; what is wrong with these, parameters_apply() says. */
static void read_defaults(struct grid *grid)
{
	const struct yaml *map = tree_find(grid->root, "parameters");

	for (struct yaml *entry = map && map->type == YAML_MAP ? map->first : NULL;
	     entry && grid->n_axes < PARAMETERS_MAX; entry = entry->next) {
		struct grid_axis *axis = &grid->axes[grid->n_axes++];

		axis->name = entry->key;
		axis->texts = arena_array(&grid->front.arena, 1, sizeof(*axis->texts));
		axis->values = arena_array(&grid->front.arena, 1, sizeof(const struct yaml *));
		axis->usual = axis->texts[0] = yaml_to_line(&grid->front, entry);
		axis->values[0] = entry;
		axis->count = 1;
	}
}

static bool read_sweep(struct grid *grid)
{
	const struct yaml *map = tree_find(grid->root, "sweep");
	struct grid_axis *seed = find_axis(grid, GRID_SEED);
	bool good = true;

	if (!map)
		return true;
	if (map->type != YAML_MAP || map->count == 0) {
		yaml_error(&grid->front, map,
			   "sweep is a mapping of parameters to lists of values, such as "
			   "{delay: [10ms, 50ms], seed: 1..10}");
		return false;
	}
	if (seed) {
		yaml_key_error(
			&grid->front, seed->values[0],
			"a parameter called \"%s\" cannot be in a scenario with sweep, where it is the seed of the run",
			GRID_SEED);
		return false;
	}
	for (struct yaml *entry = map->first; entry; entry = entry->next) {
		struct grid_axis *axis = find_axis(grid, entry->key);

		if (strcmp(entry->key, GRID_SEED) == 0) {
			good &= read_seeds(grid, entry);
		} else if (axis) {
			good &= read_axis(grid, axis, entry);
		} else {
			yaml_key_error(&grid->front, entry, "unknown parameter \"%s\"%s",
				       entry->key, suggest_axis(grid, entry->key));
			good = false;
		}
	}
	return good;
}

/* The brackets make a list of the values, so that "[a, b],[c]" is one of two lists. */
static bool use_wish(struct grid *grid, const struct grid_wish *wish)
{
	struct front *front = &grid->front;
	bool is_seed = strcmp(wish->name, GRID_SEED) == 0;
	const char *option =
		is_seed ? "--seeds" : arena_printf(&front->arena, "--vary %s", wish->name);
	const char *text = arena_printf(&front->arena, "[%s]", wish->values);
	struct grid_axis *axis = find_axis(grid, wish->name);
	const struct yaml *list;

	if (!axis && !is_seed) {
		diag_add(front->diag, grid->file, 0, 0, "has no parameter \"%s\"%s", wish->name,
			 suggest_axis(grid, wish->name));
		return false;
	}
	list = yaml_parse(front, text, strlen(text), option);
	if (!list)
		return false;
	return is_seed ? read_seeds(grid, list) : read_axis(grid, axis, list);
}

bool grid_read_seeds(struct grid *grid, const char *option, const char *values, struct diag *diag)
{
	const struct yaml *list;
	const char *text;

	grid->front.diag = diag;
	text = arena_printf(&grid->front.arena, "[%s]", values);
	list = yaml_parse(&grid->front, text, strlen(text), option);
	return list && read_seeds(grid, list);
}

static bool count_combinations(struct grid *grid)
{
	grid->combinations = 1;
	for (size_t i = 0; i < grid->n_axes; i++) {
		grid->combinations *= grid->axes[i].count;
		if (grid->combinations <= GRID_COMBINED_MAX)
			continue;
		diag_add(grid->front.diag, grid->file, 0, 0,
			 "is swept over more than %d combinations of values; take fewer values",
			 GRID_COMBINED_MAX);
		return false;
	}
	return true;
}

bool grid_load(const char *file, const struct grid_wish *wishes, size_t n_wishes, struct grid *grid,
	       struct diag *diag)
{
	bool good;

	grid->front.diag = diag;
	grid->front.sentences = diag->count + diag->dropped;
	grid->file = file;
	grid->root = yaml_load(&grid->front, file);
	if (!grid->root)
		return false;
	if (grid->root->type != YAML_MAP || tree_find(grid->root, "matrix")) {
		diag_add(diag, file, 0, 0,
			 "cannot be swept; expected a scenario that is no condition of the matrix");
		return false;
	}
	read_defaults(grid);
	good = read_sweep(grid);
	for (size_t i = 0; i < n_wishes; i++)
		good &= use_wish(grid, &wishes[i]);
	if (grid->n_seeds == 0) {
		grid->seeds = arena_array(&grid->front.arena, 1, sizeof(*grid->seeds));
		grid->seeds[grid->n_seeds++] = 1;
	}
	return good && count_combinations(grid);
}

bool grid_check(struct front *front, const struct yaml *root)
{
	struct grid grid = { .front = *front, .root = root };
	bool good;

	read_defaults(&grid);
	good = read_sweep(&grid);
	*front = grid.front; /* the memory stays in one hand */
	return good;
}

size_t grid_value(const struct grid *grid, size_t combination, size_t axis)
{
	for (size_t i = grid->n_axes - 1; i > axis; i--)
		combination /= grid->axes[i].count;
	return combination % grid->axes[axis].count;
}

json_t *grid_parameters(const struct grid *grid, size_t combination)
{
	json_t *parameters = json_object();

	for (size_t i = 0; i < grid->n_axes; i++)
		json_object_set_new(
			parameters, grid->axes[i].name,
			json_string(grid->axes[i].texts[grid_value(grid, combination, i)]));
	return parameters;
}

/* Tells of each mistake in which combination it was found. */
static void pass_on(struct grid *grid, size_t combination, const struct diag *from, struct diag *to)
{
	const char *point = "";

	for (size_t i = 0; i < grid->n_axes; i++) {
		const struct grid_axis *axis = &grid->axes[i];

		if (axis->varied)
			point = arena_printf(&grid->front.arena, "%s%s%s=%s", point,
					     *point ? ", " : "", axis->name,
					     axis->texts[grid_value(grid, combination, i)]);
	}
	for (size_t i = 0; i < from->count; i++) {
		const struct diag_entry *entry = &from->entries[i];

		diag_add(to, entry->file, entry->line, entry->column, "%s%s%s", entry->message,
			 *point ? "; in the point " : "", point);
	}
}

static json_t *make_plan(struct grid *grid, const struct settings *settings, struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	struct yaml *root = tree_copy(&front.arena, grid->root);
	json_t *plan = NULL;

	tree_remove(root, "sweep"); /* grid_load() has read it */
	if (parameters_apply(&front, root, settings))
		plan = scenario_make_plan(&front, root, grid->file);
	arena_free(&front.arena);
	return plan;
}

json_t *grid_make_default_plan(struct grid *grid, struct diag *diag)
{
	return make_plan(grid, NULL, diag);
}

json_t *grid_make_plan(struct grid *grid, size_t combination, struct diag *diag)
{
	struct diag mistakes = { 0 };
	struct settings settings = { .count = grid->n_axes };
	json_t *plan;

	for (size_t i = 0; i < grid->n_axes; i++) {
		const struct grid_axis *axis = &grid->axes[i];

		settings.items[i] =
			(struct setting){ .name = axis->name,
					  .value = axis->values[grid_value(grid, combination, i)] };
	}
	plan = make_plan(grid, &settings, &mistakes);
	pass_on(grid, combination, &mistakes, diag);
	diag_clear(&mistakes);
	return plan;
}

void grid_free(struct grid *grid)
{
	arena_free(&grid->front.arena);
}
