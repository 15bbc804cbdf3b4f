// SPDX-License-Identifier: GPL-2.0-only
// Starts a kernel in a child process, watches it and reaps it.
#include "lab/launch/launch.h"

#include "guest/preload.h"
#include "lab/launch/child.h"
#include "lab/launch/computed.h"
#include "lab/launch/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of a guest of User-Mode Linux. At a terminal people start what they like. */
enum { USUAL_MIB = 64, CONSOLE_MIB = 256 };

static char memory_argument[sizeof("mem=4294967295M")];

/*
 * The guest kernel mixes its command line into its randomness: it is the same for every run with as much memory, whatever
 * the scenario, folder and machine. What differs between runs comes through descriptors. loglevel=5 lets warnings reach the console,
 * and nothing below them.
 */
static const char *const uml_arguments[] = {
	"linux",
	"root=/dev/root",
	"rootfstype=hostfs",
	"rootflags=/",
	"ro",
	"init=/proc/self/fd/9",
	"uml_dir=/dev/null",
	"con=null",
	"con0=null,fd:1",
	"ssl=null",
	"time-travel=inf-cpu",
	"time-travel-start=1000000000",
	memory_argument,
	"loglevel=5",
	"--",
	"guest",
	NULL,
};

/* The same for a person at a terminal, whose time is real: the second console is that terminal. */
static const char *const uml_console_arguments[] = {
	"linux",
	"root=/dev/root",
	"rootfstype=hostfs",
	"rootflags=/",
	"ro",
	"init=/proc/self/fd/9",
	"uml_dir=/dev/null",
	"con=null",
	"con0=null,fd:1",
	"con1=fd:10,fd:11",
	"ssl=null",
	memory_argument,
	"loglevel=5",
	"--",
	"guest",
	NULL,
};

static int64_t real_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* In the child: each descriptor to its agreed number. */
static bool place_descriptors(const struct run_files *files, const struct guest_manner *manner,
			      int agent, int preload)
{
	struct child_fd wanted[] = {
		{ files->console, STDOUT_FILENO },
		{ files->console, STDERR_FILENO },
		{ files->capture, WINDOW_CAPTURE_FD },
		{ files->events, WINDOW_EVENTS_FD },
		{ files->plan, WINDOW_PLAN_FD },
		{ agent, WINDOW_AGENT_FD },
		{ preload, WINDOW_PRELOAD_FD },
		{ manner ? manner->stdio[0] : -1, WINDOW_STDIN_FD },
		{ manner ? manner->stdio[1] : -1, WINDOW_STDOUT_FD },
		{ manner ? manner->stdio[2] : -1, WINDOW_STDERR_FD },
	};

	return child_place(wanted, sizeof(wanted) / sizeof(wanted[0]), WINDOW_LAST_FD);
}

static _Noreturn void exec_uml(const struct kernel *kernel, uint64_t seed, unsigned asked_mib,
			       bool console)
{
	unsigned mib = console ? CONSOLE_MIB : USUAL_MIB;
	char seed_variable[64], preload_variable[64];
	char *environment[] = { seed_variable, preload_variable, NULL };

	snprintf(seed_variable, sizeof(seed_variable), "PATHLAB_SEED=%llu",
		 (unsigned long long)seed);
	/* Not by its name, which may hold a space or a colon: these would end it (ld.so(8)). */
	snprintf(preload_variable, sizeof(preload_variable), "LD_PRELOAD=/proc/self/fd/%d",
		 WINDOW_PRELOAD_FD);
	if (mib < kernel->memory_mib)
		mib = kernel->memory_mib;
	if (mib < asked_mib)
		mib = asked_mib;
	snprintf(memory_argument, sizeof(memory_argument), "mem=%uM", mib);
	personality(
		ADDR_NO_RANDOMIZE); /* a random heap would change how much memory the guest has */
	execve(kernel->program, (char **)(console ? uml_console_arguments : uml_arguments),
	       environment);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", kernel->program, strerror(errno));
	_exit(127);
}

/* A network namespace of its own, so that nothing of the host's network is ever in reach; as root of a user namespace
 * when the user is not root. */
static bool leave_host_network(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!uid)
		return !unshare(CLONE_NEWNET);
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) && child_map_ids(uid, gid, 0, 0);
}

static _Noreturn void exec_host(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", WINDOW_AGENT_FD);
	if (!leave_host_network())
		dprintf(STDERR_FILENO, "cannot make namespaces: %s\n", strerror(errno));
	else
		execl(path, "pathlab-agent", "host", NULL);
	_exit(127);
}

struct start {
	const struct guest *guest;
	const struct kernel *kernel;
	uint64_t seed;
	int agent;
};

static int run_child(void *argument)
{
	const struct start *start = argument;
	const struct guest *guest = start->guest;
	int preload = -1;

	if (start->kernel->kind == KERNEL_KIND_UML)
		preload = open(start->kernel->preload, O_RDONLY);
	if (!place_descriptors(&guest->files, guest->manner, start->agent, preload))
		_exit(127);
	if (start->kernel->kind == KERNEL_KIND_HOST)
		exec_host();
	if (!confine_self())
		_exit(127);
	exec_uml(start->kernel, start->seed, guest->memory_mib,
		 guest->manner && guest->manner->console);
}

bool guest_start(struct guest *guest, const struct kernel *kernel, uint64_t seed, char *why,
		 size_t size)
{
	int agent = open(kernel->agent, O_RDONLY | O_CLOEXEC);
	struct start start = { guest, kernel, seed, agent };

	if (agent < 0) {
		snprintf(why, size, "cannot open %s: %s", kernel->agent, strerror(errno));
		return false;
	}
	guest->started_ns = guest->progress_ns = real_clock_ns();
	/* The processes of a guest's programs are its children. On this machine's own kernel they are looked up in /proc, by this
	 * machine's numbers. */
	guest->pid = child_start(kernel->kind == KERNEL_KIND_UML, run_child, &start);
	close(agent);
	if (guest->pid < 0) {
		snprintf(why, size, "cannot start another process: %s", strerror(errno));
		return false;
	}
	guest->pid_fd = syscall(SYS_pidfd_open, guest->pid, 0);
	if (guest->pid_fd >= 0)
		return true;
	snprintf(why, size, "cannot watch the guest's process: %s", strerror(errno));
	guest_kill(guest);
	return false;
}

static int64_t file_size(int fd)
{
	struct stat status;

	return fd >= 0 && !fstat(fd, &status) ? status.st_size : 0;
}

/*
 * A guest that spins computes all the time, one that is stuck never. One in between waits for a processor: the machine is
 * busy, and silence says little. `computed_ns` is from the second half of the patience on.
 */
static bool is_starved(int64_t computed_ns, int64_t silent_ns, int64_t patience_ns)
{
	enum { MOST_PATIENCE = 4 };

	return computed_ns > patience_ns / 1000 && computed_ns < patience_ns * 3 / 8 &&
	       silent_ns < MOST_PATIENCE * patience_ns;
}

void guest_watch(struct guest *guest, int64_t patience_ns)
{
	int64_t now = real_clock_ns();
	int64_t bytes = file_size(guest->files.events) + file_size(guest->files.console);
	int64_t silent_ns;

	if (bytes != guest->bytes_seen) {
		guest->bytes_seen = bytes;
		guest->progress_ns = now;
	}
	silent_ns = now - guest->progress_ns;
	if (silent_ns < patience_ns / 2) {
		guest->half_computed_ns = -1;
	} else if (guest->half_computed_ns < 0) {
		guest->half_computed_ns = computed_ns(guest->pid);
	} else if (silent_ns > patience_ns && !guest->timed_out &&
		   !is_starved(computed_ns(guest->pid) - guest->half_computed_ns, silent_ns,
			       patience_ns)) {
		guest->timed_out = true;
		kill(guest->pid, SIGKILL);
	}
}

void guest_reap(struct guest *guest)
{
	struct rusage usage;

	while (wait4(guest->pid, &guest->wait_status, 0, &usage) < 0 && errno == EINTR)
		;
	guest->real_ns = real_clock_ns() - guest->started_ns;
	guest->max_rss_kib = usage.ru_maxrss;
	guest->pid = 0;
	close(guest->pid_fd);
	guest->pid_fd = -1;
}

void guest_kill(struct guest *guest)
{
	kill(guest->pid, SIGKILL);
	guest_reap(guest);
}

int host_namespaces(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(leave_host_network() ? 0 : errno);
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static bool has_sctp(char *why, size_t size)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT)
		snprintf(
			why, size,
			"this machine's kernel has no SCTP (socket: %s): load it as root with `modprobe sctp`; when there is "
			"no such module, install the distribution's standard kernel (on Debian linux-image-amd64, on "
			"Fedora also kernel-modules-extra), or use a guest: --kernel " KERNEL_DEFAULT,
			strerror(errno));
	else
		snprintf(why, size, "an SCTP socket cannot be opened on this machine's kernel: %s",
			 strerror(errno));
	return false;
}

bool host_can_run(char *why, size_t size)
{
	int error;

	if (!has_sctp(why, size))
		return false;
	error = host_namespaces();
	if (error && geteuid())
		snprintf(
			why, size,
			"--kernel host needs a user namespace when it is not run as root, and this "
			"machine allows none (unshare: %s): run it as root, or as root " HOST_NAMESPACES_CURE
			", or use a guest: --kernel " KERNEL_DEFAULT,
			strerrorname_np(error));
	else if (error)
		snprintf(
			why, size,
			"--kernel host needs network namespaces, and this machine allows none (unshare: %s): in "
			"a container, give it --cap-add=SYS_ADMIN; or use a guest: --kernel " KERNEL_DEFAULT,
			strerrorname_np(error));
	return !error;
}
