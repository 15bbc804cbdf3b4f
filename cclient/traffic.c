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

#define ERRORS_MAX 16  // different errors of one job
#define TURN_MAX   256 // messages of one job before others have their turn
// A full send buffer is waited for with POLLOUT. Should the kernel never say so, a look after this.
#define RETRY_NS 10000000000LL

struct traffic {
	struct traffic *next; // (owned)
	struct socket_entry *entry;
	struct traffic_plan plan; // its tag is (owned) or NULL
	uint16_t first_stream;
	uint64_t tried, sent, failed;
	bool blocked; // the last try found the send buffer full
	bool over;    // there is nothing more to try
	int64_t retry_ns;
	struct {
		int number;
		uint64_t count;
	} errors[ERRORS_MAX];
	unsigned char *bytes; // (owned)
};

static void traffic_free(struct traffic *job)
{
	free((char *)job->plan.tag);
	free(job->bytes);
	free(job);
}

bool traffic_start(struct session *session, struct socket_entry *entry,
		   const struct traffic_plan *plan)
{
	struct traffic *job = calloc(1, sizeof(*job)), **last = &session->traffic;
	struct outgoing *outgoing;

	if (!job)
		return false;
	job->plan = *plan;
	job->plan.tag = plan->tag ? strdup(plan->tag) : NULL;
	job->bytes = calloc(1, plan->size);
	if (!job->bytes || (plan->tag && !job->plan.tag)) {
		traffic_free(job);
		return false;
	}
	job->entry = entry;
	outgoing = &job->plan.outgoing;
	outgoing->to.pointer = &outgoing->to.any;
	job->first_stream = outgoing->info.snd_sid;
	outgoing_prepare(outgoing, job->bytes, plan->size);
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

static int64_t job_due_ns(const struct traffic *job)
{
	int64_t due_ns = job->blocked ?
				 job->retry_ns :
				 job->plan.start_ns + (int64_t)job->tried * job->plan.every_ns;

	return due_ns < job->plan.end_ns ? due_ns : job->plan.end_ns;
}

// Puts number, time and stream of the next message where sendmsg(2) finds them.
static void job_prepare(const struct session *session, struct traffic *job, int64_t now_ns)
{
	const struct traffic_plan *plan = &job->plan;

	message_mark(job->bytes, plan->flow, job->tried, now_ns - session->options.epoch_ns);
	if (plan->streams == 1)
		return;
	job->plan.outgoing.info.snd_sid =
		(uint16_t)(job->first_stream + job->tried % plan->streams);
	outgoing_prepare(&job->plan.outgoing, job->bytes, plan->size);
}

// Tries the next message. False when the send buffer is full.
static bool job_send(struct session *session, struct traffic *job, int64_t now_ns)
{
	const struct traffic_plan *plan = &job->plan;

	job_prepare(session, job, now_ns);
	call_prepare(session);
	if (sendmsg(job->entry->fd, &plan->outgoing.header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		job->sent++;
	} else if (errno == EAGAIN) {
		job->retry_ns = now_ns + RETRY_NS;
		job_set_blocked(session, job, true);
		return false;
	} else {
		job_count_error(job, errno);
		// Without an interval the next one would fail at once, and so on for ever.
		job->over = plan->every_ns == 0;
	}
	job->tried++;
	job->over |= job->tried == plan->count;
	job_set_blocked(session, job, false);
	return true;
}

// Sends what is due, as far as there is room, at most TURN_MAX messages.
static void job_run(struct session *session, struct traffic *job, int64_t *now_ns, bool *used)
{
	for (int turn = 0; turn < TURN_MAX && !job->over; turn++) {
		job->over = *now_ns >= job->plan.end_ns;
		if (job->over || job_due_ns(job) > *now_ns)
			return;
		// No two messages have the same time.
		if (*used)
			*now_ns = clock_now_ns();
		*used = true;
		if (!job_send(session, job, *now_ns))
			return;
	}
}

static void job_print(struct session *session, const struct traffic *job)
{
	json_t *line = output_begin(session, "traffic", NULL), *errors = json_object();

	for (size_t i = 0; i < ERRORS_MAX && job->errors[i].number; i++)
		output_set(errors, names_errno(job->errors[i].number),
			   json_integer((json_int_t)job->errors[i].count));
	output_set(line, "socket", json_string_nocheck(job->entry->name));
	output_set(line, "tag", job->plan.tag ? output_string(job->plan.tag) : NULL);
	output_set(line, "time", json_integer(session_now_ns(session)));
	output_set(line, "sent", json_integer((json_int_t)job->sent));
	output_set(line, "failed", json_integer((json_int_t)job->failed));
	output_set(line, "errors", errors);
	if (job->tried < job->plan.count && job->plan.count != UINT64_MAX)
		output_set(line, "untried",
			   json_integer((json_int_t)(job->plan.count - job->tried)));
	output_line(session, line);
}

// Takes out the jobs that `ends` picks, and prints their lines.
static void traffic_end(struct session *session, const struct socket_entry *entry, bool all)
{
	struct traffic **link = &session->traffic;

	while (*link) {
		struct traffic *job = *link;

		if (!(all ? !entry || job->entry == entry : job->over)) {
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
	bool used = false;

	for (struct traffic *job = session->traffic; job; job = job->next)
		job_run(session, job, &now_ns, &used);
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
		if (job_due_ns(job) < due_ns)
			due_ns = job_due_ns(job);
	}
	return due_ns;
}
