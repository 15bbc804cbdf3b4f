// SPDX-License-Identifier: GPL-2.0-only
// Parameters of a scenario: names whose values are put in wherever the file says $NAME.
#include "lab/front/parameters.h"

#include <stdlib.h>
#include <string.h>

#include "lab/common/text.h"
#include "lab/front/tree.h"

#define NAME_MAX_LENGTH 31

struct parameter {
	struct yaml *entry; /* of the key `parameters`, with the value */
	bool used;
};

struct parameters {
	struct front *front;
	struct name_list names;
	struct parameter items[PARAMETERS_MAX];
};

bool settings_add(struct settings *settings, const char *command, char *argument)
{
	char *equals = strchr(argument, '=');

	if (!equals || equals == argument || equals[1] == '\0') {
		fprintf(stderr, "%s: --set is \"%s\", expected NAME=VALUE\n", command, argument);
		return false;
	}
	*equals = '\0';
	for (size_t i = 0; i < settings->count; i++) {
		if (strcmp(settings->items[i].name, argument) == 0) {
			fprintf(stderr, "%s: --set gives \"%s\" twice\n", command, argument);
			return false;
		}
	}
	if (settings->count == PARAMETERS_MAX) {
		fprintf(stderr, "%s: more than %d times --set\n", command, PARAMETERS_MAX);
		return false;
	}
	settings->items[settings->count++] =
		(struct setting){ .name = argument, .text = equals + 1 };
	return true;
}

char *settings_words(const struct settings *settings)
{
	char *words = text_format("%s", "");

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->items[i];
		char *given = text_format("%s=%s", setting->name, setting->text),
		     *word = text_quote_word(given), *before = words;

		words = text_format("%s --set %s", before, word);
		free(before);
		free(word);
		free(given);
	}
	return words;
}

static bool check_value(struct front *front, const struct yaml *value)
{
	bool good = value->type == YAML_SCALAR ||
		    (value->type == YAML_LIST && value->count <= PARAMETER_VALUES_MAX);

	for (const struct yaml *item = value->first; item && good; item = item->next)
		good = item->type == YAML_SCALAR;
	if (!good)
		yaml_error(front, value,
			   "the value of a parameter is one word or a list of at most %d words",
			   PARAMETER_VALUES_MAX);
	return good;
}

static bool read_defaults(struct parameters *parameters, struct yaml *map)
{
	struct front *front = parameters->front;
	bool good = true;

	if (map->type != YAML_MAP || map->count == 0 || map->count > PARAMETERS_MAX) {
		yaml_error(front, map,
			   "parameters are a mapping of 1 to %d names to their values, such as "
			   "{delay: 10ms}",
			   PARAMETERS_MAX);
		return false;
	}
	for (struct yaml *entry = map->first; entry; entry = entry->next) {
		struct yaml name = { .type = YAML_SCALAR,
				     .file = entry->file,
				     .line = entry->key_line,
				     .column = entry->key_column,
				     .text = entry->key };
		const char *text;

		good &= yaml_get_name(front, &name, "a parameter's name", NAME_MAX_LENGTH, &text);
		good &= check_value(front, entry);
		parameters->items[parameters->names.count].entry = entry;
		name_list_add(&front->arena, &parameters->names, entry->key);
	}
	return good;
}

/* Gives the node the value, and leaves its key and its place. */
static void replace(struct arena *arena, struct yaml *node, const struct yaml *value)
{
	node->first = NULL;
	node->count = 0;
	node->type = value->type;
	node->quoted = value->quoted;
	node->text = value->text;
	for (const struct yaml *item = value->first; item; item = item->next) {
		struct yaml *copy = tree_scalar(arena, node, item->text);

		copy->quoted = item->quoted;
		tree_append(node, copy);
	}
}

static bool use_settings(struct parameters *parameters, const char *file,
			 const struct settings *settings)
{
	struct front *front = parameters->front;
	bool good = true;

	for (size_t i = 0; settings && i < settings->count; i++) {
		const struct setting *setting = &settings->items[i];
		long index = name_list_find(&parameters->names, setting->name);
		const struct yaml *value = setting->value;

		if (index < 0) {
			diag_add(front->diag, file, 0, 0, "has no parameter \"%s\"%s",
				 setting->name,
				 suggest(front, setting->name, parameters->names.items,
					 parameters->names.count));
			good = false;
			continue;
		}
		if (!value)
			value = yaml_parse(front, setting->text, strlen(setting->text),
					   arena_printf(&front->arena, "--set %s", setting->name));
		if (value && check_value(front, value))
			replace(&front->arena, parameters->items[index].entry, value);
		else
			good = false;
	}
	return good;
}

/* "NAME" of a plain scalar "$NAME", else NULL. */
static const char *get_reference(const struct yaml *node)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (node->type != YAML_SCALAR || node->quoted || node->text[0] != '$' ||
	    node->text[1] == '\0' || !strchr(letters, node->text[1]))
		return NULL;
	return node->text + 1;
}

static bool substitute(struct parameters *parameters, struct yaml *node)
{
	const char *name = get_reference(node);
	bool good = true;
	long index;

	if (name) {
		index = name_list_find(&parameters->names, name);
		if (index < 0) {
			yaml_error(parameters->front, node, "unknown parameter \"%s\"%s", name,
				   suggest(parameters->front, name, parameters->names.items,
					   parameters->names.count));
			return false;
		}
		parameters->items[index].used = true;
		replace(&parameters->front->arena, node, parameters->items[index].entry);
		return true;
	}
	for (struct yaml *item = node->first; item; item = item->next)
		good &= substitute(parameters, item);
	return good;
}

bool parameters_apply(struct front *front, struct yaml *root, const struct settings *settings)
{
	struct parameters parameters = { .front = front };
	struct yaml *defaults = tree_find(root, "parameters");
	bool good = true;

	if (defaults && !read_defaults(&parameters, defaults))
		return false;
	good = use_settings(&parameters, root->file, settings);
	for (struct yaml *entry = root->first; entry; entry = entry->next) {
		if (entry != defaults)
			good &= substitute(&parameters, entry);
	}
	for (size_t i = 0; i < parameters.names.count && good; i++) {
		if (parameters.items[i].used)
			continue;
		yaml_key_error(front, parameters.items[i].entry,
			       "nothing uses the parameter \"%s\"; expected $%s somewhere",
			       parameters.names.items[i], parameters.names.items[i]);
		good = false;
	}
	return good;
}
