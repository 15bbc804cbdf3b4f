// SPDX-License-Identifier: GPL-2.0-only
// Batches of route netlink requests: many messages in one sendmsg(2), the kernel's own errno and sentence for each failure.
#ifndef LAB_AGENT_NETLINK_H
#define LAB_AGENT_NETLINK_H

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One batch is bound to one NETLINK_ROUTE socket, and so to the network namespace in which that socket was opened.
 * Requests carry no NLM_F_ACK but for the last one: the kernel reports errors unasked (netlink_rcv_skb()), and an
 * acknowledgement for each success would only fill the receive buffer.
 */
struct batch {
	int fd;
	uint32_t first_seq, seq;
	unsigned char *data; /* (owned) */
	size_t size, last;   /* bytes used; offset of the last message */
	const char **
		what; /* (owned) what each request does, for the sentence; points to static or plan storage */
	size_t n;
	int ignored_errno; /* an errno that is no failure (such as EEXIST), or 0 */
};

/* Opens a NETLINK_ROUTE socket in the current namespace with extended ACKs; -1 and errno on failure. */
int netlink_open(void);

/* Adds a message to the batch and frees it; `what` is a phrase such as "setting up an interface of client". */
void batch_add(struct batch *batch, struct nl_msg *msg /* (owned) */, const char *what);

/*
 * Sends all, reads all answers, and empties the batch. 0 on success; otherwise the kernel's errno of the first
 * failure, with a sentence in `why` (size bytes): what was attempted, strerror, and the extended ACK's text.
 */
int batch_commit(struct batch *batch, char *why, size_t size);

void batch_free(struct batch *batch);

#endif
