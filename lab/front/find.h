// SPDX-License-Identifier: GPL-2.0-only
// Scenario and topology arguments (files, folders, names) turned into files.
#ifndef LAB_FRONT_FIND_H
#define LAB_FRONT_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lab/front/diag.h"

struct found {
	char *file; /* (owned) a path that can be opened, as short as possible */
	char *name; /* (owned) what to call it: "connect/one-path", or the file as given */
	dev_t device; /* of the file, by which one that is named twice is known; 0 when there is none */
	ino_t inode;
};

struct found_list {
	struct found *items; /* (owned) */
	size_t count;
};

/* The claims about each errno that stand beside the conditions (docs/formats.md, section 8): no scenario. */
#define ERRNOS_FILE "errnos.yaml"

/*
 * Turns arguments into scenario files. An argument is a file, a folder (searched for *.yaml but
 * ERRNOS_FILE and topologies, also in its folders), or a name: "connect/one-path" or "connect" below a scenarios folder. No argument at
 * all means every scenario. The result is sorted by name within an argument and has no file twice.
 * A name nobody knows is said in `diag`, with the nearest one. False when anything was said.
 */
bool find_scenarios(char *const *args, int count, struct found_list *list, struct diag *diag);
/* The same with the topologies in folders. */
bool find_files(char *const *args, int count, struct found_list *list, struct diag *diag);

/* All topologies of the topologies folders, sorted by name. */
void find_topologies(struct found_list *list);

/*
 * The file of the topology `name` (a name, or a path that ends in .yaml or has a '/'; a path that
 * starts with "./" or "../" is relative to the folder of `beside`, when that is not NULL).
 * NULL when there is none; *nearest is then the nearest known name or NULL (owned by the caller).
 */
char *find_topology(const char *name, const char *beside, char **nearest);

/*
 * The folder that holds `scenarios` and `topologies`: PATHLAB_DATA when set; else the parent of the
 * program's folder, when it has them (a build tree); else PREFIX/share/pathlab. Static.
 * The current folder is searched before it.
 */
const char *find_data_dir(void);

/* What a scenario's file is called: "connect/one-path" below a folder scenarios, else its path
 * without .yaml. The caller's. */
char *find_scenario_name(const char *file);

void found_list_free(struct found_list *list);

#endif
