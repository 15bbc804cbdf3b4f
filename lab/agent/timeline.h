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
	bool by_hand;	  /* somebody can add steps, from the beginning */
	int64_t pause_ns; /* when to stop for a shell; INT64_MAX: never */
};

/*
 * Runs from now until every step was carried out and answered and plan->end_ns has passed, then plan->settle_ns more and
 * the steps that wait for the end; or until plan->limit_ns.
 * 0, or an errno when the agent itself could not go on.
 */
int timeline_run(struct timeline *timeline);

/* Starts all endpoints; 0 or an errno. */
int timeline_start_endpoints(struct timeline *timeline);

/* epoll's data: the index of an endpoint that is cclient, or one of these and more (see timeline.c, program_events.c, by_hand.c). */
enum { WAIT_PROGRAM = 1u << 28, WAIT_BY_HAND = 1u << 27, WAIT_PAUSE = 1u << 26 };

/* For the parts of the timeline. Watches a descriptor for input. */
void timeline_watch(struct timeline *timeline, int fd, uint32_t value);

/* Starts the clock of every step that waits for this event, of any endpoint or this one; of this step unless that is -1. */
void timeline_trigger(struct timeline *timeline, const char *event, size_t endpoint,
		      int64_t step_id);

/* Starts the clock of one step: what it waits for has come. Before time zero nothing is due. */
void timeline_due(struct timeline *timeline, struct step *step);

/*
 * Adds steps, an array that must outlive the plan, and carries out the first one, a fault or a heal, now. NULL, or the sentence
 * that says why it was not done.
 */
const char *timeline_do_now(struct timeline *timeline, json_t *steps);

/* Tells that an endpoint's process has ended, with its wait status. */
void timeline_tell_exit(struct timeline *timeline, size_t endpoint, int status);

#endif
