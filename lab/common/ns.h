// SPDX-License-Identifier: GPL-2.0-only
// Durations and scenario times in nanoseconds, as text.
#ifndef LAB_COMMON_NS_H
#define LAB_COMMON_NS_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* "no time": no event carries it, since scenario times lie within a century of zero */
#define NS_NEVER INT64_MAX

/* enough for every string the functions below make, final zero included */
#define NS_TEXT_SIZE 40

/*
 * Writes a duration or time with the unit a reader would choose: "0 s", "850 us", "3.02 s",
 * "5 min 43 s", "2 h 5 min". Three significant digits below a minute, whole seconds from there,
 * whole minutes from an hour on. Returns buf.
 */
char *format_ns(int64_t ns, char buf[NS_TEXT_SIZE]);

/* Writes seconds with milliseconds, "3.020 s", for columns. Returns buf. */
char *format_seconds(int64_t ns, char buf[NS_TEXT_SIZE]);

/* Writes a time to the last nanosecond that is not zero, "3.02 s": for a bound that was missed. */
char *format_ns_exact(int64_t ns, char buf[NS_TEXT_SIZE]);

/*
 * Whether more lies between two durations than timers vary: another number of them, or none. So it does when it is more
 * than 100 ms and more than a quarter of the shorter.
 */
bool ns_apart(int64_t one_ns, int64_t other_ns);

/* Writes a number that is not negative with its thousands apart: "12,345". Returns buf. */
char *format_thousands(int64_t number, char buf[NS_TEXT_SIZE]);

#endif
