// SPDX-License-Identifier: GPL-2.0-only
// Small readers of JSON objects that may lack a key or hold another type there.
#ifndef LAB_COMMON_JSONX_H
#define LAB_COMMON_JSONX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The string under the key; fallback when it is absent or no string. Borrowed from object. */
const char *jsonx_string(const json_t *object, const char *key, const char *fallback);

/* The whole number under the key; fallback when it is absent or no integer. */
int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback);

/* True only when the key holds true. */
bool jsonx_true(const json_t *object, const char *key);

/* True when the key holds exactly that string. */
bool jsonx_is(const json_t *object, const char *key, const char *string);

#endif
