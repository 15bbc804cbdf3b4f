// SPDX-License-Identifier: GPL-2.0-only
// What the guest sees of the host: every file that the user can read, none that can be changed, and some that are not
// there (see preload.h).

#define _GNU_SOURCE
#include "preload.h"

#include "lab/common/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int window_find(const char *path)
{
	static const struct {
		const char *name;
		int fd;
	} files[] = {
		{ ".pathlab.plan", WINDOW_PLAN_FD },	   { ".pathlab.events", WINDOW_EVENTS_FD },
		{ ".pathlab.capture", WINDOW_CAPTURE_FD }, { ".pathlab.stdin", WINDOW_STDIN_FD },
		{ ".pathlab.stdout", WINDOW_STDOUT_FD },   { ".pathlab.stderr", WINDOW_STDERR_FD },
		{ PAUSE_INPUT_FILE, WINDOW_STDIN_FD },
	};

	while (*path == '/')
		path++;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(path, files[i].name))
			return files[i].fd;
	return -1;
}

bool window_has_terminal(void)
{
	struct stat status;

	return !syscall(SYS_fstat, WINDOW_TERMINAL_FD, &status) && S_ISSOCK(status.st_mode);
}

void window_wait(const char *path)
{
	char byte = 0;

	while (*path == '/')
		path++;
	if (strcmp(path, PAUSE_INPUT_FILE) != 0)
		return;
	/* the kernel's signals come meanwhile, too */
	while (syscall(SYS_write, WINDOW_TERMINAL_FD, &byte, 1) < 0 && errno == EINTR)
		;
	while (syscall(SYS_read, WINDOW_TERMINAL_FD, &byte, 1) < 0 && errno == EINTR)
		;
}

bool window_changes(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
}

int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *result)
{
	int fd = window_find(path);

	if (fd >= 0)
		return syscall(SYS_statx, fd, "", flags | AT_EMPTY_PATH, mask, result);
	return syscall(SYS_statx, dirfd, path, flags, mask, result);
}

/* What hostfs of kernels before 6.7 or so asks instead. */
int lstat64(const char *path, struct stat64 *status)
{
	int fd = window_find(path);

	if (fd >= 0)
		return syscall(SYS_fstat, fd, status);
	return syscall(SYS_lstat, path, status);
}

int lstat(const char *path, struct stat *status) __attribute__((alias("lstat64")));

int access(const char *path, int mode)
{
	if (window_find(path) >= 0)
		return 0;
	/* Without these the kernel skips a test of the host's pseudo-terminals, which takes longer than all else it tests. */
	if (!strcmp(path, "/dev/ptmx") || !strcmp(path, "/dev/ptyp0")) {
		errno = ENOENT;
		return -1;
	}
	return syscall(SYS_access, path, mode);
}

static int refuse(void)
{
	errno = EROFS;
	return -1;
}

/* hostfs_user.c changes the host's files with these; the kernel itself uses none of them but unlink() and mkdir(). */
int chmod(const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	return refuse();
}

int chown(const char *path, uid_t owner, gid_t group)
{
	(void)path;
	(void)owner;
	(void)group;
	return refuse();
}

/* By descriptor only what has no name may be changed: the kernel makes its memory file executable this way. */
static int refuse_named(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || status.st_nlink)
		return refuse();
	return 0;
}

int fchmod(int fd, mode_t mode)
{
	(void)mode;
	return refuse_named(fd);
}

int fchown(int fd, uid_t owner, gid_t group)
{
	(void)owner;
	(void)group;
	return refuse_named(fd);
}

int futimes(int fd, const struct timeval times[2])
{
	(void)times;
	return refuse_named(fd);
}

int truncate64(const char *path, off64_t length)
{
	(void)path;
	(void)length;
	return refuse();
}

int truncate(const char *path, off_t length)
{
	(void)path;
	(void)length;
	return refuse();
}

int utimes(const char *path, const struct timeval times[2])
{
	(void)path;
	(void)times;
	return refuse();
}

int link(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return refuse();
}

int symlink(const char *target, const char *path)
{
	(void)target;
	(void)path;
	return refuse();
}

int mknod(const char *path, mode_t mode, dev_t device)
{
	(void)path;
	(void)mode;
	(void)device;
	return refuse();
}

int rename(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return refuse();
}

int rmdir(const char *path)
{
	(void)path;
	return refuse();
}
