// SPDX-License-Identifier: GPL-2.0-only
// YAML files as trees that know where everything stands, and the strict readers of such trees.
#ifndef LAB_FRONT_YAML_H
#define LAB_FRONT_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/front/arena.h"
#include "lab/front/diag.h"
#include "lab/front/nearest.h"

/* Bounds of an input; no sensible scenario comes near them. */
#define YAML_FILE_MAX  ((off_t)1024 * 1024) /* bytes */
#define YAML_DEPTH_MAX 16		    /* mappings and lists within each other */
#define YAML_NODES_MAX 20000		    /* values of one file */

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_type type;
	const char *file;
	int line, column; /* from 1, columns in characters */
	bool quoted;	  /* a scalar in quotes or a block: never a number or a boolean */
	const char *text; /* a scalar's text, "" when empty; UTF-8 without NUL */
	const char *key;  /* of an entry of a mapping, else NULL */
	int key_line, key_column;
	struct yaml *first, *next; /* first item or entry; next of the same list or mapping */
	size_t count;		   /* items or entries */
};

struct by_hand;

/* What every part of the front end needs at hand. */
struct front {
	struct arena arena;
	struct diag *diag;
	size_t sentences; /* how many `diag` held before, of other files */
	struct by_hand
		*by_hand; /* lab/front/by_hand.h, or NULL: a step beyond the scenario's own */
};

/* True when nothing was said since this front end began. */
bool front_ok(const struct front *front);

/*
 * True when no further sentence is kept: then what would go into one need not be looked for, which
 * keeps the time for a file full of mistakes within bounds.
 */
bool front_is_full(const struct front *front);

/*
 * Reads a regular file of at most YAML_FILE_MAX bytes of UTF-8 with one YAML 1.2 document in it.
 * Anchors, aliases, tags, second documents, keys that are no scalars, and duplicate keys are errors.
 * NULL and sentences when anything is wrong. The tree lives in the arena of `front`.
 */
struct yaml *yaml_load(struct front *front, const char *file);

/* The same from memory. */
struct yaml *yaml_parse(struct front *front, const char *text, size_t size, const char *file);

/* Says something about a value, or about its key. */
void yaml_error(struct front *front, const struct yaml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void yaml_key_error(struct front *front, const struct yaml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The end of a sentence about an unknown name: `; did you mean "x"?`, or `; known: a, b, c` when
 * nothing is near, or `; there is none` when the list is empty.
 */
const char *suggest(struct front *front, const char *name, const char *const *names, size_t count);

/* An unknown name, with the nearest known one: `unknown WHAT "name"; did you mean ...`. */
void yaml_unknown(struct front *front, const struct yaml *at, const char *what,
		  const struct name_list *known);

/* One known key of a mapping, and where its value is put (NULL when it is absent). */
struct yaml_key {
	const char *name;
	struct yaml **value;
	bool required;
};

/*
 * Puts the entries of the mapping `map` where `keys` says. Unknown and missing keys are errors;
 * `what` names the mapping in the sentence ("a link"). An empty value is NULL like an absent one,
 * and an error when the key is required.
 */
bool yaml_read_map(struct front *front, const struct yaml *map, const char *what,
		   const struct yaml_key *keys, size_t count);
#define YAML_READ_MAP(front, map, what, keys) \
	yaml_read_map(front, map, what, keys, sizeof(keys) / sizeof((keys)[0]))

/* True for a plain scalar without any text: `key:` alone. */
bool yaml_is_empty(const struct yaml *node);

/*
 * Items of a list; a scalar or mapping counts as a list of one. For (item = yaml_first(node); item;
 * item = yaml_next(node, item)).
 */
const struct yaml *yaml_first(const struct yaml *node);
const struct yaml *yaml_next(const struct yaml *node, const struct yaml *item);

/*
 * Readers of scalars. Each returns false after saying what was expected, where `what` begins the
 * sentence ("a delay"). Bounds are inclusive.
 */
bool yaml_get_text(struct front *front, const struct yaml *node, const char *what,
		   const char **text);
/* A letter, then letters, digits, '-' and '_'; at most `length` characters. */
bool yaml_get_name(struct front *front, const struct yaml *node, const char *what, size_t length,
		   const char **name);
/* true, yes, on or false, no, off. */
bool yaml_get_bool(struct front *front, const struct yaml *node, const char *what, bool *value);
bool yaml_get_integer(struct front *front, const struct yaml *node, const char *what, int64_t min,
		      int64_t max, int64_t *value);
/* One of a few words; *index is its position. */
bool yaml_get_word(struct front *front, const struct yaml *node, const char *what,
		   const char *const *words, size_t count, size_t *index);

/* The node on one line, as YAML in flow style. */
const char *yaml_to_line(struct front *front, const struct yaml *node);

/* "a, b, c": one more part at the end of a line; `line` may be "". */
const char *yaml_append_part(struct front *front, const char *line, const struct yaml *entry);

#endif
