// SPDX-License-Identifier: GPL-2.0-only
// Sentences about bad input, each with its place in a file.
#include "lab/front/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A sentence is one line of this many bytes at most, whatever it quotes, and quotes no more than: */
#define MESSAGE_MAX 600
#define QUOTE_MAX   80

/* Where a character begins, at or before this byte. */
static char *begin_of_character(char *at)
{
	while (((unsigned char)*at & 0xc0) == 0x80)
		at--;
	return at;
}

static void shorten_quotes(char *message)
{
	char *open = strchr(message, '"');

	while (open) {
		char *close = strchr(open + 1, '"'), *cut;

		if (!close)
			break;
		if (close - open > QUOTE_MAX) {
			cut = begin_of_character(open + QUOTE_MAX - 3);
			cut[0] = cut[1] = cut[2] = '.';
			memmove(cut + 3, close, strlen(close) + 1);
			close = cut + 3;
		}
		open = strchr(close + 1, '"');
	}
}

/*
 * Control characters become '?', so that no quoted text moves the cursor or forges a line, and what
 * is too long is cut where a character begins.
 */
static void tame(char *message)
{
	shorten_quotes(message);
	for (unsigned char *at = (unsigned char *)message; *at; at++) {
		if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
			*at = '?';
	}
	if (strlen(message) > MESSAGE_MAX) {
		char *cut = begin_of_character(message + MESSAGE_MAX - 3);

		cut[0] = cut[1] = cut[2] = '.';
		cut[3] = '\0';
	}
}

static bool same_file(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_known_place(const struct diag *diag, const char *file, int line, int column)
{
	for (size_t i = 0; line > 0 && i < diag->count; i++) {
		const struct diag_entry *entry = &diag->entries[i];

		if (entry->line == line && entry->column == column && same_file(entry->file, file))
			return true;
	}
	return false;
}

/* Where the new entry goes: behind all of other files, and of its own file by line and column. */
static size_t find_place(const struct diag *diag, const char *file, int line, int column)
{
	size_t at = diag->count;

	while (at > 0) {
		const struct diag_entry *before = &diag->entries[at - 1];

		if (!same_file(before->file, file) || before->line < line ||
		    (before->line == line && before->column <= column))
			break;
		at--;
	}
	return at;
}

void diag_add(struct diag *diag, const char *file, int line, int column, const char *format, ...)
{
	va_list arguments;
	char *message;
	size_t at;

	if (is_known_place(diag, file, line, column))
		return;
	if (diag->count == DIAG_MAX) {
		diag->dropped++;
		return;
	}
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	if (message)
		tame(message);
	at = find_place(diag, file, line, column);
	memmove(&diag->entries[at + 1], &diag->entries[at],
		(diag->count - at) * sizeof(diag->entries[0]));
	diag->entries[at] = (struct diag_entry){
		.file = file ? strdup(file) : NULL,
		.line = line,
		.column = column,
		.message = message,
	};
	diag->count++;
}

bool diag_ok(const struct diag *diag)
{
	return diag->count == 0;
}

void diag_print(const struct diag *diag, FILE *out)
{
	for (size_t i = 0; i < diag->count; i++) {
		const struct diag_entry *entry = &diag->entries[i];

		if (entry->file && entry->line > 0)
			fprintf(out, "%s:%d:%d: ", entry->file, entry->line, entry->column);
		else if (entry->file)
			fprintf(out, "%s: ", entry->file);
		fprintf(out, "%s\n", entry->message ? entry->message : "no memory left");
	}
	if (diag->dropped > 0)
		fprintf(out, "and %zu more\n", diag->dropped);
}

void diag_clear(struct diag *diag)
{
	for (size_t i = 0; i < diag->count; i++) {
		free(diag->entries[i].file);
		free(diag->entries[i].message);
	}
	*diag = (struct diag){ 0 };
}
