// SPDX-License-Identifier: GPL-2.0-only
// The files of a shared library, from the list that the dynamic linker keeps (dlinfo(3), elf(5)).
#include "lab/launch/libraries.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

static const char *name_of(const struct link_map *map)
{
	const char *slash = strrchr(map->l_name, '/');

	return slash ? slash + 1 : map->l_name;
}

static const struct link_map *find_loaded(const struct link_map *any, const char *name)
{
	while (any->l_prev)
		any = any->l_prev;
	for (; any; any = any->l_next)
		if (!strcmp(name_of(any), name))
			return any;
	return NULL;
}

size_t libraries_of(const char *name, const char *paths[LIBRARIES_MAX])
{
	const struct link_map *maps[LIBRARIES_MAX];
	struct link_map *first;
	void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
	size_t n = 0;

	if (!library || dlinfo(library, RTLD_DI_LINKMAP, &first))
		return 0;
	maps[n++] = first;
	for (size_t i = 0; i < n; i++) {
		const char *strings = NULL;

		paths[i] = maps[i]->l_name;
		for (const ElfW(Dyn) *entry = maps[i]->l_ld; entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag ==
			    DT_STRTAB) /* an address: the linker has added the base */
				strings = (const char *)entry->d_un
						  .d_ptr; // NOLINT(performance-no-int-to-ptr)
		for (const ElfW(Dyn) *entry = maps[i]->l_ld; strings && entry->d_tag != DT_NULL;
		     entry++) {
			const struct link_map *needed =
				entry->d_tag != DT_NEEDED ?
					NULL :
					find_loaded(first, strings + entry->d_un.d_val);
			size_t k = 0;

			while (k < n && maps[k] != needed)
				k++;
			if (needed && k == n && n < LIBRARIES_MAX)
				maps[n++] = needed;
		}
	}
	return n; /* the library stays open: the paths are the linker's own */
}
