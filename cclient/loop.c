// SPDX-License-Identifier: GPL-2.0-only
// The wait for everything at once, with epoll(7) and a timerfd.
// poll(2) would round its time-out by up to 0.1 s (timer slack); a timerfd is exact.
#include "loop.h"

#include "await.h"
#include "message.h"
#include "names.h"
#include "output.h"
#include "traffic.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BATCH 16 // events taken at once

// What epoll gives back for in_fd and the timer, where sockets give their entry.
static char input_mark, timer_mark;

bool loop_is_needed(const struct session *session)
{
	if (session->traffic || session->awaits)
		return true;
	for (const struct socket_entry *entry = session->sockets; entry; entry = entry->next)
		if (entry->watched)
			return true;
	return false;
}

bool loop_is_alive(const struct session *session)
{
	if (session->traffic)
		return true;
	for (const struct socket_entry *entry = session->sockets; entry; entry = entry->next)
		if (entry->watched && (entry->many || !(entry->hung_up || entry->ended)))
			return true;
	return false;
}

// Makes the epoll and timer descriptors when they are first needed. False, with errno: no more.
static bool loop_open(struct session *session)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.ptr = &timer_mark };

	if (session->epoll_fd >= 0)
		return true;
	session->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	session->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (session->epoll_fd >= 0 && session->timer_fd >= 0 &&
	    epoll_ctl(session->epoll_fd, EPOLL_CTL_ADD, session->timer_fd, &event) == 0)
		return true;
	session->output_failed = true;
	return false;
}

static int loop_ask(struct session *session, struct socket_entry *entry, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = entry };
	int action = entry->polled == 0 ? EPOLL_CTL_ADD :
		     events == 0	? EPOLL_CTL_DEL :
					  EPOLL_CTL_MOD;
	int ret;

	if (events == entry->polled)
		return 0;
	if (!loop_open(session))
		return -1;
	ret = epoll_ctl(session->epoll_fd, action, entry->fd, &event);
	if (ret == 0)
		entry->polled = events;
	return ret;
}

static uint32_t events_wanted(const struct socket_entry *entry)
{
	uint32_t events = entry->watched ? EPOLLIN | EPOLLRDHUP : 0;

	if (entry->waiting > 0)
		events |= EPOLLOUT | EPOLLET;
	// Errors and hang-ups are always reported: edge-triggered, only when something changes.
	if (events && entry->quiet)
		events |= EPOLLET;
	return events;
}

void loop_update(struct session *session, struct socket_entry *entry)
{
	loop_ask(session, entry, events_wanted(entry));
}

int loop_watch(struct session *session, struct socket_entry *entry, bool on)
{
	entry->watched = on;
	if (on)
		socket_want_info(session, entry);
	call_prepare(session);
	if (loop_ask(session, entry, events_wanted(entry)) == 0)
		return 0;
	entry->watched = false;
	return -1;
}

struct socket_entry *loop_accepted(struct session *session, const struct socket_entry *listener,
				   struct answer *answer, const char *name, int fd,
				   const struct sockaddr *peer)
{
	struct socket_entry *entry = socket_add(session, name, fd);
	char text[ADDRESS_TEXT];

	if (!entry) {
		close(fd);
		return NULL;
	}
	entry->family = listener->family;
	entry->receive_info = listener->receive_info;
	address_format(peer, text);
	answer_set(answer, "new", json_string_nocheck(name));
	answer_set(answer, "peer", json_string_nocheck(text));
	return entry;
}

// accept(2) of one association that waits. The listener may be a blocking one, and the association
// may have gone since poll said there is one: so it is made non-blocking for the moment. False when
// nothing was accepted.
static bool watch_accept(struct session *session, struct socket_entry *listener)
{
	struct answer answer = { .call = "accept", .socket = listener->name };
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	struct socket_entry *entry;
	char name[sizeof(listener->name)];
	int fd, nonblock = 1;

	do
		snprintf(name, sizeof(name), "%.*s.%u", SOCKET_NAME_MAX, listener->name,
			 ++listener->accepted);
	while (socket_find(session, name));
	if (!listener->nonblock)
		ioctl(listener->fd, FIONBIO, &nonblock);
	answer_begin(session, &answer);
	fd = accept4(listener->fd, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
	answer_end(session, &answer, fd);
	nonblock = 0;
	if (!listener->nonblock)
		ioctl(listener->fd, FIONBIO, &nonblock);
	if (fd < 0) {
		listener->accepted--;
		// Out of descriptors: the association stays in the queue, and poll says so for
		// ever.
		listener->quiet = true;
		loop_update(session, listener);
		if (answer.error == EAGAIN)
			return false;
	}
	answer.args = json_object();
	output_set(answer.args, "new", json_string_nocheck(name));
	entry = fd >= 0 ? loop_accepted(session, listener, &answer, name, fd,
					(struct sockaddr *)&peer) :
			  NULL;
	answer_set(&answer, "auto", json_true());
	answer_print(session, &answer);
	if (entry)
		loop_watch(session, entry, true);
	return entry != NULL;
}

// Receives one message or notification and prints it. False: there was none.
static bool watch_receive(struct session *session, struct socket_entry *entry)
{
	struct received received;
	struct answer answer = { .call = "recvmsg", .socket = entry->name };
	json_t *line;
	ssize_t length = message_receive(session, entry->fd, RECEIVE_MAX, MSG_DONTWAIT, &received);

	if (length > 0) {
		bool notification = received.flags & MSG_NOTIFICATION;

		entry->hung_up = false;
		entry->ended = message_is_end(&received);
		line = output_begin(session, notification ? "notification" : "message", NULL);
		output_set(line, "socket", json_string_nocheck(entry->name));
		output_set(line, "time", json_integer(session_now_ns(session)));
		message_json(line, &received);
		output_line(session, line);
		if (notification && session->awaits)
			await_run(session, true);
		return true;
	}
	answer_end(session, &answer, length);
	if (answer.error != 0 && answer.error != EAGAIN) {
		answer.start_ns = answer.end_ns;
		answer_set(&answer, "auto", json_true());
		answer_print(session, &answer);
	}
	return false;
}

// Whether something is in the receive queue. Unlike recvmsg(2) the question does not take the
// pending error away, which belongs to SO_ERROR.
static bool watch_has_more(const struct socket_entry *entry)
{
	int bytes = 0;

	return ioctl(entry->fd, SIOCINQ, &bytes) == 0 && bytes > 0;
}

static void watch_hang_up(struct session *session, struct socket_entry *entry, uint32_t events)
{
	json_t *line, *list;

	events &= EPOLLERR | EPOLLHUP | EPOLLRDHUP;
	entry->quiet = true;
	if (events && !entry->hung_up) {
		entry->hung_up = true;
		line = output_begin(session, "hangup", NULL);
		list = json_array();
		for (const struct name *name = names_poll; name->name; name++)
			if (events & (unsigned long)name->value)
				json_array_append_new(list, json_string_nocheck(name->name));
		output_set(line, "socket", json_string_nocheck(entry->name));
		output_set(line, "time", json_integer(session_now_ns(session)));
		output_set(line, "revents", list);
		output_line(session, line);
	}
	loop_update(session, entry);
}

static void watch_event(struct session *session, struct socket_entry *entry, uint32_t events)
{
	if (entry->waiting > 0 && events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		traffic_unblock(session, entry);
	if (!entry->watched)
		return;
	if (entry->listening && !entry->many) {
		// Edge-triggered, the kernel does not tell again of those that are left.
		while (watch_accept(session, entry) && entry->polled & EPOLLET)
			;
		return;
	}
	if (!(events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) && !(entry->polled & EPOLLET)) {
		// The usual case: exactly one is taken, and epoll tells whether there is more.
		if (!watch_receive(session, entry))
			watch_hang_up(session, entry, events);
		return;
	}
	while (watch_has_more(entry))
		if (!watch_receive(session, entry))
			break;
	if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
		watch_hang_up(session, entry, events);
}

static void timer_set(struct session *session, int64_t due_ns)
{
	struct itimerspec due = { 0 };

	if (due_ns == session->timer_ns)
		return;
	session->timer_ns = due_ns;
	if (due_ns != INT64_MAX) {
		// 0 would disarm it; a time in the past fires at once.
		due_ns = due_ns > 0 ? due_ns : 1;
		due.it_value.tv_sec = due_ns / 1000000000;
		due.it_value.tv_nsec = due_ns % 1000000000;
	}
	timerfd_settime(session->timer_fd, TFD_TIMER_ABSTIME, &due, NULL);
}

static void input_poll(struct session *session, bool on)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &input_mark };

	if (session->input_polled == on || session->input_always || session->options.in_fd < 0)
		return;
	if (epoll_ctl(session->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, session->options.in_fd,
		      &event) == 0)
		session->input_polled = on;
	else
		session->input_always = true; // a file: epoll refuses it, and reading never waits
}

bool loop_wait(struct session *session, int64_t until_ns, bool input)
{
	struct epoll_event events[BATCH];
	int64_t due_ns = traffic_due_ns(session), await_ns = await_due_ns(session);
	bool ready = false, timer = false;
	int count;

	if (!loop_open(session))
		return false;
	input_poll(session, input);
	input = input && session->input_always;
	due_ns = await_ns < due_ns ? await_ns : due_ns;
	if (until_ns != 0)
		timer_set(session, due_ns < until_ns ? due_ns : until_ns);
	count = epoll_wait(session->epoll_fd, events, BATCH, until_ns == 0 || input ? 0 : -1);
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == &input_mark) {
			ready = true;
		} else if (events[i].data.ptr == &timer_mark) {
			timer = true;
			session->timer_ns = INT64_MAX;
		} else {
			watch_event(session, events[i].data.ptr, events[i].events);
		}
	}
	if (session->traffic && (timer || until_ns == 0))
		traffic_run(session);
	if (session->awaits && (timer || until_ns == 0))
		await_run(session, false);
	return ready || input;
}

void loop_catch_up(struct session *session)
{
	// A peer that never stops sending must not keep the commands from their turn.
	enum { ROUNDS = 64 };
	struct epoll_event event;

	for (int i = 0; i < ROUNDS && session->epoll_fd >= 0; i++) {
		input_poll(session, false);
		if (epoll_wait(session->epoll_fd, &event, 1, 0) != 1)
			break;
		if (event.data.ptr == &timer_mark)
			session->timer_ns = INT64_MAX;
		else if (event.data.ptr != &input_mark)
			watch_event(session, event.data.ptr, event.events);
	}
	if (session->traffic)
		traffic_run(session);
	if (session->awaits)
		await_run(session, false);
}
