// SPDX-License-Identifier: GPL-2.0-only
// Strict readers of YAML trees: known keys, names, words, numbers.
#include "lab/front/yaml.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const char *describe(const struct yaml *node)
{
	if (node->type == YAML_LIST)
		return "a list";
	return node->type == YAML_MAP ? "a mapping" : "a word";
}

bool yaml_is_empty(const struct yaml *node)
{
	return node->type == YAML_SCALAR && !node->quoted && node->text[0] == '\0';
}

/* As many names as a sentence can bear. */
#define SHOWN_MAX 24

const char *suggest(struct front *front, const char *name, const char *const *names, size_t count)
{
	struct arena *arena = &front->arena;
	const char *nearest, *text;

	if (front_is_full(front))
		return "";
	nearest = nearest_name(name, names, count);
	if (nearest)
		return arena_printf(arena, "; did you mean \"%s\"?", nearest);
	if (count == 0)
		return "; there is none";
	text = arena_printf(arena, "; known: %s", names[0]);
	for (size_t i = 1; i < count && i < SHOWN_MAX; i++)
		text = arena_printf(arena, "%s, %s", text, names[i]);
	return count > SHOWN_MAX ?
		       arena_printf(arena, "%s, and %zu more", text, count - SHOWN_MAX) :
		       text;
}

void yaml_unknown(struct front *front, const struct yaml *at, const char *what,
		  const struct name_list *known)
{
	yaml_error(front, at, "unknown %s \"%s\"%s", what, at->text,
		   suggest(front, at->text, known->items, known->count));
}

static const struct yaml_key *find_key(const struct yaml_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

bool yaml_read_map(struct front *front, const struct yaml *map, const char *what,
		   const struct yaml_key *keys, size_t count)
{
	const char *missing = "";
	size_t n_missing = 0;
	bool good = true;

	for (size_t i = 0; i < count; i++)
		*keys[i].value = NULL;
	if (map->type != YAML_MAP && !yaml_is_empty(map)) {
		yaml_error(front, map, "%s is a mapping with keys; found %s", what, describe(map));
		return false;
	}
	for (struct yaml *entry = map->first; entry; entry = entry->next) {
		const struct yaml_key *key = find_key(keys, count, entry->key);
		struct name_list known = { 0 };

		if (key) {
			*key->value = yaml_is_empty(entry) ? NULL : entry;
			continue;
		}
		for (size_t i = 0; i < count; i++)
			name_list_add(&front->arena, &known, keys[i].name);
		yaml_key_error(front, entry, "unknown key \"%s\" in %s%s", entry->key, what,
			       suggest(front, entry->key, known.items, known.count));
		good = false;
	}
	for (size_t i = 0; i < count; i++) {
		if (keys[i].required && !*keys[i].value)
			missing = arena_printf(&front->arena, "%s%s\"%s\"", missing,
					       n_missing++ ? ", " : "", keys[i].name);
	}
	if (n_missing > 0)
		yaml_key_error(front, map, "%s needs the key%s %s", what, n_missing > 1 ? "s" : "",
			       missing);
	return good && n_missing == 0;
}

const struct yaml *yaml_first(const struct yaml *node)
{
	return node->type == YAML_LIST ? node->first : node;
}

const struct yaml *yaml_next(const struct yaml *node, const struct yaml *item)
{
	return node->type == YAML_LIST ? item->next : NULL;
}

bool yaml_get_text(struct front *front, const struct yaml *node, const char *what,
		   const char **text)
{
	if (node->type != YAML_SCALAR) {
		yaml_error(front, node, "%s is one word or text; found %s", what, describe(node));
		return false;
	}
	if (node->text[0] == '\0') {
		yaml_error(front, node, "%s is missing here", what);
		return false;
	}
	*text = node->text;
	return true;
}

bool yaml_get_name(struct front *front, const struct yaml *node, const char *what, size_t length,
		   const char **name)
{
	const char *text;

	if (!yaml_get_text(front, node, what, &text))
		return false;
	for (const char *at = text; *at; at++) {
		if (at == text ? isalpha((unsigned char)*at) :
				 isalnum((unsigned char)*at) || *at == '_' || *at == '-')
			continue;
		yaml_error(
			front, node,
			"\"%s\" cannot be %s: a letter, then letters, digits, - and _ make a name",
			text, what);
		return false;
	}
	if (strlen(text) > length) {
		yaml_error(front, node, "\"%s\" is too long: %s has at most %zu characters", text,
			   what, length);
		return false;
	}
	*name = text;
	return true;
}

bool yaml_get_bool(struct front *front, const struct yaml *node, const char *what, bool *value)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off" };

	for (size_t i = 0; node->type == YAML_SCALAR && i < 6; i++) {
		if (strcmp(node->text, words[i]) == 0) {
			*value = i % 2 == 0;
			return true;
		}
	}
	if (node->type == YAML_SCALAR)
		yaml_error(front, node, "\"%s\" is no value for %s; expected true or false",
			   node->text, what);
	else
		yaml_error(front, node, "%s is true or false; found %s", what, describe(node));
	return false;
}

bool yaml_get_integer(struct front *front, const struct yaml *node, const char *what, int64_t min,
		      int64_t max, int64_t *value)
{
	const char *text, *at;
	bool negative, fits = true;
	int64_t number = 0;

	if (!yaml_get_text(front, node, what, &text))
		return false;
	negative = text[0] == '-';
	at = text + negative;
	if (!isdigit((unsigned char)*at) || strspn(at, "0123456789") != strlen(at)) {
		yaml_error(front, node,
			   "\"%s\" is no value for %s; expected a whole number from %" PRId64
			   " to %" PRId64,
			   text, what, min, max);
		return false;
	}
	for (; *at && fits; at++)
		fits = !__builtin_mul_overflow(number, 10, &number) &&
		       !__builtin_add_overflow(number, *at - '0', &number);
	if (negative)
		number = -number;
	if (!fits || number < min || number > max) {
		yaml_error(front, node, "\"%s\" is out of range: %s is %" PRId64 " to %" PRId64,
			   text, what, min, max);
		return false;
	}
	*value = number;
	return true;
}

bool yaml_get_word(struct front *front, const struct yaml *node, const char *what,
		   const char *const *words, size_t count, size_t *index)
{
	const char *text;

	if (!yaml_get_text(front, node, what, &text))
		return false;
	for (*index = 0; *index < count; ++*index) {
		if (strcmp(words[*index], text) == 0)
			return true;
	}
	yaml_error(front, node, "\"%s\" is no value for %s%s", text, what,
		   suggest(front, text, words, count));
	return false;
}

static bool needs_quotes(const struct yaml *node)
{
	const char *text = node->text;

	return text[0] == '\0' || node->quoted || strpbrk(text, ",[]{}#\"\n\t") ||
	       strstr(text, ": ");
}

/* A quoted scenario line longer than this says no more to anyone. */
#define LINE_MAX_LENGTH 400

struct line {
	char *text;
	size_t length;
};

static void put(struct line *line, const char *text)
{
	size_t length = strlen(text);

	if (line->length + length > LINE_MAX_LENGTH - 3) {
		/* full for good: nothing shorter that follows may slip in */
		if (line->length < LINE_MAX_LENGTH - 3)
			memcpy(line->text + line->length, "...", sizeof("..."));
		line->length = LINE_MAX_LENGTH;
		return;
	}
	memcpy(line->text + line->length, text, length + 1);
	line->length += length;
}

static void put_node(struct line *line, const struct yaml *node)
{
	if (node->type == YAML_SCALAR) {
		bool quotes = needs_quotes(node);

		put(line, quotes ? "\"" : "");
		put(line, node->text);
		put(line, quotes ? "\"" : "");
		return;
	}
	put(line, node->type == YAML_LIST ? "[" : "{");
	for (const struct yaml *item = node->first; item; item = item->next) {
		if (item != node->first)
			put(line, ", ");
		if (item->key) {
			put(line, item->key);
			put(line, ": ");
		}
		put_node(line, item);
	}
	put(line, node->type == YAML_LIST ? "]" : "}");
}

const char *yaml_to_line(struct front *front, const struct yaml *node)
{
	struct line line = { .text = arena_alloc(&front->arena, LINE_MAX_LENGTH + 1) };

	put_node(&line, node);
	return line.text;
}

const char *yaml_append_part(struct front *front, const char *text, const struct yaml *entry)
{
	struct line line = { .text = arena_alloc(&front->arena, LINE_MAX_LENGTH + 1) };

	put(&line, text);
	if (text[0] != '\0')
		put(&line, ", ");
	put(&line, entry->key);
	put(&line, ": ");
	put_node(&line, entry);
	return line.text;
}
