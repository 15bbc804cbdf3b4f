// SPDX-License-Identifier: GPL-2.0-only
// When a timer of the kernel's timer wheel expires: never early, and late by less than the wheel's steps.
#include "lab/predict/wheel.h"

#include "lab/common/clamp.h"

/* kernel/time/timer.c: each level has so many slots, its steps are 2^3 times those of the level below. */
enum {
	LEVEL_SLOTS = 64,
	LEVEL_SHIFT = 3,
	LEVELS = 9, /* 8 where HZ is at most 100: the last one is for more than an hour */
};

int64_t wheel_step_ns(int64_t timeout_ns, int64_t tick_ns)
{
	int64_t ticks = timeout_ns / tick_ns;
	int level = 0;

	/* LVL_START(n): from so many ticks on a timer is of level n */
	while (level < LEVELS - 1 && ticks >= (int64_t)(LEVEL_SLOTS - 1) << (level * LEVEL_SHIFT))
		level++;
	return tick_ns << (level * LEVEL_SHIFT);
}

struct span wheel_expiry(struct span start, int64_t timeout_ns, int64_t spread_ns, int64_t tick_ns)
{
	int64_t longest = clamp_add(timeout_ns, spread_ns);

	return (struct span){
		.lo = clamp_add(start.lo, timeout_ns),
		.hi = clamp_add(clamp_add(start.hi, longest), wheel_step_ns(longest, tick_ns)),
	};
}
