// SPDX-License-Identifier: GPL-2.0-only
// Calling gnuplot(1).
#include "lab/gnuplot.h"

#include "lab/common/text.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	    "gnuplot"
#define TITLE_WIDTH 100 /* characters */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length > n && strcmp(text + length - n, end) == 0;
}

static bool is_on_path(const char *program)
{
	char *path = text_format("%s", getenv("PATH") ?: "/usr/bin:/bin"), *rest = path, *folder;
	bool found = false;

	while (!found && (folder = strsep(&rest, ":"))) {
		char *file = text_format("%s/%s", *folder ? folder : ".", program);

		found = access(file, X_OK) == 0;
		free(file);
	}
	free(path);
	return found;
}

bool gnuplot_check_name(const char *command, const char *file)
{
	if (ends_with(file, ".svg") || ends_with(file, ".png"))
		return true;
	fprintf(stderr, "%s: --plot is \"%s\", expected a name that ends in .svg or .png\n",
		command, file);
	return false;
}

bool gnuplot_check_program(const char *command)
{
	if (is_on_path(PROGRAM))
		return true;
	fprintf(stderr,
		"%s: --plot needs " PROGRAM
		", which is not installed; on Debian its package is gnuplot-nox\n",
		command);
	return false;
}

/* A string of gnuplot. In single quotes only these are special; in double ones back quotes would run a command. */
void gnuplot_put_string(FILE *out, const char *text, size_t length)
{
	putc('\'', out);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'')
			putc('\'', out);
		putc((unsigned char)text[i] < ' ' ? ' ' : text[i], out);
	}
	putc('\'', out);
}

/* The summary on lines of a title's width. */
void gnuplot_put_title(FILE *out, const char *text)
{
	fputs("set title ", out);
	while (strlen(text) > TITLE_WIDTH) {
		size_t length = TITLE_WIDTH;

		while (length > 0 && text[length] != ' ')
			length--;
		if (length == 0)
			break;
		gnuplot_put_string(out, text, length);
		fputs(" . \"\\n\" . ", out);
		text += length + 1;
	}
	gnuplot_put_string(out, text, strlen(text));
	fputs(" offset 0,0.3\n", out);
}

/* Where gnuplot writes. (owned) */
static char *name_part(const char *file)
{
	return text_format("%s.part", file);
}

void gnuplot_put_output(FILE *out, const char *file, const char *id, const int size[2])
{
	char *part = name_part(file);

	if (ends_with(file, ".svg"))
		fprintf(out,
			"set terminal svg noenhanced size %d,%d font 'Helvetica,14' background rgb "
			"'#ffffff' name '%s'\n",
			size[0], size[1], id);
	else
		fprintf(out, "set terminal pngcairo noenhanced size %d,%d font 'Sans,14'\n",
			size[0] * 4 / 3, size[1] * 4 / 3);
	fputs("set output ", out);
	gnuplot_put_string(out, part, strlen(part));
	putc('\n', out);
	free(part);
}

/* Runs gnuplot on a script, without a shell, and without the user's own settings, so that they change no plot. */
static bool run(const char *script, size_t size)
{
	char *const arguments[] = { (char *)PROGRAM, (char *)"-d", NULL };
	posix_spawn_file_actions_t actions;
	int fd = memfd_create("plot", MFD_CLOEXEC), status = -1;
	bool good =
		fd >= 0 && write(fd, script, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (good)
		good = !posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO) &&
		       !posix_spawnp(&pid, PROGRAM, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (fd >= 0)
		close(fd);
	while (good && waitpid(pid, &status, 0) < 0)
		good = errno == EINTR;
	return good && status == 0;
}

bool gnuplot_draw(const char *command, const char *file, const char *script, size_t size)
{
	char *part = name_part(file);
	bool good = run(script, size) && rename(part, file) == 0;

	if (!good) {
		fprintf(stderr, "%s: " PROGRAM " could not draw %s\n", command, file);
		unlink(part);
	}
	free(part);
	return good;
}
