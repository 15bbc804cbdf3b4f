// SPDX-License-Identifier: GPL-2.0-only
// What the commands that run scenarios have in common on their command lines.
#include "lab/run_options.h"

#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/front/parameters.h"
#include "lab/launch/launch.h"
#include "lab/options.h"
#include "lab/series.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

size_t default_run_jobs(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors > SERIES_JOBS_MAX / 2 ? SERIES_JOBS_MAX : 2 * (size_t)processors;
}

bool find_run_kernel(const char *command, const char *name, struct kernel *kernel, int *status)
{
	char why[2048];
	bool unknown;

	*status = EXIT_LABORATORY;
	if (!kernel_find(name, kernel, why, sizeof(why), &unknown)) {
		*status = unknown ? EXIT_USAGE : EXIT_LABORATORY;
	} else if (kernel->kind != KERNEL_KIND_HOST || host_can_run(why, sizeof(why))) {
		return true;
	}
	fprintf(stderr, "%s: %s\n", command, why);
	return false;
}

bool add_run_kernel(const char *command, struct run_kernels *kernels, const char *name)
{
	struct kernel *kernel = &kernels->items[kernels->n];

	if (kernels->n == RUN_KERNELS_MAX) {
		fprintf(stderr, "%s: more than %d kernels\n", command, RUN_KERNELS_MAX);
		return false;
	}
	for (size_t i = 0; i < kernels->n; i++) {
		if (strcmp(kernels->items[i].name, name) == 0) {
			fprintf(stderr, "%s: --kernel names \"%s\" twice\n", command, name);
			return false;
		}
	}
	if ((size_t)snprintf(kernel->name, sizeof(kernel->name), "%s", name) >=
	    sizeof(kernel->name)) {
		fprintf(stderr, "%s: no kernel has a name as long as \"%s\"\n", command, name);
		return false;
	}
	kernels->n++;
	return true;
}

bool take_run_kernel(const char *command, const char *written, char *name, void *to)
{
	(void)written;
	return add_run_kernel(command, to, name);
}

bool take_run_setting(const char *command, const char *written, char *setting, void *to)
{
	(void)written;
	return settings_add(to, command, setting);
}

bool take_run_patience(const char *command, const char *written, char *seconds, void *to)
{
	uint64_t number;

	if (!parse_option_number(command, written, seconds, 1, 86400, &number))
		return false;
	*(int64_t *)to = (int64_t)number * INT64_C(1000000000);
	return true;
}

bool find_run_kernels(const char *command, struct run_kernels *kernels, int *status)
{
	for (size_t i = 0; i < kernels->n; i++) {
		char name[sizeof(kernels->items[i].name)];

		memcpy(name, kernels->items[i].name, sizeof(name));
		if (!find_run_kernel(command, name, &kernels->items[i], status))
			return false;
	}
	return true;
}

bool find_one_scenario(const char *command, char *const *args, int count, struct found_list *found,
		       struct diag *diag)
{
	if (count != 1) {
		fprintf(stderr, "%s: expected one scenario, found %d\n", command, count);
		return false;
	}
	if (!find_scenarios(args, 1, found, diag))
		return false;
	if (found->count != 1)
		fprintf(stderr, "%s: \"%s\" means %zu scenarios, expected one\n", command, args[0],
			found->count);
	return found->count == 1;
}

char *make_keep_folder(const char *keep, const char *name)
{
	char *folder;

	while (*name == '/' || *name == '.')
		name++;
	folder = text_format("%s/%s", keep, name);
	if (strlen(folder) > 5 && !strcmp(folder + strlen(folder) - 5, ".yaml"))
		folder[strlen(folder) - 5] = '\0';
	return folder;
}

char *make_kernel_keep_folder(const char *keep, const struct kernel *kernel, const char *name)
{
	char *word = text_format("%s", kernel->name), *below, *folder;

	for (char *at = word; *at; at++)
		if (*at == '/' || (*at == '.' && at == word))
			*at = '_';
	below = text_format("%s/%s", keep, word);
	folder = make_keep_folder(below, name);
	free(below);
	free(word);
	return folder;
}

int64_t real_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
