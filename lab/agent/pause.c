// SPDX-License-Identifier: GPL-2.0-only
// A shell for which virtual time stands still. The guest's clock jumps when everything sleeps; so while a person thinks one
// process does not sleep: of the lowest class, it runs when nobody else wants to, and then opens a file whose opening takes
// the launcher as long as the person takes to type. To let time pass it is stopped for so long.
#include "lab/agent/pause.h"

#include "lab/agent/guest.h"
#include "lab/agent/programs.h"
#include "lab/common/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	bool begun, over;
	pid_t typist;		/* the process that does not sleep */
	int64_t advance_end_ns; /* scenario time; INT64_MAX: time stands still */
	struct endpoint_plan plan;
	struct endpoint shell;
} pause_state = { .advance_end_ns = INT64_MAX };

int64_t pause_wanted(const struct plan *plan)
{
	const json_t *pause = json_object_get(json_object_get(plan->json, "by_hand"), "pause");
	const json_t *at = json_object_get(pause, "at_ns");

	return !pause ? INT64_MAX : json_is_integer(at) ? json_integer_value(at) : INT64_MAX - 1;
}

/* Processes that want to run, this one among them (fs/proc/loadavg.c). */
static int count_running(void)
{
	char text[128] = "";
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC), running = 1;

	if (fd < 0)
		return 1;
	if (read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%*s %*s %*s %d/", &running);
	close(fd);
	return running;
}

static _Noreturn void type_for_ever(int terminal)
{
	struct pause_input input;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 });
	for (;;) {
		while (count_running() > 1)
			sched_yield();
		fd = open("/" PAUSE_INPUT_FILE, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &input, sizeof(input)) != (ssize_t)sizeof(input))
			_exit(1);
		close(fd);
		for (uint16_t i = 0; i < input.length && i < sizeof(input.bytes); i++)
			ioctl(terminal, TIOCSTI, &input.bytes[i]);
	}
}

static int start_typist(int terminal)
{
	pid_t pid = fork();

	if (!pid)
		type_for_ever(terminal);
	pause_state.typist = pid;
	return pid < 0 ? errno : 0;
}

static int start_shell(struct timeline *timeline, const json_t *pause)
{
	json_int_t node = json_integer_value(json_object_get(pause, "node"));
	struct endpoint_plan *plan = &pause_state.plan;
	struct endpoint *shell = &pause_state.shell;
	struct winsize size = {
		.ws_row = json_integer_value(json_object_get(pause, "rows")),
		.ws_col = json_integer_value(json_object_get(pause, "columns")),
	};
	int error;

	plan->name = "shell";
	if (!plan_read_program(json_object_get(pause, "program"), plan) || node < 0 ||
	    (size_t)node >= timeline->plan->n_nodes)
		return EINVAL;
	plan->node = node;
	guest_furnish();
	guest_name_nodes(timeline->lab->net);
	if (!guest_open_stdio(true, plan->program->stdio))
		return EIO;
	ioctl(plan->program->stdio[0], TIOCSWINSZ, &size);
	shell->plan = plan;
	shell->to = shell->from = -1;
	error = program_start(shell, timeline->lab->net);
	if (!error)
		timeline_watch(timeline, shell->program->end_fd, WAIT_PAUSE);
	return error ? error : start_typist(plan->program->stdio[0]);
}

int pause_begin(struct timeline *timeline)
{
	const json_t *plan = json_object_get(timeline->plan->json, "by_hand");

	pause_state.begun = true;
	return start_shell(timeline, json_object_get(plan, "pause"));
}

bool pause_begun(void)
{
	return pause_state.begun;
}

bool pause_over(void)
{
	return pause_state.over;
}

static void ignore_line(void *context, int stream, const char *text, size_t length, bool partial)
{
	(void)context;
	(void)stream;
	(void)text;
	(void)length;
	(void)partial;
}

void pause_take_end(void)
{
	program_finish(&pause_state.shell, ignore_line, NULL);
	kill(pause_state.typist, SIGKILL);
	waitpid(pause_state.typist, NULL, 0);
	pause_state.over = true;
}

void pause_advance(int64_t now_ns, int64_t length_ns)
{
	pause_state.advance_end_ns = now_ns + length_ns;
	kill(pause_state.typist, SIGSTOP);
}

bool pause_advanced(int64_t now_ns)
{
	if (now_ns < pause_state.advance_end_ns)
		return false;
	pause_state.advance_end_ns = INT64_MAX;
	kill(pause_state.typist, SIGCONT);
	return true;
}

int64_t pause_next_wake(void)
{
	return pause_state.advance_end_ns;
}
