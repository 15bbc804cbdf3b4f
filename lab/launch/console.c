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

/* Where the first line is that tells of a problem, and its words in it; NULL when none does. */
static const char *find_problem(const char *console, const char **words)
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
		"Out of memory: ",
	};

	while (console && *console) {
		const char *end = strchrnul(console, '\n');

		*words = skip_prefix(console, end);
		for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
			if (!strncmp(*words, beginnings[i], strlen(beginnings[i])))
				return console;
		console = *end ? end + 1 : end;
	}
	return NULL;
}

bool console_find_problem(const char *console, char *line, size_t size)
{
	const char *words;

	if (!find_problem(console, &words))
		return false;
	snprintf(line, size, "%.*s", (int)strcspn(words, "\r\n"), words);
	return true;
}

/* Behind what every User-Mode Linux says when it starts (arch/um/os-Linux/start_up.c and others). */
static char *skip_start(char *console)
{
	static const char *const usual[] = {
		"BogoMIPS", "No pseudo-terminals available", "epollctl add err fd",
		"This architecture does not have kernel memory protection"
	};
	char *last = strstr(console, "Checking PROT_EXEC mmap in /dev/shm");

	if (last)
		console = strchrnul(last, '\n');
	for (;;) {
		char *end;
		size_t i;

		console += *console == '\n';
		end = strchrnul(console, '\n');
		for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
			char *found = strstr(console, usual[i]);

			if (found && found < end)
				break;
		}
		if (i == sizeof(usual) / sizeof(usual[0]))
			return console;
		console = end;
	}
}

/* A line of a trace: an address and its function, a question mark between them when it may only look like one of it. */
static bool is_call(const char *line, const char *end, bool *certain)
{
	const char *name = *line == ' ' ? memmem(line, end - line, ">] ", 3) : NULL;

	*certain = name && name[3] != '?';
	return name;
}

/* Kernels with frame pointers know which calls belong to a trace (arch/um/kernel/stacktrace.c). */
static bool has_certain_calls(const char *line)
{
	bool certain = false;

	while (*line && !certain) {
		const char *end = strchrnul(line, '\n');

		is_call(line, end, &certain);
		line = end + (*end != '\0');
	}
	return certain;
}

/* What tells nobody anything beside a trace that is certain: doubtful calls, the stack's memory, empty lines. */
static bool is_noise(const char *line, const char *end)
{
	const char *words = skip_prefix(line, end);
	bool certain;

	return words == end || !strncmp(words, "Stack:", 6) ||
	       strspn(words, "0123456789abcdef ") >= (size_t)(end - words) ||
	       (is_call(line, end, &certain) && !certain);
}

static bool starts_with_leak(const char *line)
{
	return !strncmp(skip_prefix(line, strchrnul(line, '\n')), "unreferenced object", 19);
}

/* The lines from a problem on, in their place. */
static char *show_problem(char *from, size_t lines, size_t trace_lines)
{
	const char *line = from, *stop = from + strlen(from);
	bool certain = has_certain_calls(from);
	char *to = from;

	/* kmemleak's traces are certain, and begin with half a dozen of its own calls */
	if (certain || starts_with_leak(from))
		lines = trace_lines;
	while (line < stop && lines) {
		const char *end = strchrnul(line, '\n'), *next = end < stop ? end + 1 : stop;

		if (!certain || !is_noise(line, end)) {
			memmove(to, line, end - line);
			to += end - line;
			/* what came through a terminal ends with both */
			if (to > from && to[-1] == '\r')
				to--;
			if (end < stop)
				*to++ = '\n';
			lines--;
		}
		line = next;
	}
	*to = '\0';
	if (to > from && to[-1] == '\n')
		to[-1] = '\0';
	return from;
}

char *console_excerpt(char *console, size_t lines, size_t trace_lines)
{
	const char *words, *problem = find_problem(console, &words);
	char *at;

	if (!console)
		return NULL;
	if (problem)
		return show_problem(console + (problem - console), lines, trace_lines);
	console = skip_start(console);
	for (at = console + strlen(console); at > console; at--)
		if (at[-1] == '\n' && *at && lines-- == 1)
			break;
	return at;
}
