// SPDX-License-Identifier: GPL-2.0-only
// Looks at the associations of the endpoints without their taking notice: the event `sample` of docs/formats.md section 4.
#ifndef LAB_AGENT_SAMPLE_H
#define LAB_AGENT_SAMPLE_H

#include "lab/agent/endpoints.h"
#include "lab/agent/events.h"

#include <stddef.h>
#include <stdint.h>

struct sampler;

/* Looks at these; never NULL, and lives as long as the agent. */
struct sampler *sampler_new(struct endpoint *endpoints, size_t n);

/*
 * Reads the state of every association of the endpoints and of its paths, through duplicates of their sockets that are
 * closed before this returns, and tells what is not as it was at the last look. now_ns is the scenario time the
 * caller knows: neither a clock is read nor a call made that fails, both of which take virtual time. An association
 * that getsockopt(2) does not show (a one-to-one socket's before it is up, or one that was not accepted yet) is not there.
 */
void sampler_look(struct sampler *sampler, int64_t now_ns, struct events *events);

#endif
