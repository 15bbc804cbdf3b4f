// SPDX-License-Identifier: GPL-2.0-only
// All kernels that there are or could be, with what is known of each.
#include "lab/kernel/catalog.h"

#include "lab/common/text.h"
#include "lab/launch/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static struct catalog_entry *add_entry(struct catalog *catalog, const char *name)
{
	catalog->entries =
		reallocarray(catalog->entries, catalog->n + 1, sizeof(*catalog->entries));
	if (!catalog->entries)
		abort();
	catalog->entries[catalog->n] = (struct catalog_entry){ .name = text_format("%s", name) };
	return &catalog->entries[catalog->n++];
}

/* The value of "KEY: VALUE"; NULL when the line has another key. (owned) */
static char *read_value(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0 || strncmp(line + length, ": ", 2) != 0)
		return NULL;
	line += length + 2;
	return text_format("%.*s", (int)strcspn(line, "\n"), line);
}

/* What guest/build wrote beside the kernel. */
static void read_info(struct catalog_entry *entry)
{
	char *slash = strrchr(entry->kernel.program, '/'), *path, line[512], *value;
	FILE *in;

	path = text_format("%.*s/info", (int)(slash - entry->kernel.program),
			   entry->kernel.program);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (!entry->version)
			entry->version = read_value(line, "version");
		if (!entry->source)
			entry->source = read_value(line, "source");
		value = read_value(line, "hz");
		if (value)
			entry->hz = strtol(value, NULL, 10);
		free(value);
	}
	if (in)
		fclose(in);
	free(path);
}

static void read_guest(struct catalog_entry *entry)
{
	char why[2048], cure[256];
	struct stat status;
	bool unknown;

	entry->ready = kernel_find(entry->name, &entry->kernel, why, sizeof(why), &unknown);
	if (entry->ready) {
		entry->there = true;
		entry->bytes = stat(entry->kernel.program, &status) ? 0 : status.st_size;
		read_info(entry);
		return;
	}
	entry->there = !unknown;
	entry->why = text_format("%s", why);
	/* a kernel that is there lacks something else, and `why` says what helps */
	if (access(entry->kernel.program, F_OK) && kernel_cure(entry->name, cure, sizeof(cure)))
		entry->cure = text_format("%s", cure);
}

static void read_host(struct catalog_entry *entry)
{
	struct utsname name;
	char why[2048];
	bool unknown;

	entry->there = true;
	if (!uname(&name))
		entry->version = text_format("%s", name.release);
	entry->source = text_format("this machine's own, in real time");
	entry->ready = kernel_find(entry->name, &entry->kernel, why, sizeof(why), &unknown) &&
		       host_can_run(why, sizeof(why));
	if (!entry->ready)
		entry->why = text_format("%s", why);
}

static void read_entry(struct catalog_entry *entry)
{
	if (strcmp(entry->name, KERNEL_HOST) == 0)
		read_host(entry);
	else
		read_guest(entry);
}

static bool is_known(const char *name)
{
	const char *known = NULL;

	while ((known = kernel_next_known(known)) && strcmp(known, name) != 0)
		;
	return known;
}

void catalog_read(struct catalog *catalog)
{
	const char *known = NULL;
	size_t n;
	char **names = kernel_names(&n);

	*catalog = (struct catalog){ 0 };
	while ((known = kernel_next_known(known)))
		add_entry(catalog, known);
	for (size_t i = 0; i < n; i++)
		if (!is_known(names[i]))
			add_entry(catalog, names[i]);
	add_entry(catalog, KERNEL_HOST);
	for (size_t i = 0; i < catalog->n; i++)
		read_entry(&catalog->entries[i]);
	kernel_names_free(names, n);
}

void catalog_read_names(struct catalog *catalog, char *const *names, size_t n)
{
	*catalog = (struct catalog){ 0 };
	for (size_t i = 0; i < n; i++)
		read_entry(add_entry(catalog, names[i]));
}

void catalog_free(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->n; i++) {
		struct catalog_entry *entry = &catalog->entries[i];
		char *strings[] = { entry->name, entry->version, entry->source, entry->why,
				    entry->cure };

		for (size_t k = 0; k < sizeof(strings) / sizeof(strings[0]); k++)
			free(strings[k]);
	}
	free(catalog->entries);
}
