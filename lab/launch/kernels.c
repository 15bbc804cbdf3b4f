// SPDX-License-Identifier: GPL-2.0-only
// Where kernels and programs are.
#include "lab/launch/kernels.h"

#include "lab/front/nearest.h"
#include "lab/launch/vm.h"

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

const char *kernels_cache_dir(void)
{
	static const struct {
		const char *variable, *below;
	} places[] = { { "PATHLAB_CACHE", "" },
		       { "XDG_CACHE_HOME", "/pathlab" },
		       { "HOME", "/.cache/pathlab" } };
	static char folder[4096];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *given = getenv(places[i].variable);

		if (given && *given &&
		    (size_t)snprintf(folder, sizeof(folder), "%s%s", given, places[i].below) <
			    sizeof(folder))
			return folder;
	}
	return NULL;
}

const char *kernels_user_dir(void)
{
	static char folder[4200];
	const char *given = getenv("PATHLAB_GUESTS"), *cache = kernels_cache_dir();

	if ((given && *given) || !cache || !join(folder, sizeof(folder), cache, "guests"))
		return NULL;
	return folder;
}

static enum kernel_kind kind_of(const char *name)
{
	if (!strcmp(name, KERNEL_HOST))
		return KERNEL_KIND_HOST;
	return strncmp(name, KERNEL_VM_PREFIX, strlen(KERNEL_VM_PREFIX)) ? KERNEL_KIND_UML :
									   KERNEL_KIND_VM;
}

/* Guests that can be made from what the distribution has. */
static const char *const known_guests[] = { KERNEL_DEFAULT,  "uml-6.1", "uml-6.12-debug",
					    "uml-6.1-debug", "vm-6.12", "vm-6.1" };

#define N_KNOWN (sizeof(known_guests) / sizeof(known_guests[0]))

const char *kernel_next_known(const char *name)
{
	size_t i = 0;

	while (name && i < N_KNOWN && strcmp(known_guests[i], name))
		i++;
	i += name != NULL;
	return i < N_KNOWN ? known_guests[i] : NULL;
}

bool kernel_cure(const char *name, char *cure, size_t size)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (!strcmp(known_guests[i], name))
			return (size_t)snprintf(cure, size, "pathlab kernel %s %s",
						kind_of(name) == KERNEL_KIND_VM ? "fetch" : "build",
						name) < size;
	return false;
}

static bool holds_name(char **names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* The names in a folder that are not among the names yet. */
static void add_names(const char *path, char ***names, size_t *n)
{
	DIR *folder = path ? opendir(path) : NULL;
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || holds_name(*names, *n, entry->d_name))
			continue;
		*names = reallocarray(*names, *n + 1, sizeof(**names));
		if (!*names || !((*names)[(*n)++] = strdup(entry->d_name)))
			abort();
	}
	if (folder)
		closedir(folder);
}

static int compare_names(const void *one, const void *other)
{
	return strverscmp(*(char *const *)one, *(char *const *)other);
}

char **kernel_names(size_t *n)
{
	char **names = NULL;

	*n = 0;
	add_names(kernels_guest_dir(), &names, n);
	add_names(kernels_user_dir(), &names, n);
	if (*n)
		qsort(names, *n, sizeof(*names), compare_names);
	return names;
}

void kernel_names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static bool is_among(const char *name, const char *const names[], size_t n)
{
	while (n > 0 && strcmp(name, names[n - 1]))
		n--;
	return n > 0;
}

/* Names the known kernels and picks the nearest. */
static void say_unknown(const char *name, char *why, size_t size)
{
	const char *known[66] = { KERNEL_DEFAULT, KERNEL_HOST, "vm-6.12", "vm-6.1" }, *nearest;
	enum { SHOWN = 8 };
	const size_t fixed = 4;
	size_t n_names, n = fixed, used;
	char **names = kernel_names(&n_names);

	for (size_t i = 0; i < n_names && n < 66; i++)
		if (!is_among(names[i], known, fixed))
			known[n++] = names[i];
	nearest = nearest_name(name, known, n);
	used = snprintf(why, size, "no kernel is called \"%s\"; there are:", name);
	for (size_t i = 0; i < n && i < SHOWN && used < size; i++)
		used += snprintf(why + used, size - used, "%s %s", i ? "," : "", known[i]);
	if (n > SHOWN && used < size)
		used += snprintf(why + used, size - used, " and %zu more (`pathlab kernel list`)",
				 n - SHOWN);
	if (nearest && used < size)
		snprintf(why + used, size - used, "; did you mean \"%s\"?", nearest);
	kernel_names_free(names, n_names);
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

void kernel_find_folder(const char *name, char *folder, size_t size)
{
	const char *user = kernels_user_dir();
	struct stat status;

	if (strchr(name, '/')) {
		snprintf(folder, size, "%s", name);
		return;
	}
	join(folder, size, kernels_guest_dir(), name);
	if (lstat(folder, &status) && user)
		join(folder, size, user, name);
	if (lstat(folder, &status))
		join(folder, size, kernels_guest_dir(), name);
}

/* How much memory a guest needs is among what guest/build wrote down beside it. */
static unsigned read_memory(const char *folder)
{
	char path[4800], line[256];
	unsigned mib = 0;
	FILE *info = join(path, sizeof(path), folder, "info") ? fopen(path, "re") : NULL;

	while (info && fgets(line, sizeof(line), info))
		if (!strncmp(line, "memory-mib: ", 12))
			mib = (unsigned)strtoul(line + 12, NULL, 10);
	if (info)
		fclose(info);
	return mib;
}

/* Of a folder that was named: it may be what a guest is made from. */
static void say_no_guest(const struct kernel *kernel, int error, char *why, size_t size)
{
	char source[4700];

	snprintf(source, sizeof(source), "%s/arch/um/Kconfig", kernel->name);
	if (!access(source, F_OK))
		snprintf(
			why, size,
			"the folder %s is the source of a kernel: make a guest of it with `pathlab kernel "
			"build mine --source %s`, and run on that with --kernel mine",
			kernel->name, kernel->name);
	else
		snprintf(
			why, size,
			"there is no kernel in the folder %s (%s: %s); expected one with a guest called "
			"linux in it",
			kernel->name, kernel->program, strerror(error));
}

static bool find_guest(struct kernel *kernel, char *why, size_t size, bool *unknown)
{
	struct stat status;
	char folder[4600], cure[256];

	kernel_find_folder(kernel->name, folder, sizeof(folder));
	if (!join(kernel->program, sizeof(kernel->program), folder, "linux"))
		return false;
	kernel->memory_mib = read_memory(folder);
	if (!access(kernel->program, X_OK))
		return find_program("pathlab-preload.so", kernel->preload, sizeof(kernel->preload),
				    R_OK, why, size);
	if (kernel_cure(kernel->name, cure, sizeof(cure))) {
		snprintf(why, size, "the guest kernel %s is not built (%s: %s): build it with `%s`",
			 kernel->name, kernel->program, strerror(errno), cure);
	} else if (strchr(kernel->name, '/')) {
		*unknown = true;
		say_no_guest(kernel, errno, why, size);
	} else if (!lstat(folder, &status)) {
		snprintf(
			why, size,
			"the guest kernel %s is not built (%s: %s): build it with `pathlab kernel build "
			"%s --source TREE`",
			kernel->name, kernel->program, strerror(errno), kernel->name);
	} else {
		*unknown = true;
		say_unknown(kernel->name, why, size);
	}
	return false;
}

bool kernel_find(const char *name, struct kernel *kernel, char *why, size_t size, bool *unknown)
{
	*unknown = false;
	*kernel = (struct kernel){ .kind = kind_of(name) };
	if (!*name || strlen(name) >= sizeof(kernel->name) ||
	    (name[0] == '.' && !strchr(name, '/'))) {
		*unknown = true;
		say_unknown(name, why, size);
		return false;
	}
	strcpy(kernel->name, name);
	if (kernel->kind == KERNEL_KIND_UML && !find_guest(kernel, why, size, unknown))
		return false;
	if (kernel->kind == KERNEL_KIND_VM && !vm_find(kernel, why, size, unknown)) {
		if (*unknown)
			say_unknown(name, why, size);
		return false;
	}
	return find_program("pathlab-agent", kernel->agent, sizeof(kernel->agent), X_OK, why, size);
}
