// SPDX-License-Identifier: GPL-2.0-only
// Small readers of JSON objects that may lack a key or hold another type there.
#include "lab/common/jsonx.h"

#include <string.h>

const char *jsonx_string(const json_t *object, const char *key, const char *fallback)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : fallback;
}

int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool jsonx_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool jsonx_is(const json_t *object, const char *key, const char *string)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && strcmp(value, string) == 0;
}
