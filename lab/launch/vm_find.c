// SPDX-License-Identifier: GPL-2.0-only
// What a kernel under QEMU needs, and what to do where it is missing.
#include "lab/common/programs.h"
#include "lab/launch/vm.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QEMU "qemu-system-x86_64"

/* Names of kernels that can be fetched by them alone. */
static const char *const known[] = { "vm-6.12", "vm-6.1" };

static bool find_qemu(struct kernel *kernel, char *why, size_t size)
{
	if (find_in_path(QEMU, kernel->qemu, sizeof(kernel->qemu)))
		return true;
	snprintf(why, size,
		 "the kernel %s runs under QEMU, and " QEMU
		 " is not in PATH: install it with `setup/install vm` (on Debian the package "
		 "qemu-system-x86)",
		 kernel->name);
	return false;
}

/* It, this program and the agent are for the same processor. */
static bool check_image(const struct kernel *kernel, char *why, size_t size)
{
	Elf64_Ehdr header = { 0 };
	int fd = open(kernel->program, O_RDONLY | O_CLOEXEC);
	bool whole = fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header) &&
		     !memcmp(header.e_ident, ELFMAG, SELFMAG);

	if (fd >= 0)
		close(fd);
	if (whole && header.e_machine == EM_X86_64)
		return true;
	if (whole)
		snprintf(
			why, size,
			"%s is a kernel for another processor (ELF machine %d, expected %d, x86-64): fetch "
			"one for this with `pathlab kernel fetch %s`",
			kernel->program, header.e_machine, EM_X86_64, kernel->name);
	else
		snprintf(why, size,
			 "%s is no kernel: fetch it again with `pathlab kernel fetch %s`",
			 kernel->program, kernel->name);
	return false;
}

bool vm_find(struct kernel *kernel, char *why, size_t size, bool *unknown)
{
	char folder[4300];
	struct stat status;

	*unknown = false;
#ifndef __x86_64__
	snprintf(
		why, size,
		"kernels under QEMU are those for x86-64, and this machine is not: use its own, --kernel " KERNEL_HOST);
	return false;
#endif
	kernel_find_folder(kernel->name, folder, sizeof(folder));
	if ((size_t)snprintf(kernel->program, sizeof(kernel->program), "%s/vmlinux", folder) >=
	    sizeof(kernel->program))
		return false;
	if (!access(kernel->program, R_OK))
		return check_image(kernel, why, size) && find_qemu(kernel, why, size);
	*unknown = lstat(folder, &status);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		*unknown = *unknown && strcmp(kernel->name, known[i]);
	snprintf(why, size,
		 "the kernel %s is not fetched (%s: %s): fetch it with `pathlab kernel fetch %s`",
		 kernel->name, kernel->program, strerror(errno), kernel->name);
	return false;
}
