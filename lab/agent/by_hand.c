// SPDX-License-Identifier: GPL-2.0-only
// Steps that people type while a run goes on.
#include "lab/agent/by_hand.h"

#include "lab/agent/pause.h"
#include "lab/common/by_hand.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* There is one run a process. */
static struct {
	int listen_fd;
	json_int_t first_id; /* above all of the plan */
	json_t *typed;	     /* (owned) all words that came */
	json_t *steps;	     /* (owned) keeps what was added to the plan */
	int waits_fd;	     /* who waits for time to pass; -1: nobody */
} by_hand = { .listen_fd = -1, .waits_fd = -1 };

static json_int_t find_first_id(const struct plan *plan)
{
	json_int_t id = 0;

	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].id >= id)
			id = plan->steps[i].id + 1;
	return id;
}

static int make_commands(const char *program)
{
	static const char *const names[] = BY_HAND_COMMANDS;
	char path[128], beside[PATH_MAX];

	if (mkdir(BY_HAND_FOLDER, 0755))
		return errno;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), BY_HAND_FOLDER "/%s", names[i]);
		if (symlink(program, path))
			return errno;
	}
	/* SCTP calls are typed, too: cclient is where pathlab is, as built and as installed */
	snprintf(beside, sizeof(beside), "%.*s/cclient", (int)(strrchr(program, '/') - program),
		 program);
	return symlink(beside, BY_HAND_FOLDER "/cclient") ? errno : 0;
}

int by_hand_open(struct timeline *timeline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = BY_HAND_SOCKET };
	const json_t *plan = json_object_get(timeline->plan->json, "by_hand");
	const char *program = json_string_value(json_object_get(plan, "program"));
	int error = program ? make_commands(program) : EINVAL;

	if (error)
		return error;
	by_hand.first_id = find_first_id(timeline->plan);
	by_hand.typed = json_array();
	by_hand.steps = json_array();
	by_hand.listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (by_hand.listen_fd < 0 ||
	    bind(by_hand.listen_fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(by_hand.listen_fd, 16))
		return errno;
	timeline_watch(timeline, by_hand.listen_fd, WAIT_BY_HAND | (uint32_t)by_hand.listen_fd);
	return 0;
}

/* The ids of the faults that hold, and how each is written and since when it does. */
static void put_faults(const struct plan *plan, json_t *answer)
{
	json_t *in_force = json_array(), *faults = json_array();

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (step->action != STEP_FAULT || !step->in_force)
			continue;
		json_array_append_new(in_force, json_integer(step->id));
		json_array_append_new(faults, json_pack("{s:s, s:I}", "text", step->text,
							"since_ns", (json_int_t)step->at_ns));
	}
	json_object_set_new(answer, "in_force", in_force);
	json_object_set_new(answer, "faults", faults);
}

static json_t *tell_session(const struct timeline *timeline)
{
	const struct plan *plan = timeline->plan;
	json_t *nodes = json_array(), *answer;

	for (size_t i = 0; i < plan->n_nodes; i++)
		json_array_append_new(nodes, json_string(plan->nodes[i].name));
	answer = json_pack("{s:O, s:I, s:O, s:o, s:I}", "by_hand",
			   json_object_get(plan->json, "by_hand"), "first_id", by_hand.first_id,
			   "typed", by_hand.typed, "nodes", nodes, "now_ns",
			   (json_int_t)events_now(timeline->events));
	put_faults(plan, answer);
	return answer;
}

static json_t *carry_out(struct timeline *timeline, json_t *typed, json_t *steps)
{
	const char *message;

	json_array_append(by_hand.typed, typed);
	json_array_append(by_hand.steps, steps);
	message = timeline_do_now(timeline, steps);
	return json_pack("{s:s?}", "message", message);
}

/* NULL: the answer comes when so much time has passed. */
static json_t *advance(struct timeline *timeline, const json_t *request, int fd)
{
	if (!pause_begun())
		return json_pack("{s:s}", "message", "time is real here, and goes on by itself");
	if (by_hand.waits_fd >= 0)
		return json_pack("{s:s}", "message", "time goes on already");
	by_hand.waits_fd = fd;
	pause_advance(events_now(timeline->events),
		      json_integer_value(json_object_get(request, "advance_ns")));
	return NULL;
}

static void answer_and_close(int fd, json_t *answer /* (owned) */)
{
	char *words = json_dumps(answer, JSON_COMPACT);

	if (!words)
		abort();
	send(fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
	free(words);
	json_decref(answer);
	close(fd);
}

void by_hand_look(int64_t now_ns)
{
	if (by_hand.waits_fd < 0 || !pause_advanced(now_ns))
		return;
	answer_and_close(by_hand.waits_fd, json_pack("{s:I}", "now_ns", (json_int_t)now_ns));
	by_hand.waits_fd = -1;
}

/* The answer, a new reference; NULL when it comes later. */
static json_t *take_request(struct timeline *timeline, const json_t *request, int fd)
{
	json_t *typed = json_object_get(request, "typed"),
	       *steps = json_object_get(request, "steps");

	if (json_object_get(request, "ask"))
		return tell_session(timeline);
	if (json_is_array(typed) && json_is_array(steps))
		return carry_out(timeline, typed, steps);
	if (json_object_get(request, "advance_ns"))
		return advance(timeline, request, fd);
	return json_pack("{s:s}", "message", "the agent does not understand this");
}

static void take_connection(struct timeline *timeline)
{
	int fd = accept4(by_hand.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int room = BY_HAND_MESSAGE_MAX;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	timeline_watch(timeline, fd, WAIT_BY_HAND | (uint32_t)fd);
}

void by_hand_take(struct timeline *timeline, int fd)
{
	static char text[BY_HAND_MESSAGE_MAX];
	json_t *request, *answer;
	ssize_t n;

	if (fd == by_hand.listen_fd) {
		take_connection(timeline);
		return;
	}
	n = recv(fd, text, sizeof(text), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	request = json_loadb(text, n, 0, NULL);
	answer = take_request(timeline, request, fd);
	if (answer)
		answer_and_close(fd, answer);
	json_decref(request);
}
