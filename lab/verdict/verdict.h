// SPDX-License-Identifier: GPL-2.0-only
// The judge: what a plan expects against what the events say. Pure functions; nothing is run,
// so a kept run can be judged again.
#ifndef LAB_VERDICT_VERDICT_H
#define LAB_VERDICT_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum verdict_status {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_VOID, /* the laboratory itself could not run it */
};

/* How the guest ended, from the launcher. Zeroed, it says that nothing went wrong. */
struct run_facts {
	int wait_status; /* of the guest's process, as from waitpid(2) */
	bool timed_out;	 /* the watchdog ended it */
	bool emulated;	 /* its time goes on while it computes, so that silence is no standstill */
	int64_t silent_real_ns;	     /* real time without an event before the watchdog did, ns */
	const char *console_problem; /* first line of a panic, oops or warning, or NULL */
	const char *trouble; /* why the laboratory could not run it, one sentence, or NULL */
};

/* One thing that was not as expected. */
struct problem {
	int line, column; /* place in the scenario's file; 0 when it has none */
	char *text;	  /* (owned) the scenario's words for what was expected, or NULL */
	char *expected;	  /* (owned) what should have been, one phrase */
	char *observed;	  /* (owned) what was, one phrase */
	char *source;	  /* (owned) RFC section, man page or kernel function, or NULL */
	int64_t at_ns;	  /* scenario time of what was observed; NS_NEVER when it never was */
	size_t event;	  /* its index in the events; their number when there is none */
	int64_t until_ns; /* scenario time until which things led to it; NS_NEVER: all of them */
};

/* So many wordings of an outcome, from the fullest to the shortest. */
#define OUTCOMES 8

struct verdict {
	enum verdict_status status;
	/* (owned) a few words of what happened, none NULL; [0] tells most, for a row without room the others */
	char *outcomes[OUTCOMES];
	struct problem *problems; /* (owned) in the scenario's order */
	size_t n;
	int64_t virtual_ns; /* scenario time from the first event to the last, ns */
};

struct packets;

/*
 * Judges a run. events is the array events_read() made; packets (lab/verdict/packets.h) may be NULL when the
 * run was not captured, facts when nothing is known of the guest's end. out needs no initialisation; give it to verdict_free() afterwards.
 */
void verdict_judge(const json_t *plan, const json_t *events, const struct packets *packets,
		   const struct run_facts *facts, struct verdict *out);
void verdict_free(struct verdict *verdict);

/* "ok", "FAIL" or "VOID". */
const char *verdict_name(enum verdict_status status);

/*
 * Reads JSON Lines into a new array that is the caller's. A last line cut short is left out; any
 * other line that is no JSON object stands in the array as {"event":"garbled","line":N}, which the
 * judge takes for trouble. NULL only when memory is out.
 */
json_t *events_parse(const char *text, size_t length);

/* The same from a stream; NULL and errno when reading fails. */
json_t *events_read(FILE *in);

/*
 * Takes the samples of associations out of the events and gives them back as an array of their own, in the order of time: they are
 * no part of what happened, and come before lines that are older. A new reference.
 */
json_t *events_take_samples(json_t *events);

/*
 * The kept form of the facts, for `pathlab verdict`. The strings facts_from_json() hands out
 * are borrowed from json. False when it is no such object.
 */
json_t *facts_to_json(const struct run_facts *facts);
bool facts_from_json(const json_t *json, struct run_facts *facts);

#endif
