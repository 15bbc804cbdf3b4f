// SPDX-License-Identifier: GPL-2.0-only
// What a kernel's log says about its own health.
#include "lab/launch/launch.h"

#include <stdio.h>
#include <string.h>

/* Leaves out what stands before the words: a level such as <4>, a time such as [    1.234567]. */
static const char *skip_prefix(const char *line, const char *end)
{
	if (line + 3 <= end && line[0] == '<' && line[2] == '>')
		line += 3;
	if (line < end && *line == '[') {
		const char *close = memchr(line, ']', end - line);

		if (close)
			line = close + 1;
	}
	while (line < end && *line == ' ')
		line++;
	return line;
}

bool console_find_problem(const char *console, char *line, size_t size)
{
	static const char *const beginnings[] = {
		"Kernel panic",	       "BUG: ",
		"WARNING: ",	       "Oops",
		"Modules linked in",   "general protection fault",
		"Unable to handle",    "INFO: possible",
		"INFO: task ",	       "INFO: rcu",
		"kernel BUG at",       "refcount_t: ",
		"unreferenced object", "UBSAN: ",
		"Segfault with no mm", "Kernel mode fault",
	};

	while (console && *console) {
		const char *end = strchrnul(console, '\n'), *start = skip_prefix(console, end);

		for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
			if (!strncmp(start, beginnings[i], strlen(beginnings[i]))) {
				snprintf(line, size, "%.*s", (int)(end - start), start);
				return true;
			}
		console = *end ? end + 1 : end;
	}
	return false;
}
