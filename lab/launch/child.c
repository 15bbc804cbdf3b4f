// SPDX-License-Identifier: GPL-2.0-only
// How every process of a guest is started, and what it does before it executes a program.
#include "lab/launch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
/* <sanitizer/asan_interface.h> */
void __asan_unpoison_memory_region(void const volatile *begin, size_t size);
#else
#define __asan_unpoison_memory_region(begin, size)
#endif

struct start {
	int (*run)(void *);
	void *argument;
	int parent_fd, flags;
	uid_t uid;
	gid_t gid;
};

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return fine;
}

bool child_map_ids(uid_t uid, gid_t gid, uid_t uid_there, gid_t gid_there)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1", uid_there, uid);
	snprintf(gids, sizeof(gids), "%u %u 1", gid_there, gid);
	return write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", uids) && write_file("/proc/self/gid_map", gids);
}

static int begin(void *argument)
{
	const struct start *start = argument;
	struct pollfd parent = { .fd = start->parent_fd, .events = POLLIN };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* dead already: getppid(2) does not tell across namespaces */
	if (poll(&parent, 1, 0))
		_exit(127);
	/* files belong to whom they did without this, too, but some would look like nobody's */
	if (start->flags & CLONE_NEWUSER)
		child_map_ids(start->uid, start->gid, start->uid, start->gid);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid(); /* Ctrl-C is for the laboratory, which then ends the guest */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	_exit(start->run(start->argument));
}

pid_t child_start(bool alone, int (*run)(void *), void *argument)
{
	static const int ways[] = { CLONE_NEWPID, CLONE_NEWUSER | CLONE_NEWPID, 0 };
	struct start start = { run, argument, -1, 0, geteuid(), getegid() };
	/* in the parent's own stack, where sanitizers expect a stack */
	char stack[64 << 10] __attribute__((aligned(16)));
	pid_t pid = -1;
	int error;

	start.parent_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (start.parent_fd < 0)
		return -1;
	for (size_t i = alone ? 0 : 2; pid < 0 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		start.flags = ways[i];
		pid = clone(begin, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | SIGCHLD | ways[i], &start);
	}
	error = errno;
	/* its frames never returned, and in shared memory their red zones stay */
	__asan_unpoison_memory_region(stack, sizeof(stack));
	close(start.parent_fd);
	errno = error;
	return pid;
}

bool child_place(struct child_fd *wanted, size_t n, int last)
{
	int null = open("/dev/null", O_RDONLY);

	/* First out of the way of the numbers wanted, then into place. */
	for (size_t i = 0; i < n; i++)
		if (wanted[i].fd >= 0)
			wanted[i].fd = fcntl(wanted[i].fd, F_DUPFD, last + 1);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return false;
	for (int fd = STDERR_FILENO + 1; fd <= last; fd++)
		close(fd);
	for (size_t i = 0; i < n; i++)
		if (wanted[i].fd >= 0 && dup2(wanted[i].fd, wanted[i].number) < 0)
			return false;
	return !close_range(last + 1, ~0U, 0);
}
