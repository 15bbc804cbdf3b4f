// SPDX-License-Identifier: GPL-2.0-only
// Builds one network in three ways, in turn, and says how long each took: the agent's builder, a shell script of `ip`
// commands, and `ip -batch`. In a guest it is the first process; on a host it expects namespaces of its own.
//
//   bench-network guest       the job is the guest's plan file, results are its events
//   bench-network host        the job is standard input, results go to standard output
//
// The job: {"plan": PLAN, "script": FILE, "batch": [[ARGUMENT...]...], "repeat": N}. With "repeat" 0 the results are not
// times but what `ip` shows of the builder's and the script's network. Times are ticks of the CPU's time
// stamp counter: a guest's own clock stands still while the CPU works.
#include "lab/agent/guest.h"
#include "lab/agent/net.h"
#include "lab/agent/plan.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

static int result_fd = STDOUT_FILENO;
static struct plan plan;

static int run_program(const char *const *arguments)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		dup2(result_fd, STDOUT_FILENO);
		dup2(result_fd, STDERR_FILENO);
		execv(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

static void put_line(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	dprintf(result_fd, "%s\n", text);
	free(text);
	json_decref(object);
}

static bool build(struct net *net)
{
	*net = (struct net){ 0 };
	if (!net_build(net, &plan))
		return true;
	put_line(json_pack("{s:s}", "error", net->why));
	return false;
}

static bool run_script(const json_t *job)
{
	const char *arguments[] = { "/bin/sh", "-e",
				    json_string_value(json_object_get(job, "script")), NULL };

	return !run_program(arguments);
}

static bool run_batch(const json_t *job)
{
	json_t *commands = json_object_get(job, "batch"), *command;
	size_t i;

	json_array_foreach(commands, i, command) {
		const char *arguments[16] = { NULL };

		for (size_t k = 0; k < json_array_size(command) && k < 15; k++)
			arguments[k] = json_string_value(json_array_get(command, k));
		if (run_program(arguments))
			return false;
	}
	return true;
}

static bool remove_named(void)
{
	const char *arguments[] = { "/sbin/ip", "-all", "netns", "delete", NULL };

	return !run_program(arguments);
}

static bool measure(const json_t *job)
{
	json_int_t repeat = json_integer_value(json_object_get(job, "repeat"));

	for (json_int_t i = 0; i < repeat; i++) {
		struct net net;
		json_int_t start[3], end[3];
		bool fine = true;

		start[0] = __rdtsc();
		if (!build(&net))
			return false;
		end[0] = __rdtsc();
		net_close(&net);
		start[1] = __rdtsc();
		fine &= run_script(job);
		end[1] = __rdtsc();
		fine &= remove_named();
		start[2] = __rdtsc();
		fine &= run_batch(job);
		end[2] = __rdtsc();
		fine &= remove_named();
		if (!fine) {
			put_line(json_pack("{s:s}", "error", "an ip command failed"));
			return false;
		}
		put_line(json_pack("{s:I, s:I, s:I}", "builder", end[0] - start[0], "script",
				   end[1] - start[1], "batch", end[2] - start[2]));
	}
	return true;
}

/* What `ip` shows inside a namespace. */
static bool show(const char *which, const char *node, int ns_fd)
{
	static const char *const shows[][8] = {
		{ "/sbin/ip", "-j", "-d", "address", "show", NULL },
		{ "/sbin/ip", "-j", "-4", "route", "show", "table", "all", NULL },
		{ "/sbin/ip", "-j", "-6", "route", "show", "table", "all", NULL },
		{ "/sbin/ip", "-j", "-4", "rule", "show", NULL },
		{ "/sbin/ip", "-j", "-6", "rule", "show", NULL },
		{ "/sbin/tc", "-j", "qdisc", "show", NULL },
	};
	bool fine = true;

	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]) && fine; i++) {
		pid_t pid;
		int status = -1;

		dprintf(result_fd, "%s %s %zu ", which, node, i);
		pid = fork();
		if (!pid) {
			dup2(result_fd, STDOUT_FILENO);
			if (!setns(ns_fd, CLONE_NEWNET))
				execv(shows[i][0], (char *const *)shows[i]);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		fine = !status;
		dprintf(result_fd, "\n");
	}
	return fine;
}

static bool compare(const json_t *job)
{
	struct net net;
	bool fine = build(&net);

	for (size_t i = 0; fine && i < plan.n_nodes; i++)
		fine = show("builder", plan.nodes[i].name, net.spaces[i].ns_fd);
	net_close(&net);
	fine = fine && run_script(job);
	/* The script's interfaces are given the two seconds in which duplicate address detection ends. */
	sleep(3);
	for (size_t i = 0; fine && i < plan.n_nodes; i++) {
		char path[256];
		FILE *space;

		snprintf(path, sizeof(path), "/run/netns/%s", plan.nodes[i].name);
		space = fopen(path, "r");
		fine = space && show("script", plan.nodes[i].name, fileno(space));
		if (space)
			fclose(space);
	}
	return remove_named() && fine;
}

int main(int argc, char **argv)
{
	bool guest = argc >= 2 && !strcmp(argv[1], "guest"), fine;
	int plan_fd = STDIN_FILENO, capture_fd;
	json_error_t error;
	const char *why = "";
	json_t *job;

	signal(SIGPIPE, SIG_IGN);
	if (guest && !guest_prepare(&plan_fd, &result_fd, &capture_fd))
		guest_power_off();
	/* ip-netns(8) keeps its names under /run. */
	mkdir("/run/netns", 0755);
	if (mount("none", "/run", "tmpfs", 0, NULL))
		put_line(json_pack("{s:s}", "error", "cannot mount /run"));
	job = json_loadf(fdopen(plan_fd, "r"), 0, &error);
	fine = job && plan_from_json(json_incref(json_object_get(job, "plan")), &plan, &why);
	if (!fine)
		put_line(json_pack("{s:s}", "error", *why ? why : error.text));
	else
		fine = json_integer_value(json_object_get(job, "repeat")) ? measure(job) :
									    compare(job);
	if (guest)
		guest_power_off();
	return fine ? 0 : 1;
}
