// SPDX-License-Identifier: GPL-2.0-only
// The run itself: carries out the plan's steps when they are due and gathers what the endpoints say, until the end.
#ifndef LAB_AGENT_TIMELINE_H
#define LAB_AGENT_TIMELINE_H

#include "lab/agent/capture.h"
#include "lab/agent/events.h"
#include "lab/agent/faults.h"
#include "lab/agent/plan.h"
#include "lab/agent/sample.h"

struct timeline {
	struct plan *plan;
	struct laboratory *lab;
	struct events *events;
	struct capture *capture; /* NULL: off */
	struct sampler *sampler; /* NULL: off */
	int wait_fd;		 /* epoll */
	int timer_fd;
	int64_t timer_ns; /* the scenario time it is set to */
	int64_t over_ns;  /* since when all but the steps after the end are over; -1: not yet */
	bool ended;	  /* the steps after the end have begun */
};

/*
 * Runs from now until every step was carried out and answered and plan->end_ns has passed, then plan->settle_ns more and
 * the steps that wait for the end; or until plan->limit_ns.
 * 0, or an errno when the agent itself could not go on.
 */
int timeline_run(struct timeline *timeline);

/* Starts all endpoints; 0 or an errno. */
int timeline_start_endpoints(struct timeline *timeline);

#endif
