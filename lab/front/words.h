// SPDX-License-Identifier: GPL-2.0-only
// Names of the trade: errno, chunks, ICMP codes, notifications, states, calls.
#ifndef LAB_FRONT_WORDS_H
#define LAB_FRONT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/front/yaml.h"

/* Path states as a scenario writes them; SCTP_ and the word is RFC 6458's name (8.2.2), for PF Linux's. */
extern const char *const path_states[];
extern const size_t path_states_count;

/* An errno by the C library's name, such as ECONNREFUSED; the name is a constant. */
bool get_errno(struct front *front, const struct yaml *node, const char *what, const char **name);

/* A chunk by its name in RFC 9260, RFC 3758 or RFC 5061 ("COOKIE ECHO"); *nft is nft(8)'s name. */
bool get_chunk(struct front *front, const struct yaml *node, const char **nft);

/* What packets are counted by: a chunk by its name, "ICMP" or "any"; the name is a constant. */
bool get_packet_kind(struct front *front, const struct yaml *node, const char **name);

/*
 * A code of ICMP or ICMPv6 destination unreachable, by name or number; family V4 or V6.
 * Names: RFC 792, RFC 1812 section 5.2.7.1; RFC 4443 section 3.1. Where the versions have the same
 * meaning under two names, the ICMP name is taken for ICMPv6 too.
 */
bool get_unreachable_code(struct front *front, const struct yaml *node, int family, int *code);

/* A notification type of RFC 6458, section 6.1, RFC 6525 or Linux. */
bool get_notification(struct front *front, const struct yaml *node, const char **name);
/* A state of SCTP_ASSOC_CHANGE or SCTP_PEER_ADDR_CHANGE, or one that SCTP_STATUS shows. */
bool get_change_state(struct front *front, const struct yaml *node, const char **name);
bool get_association_state(struct front *front, const struct yaml *node, const char **name);

/* Events of poll(2) for `events` and `revents`. */
bool get_poll_event(struct front *front, const struct yaml *node, const char **name);

#endif
