// SPDX-License-Identifier: GPL-2.0-only
// Faults and their healing, as docs/formats.md section 3 lists them.
#ifndef LAB_AGENT_FAULTS_H
#define LAB_AGENT_FAULTS_H

#include "lab/agent/endpoints.h"
#include "lab/agent/net.h"
#include "lab/agent/plan.h"

struct laboratory {
	struct net *net;
	struct endpoint *endpoints; /* in the plan's order */
	int64_t epoch_ns;
};

/* Marks the ends that faults of the plan will need something at that must be there from the beginning. */
void faults_prepare(struct plan *plan);

/* The same for a step that was not in the plan then: 0, or an errno with a sentence in lab->net->why. */
int fault_prepare_late(struct laboratory *lab, const struct step *step);

/*
 * Carries out the fault of `step`, or with `heal` its undoing. 0, or an errno with a sentence in lab->net->why.
 * The step's id keeps faults of one kind apart on one interface.
 */
int fault_apply(struct laboratory *lab, struct step *step, bool heal);

#endif
