// SPDX-License-Identifier: GPL-2.0-only
// Prediction beside measurement: what should happen by RFC 9260 and RFC 7829 with the parameters in force, and what did. Pure functions
// over a plan, its events and its packets; docs/prediction.md has the formulas.
#ifndef LAB_PREDICT_PREDICT_H
#define LAB_PREDICT_PREDICT_H

#include "lab/predict/wheel.h"
#include "lab/verdict/packets.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum prediction_kind {
	PREDICT_INIT,		/* INIT is sent again */
	PREDICT_COOKIE,		/* COOKIE ECHO is sent again */
	PREDICT_GIVEN_UP,	/* the association cannot be started */
	PREDICT_RETRANSMISSION, /* T3-rtx expires: DATA is sent again */
	PREDICT_HEARTBEAT,	/* a path in doubt is probed */
	PREDICT_PF,		/* a path becomes potentially failed */
	PREDICT_INACTIVE,
	PREDICT_ACTIVE,	  /* a path that was PF or INACTIVE is ACTIVE again */
	PREDICT_LOST,	  /* the association is given up */
	PREDICT_SHUTDOWN, /* SHUTDOWN or SHUTDOWN ACK is sent again */
	PREDICTIONS,
};

/* The words for the kinds in scenarios and reports. */
extern const char *const prediction_kinds[PREDICTIONS];

struct prediction {
	enum prediction_kind kind;
	const char *endpoint; /* whose timer it is; borrowed from the plan */
	char *what;	      /* (owned) "path server.a INACTIVE" */
	struct span predicted;
	struct span measured; /* as exactly as it can be known; NS_NEVER twice: it never was */
	bool agrees;
	char *formula;	    /* (owned) with its numbers: "RTO.Min x 2^1 = 2 s after 6.01 s" */
	const char *source; /* section of the RFC */
	char *difference; /* (owned) where Linux differs by design, in which function, and what the RFC has; or NULL */
};

struct predictions {
	struct prediction *items; /* (owned) in the order of their predicted times */
	size_t n;
	int64_t tick_ns;   /* 1/HZ of the kernel: the tolerance on either side */
	bool tick_assumed; /* the run did not say */
	char **notes;	   /* (owned) what could not be predicted, a sentence each */
	size_t n_notes;
};

/* packets must not be NULL. For predictions_free(). */
struct predictions *predictions_make(const json_t *plan, const json_t *events,
				     const struct packets *packets);
void predictions_free(struct predictions *predictions);

/*
 * How much later than predicted it was measured, negative when earlier, 0 within the predicted times, ns. False when one of
 * both never is.
 */
bool prediction_missed_by(const struct prediction *row, int64_t *ns);

/* docs/formats.md, section 7. A new reference. */
json_t *predictions_report(const struct predictions *predictions);

/* A table, each line behind indent. */
void predictions_put(FILE *out, const struct predictions *predictions, const char *indent);

/* "5.99 s to 6.08 s", "never". (owned) */
char *describe_span(struct span span);

#endif
