// SPDX-License-Identifier: GPL-2.0-only
// What the parts of the judge share: one run being judged.
#ifndef LAB_VERDICT_TRIAL_H
#define LAB_VERDICT_TRIAL_H

#include "lab/verdict/verdict.h"

#define NO_EVENT SIZE_MAX

struct trial {
	const json_t *plan, *steps, *events;
	const struct packets *packets; /* or NULL: not captured */
	const struct run_facts *facts;
	struct verdict *out;
	bool complete;	 /* the last event is "end" */
	bool failed;	 /* a problem that makes the run a failure */
	bool voided;	 /* a problem of the laboratory */
	int64_t end_ns;	 /* scenario time of the last event */
	size_t *started; /* (owned) by position in steps: its "step" event, or NO_EVENT */
	size_t *done;	 /* (owned) its answer: "call", "fault" or "heal" event, or NO_EVENT */
};

enum gravity { FAILS, VOIDS };

/*
 * Adds a problem. item is the step or expectation with line, column, text and source, or NULL.
 * event is the event the problem is about, NO_EVENT for the run's end. Takes expected and observed
 * over.
 */
/*
 * releases.c: the plan without the expectations that are not meant for the kernel that ran, by `since` and `until`; all of
 * them while that is not known. A new reference.
 */
json_t *plan_for_kernel(const json_t *plan, const json_t *events);

void trial_add(struct trial *trial, enum gravity gravity, const json_t *item, size_t event,
	       int64_t at_ns, char *expected, char *observed);

/* Says that only what came by then led to the last problem added, whatever came later. */
void trial_limit(struct trial *trial, int64_t until_ns);

/* Name of an endpoint given by its index in the plan, or by its name. Never NULL. */
const char *trial_endpoint(const json_t *plan, const json_t *endpoint);

/* The step with that id and its position in the plan's steps; NULL when there is none. */
const json_t *trial_step(const json_t *plan, int64_t id, size_t *position);

/* The step a tag names ("12"), NULL for other tags ("setup.0") and none. */
const json_t *trial_tagged(const json_t *plan, const json_t *event, size_t *position);

/* True when the event belongs to the endpoint of that name. */
bool event_is_at(const json_t *event, const char *endpoint);

/*
 * True when the guest's kernel could not execute the agent, its first process (init/main.c,
 * kernel_init()): then it is the laboratory that failed, and not the kernel.
 */
bool guest_lacks_agent(const struct run_facts *facts);

/* Verdicts of single parts; each adds its problems. */
void judge_setup(struct trial *trial);
void judge_steps(struct trial *trial);
void judge_exits(struct trial *trial);
void judge_expectations(struct trial *trial);
void judge_programs(struct trial *trial);
void judge_cell(struct trial *trial);
void judge_delivered(struct trial *trial, const json_t *expectation);
void judge_latency(struct trial *trial, const json_t *expectation);
void judge_outage(struct trial *trial, const json_t *expectation);
void judge_path(struct trial *trial, const json_t *expectation);
void judge_primary(struct trial *trial, const json_t *expectation);
void judge_packets(struct trial *trial, const json_t *expectation);
void judge_retransmissions(struct trial *trial, const json_t *expectation);
void judge_output(struct trial *trial, const json_t *expectation);
void judge_exit(struct trial *trial, const json_t *expectation);

/* True when that endpoint is a program of one's own, and when some expectation says how it ends. */
bool endpoint_is_program(const json_t *plan, const char *endpoint);
bool is_exit_expected(const json_t *plan, const char *endpoint);
void judge_predicted(struct trial *trial, const json_t *expectation);

/* Compares the answer at events[event] with expect; item is where the problem's place is from. */
void judge_answer(struct trial *trial, const json_t *item, const json_t *expect, size_t event);

/* True for a key of an expect object that is compared with the end of traffic, not with an answer. */
bool tells_end_of_traffic(const char *key);

/* "returned 0" or "failed with ECONNREFUSED". (owned) */
char *show_result(const json_t *answer);

/* Address of the primary path in an answer of status or paths; NULL when it names none. */
const char *answer_primary(const json_t *answer);

/* "client connectx to return 0 and to take 3 s to 3.1 s": all an expect object asks for. (owned) */
char *describe_expect(const json_t *plan, const char *call, const json_t *expect);

/* The outcome in a few words, and each next one in fewer. (owned) */
void describe_outcome(const struct trial *trial, char *outcomes[OUTCOMES]);

/* The notification an event carries: itself, or what a recvmsg call brought; else NULL. */
const json_t *event_notification(const json_t *event);

/* The data message an event carries: itself, or what a recvmsg call brought; else NULL. */
const json_t *event_message(const json_t *event);

/* Ends of a range [min, max] or [exact]; no bound is INT64_MIN and INT64_MAX. */
void range_read(const json_t *range, int64_t *min, int64_t *max);

/* "3 s", "3 s to 3.1 s", "at most 3.1 s", "at least 3 s". (owned) */
char *describe_range_ns(const json_t *range);

/* "not at all", "exactly once", "2 to 3 times". (owned) */
char *describe_count(const json_t *range);

/* True when value lies in the range. */
bool range_holds(const json_t *range, int64_t value);

#endif
