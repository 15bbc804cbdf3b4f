// SPDX-License-Identifier: GPL-2.0-only
// Receiving, showing and addressing messages.
#include "message.h"

#include "notify.h"
#include "output.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char traffic_magic[8] = { 'p', 'a', 't', 'h', 'l', 'a', 'b', '1' };

static void take_control(struct received *received, struct msghdr *header)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item)) {
		struct sctp_sndrcvinfo old;

		if (item->cmsg_level != SOL_SCTP)
			continue;
		if (item->cmsg_type == SCTP_RCVINFO) {
			memcpy(&received->info, CMSG_DATA(item), sizeof(received->info));
			received->has_info = true;
		} else if (item->cmsg_type == SCTP_NXTINFO) {
			memcpy(&received->next, CMSG_DATA(item), sizeof(received->next));
			received->has_next = true;
		} else if (item->cmsg_type == SCTP_SNDRCV && !received->has_info) {
			// Somebody asked for the deprecated sctp_data_io_event.
			memcpy(&old, CMSG_DATA(item), sizeof(old));
			received->info = (struct sctp_rcvinfo){
				.rcv_sid = old.sinfo_stream,
				.rcv_ssn = old.sinfo_ssn,
				.rcv_flags = old.sinfo_flags,
				.rcv_ppid = old.sinfo_ppid,
				.rcv_tsn = old.sinfo_tsn,
				.rcv_assoc_id = old.sinfo_assoc_id,
			};
			received->has_info = true;
		}
	}
}

ssize_t message_receive(struct session *session, int fd, size_t max, int flags,
			struct received *received)
{
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct sctp_sndrcvinfo)) +
						       CMSG_SPACE(sizeof(struct sctp_rcvinfo)) +
						       CMSG_SPACE(sizeof(struct sctp_nxtinfo))];
	struct iovec data = { .iov_len = max };
	struct msghdr header = {
		.msg_name = &received->from,
		.msg_namelen = sizeof(received->from),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (!session->receive)
		session->receive = malloc(RECEIVE_MAX);
	call_prepare(session);
	received->length = -1;
	received->has_info = received->has_next = false;
	if (!session->receive) {
		errno = ENOMEM;
		return -1;
	}
	data.iov_base = received->bytes = session->receive;
	received->length = recvmsg(fd, &header, flags);
	if (received->length >= 0) {
		received->flags = header.msg_flags;
		received->from_length = header.msg_namelen;
		take_control(received, &header);
	}
	return received->length;
}

static json_t *traffic_json(const struct received *received)
{
	uint64_t number;
	json_t *traffic;

	if (received->length < TRAFFIC_MARK ||
	    memcmp(received->bytes, traffic_magic, sizeof(traffic_magic)) != 0)
		return NULL;
	traffic = json_object();
	memcpy(&number, received->bytes + 8, sizeof(number));
	number = be64toh(number);
	output_set(traffic, "flow", json_integer((json_int_t)(number >> 48)));
	output_set(traffic, "seq", json_integer((json_int_t)(number & TRAFFIC_SEQ_MAX)));
	memcpy(&number, received->bytes + 16, sizeof(number));
	output_set(traffic, "sent", json_integer((json_int_t)be64toh(number)));
	return traffic;
}

// Short printable text is shown; anything else only counted.
static json_t *text_json(const struct received *received)
{
	char text[201];

	if (received->length == 0 || (size_t)received->length >= sizeof(text))
		return NULL;
	for (ssize_t i = 0; i < received->length; i++) {
		if (received->bytes[i] < ' ' || received->bytes[i] > '~')
			return NULL;
		text[i] = (char)received->bytes[i];
	}
	text[received->length] = '\0';
	return json_string_nocheck(text);
}

static void info_json(json_t *object, const struct sctp_rcvinfo *info)
{
	output_set(object, "stream", json_integer(info->rcv_sid));
	output_set(object, "ssn", json_integer(info->rcv_ssn));
	output_set(object, "ppid", json_integer(be32toh(info->rcv_ppid)));
	output_set(object, "assoc_id", json_integer(info->rcv_assoc_id));
	output_set(object, "unordered", json_boolean(info->rcv_flags & SCTP_UNORDERED));
}

static void next_json(json_t *object, const struct sctp_nxtinfo *info)
{
	json_t *next = json_object();

	output_set(next, "stream", json_integer(info->nxt_sid));
	output_set(next, "ppid", json_integer(be32toh(info->nxt_ppid)));
	output_set(next, "size", json_integer(info->nxt_length));
	output_set(next, "assoc_id", json_integer(info->nxt_assoc_id));
	output_set(next, "unordered", json_boolean(info->nxt_flags & SCTP_UNORDERED));
	output_set(next, "notification", json_boolean(info->nxt_flags & SCTP_NOTIFICATION));
	output_set(object, "next", next);
}

void message_json(json_t *object, const struct received *received)
{
	char from[ADDRESS_TEXT];
	json_t *extra;

	if (received->flags & MSG_NOTIFICATION) {
		notify_json(object, received->bytes, (size_t)received->length);
		return;
	}
	output_set(object, "size", json_integer(received->length));
	if (received->from_length > 0) {
		address_format((const struct sockaddr *)&received->from, from);
		output_set(object, "from", json_string_nocheck(from));
	}
	if (received->has_info)
		info_json(object, &received->info);
	if (received->has_next)
		next_json(object, &received->next);
	// A part of a message: more of it follows.
	if (!(received->flags & MSG_EOR))
		output_set(object, "eor", json_false());
	extra = traffic_json(received);
	if (extra) {
		output_set(object, "traffic", extra);
		return;
	}
	extra = text_json(received);
	if (extra)
		output_set(object, "text", extra);
}

bool message_is_end(const struct received *received)
{
	struct sctp_assoc_change change;

	if (!(received->flags & MSG_NOTIFICATION) || (size_t)received->length < sizeof(change))
		return false;
	memcpy(&change, received->bytes, sizeof(change));
	return change.sac_type == SCTP_ASSOC_CHANGE &&
	       (change.sac_state == SCTP_COMM_LOST || change.sac_state == SCTP_SHUTDOWN_COMP ||
		change.sac_state == SCTP_CANT_STR_ASSOC);
}

void message_mark(unsigned char *bytes, uint16_t flow, uint64_t seq, int64_t sent_ns)
{
	uint64_t number;

	memcpy(bytes, traffic_magic, sizeof(traffic_magic));
	number = htobe64((uint64_t)flow << 48 | (seq & TRAFFIC_SEQ_MAX));
	memcpy(bytes + 8, &number, sizeof(number));
	number = htobe64((uint64_t)sent_ns);
	memcpy(bytes + 16, &number, sizeof(number));
}

static void add_control(struct msghdr *header, int type, const void *data, size_t size)
{
	struct cmsghdr item = {
		.cmsg_len = CMSG_LEN(size),
		.cmsg_level = SOL_SCTP,
		.cmsg_type = type,
	};
	unsigned char *at = (unsigned char *)header->msg_control + header->msg_controllen;

	memcpy(at, &item, sizeof(item));
	memcpy(at + CMSG_LEN(0), data, size);
	header->msg_controllen += CMSG_SPACE(size);
}

void outgoing_prepare(struct outgoing *outgoing, void *bytes, size_t length)
{
	struct msghdr *header = &outgoing->header;

	outgoing->data = (struct iovec){ .iov_base = bytes, .iov_len = length };
	*header = (struct msghdr){
		.msg_iov = &outgoing->data,
		.msg_iovlen = 1,
		.msg_control = outgoing->control,
	};
	if (outgoing->to.length > 0) {
		header->msg_name = (void *)outgoing->to.pointer;
		header->msg_namelen = outgoing->to.length;
	}
	memset(outgoing->control, 0, sizeof(outgoing->control));
	add_control(header, SCTP_SNDINFO, &outgoing->info, sizeof(outgoing->info));
	if (outgoing->has_policy)
		add_control(header, SCTP_PRINFO, &outgoing->policy, sizeof(outgoing->policy));
	if (outgoing->has_auth)
		add_control(header, SCTP_AUTHINFO, &outgoing->auth, sizeof(outgoing->auth));
}
