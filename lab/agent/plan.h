// SPDX-License-Identifier: GPL-2.0-only
// The plan as the agent holds it: the JSON document of docs/formats.md section 3, checked and in C structures.
#ifndef LAB_AGENT_PLAN_H
#define LAB_AGENT_PLAN_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sysctl {
	const char *path; /* below /proc/sys, such as net/ipv4/ip_forward */
	const char *value;
};

/* A VRF of a node: an interface whose ports have a table of routes of their own. */
struct vrf {
	const char *name; /* of the interface */
	unsigned ifindex;
	const char *mac;
	uint32_t table; /* rtnetlink(7) */
};

struct node {
	const char *name;
	struct sysctl *sysctls; /* (owned) */
	struct vrf *vrfs;	/* (owned) */
	size_t n_sysctls, n_vrfs;
};

/* What netem does to packets that leave an end; all zero: no qdisc at all. */
struct netem {
	uint64_t delay_ns, jitter_ns;
	uint32_t loss_ppm;				  /* packets lost of a million */
	uint64_t rate_bps;				  /* bits a second; 0: unlimited */
	uint32_t reorder_ppm, duplicate_ppm, corrupt_ppm; /* packets of a million; of faults only */
};

/* An address of an end, "ADDRESS/PREFIXLEN", and whether it is there now. */
struct end_address {
	const char *text;
	bool present;
};

/* One end of a link: an interface of a node. */
struct end {
	size_t node;
	const char *ifname;
	unsigned ifindex;
	const char *mac;
	const struct vrf *vrf;	       /* or NULL */
	struct end_address *addresses; /* (owned) the plan's, then what faults have added */
	size_t n_addresses;
	struct netem netem;
	bool drops; /* a fault will drop what arrives here: faults_prepare() */
};

struct link {
	const char *name;
	unsigned mtu;
	struct end ends[2];
};

struct route {
	size_t node;
	const char *dst; /* "PREFIX/LEN" */
	const char *via; /* gateway address */
	unsigned ifindex;
	uint32_t table; /* rtnetlink(7) */
};

/* A program of one's own in the place of cclient. */
struct program_plan {
	const char *path, *folder;	       /* absolute */
	const char **arguments, **environment; /* (owned) each ends with NULL */
	regex_t *ready_line;		       /* (owned) or NULL */
	int ready_port;			       /* SCTP; 0: none */
	bool at_start;			       /* else a step starts it */
	bool input;	 /* steps write to its standard input, which is empty otherwise */
	int64_t call_ns; /* virtual time that each of its system calls takes; 0: none */
	bool awaited;	 /* the run goes on until it has ended */
	const char *
		terminal; /* "files" or "console": where its words go instead of into events; or NULL */
	int stdio[3];	  /* with that, its standard descriptors */
};

struct endpoint_plan {
	const char *name;
	struct program_plan *program; /* (owned) or NULL */
	size_t node;
	const char **setup; /* (owned) cclient commands */
	size_t n_setup;
};

enum step_action { STEP_COMMAND, STEP_FAULT, STEP_HEAL, STEP_SIGNAL, STEP_START, STEP_INPUT };

struct step {
	int64_t id;
	const char *text;
	enum step_action action;
	/* When: at a scenario time, delay_ns after an event, or delay_ns after a path was found in a state. */
	bool is_after;
	int64_t at_ns;
	const char *after_event; /* "connected", ..., "done", "end", "path", or "output" */
	int64_t after_endpoint;	 /* -1: any */
	int64_t after_step; /* for "done"; for "path" and "output": since when it counts, -1: the beginning */
	int64_t delay_ns;
	const char *path_socket, *path_address, *path_state; /* for "path" */
	int64_t path_every_ns;
	regex_t *line; /* (owned) for "output" */
	/* What */
	size_t endpoint;     /* command, signal, start, input */
	const char *call;    /* command: its name */
	const char *command; /* command: the cclient line */
	const char *input;   /* input: the line; NULL: the end */
	int signal;	     /* signal: its number */
	size_t heals;	     /* heal: index in steps of the fault */
	const json_t *fault; /* fault: the step's own object */
	/* What became of it */
	bool triggered, carried_out, answered;
	bool in_force; /* fault: applied, and not healed */
	bool failed;   /* fault, heal: it could not be done */
	char found[8]; /* rp-filter: the setting before the fault */
};

struct plan {
	json_t *json; /* (owned) all strings point into it */
	bool capture;
	bool sample; /* associations are looked at whenever the agent wakes */
	int64_t end_ns, settle_ns, limit_ns;
	struct node *nodes;		 /* (owned) */
	struct link *links;		 /* (owned) */
	struct route *routes;		 /* (owned) */
	struct endpoint_plan *endpoints; /* (owned) */
	struct step *steps;		 /* (owned) */
	size_t n_nodes, n_links, n_routes, n_endpoints, n_steps;
};

/* Reads the plan from an open file; false and a sentence in *why (static storage) when it is not one. */
bool plan_read(int fd, struct plan *plan, const char **why);

/* The same from a document. */
bool plan_from_json(json_t *json /* (owned) */, struct plan *plan, const char **why);

/* Reads the "program" of an endpoint; false when it is none. */
bool plan_read_program(json_t *object, struct endpoint_plan *endpoint);

/* Adds steps, an array of objects that the caller keeps; false when they are none. Pointers to steps are void then. */
bool plan_add_steps(struct plan *plan, const json_t *steps);

void plan_free(struct plan *plan);

/* The end that is interface `ifindex` of node `node`, and optionally the link it belongs to; NULL when there is none. */
struct end *plan_find_end(struct plan *plan, size_t node, unsigned ifindex, struct link **link);

/* The address of an end by its text; a new one, not present, when it has none such. */
struct end_address *plan_end_address(struct end *end, const char *text);

#endif
