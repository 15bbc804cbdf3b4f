// SPDX-License-Identifier: GPL-2.0-only
// Kernels with a bug put back, or mended: made by guest/break, several at a time.
#include "lab/bugs/kernels.h"

#include "lab/commands.h"
#include "lab/kernel/catalog.h"
#include "lab/kernel/script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_MAX 64

void bug_base_read(struct bug_base *base)
{
	struct catalog catalog;
	char *name = base->kernel.name;
	const char *text, *package;

	catalog_read_names(&catalog, &name, 1);
	text = catalog.entries[0].version;
	/* what a distribution's kernel calls itself lacks the stable release that is in its package's version */
	package = catalog.entries[0].source ? strrchr(catalog.entries[0].source, ' ') : NULL;
	if (base->kernel.kind == KERNEL_KIND_VM && package)
		text = package + 1;
	if (!text || !parse_version_prefix(text, &base->version))
		base->version = (struct version){ 0 };
	catalog_free(&catalog);
}

/* Starts guest/break, which prints the kernel's folder on its standard output: of no use here. */
static pid_t start_break(const struct script *script, const struct bug_make *make)
{
	char *words[FILES_MAX + 12], *const base = (char *)make->base->kernel.name;
	const char *folder = script_link_folder(script);
	posix_spawn_file_actions_t actions;
	size_t n = 0;
	pid_t pid = -1;

	words[n++] = (char *)script->path;
	words[n++] = base;
	words[n++] = make->patch;
	for (size_t i = 0; i < make->bug->n_files && i < FILES_MAX; i++)
		words[n++] = (char *)make->bug->files[i];
	words[n++] = (char *)"--name";
	words[n++] = (char *)make->kernel.name;
	words[n++] = (char *)"--jobs";
	words[n++] = (char *)"1";
	if (folder) {
		words[n++] = (char *)"--link";
		words[n++] = (char *)folder;
	}
	words[n] = NULL;
	if (posix_spawn_file_actions_init(&actions))
		return -1;
	if (posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) ||
	    posix_spawn(&pid, script->path, &actions, NULL, words, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Waits for one of the scripts to end, and notes how. */
static int end_one(struct bug_make *makes, pid_t *pids, size_t n)
{
	int status, worst = 0;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	for (size_t i = 0; i < n; i++) {
		if (pids[i] != pid || pid < 0)
			continue;
		worst = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_LABORATORY;
		makes[i].failed = worst != 0;
		pids[i] = -1;
	}
	return worst;
}

/* A kernel that is ready may have gone by now, and a name may be too long. */
static int find_made(struct bug_make *make)
{
	char name[sizeof(make->kernel.name)], why[2048];
	bool unknown;

	if (make->failed)
		return 0;
	memcpy(name, make->kernel.name, sizeof(name));
	if (kernel_find(name, &make->kernel, why, sizeof(why), &unknown))
		return 0;
	fprintf(stderr, "pathlab bugs: %s\n", why);
	make->failed = true;
	return EXIT_LABORATORY;
}

int bug_kernels_make(struct bug_make *makes, size_t n, size_t at_a_time)
{
	struct script script;
	pid_t *pids = calloc(n + 1, sizeof(*pids));
	size_t running = 0;
	int worst = 0, status;

	if (!pids)
		abort();
	if (n && !script_find("break", &script)) {
		fprintf(stderr,
			"pathlab bugs: %s is missing; install pathlab again with `make install`\n",
			script.path);
		free(pids);
		return EXIT_LABORATORY;
	}
	for (size_t i = 0; i < n || running > 0;) {
		if (i < n && running < at_a_time) {
			snprintf(makes[i].kernel.name, sizeof(makes[i].kernel.name),
				 "%.120s.%.120s", makes[i].base->kernel.name, makes[i].bug->name);
			pids[i] = start_break(&script, &makes[i]);
			makes[i].failed = pids[i] < 0;
			running += pids[i] >= 0;
			worst = pids[i] < 0 ? EXIT_LABORATORY : worst;
			i++;
			continue;
		}
		status = end_one(makes, pids, i);
		worst = status > worst ? status : worst;
		running--;
	}
	for (size_t i = 0; i < n; i++) {
		status = find_made(&makes[i]);
		worst = status > worst ? status : worst;
	}
	free(pids);
	return worst > EXIT_LABORATORY ? EXIT_LABORATORY : worst;
}
