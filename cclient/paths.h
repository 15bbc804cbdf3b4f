// SPDX-License-Identifier: GPL-2.0-only
// The paths of an association as the kernel has them.
#ifndef CCLIENT_PATHS_H
#define CCLIENT_PATHS_H

#include "state.h"

#include <jansson.h>
#include <stdint.h>

// The path objects of docs/formats.md section 2, one for each address of the peer, in the kernel's
// order: SCTP_PRIMARY_ADDR, sctp_getpaddrs(3) and SCTP_GET_PEER_ADDR_INFO. Only reads; no clock
// either. Those whose addresses without port are in `hidden`, a list or NULL, are not asked for: they
// are as the kernel would answer, EACCES. NULL with errno when there is no such association. (owned
// by the caller)
json_t *paths_read(const struct session *session, int fd, int32_t assoc_id, const json_t *hidden);

#endif
