// SPDX-License-Identifier: GPL-2.0-only
// From the bytes of a YAML file to a tree with positions; libfyaml reads, we build and bound.
#include "lab/front/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool front_ok(const struct front *front)
{
	return front->diag->count + front->diag->dropped == front->sentences;
}

bool front_is_full(const struct front *front)
{
	return front->diag->count == DIAG_MAX;
}

void yaml_error(struct front *front, const struct yaml *at, const char *format, ...)
{
	va_list arguments;

	if (front_is_full(front)) {
		front->diag->dropped++;
		return;
	}

	va_start(arguments, format);
	diag_add(front->diag, at->file, at->line, at->column, "%s",
		 arena_vprintf(&front->arena, format, arguments));
	va_end(arguments);
}

void yaml_key_error(struct front *front, const struct yaml *at, const char *format, ...)
{
	va_list arguments;

	if (front_is_full(front)) {
		front->diag->dropped++;
		return;
	}

	va_start(arguments, format);
	diag_add(front->diag, at->file, at->key ? at->key_line : at->line,
		 at->key ? at->key_column : at->column, "%s",
		 arena_vprintf(&front->arena, format, arguments));
	va_end(arguments);
}

/* One UTF-8 character of RFC 3629: its length, or 0 when these bytes are none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char mask, lead, length;
		unsigned int min;
	} forms[] = { { 0x80, 0, 1, 0 },
		      { 0xe0, 0xc0, 2, 0x80 },
		      { 0xf0, 0xe0, 3, 0x800 },
		      { 0xf8, 0xf0, 4, 0x10000 } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned int value;

		if ((at[0] & forms[i].mask) != forms[i].lead)
			continue;
		if (forms[i].length > left)
			return 0;
		value = at[0] & (unsigned char)~forms[i].mask;
		for (size_t k = 1; k < forms[i].length; k++) {
			if ((at[k] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (at[k] & 0x3f);
		}
		if (value < forms[i].min || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
			return 0;
		return forms[i].length;
	}
	return 0;
}

/* libfyaml takes some bytes that YAML forbids; whoever passes a binary file gets one clear sentence. */
static bool check_text(struct front *front, const char *text, size_t size, const char *file)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < size;) {
		const unsigned char *at = (const unsigned char *)text + i;
		size_t length = utf8_length(at, size - i);

		if (length == 0) {
			diag_add(
				front->diag, file, line, column,
				"byte 0x%02x is not UTF-8; expected a YAML file, which is text in UTF-8",
				*at);
			return false;
		}
		if ((*at < ' ' && *at != '\t' && *at != '\n' && *at != '\r') || *at == 0x7f) {
			diag_add(
				front->diag, file, line, column,
				"byte 0x%02x is no text; expected a YAML file, which is text in UTF-8",
				*at);
			return false;
		}
		if (*at == '\n') {
			line++;
			column = 1;
		} else {
			column++;
		}
		i += length;
	}
	return true;
}

struct builder {
	struct front *front;
	struct fy_parser *parser;
	const char *file;
	size_t nodes;
};

static struct yaml *new_node(struct builder *builder, struct fy_event *event, enum yaml_type type)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	struct yaml *node = arena_alloc(&builder->front->arena, sizeof(*node));

	node->type = type;
	node->file = builder->file;
	node->line = mark ? mark->line + 1 : 1;
	node->column = mark ? mark->column + 1 : 1;
	node->text = "";
	if (++builder->nodes > YAML_NODES_MAX) {
		yaml_error(builder->front, node,
			   "more than %d values; a file has at most that many", YAML_NODES_MAX);
		return NULL;
	}
	return node;
}

/*
 * The text of a scalar, "" when it has none. Read by pieces: fy_token_get_text() of libfyaml 0.7
 * loses memory on text of more than eight of them, such as long folded paragraphs.
 */
static const char *read_token(struct arena *arena, struct fy_token *token, size_t *size)
{
	struct fy_token_iter *iterator = token ? fy_token_iter_create(token) : NULL;
	const struct fy_iter_chunk *chunk = NULL;
	size_t room = 1;
	char *text = arena_alloc(arena, room);

	*size = 0;
	while (iterator && (chunk = fy_token_iter_chunk_next(iterator, chunk, NULL))) {
		if (*size + chunk->len + 1 > room) {
			char *grown;

			room = 2 * (*size + chunk->len + 1);
			grown = arena_alloc(arena, room);
			text = memcpy(grown, text, *size);
		}
		memcpy(text + *size, chunk->str, chunk->len);
		*size += chunk->len;
	}
	if (iterator)
		fy_token_iter_destroy(iterator);
	text[*size] = '\0';
	return text;
}

static struct yaml *build_scalar(struct builder *builder, struct fy_event *event)
{
	struct yaml *node = new_node(builder, event, YAML_SCALAR);
	enum fy_scalar_style style;
	size_t size;

	if (!node)
		return NULL;
	style = fy_token_scalar_style(event->scalar.value);
	node->quoted = style != FYSS_PLAIN;
	/* libfyaml's mark stands behind the opening quote */
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
		node->column -= node->column > 1;
	node->text = read_token(&builder->front->arena, event->scalar.value, &size);
	/* escapes such as "\0" and "\xff" can bring in what the file itself may not have */
	for (size_t i = 0; i < size;) {
		size_t length = utf8_length((const unsigned char *)node->text + i, size - i);

		if (length == 0 || node->text[i] == '\0') {
			yaml_error(builder->front, node,
				   "an escape makes text that is not UTF-8 without NUL");
			return NULL;
		}
		i += length;
	}
	return node;
}

static struct yaml *build_node(struct builder *builder, struct fy_event *event, int depth);

static bool refuse_extras(struct builder *builder, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	int line = mark ? mark->line + 1 : 1, column = mark ? mark->column + 1 : 1;

	if (event->type == FYET_ALIAS || fy_event_get_anchor_token(event)) {
		diag_add(
			builder->front->diag, builder->file, line, column,
			"anchors (&name) and aliases (*name) are not accepted; write the value out, "
			"in quotes when it begins with & or *");
		return false;
	}
	if (fy_event_get_tag_token(event)) {
		diag_add(builder->front->diag, builder->file, line, column,
			 "tags (!name) are not accepted; write the value without one");
		return false;
	}
	return true;
}

static void append_child(struct yaml *parent, struct yaml ***tail, struct yaml *child)
{
	**tail = child;
	*tail = &child->next;
	parent->count++;
}

static struct yaml *build_list(struct builder *builder, struct fy_event *start, int depth)
{
	struct yaml *list = new_node(builder, start, YAML_LIST);
	struct yaml **tail;

	if (!list)
		return NULL;
	tail = &list->first;
	for (;;) {
		struct fy_event *event = fy_parser_parse(builder->parser);
		struct yaml *item = NULL;
		bool end = event && event->type == FYET_SEQUENCE_END;

		if (event && !end)
			item = build_node(builder, event, depth + 1);
		if (event)
			fy_parser_event_free(builder->parser, event);
		if (end)
			return list;
		if (!item)
			return NULL;
		append_child(list, &tail, item);
	}
}

static struct yaml *build_entry(struct builder *builder, struct fy_event *key_event, int depth)
{
	struct fy_event *event;
	struct yaml *key, *value;

	if (key_event->type != FYET_SCALAR && key_event->type != FYET_ALIAS) {
		const struct fy_mark *mark = fy_event_start_mark(key_event);

		diag_add(builder->front->diag, builder->file, mark ? mark->line + 1 : 1,
			 mark ? mark->column + 1 : 1,
			 "a key must be a word; found a list or a mapping");
		return NULL;
	}
	key = build_node(builder, key_event, depth + 1);
	if (!key)
		return NULL;
	event = fy_parser_parse(builder->parser);
	if (!event)
		return NULL;
	value = build_node(builder, event, depth + 1);
	fy_parser_event_free(builder->parser, event);
	if (!value)
		return NULL;
	value->key = key->text;
	value->key_line = key->line;
	value->key_column = key->column;
	return value;
}

static int compare_keys(const void *a, const void *b)
{
	const struct yaml *x = *(const struct yaml *const *)a, *y = *(const struct yaml *const *)b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return (x->key_column > y->key_column) - (x->key_column < y->key_column);
}

static void check_duplicate_keys(struct front *front, const struct yaml *map)
{
	const struct yaml **entries =
		arena_array(&front->arena, map->count, sizeof(const struct yaml *));
	size_t count = 0;

	for (const struct yaml *entry = map->first; entry; entry = entry->next)
		entries[count++] = entry;
	qsort(entries, count, sizeof(const struct yaml *), compare_keys);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(entries[i]->key, entries[i - 1]->key) == 0)
			yaml_key_error(front, entries[i], "the key \"%s\" is already on line %d",
				       entries[i]->key, entries[i - 1]->key_line);
	}
}

static struct yaml *build_map(struct builder *builder, struct fy_event *start, int depth)
{
	struct yaml *map = new_node(builder, start, YAML_MAP);
	struct yaml **tail;

	if (!map)
		return NULL;
	tail = &map->first;
	for (;;) {
		struct fy_event *event = fy_parser_parse(builder->parser);
		struct yaml *entry = NULL;
		bool end = event && event->type == FYET_MAPPING_END;

		if (event && !end)
			entry = build_entry(builder, event, depth);
		if (event)
			fy_parser_event_free(builder->parser, event);
		if (end)
			break;
		if (!entry)
			return NULL;
		append_child(map, &tail, entry);
	}
	/* a block mapping starts where its first key does; libfyaml gives the colon at times */
	if (map->first &&
	    (map->first->key_line < map->line ||
	     (map->first->key_line == map->line && map->first->key_column < map->column))) {
		map->line = map->first->key_line;
		map->column = map->first->key_column;
	}
	check_duplicate_keys(builder->front, map);
	return map;
}

static struct yaml *build_node(struct builder *builder, struct fy_event *event, int depth)
{
	if (!refuse_extras(builder, event))
		return NULL;
	if (depth > YAML_DEPTH_MAX) {
		const struct fy_mark *mark = fy_event_start_mark(event);

		diag_add(builder->front->diag, builder->file, mark ? mark->line + 1 : 1,
			 mark ? mark->column + 1 : 1,
			 "nested more than %d deep; no scenario or topology is", YAML_DEPTH_MAX);
		return NULL;
	}
	switch (event->type) {
	case FYET_SCALAR:
		return build_scalar(builder, event);
	case FYET_SEQUENCE_START:
		return build_list(builder, event, depth);
	case FYET_MAPPING_START:
		return build_map(builder, event, depth);
	default:
		return NULL;
	}
}

static struct yaml *build_document(struct builder *builder)
{
	struct yaml *root = NULL;
	bool failed = false;

	while (!failed) {
		struct fy_event *event = fy_parser_parse(builder->parser);
		enum fy_event_type type = event ? event->type : FYET_NONE;
		const struct fy_mark *mark = event ? fy_event_start_mark(event) : NULL;

		switch (type) {
		case FYET_STREAM_START:
		case FYET_DOCUMENT_END:
			break;
		case FYET_DOCUMENT_START:
			if (root) {
				diag_add(builder->front->diag, builder->file,
					 mark ? mark->line + 1 : 1, mark ? mark->column + 1 : 1,
					 "a second document begins here; a file has one");
				failed = true;
			}
			break;
		case FYET_STREAM_END:
			fy_parser_event_free(builder->parser, event);
			return root;
		case FYET_NONE:
			return NULL;
		default:
			root = build_node(builder, event, 1);
			failed = !root;
			break;
		}
		fy_parser_event_free(builder->parser, event);
	}
	return NULL;
}

static void report_syntax(struct front *front, struct fy_diag *collected, const char *file)
{
	struct fy_diag_error *error;
	void *place = NULL;

	while ((error = fy_diag_errors_iterate(collected, &place))) {
		if (error->type != FYET_ERROR)
			continue;
		diag_add(front->diag, file, error->line > 0 ? error->line : 1,
			 error->column > 0 ? error->column : 1, "not YAML: %s", error->msg);
	}
}

struct yaml *yaml_parse(struct front *front, const char *text, size_t size, const char *file)
{
	struct fy_parse_cfg config = {
		.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
			 FYPCF_DISABLE_MMAP_OPT,
	};
	struct builder builder = { .front = front };
	struct fy_diag_cfg diag_config;
	struct fy_diag *collected;
	struct yaml *root = NULL;
	size_t sentences;

	file = arena_strdup(&front->arena, file);
	builder.file = file;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		size -= 3;
	}
	if (!check_text(front, text, size, file))
		return NULL;
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.level = FYET_ERROR;
	collected = fy_diag_create(&diag_config);
	if (!collected)
		return NULL;
	fy_diag_set_collect_errors(collected, true);
	config.diag = collected;
	builder.parser = fy_parser_create(&config);
	sentences = front->diag->count;
	if (builder.parser && fy_parser_set_string(builder.parser, text, size) == 0)
		root = build_document(&builder);
	if (sentences == front->diag->count)
		report_syntax(front, collected, file);
	if (front->diag->count != sentences)
		root = NULL;
	else if (!root)
		diag_add(front->diag, file, 1, 1,
			 "the file is empty; expected a mapping with keys");
	fy_parser_destroy(builder.parser);
	fy_diag_destroy(collected);
	return root;
}

static int open_regular(struct front *front, const char *file, off_t *size)
{
	struct stat status;
	/* O_NONBLOCK: a FIFO without a writer would keep us waiting */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		diag_add(front->diag, file, 0, 0, "cannot be opened: %s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &status) < 0)
		diag_add(front->diag, file, 0, 0, "cannot be examined: %s", strerror(errno));
	else if (S_ISDIR(status.st_mode))
		diag_add(front->diag, file, 0, 0, "is a folder; expected a YAML file");
	else if (!S_ISREG(status.st_mode))
		diag_add(front->diag, file, 0, 0, "is not a regular file; expected a YAML file");
	else if (status.st_size > YAML_FILE_MAX)
		diag_add(front->diag, file, 0, 0,
			 "has %lld bytes; a scenario or topology has at most %lld (1 MiB)",
			 (long long)status.st_size, (long long)YAML_FILE_MAX);
	else {
		*size = status.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

struct yaml *yaml_load(struct front *front, const char *file)
{
	struct yaml *root = NULL;
	size_t used = 0;
	ssize_t got;
	off_t size;
	char *text;
	int fd = open_regular(front, file, &size);

	if (fd < 0)
		return NULL;
	/* one byte more than there should be, to notice a file that grows while it is read */
	text = arena_alloc(&front->arena, (size_t)size + 1);
	do {
		got = read(fd, text + used, (size_t)size + 1 - used);
		if (got > 0)
			used += (size_t)got;
	} while ((got > 0 && used <= (size_t)size) || (got < 0 && errno == EINTR));
	if (got < 0)
		diag_add(front->diag, file, 0, 0, "cannot be read: %s", strerror(errno));
	else if (used > (size_t)size)
		diag_add(front->diag, file, 0, 0, "grew while it was read; try again");
	else
		root = yaml_parse(front, text, used, file);
	close(fd);
	return root;
}
