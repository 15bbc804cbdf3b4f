// SPDX-License-Identifier: GPL-2.0-only
// Where kernels and programs are.
#include "lab/launch/kernels.h"

#include "lab/front/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PATHLAB_LIBDIR
#define PATHLAB_LIBDIR "/usr/local/lib/pathlab"
#endif

static bool join(char *out, size_t size, const char *folder, const char *name)
{
	return (size_t)snprintf(out, size, "%s/%s", folder, name) < size;
}

const char *kernels_program_dir(void)
{
	static char folder[4096];
	const char *given = getenv("PATHLAB_PROGRAMS");
	char agent[4200], *slash;
	ssize_t n;

	if (given && *given)
		return given;
	if (*folder)
		return folder;
	n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	folder[n > 0 ? n : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (!slash || !join(agent, sizeof(agent), folder, "pathlab-agent") || access(agent, X_OK))
		snprintf(folder, sizeof(folder), "%s", PATHLAB_LIBDIR);
	return folder;
}

const char *kernels_guest_dir(void)
{
	static char folder[4200];
	const char *given = getenv("PATHLAB_GUESTS");

	if (given && *given)
		return given;
	join(folder, sizeof(folder), kernels_program_dir(), "guest");
	return folder;
}

/* Names the known kernels and picks the nearest. */
static void say_unknown(const char *name, char *why, size_t size)
{
	const char *known[66] = { KERNEL_DEFAULT, KERNEL_HOST }, *nearest;
	DIR *folder = opendir(kernels_guest_dir());
	struct dirent *entry;
	size_t n = 2, used;

	while (folder && (entry = readdir(folder)) && n < 66)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, KERNEL_DEFAULT))
			known[n++] = strdup(entry->d_name);
	if (folder)
		closedir(folder);
	nearest = nearest_name(name, known, n);
	used = snprintf(why, size, "no kernel is called \"%s\"; there are:", name);
	for (size_t i = 0; i < n && used < size; i++)
		used += snprintf(why + used, size - used, "%s %s", i ? "," : "", known[i]);
	if (nearest && used < size)
		snprintf(why + used, size - used, "; did you mean \"%s\"?", nearest);
	for (size_t i = 2; i < n; i++)
		free((char *)known[i]);
}

static bool find_program(const char *name, char *path, size_t path_size, int mode, char *why,
			 size_t size)
{
	if (join(path, path_size, kernels_program_dir(), name) && !access(path, mode))
		return true;
	snprintf(why, size, "%s is missing (%s): build it with `make programs`", path,
		 strerror(errno));
	return false;
}

static bool find_guest(struct kernel *kernel, char *why, size_t size, bool *unknown)
{
	struct stat status;
	char folder[4300];

	join(folder, sizeof(folder), kernels_guest_dir(), kernel->name);
	if (!join(kernel->program, sizeof(kernel->program), folder, "linux"))
		return false;
	if (!access(kernel->program, X_OK))
		return find_program("pathlab-preload.so", kernel->preload, sizeof(kernel->preload),
				    R_OK, why, size);
	*unknown = strcmp(kernel->name, KERNEL_DEFAULT) && lstat(folder, &status);
	if (*unknown)
		say_unknown(kernel->name, why, size);
	else
		snprintf(why, size,
			 "the guest kernel %s is not built (%s: %s): build it with `make guest`",
			 kernel->name, kernel->program, strerror(errno));
	return false;
}

bool kernel_find(const char *name, struct kernel *kernel, char *why, size_t size, bool *unknown)
{
	*unknown = false;
	*kernel = (struct kernel){ .kind = strcmp(name, KERNEL_HOST) ? KERNEL_KIND_UML :
								       KERNEL_KIND_HOST };
	if (!*name || strlen(name) >= sizeof(kernel->name) || strchr(name, '/') || name[0] == '.') {
		*unknown = true;
		say_unknown(name, why, size);
		return false;
	}
	strcpy(kernel->name, name);
	if (kernel->kind == KERNEL_KIND_UML && !find_guest(kernel, why, size, unknown))
		return false;
	return find_program("pathlab-agent", kernel->agent, sizeof(kernel->agent), X_OK, why, size);
}
