// SPDX-License-Identifier: GPL-2.0-only
// The first process of a guest: mounts, files, power.
#include "lab/agent/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool check(bool fine, const char *what)
{
	if (!fine)
		perror(what);
	return fine;
}

/*
 * The kernel found no console to open for its first process: descriptors 0 to 2 are closed. What is said on the last of
 * them goes to the kernel's log, which the launcher keeps.
 */
static bool open_standard_descriptors(void)
{
	return open("/dev/null", O_RDONLY) == 0 && open("/dev/null", O_WRONLY) == 1 &&
	       open("/dev/kmsg", O_WRONLY) == 2;
}

bool guest_prepare(int *plan_fd, int *events_fd, int *capture_fd)
{
	/*
	 * The root is mounted read-only. The run's files are written through a second mount that is gone from every
	 * process's view as soon as they are open.
	 */
	const char *writable = "/dev/writable";

	if (fcntl(STDERR_FILENO, F_GETFD) < 0 && !open_standard_descriptors())
		return false;
	*plan_fd = open("/.pathlab.plan", O_RDONLY | O_CLOEXEC);
	if (!check(*plan_fd >= 0, "agent: the plan") || !check(!mkdir(writable, 0700), writable) ||
	    !check(!mount("none", writable, "hostfs", 0, NULL), "agent: hostfs"))
		return false;
	*events_fd = open("/dev/writable/.pathlab.events", O_WRONLY | O_CLOEXEC);
	*capture_fd = open("/dev/writable/.pathlab.capture", O_WRONLY | O_CLOEXEC);
	return check(*events_fd >= 0, "agent: the events") &&
	       check(!umount2(writable, MNT_DETACH), writable) &&
	       check(!mount("none", "/proc", "proc", 0, NULL), "agent: /proc");
}

/* A kernel that is asked twice, in between and before longer than it takes memory in use for new (mm/kmemleak.c). */
static void scan_twice(int kmemleak)
{
	for (int i = 0; i < 2; i++) {
		nanosleep(&(struct timespec){ .tv_sec = 6 }, NULL);
		if (write(kmemleak, "scan", 4) != 4)
			perror("agent: kmemleak");
	}
}

void guest_tell_leaks(void)
{
	char text[4096], line[512];
	size_t used = 0;
	ssize_t n;
	int fd;

	/* over what is not needed any more; other kernels have no debugfs */
	if (mount("none", "/dev", "debugfs", 0, NULL))
		return;
	fd = open("/dev/kmemleak", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	scan_twice(fd);
	/* the kernel's log takes a line a write */
	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			line[used++] = text[i];
			if (text[i] != '\n' && used < sizeof(line))
				continue;
			if (write(STDERR_FILENO, line, used) < 0)
				break;
			used = 0;
		}
	close(fd);
}

void guest_furnish(void)
{
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "/dev/fd", "/proc/self/fd" },
		{ "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" },
		{ "/dev/stderr", "/proc/self/fd/2" },
	};

	static bool done;

	if (done)
		return;
	done = true;
	umask(0);
	check(!mkdir("/dev/shm", 01777) || errno == EEXIST, "agent: /dev/shm");
	umask(022);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		check(!symlink(links[i].target, links[i].name) || errno == EEXIST, links[i].name);
}

void guest_name_nodes(const struct net *net)
{
	char from[64], to[128];
	int fd;

	if (mount("none", "/run", "tmpfs", 0, NULL) || mkdir("/run/netns", 0755))
		return; /* a host without that folder has no ip-netns(8) that looks there */
	for (size_t i = 0; i < net->plan->n_nodes; i++) {
		snprintf(from, sizeof(from), "/proc/self/fd/%d", net->spaces[i].ns_fd);
		snprintf(to, sizeof(to), "/run/netns/%s", net->plan->nodes[i].name);
		fd = open(to, O_RDONLY | O_CREAT | O_CLOEXEC, 0444);
		if (fd >= 0)
			close(fd);
		check(fd >= 0 && !mount(from, to, "none", MS_BIND, NULL), to);
	}
}

bool guest_open_stdio(bool console, int fds[3])
{
	const char *writable = "/dev/writable";

	if (console) {
		for (int i = 0; i < 3; i++)
			fds[i] = open("/dev/tty1", O_RDWR | O_NOCTTY | O_CLOEXEC);
		return check(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0, "agent: /dev/tty1");
	}
	if (!check(!mount("none", writable, "hostfs", 0, NULL), "agent: hostfs"))
		return false;
	fds[0] = open("/.pathlab.stdin", O_RDONLY | O_CLOEXEC);
	fds[1] = open("/dev/writable/.pathlab.stdout", O_WRONLY | O_CLOEXEC);
	fds[2] = open("/dev/writable/.pathlab.stderr", O_WRONLY | O_CLOEXEC);
	return check(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0, "agent: standard files") &&
	       check(!umount2(writable, MNT_DETACH), writable);
}

void guest_power_off(void)
{
	reboot(RB_POWER_OFF);
	_exit(1); /* not reached: the first process of a guest may power it off */
}
