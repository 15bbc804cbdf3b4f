// SPDX-License-Identifier: GPL-2.0-only
// Takes a line apart, finds its function in the table, prints its answer.
#include "command.h"

#include "names.h"
#include "output.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdio.h>
#include <string.h>

void answer_begin(const struct session *session, struct answer *answer)
{
	answer->start_ns = session_now_ns(session);
	call_prepare(session);
}

void answer_end(const struct session *session, struct answer *answer, long ret)
{
	answer->error = ret == -1 ? errno : 0;
	answer->ret = ret;
	answer->end_ns = session_now_ns(session);
}

void answer_set(struct answer *answer, const char *key, json_t *value)
{
	if (!answer->results)
		answer->results = json_object();
	output_set(answer->results, key, value);
}

void answer_print(struct session *session, struct answer *answer)
{
	json_t *line = output_begin(session, "call", answer->tag);

	output_set(line, "call", json_string_nocheck(answer->call));
	if (answer->socket)
		output_set(line, "socket", output_string(answer->socket));
	output_set(line, "args", answer->args ? answer->args : json_object());
	output_set(line, "start", json_integer(answer->start_ns));
	output_set(line, "end", json_integer(answer->end_ns));
	output_set(line, "ret", json_integer(answer->ret));
	output_set(line, "errno",
		   answer->error ? json_string_nocheck(names_errno(answer->error)) : NULL);
	if (answer->results) {
		json_object_update(line, answer->results);
		json_decref(answer->results);
	}
	if (answer->message)
		output_set(line, "message", output_string(answer->message));
	answer->args = NULL;
	answer->results = NULL;
	output_line(session, line);
}

const char *command_key(const struct command *command, const char *key)
{
	for (size_t i = 0; i < command->word_count; i++)
		if (command->words[i].value && strcmp(command->words[i].text, key) == 0)
			return command->words[i].value;
	return NULL;
}

// Whether the word is in a list of words separated by blanks.
static bool list_has(const char *list, const char *word)
{
	size_t word_length = strlen(word);

	while (*list) {
		size_t length = strcspn(list, " ");

		if (word_length == length && memcmp(word, list, length) == 0)
			return true;
		list += length + (list[length] == ' ');
	}
	return false;
}

// "; did you mean ...?" for a word that is not in the list, in a static buffer.
static const char *list_hint(const char *list, const char *word)
{
	static char items[256];
	struct nearest nearest;

	snprintf(items, sizeof(items), "%s", list);
	nearest_start(&nearest, word);
	for (char *item = strtok(items, " "); item; item = strtok(NULL, " "))
		nearest_offer(&nearest, item);
	return nearest_hint(&nearest);
}

bool command_flag(const struct command *command, const char *flag)
{
	for (size_t i = 0; i < command->word_count; i++)
		if (!command->words[i].value && strcmp(command->words[i].text, flag) == 0 &&
		    list_has(command->spec->flags, flag))
			return true;
	return false;
}

void command_arg(struct command *command, const char *key, json_t *value)
{
	if (!command->answer.args)
		command->answer.args = json_object();
	output_set(command->answer.args, key, value);
}

bool command_number(struct command *command, const char *key, int64_t min, int64_t max,
		    int64_t *value)
{
	const char *text = command_key(command, key);

	if (!text)
		return true;
	if (!parse_number(text, key, min, max, value, &command->error))
		return false;
	command_arg(command, key, json_integer(*value));
	return true;
}

bool command_time(struct command *command, const char *key, int64_t *time_ns)
{
	const char *text = command_key(command, key);
	char name[40];

	if (!text)
		return true;
	if (!parse_time_ns(text, key, time_ns, &command->error))
		return false;
	snprintf(name, sizeof(name), "%s_ns", key);
	command_arg(command, name, json_integer(*time_ns));
	return true;
}

bool command_size(struct command *command, const char *key, size_t max, size_t *size)
{
	const char *text = command_key(command, key);

	if (!text)
		return true;
	if (!parse_size(text, key, max, size, &command->error))
		return false;
	command_arg(command, key, json_integer((json_int_t)*size));
	return true;
}

bool command_yes(struct command *command, const char *key, bool *value)
{
	const char *text = command_key(command, key);

	if (!text)
		return true;
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return command_fail(command, "%s=%s: expected %s=yes or %s=no", key, text, key,
				    key);
	*value = text[0] == 'y';
	return true;
}

static bool command_port(struct command *command, uint16_t *port)
{
	const char *text = command_key(command, "port");
	int64_t number = 0;

	if (text && !parse_number(text, "port", 0, UINT16_MAX, &number, &command->error))
		return false;
	*port = (uint16_t)number;
	return true;
}

bool command_address(struct command *command, const char *text, struct address *address)
{
	char shown[ADDRESS_TEXT];
	uint16_t port;

	if (!command_port(command, &port) || !parse_address(text, port, address, &command->error))
		return false;
	address_format(&address->any, shown);
	command_arg(command, "addr", json_string(address->pointer == &address->any ? shown : text));
	return true;
}

bool command_address_list(struct command *command, const char *text)
{
	struct address_list *list = &command->list;
	uint16_t port;

	if (!command_port(command, &port) || !parse_address_list(text, port, list, &command->error))
		return false;
	// A list written with ADDR*N is shown so.
	command_arg(command, "addrs",
		    address_list_readable(list) && list->count <= LIST_ITEMS_MAX ?
			    addresses_json(list->bytes, list->count) :
			    json_string(text));
	return true;
}

json_t *addresses_json(const void *addresses, int count)
{
	const char *at = addresses;
	json_t *list = json_array();
	char text[ADDRESS_TEXT];

	for (int i = 0; i < count; i++) {
		struct sockaddr_in6 address; // the kernel's list is not aligned for its elements
		size_t size;

		memcpy(&address, at, sizeof(struct sockaddr_in));
		if (address.sin6_family == AF_INET6)
			memcpy(&address, at, sizeof(address));
		size = address_format((const struct sockaddr *)&address, text);
		json_array_append_new(list, json_string_nocheck(text));
		at += size ? size : sizeof(struct sockaddr_in);
	}
	return list;
}

static bool name_is_valid(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && *c != '.')
			return false;
	return *name && strlen(name) <= SOCKET_NAME_MAX;
}

bool command_new_name(struct session *session, struct command *command, const char *name)
{
	if (!name_is_valid(name))
		return command_fail(command,
				    "\"%s\" is no name for a socket; expected at most %d letters, "
				    "digits, \"_\", \"-\" and \".\"",
				    name, SOCKET_NAME_MAX);
	if (socket_find(session, name))
		return command_fail(command,
				    "a socket named %s is open; close it, or choose another name",
				    name);
	return true;
}

bool command_assoc(struct command *command, const char *text, int32_t *assoc_id)
{
	static const struct name special[] = {
		{ "last", ASSOC_LAST },
		{ "future", SCTP_FUTURE_ASSOC },
		{ "current", SCTP_CURRENT_ASSOC },
		{ "all", SCTP_ALL_ASSOC },
		{ NULL, 0 },
	};
	int64_t number;
	long value;

	if (!text) {
		*assoc_id = command->entry && command->entry->many ? ASSOC_LAST : 0;
		return true;
	}
	if (names_value(special, text, &value)) {
		command_arg(command, "assoc", json_string_nocheck(text));
		*assoc_id = (int32_t)value;
		return true;
	}
	if (!isdigit((unsigned char)text[0]))
		return command_fail(command,
				    "\"%s\" is no association; expected its id, or one of last, "
				    "future, current, all",
				    text);
	if (!parse_number(text, "association", 0, INT32_MAX, &number, &command->error))
		return false;
	command_arg(command, "assoc", json_integer(number));
	*assoc_id = (int32_t)number;
	return true;
}

int32_t assoc_resolve(const struct session *session, int fd, int32_t assoc_id)
{
	static union {
		struct sctp_assoc_ids list;
		unsigned char room[65536];
	} ids;
	socklen_t size = sizeof(ids);

	if (assoc_id != ASSOC_LAST)
		return assoc_id;
	call_prepare(session);
	if (getsockopt(fd, SOL_SCTP, SCTP_GET_ASSOC_ID_LIST, &ids, &size) != 0 ||
	    ids.list.gaids_number_of_ids == 0)
		return 0;
	return ids.list.gaids_assoc_id[ids.list.gaids_number_of_ids - 1];
}

static const struct command_spec *command_find(const char *name, struct parse_error *error)
{
	struct nearest nearest;

	for (const struct command_spec *spec = command_table; spec->name; spec++)
		if (strcmp(spec->name, name) == 0)
			return spec;
	nearest_start(&nearest, name);
	for (const struct command_spec *spec = command_table; spec->name; spec++)
		nearest_offer(&nearest, spec->name);
	parse_fail(error, "\"%s\" is not a command%s%s", name, nearest_hint(&nearest),
		   nearest.best ? "" : "; \"help\" lists the commands");
	return NULL;
}

static bool command_check_key(struct command *command, const struct word *word)
{
	for (const struct word *other = command->words; other < word; other++)
		if (other->value && strcmp(other->text, word->text) == 0)
			return command_fail(command, "%s= is given twice", word->text);
	if (command->spec->keys && !list_has(command->spec->keys, word->text))
		return command_fail(command, "%s does not know %s=%s; usage: %s %s",
				    command->spec->name, word->text,
				    list_hint(command->spec->keys, word->text), command->spec->name,
				    command->spec->usage);
	return true;
}

// Sorts the words after the socket's name into keys, flags and plain words.
static bool command_sort(struct command *command)
{
	const struct command_spec *spec = command->spec;

	for (size_t i = 0; i < command->word_count; i++) {
		const struct word *word = &command->words[i];

		if (word->value) {
			if (!command_check_key(command, word))
				return false;
			continue;
		}
		if (list_has(spec->flags, word->text))
			continue;
		if (command->plain_count == spec->plain_max)
			return command_fail(command, "%s does not know \"%s\"%s; usage: %s %s",
					    spec->name, word->text,
					    list_hint(spec->flags, word->text), spec->name,
					    spec->usage);
		command->plain[command->plain_count++] = word->text;
	}
	if (command->plain_count < spec->plain_min)
		return command_fail(command, "%s needs more; usage: %s %s", spec->name, spec->name,
				    spec->usage);
	return true;
}

static bool command_prepare(struct session *session, struct command *command, struct word *words,
			    size_t count)
{
	command->spec = command_find(words[0].text, &command->error);
	if (!command->spec)
		return false;
	command->answer.call = command->spec->name;
	words++;
	count--;
	if (!command->spec->no_socket) {
		if (count == 0 || words[0].value)
			return command_fail(command, "%s needs a socket's name; usage: %s %s",
					    command->spec->name, command->spec->name,
					    command->spec->usage);
		if (!name_is_valid(words[0].text))
			return command_fail(command, "\"%s\" is no name of a socket; usage: %s %s",
					    words[0].text, command->spec->name,
					    command->spec->usage);
		command->answer.socket = words[0].text;
		command->entry = socket_find(session, words[0].text);
		command->fd = command->entry ? command->entry->fd : -1;
		words++;
		count--;
	}
	command->words = words;
	command->word_count = count;
	return command_sort(command);
}

void command_run(struct session *session, char *line)
{
	struct word words[PARSE_WORDS_MAX], *first = words;
	struct command command = { .fd = -1 };
	size_t count;

	if (!parse_words(line, words, &count, &command.error)) {
		// The tag is at the front: it is known even if the rest cannot be taken apart.
		if (count > 0 && words[0].text[0] == '@')
			command.answer.tag = words[0].text + 1;
		output_error(session, command.answer.tag, command.error.text);
		return;
	}
	if (count > 0 && first->text[0] == '@') {
		command.answer.tag = first->text + 1;
		first++;
		count--;
	}
	if (count == 0)
		return;
	if (!command_prepare(session, &command, first, count) ||
	    !command.spec->run(session, &command)) {
		json_decref(command.answer.args);
		json_decref(command.answer.results);
		output_error(session, command.answer.tag, command.error.text);
	} else if (command.answer.call) {
		answer_print(session, &command.answer);
	}
	address_list_free(&command.list);
}
