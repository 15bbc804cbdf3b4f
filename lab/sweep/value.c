// SPDX-License-Identifier: GPL-2.0-only
// Values of parameters as sizes, for order and for axes.
#include "lab/sweep/value.h"

#include "lab/front/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Asks the front end's own reader, whose sentences nobody needs here. */
static bool read_quantity(const char *text, enum quantity quantity, double *size)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	struct yaml node = { .type = YAML_SCALAR, .file = "", .text = text };
	int64_t value;
	bool good = parse_quantity(&front, &node, "a value", quantity, 0, INT64_MAX, &value);

	*size = (double)value;
	diag_clear(&diag);
	arena_free(&front.arena);
	return good;
}

struct value value_read(const char *text)
{
	static const enum quantity quantities[] = { [VALUE_TIME] = TIME,
						    [VALUE_SIZE] = SIZE,
						    [VALUE_RATE] = RATE,
						    [VALUE_PERCENT] = PERCENT };
	struct value value = { .kind = VALUE_WORD, .text = text };
	char *end;

	value.size = strtod(text, &end);
	if (end != text && *end == '\0' && isfinite(value.size)) {
		value.kind = VALUE_NUMBER;
		return value;
	}
	for (int kind = VALUE_TIME; kind <= VALUE_PERCENT; kind++) {
		if (!read_quantity(text, quantities[kind], &value.size))
			continue;
		value.kind = (enum value_kind)kind;
		return value;
	}
	value.size = 0;
	return value;
}

int value_compare(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->size < b->size || a->size > b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->text, b->text);
}
