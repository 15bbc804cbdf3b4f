// SPDX-License-Identifier: GPL-2.0-only
// When a timer of the kernel's timer wheel expires: never early, and late by less than the wheel's steps.
#ifndef LAB_PREDICT_WHEEL_H
#define LAB_PREDICT_WHEEL_H

#include <stdint.h>

/* From one scenario time to another, both inclusive, ns. */
struct span {
	int64_t lo, hi;
};

/*
 * The steps of the wheel for a timeout that long (kernel/time/timer.c, calc_wheel_index() and
 * LVL_GRAN()): with a tick of 1 ms 1 ms below 63 ms, 8 ms below 504 ms, 64 ms below 4.032 s, 512 ms below 32.256 s, and
 * so on. Both in ns; tick_ns is 1/HZ.
 */
int64_t wheel_step_ns(int64_t timeout_ns, int64_t tick_ns);

/*
 * When a timer that was started at some time in `start`, for a time from `timeout` to that and `spread`, expires. A timer is
 * started at a tick, expires after the last tick of its timeout, and then at the end of a step.
 */
struct span wheel_expiry(struct span start, int64_t timeout_ns, int64_t spread_ns, int64_t tick_ns);

#endif
