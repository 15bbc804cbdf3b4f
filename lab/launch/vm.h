// SPDX-License-Identifier: GPL-2.0-only
// Distributions' own kernels under QEMU, emulated and in virtual time: one boot for several plans.
#ifndef LAB_LAUNCH_VM_H
#define LAB_LAUNCH_VM_H

#include "lab/common/mailbox.h"
#include "lab/launch/launch.h"

/*
 * Finds what such a kernel needs: NAME/vmlinux and its modules among the guests, as guest/fetch made them, and QEMU in
 * PATH. False with a sentence and the cure in `why`; *unknown when no such kernel can be fetched.
 */
bool vm_find(struct kernel *kernel, char *why, size_t size, bool *unknown);

enum vm_plan_state { VM_PLAN_WAITS, VM_PLAN_RUNS, VM_PLAN_DONE };

/* A boot and the plans it runs, one after the other. */
struct vm {
	struct guest boot; /* QEMU's process; of its files only the console, which is all plans' */
	const char *mailbox; /* (owned) the shared memory, mapped */
	int mailbox_fd;
	struct host_root *root; /* (owned) what programs see of this machine */
	uint64_t taken;		/* of what came out, in bytes from the beginning of the memory */
	size_t n_plans;
	struct vm_plan {
		struct guest *guest; /* its files, and its results */
		enum vm_plan_state state;
		int64_t begun_ns; /* CLOCK_MONOTONIC */
	} plans[MAILBOX_PLANS_MAX];
};

/*
 * Boots the kernel for plans whose files are open and which ask for as much memory, at most MAILBOX_PLANS_MAX. It ends when the calling process does. False
 * with a sentence in `why`; then there is nothing to free.
 */
bool vm_start(struct vm *vm, const struct kernel *kernel, uint64_t seed, struct guest **guests,
	      size_t n, char *why, size_t size);

/*
 * Takes what came out since the last time into the plans' files, and sets their states. A boot without progress for
 * `patience_ns` of real time is killed; it has more patience with one that has not begun a plan yet.
 */
void vm_watch(struct vm *vm, int64_t patience_ns);

/*
 * To be called when boot.pid_fd is readable: reaps QEMU and takes the rest. A plan that was running has then ended
 * with the kernel: the guest's wait_status and timed_out tell how. When none ever ran, that is the first one. Plans that
 * still wait can be put into another boot.
 */
void vm_reap(struct vm *vm);

/* What is readable when the guest asks for files of this machine, for vm_serve() then. */
int vm_files_fd(const struct vm *vm);
void vm_serve(struct vm *vm);

/* Kills and reaps. */
void vm_kill(struct vm *vm);

/* Frees what is left; the plans' files are the caller's. */
void vm_close(struct vm *vm);

#endif
