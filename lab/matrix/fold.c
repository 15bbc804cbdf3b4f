// SPDX-License-Identifier: GPL-2.0-only
// A row of the matrix in as few words as tell all of it: the common answer, and who answers otherwise.
#include "lab/matrix/fold.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/matrix/answer.h"

#include <stdlib.h>
#include <string.h>

enum { AXES = 6, VALUES_MAX = 32, ANY = -1 };

static const char *const axis_names[AXES] = { "style", "family", "wait", "call", "id", "list" };

/* A cell that was run: its values as numbers, its answer as one. */
struct folded {
	int value[AXES];
	size_t answer;
	int64_t after_ns;
	bool covered; /* by a rule */
};

struct rule {
	uint32_t allowed[AXES]; /* a bit for each value; 0: any */
	size_t answer;
};

struct folder {
	struct folded *cells; /* (owned) */
	size_t n;
	const char *values[AXES][VALUES_MAX];
	int n_values[AXES];
	char **answers; /* (owned) different ones, in the order in which they come */
	size_t n_answers;
	struct rule *rules; /* (owned) */
	size_t n_rules;
	size_t common;
};

static void *grow(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count + 1, size);
	if (!array)
		abort();
	return array;
}

static int find_value(struct folder *folder, int axis, const char *name)
{
	int i = 0;

	while (i < folder->n_values[axis] && strcmp(folder->values[axis][i], name) != 0)
		i++;
	if (i == folder->n_values[axis] && i < VALUES_MAX)
		folder->values[axis][folder->n_values[axis]++] = name;
	return i;
}

/* Takes `answer` over. */
static size_t find_answer(struct folder *folder, char *answer)
{
	for (size_t i = 0; i < folder->n_answers; i++) {
		if (strcmp(folder->answers[i], answer) == 0) {
			free(answer);
			return i;
		}
	}
	folder->answers = grow(folder->answers, folder->n_answers, sizeof(char *));
	folder->answers[folder->n_answers] = answer;
	return folder->n_answers++;
}

static void take_cells(struct folder *folder, const struct table *table, size_t first, size_t end,
		       size_t kernel, answer_of *answer)
{
	for (size_t i = first; i < end; i++) {
		const struct table_cell *cell = &table->cells[i];
		const json_t *axes = json_object_get(cell->cell, "axes");
		const json_t *record = cell->results[kernel].record;
		struct folded folded = { .covered = false };

		if (!record)
			continue;
		for (int axis = 0; axis < AXES; axis++)
			folded.value[axis] =
				find_value(folder, axis, jsonx_string(axes, axis_names[axis], "?"));
		folded.answer = find_answer(folder, answer(record, &folded.after_ns));
		folder->cells = grow(folder->cells, folder->n, sizeof(*folder->cells));
		folder->cells[folder->n++] = folded;
	}
}

/* The next longer time in which a cell gives that answer, INT64_MAX when there is none. */
static int64_t next_time(const struct folder *folder, size_t answer, int64_t after_ns)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < folder->n; i++) {
		const struct folded *cell = &folder->cells[i];

		if (cell->answer == answer && cell->after_ns > after_ns && cell->after_ns < next)
			next = cell->after_ns;
	}
	return next;
}

/* Whether what lies between two times is more than timers vary: another number of them, or none. */
static bool is_gap(int64_t from_ns, int64_t to_ns)
{
	int64_t gap = to_ns - from_ns;

	return gap > NS_PER_S / 10 && gap > from_ns / 4;
}

/* The same answer after a time quite different is another answer. */
static void split_by_time(struct folder *folder)
{
	for (size_t answer = 0; answer < folder->n_answers; answer++) {
		int64_t time = next_time(folder, answer, INT64_MIN), next;

		while ((next = next_time(folder, answer, time)) != INT64_MAX && !is_gap(time, next))
			time = next;
		if (next == INT64_MAX)
			continue;
		folder->answers = grow(folder->answers, folder->n_answers, sizeof(char *));
		folder->answers[folder->n_answers] = text_format("%s", folder->answers[answer]);
		for (size_t i = 0; i < folder->n; i++) {
			struct folded *cell = &folder->cells[i];

			if (cell->answer == answer && cell->after_ns > time)
				cell->answer = folder->n_answers;
		}
		folder->n_answers++;
	}
}

/* The answer most cells give; of equals the first. */
static void find_common(struct folder *folder)
{
	size_t most = 0;

	for (size_t i = 0; i < folder->n_answers; i++) {
		size_t count = 0;

		for (size_t k = 0; k < folder->n; k++)
			count += folder->cells[k].answer == i;
		if (count > most) {
			most = count;
			folder->common = i;
		}
	}
	for (size_t k = 0; k < folder->n; k++)
		folder->cells[k].covered = folder->cells[k].answer == folder->common;
}

static bool is_meant(const int selector[AXES], const struct folded *cell)
{
	for (int axis = 0; axis < AXES; axis++) {
		if (selector[axis] != ANY && selector[axis] != cell->value[axis])
			return false;
	}
	return true;
}

/* How many cells without a rule it would cover; 0 when its cells differ in their answers. */
static size_t weigh(const struct folder *folder, const int selector[AXES], size_t *answer)
{
	size_t count = 0, seen = 0;

	for (size_t i = 0; i < folder->n; i++) {
		const struct folded *cell = &folder->cells[i];

		if (!is_meant(selector, cell))
			continue;
		if (seen++ == 0)
			*answer = cell->answer;
		if (cell->answer != *answer || cell->answer == folder->common)
			return 0;
		count += !cell->covered;
	}
	return count;
}

struct search {
	int best[AXES];
	size_t weight, answer;
};

/* Tries all selectors with so many axes more, from that axis on. */
static void search(const struct folder *folder, int selector[AXES], int axis, int left,
		   struct search *found)
{
	size_t answer = 0, weight;

	if (left == 0) {
		weight = weigh(folder, selector, &answer);
		if (weight > found->weight) {
			memcpy(found->best, selector, sizeof(found->best));
			found->weight = weight;
			found->answer = answer;
		}
		return;
	}
	for (; axis <= AXES - left; axis++) {
		for (int i = 0; i < folder->n_values[axis]; i++) {
			selector[axis] = i;
			search(folder, selector, axis + 1, left - 1, found);
		}
		selector[axis] = ANY;
	}
}

/* Adds the best rule of the fewest axes; false when every cell has one. */
static bool add_rule(struct folder *folder)
{
	struct search found = { .weight = 0 };
	struct rule rule = { .answer = 0 };

	for (int size = 1; size <= AXES && found.weight == 0; size++) {
		int selector[AXES] = { ANY, ANY, ANY, ANY, ANY, ANY };

		search(folder, selector, 0, size, &found);
	}
	if (found.weight == 0)
		return false;
	for (size_t i = 0; i < folder->n; i++)
		folder->cells[i].covered |= is_meant(found.best, &folder->cells[i]);
	rule.answer = found.answer;
	for (int axis = 0; axis < AXES; axis++) {
		if (found.best[axis] != ANY)
			rule.allowed[axis] = UINT32_C(1) << found.best[axis];
	}
	folder->rules = grow(folder->rules, folder->n_rules, sizeof(rule));
	folder->rules[folder->n_rules++] = rule;
	return true;
}

/* Makes one of two rules with the same answer whose selectors differ on one axis only. */
static bool join(struct rule *rule, const struct rule *other)
{
	int differing = -1;

	if (rule->answer != other->answer)
		return false;
	for (int axis = 0; axis < AXES; axis++) {
		if (rule->allowed[axis] == other->allowed[axis])
			continue;
		if (differing >= 0 || rule->allowed[axis] == 0 || other->allowed[axis] == 0)
			return false;
		differing = axis;
	}
	if (differing >= 0)
		rule->allowed[differing] |= other->allowed[differing];
	return true;
}

static void join_rules(struct folder *folder)
{
	for (size_t i = 0; i < folder->n_rules; i++) {
		for (size_t k = i + 1; k < folder->n_rules;) {
			if (!join(&folder->rules[i], &folder->rules[k])) {
				k++;
				continue;
			}
			memmove(&folder->rules[k], &folder->rules[k + 1],
				(folder->n_rules - k - 1) * sizeof(folder->rules[0]));
			folder->n_rules--;
			k = i + 1;
		}
	}
}

static void append(char **text, const char *separator, const char *more)
{
	char *longer = text_format("%s%s%s", *text ?: "", *text ? separator : "", more);

	free(*text);
	*text = longer;
}

/* A value as one says it: "via old", "the list first". */
static char *say_value(int axis, const char *value)
{
	static const char *const before[AXES] = { "", "", "", "via ", "", "list " };

	if (axis == 3 && strcmp(value, "connect") == 0)
		return text_format("connect(2)");
	return text_format("%s%s", before[axis], value);
}

static char *say_rule(const struct folder *folder, const struct rule *rule)
{
	char *text = NULL;

	for (int axis = 0; axis < AXES; axis++) {
		char *words = NULL;

		for (int i = 0; i < folder->n_values[axis]; i++) {
			char *word;

			if (!(rule->allowed[axis] & UINT32_C(1) << i))
				continue;
			word = say_value(axis, folder->values[axis][i]);
			append(&words, " or ", word);
			free(word);
		}
		if (words)
			append(&text, ", ", words);
		free(words);
	}
	return text ?: text_format("all");
}

static bool rule_holds(const struct rule *rule, const struct folded *cell)
{
	for (int axis = 0; axis < AXES; axis++) {
		if (rule->allowed[axis] &&
		    !(rule->allowed[axis] & UINT32_C(1) << cell->value[axis]))
			return false;
	}
	return true;
}

/* rule is NULL for the common answer. */
static void put_rule(const struct folder *folder, const struct rule *rule, struct fold *fold)
{
	struct fold_rule out = { .from_ns = -1, .to_ns = -1 };
	size_t answer = rule ? rule->answer : folder->common;

	out.who = rule ? say_rule(folder, rule) : NULL;
	out.answer = text_format("%s", folder->answers[answer]);
	for (size_t i = 0; i < folder->n; i++) {
		const struct folded *cell = &folder->cells[i];

		if (rule ? !rule_holds(rule, cell) : cell->answer != answer)
			continue;
		if (out.cells++ == 0 || cell->after_ns < out.from_ns)
			out.from_ns = cell->after_ns;
		if (cell->after_ns > out.to_ns)
			out.to_ns = cell->after_ns;
	}
	fold->rules = grow(fold->rules, fold->count, sizeof(out));
	fold->rules[fold->count++] = out;
}

void fold_row(const struct table *table, size_t first, size_t end, size_t kernel, answer_of *answer,
	      struct fold *fold)
{
	struct folder folder = { .n = 0 };

	*fold = (struct fold){ 0 };
	take_cells(&folder, table, first, end, kernel, answer);
	if (folder.n > 0) {
		split_by_time(&folder);
		find_common(&folder);
		while (add_rule(&folder))
			;
		join_rules(&folder);
		put_rule(&folder, NULL, fold);
		for (size_t i = 0; i < folder.n_rules; i++)
			put_rule(&folder, &folder.rules[i], fold);
	}
	for (size_t i = 0; i < folder.n_answers; i++)
		free(folder.answers[i]);
	free(folder.answers);
	free(folder.cells);
	free(folder.rules);
}

bool fold_equal(const struct fold *a, const struct fold *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct fold_rule *x = &a->rules[i], *y = &b->rules[i];

		if (strcmp(x->answer, y->answer) != 0 || !x->who != !y->who ||
		    (x->who && strcmp(x->who, y->who) != 0))
			return false;
	}
	return true;
}

void fold_free(struct fold *fold)
{
	for (size_t i = 0; i < fold->count; i++) {
		free(fold->rules[i].who);
		free(fold->rules[i].answer);
	}
	free(fold->rules);
	*fold = (struct fold){ 0 };
}
