// SPDX-License-Identifier: GPL-2.0-only
// The capture: every interface of every node in one pcapng file, in scenario time.
// pcapng: draft-ietf-opsawg-pcapng; libpcap 1.10 reads the format but does not write it.
#ifndef LAB_AGENT_CAPTURE_H
#define LAB_AGENT_CAPTURE_H

#include "lab/agent/net.h"
#include "lab/agent/plan.h"

#include <stdint.h>

struct capture;

/*
 * Starts a capture on the sockets that net_build() opened; `fd` is the file to write. epoch_ns is the CLOCK_MONOTONIC
 * time of scenario time zero; packets before it are left out. Never NULL.
 */
struct capture *capture_start(int fd, const struct net *net, int64_t epoch_ns);

/* A sentence that becomes a comment of the first packet at or after now. */
void capture_comment(struct capture *capture, int64_t scenario_ns, const char *text);

/* Reads what a node's socket holds. */
void capture_read(struct capture *capture, size_t node);

/* Writes out what was read, in order of time. */
void capture_write(struct capture *capture);

/* Writes the statistics blocks and frees; gives back how many packets were written. */
uint64_t capture_finish(struct capture *capture);

#endif
