// SPDX-License-Identifier: GPL-2.0-only
// The background sender.
#include "traffic.h"

#include "loop.h"
#include "names.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ERRORS_MAX 16 // different errors of one job
// A full send buffer is waited for with POLLOUT. Should the kernel never say so, a look after this.
#define RETRY_NS 10000000000LL

struct traffic {
	struct traffic *next; // (owned)
	struct socket_entry *entry;
	char *tag; // (owned) or NULL
	int64_t start_ns, every_ns;
	uint64_t count, tried, sent, failed;
	bool blocked; // the last try found the send buffer full
	int64_t retry_ns;
	struct {
		int number;
		uint64_t count;
	} errors[ERRORS_MAX];
	struct outgoing outgoing;
	unsigned char *bytes; // (owned)
};

static void traffic_free(struct traffic *job)
{
	free(job->tag);
	free(job->bytes);
	free(job);
}

bool traffic_start(struct session *session, struct socket_entry *entry,
		   const struct traffic_plan *plan)
{
	struct traffic *job = calloc(1, sizeof(*job)), **last = &session->traffic;

	if (!job)
		return false;
	job->bytes = calloc(1, plan->size);
	job->tag = plan->tag ? strdup(plan->tag) : NULL;
	if (!job->bytes || (plan->tag && !job->tag)) {
		traffic_free(job);
		return false;
	}
	job->entry = entry;
	job->start_ns = plan->start_ns;
	job->every_ns = plan->every_ns;
	job->count = plan->count;
	job->outgoing.to = plan->to;
	job->outgoing.to.pointer = &job->outgoing.to.any;
	job->outgoing.info = plan->info;
	outgoing_prepare(&job->outgoing, job->bytes, plan->size);
	while (*last)
		last = &(*last)->next;
	*last = job;
	return true;
}

static void job_count_error(struct traffic *job, int number)
{
	size_t i = 0;

	job->failed++;
	// Beyond ERRORS_MAX kinds the last place counts the rest.
	while (i < ERRORS_MAX - 1 && job->errors[i].number != 0 && job->errors[i].number != number)
		i++;
	job->errors[i].number = number;
	job->errors[i].count++;
}

static void job_set_blocked(struct session *session, struct traffic *job, bool blocked)
{
	if (job->blocked == blocked)
		return;
	job->blocked = blocked;
	job->entry->waiting += blocked ? 1 : (unsigned)-1;
	loop_update(session, job->entry);
}

// Sends what is due at now_ns, as far as there is room.
static void job_run(struct session *session, struct traffic *job, int64_t now_ns)
{
	while (job->tried < job->count &&
	       job->start_ns + (int64_t)job->tried * job->every_ns <= now_ns) {
		if (job->blocked && now_ns < job->retry_ns)
			return;
		message_mark(job->bytes, job->tried, now_ns - session->options.epoch_ns);
		call_prepare(session);
		if (sendmsg(job->entry->fd, &job->outgoing.header, MSG_DONTWAIT | MSG_NOSIGNAL) >=
		    0) {
			job->sent++;
		} else if (errno == EAGAIN) {
			job->retry_ns = now_ns + RETRY_NS;
			job_set_blocked(session, job, true);
			return;
		} else {
			job_count_error(job, errno);
		}
		job->tried++;
		job_set_blocked(session, job, false);
	}
}

static void job_print(struct session *session, const struct traffic *job)
{
	json_t *line = output_begin(session, "traffic", NULL), *errors = json_object();

	for (size_t i = 0; i < ERRORS_MAX && job->errors[i].number; i++)
		output_set(errors, names_errno(job->errors[i].number),
			   json_integer((json_int_t)job->errors[i].count));
	output_set(line, "socket", json_string_nocheck(job->entry->name));
	output_set(line, "tag", job->tag ? output_string(job->tag) : NULL);
	output_set(line, "time", json_integer(session_now_ns(session)));
	output_set(line, "sent", json_integer((json_int_t)job->sent));
	output_set(line, "failed", json_integer((json_int_t)job->failed));
	output_set(line, "errors", errors);
	if (job->tried < job->count)
		output_set(line, "untried", json_integer((json_int_t)(job->count - job->tried)));
	output_line(session, line);
}

// Takes out the jobs that `ends` picks, and prints their lines.
static void traffic_end(struct session *session, const struct socket_entry *entry, bool all)
{
	struct traffic **link = &session->traffic;

	while (*link) {
		struct traffic *job = *link;

		if (!(all ? !entry || job->entry == entry : job->tried == job->count)) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		job_set_blocked(session, job, false);
		job_print(session, job);
		traffic_free(job);
	}
}

void traffic_run(struct session *session)
{
	int64_t now_ns = clock_now_ns();

	for (struct traffic *job = session->traffic; job; job = job->next)
		job_run(session, job, now_ns);
	traffic_end(session, NULL, false);
}

void traffic_unblock(struct session *session, const struct socket_entry *entry)
{
	for (struct traffic *job = session->traffic; job; job = job->next)
		if (job->entry == entry && job->blocked)
			job->retry_ns = 0;
	traffic_run(session);
}

void traffic_stop(struct session *session, const struct socket_entry *entry)
{
	traffic_end(session, entry, true);
}

int64_t traffic_due_ns(const struct session *session)
{
	int64_t due_ns = INT64_MAX;

	for (const struct traffic *job = session->traffic; job; job = job->next) {
		int64_t job_ns = job->blocked ? job->retry_ns :
						job->start_ns + (int64_t)job->tried * job->every_ns;

		if (job_ns < due_ns)
			due_ns = job_ns;
	}
	return due_ns;
}
