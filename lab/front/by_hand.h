// SPDX-License-Identifier: GPL-2.0-only
// Faults and heals that somebody types while a scenario runs, in the words of its timeline.
#ifndef LAB_FRONT_BY_HAND_H
#define LAB_FRONT_BY_HAND_H

#include <jansson.h>
#include <stddef.h>

#include "lab/front/parameters.h"

/* What was typed, and what is known of the run at that moment; all borrowed but `steps`. */
struct by_hand {
	const json_t *
		earlier; /* what was typed before, the oldest first: [["fault", "blackhole", "link=a"], ...] */
	const json_t *in_force; /* the ids of the faults that hold */
	size_t first_id;	/* that of the first step by hand; the plan has none as high */
	char *const *words;	/* "fault", "blackhole", "link=a", and NULL */
	json_t *steps; /* (owned) set: the steps that it becomes, in the form of the plan */
};

/*
 * Makes steps of what was typed while the scenario in `file` ran, or one whose text is `text` when that is not NULL. False
 * after sentences in `diag`; they have no place in a file.
 */
bool by_hand_make_steps(struct by_hand *by_hand, const char *file, const char *text,
			const struct settings *settings, struct diag *diag);

struct scenario;

/* How many steps there will be beside those of the timeline; 0 when nothing was typed. */
size_t by_hand_count(const struct by_hand *by_hand);

/* Reads them after the timeline. */
bool by_hand_read(struct scenario *scenario);

#endif
