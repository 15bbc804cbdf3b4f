// SPDX-License-Identifier: GPL-2.0-only
// Which endpoint a socket talks to, from what was called on it.
#ifndef LAB_VERDICT_PEERS_H
#define LAB_VERDICT_PEERS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * True unless the socket of `sender` is known to talk to others only: it was connected or sent to,
 * or accepted from, addresses none of which is the receiver's. What cannot be known counts as
 * true, so that nothing sent is overlooked.
 */
bool talks_to(const json_t *plan, const json_t *events, const char *sender, const char *socket,
	      const char *receiver);

#endif
