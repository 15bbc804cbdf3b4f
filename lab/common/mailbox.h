/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that a guest under QEMU shares with its launcher: plans go in, events and frames come out. */
#ifndef LAB_COMMON_MAILBOX_H
#define LAB_COMMON_MAILBOX_H

#include <stdint.h>

#define MAILBOX_MAGIC "pathlab1"

/* A line of the kernel's log that begins a plan: this and its number; what is behind the last plan's has no number. */
#define MAILBOX_CONSOLE_MARK "pathlab: plan "

/*
 * A memory file (memfd_create(2)) that QEMU shows as a PCI device (ivshmem, docs/specs/ivshmem-spec.rst of QEMU). What the
 * guest writes to it is there at once and costs no system call, no interrupt and no time that another run might not need:
 * a device with a queue would tell of its progress at instants of real time. Both sides are x86-64.
 */
#define MAILBOX_BYTES (UINT64_C(1) << 30)

enum {
	MAILBOX_PLANS_MAX = 64, /* one boot runs so many scenarios at most */
	MAILBOX_OUT =
		1 << 25, /* where what comes out begins; before it, the header and the plans */
};

/* At the beginning. Offsets are from there, in bytes. */
struct mailbox {
	char magic[8];
	uint64_t seed;
	uint64_t n_plans;
	uint64_t programs; /* whether a plan runs a program of the host's */
	struct {
		uint64_t offset, length;
	} plans[MAILBOX_PLANS_MAX];
	uint64_t written; /* by the guest, after the records: what comes out ends here */
};

enum mailbox_kind {
	MAILBOX_BEGIN = 1, /* the plan of this number begins; no data */
	MAILBOX_EVENTS,	   /* lines of its events */
	MAILBOX_CAPTURE,   /* bytes of its capture */
	MAILBOX_END,	   /* its process has ended; the data is its wait status, an int32_t */
};

/* Before each piece that comes out; the next one begins at the next multiple of MAILBOX_ALIGN. */
struct mailbox_record {
	uint32_t kind, plan;
	uint64_t length;
};

#define MAILBOX_ALIGN 16

/*
 * The end of the memory: what the guest's kernel asks of the host's root, and the answer, as <linux/fuse.h> has them. What
 * comes out ends before it.
 */
#define MAILBOX_FILES (MAILBOX_BYTES - (UINT64_C(1) << 20))

enum { MAILBOX_FILES_ROOM = 1 << 18 };

struct mailbox_files {
	uint64_t asked, answered; /* in bytes */
	unsigned char request[MAILBOX_FILES_ROOM], answer[MAILBOX_FILES_ROOM];
};

/*
 * The port of QEMU's debug console, whose other end is a pipe with room for one byte. For a request the guest writes
 * two: the first finds room, the second does not until the launcher, which has answered by then, takes the first. QEMU waits for
 * that within the guest's instruction, so that no virtual time passes.
 */
enum { MAILBOX_BELL_PORT = 0xe9 };

#endif
