// SPDX-License-Identifier: GPL-2.0-only
// Lines that go out: JSON, or for a person.
#ifndef CCLIENT_OUTPUT_H
#define CCLIENT_OUTPUT_H

#include "state.h"

#include <jansson.h>

// A new line of that event, with the endpoint's name if the session has one, and the tag if not
// NULL. (owned by the caller)
json_t *output_begin(const struct session *session, const char *event, const char *tag);

// Writes the line with one write(2) and frees it. A failure is kept in session->output_failed.
void output_line(struct session *session, json_t *line);

// An "error" line: the command could not be understood. Marks the session's exit status.
void output_error(struct session *session, const char *tag, const char *message);

// Text as it is, for help at a terminal and the prompt.
void output_text(struct session *session, const char *text, size_t length);

// A JSON string of any bytes: what is not UTF-8 is replaced by "?". (owned by the caller)
json_t *output_string(const char *text);

// Sets a key to a value that it takes over; NULL becomes null.
void output_set(json_t *object, const char *key, json_t *value);

#endif
