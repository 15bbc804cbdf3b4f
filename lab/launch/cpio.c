// SPDX-License-Identifier: GPL-2.0-only
// The "newc" format, of what the kernel takes from it. Owners, times and numbers are the same whatever the files were.
#include "lab/launch/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void put(struct cpio *cpio, const void *data, size_t length)
{
	static const char zeros[4];
	size_t padding = -length & 3;

	if (cpio->used + length + padding > cpio->size) {
		cpio->size = (cpio->used + length + padding) * 2;
		cpio->data = realloc(cpio->data, cpio->size);
		if (!cpio->data)
			abort();
	}
	if (length)
		memcpy(cpio->data + cpio->used, data, length);
	memcpy(cpio->data + cpio->used + length, zeros, padding);
	cpio->used += length + padding;
}

static void put_entry(struct cpio *cpio, const char *path, unsigned mode, const void *data,
		      size_t length)
{
	char header[4300];
	size_t name = strlen(path) + 1;
	/* magic; inode, mode, owner, group, links, time, size, device and its own, twice each; name's length, sum */
	int n = snprintf(header, sizeof(header),
			 "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X%s",
			 ++cpio->entries, mode, 0, 0, 1, 0, length, 0, 0, 0, 0, name, 0, path);

	put(cpio, header, (size_t)n + 1);
	put(cpio, data, length);
}

/* Looks through the archive itself: it holds few entries. */
static bool has(const struct cpio *cpio, const char *path)
{
	for (size_t at = 0; at < cpio->used;) {
		const char *header = cpio->data + at;
		char digits[9] = { 0 };
		size_t length, name;

		memcpy(digits, header + 54, 8);
		length = strtoul(digits, NULL, 16);
		memcpy(digits, header + 94, 8);
		name = strtoul(digits, NULL, 16);
		if (!strcmp(header + 110, path))
			return true;
		at += (110 + name + 3) / 4 * 4 + (length + 3) / 4 * 4;
	}
	return false;
}

void cpio_add_folder(struct cpio *cpio, const char *path)
{
	char part[4096];

	path++;
	for (size_t n = 1; n < sizeof(part) && path[n - 1]; n++) {
		if (path[n] && path[n] != '/')
			continue;
		memcpy(part, path, n);
		part[n] = '\0';
		if (!has(cpio, part))
			put_entry(cpio, part, S_IFDIR | 0755, NULL, 0);
	}
}

void cpio_add_file(struct cpio *cpio, const char *path, const void *data, size_t length)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	if (*folder)
		cpio_add_folder(cpio, folder);
	if (!has(cpio, path + 1))
		put_entry(cpio, path + 1, S_IFREG | 0755, data, length);
}

void cpio_finish(struct cpio *cpio)
{
	put_entry(cpio, "TRAILER!!!", 0, NULL, 0);
}
