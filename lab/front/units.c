// SPDX-License-Identifier: GPL-2.0-only
// Quantities with units: times, sizes, rates, percentages, and ranges of times and counts.
#include "lab/front/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TICK (10 * MS)

struct unit {
	const char *name;
	int64_t factor;
};

static const struct kind {
	const char *example;
	struct unit units[7];
} kinds[] = {
	[TIME] = { "100ms",
		   { { "ns", 1 },
		     { "us", US },
		     { "ms", MS },
		     { "s", S },
		     { "min", MIN },
		     { "h", H } } },
	[SIZE] = { "1000B",
		   { { "B", 1 },
		     { "kB", 1000 },
		     { "KiB", 1024 },
		     { "MB", INT64_C(1000000) },
		     { "MiB", MIB } } },
	[RATE] = { "10mbit",
		   { { "bit", 1 },
		     { "kbit", 1000 },
		     { "mbit", INT64_C(1000000) },
		     { "gbit", INT64_C(1000000000) } } },
	[PERCENT] = { "0.5%", { { "%", 10000 } } },
};

static const char *list_units(struct arena *arena, const struct kind *kind)
{
	const char *text = kind->units[0].name;

	for (size_t i = 1; kind->units[i].name; i++)
		text = arena_printf(arena, "%s, %s", text, kind->units[i].name);
	return text;
}

enum outcome { GOOD, NO_NUMBER, NO_UNIT, UNKNOWN_UNIT, TOO_LARGE, TOO_FINE };

/* Adds the digits behind the point, each a tenth of the one before. */
static enum outcome add_fraction(const char **at, int64_t factor, int64_t *value)
{
	int64_t scale = factor, rest = 0;

	if (!isdigit((unsigned char)**at))
		return NO_NUMBER;
	for (; isdigit((unsigned char)**at); ++*at) {
		int64_t digit = **at - '0';

		/* 1.5us is 1500 ns; 1.5ns is nothing we could keep */
		if (digit != 0 && scale % 10 != 0)
			return TOO_FINE;
		scale /= 10;
		if (digit != 0 && scale == 0)
			return TOO_FINE;
		rest += digit * scale;
	}
	return __builtin_add_overflow(*value, rest, value) ? TOO_LARGE : GOOD;
}

static enum outcome parse(const char *text, const struct kind *kind, const char **unit_text,
			  int64_t *value)
{
	size_t digits = strspn(text, "0123456789");
	const char *point = text + digits, *end = point;
	const struct unit *unit = kind->units;
	enum outcome outcome = GOOD;
	int64_t number = 0;

	if (digits == 0)
		return NO_NUMBER;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	*unit_text = end + strspn(end, " ");
	if (**unit_text == '\0')
		return NO_UNIT;
	while (unit->name && strcmp(unit->name, *unit_text) != 0)
		unit++;
	if (!unit->name)
		return isalpha((unsigned char)**unit_text) || **unit_text == '%' ? UNKNOWN_UNIT :
										   NO_NUMBER;
	for (size_t i = 0; i < digits; i++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, text[i] - '0', &number))
			return TOO_LARGE;
	}
	if (__builtin_mul_overflow(number, unit->factor, &number))
		return TOO_LARGE;
	if (*point == '.') {
		point++;
		outcome = add_fraction(&point, unit->factor, &number);
	}
	*value = number;
	return outcome;
}

/* 1.5s and 0.5% read well; 1.5min does not, nor does what has no end such as 0.016667min. */
static bool reads_well(const struct unit *unit, int64_t value)
{
	int64_t power = 1;

	if (value < unit->factor)
		return false;
	while (power < unit->factor)
		power *= 10;
	return value % unit->factor == 0 || (power == unit->factor && unit->factor >= 1000 &&
					     value % (unit->factor / 1000) == 0);
}

const char *format_quantity(struct arena *arena, enum quantity quantity, int64_t value)
{
	const struct unit *units = kinds[quantity].units, *unit = units;
	char decimals[8] = "";

	if (value == 0)
		return quantity == TIME ? "0s" : arena_printf(arena, "0%s", units[0].name);
	while (unit->name)
		unit++;
	do
		unit--;
	while (unit > units && !reads_well(unit, value));
	if (value % unit->factor != 0) {
		snprintf(decimals, sizeof(decimals), ".%04d",
			 (int)(value % unit->factor * 10000 / unit->factor));
		for (size_t end = strlen(decimals); decimals[end - 1] == '0'; end--)
			decimals[end - 1] = '\0';
	}
	return arena_printf(arena, "%" PRId64 "%s%s", value / unit->factor, decimals, unit->name);
}

const char *exact_time(struct arena *arena, int64_t ns)
{
	const struct unit *units = kinds[TIME].units, *unit = units;

	if (ns == 0)
		return "0s";
	while (unit[1].name && ns % unit[1].factor == 0)
		unit++;
	return arena_printf(arena, "%" PRId64 "%s", ns / unit->factor, unit->name);
}

static bool parse_quantity_text(struct front *front, const struct yaml *node, const char *text,
				const char *what, enum quantity quantity, int64_t min, int64_t max,
				int64_t *value)
{
	const struct kind *kind = &kinds[quantity];
	const char *units = list_units(&front->arena, kind), *unit = "";
	struct name_list known = { 0 };

	switch (parse(text, kind, &unit, value)) {
	case NO_NUMBER:
		yaml_error(front, node,
			   "\"%s\" is no value for %s; expected a number and a unit such as %s",
			   text, what, kind->example);
		return false;
	case NO_UNIT:
		yaml_error(front, node, "\"%s\" has no unit: write %s such as %s (units: %s)", text,
			   what, kind->example, units);
		return false;
	case UNKNOWN_UNIT:
		for (const struct unit *at = kind->units; at->name; at++)
			name_list_add(&front->arena, &known, at->name);
		yaml_error(front, node, "\"%s\" has the unknown unit \"%s\"%s", text, unit,
			   suggest(front, unit, known.items, known.count));
		return false;
	case TOO_FINE:
		yaml_error(front, node, "\"%s\" is finer than %s%s, the smallest step of %s", text,
			   quantity == PERCENT ? "0.0001" : "1", kind->units[0].name, what);
		return false;
	case TOO_LARGE:
		break;
	case GOOD:
		if (*value >= min && *value <= max)
			return true;
	}
	yaml_error(front, node, "\"%s\" is out of range: %s is %s to %s", text, what,
		   format_quantity(&front->arena, quantity, min),
		   format_quantity(&front->arena, quantity, max));
	return false;
}

bool parse_quantity(struct front *front, const struct yaml *node, const char *what,
		    enum quantity quantity, int64_t min, int64_t max, int64_t *value)
{
	const char *text;

	return yaml_get_text(front, node, what, &text) &&
	       parse_quantity_text(front, node, text, what, quantity, min, max, value);
}

/* A bound of a range of times or, without units, of counts. */
static bool parse_bound(struct front *front, const struct yaml *node, const char *text,
			const char *what, bool is_time, int64_t *value)
{
	struct yaml number = *node;

	text += strspn(text, " ");
	if (is_time)
		return parse_quantity_text(front, node, text, what, TIME, 0, YEAR, value);
	number.type = YAML_SCALAR;
	number.text = text;
	return yaml_get_integer(front, &number, what, 0, INT32_MAX, value);
}

static bool parse_range(struct front *front, const struct yaml *node, const char *what,
			bool is_time, int64_t range[2], bool *is_exact)
{
	const char *text, *dots;
	char *first;

	*is_exact = false;
	if (!yaml_get_text(front, node, what, &text))
		return false;
	text += strspn(text, " ");
	range[0] = 0;
	range[1] = UNBOUNDED;
	if (strncmp(text, "<=", 2) == 0)
		return parse_bound(front, node, text + 2, what, is_time, &range[1]);
	if (strncmp(text, ">=", 2) == 0)
		return parse_bound(front, node, text + 2, what, is_time, &range[0]);
	if (*text == '<') {
		if (!parse_bound(front, node, text + 1, what, is_time, &range[1]))
			return false;
		if (range[1] == 0) {
			yaml_error(front, node, "\"%s\" leaves nothing: %s is 0 or more", text,
				   what);
			return false;
		}
		range[1]--;
		return true;
	}
	if (*text == '>') {
		if (!parse_bound(front, node, text + 1, what, is_time, &range[0]))
			return false;
		range[0]++;
		return true;
	}
	dots = strstr(text, "..");
	if (!dots) {
		*is_exact = true;
		range[1] = 0;
		if (!parse_bound(front, node, text, what, is_time, &range[0]))
			return false;
		range[1] = range[0];
		return true;
	}
	first = arena_strdup(&front->arena, text);
	for (char *end = first + (dots - text); end >= first && (*end == '.' || *end == ' '); end--)
		*end = '\0';
	if (!parse_bound(front, node, first, what, is_time, &range[0]) ||
	    !parse_bound(front, node, dots + 2, what, is_time, &range[1]))
		return false;
	if (range[0] > range[1]) {
		yaml_error(front, node, "\"%s\" runs backwards; expected the smaller bound first",
			   text);
		return false;
	}
	return true;
}

bool parse_time_range(struct front *front, const struct yaml *node, const char *what,
		      int64_t range[2])
{
	bool is_exact;

	if (!parse_range(front, node, what, true, range, &is_exact))
		return false;
	if (is_exact) {
		int64_t time = range[0];

		range[0] = time > TICK ? time - TICK : 0;
		range[1] = time + time / 8 + TICK;
	}
	return true;
}

bool parse_count_range(struct front *front, const struct yaml *node, const char *what,
		       int64_t range[2])
{
	bool is_exact;

	return parse_range(front, node, what, false, range, &is_exact);
}
