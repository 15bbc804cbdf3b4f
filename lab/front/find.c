// SPDX-License-Identifier: GPL-2.0-only
// Scenario and topology arguments (files, folders, names) turned into files.
#include "lab/front/find.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/front/nearest.h"
#include "lab/front/yaml.h"

/* Where `make install` puts scenarios and topologies; the Makefile may say otherwise. */
#ifndef PATHLAB_SHARE
#define PATHLAB_SHARE "/usr/local/share/pathlab"
#endif

#define SUFFIX		 ".yaml"
#define SUFFIX_LENGTH	 (sizeof(SUFFIX) - 1)
#define FOLDER_DEPTH_MAX 8
#define FILES_MAX	 10000

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool has_suffix(const char *name)
{
	size_t length = strlen(name);

	return length > SUFFIX_LENGTH && strcmp(name + length - SUFFIX_LENGTH, SUFFIX) == 0;
}

static char *make_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *make_path(const char *format, ...)
{
	va_list arguments;
	char *path;

	va_start(arguments, format);
	if (vasprintf(&path, format, arguments) < 0)
		abort();
	va_end(arguments);
	return path;
}

static bool holds_data(const char *folder)
{
	char *scenarios = make_path("%s/scenarios", folder);
	char *topologies = make_path("%s/topologies", folder);
	bool holds = is_folder(scenarios) || is_folder(topologies);

	free(scenarios);
	free(topologies);
	return holds;
}

const char *find_data_dir(void)
{
	static char folder[PATH_MAX + 16];
	const char *given = getenv("PATHLAB_DATA");
	char program[PATH_MAX];
	ssize_t length;

	if (given && given[0] != '\0')
		return given;
	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	for (int i = 0; length > 0 && i < 2; i++) {
		program[length] = '\0';
		length = strrchr(program, '/') ? strrchr(program, '/') - program : 0;
		program[length] = '\0';
	}
	if (length > 0 && holds_data(program)) {
		snprintf(folder, sizeof(folder), "%s", program);
		return folder;
	}
	if (length > 0) {
		snprintf(folder, sizeof(folder), "%s/share/pathlab", program);
		if (holds_data(folder))
			return folder;
	}
	return PATHLAB_SHARE;
}

char *find_scenario_name(const char *file)
{
	static const char folder[] = "scenarios/";
	const char *name = file;
	char *copy;

	for (const char *at = file; (at = strstr(at, folder)); at++) {
		if (at == file || at[-1] == '/')
			name = at + strlen(folder);
	}
	if (strncmp(name, "./", 2) == 0)
		name += 2;
	copy = make_path("%s", name);
	if (has_suffix(copy))
		copy[strlen(copy) - SUFFIX_LENGTH] = '\0';
	return copy;
}

/* Takes over `file` and `name`. One stat(2) a file: a folder of hundreds is listed on every start. */
static void add_found(struct found_list *list, char *file, char *name)
{
	struct found found = { .file = file, .name = name };
	bool known = list->count >= FILES_MAX;
	struct stat status;

	if (stat(file, &status) == 0) {
		found.device = status.st_dev;
		found.inode = status.st_ino;
	}
	for (size_t i = 0; i < list->count && !known; i++) {
		const struct found *other = &list->items[i];

		known = found.inode ? other->device == found.device && other->inode == found.inode :
				      strcmp(other->file, file) == 0;
	}
	if (known) {
		free(file);
		free(name);
		return;
	}
	list->items = reallocarray(list->items, list->count + 1, sizeof(list->items[0]));
	if (!list->items)
		abort();
	list->items[list->count++] = found;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A topology that lies beside the scenarios that use it, by the keys that begin its lines: no scenario has "nodes". */
static bool is_topology_file(const char *path)
{
	bool nodes = false, scenario = false;
	char *line = NULL;
	struct stat status;
	FILE *file = NULL;
	size_t size = 0;

	/* a pipe would wait for its other end */
	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= YAML_FILE_MAX)
		file = fopen(path, "re");
	while (file && !scenario && getline(&line, &size, file) > 0) {
		nodes |= strncmp(line, "nodes:", 6) == 0;
		scenario =
			strncmp(line, "timeline:", 9) == 0 || strncmp(line, "endpoints:", 10) == 0;
	}
	free(line);
	if (file)
		fclose(file);
	return nodes && !scenario;
}

/* All *.yaml of a folder and its folders, but not through symbolic links to folders. */
static void add_folder(struct found_list *list, const char *folder, int depth)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	while (entries && (entry = readdir(entries))) {
		struct stat status;
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = make_path("%.*s/%s", (int)length, folder, entry->d_name);
		if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
			if (depth < FOLDER_DEPTH_MAX)
				add_folder(list, path, depth + 1);
		} else if (has_suffix(entry->d_name) && strcmp(entry->d_name, ERRNOS_FILE) != 0) {
			add_found(list, path, find_scenario_name(path));
			continue;
		}
		free(path);
	}
	if (entries)
		closedir(entries);
}

/* Everything below `scenarios` or `topologies`, here and in the data folder. */
static struct found_list list_known(const char *kind)
{
	struct found_list list = { 0 };
	char *folder = make_path("%s/%s", find_data_dir(), kind);

	if (is_folder(kind))
		add_folder(&list, kind, 0);
	if (is_folder(folder))
		add_folder(&list, folder, 0);
	free(folder);
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(list.items[0]), compare_found);
	return list;
}

void found_list_free(struct found_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].name);
	}
	free(list->items);
	*list = (struct found_list){ 0 };
}

/* A name stands for itself, for all below it ("connect"), or without its folder ("one-path"). */
static bool is_meant(const char *name, const char *argument)
{
	size_t length = strlen(argument);
	const char *last = strrchr(name, '/');

	return strcmp(name, argument) == 0 ||
	       (strncmp(name, argument, length) == 0 && name[length] == '/') ||
	       (last && strcmp(last + 1, argument) == 0);
}

static void say_unknown(const struct found_list *known, const char *argument, struct diag *diag)
{
	struct arena arena = { 0 };
	struct name_list names = { 0 };
	const char *near;

	for (size_t i = 0; i < known->count; i++)
		name_list_add(&arena, &names, known->items[i].name);
	near = nearest_name(argument, names.items, names.count);
	if (near)
		diag_add(diag, NULL, 0, 0, "unknown scenario \"%s\"; did you mean \"%s\"?",
			 argument, near);
	else if (strchr(argument, '/') || has_suffix(argument))
		diag_add(
			diag, NULL, 0, 0,
			"unknown scenario \"%s\"; there is no such file or folder, and no scenario of "
			"that name",
			argument);
	else
		diag_add(
			diag, NULL, 0, 0,
			"unknown scenario \"%s\"; expected a file, a folder, or a name that \"pathlab "
			"list\" shows",
			argument);
	arena_free(&arena);
}

static void add_named(struct found_list *list, const char *argument, struct diag *diag)
{
	struct found_list known = list_known("scenarios");
	bool found = false;

	for (size_t i = 0; i < known.count; i++) {
		if (!is_meant(known.items[i].name, argument))
			continue;
		add_found(list, make_path("%s", known.items[i].file),
			  make_path("%s", known.items[i].name));
		found = true;
	}
	if (!found)
		say_unknown(&known, argument, diag);
	found_list_free(&known);
}

static void add_argument(struct found_list *list, const char *argument, bool topologies,
			 struct diag *diag)
{
	size_t before = list->count;
	bool any = false;

	if (is_folder(argument)) {
		struct found_list inside = { 0 };

		add_folder(&inside, argument, 0);
		for (size_t i = 0; i < inside.count; i++) {
			if (!topologies && is_topology_file(inside.items[i].file))
				continue;
			any = true;
			add_found(list, make_path("%s", inside.items[i].file),
				  make_path("%s", inside.items[i].name));
		}
		if (!any)
			diag_add(diag, argument, 0, 0,
				 inside.count ?
					 "is a folder without any scenario, of topologies only" :
					 "is a folder without any *.yaml file");
		found_list_free(&inside);
	} else if (access(argument, F_OK) == 0) {
		add_found(list, make_path("%s", argument), find_scenario_name(argument));
	} else {
		add_named(list, argument, diag);
	}
	if (list->count > before)
		qsort(list->items + before, list->count - before, sizeof(list->items[0]),
		      compare_found);
}

static bool find_all(char *const *args, int count, bool topologies, struct found_list *list,
		     struct diag *diag)
{
	size_t sentences = diag->count;

	*list = (struct found_list){ 0 };
	for (int i = 0; i < count; i++)
		add_argument(list, args[i], topologies, diag);
	if (count == 0) {
		*list = list_known("scenarios");
		if (list->count == 0)
			diag_add(diag, NULL, 0, 0,
				 "there are no scenarios in ./scenarios and %s/scenarios",
				 find_data_dir());
	}
	return diag->count == sentences;
}

bool find_scenarios(char *const *args, int count, struct found_list *list, struct diag *diag)
{
	return find_all(args, count, false, list, diag);
}

bool find_files(char *const *args, int count, struct found_list *list, struct diag *diag)
{
	return find_all(args, count, true, list, diag);
}

void find_topologies(struct found_list *list)
{
	*list = list_known("topologies");
	/* names of topologies have no folders before them */
	for (size_t i = 0; i < list->count; i++) {
		char *name = list->items[i].name, *last = strrchr(name, '/');

		if (last)
			memmove(name, last + 1, strlen(last + 1) + 1);
	}
}

static char *find_beside(const char *name, const char *beside)
{
	const char *slash = beside ? strrchr(beside, '/') : NULL;
	char *path;

	if (name[0] != '.' || !slash)
		path = make_path("%s", name);
	else
		path = make_path("%.*s/%s", (int)(slash - beside), beside,
				 strncmp(name, "./", 2) == 0 ? name + 2 : name);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *find_topology(const char *name, const char *beside, char **nearest)
{
	struct arena arena = { 0 };
	struct name_list names = { 0 };
	struct found_list known;
	char *path = NULL;

	*nearest = NULL;
	if (strchr(name, '/') || has_suffix(name))
		return find_beside(name, beside);
	find_topologies(&known);
	for (size_t i = 0; i < known.count; i++) {
		name_list_add(&arena, &names, known.items[i].name);
		if (!path && strcmp(known.items[i].name, name) == 0)
			path = make_path("%s", known.items[i].file);
	}
	if (!path) {
		const char *near = nearest_name(name, names.items, names.count);

		*nearest = near ? make_path("%s", near) : NULL;
	}
	arena_free(&arena);
	found_list_free(&known);
	return path;
}
