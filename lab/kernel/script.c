// SPDX-License-Identifier: GPL-2.0-only
// The scripts that make kernels: guest/build and others beside it.
#include "lab/kernel/script.h"

#include "lab/common/text.h"
#include "lab/launch/kernels.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool script_find(const char *name, struct script *script)
{
	snprintf(script->path, sizeof(script->path), "%s/../guest/%s", kernels_program_dir(), name);
	script->in_source = access(script->path, X_OK) == 0;
	if (script->in_source)
		return true;
	snprintf(script->path, sizeof(script->path), "%s/kernel/%s", kernels_program_dir(), name);
	return access(script->path, X_OK) == 0;
}

static _Noreturn void exec_script(const struct script *script, char *const *arguments)
{
	char *words[32] = { (char *)script->path };

	for (size_t i = 0; arguments[i] && i + 2 < sizeof(words) / sizeof(words[0]); i++)
		words[i + 1] = arguments[i];
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(script->path, words);
	fprintf(stderr, "pathlab kernel: cannot execute %s: %s\n", script->path, strerror(errno));
	_exit(3);
}

int script_run(const struct script *script, char *const *arguments)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before_int, before_quit;
	int status;
	pid_t pid;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &before_int);
	sigaction(SIGQUIT, &ignore, &before_quit);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGINT, &before_int, NULL);
		sigaction(SIGQUIT, &before_quit, NULL);
		exec_script(script, arguments);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &before_int, NULL);
	sigaction(SIGQUIT, &before_quit, NULL);
	if (pid < 0) {
		fprintf(stderr, "pathlab kernel: cannot start another process: %s\n",
			strerror(errno));
		return 3;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int script_ask(const struct script *script, const char *words, char *line, size_t size)
{
	char *path = text_quote_word(script->path);
	char *command = text_format("exec %s %s 2>&1 >/dev/null", path, words), rest[512];
	FILE *in = popen(command, "re");
	int status;

	*line = '\0';
	if (in && fgets(line, (int)size, in))
		line[strcspn(line, "\n")] = '\0';
	while (in && fgets(rest, sizeof(rest), in))
		;
	status = in ? pclose(in) : -1;
	free(command);
	free(path);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
