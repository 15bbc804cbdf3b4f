// SPDX-License-Identifier: GPL-2.0-only
// Quantities with units: times, sizes, rates, percentages, and ranges of times and counts.
#ifndef LAB_FRONT_UNITS_H
#define LAB_FRONT_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/front/yaml.h"

/* Stands for "no upper bound". */
#define UNBOUNDED INT64_MAX

#define US	  INT64_C(1000)
#define MS	  (1000 * US)
#define S	  (1000 * MS)
#define MIN	  (60 * S)
#define H	  (60 * MIN)
#define YEAR	  (INT64_C(8760) * H)

#define MIB	  INT64_C(1048576)

enum quantity {
	TIME,	 /* ns us ms s min h; in ns */
	SIZE,	 /* B kB KiB MB MiB; in bytes */
	RATE,	 /* bit kbit mbit gbit, a second; in bit/s */
	PERCENT, /* %, 0 to 100; in parts per million */
};

/*
 * Reads a number and its unit, "100ms", "0.5%", "10 mbit"; a fraction must come out whole in the
 * smallest unit. On error says what was expected and the range; `what` is the subject ("a delay").
 */
bool parse_quantity(struct front *front, const struct yaml *node, const char *what,
		    enum quantity quantity, int64_t min, int64_t max, int64_t *value);

/*
 * Reads a range of times in ns: "3s..3.1s", "<= 3s", "< 3s", ">= 2s", "> 2s", or "3s" alone.
 * A time alone stands for a kernel timer of that length: from one tick early to one tick and an
 * eighth late. Timers of the kernel's wheel are late by up to an eighth of their length, never
 * early by more than the tick that has begun (kernel/time/timer.c, "granularity"); a tick is taken
 * as 10 ms, as long as any kernel's.
 */
bool parse_time_range(struct front *front, const struct yaml *node, const char *what,
		      int64_t range[2]);

/* Reads a range of counts, the same forms without units; a number alone means exactly that. */
bool parse_count_range(struct front *front, const struct yaml *node, const char *what,
		       int64_t range[2]);

/* The quantity with the largest unit that leaves at most three decimals: "1.5s", "10mbit", "0.5%". */
const char *format_quantity(struct arena *arena, enum quantity quantity, int64_t value);

/* A time as a whole number of the largest unit that divides it: "1500ms", "2min". */
const char *exact_time(struct arena *arena, int64_t ns);

#endif
