// SPDX-License-Identifier: GPL-2.0-only
// Messages: receiving them, building what sendmsg(2) needs, and the mark of `traffic` in them.
#ifndef CCLIENT_MESSAGE_H
#define CCLIENT_MESSAGE_H

#include "parse.h"
#include "state.h"

#include <jansson.h>
#include <netinet/sctp.h>
#include <sys/uio.h>

#define TRAFFIC_MARK	 24 // bytes: "pathlab1", flow and sequence number, time sent
#define TRAFFIC_FLOW_MAX UINT16_MAX
#define TRAFFIC_SEQ_MAX	 ((UINT64_C(1) << 48) - 1)

struct received {
	unsigned char *bytes; // within the session's buffer
	ssize_t length;
	int flags; // msg_flags
	struct sockaddr_storage from;
	socklen_t from_length;
	bool has_info, has_next;
	struct sctp_rcvinfo info;
	struct sctp_nxtinfo next;
};

// recvmsg(2) of at most `max` bytes (up to RECEIVE_MAX) with these flags. errno is prepared before.
// Returns what recvmsg returned; -1 with ENOMEM when there is no buffer.
ssize_t message_receive(struct session *session, int fd, size_t max, int flags,
			struct received *received);

// Adds the keys of a message, or of a notification (MSG_NOTIFICATION), to an object.
void message_json(json_t *object, const struct received *received);

// Whether it is the notification that an association is over or did not come about.
bool message_is_end(const struct received *received);

// The mark at the front of a message of `traffic`: 16 bits of flow, 48 of the sequence number.
void message_mark(unsigned char *bytes, uint16_t flow, uint64_t seq, int64_t sent_ns);

// What sendmsg(2) needs. Point `header` at it once, then send as often as needed.
struct outgoing {
	struct msghdr header;
	struct iovec data;
	struct address to; // length 0: none
	struct sctp_sndinfo info;
	struct sctp_prinfo policy; // used when has_policy
	struct sctp_authinfo auth; // used when has_auth
	bool has_policy, has_auth;
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct sctp_sndinfo)) +
						       CMSG_SPACE(sizeof(struct sctp_prinfo)) +
						       CMSG_SPACE(sizeof(struct sctp_authinfo))];
};

// Fills header and control from the rest. The struct must not move afterwards.
void outgoing_prepare(struct outgoing *outgoing, void *bytes, size_t length);

#endif
