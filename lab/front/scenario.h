// SPDX-License-Identifier: GPL-2.0-only
// A scenario while it is turned into a plan.
#ifndef LAB_FRONT_SCENARIO_H
#define LAB_FRONT_SCENARIO_H

#include <jansson.h>

#include "lab/front/topology.h"

#define ENDPOINTS_MAX	64
#define STEPS_MAX	4000
#define DEFAULT_BACKLOG 128

struct program;

struct endpoint {
	const char *name;
	struct program *program;	     /* lab/front/program.h, or NULL: it is cclient */
	const struct yaml *yaml;	     /* its entry under `endpoints` */
	const struct yaml *options, *events; /* or NULL */
	size_t node;
	const struct topo_vrf *vrf; /* that its socket is bound to, or NULL */
	struct address *bind;
	size_t n_bind;
	int64_t port; /* 0: the kernel chooses */
	bool listens, one_to_many, nonblocking, v6only, watch;
	bool privileged;
	const char *poison; /* an errno, or NULL */
	bool family_given;
	int family;			  /* V4 or V6 */
	int64_t backlog, send_timeout_ns; /* 0: none */
	bool connects;			  /* some step calls connect or connectx */
	bool sends;			  /* some step sends */
};

struct step {
	const struct yaml *yaml;
	const char *name; /* or NULL */
	json_t *json;	  /* borrowed from the plan */
	bool has_at;
	int64_t at_ns;
	/* of a fault */
	const char *fault, *link; /* kind and link as written, or NULL */
	size_t endpoint;	  /* of a fault of a process, or of a command */
	bool healed, is_command;
};

/* A look at the paths of an endpoint, at a time or INT64_MAX for the end. */
struct observation {
	size_t endpoint;
	int64_t at_ns;
};

struct scenario {
	struct front *front;
	struct topology *topology;
	const char *summary;
	struct endpoint *endpoints;
	size_t n_endpoints;
	struct name_list endpoint_names;
	struct step *steps;
	size_t n_steps, n_ids; /* observation steps have ids, too */
	struct observation *observations;
	size_t n_observations;
	json_t *json_steps, *json_expect; /* borrowed from the plan */
	json_t *json_programs; /* (owned) keeps what the endpoints that are programs share with the plan */
	const char *file;
	const struct yaml *needs;    /* packages, or NULL */
	const char *lacks;	     /* why it cannot be run here, or NULL */
	bool capture, capture_given; /* what the scenario says, and whether it says it */
	int64_t end_ns, limit_ns, settle_ns;
	int64_t memory; /* of the guest, in bytes; 0: the kernel's usual */
};

/* plan.c: the plan of a scenario without parameters; NULL after a sentence. `matrix` is not read, `sweep` only checked. */
json_t *scenario_make_plan(struct front *front, const struct yaml *root, const char *file);

/*
 * plan.c: the topology a scenario in `file` means: the name of one, a file, or a mapping. NULL after a
 * sentence.
 */
struct topology *scenario_read_topology(struct front *front, const struct yaml *node,
					const char *file);

/* endpoint.c: everything under `endpoints` but the set-up commands, which need the timeline. */
bool scenario_read_endpoints(struct scenario *scenario, const struct yaml *map);
/* endpoint.c: the "endpoints" of the plan (a new reference); NULL after a sentence. */
json_t *scenario_make_endpoints(struct scenario *scenario);
/* The endpoint of that name, or -1 after a sentence. */
long scenario_get_endpoint(struct scenario *scenario, const struct yaml *name);
/*
 * The socket a call means when it names none: the first accepted one of a one-to-one endpoint that
 * listens, for calls about an association; else the endpoint's own.
 */
const char *endpoint_socket(const struct endpoint *endpoint, bool about_association);

/*
 * expectations.c: the endpoint meant at `at` where none is named: the only one that listens, or else that connects in
 * the steps read so far. -1 after a sentence.
 */
long scenario_only_endpoint(const struct scenario *scenario, const struct yaml *at, bool listens);

/* when.c: the time of a step by a path's state or by a line of output, into the step's "when". */
bool read_condition(struct scenario *scenario, const struct yaml *when, struct step *step);
/* timeline.c: "X + 2s" in two: what is before the plus, and the time behind it, 0 without one. NULL after a sentence. */
char *split_delay(struct front *front, const struct yaml *at, int64_t *delay);

/* timeline.c: everything under `timeline`. */
bool scenario_read_timeline(struct scenario *scenario, const struct yaml *list);
/* timeline.c: one step more, for which there must be room; it counts also when it is wrong. */
bool scenario_read_step(struct scenario *scenario, const struct yaml *item);
/*
 * "done NAME" or "start NAME", of a step: {"event": "done", "step": ID} (a new reference); NULL after a
 * sentence.
 */
json_t *scenario_read_moment(struct scenario *scenario, const struct yaml *at);
/* The next step's id. */
int scenario_next_id(struct scenario *scenario);

/* calls.c */
struct call;
/* The call of that name, or NULL after a sentence. */
const struct call *get_call(struct front *front, const struct yaml *name);
/* Keys of a step with that call, besides those of every step. */
const char *const *call_keys(const struct call *call);
/* Every key that some call takes. */
struct name_list all_call_keys(struct front *front);
/*
 * Puts "call" and "command" into the step. `values` are those of call_keys() in the same order.
 */
bool make_command(struct scenario *scenario, const struct call *call, struct endpoint *endpoint,
		  const struct yaml *step_yaml, struct yaml *const *values, struct step *step);
const char *call_name(const struct call *call);
/*
 * destinations.c: the port of the endpoint that has the address (on `link`, unless that is NULL), of one that listens
 * first; not of `caller`, which may be NULL. 0 when there is none.
 */
int64_t scenario_find_port(const struct scenario *scenario, const struct address *address,
			   const struct topo_link *link, const struct endpoint *caller);
/*
 * options.c: the arguments of getsockopt and setsockopt for an option: " FIELD=VALUE..." from a
 * mapping, " value=VALUE" from a scalar. NULL after a sentence, which stands at `at`. A time is
 * passed on in milliseconds, the unit of every time in RFC 6458's structures; true and false as 1, 0; an
 * address by its name, with the port written or that of the endpoint that has it.
 */
const char *option_arguments(struct scenario *scenario, const char *option, const struct yaml *at,
			     const struct yaml *value);

/* expect_call.c: the "expect" of a command step; `source` may be NULL. */
bool read_call_expectation(struct scenario *scenario, const char *call, const struct yaml *expect,
			   const struct yaml *source, json_t *step);

/* faults.c: keys of that kind of fault, or NULL after a sentence. */
struct fault_kind;
const struct fault_kind *get_fault_kind(struct front *front, const struct yaml *name);
const char *const *fault_keys(const struct fault_kind *kind);
bool make_fault(struct scenario *scenario, const struct fault_kind *kind,
		const struct yaml *step_yaml, struct yaml *const *values, struct step *step);
/* heal.c: which fault further up `what` means. */
bool make_heal(struct scenario *scenario, const struct yaml *what, struct step *step);

/* expectations.c: everything under `expect`, with the observation steps it needs. */
bool scenario_read_expectations(struct scenario *scenario, const struct yaml *list);

/* Puts "source" into the object when `source` is there. */
/*
 * releases.c: takes `since` and `until` from a mapping: *map is then one without them, and they are in `releases`, checked.
 */
bool take_releases(struct front *front, const struct yaml **map, json_t *releases);
bool put_source(struct front *front, const struct yaml *source, json_t *object);
/* Puts line, column and text into the object. */
void put_place(json_t *object, const struct yaml *at, const char *text);
/* Makes the run last until `time` at least. */
void scenario_reach(struct scenario *scenario, int64_t time);

#endif
