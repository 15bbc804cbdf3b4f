// SPDX-License-Identifier: GPL-2.0-only
// A command in a node of a network, without a timeline: its plan, and its run.
#define _GNU_SOURCE 1
#include "lab/exec.h"

#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/front/find.h"
#include "lab/front/plan.h"
#include "lab/front/topology.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A scenario that has no file: sentences about it have no place. */
#define NO_FILE		  "exec"
#define WATCH_INTERVAL_MS 50

static char *quote(const char *text)
{
	json_t *json = json_string(text);
	char *quoted = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;

	json_decref(json);
	return quoted;
}

/* Words of a YAML list; NULL when one is not UTF-8. */
static char *quote_words(char *const *words)
{
	char *list = text_format("%s", "");

	for (size_t i = 0; words[i]; i++) {
		char *word = quote(words[i]), *longer;

		if (!word) {
			free(list);
			return NULL;
		}
		longer = text_format("%s%s%s", list, i ? ", " : "", word);
		free(word);
		free(list);
		list = longer;
	}
	return list;
}

char *exec_first_node(const char *name)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	char *nearest = NULL, *file = find_topology(name, NULL, &nearest), *node = NULL;
	const struct topology *topology = file ? topology_load(&front, file) : NULL;

	if (topology)
		node = text_format("%s", topology->nodes[0].name);
	arena_free(&front.arena);
	diag_clear(&diag);
	free(nearest);
	free(file);
	return node;
}

static void print_sentences(const struct exec_request *request, const struct diag *diag)
{
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_entry *entry = &diag->entries[i];

		if (entry->file && strcmp(entry->file, NO_FILE) != 0)
			fprintf(stderr, "%s:%d:%d: %s\n", entry->file, entry->line, entry->column,
				entry->message);
		else
			fprintf(stderr, "%s: %s\n", request->command, entry->message);
	}
}

const char *own_program(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return path;
}

json_t *exec_make_plan(const struct exec_request *request)
{
	char *words = quote_words(request->words), *topology = quote(request->topology);
	char *node = quote(request->node), *text = NULL;
	struct diag diag = { 0 };
	json_t *plan = NULL, *endpoint;

	if (!words || !topology || !node) {
		fprintf(stderr, "%s: the command is not UTF-8\n", request->command);
	} else {
		text = text_format(
			"summary: A command in a node.\n"
			"topology: %s\n"
			"endpoints: {command: {node: %s, run: [%s], environment: {%s}}}\n"
			"timeline: [{at: 0s, start: command}]\n"
			"expect: [{exit: command}]\n"
			"capture: off\n"
			"limit: 8760h\n",
			topology, node, words, request->environment ?: "");
		plan = plan_from_text(text, strlen(text), NO_FILE, &diag);
		if (!plan)
			print_sentences(request, &diag);
	}
	if (plan && request->by_hand)
		json_object_set_new(plan, "by_hand",
				    json_pack("{s:s, s:s, s:s}", "program", own_program(), "file",
					      NO_FILE, "text", text));
	if (plan) {
		endpoint = json_array_get(json_object_get(plan, "endpoints"), 0);
		json_object_set_new(json_object_get(endpoint, "program"), "terminal",
				    json_string(request->terminal));
	}
	diag_clear(&diag);
	free(text);
	free(node);
	free(topology);
	free(words);
	return plan;
}

/* Copies what a file has more than was copied before. */
static void copy_rest(int from, int to, off_t *done)
{
	char buffer[65536];
	ssize_t n;

	while ((n = pread(from, buffer, sizeof(buffer), *done)) > 0) {
		for (ssize_t at = 0; at < n;) {
			ssize_t written = write(to, buffer + at, n - at);

			if (written < 0 && errno != EINTR)
				return; /* nobody reads it any more */
			at += written > 0 ? written : 0;
		}
		*done += n;
	}
}

/* How the command ended, or after a sentence that it did not. */
static int read_status(const struct exec_request *request, const struct guest *guest)
{
	json_t *events = guest_events(guest), *event;
	char *console = guest_console(guest), problem[512];
	const char *trouble = NULL, *signal;
	int status = -1;
	size_t i;

	json_array_foreach(events, i, event) {
		if (jsonx_is(event, "event", "trouble"))
			trouble = jsonx_string(event, "message", "");
		if (!jsonx_is(event, "event", "exit"))
			continue;
		signal = jsonx_string(event, "signal", NULL);
		status = (int)jsonx_int(event, "status", 0);
		for (int number = 1; signal && number < NSIG; number++)
			if (sigabbrev_np(number) && !strcmp(sigabbrev_np(number), signal + 3))
				status = 128 + number;
	}
	if (status < 0) {
		if (guest->timed_out)
			trouble = "its virtual time stood still, and the guest was ended";
		else if (console_find_problem(console, problem, sizeof(problem)))
			trouble = problem;
		fprintf(stderr, "%s: the command did not come to its end: %s\n", request->command,
			trouble ? trouble : "the guest stopped before");
		status = EXIT_LABORATORY;
	}
	free(console);
	json_decref(events);
	return status;
}

int exec_run(const struct exec_request *request, json_t *plan, const int stdio[3])
{
	bool console = strcmp(request->terminal, "console") == 0;
	bool copies = !console && request->kernel->kind != KERNEL_KIND_HOST;
	struct guest_manner manner = { { stdio[0], stdio[1], stdio[2] }, console };
	struct guest guest = { .manner = &manner };
	int status = EXIT_LABORATORY;
	off_t done[2] = { 0, 0 };
	char why[600];

	if (!run_files_open(&guest.files, NULL, plan, why, sizeof(why)) ||
	    !guest_start(&guest, request->kernel, request->seed, why, sizeof(why))) {
		fprintf(stderr, "%s: %s\n", request->command, why);
		run_files_close(&guest.files);
		return status;
	}
	while (guest.pid) {
		struct pollfd end = { .fd = guest.pid_fd, .events = POLLIN };

		poll(&end, 1, WATCH_INTERVAL_MS);
		if (end.revents)
			guest_reap(&guest);
		else if (!console)
			guest_watch(&guest, request->patience_ns);
		for (int i = 0; copies && i < 2; i++)
			copy_rest(stdio[1 + i], STDOUT_FILENO + i, &done[i]);
	}
	status = read_status(request, &guest);
	run_files_close(&guest.files);
	return status;
}
