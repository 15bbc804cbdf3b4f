// SPDX-License-Identifier: GPL-2.0-only
// Sums and differences of numbers from files that may hold anything: no overflow, the nearest end instead.
#ifndef LAB_COMMON_CLAMP_H
#define LAB_COMMON_CLAMP_H

#include <stdint.h>

static inline int64_t clamp_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

static inline int64_t clamp_subtract(int64_t a, int64_t b)
{
	int64_t difference;

	return __builtin_sub_overflow(a, b, &difference) ? (b > 0 ? INT64_MIN : INT64_MAX) :
							   difference;
}

#endif
