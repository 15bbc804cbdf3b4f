// SPDX-License-Identifier: GPL-2.0-only
// All cells of a condition of the errno matrix: its rows in their variants.
#include "lab/front/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "lab/common/jsonx.h"
#include "lab/front/condition.h"
#include "lab/front/find.h"
#include "lab/front/parameters.h"
#include "lab/front/tree.h"

/* One condition being loaded. */
struct loader {
	struct diag *diag;
	const char *file;
	char *name; /* (owned) of the scenario */
	const struct matrix_wish *wish;
	struct matrix *matrix;
	const struct yaml *root;     /* as read; rows are made from copies */
	struct axes axes;	     /* with the values of `each` */
	bool *rule_used, *skip_used; /* (owned) by position, over all rows */
};

static void add_cell(struct loader *loader, json_t *cell, json_t *plan)
{
	struct matrix *matrix = loader->matrix;

	/* grows in steps: a matrix has thousands of them */
	if ((matrix->count & (matrix->count - 1)) == 0) {
		matrix->items = reallocarray(matrix->items, matrix->count ? 2 * matrix->count : 1,
					     sizeof(*matrix->items));
		if (!matrix->items)
			abort();
	}
	matrix->items[matrix->count++] = (struct matrix_cell){ cell, plan, loader->file };
}

static bool has_errno(const json_t *cell)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(cell, "expect"), i, item) {
		if (jsonx_is(item, "field", "errno"))
			return true;
	}
	return false;
}

/* Each plan is made in memory of its own, which is free again before the next one. */
static json_t *make_plan(struct loader *loader, const struct condition *condition,
			 const struct variant *variant, const json_t *cell)
{
	struct front front = { .diag = loader->diag,
			       .sentences = loader->diag->count + loader->diag->dropped };
	json_t *plan = cell_make_plan(&front, condition, variant, loader->file, false);

	arena_free(&front.arena);
	if (!plan && loader->diag->count < DIAG_MAX)
		yaml_key_error(condition->front, condition->yaml,
			       "the cell %s cannot be made; skip it and say why, or change the "
			       "condition",
			       jsonx_string(cell, "name", "?"));
	return plan;
}

static bool load_cell(struct loader *loader, const struct condition *condition,
		      const struct variant *variant)
{
	const struct matrix_wish *wish = loader->wish;
	json_t *cell = cell_describe(condition, variant), *plan = NULL;
	bool skipped = json_object_get(cell, "skip") != NULL, good = true;
	bool wanted = !wish->wants || wish->wants(wish->context, cell);

	if (!skipped && !wish->measures_only && !has_errno(cell)) {
		yaml_key_error(condition->front, condition->yaml,
			       "no entry of cells says which errno to expect of %s; expected one "
			       "whose \"when\" matches it, or a reason under skip",
			       jsonx_string(cell, "name", "?"));
		good = false;
	}
	if (good && !skipped && wanted) {
		plan = make_plan(loader, condition, variant, cell);
		good = plan != NULL;
	}
	if (good)
		add_cell(loader, cell, plan);
	else
		json_decref(cell);
	return good;
}

/* A rule or skip counts as used when it matches a cell; a skip also when an earlier one does. */
static void note_use(const struct loader *loader, const struct condition *condition,
		     const struct variant *variant)
{
	bool skipped = false;

	for (size_t i = 0; i < condition->n_skips; i++) {
		if (!selector_matches(&condition->skips[i].when, variant, condition->row))
			continue;
		loader->skip_used[i] = true;
		skipped = true;
	}
	for (size_t i = 0; i < condition->n_rules && !skipped; i++)
		loader->rule_used[i] |=
			selector_matches(&condition->rules[i].when, variant, condition->row);
}

static bool check_use(const struct loader *loader, const struct condition *condition)
{
	struct front *front = condition->front;
	bool good = true;

	for (size_t i = 0; i < condition->n_rules; i++) {
		if (loader->rule_used[i])
			continue;
		yaml_error(front, condition->rules[i].yaml,
			   "this matches no cell that is not skipped");
		good = false;
	}
	for (size_t i = 0; i < condition->n_skips; i++) {
		if (loader->skip_used[i])
			continue;
		yaml_error(front, condition->skips[i].yaml, "this matches no cell");
		good = false;
	}
	return good;
}

static bool prepare_use(struct loader *loader, const struct condition *condition)
{
	if (!loader->rule_used) {
		loader->rule_used = calloc(condition->n_rules + 1, sizeof(bool));
		loader->skip_used = calloc(condition->n_skips + 1, sizeof(bool));
	}
	if (!loader->rule_used || !loader->skip_used)
		abort();
	return true;
}

/* The row in which the parameters under `each` have those values. */
static bool load_row(struct loader *loader, const size_t *values, bool is_last)
{
	struct front front = { .diag = loader->diag,
			       .sentences = loader->diag->count + loader->diag->dropped };
	struct yaml *root = tree_copy(&front.arena, loader->root);
	struct settings settings = { .count = loader->axes.each.count };
	struct condition condition = { 0 };
	struct variant *variants;
	size_t count = 0;
	bool good;

	for (size_t i = 0; i < settings.count; i++) {
		const char *text = loader->axes.each_values[i].items[values[i]];

		settings.items[i] =
			(struct setting){ .name = loader->axes.each.items[i],
					  .value = tree_scalar(&front.arena, root, text) };
	}
	good = parameters_apply(&front, root, &settings) &&
	       condition_read(&front, root, loader->name, &condition);
	if (good) {
		prepare_use(loader, &condition);
		variants = axes_expand(&front.arena, &condition.base,
				       condition.axes.values[LIST].count, &count);
		for (size_t i = 0; i < count && good; i++) {
			note_use(loader, &condition, &variants[i]);
			good = load_cell(loader, &condition, &variants[i]);
		}
	}
	if (good && is_last)
		good = check_use(loader, &condition);
	condition_free(&condition);
	arena_free(&front.arena);
	return good;
}

/* Counts up, the last parameter first; false when all rows were had. */
static bool next_row(const struct axes *axes, size_t *values)
{
	for (size_t i = axes->each.count; i-- > 0;) {
		if (++values[i] < axes->each_values[i].count)
			return true;
		values[i] = 0;
	}
	return false;
}

static bool load_rows(struct loader *loader)
{
	size_t values[EACH_MAX] = { 0 }, after[EACH_MAX] = { 0 };
	bool more = true, good = true;

	while (more && good) {
		more = next_row(&loader->axes, after);
		good = load_row(loader, values, !more);
		memcpy(values, after, sizeof(values));
	}
	return good;
}

static bool load_root(struct front *front, const struct yaml *root, const char *file,
		      const struct matrix_wish *wish, struct matrix *matrix)
{
	struct loader loader = { .diag = front->diag,
				 .file = file,
				 .name = find_scenario_name(file),
				 .wish = wish,
				 .matrix = matrix,
				 .root = root };
	bool good = false;

	axes_init(&loader.axes);
	if (root && root->type != YAML_MAP)
		yaml_error(front, root,
			   "a condition is a mapping with keys such as summary and matrix");
	else if (root && !tree_find(root, "matrix"))
		diag_add(front->diag, file, 0, 0,
			 "is no condition of the matrix: it has no key \"matrix\"");
	else if (root && condition_read_each(front, root, &loader.axes))
		good = load_rows(&loader);
	free(loader.rule_used);
	free(loader.skip_used);
	free(loader.name);
	return good;
}

bool matrix_load(const char *file, const struct matrix_wish *wish, struct matrix *matrix,
		 struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	bool good = load_root(&front, yaml_load(&front, file), file, wish, matrix);

	arena_free(&front.arena);
	return good;
}

bool matrix_from_text(const char *text, size_t size, const char *file,
		      const struct matrix_wish *wish, struct matrix *matrix, struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	bool good = load_root(&front, yaml_parse(&front, text, size, file), file, wish, matrix);

	arena_free(&front.arena);
	return good;
}

void matrix_free(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++) {
		json_decref(matrix->items[i].cell);
		json_decref(matrix->items[i].plan);
	}
	free(matrix->items);
	*matrix = (struct matrix){ 0 };
}
