// SPDX-License-Identifier: GPL-2.0-only
// The entries of the gallery: names turned into folders, folders read.
#include "lab/bugs/bug.h"
#include "lab/bugs/read.h"
#include "lab/common/text.h"
#include "lab/front/find.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER "bugs"

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *bugs_folder(void)
{
	static char folder[PATH_MAX + 16];

	if (is_folder(FOLDER))
		return FOLDER;
	snprintf(folder, sizeof(folder), "%s/" FOLDER, find_data_dir());
	return folder;
}

static int is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.md") != 0;
}

static void add_bug(struct bug_list *list, const char *name, const char *folder)
{
	struct arena *arena = &list->arena;

	list->items = arena_grow(arena, list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = (struct bug){
		.name = arena_strdup(arena, name),
		.folder = arena_strdup(arena, folder),
		.scenario = arena_printf(arena, "%s/scenario.yaml", folder),
		.summary = "",
	};
}

/* All names of the gallery, in order. */
static void list_names(struct arena *arena, struct name_list *names)
{
	struct dirent **entries;
	int n = scandir(bugs_folder(), &entries, is_entry, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = text_format("%s/%s", bugs_folder(), entries[i]->d_name);

		if (is_folder(path))
			name_list_add(arena, names, arena_strdup(arena, entries[i]->d_name));
		free(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void add_named(struct bug_list *list, const char *name)
{
	char *path = text_format("%s/%s", bugs_folder(), name);

	add_bug(list, name, path);
	free(path);
}

/* A folder by its path, wherever it is. */
static bool add_path(struct bug_list *list, const char *path, struct diag *diag)
{
	char *copy = text_format("%s", path);
	size_t length = strlen(copy);
	bool good = is_folder(path);

	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	if (good)
		add_bug(list, strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy, copy);
	else
		diag_add(diag, path, 0, 0,
			 "is no folder; expected that of a bug, with its bug.yaml");
	free(copy);
	return good;
}

static bool add_argument(struct bug_list *list, const char *name, const struct name_list *known,
			 struct diag *diag)
{
	const char *nearest;

	if (strchr(name, '/'))
		return add_path(list, name, diag);
	if (name_list_find(known, name) >= 0) {
		add_named(list, name);
		return true;
	}
	nearest = nearest_name(name, known->items, known->count);
	if (nearest)
		diag_add(diag, NULL, 0, 0, "no bug is called \"%s\"; did you mean \"%s\"?", name,
			 nearest);
	else
		diag_add(diag, NULL, 0, 0,
			 "no bug is called \"%s\"; `pathlab bugs list` shows all in %s", name,
			 bugs_folder());
	return false;
}

static bool read_bug(struct bug_list *list, struct bug *bug, struct diag *diag)
{
	struct front front = { .diag = diag,
			       .arena = list->arena,
			       .sentences = diag->count + diag->dropped };
	const char *file = arena_printf(&front.arena, "%s/bug.yaml", bug->folder);
	struct stat status;
	bool good = true;

	if (stat(file, &status) == 0) {
		const struct yaml *root = yaml_load(&front, file);

		good = root && bug_read_yaml(&front, root, bug);
	}
	if (good)
		bug->unfinished = bug_find_lack(&front.arena, bug);
	list->arena = front.arena;
	return good;
}

bool bugs_read(char *const *names, int count, struct bug_list *list, struct diag *diag)
{
	struct name_list known = { 0 };
	bool good = true, all = count == 0;

	list_names(&list->arena, &known);
	for (int i = 0; i < count; i++)
		all |= strcmp(names[i], "all") == 0;
	for (size_t i = 0; all && i < known.count; i++)
		add_named(list, known.items[i]);
	for (int i = 0; i < count && !all; i++)
		good &= add_argument(list, names[i], &known, diag);
	for (size_t i = 0; i < list->n; i++)
		good &= read_bug(list, &list->items[i], diag);
	return good;
}

void bugs_free(struct bug_list *list)
{
	arena_free(&list->arena);
	*list = (struct bug_list){ 0 };
}
