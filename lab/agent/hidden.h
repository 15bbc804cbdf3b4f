// SPDX-License-Identifier: GPL-2.0-only
// Paths that the kernel hides from their own program.
#ifndef LAB_AGENT_HIDDEN_H
#define LAB_AGENT_HIDDEN_H

#include <jansson.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <sys/types.h>

/*
 * The addresses, without port, of the association's potentially failed paths when SCTP_EXPOSE_POTENTIALLY_FAILED_STATE
 * hides these, so that asking for them would fail; NULL when it does not. From /proc/PID/net/sctp/remaddr, of the
 * network namespace of that process. A new reference.
 */
json_t *paths_hidden(int fd, sctp_assoc_t id, pid_t pid);

#endif
