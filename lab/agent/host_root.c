// SPDX-License-Identifier: GPL-2.0-only
// The host's root through FUSE, which stock kernels have where they lack 9p: a thread carries requests to the launcher.
#include "lab/agent/host_root.h"

#include "lab/agent/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char place[] = "/host";
static int fuse_fd = -1;
static bool ready;

static bool check(bool fine, const char *what)
{
	if (!fine)
		perror(what);
	return fine;
}

/* The launcher has answered when this is over; see MAILBOX_BELL_PORT. */
static void ask(struct mailbox_files *files, size_t length)
{
	files->asked = length;
	atomic_thread_fence(memory_order_seq_cst);
	outb('?', MAILBOX_BELL_PORT);
	outb('.', MAILBOX_BELL_PORT);
	atomic_thread_fence(memory_order_seq_cst);
}

static void answer(const void *data, size_t length)
{
	/* one whose asker was killed meanwhile finds nobody: ENOENT */
	if (write(fuse_fd, data, length) < 0 && errno != ENOENT)
		perror("agent: /dev/fuse");
}

/* The launcher keeps nothing for an open file, and forgets no name: of these it need not know. */
static bool answer_here(const struct fuse_in_header *request)
{
	struct fuse_out_header done = { .len = sizeof(done), .unique = request->unique };

	switch (request->opcode) {
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(&done, sizeof(done));
		return true;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: /* these have no answer */
		return true;
	default:
		return false;
	}
}

static void *carry_requests(void *context)
{
	/* not straight to and from the shared memory: the kernel's copies need pages */
	static _Alignas(uint64_t) unsigned char buffer[MAILBOX_FILES_ROOM];
	struct mailbox_files *files = context;
	ssize_t n;

	/* a permission of threads */
	if (!check(!ioperm(MAILBOX_BELL_PORT, 1, 1), "agent: the port of the launcher's bell"))
		return NULL;
	for (;;) {
		n = read(fuse_fd, buffer, sizeof(buffer));
		if (n < 0 && errno == ENODEV)
			return NULL;
		if (n < (ssize_t)sizeof(struct fuse_in_header) || answer_here((void *)buffer))
			continue;
		memcpy(files->request, buffer, n);
		ask(files, n);
		n = (ssize_t)files->answered;
		if (n < (ssize_t)sizeof(struct fuse_out_header) || n > (ssize_t)sizeof(buffer))
			continue;
		memcpy(buffer, files->answer, n);
		answer(buffer, n);
	}
}

static bool start_thread(struct mailbox_files *files)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, carry_requests, files);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		fprintf(stderr, "agent: the thread for files: %s\n", strerror(error));
	return !error;
}

void host_root_mount(void)
{
	struct mailbox_files *files = mailbox_files();
	char options[128];

	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 fuse_fd);
	ready = check(files, "agent: the memory for files") &&
		check(fuse_fd >= 0, "agent: /dev/fuse") && check(!mkdir(place, 0755), place) &&
		check(!mount("host", place, "fuse", MS_RDONLY | MS_NOSUID | MS_NODEV, options),
		      "agent: fuse") &&
		start_thread(files);
}

static bool bind(const char *from)
{
	char to[64];

	snprintf(to, sizeof(to), "%s%s", place, from);
	return check(!mount(from, to, NULL, MS_BIND | MS_REC, NULL), to);
}

bool host_root_enter(void)
{
	umask(022);
	return ready && check(!unshare(CLONE_NEWNS), "agent: mounts of its own") &&
	       check(!mkdir("/dev/shm", 01777) || errno == EEXIST, "/dev/shm") &&
	       check(!mount("none", "/dev/shm", "tmpfs", 0, "mode=1777"), "/dev/shm") &&
	       bind("/dev") && bind("/proc") && bind("/sys") &&
	       check(!chroot(place) && !chdir("/"), place);
}
