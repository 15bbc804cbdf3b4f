// SPDX-License-Identifier: GPL-2.0-only
// The scripts that make kernels: guest/build and others beside it.
#include "lab/kernel/script.h"

#include "lab/launch/kernels.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool script_find(const char *name, struct script *script)
{
	script->to_stderr = false;
	snprintf(script->path, sizeof(script->path), "%s/../guest/%s", kernels_program_dir(), name);
	script->in_source = access(script->path, X_OK) == 0;
	if (script->in_source)
		return true;
	snprintf(script->path, sizeof(script->path), "%s/kernel/%s", kernels_program_dir(), name);
	return access(script->path, X_OK) == 0;
}

const char *script_link_folder(const struct script *script)
{
	const char *given = getenv("PATHLAB_GUESTS");

	if (given && *given)
		return given;
	return script->in_source ? NULL : kernels_user_dir();
}

static _Noreturn void exec_script(const struct script *script, char *const *arguments)
{
	char *words[32] = { (char *)script->path };

	for (size_t i = 0; arguments[i] && i + 2 < sizeof(words) / sizeof(words[0]); i++)
		words[i + 1] = arguments[i];
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (script->to_stderr)
		dup2(STDERR_FILENO, STDOUT_FILENO);
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

int script_make_kernel(const char *name, bool to_stderr, char *words[SCRIPT_WORDS_MAX], size_t n)
{
	struct script script;
	const char *folder;

	if (!script_find(name, &script)) {
		fprintf(stderr,
			"pathlab kernel: %s is missing; install pathlab again with `make install`\n",
			script.path);
		return 3;
	}
	script.to_stderr = to_stderr;
	folder = script_link_folder(&script);
	if (folder) {
		words[n++] = (char *)"--link";
		words[n++] = (char *)folder;
	}
	words[n] = NULL;
	return script_run(&script, words);
}

/* All that comes out of a pipe, which is closed then. */
static char *read_to_end(int fd)
{
	char *text = NULL, part[4096];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	ssize_t n;

	if (!out)
		abort();
	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			fwrite(part, 1, (size_t)n, out);
	close(fd);
	if (fclose(out))
		abort();
	return text;
}

int program_ask_all(char *const *arguments, int descriptor, char **text)
{
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], null = STDOUT_FILENO + STDERR_FILENO - descriptor, status = -1;
	bool good = false;
	pid_t pid;

	*text = NULL;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return -1;
	if (!posix_spawn_file_actions_init(&actions)) {
		good = !posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
							 O_RDONLY, 0) &&
		       !posix_spawn_file_actions_addopen(&actions, null, "/dev/null", O_WRONLY,
							 0) &&
		       !posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], descriptor) &&
		       !posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(pipe_fds[1]);
	*text = read_to_end(pipe_fds[0]);
	while (good && waitpid(pid, &status, 0) < 0)
		good = errno == EINTR;
	return good && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_ask(char *const *arguments, int descriptor, char *line, size_t size)
{
	char *text;
	int status = program_ask_all(arguments, descriptor, &text);

	snprintf(line, size, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ?: "");
	free(text);
	return status;
}
