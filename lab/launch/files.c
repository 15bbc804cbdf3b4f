// SPDX-License-Identifier: GPL-2.0-only
// The files of a run, with or without names.
#include "lab/launch/launch.h"

#include "lab/verdict/packets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool make_folders(const char *path, char *why, size_t size)
{
	char part[4096];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		snprintf(why, size, "the name of the folder to keep is too long");
		return false;
	}
	for (char *at = part + 1;; at++) {
		char was = *at;

		if (was != '/' && was)
			continue;
		*at = '\0';
		if (mkdir(part, 0777) && errno != EEXIST) {
			snprintf(why, size, "cannot make the folder %s: %s", part, strerror(errno));
			return false;
		}
		*at = was;
		if (!was)
			return true;
	}
}

static int open_file(const char *keep, const char *name, char *why, size_t size)
{
	char path[4200];
	int fd;

	if (!keep) {
		fd = memfd_create(name, MFD_CLOEXEC);
		if (fd < 0)
			snprintf(why, size, "cannot hold %s in memory: %s", name, strerror(errno));
		return fd;
	}
	snprintf(path, sizeof(path), "%s/%s", keep, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		snprintf(why, size, "cannot write %s: %s", path, strerror(errno));
	return fd;
}

/* Room is checked by writing the plan: on a full disk this is where it shows. */
static bool write_plan(int fd, const json_t *plan, char *why, size_t size)
{
	char *text = json_dumps(plan, JSON_INDENT(1));
	size_t length = text ? strlen(text) : 0, done = 0;
	ssize_t n = 1;

	while (done < length && n > 0) {
		n = write(fd, text + done, length - done);
		done += n > 0 ? n : 0;
	}
	free(text);
	if (done == length && length)
		return true;
	snprintf(why, size, "cannot write the plan: %s", strerror(errno));
	return false;
}

bool run_files_open(struct run_files *files, const char *keep, const json_t *plan, char *why,
		    size_t size)
{
	*files = (struct run_files){ -1, -1, -1, -1 };
	if (keep && !make_folders(keep, why, size))
		return false;
	files->plan = open_file(keep, "plan.json", why, size);
	files->events = files->plan < 0 ? -1 : open_file(keep, "events.jsonl", why, size);
	files->console = files->events < 0 ? -1 : open_file(keep, "console.log", why, size);
	if (files->console >= 0 && json_is_true(json_object_get(plan, "capture"))) {
		files->capture = open_file(keep, "capture.pcapng", why, size);
		if (files->capture < 0)
			run_files_close(files);
	}
	if (files->console >= 0 && write_plan(files->plan, plan, why, size) &&
	    !lseek(files->plan, 0, SEEK_SET))
		return true;
	run_files_close(files);
	return false;
}

void run_files_close(struct run_files *files)
{
	int fds[] = { files->plan, files->events, files->console, files->capture };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*files = (struct run_files){ -1, -1, -1, -1 };
}

bool run_files_full(const struct run_files *files)
{
	struct statvfs status;

	return !fstatvfs(files->events, &status) && status.f_blocks && !status.f_bavail;
}

static char *read_all(int fd, size_t *length)
{
	struct stat status;
	char *text;
	size_t done = 0;
	ssize_t n = 1;

	if (fstat(fd, &status))
		return NULL;
	text = malloc(status.st_size + 1);
	while (text && done < (size_t)status.st_size && n > 0) {
		n = pread(fd, text + done, status.st_size - done, done);
		done += n > 0 ? n : 0;
	}
	if (text)
		text[done] = '\0';
	*length = done;
	return text;
}

json_t *guest_events(const struct guest *guest)
{
	size_t length;
	char *text = read_all(guest->files.events, &length);
	json_t *events = text ? events_parse(text, length) : NULL;

	free(text);
	return events;
}

char *guest_console(const struct guest *guest)
{
	size_t length;

	return read_all(guest->files.console, &length);
}

struct packets *guest_packets(const struct guest *guest, const json_t *plan)
{
	return guest->files.capture < 0 ? NULL : packets_read(guest->files.capture, plan);
}
