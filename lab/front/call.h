// SPDX-License-Identifier: GPL-2.0-only
// How a call of the timeline becomes a cclient command: what calls.c and call_send.c share.
#ifndef LAB_FRONT_CALL_H
#define LAB_FRONT_CALL_H

#include "lab/front/scenario.h"
#include "lab/front/units.h"

#define CALL_KEYS_MAX	 20
#define CALL_MESSAGE_MAX (INT64_C(1024) * 1024) /* bytes of one message */

struct call_builder {
	struct scenario *scenario;
	struct front *front;
	const struct call *call;
	struct endpoint *endpoint;
	const struct yaml *yaml; /* the step */
	struct yaml *const *values;
	struct step *step;
	const char *line; /* the command so far */
	bool good;
};

struct call {
	const char *name;
	bool about_association; /* means the accepted socket of an endpoint that listens */
	void (*build)(struct call_builder *builder);
	const char *keys[CALL_KEYS_MAX];
};

/* The value under a key of the call, or NULL. */
struct yaml *call_value(const struct call_builder *builder, const char *key);
/* The same, and a sentence when it is absent. */
struct yaml *call_require(struct call_builder *builder, const char *key);

/* Adds to the command. */
void call_append(struct call_builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Each adds " KEY=VALUE" or " KEY" when the key is there, or says what is wrong with it. */
void call_put_integer(struct call_builder *builder, const char *key, const char *what, int64_t max);
void call_put_flag(struct call_builder *builder, const char *key);
void call_put_quantity(struct call_builder *builder, const char *key, const char *what,
		       enum quantity quantity, int64_t min, int64_t max, int64_t *number);
/* destinations.c: adds the addresses under `key`: one as ADDR:PORT, or a list and its port. */
void call_put_destinations(struct call_builder *builder, const char *key, bool only_one);

/* call_send.c: send, sendmsg, and a send that repeats, which is cclient's `traffic`. */
void call_build_send(struct call_builder *builder);

#endif
