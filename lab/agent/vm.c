// SPDX-License-Identifier: GPL-2.0-only
// The first process of a guest under QEMU: mounts, modules, plans, power.
#include "lab/agent/vm.h"

#include "lab/agent/guest.h"
#include "lab/agent/host_root.h"
#include "lab/agent/mailbox.h"
#include "lab/agent/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEED_WORDS = 8 }; /* 256 bits: what the kernel's generator holds */

static bool check(bool fine, const char *what)
{
	if (!fine)
		perror(what);
	return fine;
}

static bool mount_all(void)
{
	return !mount("none", "/dev", "devtmpfs", 0, NULL) &&
	       !mount("none", "/proc", "proc", 0, NULL) && !mount("none", "/sys", "sysfs", 0, NULL);
}

/* What is said goes to the kernel's log, and so to the console, which the launcher keeps. */
static bool open_standard_descriptors(void)
{
	int null = open("/dev/null", O_RDWR), log = open("/dev/kmsg", O_WRONLY);
	bool fine = null >= 0 && log >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 &&
		    dup2(log, 2) == 2;

	if (null > 2)
		close(null);
	if (log > 2)
		close(log);
	return fine;
}

/* One that cannot be loaded is told of; a scenario that needs it says what it lacks. */
static void load_modules(void)
{
	struct dirent **names;
	int n = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[300];
		int fd;

		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = names[i]->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			fprintf(stderr, "agent: cannot load %s: %s\n", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/*
 * The seed goes into the kernel's pool, and from there at once to what randomness is made of. What was in the pool stays
 * in it: it is the same in every boot that went the same way.
 */
static void seed_randomness(uint64_t seed)
{
	struct {
		struct rand_pool_info info;
		uint32_t words[SEED_WORDS];
	} entropy = { .info = { .entropy_count = SEED_WORDS * 32,
				.buf_size = sizeof(entropy.words) } };
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < SEED_WORDS; i++)
		entropy.words[i] = (uint32_t)(seed >> (i % 2 ? 32 : 0)) + (uint32_t)i;
	if (!check(fd >= 0 && !ioctl(fd, RNDADDENTROPY, &entropy) && !ioctl(fd, RNDRESEEDCRNG),
		   "agent: the seed"))
		fprintf(stderr, "agent: this run's randomness is not that of its seed\n");
	if (fd >= 0)
		close(fd);
}

static int open_plan(const struct mailbox *mailbox, unsigned number)
{
	uint64_t offset = mailbox->plans[number].offset, length = mailbox->plans[number].length;
	int fd = memfd_create("plan", MFD_CLOEXEC);

	if (!check(fd >= 0 && offset <= MAILBOX_OUT && length <= MAILBOX_OUT - offset &&
			   write(fd, (const char *)mailbox + offset, length) == (ssize_t)length &&
			   !lseek(fd, 0, SEEK_SET),
		   "agent: the plan"))
		return -1;
	return fd;
}

/* Ends what a plan left behind, and lets the kernel take its namespaces apart, which waits for grace periods. */
static void clean_up(void)
{
	struct timespec pause = { .tv_sec = 1 };

	kill(-1, SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	nanosleep(&pause, NULL);
}

static void run_one(const struct mailbox *mailbox, unsigned number, int (*run_plan)(int plan_fd))
{
	int32_t status = 0;
	pid_t child;

	mailbox_put(MAILBOX_BEGIN, number, NULL, 0);
	/* In the log too: by it the launcher knows which plan a complaint of the kernel belongs to. */
	fprintf(stderr, "<4>" MAILBOX_CONSOLE_MARK "%u\n", number);
	seed_randomness(mailbox->seed);
	child = fork();
	if (!child) {
		int fd = open_plan(mailbox, number);

		output_set_plan(number);
		_exit(fd < 0 ? 1 : run_plan(fd));
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	clean_up();
	mailbox_put(MAILBOX_END, number, &status, sizeof(status));
}

void vm_main(int (*run_plan)(int plan_fd))
{
	const struct mailbox *mailbox;

	if (!mount_all() || !open_standard_descriptors() || !mailbox_open())
		guest_power_off();
	load_modules();
	mailbox = mailbox_header();
	/* where that fails the plans with programs tell of it, and others need none of it */
	if (mailbox->programs)
		host_root_mount();
	for (unsigned i = 0; i < mailbox->n_plans; i++)
		run_one(mailbox, i, run_plan);
	fprintf(stderr, "<4>" MAILBOX_CONSOLE_MARK "end\n");
	guest_power_off();
}
