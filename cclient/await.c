// SPDX-License-Identifier: GPL-2.0-only
// The background looks at paths.
#include "await.h"

#include "command.h"
#include "names.h"
#include "output.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdlib.h>
#include <string.h>

struct await {
	struct await *next; // (owned)
	char *tag;	    // (owned) or NULL
	char *socket;	    // (owned)
	char *path;	    // (owned)
	int state;
	int64_t start_ns, due_ns, every_ns;
	struct sockaddr_storage address; // with the port, once it is known; family 0 before
};

static void await_free(struct await *job)
{
	free(job->tag);
	free(job->socket);
	free(job->path);
	free(job);
}

bool await_start(struct session *session, const struct await_plan *plan)
{
	struct await *job = calloc(1, sizeof(*job)), **last = &session->awaits;

	if (!job)
		return false;
	job->tag = plan->tag ? strdup(plan->tag) : NULL;
	job->socket = strdup(plan->socket);
	job->path = strdup(plan->path);
	if ((plan->tag && !job->tag) || !job->socket || !job->path) {
		await_free(job);
		return false;
	}
	job->state = plan->state;
	job->start_ns = job->due_ns = plan->start_ns;
	job->every_ns = plan->every_ns;
	while (*last)
		last = &(*last)->next;
	*last = job;
	return true;
}

size_t address_host_length(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon ? (size_t)(colon - text) : strlen(text);
}

static bool is_path(const struct await *job, const struct sockaddr *address, size_t *size)
{
	char text[ADDRESS_TEXT];

	*size = address_format(address, text);
	return address_host_length(text) == strlen(job->path) &&
	       strncmp(text, job->path, strlen(job->path)) == 0;
}

// Finds the path among the peer's addresses: its port is the peer's.
static bool find_address(struct await *job, int fd, sctp_assoc_t assoc_id)
{
	struct sockaddr *addresses = NULL;
	int count = sctp_getpaddrs(fd, assoc_id, &addresses);
	const char *at = (const char *)addresses;
	size_t size = 1;

	for (int i = 0; i < count && size > 0; i++, at += size) {
		struct sockaddr_storage address = { 0 };

		memcpy(&address, at, sizeof(struct sockaddr_in));
		if (address.ss_family == AF_INET6)
			memcpy(&address, at, sizeof(struct sockaddr_in6));
		if (!is_path(job, (const struct sockaddr *)&address, &size))
			continue;
		job->address = address;
		break;
	}
	if (count > 0)
		sctp_freepaddrs(addresses);
	return job->address.ss_family != 0;
}

// Whether the path is in the state now.
static bool look(const struct session *session, struct await *job)
{
	const struct socket_entry *entry = socket_find(session, job->socket);
	struct sctp_paddrinfo info = { 0 };
	socklen_t length = sizeof(info);
	sctp_assoc_t assoc_id = 0;

	if (!entry)
		return false;
	call_prepare(session);
	if (entry->many)
		assoc_id = assoc_resolve(session, entry->fd, ASSOC_LAST);
	if (!job->address.ss_family && !find_address(job, entry->fd, assoc_id))
		return false;
	memcpy(&info.spinfo_address, &job->address, sizeof(job->address));
	call_prepare(session);
	if (sctp_opt_info(entry->fd, assoc_id, SCTP_GET_PEER_ADDR_INFO, &info, &length) == 0)
		return info.spinfo_state == job->state;
	// Only a potentially failed path is ever hidden (SCTP_EXPOSE_POTENTIALLY_FAILED_STATE).
	if (errno == EACCES)
		return job->state == SCTP_PF;
	// The association has gone; another one may come, of another port.
	job->address.ss_family = 0;
	return false;
}

static void await_print(struct session *session, const struct await *job)
{
	json_t *line = output_begin(session, "path", job->tag);
	char text[ADDRESS_TEXT];

	address_format((const struct sockaddr *)&job->address, text);
	output_set(line, "socket", output_string(job->socket));
	output_set(line, "time", json_integer(session_now_ns(session)));
	output_set(line, "address", json_string_nocheck(text));
	output_set(line, "state", json_string_nocheck(names_find(names_path_state, job->state)));
	output_line(session, line);
}

// The next look. A wait for what may never come gets cheaper with time: fewer than FINENESS looks fit in all that was
// waited before, so that hours of it cost no more than minutes.
static void plan_look(struct await *job, int64_t now_ns)
{
	enum { FINENESS = 10000 };
	int64_t share_ns = (now_ns - job->start_ns) / FINENESS;

	if (share_ns > job->every_ns)
		job->due_ns = now_ns + share_ns;
	else
		job->due_ns += ((now_ns - job->due_ns) / job->every_ns + 1) * job->every_ns;
}

void await_run(struct session *session, bool everywhere)
{
	int64_t now_ns = clock_now_ns();

	for (struct await **link = &session->awaits, *job; (job = *link);) {
		if (job->due_ns > now_ns && !everywhere) {
			link = &job->next;
			continue;
		}
		if (job->due_ns <= now_ns)
			plan_look(job, now_ns);
		if (!look(session, job)) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		await_print(session, job);
		await_free(job);
	}
}

void await_stop(struct session *session)
{
	while (session->awaits) {
		struct await *job = session->awaits;

		session->awaits = job->next;
		await_free(job);
	}
}

int64_t await_due_ns(const struct session *session)
{
	int64_t due_ns = INT64_MAX;

	for (const struct await *job = session->awaits; job; job = job->next)
		if (job->due_ns < due_ns)
			due_ns = job->due_ns;
	return due_ns;
}
