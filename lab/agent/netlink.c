// SPDX-License-Identifier: GPL-2.0-only
// Batches of netlink requests. libnl builds the messages; sending is ours because libnl loses the kernel's errno
// and does not show the extended ACK's text.
#include "lab/agent/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 32768 };

int netlink_open(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int on = 1;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on))) {
		close(fd);
		return -1;
	}
	return fd;
}

void batch_add(struct batch *batch, struct nl_msg *msg, const char *what)
{
	struct nlmsghdr *header;
	size_t length;

	if (!msg)
		abort(); /* libnl builds a message from our own numbers: only memory can be missing */
	header = nlmsg_hdr(msg);
	length = NLMSG_ALIGN(header->nlmsg_len);
	batch->data = realloc(batch->data, batch->size + length);
	batch->what = realloc(batch->what, (batch->n + 1) * sizeof(*batch->what));
	if (!batch->data || !batch->what)
		abort();
	if (!batch->n)
		batch->first_seq = batch->seq + 1;
	header->nlmsg_seq = ++batch->seq;
	header->nlmsg_flags = (header->nlmsg_flags | NLM_F_REQUEST) & ~NLM_F_ACK;
	memcpy(batch->data + batch->size, header, header->nlmsg_len);
	memset(batch->data + batch->size + header->nlmsg_len, 0, length - header->nlmsg_len);
	batch->size += length;
	batch->what[batch->n++] = what;
	nlmsg_free(msg);
}

static const char *extended_ack_text(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	size_t offset = sizeof(*error);
	const struct nlattr *attribute;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		offset += error->msg.nlmsg_len - NLMSG_HDRLEN;
	if (NLMSG_HDRLEN + offset > header->nlmsg_len)
		return NULL;
	attribute = nlmsg_find_attr((struct nlmsghdr *)header, offset, NLMSGERR_ATTR_MSG);
	return attribute ? nla_data(attribute) : NULL;
}

/* Reads answers until the one for `last_seq`; notes the first failure. */
static int read_answers(struct batch *batch, uint32_t last_seq, int failed, char *why, size_t size)
{
	_Alignas(struct nlmsghdr) char buffer[16384];

	for (;;) {
		ssize_t n = recv(batch->fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			snprintf(why, size, "netlink did not answer: %s", strerror(errno));
			return errno;
		}
		for (; NLMSG_OK(header, n); header = NLMSG_NEXT(header, n)) {
			const struct nlmsgerr *error = NLMSG_DATA(header);
			const char *text;

			if (header->nlmsg_type != NLMSG_ERROR)
				continue; /* the answer to an RTM_GETLINK */
			if (error->error && -error->error != batch->ignored_errno && !failed) {
				failed = -error->error;
				text = extended_ack_text(header);
				snprintf(why, size, "%s: %s%s%s",
					 batch->what[header->nlmsg_seq - batch->first_seq],
					 strerror(failed), text ? ": " : "", text ? text : "");
			}
			if (header->nlmsg_seq == last_seq ||
			    (batch->framed && header->nlmsg_seq == batch->first_seq))
				return failed;
		}
	}
}

/* Sends the messages of [from, to) and reads what comes back. */
static int exchange(struct batch *batch, size_t from, size_t to, size_t last, int failed, char *why,
		    size_t size)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(batch->data + last);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	header->nlmsg_flags |= NLM_F_ACK;
	do
		sent = sendto(batch->fd, batch->data + from, to - from, 0, (void *)&kernel,
			      sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		snprintf(why, size, "netlink does not take requests: %s", strerror(errno));
		return errno;
	}
	return read_answers(batch, header->nlmsg_seq, failed, why, size);
}

int batch_commit(struct batch *batch, char *why, size_t size)
{
	size_t from = 0, last = 0, at = 0;
	int failed = 0;

	while (at < batch->size) {
		const struct nlmsghdr *header = (struct nlmsghdr *)(batch->data + at);
		size_t length = NLMSG_ALIGN(header->nlmsg_len);

		if (at > from && at + length - from > CHUNK && !batch->framed) {
			failed = exchange(batch, from, at, last, failed, why, size);
			from = at;
		}
		if (!batch->framed || at + length < batch->size)
			last = at;
		at += length;
	}
	if (batch->size)
		failed = exchange(batch, from, at, last, failed, why, size);
	batch->size = batch->n = 0;
	return failed;
}

void batch_free(struct batch *batch)
{
	free(batch->data);
	free(batch->what);
	batch->data = NULL;
	batch->what = NULL;
	batch->size = batch->n = 0;
}
