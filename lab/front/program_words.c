// SPDX-License-Identifier: GPL-2.0-only
// The words of a command: a list, or a text split as a shell would, without one.
#include <string.h>

#include "lab/front/program.h"

#define WORDS_MAX  256
#define WORDS_SIZE 32768 /* bytes of all words together */

/* What a shell would do something about, outside quotes (POSIX, Shell Command Language, 2.2). */
#define FOR_A_SHELL "|&;<>()$`*?["

/* One word at `at`, without its quotes, to `word`; where it ends, or NULL after a sentence. */
static const char *split_word(struct front *front, const struct yaml *run, const char *at,
			      char *word)
{
	char quote = '\0';

	for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
		if (quote ? *at == quote : *at == '\'' || *at == '"') {
			quote = quote ? '\0' : *at;
		} else if (*at == '\\' && quote != '\'' && at[1]) {
			*word++ = *++at;
		} else if (!quote && strchr(FOR_A_SHELL, *at)) {
			yaml_error(
				front, run,
				"\"%c\" is for a shell, and none runs the command; put it in quotes, or "
				"write [sh, -c, \"...\"]",
				*at);
			return NULL;
		} else {
			*word++ = *at;
		}
	}
	*word = '\0';
	if (!quote)
		return at;
	yaml_error(front, run, "the quote %c is not closed", quote);
	return NULL;
}

static bool split_text(struct front *front, const struct yaml *run, const char **words,
		       size_t *count)
{
	const char *at = run->text;

	for (at += strspn(at, " \t\n"); *at; at += strspn(at, " \t\n")) {
		char *word = arena_alloc(&front->arena, strlen(at) + 1);

		if (*count == WORDS_MAX) {
			yaml_error(front, run, "a command has at most %d words", WORDS_MAX);
			return false;
		}
		at = split_word(front, run, at, word);
		if (!at)
			return false;
		words[(*count)++] = word;
	}
	return true;
}

static bool take_list(struct front *front, const struct yaml *run, const char **words,
		      size_t *count)
{
	if (run->count > WORDS_MAX) {
		yaml_error(front, run, "a command has at most %d words", WORDS_MAX);
		return false;
	}
	for (const struct yaml *item = run->first; item; item = item->next)
		if (!yaml_get_text(front, item, "a word of the command", &words[(*count)++]))
			return false;
	return true;
}

bool program_get_words(struct front *front, const struct yaml *run, const char ***words,
		       size_t *count)
{
	size_t size = 0;

	*words = arena_array(&front->arena, WORDS_MAX + 1, sizeof(**words));
	*count = 0;
	if (run->type == YAML_MAP) {
		yaml_error(
			front, run,
			"a command is a text such as \"./server --port 5000\", or a list of words");
		return false;
	}
	if (run->type == YAML_LIST ? !take_list(front, run, *words, count) :
				     !split_text(front, run, *words, count))
		return false;
	for (size_t i = 0; i < *count; i++)
		size += strlen((*words)[i]) + 1;
	if (*count > 0 && (*words)[0][0] && size <= WORDS_SIZE)
		return true;
	yaml_error(front, run, "a command is not empty and has at most %d bytes", WORDS_SIZE);
	return false;
}
