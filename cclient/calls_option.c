// SPDX-License-Identifier: GPL-2.0-only
// getsockopt, setsockopt and events.
#include "command.h"
#include "names.h"
#include "options.h"
#include "output.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { FIELDS_MAX = 32 }; // of one option: SCTP_GET_ASSOC_STATS, the longest, has 17

// A value of an option as it is built from the command.
struct option_value {
	const struct option_spec *option;
	_Alignas(8) unsigned char bytes[OPTION_ROOM];
	size_t length;			       // bytes in use
	const struct field *given[FIELDS_MAX]; // fields the command names
	const char *texts[FIELDS_MAX];	       // and their values
	size_t given_count;
	int32_t assoc_id;
};

static bool value_give(struct command *command, struct option_value *value,
		       const struct field *field, const char *text)
{
	if (value->given_count == FIELDS_MAX)
		return command_fail(command, "too many fields");
	value->given[value->given_count] = field;
	value->texts[value->given_count++] = text;
	return true;
}

// SO_SNDTIMEO value=2s.
static bool value_give_time(struct command *command, struct option_value *value, const char *text)
{
	static char seconds[24], microseconds[24];
	int64_t time_ns;

	if (!parse_time_ns(text, value->option->name, &time_ns, &command->error))
		return false;
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(time_ns / 1000000000));
	snprintf(microseconds, sizeof(microseconds), "%lld",
		 (long long)(time_ns % 1000000000 / 1000));
	return value_give(command, value, option_field(value->option, "tv_sec"), seconds) &&
	       value_give(command, value, option_field(value->option, "tv_usec"), microseconds);
}

// A value without a field's name.
static bool value_give_main(struct command *command, struct option_value *value, const char *text)
{
	const struct field *main_field = option_role(value->option, ROLE_MAIN);

	if (value->option->flags & OPTION_TIME)
		return value_give_time(command, value, text);
	if (!main_field)
		return command_fail(command,
				    "%s has several fields: name the one to set, such as %s=",
				    value->option->name, value->option->fields[1].name);
	return value_give(command, value, main_field, text);
}

static bool value_give_key(struct command *command, struct option_value *value,
			   const struct word *word)
{
	const struct option_spec *option = value->option;
	const struct field *field = option_field(option, word->text);
	struct nearest nearest;

	if (field)
		return value_give(command, value, field, word->value);
	if (strcmp(word->text, "value") == 0)
		return value_give_main(command, value, word->value);
	if (strcmp(word->text, "assoc") == 0) {
		if (!option_role(option, ROLE_ASSOC))
			return command_fail(command,
					    "%s is of the socket, not of an association; "
					    "leave out assoc=",
					    option->name);
		return command_assoc(command, word->value, &value->assoc_id);
	}
	nearest_start(&nearest, word->text);
	for (field = option->fields; field->name; field++)
		nearest_offer(&nearest, field->name);
	return command_fail(command, "%s has no field \"%s\"; expected one such as %s%s",
			    option->name, word->text,
			    option->fields[option->fields[0].role == ROLE_ASSOC].name,
			    nearest_hint(&nearest));
}

// Writes the fields that the command names into the bytes; only those with a role that says what is
// asked for when `keys_only`.
static bool value_fill(struct command *command, struct option_value *value, bool keys_only)
{
	const struct field *count = option_role(value->option, ROLE_COUNT);

	for (size_t i = 0; i < value->given_count; i++) {
		const struct field *field = value->given[i];

		if (keys_only && field->role != ROLE_KEY && field->role != ROLE_ASSOC)
			continue;
		if (!field_parse(field, count, value->texts[i], value->bytes, OPTION_ROOM,
				 &value->length, &command->error))
			return false;
	}
	return true;
}

// The option and all its fields; the bytes hold what is given and 0 elsewhere.
static bool value_parse(struct command *command, struct option_value *value)
{
	json_t *fields;

	memset(value, 0, sizeof(*value));
	value->option = option_find(command->plain[0], &command->error);
	if (!value->option)
		return false;
	value->length = value->option->size;
	command_arg(command, "option", json_string_nocheck(value->option->name));
	for (size_t i = 0; i < command->word_count; i++)
		if (command->words[i].value && !value_give_key(command, value, &command->words[i]))
			return false;
	if (command->plain_count > 1 && !value_give_main(command, value, command->plain[1]))
		return false;
	if (!value_fill(command, value, false))
		return false;
	if (value->given_count > 0) {
		fields = json_object();
		for (size_t i = 0; i < value->given_count; i++)
			output_set(fields, value->given[i]->name,
				   field_json(value->given[i], value->bytes, value->length));
		command_arg(command, "fields", fields);
	}
	return true;
}

// Puts the association's id where the option wants it.
static void value_assoc(const struct session *session, const struct command *command,
			struct option_value *value)
{
	const struct field *field = option_role(value->option, ROLE_ASSOC);

	if (value->assoc_id == ASSOC_LAST)
		value->assoc_id = assoc_resolve(session, command->fd, ASSOC_LAST);
	if (field && value->assoc_id != 0)
		field_set(field, value->bytes, (unsigned)value->assoc_id);
	else if (field)
		value->assoc_id = (int32_t)field_get(field, value->bytes);
}

static int value_get(const struct session *session, int fd, struct option_value *value)
{
	const struct option_spec *option = value->option;
	socklen_t length = option->flags & OPTION_VARIABLE ? OPTION_ROOM : option->size;
	int ret;

	call_prepare(session);
	if (option->flags & OPTION_OPT_INFO)
		ret = sctp_opt_info(fd, value->assoc_id, option->number, value->bytes, &length);
	else
		ret = getsockopt(fd, option->level, option->number, value->bytes, &length);
	if (ret == 0)
		value->length = length;
	return ret;
}

// Our struct and the kernel's differ: fields at the end are then not what they seem.
static void value_check_size(struct answer *answer, const struct option_value *value)
{
	const struct option_spec *option = value->option;

	if (value->length == option->size ||
	    (option->flags & OPTION_VARIABLE && value->length > option->size))
		return;
	answer_set(answer, "optlen", json_integer((json_int_t)value->length));
	answer_set(answer, "size", json_integer(option->size));
}

bool run_getsockopt(struct session *session, struct command *command)
{
	struct answer *answer = &command->answer;
	struct option_value value;
	unsigned long long number;

	if (!value_parse(command, &value))
		return false;
	value_assoc(session, command, &value);
	answer_begin(session, answer);
	answer_end(session, answer, value_get(session, command->fd, &value));
	if (answer->ret != 0)
		return true;
	answer_set(answer, "value", option_json(value.option, value.bytes, value.length));
	if (value.option->flags & OPTION_ERRNO) {
		number = field_get(value.option->fields, value.bytes);
		answer_set(answer, "error",
			   number ? json_string_nocheck(names_errno((int)number)) : NULL);
	}
	value_check_size(answer, &value);
	return true;
}

// Whether the command leaves fields to what the kernel has in them.
static bool value_is_partial(const struct option_value *value)
{
	for (const struct field *field = value->option->fields; field->name; field++) {
		bool given = field->role == ROLE_ASSOC || field->role == ROLE_KEY ||
			     field->role == ROLE_COUNT;

		for (size_t i = 0; !given && i < value->given_count; i++)
			given = value->given[i] == field;
		if (!given)
			return true;
	}
	return false;
}

bool run_setsockopt(struct session *session, struct command *command)
{
	struct answer *answer = &command->answer;
	struct option_value value;
	int read_error = 0;
	bool partial;

	if (!value_parse(command, &value))
		return false;
	if (value.option->flags & OPTION_READ_ONLY)
		return command_fail(command, "%s can only be read", value.option->name);
	if (value.given_count == 0 && value.assoc_id == 0)
		return command_fail(command, "setsockopt needs a value; usage: setsockopt %s",
				    command->spec->usage);
	value_assoc(session, command, &value);
	partial = !(value.option->flags & OPTION_WRITE_ONLY) && value_is_partial(&value);
	answer_begin(session, answer);
	if (partial) {
		memset(value.bytes, 0, sizeof(value.bytes));
		value_fill(command, &value, true);
		value_assoc(session, command, &value);
		if (value_get(session, command->fd, &value) != 0)
			read_error = errno;
		else
			value_check_size(answer, &value);
		value.length = value.option->size;
		value_fill(command, &value, false);
		value_assoc(session, command, &value);
	}
	call_prepare(session);
	answer_end(session, answer,
		   setsockopt(command->fd, value.option->level, value.option->number, value.bytes,
			      (socklen_t)value.length));
	// What could not be read went to the kernel as 0.
	if (read_error)
		answer_set(answer, "read_errno", json_string_nocheck(names_errno(read_error)));
	return true;
}

// All but SCTP_SEND_FAILED, which RFC 6458 6.1.4 deprecates: with it each failure would be told
// twice. SCTP_EVENTS does in one call what SCTP_EVENT does in twelve.
static int events_all(int fd, bool on)
{
	struct sctp_event_subscribe all;

	memset(&all, on, sizeof(all));
	all.sctp_data_io_event = 0;
	all.sctp_send_failure_event = 0;
	return setsockopt(fd, SOL_SCTP, SCTP_EVENTS, &all, sizeof(all));
}

static int events_one(const struct command *command, long type, bool on)
{
	bool many = command->entry && command->entry->many;
	struct sctp_event event = {
		.se_assoc_id = many ? SCTP_ALL_ASSOC : SCTP_FUTURE_ASSOC,
		.se_type = (uint16_t)type,
		.se_on = on,
	};

	return setsockopt(command->fd, SOL_SCTP, SCTP_EVENT, &event, sizeof(event));
}

bool run_events(struct session *session, struct command *command)
{
	bool on = strcmp(command->plain[0], "on") == 0;
	json_t *types = json_array();
	struct nearest nearest;
	long type;
	int ret = 0;

	command_arg(command, "on", json_boolean(on));
	command_arg(command, "types", types);
	if (!on && strcmp(command->plain[0], "off") != 0)
		return command_fail(command, "\"%s\": expected events S on or events S off",
				    command->plain[0]);
	for (size_t i = 1; i < command->plain_count; i++) {
		if (!names_value(names_notification, command->plain[i], &type)) {
			nearest_start(&nearest, command->plain[i]);
			nearest_offer_list(&nearest, names_notification);
			return command_fail(
				command,
				"\"%s\" is no type of notification; expected a name such "
				"as SCTP_ASSOC_CHANGE%s",
				command->plain[i], nearest_hint(&nearest));
		}
		json_array_append_new(types, json_string_nocheck(command->plain[i]));
	}
	answer_begin(session, &command->answer);
	if (command->plain_count == 1)
		ret = events_all(command->fd, on);
	for (size_t i = 1; i < command->plain_count && ret == 0; i++) {
		names_value(names_notification, command->plain[i], &type);
		call_prepare(session);
		ret = events_one(command, type, on);
	}
	// A kernel older than our struct refuses it whole: one by one then, as far as it goes.
	if (ret != 0 && errno == EINVAL && command->plain_count == 1) {
		call_prepare(session);
		ret = events_one(command, SCTP_ASSOC_CHANGE, on);
		for (const struct name *name = names_notification + 1; ret == 0 && name->name;
		     name++)
			if (name->value != SCTP_SEND_FAILED)
				events_one(command, name->value, on);
	}
	answer_end(session, &command->answer, ret);
	return true;
}
