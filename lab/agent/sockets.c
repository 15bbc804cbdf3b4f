// SPDX-License-Identifier: GPL-2.0-only
// The SCTP sockets of a running process, by pidfd_getfd(2).
#include "lab/agent/sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PF_EXITING = 0x4
}; /* <linux/sched.h> of the kernel, as proc(5) shows it; no header has it */

static bool can_be_asked(pid_t pid)
{
	char path[64], text[512], *at, state;
	unsigned int flags;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	at = strrchr(text, ')'); /* the name before it may hold anything */
	return at && sscanf(at, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) == 2 &&
	       !strchr("DZX", state) && !(flags & PF_EXITING);
}

static void open_process(struct process *process, pid_t pid)
{
	if (process->pid)
		close(process->pid_fd);
	process->pid_fd = pidfd_open(pid, 0);
	process->pid = process->pid_fd < 0 ? 0 : pid;
	process->count = 0;
}

static void add_socket(struct process *process, int number)
{
	int fd = pidfd_getfd(process->pid_fd, number, 0), protocol = 0, type = 0;
	socklen_t size = sizeof(int);
	struct stat status;

	if (fd < 0)
		return;
	if (!fstat(fd, &status) && S_ISSOCK(status.st_mode) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) &&
	    protocol == IPPROTO_SCTP && !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size)) {
		process->sockets =
			reallocarray(process->sockets, process->n + 1, sizeof(*process->sockets));
		if (!process->sockets)
			abort();
		process->sockets[process->n++] =
			(struct sctp_socket){ number, type != SOCK_STREAM };
	}
	close(fd);
}

/* The process's descriptors are only known to it and to /proc. */
static void list_sockets(struct process *process, const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	process->n = 0;
	while (folder && (entry = readdir(folder))) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);

		if (end != entry->d_name && !*end)
			add_socket(process, (int)number);
	}
	if (folder)
		closedir(folder);
}

bool process_find_sockets(struct process *process, pid_t pid, bool changed)
{
	struct stat status;
	char path[64];

	if (!can_be_asked(pid))
		return false;
	if (process->pid != pid)
		open_process(process, pid);
	if (!process->pid)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	/* Since Linux 6.2 the folder's size is the number of descriptors; before that it is 0, which tells nothing. */
	if (stat(path, &status))
		return false;
	if (changed || !status.st_size || status.st_size != process->count)
		list_sockets(process, path);
	process->count = status.st_size;
	return true;
}

int process_socket(const struct process *process, size_t index)
{
	return pidfd_getfd(process->pid_fd, process->sockets[index].number, 0);
}
