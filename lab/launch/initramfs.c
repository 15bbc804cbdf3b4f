// SPDX-License-Identifier: GPL-2.0-only
// The first and only file system of a guest under QEMU.
#include "lab/launch/initramfs.h"

#include "lab/launch/cpio.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_file(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *data = fd < 0 || fstat(fd, &status) ? NULL : malloc(status.st_size + 1);
	size_t done = 0;
	ssize_t n = 1;

	while (data && done < (size_t)status.st_size && n > 0) {
		n = read(fd, data + done, status.st_size - done);
		done += n > 0 ? n : 0;
	}
	if (fd >= 0)
		close(fd);
	*length = done;
	return data;
}

/*
 * A module without the signature at its end (include/linux/module_signature.h): to check one takes an emulated processor
 * tens of milliseconds, and no kernel here asks for it.
 */
static size_t length_unsigned(const char *data, size_t length)
{
	static const char mark[] = "~Module signature appended~\n";
	const size_t n = sizeof(mark) - 1, header = 12;
	uint32_t signature;

	if (length < n + header || memcmp(data + length - n, mark, n))
		return length;
	memcpy(&signature, data + length - n - sizeof(signature), sizeof(signature));
	signature = be32toh(signature);
	return signature > length - n - header ? length : length - n - header - signature;
}

static bool add_copy(struct cpio *cpio, const char *path, const char *from, char *why, size_t size)
{
	size_t length;
	char *data = read_file(from, &length);
	bool good = data;

	if (good)
		cpio_add_file(cpio, path, data, length_unsigned(data, length));
	else
		snprintf(why, size, "cannot read %s: %s", from, strerror(errno));
	free(data);
	return good;
}

static int is_module(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 3 && !strcmp(entry->d_name + length - 3, ".ko");
}

static bool add_modules(struct cpio *cpio, const struct kernel *kernel, char *why, size_t size)
{
	char folder[4200];
	struct dirent **names = NULL;
	bool good;
	int n;

	snprintf(folder, sizeof(folder), "%s", kernel->program);
	snprintf(strrchr(folder, '/'), sizeof("/modules"), "/modules");
	n = scandir(folder, &names, is_module, alphasort);
	good = n > 0;
	if (!good)
		snprintf(
			why, size,
			"the kernel %s has no modules in %s (%s): fetch it again with `pathlab kernel fetch %s`",
			kernel->name, folder, n < 0 ? strerror(errno) : "there are none",
			kernel->name);
	for (int i = 0; i < n; i++) {
		char from[4500], to[300];

		/* guest/fetch numbers them from 1 on */
		if (good && strtol(names[i]->d_name, NULL, 10) != i + 1) {
			good = false;
			snprintf(
				why, size,
				"the kernel %s lacks a module, the one before %s in %s: fetch it again with "
				"`pathlab kernel fetch %s`",
				kernel->name, names[i]->d_name, folder, kernel->name);
		}

		snprintf(from, sizeof(from), "%s/%s", folder, names[i]->d_name);
		snprintf(to, sizeof(to), "/modules/%s", names[i]->d_name);
		good = good && add_copy(cpio, to, from, why, size);
		free(names[i]);
	}
	free(names);
	return good;
}

static int make_archive(const struct kernel *kernel, char *why, size_t size)
{
	struct cpio cpio = { 0 };
	size_t done = 0;
	ssize_t n = 1;
	int fd = -1;

	cpio_add_folder(&cpio, "/dev");
	cpio_add_folder(&cpio, "/proc");
	cpio_add_folder(&cpio, "/sys");
	if (!add_copy(&cpio, "/init", kernel->agent, why, size) ||
	    !add_modules(&cpio, kernel, why, size))
		goto out;
	cpio_finish(&cpio);
	fd = memfd_create("initramfs", MFD_CLOEXEC);
	while (fd >= 0 && done < cpio.used && n > 0) {
		n = write(fd, cpio.data + done, cpio.used - done);
		done += n > 0 ? n : 0;
	}
	if (done == cpio.used)
		goto out;
	snprintf(why, size, "cannot hold the guest's first files in memory: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	fd = -1;
out:
	free(cpio.data);
	return fd;
}

int initramfs_open(const struct kernel *kernel, char *why, size_t size)
{
	static struct {
		char kernel[4096];
		int fd;
	} made[16];
	size_t i = 0;

	while (i < 15 && *made[i].kernel && strcmp(made[i].kernel, kernel->program))
		i++;
	if (!strcmp(made[i].kernel, kernel->program))
		return made[i].fd;
	if (*made[i].kernel) /* more kernels than places: the last place is the latest one's */
		close(made[i].fd);
	*made[i].kernel = '\0';
	made[i].fd = make_archive(kernel, why, size);
	if (made[i].fd >= 0)
		strcpy(made[i].kernel, kernel->program);
	return made[i].fd;
}
