// SPDX-License-Identifier: GPL-2.0-only
// The table of sockets of a session, and the clock.
#include "loop.h"
#include "state.h"
#include "traffic.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t session_now_ns(const struct session *session)
{
	return clock_now_ns() - session->options.epoch_ns;
}

void call_prepare(const struct session *session)
{
	if (session->options.poison_errno)
		errno = session->options.poison_errno;
	// libsctp looks at errno after success too: sctp_connectx() would take an old ENOPROTOOPT
	// for the kernel's and connect a second time.
	errno = 0;
}

struct socket_entry *socket_find(const struct session *session, const char *name)
{
	struct socket_entry *entry = session->sockets;

	while (entry && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

struct socket_entry *socket_add(struct session *session, const char *name, int fd)
{
	struct socket_entry *entry = calloc(1, sizeof(*entry)), **link = &session->sockets;

	if (!entry)
		return NULL;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->fd = fd;
	while (*link)
		link = &(*link)->next;
	*link = entry;
	return entry;
}

void socket_forget(struct session *session, struct socket_entry *entry)
{
	struct socket_entry **link = &session->sockets;

	traffic_stop(session, entry);
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	free(entry);
}

void socket_want_info(const struct session *session, struct socket_entry *entry)
{
	int on = 1;

	if (entry->receive_info || entry->family == 0)
		return;
	entry->receive_info = true;
	call_prepare(session);
	setsockopt(entry->fd, SOL_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
}
