// SPDX-License-Identifier: GPL-2.0-only
// A row of the matrix in as few words as tell all of it: the common answer, and who answers otherwise.
#include "lab/matrix/fold.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/matrix/answer.h"

#include <stdlib.h>
#include <string.h>

enum { AXES = 6, VALUES_MAX = 32 };

static const char *const axis_names[AXES] = { "style", "family", "wait", "call", "id", "list" };

/* A cell that was run: its values as numbers, its answer as one. */
struct folded {
	int value[AXES];
	size_t answer;
	int64_t after_ns;
	size_t predicted; /* the answer that the rules so far give it */
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
		struct folded folded = { .answer = 0 };

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

/* The same answer after a time quite different is another answer. */
static void split_by_time(struct folder *folder)
{
	for (size_t answer = 0; answer < folder->n_answers; answer++) {
		int64_t time = next_time(folder, answer, INT64_MIN), next;

		while ((next = next_time(folder, answer, time)) != INT64_MAX &&
		       !ns_apart(time, next))
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

/* The last rule that holds for the cell: its position, or -1 when it is the common answer. */
static long find_rule(const struct folder *folder, const struct folded *cell)
{
	for (size_t i = folder->n_rules; i-- > 0;) {
		if (rule_holds(&folder->rules[i], cell))
			return (long)i;
	}
	return -1;
}

/* Says of each cell what the rules make of it; true when that is right for all of them. */
static bool predict(struct folder *folder)
{
	bool right = true;

	for (size_t i = 0; i < folder->n; i++) {
		struct folded *cell = &folder->cells[i];
		long rule = find_rule(folder, cell);

		cell->predicted = rule < 0 ? folder->common : folder->rules[rule].answer;
		right &= cell->predicted == cell->answer;
	}
	return right;
}

struct search {
	struct rule best;
	long gain;
};

/* How many cells more would be right with the rule. */
static long weigh(const struct folder *folder, const struct rule *rule)
{
	long gain = 0;

	for (size_t i = 0; i < folder->n; i++) {
		const struct folded *cell = &folder->cells[i];

		if (rule_holds(rule, cell))
			gain += (cell->answer == rule->answer) - (cell->answer == cell->predicted);
	}
	return gain;
}

/* Tries all rules with so many axes more, from that axis on. */
static void search(const struct folder *folder, struct rule *rule, int axis, int left,
		   struct search *found)
{
	if (left == 0) {
		/* of equals one that another rule has: they may become one */
		for (size_t i = 0; i < folder->n_rules + folder->n_answers; i++) {
			long gain;

			rule->answer =
				i < folder->n_rules ? folder->rules[i].answer : i - folder->n_rules;
			gain = weigh(folder, rule);
			if (gain > found->gain)
				*found = (struct search){ *rule, gain };
		}
		return;
	}
	for (; axis <= AXES - left; axis++) {
		for (int i = 0; i < folder->n_values[axis]; i++) {
			rule->allowed[axis] = UINT32_C(1) << i;
			search(folder, rule, axis + 1, left - 1, found);
		}
		rule->allowed[axis] = 0;
	}
}

/*
 * Adds the rule that makes most cells right, of equals the one of fewest axes. There is always one: a rule of all axes
 * makes one cell right and none wrong.
 */
static void add_rule(struct folder *folder)
{
	struct search found = { .gain = 0 };

	for (int size = 1; size <= AXES && (size <= 3 || found.gain == 0); size++) {
		struct rule rule = { .answer = 0 };

		search(folder, &rule, 0, size, &found);
	}
	folder->rules = grow(folder->rules, folder->n_rules, sizeof(found.best));
	folder->rules[folder->n_rules++] = found.best;
}

static void remove_rule(struct folder *folder, size_t index)
{
	memmove(&folder->rules[index], &folder->rules[index + 1],
		(folder->n_rules - index - 1) * sizeof(folder->rules[0]));
	folder->n_rules--;
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

/* Tries what makes fewer rules of them: without that one, or as part of that other one. */
static bool shrink(struct folder *folder, size_t index, size_t other)
{
	struct rule *kept = malloc((folder->n_rules + 1) * sizeof(*kept));
	size_t n = folder->n_rules;
	bool fewer;

	if (!kept)
		abort();
	memcpy(kept, folder->rules, n * sizeof(*kept));
	fewer = index == other || join(&folder->rules[other], &folder->rules[index]);
	if (fewer) {
		remove_rule(folder, index);
		fewer = predict(folder);
	}
	if (!fewer) {
		memcpy(folder->rules, kept, n * sizeof(*kept));
		folder->n_rules = n;
	}
	free(kept);
	return fewer;
}

static void shrink_rules(struct folder *folder)
{
	bool fewer = true;

	while (fewer) {
		fewer = false;
		for (size_t i = 0; i < folder->n_rules && !fewer; i++)
			fewer = shrink(folder, i, i);
		for (size_t i = 0; i < folder->n_rules && !fewer; i++) {
			for (size_t k = 0; k < folder->n_rules && !fewer; k++)
				fewer = i != k && shrink(folder, i, k);
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

/* A rule with the cells for which it is the last; index is -1 for the common answer. */
static void put_rule(const struct folder *folder, long index, struct fold *fold)
{
	const struct rule *rule = index < 0 ? NULL : &folder->rules[index];
	struct fold_rule out = { .from_ns = -1, .to_ns = -1 };

	out.who = rule ? say_rule(folder, rule) : NULL;
	out.answer = text_format("%s", folder->answers[rule ? rule->answer : folder->common]);
	for (size_t i = 0; i < folder->n; i++) {
		const struct folded *cell = &folder->cells[i];

		if (find_rule(folder, cell) != index)
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
		while (!predict(&folder))
			add_rule(&folder);
		shrink_rules(&folder);
		for (long i = -1; i < (long)folder.n_rules; i++)
			put_rule(&folder, i, fold);
	}
	for (size_t i = 0; i < folder.n_answers; i++)
		free(folder.answers[i]);
	free(folder.answers);
	free(folder.cells);
	free(folder.rules);
}

static bool is_far(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? ns_apart(a_ns, b_ns) : ns_apart(b_ns, a_ns);
}

bool fold_equal(const struct fold *a, const struct fold *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct fold_rule *x = &a->rules[i], *y = &b->rules[i];

		if (strcmp(x->answer, y->answer) != 0 || is_far(x->from_ns, y->from_ns) ||
		    is_far(x->to_ns, y->to_ns) || !x->who != !y->who ||
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
