// SPDX-License-Identifier: GPL-2.0-only
// Batches of netlink requests: many messages in one sendmsg(2), the kernel's own errno and sentence for each failure.
#ifndef LAB_AGENT_NETLINK_H
#define LAB_AGENT_NETLINK_H

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One batch is bound to one netlink socket, and so to the network namespace in which that socket was opened.
 * Requests carry no NLM_F_ACK but for the last one: the kernel reports errors unasked (netlink_rcv_skb()), and an
 * acknowledgement for each success would only fill the receive buffer.
 */
struct batch {
	int fd;
	uint32_t first_seq, seq;
	unsigned char *data; /* (owned) */
	size_t size;	     /* bytes used */
	const char **
		what; /* (owned) what each request does, for the sentence; points to static or plan storage */
	size_t n;
	int ignored_errno; /* an errno that is no failure (such as EEXIST), or 0 */
	/*
	 * The first and the last message frame the others (NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END): all are sent in
	 * one piece. The last one before the end is the one acknowledged: kernels before 6.10 do not acknowledge the end
	 * (nfnetlink_rcv_batch()). A failure of the whole is told as that of the first, and is the last that is told.
	 */
	bool framed;
};

/* Opens a socket of NETLINK_ROUTE or such in the current namespace with extended ACKs; -1 and errno on failure. */
int netlink_open(int protocol);

/* Adds a message to the batch and frees it; `what` is a phrase such as "setting up an interface of client". */
void batch_add(struct batch *batch, struct nl_msg *msg /* (owned) */, const char *what);

/*
 * Sends all, reads all answers, and empties the batch. 0 on success; otherwise the kernel's errno of the first
 * failure, with a sentence in `why` (size bytes): what was attempted, strerror, and the extended ACK's text.
 */
int batch_commit(struct batch *batch, char *why, size_t size);

void batch_free(struct batch *batch);

#endif
