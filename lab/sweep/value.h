// SPDX-License-Identifier: GPL-2.0-only
// Values of parameters as sizes, for order and for axes.
#ifndef LAB_SWEEP_VALUE_H
#define LAB_SWEEP_VALUE_H

/* In the order in which values of different kinds stand. */
enum value_kind { VALUE_NUMBER, VALUE_TIME, VALUE_SIZE, VALUE_RATE, VALUE_PERCENT, VALUE_WORD };

struct value {
	enum value_kind kind;
	double size; /* a time in ns, a size in bytes, a rate in bit/s, a percentage in ppm; 0 for words */
	const char *text; /* borrowed */
};

struct value value_read(const char *text);

/* By kind, then by size, then as words. */
int value_compare(const struct value *a, const struct value *b);

#endif
