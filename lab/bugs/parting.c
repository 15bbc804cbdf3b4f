// SPDX-License-Identifier: GPL-2.0-only
// Where two runs of the same scenario part.
#include "lab/bugs/parting.h"

#include "lab/common/text.h"
#include "lab/render/formats.h"
#include "lab/verdict/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Another kernel draws other random numbers: what happens at other moments than these is another thing. */
#define SAME_MOMENT_S 0.25

static void split_lines(char *text, char ***lines, size_t *n)
{
	char *place = NULL;

	*lines = NULL;
	*n = 0;
	for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
		*lines = reallocarray(*lines, *n + 1, sizeof(**lines));
		if (!*lines)
			abort();
		(*lines)[(*n)++] = text_format("%s", line);
	}
}

static void describe(const struct bug_note *note, bool all, char ***lines, size_t *n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (note->plain)
		describe_events(out, note->plan, all ? note->events : note->plain, all, "");
	if (fclose(out) != 0)
		abort();
	split_lines(text, lines, n);
	free(text);
}

/* The kernel's version in the first line is no event. */
static bool begins_run(const char *line)
{
	return strstr(line, "  run begins: ");
}

static bool lines_differ(const char *one, const char *other)
{
	char *one_rest, *other_rest;
	double one_s = strtod(one, &one_rest), other_s = strtod(other, &other_rest);

	if (begins_run(one) && begins_run(other))
		return false;
	return fabs(one_s - other_s) > SAME_MOMENT_S || outcomes_differ(one_rest, other_rest);
}

static void compare(struct parting *parting)
{
	char **one = parting->lines[0], **other = parting->lines[1];
	size_t n = parting->n[0] < parting->n[1] ? parting->n[0] : parting->n[1], i = 0;

	while (i < n) {
		if (!lines_differ(one[i], other[i]))
			i++;
		else if (i + 1 < n && !lines_differ(one[i], other[i + 1]) &&
			 !lines_differ(one[i + 1], other[i]))
			i += 2;
		else
			break;
	}
	parting->common = i;
	parting->parted = i < parting->n[0] || i < parting->n[1];
}

void parting_find(const struct bug_note *one, const struct bug_note *other, struct parting *parting)
{
	*parting = (struct parting){ 0 };
	for (int all = 0; all < 2 && !parting->parted; all++) {
		parting_free(parting);
		describe(one, all, &parting->lines[0], &parting->n[0]);
		describe(other, all, &parting->lines[1], &parting->n[1]);
		compare(parting);
	}
}

void parting_free(struct parting *parting)
{
	for (size_t side = 0; side < 2; side++) {
		for (size_t i = 0; i < parting->n[side]; i++)
			free(parting->lines[side][i]);
		free(parting->lines[side]);
	}
	*parting = (struct parting){ 0 };
}
