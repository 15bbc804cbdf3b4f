// SPDX-License-Identifier: GPL-2.0-only
// Distributions' own kernels under QEMU: what a boot is started with, and what comes out of it.
#include "lab/launch/vm.h"

#include "lab/launch/child.h"
#include "lab/launch/confine.h"
#include "lab/launch/host_root.h"
#include "lab/launch/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAILBOX_FD = 3, INITRAMFS_FD = 4 };

/*
 * The same for every run. QEMU's processor executes an instruction a nanosecond and its clock is that count, so
 * nothing there depends on the host's: the kernel is told so (tsc), since measuring it by busy waiting takes an emulated
 * processor many seconds. Without its local timer it takes the HPET, whose rate need not be measured either.
 * The rest leaves out what would take longer than all of a scenario: patches against faults of real processors,
 * tests of ciphers, a source of randomness that waits for jitter, keys for modules' signatures, types for BPF; and what
 * wakes an idle kernel for its own sake, several times a second: statistics, compaction, accounting, a watchdog.
 * loglevel=5 lets warnings reach the console, and nothing below them.
 */
enum { USUAL_MIB = 256 };

static const char kernel_command_line[] =
	"console=ttyS0 loglevel=5 panic=-1 tsc_early_khz=1000000 tsc=reliable nolapic noapic "
	"mitigations=off random.trust_cpu=on cryptomgr.notests=1 "
	"nowatchdog psi=0 cgroup_disable=memory sysctl.vm.stat_interval=86400 "
	"sysctl.vm.compaction_proactiveness=0 "
	"initcall_blacklist=jent_mod_init,load_system_certificate_list,bpf_tcp_ca_kfunc_init,"
	"bpf_dummy_struct_ops_init -- vm";

static int64_t real_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static _Noreturn void exec_qemu(const struct kernel *kernel, uint64_t seed, unsigned asked_mib)
{
	char seed_text[32], seed_variable[64], mailbox[128], memory[32], bell[64];
	const char *arguments[] = {
		"qemu-system-x86_64",
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-no-reboot",
		"-machine",
		"pc",
		"-accel",
		"tcg",
		"-icount",
		"shift=0,sleep=off",
		"-rtc",
		"base=2000-01-01T00:00:00,clock=vm",
		"-seed",
		seed_text,
		"-cpu",
		"qemu64,+rdrand",
		"-m",
		memory,
		"-kernel",
		kernel->program,
		"-initrd",
		"/proc/self/fd/4", /* INITRAMFS_FD */
		"-append",
		kernel_command_line,
		"-object",
		mailbox,
		"-device",
		"ivshmem-plain,memdev=mailbox,addr=4",
		"-chardev",
		"file,id=console,append=on,path=/proc/self/fd/2",
		"-serial",
		"chardev:console",
		/* QEMU's only way to take a pipe as it is: a file it opens again, and then single writes are not kept apart */
		"-chardev",
		"stdio,id=bell,signal=off",
		"-device",
		bell,
		NULL,
	};
	/* QEMU reads no such variable: by it a run's processes can be told from others. */
	const char *environment[] = { seed_variable, NULL };

	snprintf(memory, sizeof(memory), "%uM", asked_mib > USUAL_MIB ? asked_mib : USUAL_MIB);
	snprintf(seed_text, sizeof(seed_text), "%" PRIu64, seed);
	snprintf(seed_variable, sizeof(seed_variable), "PATHLAB_SEED=%" PRIu64, seed);
	snprintf(bell, sizeof(bell), "isa-debugcon,iobase=%d,chardev=bell", MAILBOX_BELL_PORT);
	snprintf(mailbox, sizeof(mailbox),
		 "memory-backend-file,id=mailbox,mem-path=/proc/self/fd/%d,size=%" PRIu64
		 ",share=on",
		 MAILBOX_FD, MAILBOX_BYTES);
	execve(kernel->qemu, (char **)arguments, (char **)environment);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", kernel->qemu, strerror(errno));
	_exit(127);
}

/*
 * QEMU's main thread moves the clock on when the processor halts. On a processor of its own it can do so a moment
 * before the instructions up to there are counted, and then the clock is late by as many (icount_start_warp_timer() and
 * icount_process_data() of QEMU 7.2). On one processor the two threads take turns.
 */
static void stay_on_one_processor(unsigned turn)
{
	cpu_set_t allowed, one;
	int n, left, here = sched_getcpu();

	if (here < 0 || sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	n = CPU_COUNT(&allowed);
	/* The one that this process happens to be on, or for other boots at the same time one of those behind it. */
	left = n ? (int)(turn % (unsigned)n) : 0;
	for (int i = here, seen = 0; n && seen < 2 * CPU_SETSIZE; i = (i + 1) % CPU_SETSIZE, seen++)
		if (CPU_ISSET(i, &allowed) && left-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(i, &one);
			sched_setaffinity(0, sizeof(one), &one);
			return;
		}
}

struct start {
	const struct vm *vm;
	const struct kernel *kernel;
	uint64_t seed;
	int initramfs, bell;
	unsigned turn;
};

static int run_child(void *argument)
{
	const struct start *start = argument;
	struct child_fd wanted[] = {
		{ start->bell, STDOUT_FILENO },
		{ start->vm->boot.files.console, STDERR_FILENO },
		{ start->vm->mailbox_fd, MAILBOX_FD },
		{ start->initramfs, INITRAMFS_FD },
	};

	if (!child_place(wanted, sizeof(wanted) / sizeof(wanted[0]), INITRAMFS_FD) ||
	    !confine_self())
		_exit(127);
	stay_on_one_processor(start->turn);
	exec_qemu(start->kernel, start->seed, start->vm->boot.memory_mib);
}

static bool read_whole(int fd, char *to, size_t length)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < length && n > 0) {
		n = pread(fd, to + done, length - done, (off_t)done);
		done += n > 0 ? n : 0;
	}
	return done == length;
}

static bool make_mailbox(struct vm *vm, uint64_t seed, char *why, size_t size)
{
	struct mailbox *header;
	uint64_t place = sizeof(*header);
	void *memory = MAP_FAILED;

	vm->mailbox_fd = memfd_create("mailbox", MFD_CLOEXEC);
	if (vm->mailbox_fd >= 0 && !ftruncate(vm->mailbox_fd, MAILBOX_BYTES))
		memory = mmap(NULL, MAILBOX_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			      vm->mailbox_fd, 0);
	if (memory == MAP_FAILED) {
		snprintf(why, size, "cannot make the memory shared with the guest: %s",
			 strerror(errno));
		return false;
	}
	vm->mailbox = memory;
	header = memory;
	memcpy(header->magic, MAILBOX_MAGIC, sizeof(header->magic));
	header->seed = seed;
	header->n_plans = vm->n_plans;
	header->programs = vm->boot.programs;
	header->written = vm->taken = MAILBOX_OUT;
	for (size_t i = 0; i < vm->n_plans; i++) {
		int fd = vm->plans[i].guest->files.plan;
		struct stat status;

		if (fstat(fd, &status) || (uint64_t)status.st_size > MAILBOX_OUT - place ||
		    !read_whole(fd, (char *)memory + place, status.st_size)) {
			snprintf(why, size, "a plan cannot be read or is too long for the guest");
			return false;
		}
		header->plans[i].offset = place;
		header->plans[i].length = status.st_size;
		place += status.st_size;
	}
	return true;
}

/* What the guest's programs see of this machine. False with a sentence in `why`. */
static bool open_root(struct vm *vm, int *bell, char *why, size_t size)
{
	void *mailbox = (char *)vm->mailbox;

	vm->root = host_root_open((struct mailbox_files *)((char *)mailbox + MAILBOX_FILES), bell);
	if (vm->root)
		return true;
	snprintf(why, size, "cannot show the guest this machine's files: %s", strerror(errno));
	return false;
}

bool vm_start(struct vm *vm, const struct kernel *kernel, uint64_t seed, struct guest **guests,
	      size_t n, char *why, size_t size)
{
	static unsigned turn;
	int initramfs = initramfs_open(kernel, why, size), bell = -1;
	struct guest *boot = &vm->boot;

	*vm = (struct vm){ .mailbox_fd = -1, .n_plans = n };
	boot->files = (struct run_files){ -1, -1, -1, -1 };
	boot->pid_fd = -1;
	boot->memory_mib = guests[0]->memory_mib;
	for (size_t i = 0; i < n; i++) {
		vm->plans[i].guest = guests[i];
		boot->programs |= guests[i]->programs;
	}
	if (initramfs < 0 || !make_mailbox(vm, seed, why, size) ||
	    !open_root(vm, &bell, why, size)) {
		vm_close(vm);
		return false;
	}
	boot->files.console = memfd_create("console", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	boot->started_ns = boot->progress_ns = real_clock_ns();
	/* written to through two descriptions: by QEMU for the guest, and for what QEMU itself has to say */
	if (boot->files.console >= 0 && !fcntl(boot->files.console, F_SETFL, O_APPEND)) {
		struct start start = { vm, kernel, seed, initramfs, bell, turn };

		boot->pid = child_start(false, run_child, &start);
	}
	turn++;
	if (bell >= 0)
		close(bell);
	if (boot->pid > 0)
		boot->pid_fd = (int)syscall(SYS_pidfd_open, boot->pid, 0);
	if (boot->pid_fd >= 0)
		return true;
	snprintf(why, size, "cannot start QEMU: %s", strerror(errno));
	if (boot->pid > 0)
		guest_kill(boot);
	vm_close(vm);
	return false;
}

static void write_whole(int fd, const char *data, size_t length)
{
	while (length && fd >= 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* no space left: run_files_full() sees it */
		data += n;
		length -= n;
	}
}

/* The serial line's text, without the carriage returns in it; the caller's. */
static char *read_console(const struct vm *vm)
{
	char *console = guest_console(&vm->boot), *to = console;

	for (const char *from = console; from && *from; from++)
		if (*from != '\r')
			*to++ = *from;
	if (console)
		*to = '\0';
	return console;
}

/*
 * A plan's console: what the kernel said before the first plan, and what it said from this one's beginning to that of
 * the next.
 */
static void write_console(struct vm *vm, size_t number)
{
	char *console = read_console(vm), mark[64], *first, *own, *next;
	int fd = vm->plans[number].guest->files.console;

	if (!console)
		return;
	first = strstr(console, MAILBOX_CONSOLE_MARK);
	snprintf(mark, sizeof(mark), MAILBOX_CONSOLE_MARK "%zu\n", number);
	own = first ? strstr(first, mark) : NULL;
	while (first && first > console && first[-1] != '\n')
		first--; /* the time before the mark */
	write_whole(fd, console, first ? (size_t)(first - console) : strlen(console));
	if (own) {
		own += strlen(mark);
		next = strstr(own, MAILBOX_CONSOLE_MARK);
		while (next && next > own && next[-1] != '\n')
			next--;
		write_whole(fd, own, next ? (size_t)(next - own) : strlen(own));
	}
	free(console);
}

static void end_plan(struct vm *vm, size_t number, int wait_status)
{
	struct vm_plan *plan = &vm->plans[number];

	plan->state = VM_PLAN_DONE;
	plan->guest->wait_status = wait_status;
	plan->guest->real_ns = real_clock_ns() - plan->begun_ns;
	write_console(vm, number);
}

/* False when the guest wrote what is not as agreed. */
static bool take_record(struct vm *vm, const struct mailbox_record *record, const char *data)
{
	struct vm_plan *plan = &vm->plans[record->plan];
	int32_t status;

	switch (record->kind) {
	case MAILBOX_BEGIN:
		plan->state = VM_PLAN_RUNS;
		plan->begun_ns = record->plan ? real_clock_ns() : vm->boot.started_ns;
		return true;
	case MAILBOX_EVENTS:
		write_whole(plan->guest->files.events, data, record->length);
		return true;
	case MAILBOX_CAPTURE:
		write_whole(plan->guest->files.capture, data, record->length);
		return true;
	case MAILBOX_END:
		if (plan->state != VM_PLAN_RUNS || record->length != sizeof(status))
			return false;
		memcpy(&status, data, sizeof(status));
		/* an agent that gives up says why in its events */
		end_plan(vm, record->plan, WIFSIGNALED(status) ? status : 0);
		return true;
	default:
		return false;
	}
}

static void take_records(struct vm *vm)
{
	uint64_t written = ((const volatile struct mailbox *)vm->mailbox)->written;

	atomic_thread_fence(memory_order_acquire);
	if (written > MAILBOX_FILES)
		return;
	while (vm->taken + sizeof(struct mailbox_record) <= written) {
		struct mailbox_record record;
		const char *data = vm->mailbox + vm->taken + sizeof(record);
		uint64_t room = written - vm->taken - sizeof(record);

		memcpy(&record, vm->mailbox + vm->taken, sizeof(record));
		if (record.plan >= vm->n_plans || record.length > room ||
		    !take_record(vm, &record, data)) {
			if (vm->boot.pid > 0)
				kill(vm->boot.pid, SIGKILL);
			return;
		}
		vm->taken += (sizeof(record) + record.length + MAILBOX_ALIGN - 1) / MAILBOX_ALIGN *
			     MAILBOX_ALIGN;
	}
}

void vm_watch(struct vm *vm, int64_t patience_ns)
{
	/* So much longer may a boot take, which says little. */
	enum { BOOT_PATIENCE = 4 };
	bool booted = vm->taken > MAILBOX_OUT;
	uint64_t before = vm->taken;

	take_records(vm);
	if (vm->taken != before)
		vm->boot.progress_ns = real_clock_ns();
	guest_watch(&vm->boot, booted ? patience_ns : BOOT_PATIENCE * patience_ns);
}

void vm_reap(struct vm *vm)
{
	size_t last = vm->n_plans;

	guest_reap(&vm->boot);
	take_records(vm);
	for (size_t i = 0; i < vm->n_plans; i++)
		if (vm->plans[i].state == VM_PLAN_RUNS)
			last = i;
	if (last == vm->n_plans && vm->plans[0].state == VM_PLAN_WAITS) {
		last = 0;
		vm->plans[0].begun_ns = vm->boot.started_ns;
	}
	if (last == vm->n_plans)
		return;
	vm->plans[last].guest->timed_out = vm->boot.timed_out;
	end_plan(vm, last, vm->boot.wait_status);
}

int vm_files_fd(const struct vm *vm)
{
	return host_root_fd(vm->root);
}

void vm_serve(struct vm *vm)
{
	if (host_root_serve(vm->root))
		vm->boot.progress_ns = real_clock_ns();
}

void vm_kill(struct vm *vm)
{
	guest_kill(&vm->boot);
}

void vm_close(struct vm *vm)
{
	if (vm->mailbox)
		munmap((void *)vm->mailbox, MAILBOX_BYTES);
	if (vm->mailbox_fd >= 0)
		close(vm->mailbox_fd);
	run_files_close(&vm->boot.files);
	host_root_close(vm->root);
	vm->root = NULL;
	vm->mailbox = NULL;
	vm->mailbox_fd = -1;
}
