// SPDX-License-Identifier: GPL-2.0-only
// What a cell answered, in a few words that can be compared.
#include "lab/matrix/answer.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first word on the association that the call was about, or NULL. */
static const json_t *find_change(const json_t *record)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(record, "notifications"), i, item) {
		if (jsonx_is(item, "type", "SCTP_ASSOC_CHANGE"))
			return item;
	}
	return NULL;
}

/* Errors that leave the attempt going on, so that its end comes in another way. */
static bool goes_on(const char *name)
{
	return strcmp(name, "EINPROGRESS") == 0 || strcmp(name, "EALREADY") == 0 ||
	       strcmp(name, "EINTR") == 0;
}

char *answer_of_call(const json_t *record, int64_t *after_ns)
{
	const char *name = jsonx_string(record, "errno", "ok");
	const char *left = jsonx_string(record, "so_error", NULL);
	const json_t *change = find_change(record);

	*after_ns = jsonx_int(record, "took_ns", -1);
	if (!jsonx_true(record, "answered"))
		return text_format("never returned");
	if (left && strcmp(left, name) != 0) {
		if (strcmp(name, "ok") == 0)
			return text_format("ok, but SO_ERROR %s", left);
		*after_ns = jsonx_int(record, "ready_ns", -1);
		return text_format("%s, then SO_ERROR %s", name, left);
	}
	if (!goes_on(name))
		return text_format("%s", name);
	if (!change)
		return text_format("%s, then nothing", name);
	*after_ns = jsonx_int(change, "after_ns", -1);
	return text_format("%s, then %s", name, jsonx_string(change, "state", "?"));
}

char *answer_of_second(const json_t *record, int64_t *after_ns)
{
	const json_t *second = json_object_get(record, "second");

	*after_ns = jsonx_int(second, "took_ns", -1);
	if (!jsonx_true(second, "answered"))
		return text_format("never returned");
	return text_format("%s", jsonx_string(second, "errno", "ok"));
}

static void show(int64_t ns, char *text, size_t size)
{
	if (ns < NS_PER_S)
		snprintf(text, size, "%lld ms", (long long)((ns + NS_PER_MS / 2) / NS_PER_MS));
	else if (ns < 10 * NS_PER_S)
		snprintf(text, size, "%.1f s", (double)ns / (double)NS_PER_S);
	else
		snprintf(text, size, "%lld s", (long long)((ns + NS_PER_S / 2) / NS_PER_S));
}

char *answer_time(int64_t from_ns, int64_t to_ns)
{
	char from[32], to[32];

	if (to_ns < NS_PER_MS / 2)
		return text_format("%s", "");
	show(from_ns < 0 ? 0 : from_ns, from, sizeof(from));
	show(to_ns, to, sizeof(to));
	if (strcmp(from, to) == 0)
		return text_format(" after %s", to);
	return text_format(" after %s to %s", from, to);
}
