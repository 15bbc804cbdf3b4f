// SPDX-License-Identifier: GPL-2.0-only
// An archive that the kernel unpacks as its first file system (Documentation/driver-api/early-userspace/buffer-format.rst).
#ifndef LAB_LAUNCH_CPIO_H
#define LAB_LAUNCH_CPIO_H

#include <stdbool.h>
#include <stddef.h>

struct cpio {
	char *data; /* (owned) free(3) */
	size_t used, size;
	unsigned entries;
};

/* Adds a folder, and those above it where they are not in yet; the path begins with a slash. */
void cpio_add_folder(struct cpio *cpio, const char *path);

/* Adds a file that may be read, and executed, by all. */
void cpio_add_file(struct cpio *cpio, const char *path, const void *data, size_t length);

/* Adds the end. Nothing may be added after it. */
void cpio_finish(struct cpio *cpio);

#endif
