// SPDX-License-Identifier: GPL-2.0-only
// The valid name nearest to one that is not.
#include "lab/front/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* No name of ours is longer, so nothing longer is near one. */
#define LENGTH_MAX 63

void name_list_add(struct arena *arena, struct name_list *names, const char *name)
{
	names->items = arena_grow(arena, names->items, names->count, sizeof(names->items[0]));
	names->items[names->count++] = name;
}

long name_list_find(const struct name_list *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i], name) == 0)
			return (long)i;
	}
	return -1;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment; rows i-2, i-1 and i of the usual table are enough. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][LENGTH_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_length = strnlen(a, LENGTH_MAX), b_length = strnlen(b, LENGTH_MAX);

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *unused = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			int x = tolower((unsigned char)a[i - 1]),
			    y = tolower((unsigned char)b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = unused;
	}
	return above[b_length];
}

/* A name of which only the beginning is missing, such as COMM_UP of SCTP_COMM_UP. */
static const char *find_tail(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]), tail = strlen(name);

		if (tail > 1 && length > tail && strchr("_./-", names[i][length - tail - 1]) &&
		    strcasecmp(names[i] + length - tail, name) == 0)
			return names[i];
	}
	return NULL;
}

const char *nearest_name(const char *name, const char *const *names, size_t count)
{
	const char *nearest = NULL, *tail = find_tail(name, names, count);
	size_t own = strlen(name), least = LENGTH_MAX + 1;

	for (size_t i = 0; i < count && own <= LENGTH_MAX; i++) {
		size_t length = strlen(names[i]), longer = own > length ? own : length;
		size_t apart = own > length ? own - length : length - own;
		size_t allowed = longer / 3 > 1 ? longer / 3 : 1, distance;

		if (apart > allowed || apart >= least)
			continue;
		distance = edit_distance(name, names[i]);
		/* two names of one letter have nothing in common when they differ */
		if (distance > allowed || distance >= longer || distance >= least)
			continue;
		nearest = names[i];
		least = distance;
	}
	return nearest ? nearest : tail;
}
