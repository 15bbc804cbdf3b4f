// SPDX-License-Identifier: GPL-2.0-only
// The agent: builds the network of a plan, starts its endpoints, keeps its timeline, tells what happened.
//
//   pathlab-agent guest    as the first process of a guest: plan, events and capture are files of the guest's root
//   pathlab-agent vm       the same under QEMU, for several plans: they are in memory shared with the launcher
//   pathlab-agent host     on the host's kernel, in namespaces of its own: they are the descriptors 8, 7 and 6,
//                          and 10, 11 and 12 the standard ones of a command that is not watched (guest/preload.h)
//   pathlab-agent build    the same, but only builds the network, and says how long that took
#include "lab/agent/by_hand.h"
#include "lab/agent/capture.h"
#include "lab/agent/events.h"
#include "lab/agent/faults.h"
#include "lab/agent/guest.h"
#include "lab/agent/host_root.h"
#include "lab/agent/net.h"
#include "lab/agent/output.h"
#include "lab/agent/pause.h"
#include "lab/agent/prefault.h"
#include "lab/agent/timeline.h"
#include "lab/agent/vm.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { CAPTURE_FD = 6, EVENTS_FD = 7, PLAN_FD = 8, STDIN_AT = 10 };

static struct events events;
static struct plan plan;
static struct net net;
static bool under_qemu;

static void report_trouble(const char *what, const char *why)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s%s", what, *why ? ": " : "", why);
	events_add(&events, "trouble", json_pack("{s:s}", "message", text));
}

/*
 * Scenario time zero is a round instant soon after the set-up, so that the times in a scenario are round times of the
 * kernel's clock too; real time needs more room for the set-up than virtual time, in which it takes none.
 */
static int64_t choose_epoch(bool virtual_time)
{
	const int64_t grain = 100000000, room = virtual_time ? grain / 10 : 5 * grain;

	return (clock_ns() + room + grain - 1) / grain * grain;
}

static void tell_beginning(void)
{
	struct utsname name;
	struct timespec tick = { 0 };

	uname(&name);
	/* the coarse clock is that of the timer tick: 1/HZ */
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	events_add(&events, "begin",
		   json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "kernel", name.release, "nodes",
			     (json_int_t)plan.n_nodes, "links", (json_int_t)plan.n_links,
			     "endpoints", (json_int_t)plan.n_endpoints, "tick_ns",
			     (json_int_t)tick.tv_nsec, "booted_ns", (json_int_t)-events.epoch_ns));
}

/* What programs of one's own need beyond a network; on a host it is there. What it lacks, or NULL. */
static const char *prepare_programs(bool in_guest)
{
	bool furnished = !in_guest;

	for (size_t i = 0; i < plan.n_endpoints; i++) {
		struct program_plan *program = plan.endpoints[i].program;

		if (!program)
			continue;
		if (!in_guest)
			program->call_ns = 0; /* computing takes time there */
		if (!furnished && under_qemu && !host_root_enter())
			return "its programs' files are not there: is the kernel one without FUSE, fetched before "
			       "guest/vm.modules had it? guest/fetch brings it";
		if (!furnished)
			guest_furnish();
		furnished = true;
		for (int k = 0; program->terminal && k < 3; k++)
			program->stdio[k] = STDIN_AT + k;
		if (program->terminal && in_guest)
			guest_name_nodes(&net);
		if (program->terminal && in_guest &&
		    !guest_open_stdio(!strcmp(program->terminal, "console"), program->stdio))
			return "there is nothing to read from or write to";
	}
	return NULL;
}

static int run(int plan_fd, int capture_fd, bool virtual_time, bool build_only)
{
	struct laboratory lab = { .net = &net };
	struct timeline timeline = { .plan = &plan, .lab = &lab, .events = &events };
	const char *why;
	int64_t begun;
	int error;

	events.epoch_ns = lab.epoch_ns = choose_epoch(virtual_time);
	if (!plan_read(plan_fd, &plan, &why)) {
		report_trouble("the plan cannot be read", why);
		return 1;
	}
	faults_prepare(&plan);
	begun = clock_ns();
	error = net_build(&net, &plan);
	if (error) {
		report_trouble("the network could not be built", net.why);
		return 1;
	}
	if (build_only) {
		printf("%lld\n", (long long)(clock_ns() - begun));
		return 0;
	}
	tell_beginning();
	why = prepare_programs(virtual_time);
	if (why) {
		report_trouble("the run could not begin", why);
		return 1;
	}
	if (plan.capture)
		timeline.capture = capture_start(capture_fd, &net, events.epoch_ns);
	lab.endpoints = calloc(plan.n_endpoints + 1, sizeof(*lab.endpoints));
	if (!lab.endpoints)
		abort();
	/* Member by member: an assignment of the whole would touch every page of their buffers. */
	for (size_t i = 0; i < plan.n_endpoints; i++) {
		lab.endpoints[i].plan = &plan.endpoints[i];
		lab.endpoints[i].to = lab.endpoints[i].from = -1;
	}
	timeline.pause_ns = pause_wanted(&plan);
	if (json_object_get(plan.json, "by_hand") && virtual_time)
		timeline.by_hand = timeline.pause_ns == INT64_MAX;
	if (plan.sample)
		timeline.sampler = sampler_new(lab.endpoints, plan.n_endpoints);
	error = timeline_start_endpoints(&timeline);
	if (!error && timeline.by_hand)
		error = by_hand_open(&timeline);
	if (!error)
		error = timeline_run(&timeline);
	if (error)
		report_trouble("the run could not go on", strerror(error));
	else
		events_add(&events, "end",
			   json_pack("{s:I}", "packets",
				     (json_int_t)(timeline.capture ?
							  capture_finish(timeline.capture) :
							  0)));
	for (size_t i = 0; i < plan.n_endpoints; i++) {
		endpoint_kill(&lab.endpoints[i]);
		free(lab.endpoints[i].program);
	}
	free(lab.endpoints);
	return error ? 1 : 0;
}

/* In a process of its own, so that each plan finds everything as the first one did. */
static int run_in_vm(int plan_fd)
{
	int status;

	under_qemu = true;
	events.fd = OUTPUT_MAILBOX_EVENTS;
	status = run(plan_fd, OUTPUT_MAILBOX_CAPTURE, true, false);
	events_finish(&events);
	return status;
}

int main(int argc, char **argv)
{
	bool build_only = argc == 2 && !strcmp(argv[1], "build");
	int plan_fd = PLAN_FD, capture_fd = CAPTURE_FD, status;

	prefault_data();
	signal(SIGPIPE, SIG_IGN);
	events.fd = EVENTS_FD;
	/* The kernel adds words of its own behind ours. */
	if (argc >= 2 && !strcmp(argv[1], "guest")) {
		if (!guest_prepare(&plan_fd, &events.fd, &capture_fd))
			guest_power_off();
		run(plan_fd, capture_fd, true, false);
		events_finish(&events);
		guest_tell_leaks();
		guest_power_off();
	}
	if (argc >= 2 && !strcmp(argv[1], "vm"))
		vm_main(run_in_vm);
	if (!build_only && !(argc == 2 && !strcmp(argv[1], "host"))) {
		fprintf(stderr,
			"usage: pathlab-agent guest|vm|host|build (started by pathlab, not by hand)\n");
		return 2;
	}
	status = run(plan_fd, capture_fd, false, build_only);
	events_finish(&events);
	net_close(&net);
	plan_free(&plan);
	return status;
}
