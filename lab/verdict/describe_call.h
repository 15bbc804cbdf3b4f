// SPDX-License-Identifier: GPL-2.0-only
// What the words for events are put together from. No string of an event reaches the output as it is:
// text_put() makes it harmless.
#ifndef LAB_VERDICT_DESCRIBE_CALL_H
#define LAB_VERDICT_DESCRIBE_CALL_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

enum call_part {
	CALL_WHOLE, /* "connectx(server.a) = 0  [took 3.020 s]" */
	CALL_START, /* "connectx(server.a) ..." */
	CALL_END,   /* "... connectx = 0  [took 3.020 s]" */
};

void put_call(FILE *out, const json_t *plan, const json_t *event, enum call_part part);

/* How long the call took, ns. */
int64_t call_took_ns(const json_t *event);

/* A command of a step as a call: "connectx(server.a, server.b, port=5000)". */
void put_command(FILE *out, const json_t *plan, const char *command);

/* "SCTP_PEER_ADDR_CHANGE SCTP_ADDR_UNREACHABLE server.a" */
void put_notification(FILE *out, const json_t *plan, const json_t *notification);

/* "message of 1000 B on stream 0, seq 3 from client.a" */
void put_message(FILE *out, const json_t *plan, const json_t *message);

/* An address by its name. */
void put_address(FILE *out, const json_t *plan, const char *address);

/* A string without its quotes, anything else as JSON. */
void put_scalar(FILE *out, const json_t *value);

/* "ESTABLISHED" of "SCTP_ESTABLISHED". */
const char *bare_state(const char *name);

#endif
