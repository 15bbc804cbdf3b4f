// SPDX-License-Identifier: GPL-2.0-only
// The capture. AF_PACKET sockets, one a node, give each packet with the time at which the stack saw it.
#include "lab/agent/capture.h"

#include "lab/agent/events.h"
#include "lab/agent/output.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SNAPLEN = 262144, /* the most that Wireshark accepts */
	RECEIVE_BUFFER = 8 << 20,
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	OPTION_COMMENT = 1,
	OPTION_IF_NAME = 2,
	OPTION_IF_TSRESOL = 9,
	OPTION_EPB_FLAGS = 2,
	OPTION_SHB_USERAPPL = 4,
	OPTION_ISB_IFRECV = 4,
	LINKTYPE_ETHERNET = 1,
	FLAG_INBOUND = 1,
	FLAG_OUTBOUND = 2,
	FRAMES = 4, /* taken from a socket at once */
};

/* A growing piece of memory. */
struct bytes {
	unsigned char *data;
	size_t used, size;
};

struct packet {
	int64_t time_ns;
	unsigned interface;
	unsigned flags;
	uint32_t captured, length;
	size_t order;
	unsigned char *data; /* (owned) */
};

struct comment {
	int64_t time_ns;
	char *text; /* (owned) */
};

struct capture {
	int fd;
	const struct net *net;
	int64_t realtime_to_scenario_ns;
	struct bytes out;
	struct packet *packets; /* (owned) of this drain */
	size_t n_packets, packets_size;
	struct comment *comments; /* (owned) not yet written */
	size_t n_comments;
	uint64_t *per_interface; /* (owned) packets written */
	uint64_t written;
	uint8_t frames[FRAMES][SNAPLEN];
};

static void put(struct bytes *bytes, const void *data, size_t n)
{
	if (bytes->used + n > bytes->size) {
		bytes->size = (bytes->used + n) * 2;
		bytes->data = realloc(bytes->data, bytes->size);
		if (!bytes->data)
			abort();
	}
	if (n)
		memcpy(bytes->data + bytes->used, data, n);
	bytes->used += n;
}

static void put_u16(struct bytes *bytes, uint16_t value)
{
	put(bytes, &value, sizeof(value));
}

static void put_u32(struct bytes *bytes, uint32_t value)
{
	put(bytes, &value, sizeof(value));
}

static void pad(struct bytes *bytes, size_t n)
{
	put(bytes, "\0\0\0", -n & 3);
}

static void put_option(struct bytes *bytes, uint16_t code, const void *data, size_t n)
{
	put_u16(bytes, code);
	put_u16(bytes, n);
	put(bytes, data, n);
	pad(bytes, n);
}

static size_t begin_block(struct bytes *bytes, uint32_t type)
{
	size_t start = bytes->used;

	put_u32(bytes, type);
	put_u32(bytes, 0);
	return start;
}

static void end_block(struct bytes *bytes, size_t start)
{
	uint32_t total;

	put_u32(bytes, 0); /* end of options */
	total = bytes->used + 4 - start;
	put_u32(bytes, total);
	memcpy(bytes->data + start + 4, &total, sizeof(total));
}

static void write_out(struct capture *capture)
{
	output_write(capture->fd, capture->out.data, capture->out.used);
	capture->out.used = 0;
}

static void put_section(struct bytes *out)
{
	static const char program[] = "pathlab";
	size_t start = begin_block(out, BLOCK_SECTION);
	int64_t unknown = -1;

	put_u32(out, 0x1a2b3c4d);
	put_u16(out, 1);
	put_u16(out, 0);
	put(out, &unknown, sizeof(unknown));
	put_option(out, OPTION_SHB_USERAPPL, program, sizeof(program) - 1);
	end_block(out, start);
}

static void put_interface(struct bytes *out, const char *node, const char *link)
{
	size_t start = begin_block(out, BLOCK_INTERFACE);
	uint8_t nanoseconds = 9;
	char name[256];
	int n = snprintf(name, sizeof(name), "%s.%s", node, link);

	put_u16(out, LINKTYPE_ETHERNET);
	put_u16(out, 0);
	put_u32(out, SNAPLEN);
	put_option(out, OPTION_IF_NAME, name, n);
	put_option(out, OPTION_IF_TSRESOL, &nanoseconds, 1);
	end_block(out, start);
}

struct capture *capture_start(int fd, const struct net *net, int64_t epoch_ns)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	const struct plan *plan = net->plan;
	struct timespec now;
	int bytes = RECEIVE_BUFFER, on = 1;

	if (!capture)
		abort();
	capture->fd = fd;
	capture->net = net;
	clock_gettime(CLOCK_REALTIME, &now);
	capture->realtime_to_scenario_ns =
		clock_ns() - epoch_ns - (now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
	capture->per_interface = calloc(plan->n_links * 2 + 1, sizeof(*capture->per_interface));
	if (!capture->per_interface)
		abort();
	for (size_t i = 0; i < plan->n_nodes; i++) {
		int packet_fd = net->spaces[i].packet_fd;

		/* Without the larger buffer a burst at one instant of virtual time would be cut. */
		if (setsockopt(packet_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
			setsockopt(packet_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
		setsockopt(packet_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	}
	put_section(&capture->out);
	for (size_t i = 0; i < plan->n_links; i++)
		for (int k = 0; k < 2; k++)
			put_interface(&capture->out, plan->nodes[plan->links[i].ends[k].node].name,
				      plan->links[i].name);
	write_out(capture);
	return capture;
}

void capture_comment(struct capture *capture, int64_t scenario_ns, const char *text)
{
	struct comment *comments =
		realloc(capture->comments, (capture->n_comments + 1) * sizeof(*comments));
	char line[1024];

	if (!comments)
		abort();
	snprintf(line, sizeof(line), "%lld.%09lld s: %s", (long long)(scenario_ns / 1000000000),
		 (long long)(scenario_ns % 1000000000), text);
	capture->comments = comments;
	comments[capture->n_comments].time_ns = scenario_ns;
	comments[capture->n_comments].text = strdup(line);
	if (!comments[capture->n_comments++].text)
		abort();
}

static bool find_interface(const struct plan *plan, size_t node, unsigned ifindex,
			   unsigned *interface)
{
	for (size_t i = 0; i < plan->n_links; i++)
		for (int k = 0; k < 2; k++)
			if (plan->links[i].ends[k].node == node &&
			    plan->links[i].ends[k].ifindex == ifindex) {
				*interface = 2 * i + k;
				return true;
			}
	return false; /* lo */
}

static int64_t packet_time(const struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c;
	     c = CMSG_NXTHDR((struct msghdr *)header, c)) {
		struct timespec time;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&time, CMSG_DATA(c), sizeof(time));
		return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
	}
	return 0;
}

static void keep_packet(struct capture *capture, const struct packet *packet)
{
	if (capture->n_packets == capture->packets_size) {
		capture->packets_size = capture->packets_size * 2 + 64;
		capture->packets = realloc(capture->packets,
					   capture->packets_size * sizeof(*capture->packets));
		if (!capture->packets)
			abort();
	}
	capture->packets[capture->n_packets] = *packet;
	capture->packets[capture->n_packets].order = capture->n_packets;
	capture->n_packets++;
}

static void take_frame(struct capture *capture, size_t node, const struct mmsghdr *received,
		       const uint8_t *frame)
{
	const struct sockaddr_ll *from = received->msg_hdr.msg_name;
	struct packet packet = {
		.length = received->msg_len,
		.time_ns = packet_time(&received->msg_hdr) + capture->realtime_to_scenario_ns,
		.flags = from->sll_pkttype == PACKET_OUTGOING ? FLAG_OUTBOUND : FLAG_INBOUND,
		.captured = received->msg_len < SNAPLEN ? received->msg_len : SNAPLEN,
	};

	if (packet.time_ns < 0 ||
	    !find_interface(capture->net->plan, node, from->sll_ifindex, &packet.interface))
		return;
	packet.data = malloc(packet.captured + 1);
	if (!packet.data)
		abort();
	memcpy(packet.data, frame, packet.captured);
	keep_packet(capture, &packet);
}

/* Frames come several at a time; fewer than were asked for means that there are no more. */
static void read_socket(struct capture *capture, size_t node)
{
	int n;

	do {
		char control[FRAMES][CMSG_SPACE(sizeof(struct timespec))];
		struct sockaddr_ll from[FRAMES];
		struct iovec parts[FRAMES];
		struct mmsghdr received[FRAMES];

		for (size_t i = 0; i < FRAMES; i++) {
			parts[i] = (struct iovec){ capture->frames[i], SNAPLEN };
			received[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &parts[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i]),
			};
		}
		n = recvmmsg(capture->net->spaces[node].packet_fd, received, FRAMES, MSG_TRUNC,
			     NULL);
		for (int i = 0; i < n; i++)
			take_frame(capture, node, &received[i], capture->frames[i]);
		/* ENETDOWN: an interface went down; the socket goes on */
	} while (n == FRAMES || (n < 0 && (errno == EINTR || errno == ENETDOWN)));
}

/* At one instant, what leaves an interface comes before what arrives at its peer. */
static int compare_packets(const void *left, const void *right)
{
	const struct packet *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void put_comments(struct capture *capture, struct bytes *out, int64_t until_ns)
{
	size_t n = 0;

	if (!capture->n_comments)
		return;
	while (n < capture->n_comments && capture->comments[n].time_ns <= until_ns) {
		put_option(out, OPTION_COMMENT, capture->comments[n].text,
			   strlen(capture->comments[n].text));
		free(capture->comments[n++].text);
	}
	capture->n_comments -= n;
	memmove(capture->comments, capture->comments + n,
		capture->n_comments * sizeof(*capture->comments));
}

static void put_packet(struct capture *capture, const struct packet *packet)
{
	struct bytes *out = &capture->out;
	size_t start = begin_block(out, BLOCK_PACKET);

	put_u32(out, packet->interface);
	put_u32(out, (uint64_t)packet->time_ns >> 32);
	put_u32(out, packet->time_ns);
	put_u32(out, packet->captured);
	put_u32(out, packet->length);
	put(out, packet->data, packet->captured);
	pad(out, packet->captured);
	put_comments(capture, out, packet->time_ns);
	put_option(out, OPTION_EPB_FLAGS, &packet->flags, sizeof(packet->flags));
	end_block(out, start);
	capture->per_interface[packet->interface]++;
	capture->written++;
}

void capture_read(struct capture *capture, size_t node)
{
	read_socket(capture, node);
}

void capture_write(struct capture *capture)
{
	if (!capture->n_packets)
		return;
	qsort(capture->packets, capture->n_packets, sizeof(*capture->packets), compare_packets);
	for (size_t i = 0; i < capture->n_packets; i++) {
		put_packet(capture, &capture->packets[i]);
		free(capture->packets[i].data);
	}
	capture->n_packets = 0;
	write_out(capture);
}

uint64_t capture_finish(struct capture *capture)
{
	const struct plan *plan = capture->net->plan;
	uint64_t written;

	for (size_t i = 0; i < plan->n_nodes; i++)
		capture_read(capture, i);
	capture_write(capture);
	for (unsigned i = 0; i < plan->n_links * 2; i++) {
		size_t start = begin_block(&capture->out, BLOCK_STATISTICS);

		put_u32(&capture->out, i);
		put_u32(&capture->out, 0);
		put_u32(&capture->out, 0);
		put_comments(capture, &capture->out, INT64_MAX);
		put_option(&capture->out, OPTION_ISB_IFRECV, &capture->per_interface[i],
			   sizeof(uint64_t));
		end_block(&capture->out, start);
	}
	write_out(capture);
	written = capture->written;
	for (size_t i = 0; i < capture->n_comments; i++)
		free(capture->comments[i].text);
	free(capture->comments);
	free(capture->packets);
	free(capture->per_interface);
	free(capture->out.data);
	free(capture);
	return written;
}
