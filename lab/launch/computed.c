// SPDX-License-Identifier: GPL-2.0-only
// How much a guest has computed.
#include "lab/launch/computed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int64_t of_process(pid_t pid)
{
	char path[sizeof("/proc/4294967295/stat")], line[1024];
	long utime = 0, stime = 0, cutime = 0, cstime = 0;
	const char *after_name = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* the name is in brackets and may hold some itself */
	if (fgets(line, sizeof(line), file))
		after_name = strrchr(line, ')');
	fclose(file);
	if (!after_name ||
	    sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld",
		   &utime, &stime, &cutime, &cstime) != 4)
		return 0;
	return (utime + stime + cutime + cstime) * (1000000000 / sysconf(_SC_CLK_TCK));
}

int64_t computed_ns(pid_t pid)
{
	char path[sizeof("/proc/4294967295/task/4294967295/children")];
	int64_t sum = of_process(pid);
	FILE *children;
	unsigned child;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", (unsigned)pid, (unsigned)pid);
	children = fopen(path, "re");
	if (!children)
		return sum;
	while (fscanf(children, "%u", &child) == 1)
		sum += of_process((pid_t)child);
	fclose(children);
	return sum;
}
