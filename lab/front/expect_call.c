// SPDX-License-Identifier: GPL-2.0-only
// What a single call is expected to answer: `expect` of a step (docs/formats.md, section 3).
#include <inttypes.h>
#include <string.h>

#include "lab/front/scenario.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

struct reader {
	struct scenario *scenario;
	struct front *front;
	const char *call;
	json_t *json; /* the expectation */
};

static void put(struct reader *reader, const char *key, json_t *value)
{
	json_object_set_new(reader->json, key, value);
}

/* Calls of which success is 0; of others it is a descriptor or a number of bytes or addresses. */
static bool succeeds_with_zero(const char *call)
{
	static const char *const calls[] = { "connect",	   "connectx", "bind",
					     "bindx",	   "listen",   "getsockopt",
					     "setsockopt", "shutdown", "close" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i], call) == 0)
			return true;
	}
	return false;
}

static bool read_result(struct reader *reader, const struct yaml *result)
{
	const char *name;

	if (!result || (result->type == YAML_SCALAR && strcmp(result->text, "ok") == 0)) {
		if (succeeds_with_zero(reader->call))
			put(reader, "ret", json_integer(0));
		put(reader, "errno", json_null());
		return true;
	}
	if (!get_errno(reader->front, result, "the result of a call", &name))
		return false;
	put(reader, "ret", json_integer(-1));
	put(reader, "errno", json_string(name));
	return true;
}

static bool read_took(struct reader *reader, const struct yaml *took)
{
	int64_t range[2];

	if (!parse_time_range(reader->front, took, "how long a call took", range))
		return false;
	put(reader, "took_ns", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

static bool read_so_error(struct reader *reader, const struct yaml *value)
{
	const char *name;

	if (value->type == YAML_SCALAR &&
	    (strcmp(value->text, "0") == 0 || strcmp(value->text, "ok") == 0)) {
		put(reader, "so_error", json_null());
		return true;
	}
	if (!get_errno(reader->front, value, "so-error", &name))
		return false;
	put(reader, "so_error", json_string(name));
	return true;
}

static bool make_option_value(struct reader *reader, const struct yaml *value, json_t **json)
{
	const char *text;
	int64_t number;

	if (!yaml_get_text(reader->front, value, "the value of an option", &text))
		return false;
	if (strspn(text, "0123456789") == strlen(text)) {
		if (!yaml_get_integer(reader->front, value, "the value of an option", 0, INT64_MAX,
				      &number))
			return false;
		*json = json_integer(number);
	} else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		*json = json_integer(text[0] == 't');
	} else if (text[0] >= '0' && text[0] <= '9' && !strpbrk(text, ":") &&
		   strspn(text, "0123456789.") < strlen(text) &&
		   !strchr(text + strspn(text, "0123456789"), '.')) {
		/* RFC 6458's structures count milliseconds */
		if (!parse_quantity(reader->front, value, "the time of an option", TIME, 0, YEAR,
				    &number))
			return false;
		*json = json_integer(number / MS);
	} else {
		*json = json_string(text);
	}
	return true;
}

static bool read_value(struct reader *reader, const struct yaml *value)
{
	json_t *json = NULL, *fields;

	if (value->type != YAML_MAP) {
		if (!make_option_value(reader, value, &json))
			return false;
		put(reader, "value", json);
		return true;
	}
	fields = json_object();
	put(reader, "value", fields);
	for (const struct yaml *entry = value->first; entry; entry = entry->next) {
		if (!make_option_value(reader, entry, &json))
			return false;
		json_object_set_new(fields, entry->key, json);
	}
	return true;
}

static bool read_revents(struct reader *reader, const struct yaml *list)
{
	json_t *events = json_array();
	bool good = true;

	put(reader, "revents", events);
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		const char *name;

		if (get_poll_event(reader->front, item, &name))
			json_array_append_new(events, json_string(name));
		else
			good = false;
	}
	return good;
}

static bool read_state(struct reader *reader, const struct yaml *state)
{
	const char *name;

	if (strcmp(reader->call, "status") == 0 ?
		    !get_association_state(reader->front, state, &name) :
		    !get_change_state(reader->front, state, &name))
		return false;
	put(reader, "state", json_string(name));
	return true;
}

static bool read_address(struct reader *reader, const struct yaml *value, const char *key)
{
	struct address address;

	if (!topology_get_address(reader->front, reader->scenario->topology, value, &address))
		return false;
	put(reader, key, json_string(format_address(&reader->front->arena, &address)));
	return true;
}

static bool read_primary(struct reader *reader, const struct yaml *value)
{
	return read_address(reader, value, "primary");
}

static bool read_peer(struct reader *reader, const struct yaml *value)
{
	return read_address(reader, value, "peer");
}

static bool read_count(struct reader *reader, const struct yaml *value)
{
	int64_t range[2];

	if (!parse_count_range(reader->front, value, "a count", range))
		return false;
	put(reader, "count", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

static bool read_addresses(struct reader *reader, const struct yaml *list)
{
	json_t *addresses = json_array();
	bool good = true;

	put(reader, "addresses", addresses);
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		struct address address;

		if (topology_get_address(reader->front, reader->scenario->topology, item, &address))
			json_array_append_new(addresses, json_string(format_address(
								 &reader->front->arena, &address)));
		else
			good = false;
	}
	return good;
}

static bool read_notification(struct reader *reader, const struct yaml *value)
{
	const char *name;

	if (value->type == YAML_SCALAR && strcmp(value->text, "none") == 0) {
		put(reader, "notification", json_null());
		return true;
	}
	if (!get_notification(reader->front, value, &name))
		return false;
	put(reader, "notification", json_string(name));
	return true;
}

static bool read_size(struct reader *reader, const struct yaml *value)
{
	int64_t size;

	if (!parse_quantity(reader->front, value, "the size of a message", SIZE, 0, 1 << 30, &size))
		return false;
	put(reader, "size", json_integer(size));
	return true;
}

static bool read_id(struct reader *reader, const struct yaml *value)
{
	bool given;

	if (!yaml_get_bool(reader->front, value, "id", &given))
		return false;
	put(reader, "id", json_boolean(given));
	return true;
}

static bool read_messages(struct reader *reader, const struct yaml *value, const char *key)
{
	int64_t range[2];

	if (!parse_count_range(reader->front, value, "a count of messages", range))
		return false;
	put(reader, key, json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

static bool read_sent(struct reader *reader, const struct yaml *value)
{
	return read_messages(reader, value, "sent");
}

static bool read_failed(struct reader *reader, const struct yaml *value)
{
	return read_messages(reader, value, "failed");
}

static bool read_errors(struct reader *reader, const struct yaml *list)
{
	json_t *errors = json_array();
	const char *name;

	put(reader, "errors", errors);
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		if (!get_errno(reader->front, item, "an error of sending", &name))
			return false;
		json_array_append_new(errors, json_string(name));
	}
	return true;
}

/* What can be expected beside the result and the time, and of which calls. */
static const struct {
	const char *key;
	bool (*read)(struct reader *reader, const struct yaml *value);
	const char *calls[4];
} details[] = {
	{ "so-error", read_so_error, { "getsockopt" } },
	{ "value", read_value, { "getsockopt" } },
	{ "revents", read_revents, { "poll" } },
	{ "state", read_state, { "status", "recvmsg" } },
	{ "primary", read_primary, { "status", "paths" } },
	{ "count", read_count, { "paths", "getpaddrs", "getladdrs" } },
	{ "addresses", read_addresses, { "paths", "getpaddrs", "getladdrs" } },
	{ "peer", read_peer, { "accept", "getpeername" } },
	{ "notification", read_notification, { "recvmsg" } },
	{ "size", read_size, { "recvmsg" } },
	{ "id", read_id, { "connectx" } },
	{ "sent", read_sent, { "traffic" } },
	{ "failed", read_failed, { "traffic" } },
	{ "errors", read_errors, { "traffic" } },
};

#define DETAILS (sizeof(details) / sizeof(details[0]))

static bool applies(size_t detail, const char *call)
{
	for (size_t i = 0; i < 4 && details[detail].calls[i]; i++) {
		if (strcmp(details[detail].calls[i], call) == 0)
			return true;
	}
	return false;
}

static bool read_details(struct reader *reader, const struct yaml *expect)
{
	struct yaml *result, *took, *values[DETAILS] = { NULL };
	struct yaml_key keys[DETAILS + 2] = { { "result", &result, false },
					      { "took", &took, false } };
	const char *what =
		arena_printf(&reader->front->arena, "what is expected of %s", reader->call);
	size_t count = 2;
	bool good;

	for (size_t i = 0; i < DETAILS; i++) {
		if (applies(i, reader->call))
			keys[count++] = (struct yaml_key){ details[i].key, &values[i], false };
	}
	if (!yaml_read_map(reader->front, expect, what, keys, count))
		return false;
	good = read_result(reader, result);
	if (took)
		good &= read_took(reader, took);
	for (size_t i = 0; i < DETAILS; i++) {
		if (values[i])
			good &= details[i].read(reader, values[i]);
	}
	return good;
}

/* "ok, took: 3s..3.1s" */
static const char *make_text(struct front *front, const struct yaml *expect)
{
	const char *text = "";

	if (expect->type != YAML_MAP)
		return yaml_to_line(front, expect);
	for (const struct yaml *entry = expect->first; entry; entry = entry->next)
		text = strcmp(entry->key, "result") == 0 && text[0] == '\0' ?
			       yaml_to_line(front, entry) :
			       yaml_append_part(front, text, entry);
	return text;
}

/* One expectation of a call; what was read of it so far is in `json`, which stays the caller's. */
static bool read_one(struct scenario *scenario, const char *call, const struct yaml *expect,
		     const struct yaml *source, json_t *json)
{
	struct reader reader = {
		.scenario = scenario,
		.front = scenario->front,
		.call = call,
		.json = json,
	};

	put(&reader, "text", json_string(make_text(reader.front, expect)));
	if (!put_source(reader.front, source, reader.json))
		return false;
	return expect->type == YAML_MAP ? read_details(&reader, expect) :
					  read_result(&reader, expect);
}

/* What kernels of different versions answer. */
static bool read_list(struct scenario *scenario, const char *call, const struct yaml *list,
		      const struct yaml *source, json_t *all)
{
	bool good = true;

	for (const struct yaml *item = list->first; item; item = item->next) {
		const struct yaml *rest = item;
		json_t *json = json_object();

		json_array_append_new(all, json);
		if (item->type != YAML_MAP) {
			yaml_error(scenario->front, item,
				   "of several expectations each is a mapping, such as "
				   "{since: 6.12, result: ok}");
			good = false;
		} else {
			good &= take_releases(scenario->front, &rest, json) &&
				read_one(scenario, call, rest, source, json);
		}
	}
	return good;
}

bool read_call_expectation(struct scenario *scenario, const char *call, const struct yaml *expect,
			   const struct yaml *source, json_t *step)
{
	bool is_list = expect->type == YAML_LIST && expect->count > 0;
	json_t *json = is_list ? json_array() : json_object();

	json_object_set_new(step, "expect", json);
	return is_list ? read_list(scenario, call, expect, source, json) :
			 read_one(scenario, call, expect, source, json);
}
