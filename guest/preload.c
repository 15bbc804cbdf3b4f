// SPDX-License-Identifier: GPL-2.0-only
// Loaded into the User-Mode Linux process (LD_PRELOAD): randomness from a seed, no file or folder
// with a name, no process that outlives the guest, and floating point on CPUs with large state.

#define _GNU_SOURCE
#include "preload.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U // Linux 6.3, newer than the C library's headers
#endif
#ifndef PTRACE_O_EXITKILL
#define PTRACE_O_EXITKILL (1 << 20)
#endif
#ifndef PTRACE_OLDSETOPTIONS
#define PTRACE_OLDSETOPTIONS 21 // <asm/ptrace-abi.h>
#endif

enum { EXIT_LAB_FAILED = 3 };

static uint64_t prng_state;
static pid_t uml_pid;
static bool has_terminal;

static bool parse_seed(const char *text, uint64_t *seed)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*seed = strtoull(text, &end, 10);
	return !errno && !*end;
}

// The kernel is not position-independent and lays its memory out from the end of its own heap, so
// a randomised heap changes how much memory the guest has (and costs a gigabyte of page tables).
static void disable_aslr(char **argv)
{
	int persona = personality(0xffffffff);

	if (persona < 0 || persona & ADDR_NO_RANDOMIZE)
		return;
	if (personality(persona | ADDR_NO_RANDOMIZE) < 0)
		return; // some containers forbid it; the guest works without
	execv("/proc/self/exe", argv);
}

__attribute__((constructor)) static void start_preload(int argc, char **argv)
{
	const char *text = getenv("PATHLAB_SEED");

	(void)argc;
	if (!parse_seed(text, &prng_state)) {
		fprintf(stderr,
			"pathlab-preload: PATHLAB_SEED is %s%s%s, expected a whole number from 0 "
			"to %" PRIu64 "\n",
			text ? "\"" : "", text ? text : "not set", text ? "\"" : "", UINT64_MAX);
		_exit(EXIT_LAB_FAILED);
	}
	disable_aslr(argv);
	uml_pid = getpid();
	has_terminal = window_has_terminal();
}

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Its state
// only ever grows by a constant, so one atomic addition makes it safe between threads.
static uint64_t next_random(void)
{
	const uint64_t gamma = 0x9e3779b97f4a7c15;
	uint64_t z = __atomic_add_fetch(&prng_state, gamma, __ATOMIC_RELAXED);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	uint8_t *out = buffer;
	size_t done = 0;

	(void)flags;
	while (done < length) {
		uint64_t word = next_random();
		size_t part = length - done < sizeof(word) ? length - done : sizeof(word);

		memcpy(out + done, &word, part);
		done += part;
	}
	return length;
}

int getentropy(void *buffer, size_t length)
{
	if (length > 256) {
		errno = EIO;
		return -1;
	}
	getrandom(buffer, length, 0);
	return 0;
}

// uml_dir=/dev/null makes the kernel keep its pid file below a name that can never exist. Here all
// its operations on such names succeed and do nothing.
static bool is_nowhere(const char *path)
{
	static const char prefix[] = "/dev/null/";

	return strncmp(path, prefix, sizeof(prefix) - 1) == 0;
}

// The guest's memory is mapped executable from this file: newer hosts want that asked for.
static int create_nameless_file(void)
{
	int fd = memfd_create("pathlab-guest", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("pathlab-guest", MFD_CLOEXEC);
	return fd;
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (window_find(path) >= 0) {
		window_wait(path);
		return fcntl(window_find(path), F_DUPFD_CLOEXEC, 0);
	}
	if (has_terminal && flags == O_RDWR && !strcmp(path, "/dev/null"))
		return fcntl(WINDOW_STDOUT_FD, F_DUPFD_CLOEXEC, 0); // the null consoles write there
	if ((flags & O_TMPFILE) == O_TMPFILE || is_nowhere(path))
		return create_nameless_file();
	if (window_changes(flags) && strcmp(path, "/dev/null")) { // the kernel's null consoles
		errno = EROFS;
		return -1;
	}
	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int open(const char *path, int flags, ...) __attribute__((alias("open64")));

// The kernel opens one stream: the host's /proc/cpuinfo, whose words it looks for by the hundred. Empty, a
// twentieth of the boot is saved, and a guest is the same on every CPU.
FILE *fopen64(const char *path, const char *mode)
{
	int fd = open64(strcmp(path, "/proc/cpuinfo") ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, mode);

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

FILE *fopen(const char *path, const char *mode) __attribute__((alias("fopen64")));

int mkstemp64(char *template)
{
	(void)template;
	return create_nameless_file();
}

int mkstemp(char *template) __attribute__((alias("mkstemp64")));

int unlink(const char *path)
{
	static const char unnamed[] = "XXXXXX"; // what mkstemp() above leaves in its template
	size_t length = strlen(path), tail = sizeof(unnamed) - 1;

	if (is_nowhere(path) || (length >= tail && strcmp(path + length - tail, unnamed) == 0))
		return 0;
	errno = EROFS;
	return -1;
}

int mkdir(const char *path, mode_t mode)
{
	(void)mode;
	if (is_nowhere(path))
		return 0;
	errno = EROFS;
	return -1;
}

DIR *opendir(const char *path)
{
	DIR *dir;
	int fd;

	if (is_nowhere(path)) {
		errno = ENOENT;
		return NULL;
	}
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

// After a panic the kernel sends itself SIGABRT, again and again. The first process of a PID namespace is spared
// signals of its own that it does not catch (pid_namespaces(7)), so that would go on for ever.
int kill(pid_t pid, int number)
{
	if (number == SIGABRT && pid == uml_pid && getpid() == 1)
		_exit(128 + SIGABRT);
	return (int)syscall(SYS_kill, pid, number);
}

// A process's extended state (NT_X86_XSTATE), which the kernel reads after each stop of the process and
// writes before it goes on, at each system call of the guest.
static struct {
	pid_t pid; // whose state was read last and is still what was read, or 0
	size_t length;
	uint8_t bytes[65536] __attribute__((aligned(64)));
} last_state;

static long get_extended_state(pid_t pid, const struct iovec *regs)
{
	last_state.pid = 0;
	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, regs) < 0)
		return -1;
	if (regs->iov_len <= sizeof(last_state.bytes)) {
		memcpy(last_state.bytes, regs->iov_base, regs->iov_len);
		last_state.length = regs->iov_len;
		last_state.pid = pid;
	}
	return 0;
}

// The kernel holds 2696 bytes of the state: all there is up to PKRU. Where the CPU has more (AMX: 11008
// bytes), the whole of it must be written or the request fails with EFAULT. What is missing is state that
// guest programs cannot have, so it is given as not in use.
static long set_whole_state(pid_t pid, const struct iovec *regs)
{
	enum { BITMAP_AT = 512 }; // XSTATE_BV, Intel SDM volume 1, 13.4.2
	const uint64_t up_to_pkru = 0x3ff;
	static uint8_t state[65536] __attribute__((aligned(64)));
	static size_t host_size;
	struct iovec whole = { state, sizeof(state) };
	uint64_t bitmap;

	if (!host_size) {
		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole) < 0)
			return -1;
		host_size = whole.iov_len;
		memset(state, 0, sizeof(state));
	}
	if (regs->iov_len >= host_size)
		return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, regs);

	memcpy(state, regs->iov_base, regs->iov_len);
	memcpy(&bitmap, state + BITMAP_AT, sizeof(bitmap));
	bitmap &= up_to_pkru;
	memcpy(state + BITMAP_AT, &bitmap, sizeof(bitmap));
	whole.iov_len = host_size;
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

// Writing back what was just read changes nothing: left out, a guest's system call costs a quarter less.
static long set_extended_state(pid_t pid, const struct iovec *regs)
{
	if (pid == last_state.pid && regs->iov_len == last_state.length &&
	    memcmp(regs->iov_base, last_state.bytes, last_state.length) == 0)
		return 0;
	last_state.pid = 0;
	return set_whole_state(pid, regs);
}

// Each process of the guest is a process of the host that must die with the kernel. When the kernel
// was killed before this is asked for, no signal ever comes, so look once more after it: a process
// that asked to be traced would then be stopped for ever, with the host's first process as tracer.
static void die_with_kernel(void)
{
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != uml_pid)
		raise(SIGKILL);
}

long ptrace(enum __ptrace_request request, ...)
{
	unsigned long address, data, peeked;
	va_list args;
	pid_t pid;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	address = va_arg(args, unsigned long);
	data = va_arg(args, unsigned long);
	va_end(args);

	switch ((int)request) {
	case PTRACE_TRACEME:
		die_with_kernel();
		break;
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER: // the system call stores the word, the library function returns it
		if (syscall(SYS_ptrace, request, pid, address, &peeked) < 0)
			return -1;
		errno = 0;
		return peeked;
	case PTRACE_GETREGSET:
		if (address == NT_X86_XSTATE)
			return get_extended_state(pid, (const struct iovec *)data);
		break;
	case PTRACE_SETREGSET:
		if (address == NT_X86_XSTATE)
			return set_extended_state(pid, (const struct iovec *)data);
		break;
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
	case PTRACE_GETSIGINFO: // the process stays stopped, its extended state what it was
		break;
	case PTRACE_SETOPTIONS:
	case PTRACE_OLDSETOPTIONS: // the same, and how the UML of Linux 6.1 asks
		data |= PTRACE_O_EXITKILL;
		last_state.pid = 0;
		break;
	default: // most others let the process go on
		last_state.pid = 0;
	}
	return syscall(SYS_ptrace, request, pid, address, data);
}
