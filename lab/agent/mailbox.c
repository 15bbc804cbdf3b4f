// SPDX-License-Identifier: GPL-2.0-only
// The shared memory, through the PCI device's resource file in sysfs: no driver is needed.
#include "lab/agent/mailbox.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The launcher puts the device into this slot; its second resource is the memory (ivshmem-spec.rst). */
static const char device[] = "/sys/bus/pci/devices/0000:00:04.0";

/* So much is mapped at a time: the kernel fills in page tables for all of a device's mapping at once. */
enum { VIEW = 1 << 22 };

static int resource_fd = -1;
static struct mailbox *header;
static unsigned char *view;
static uint64_t view_at = UINT64_MAX;

static bool enable(void)
{
	char path[128];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/enable", device);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, "1", 1) == 1;
	if (fd >= 0)
		close(fd);
	return good;
}

bool mailbox_open(void)
{
	char path[128];
	void *memory;

	snprintf(path, sizeof(path), "%s/resource2", device);
	resource_fd = enable() ? open(path, O_RDWR | O_CLOEXEC) : -1;
	memory = resource_fd < 0 ? MAP_FAILED :
				   mmap(NULL, MAILBOX_OUT, PROT_READ | PROT_WRITE, MAP_SHARED,
					resource_fd, 0);
	if (memory == MAP_FAILED) {
		perror("agent: the memory shared with the launcher");
		return false;
	}
	header = memory;
	if (!memcmp(header->magic, MAILBOX_MAGIC, sizeof(header->magic)) &&
	    header->n_plans <= MAILBOX_PLANS_MAX)
		return true;
	fprintf(stderr, "agent: the memory shared with the launcher is not as agreed\n");
	return false;
}

const struct mailbox *mailbox_header(void)
{
	return header;
}

struct mailbox_files *mailbox_files(void)
{
	void *memory = mmap(NULL, sizeof(struct mailbox_files), PROT_READ | PROT_WRITE, MAP_SHARED,
			    resource_fd, MAILBOX_FILES);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Maps the piece of the memory that holds a place. */
static bool look_at(uint64_t place)
{
	uint64_t start = place / VIEW * VIEW;

	if (start == view_at)
		return true;
	if (view)
		munmap(view, VIEW);
	view = mmap(NULL, VIEW, PROT_READ | PROT_WRITE, MAP_SHARED, resource_fd, (off_t)start);
	if (view == MAP_FAILED) {
		view = NULL;
		view_at = UINT64_MAX;
		return false;
	}
	view_at = start;
	return true;
}

static bool copy_out(uint64_t place, const void *data, size_t length)
{
	while (length) {
		size_t part = VIEW - place % VIEW;

		if (part > length)
			part = length;
		if (!look_at(place))
			return false;
		memcpy(view + place % VIEW, data, part);
		data = (const char *)data + part;
		place += part;
		length -= part;
	}
	return true;
}

void mailbox_put(enum mailbox_kind kind, unsigned plan, const void *data, size_t length)
{
	struct mailbox_record record = { .kind = kind, .plan = plan, .length = length };
	uint64_t at = header->written, end = at + sizeof(record) + length;

	end = (end + MAILBOX_ALIGN - 1) / MAILBOX_ALIGN * MAILBOX_ALIGN;
	if (at > MAILBOX_FILES || end > MAILBOX_FILES || !copy_out(at, &record, sizeof(record)) ||
	    !copy_out(at + sizeof(record), data, length)) {
		header->written = UINT64_MAX; /* nothing more, or there would be a hole */
		return;
	}
	/* The launcher reads while the guest goes on: the record is there before it is told of. */
	atomic_thread_fence(memory_order_release);
	*(volatile uint64_t *)&header->written = end;
}
