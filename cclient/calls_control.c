// SPDX-License-Identifier: GPL-2.0-only
// Commands about waiting, and about the session itself.
#include "command.h"
#include "loop.h"
#include "names.h"
#include "output.h"

#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

bool run_poll(struct session *session, struct command *command)
{
	bool in = command_flag(command, "in"), out = command_flag(command, "out");
	// poll(2) ignores descriptor -1. This one is never open: POLLNVAL, its word for EBADF.
	struct pollfd polled = { .fd = command->fd < 0 ? INT32_MAX : command->fd };
	int64_t timeout_ns = -1, timeout_ms;
	json_t *list, *events = json_array();

	command_arg(command, "events", events);
	if (!command_time(command, "timeout", &timeout_ns))
		return false;
	timeout_ms = timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
	if (timeout_ms > INT32_MAX)
		return command_fail(command,
				    "timeout=%s is too long for poll(2); expected at most 24 days",
				    command_key(command, "timeout"));
	if (in || !out)
		polled.events |= POLLIN;
	if (out || !in)
		polled.events |= POLLOUT;
	for (const struct name *name = names_poll; name->name; name++)
		if (polled.events & name->value)
			json_array_append_new(events, json_string_nocheck(name->name));

	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, poll(&polled, 1, (int)timeout_ms));
	list = json_array();
	for (const struct name *name = names_poll; name->name; name++)
		if (polled.revents & name->value)
			json_array_append_new(list, json_string_nocheck(name->name));
	answer_set(&command->answer, "revents", list);
	return true;
}

bool run_watch(struct session *session, struct command *command)
{
	bool off = command_flag(command, "off");
	struct socket_entry nothing = { .fd = -1 };

	if (command->word_count > 1)
		return command_fail(command, "watch is on or off, not both");
	command_arg(command, "on", json_boolean(!off));
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   loop_watch(session, command->entry ? command->entry : &nothing, !off));
	return true;
}

bool run_sleep(struct session *session, struct command *command)
{
	int64_t time_ns, end_ns;

	if (!parse_time_ns(command->plain[0], "sleep", &time_ns, &command->error))
		return false;
	command_arg(command, "time_ns", json_integer(time_ns));
	answer_begin(session, &command->answer);
	end_ns = command->answer.start_ns + session->options.epoch_ns;
	if (__builtin_add_overflow(end_ns, time_ns, &end_ns))
		return command_fail(command, "sleep %s would never end", command->plain[0]);
	do
		loop_wait(session, end_ns, false);
	while (clock_now_ns() < end_ns && !session->output_failed);
	answer_end(session, &command->answer, 0);
	return true;
}

bool run_unprivileged(struct session *session, struct command *command)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, syscall(SYS_capset, &header, none));
	return true;
}

bool run_poison(struct session *session, struct command *command)
{
	int number;

	if (!names_errno_value(command->plain[0], &number))
		return command_fail(command, "\"%s\" is no errno; expected a name such as EPERM",
				    command->plain[0]);
	command_arg(command, "errno", json_string_nocheck(names_errno(number)));
	session->options.poison_errno = number;
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, 0);
	return true;
}

static void help_json(struct session *session, const struct command *command,
		      const struct command_spec *only)
{
	json_t *line = output_begin(session, "help", command->answer.tag), *list = json_array();

	for (const struct command_spec *spec = command_table; spec->name; spec++) {
		json_t *item;

		if (only && spec != only)
			continue;
		item = json_object();
		output_set(item, "name", json_string_nocheck(spec->name));
		output_set(item, "usage", json_string_nocheck(spec->usage));
		output_set(item, "help", json_string_nocheck(spec->help));
		json_array_append_new(list, item);
	}
	output_set(line, "commands", list);
	output_line(session, line);
}

static void help_text(struct session *session, const struct command_spec *only)
{
	static const char notes[] =
		"ADDRS: ADDR[:PORT],...  TIME: 100ms, 5s, 2min  SIZE: 1000B, 64KiB  "
		"ASSOC: a number or last\n";
	char text[1024];

	for (const struct command_spec *spec = command_table; spec->name; spec++) {
		int length;

		if (only && spec != only)
			continue;
		length = snprintf(text, sizeof(text), "%s %s\n    %s\n", spec->name, spec->usage,
				  spec->help);
		output_text(session, text, (size_t)length);
	}
	if (!only)
		output_text(session, notes, sizeof(notes) - 1);
}

bool run_help(struct session *session, struct command *command)
{
	const struct command_spec *only = NULL;
	struct nearest nearest;

	if (command->plain_count == 1) {
		nearest_start(&nearest, command->plain[0]);
		for (only = command_table; only->name; only++) {
			if (strcmp(only->name, command->plain[0]) == 0)
				break;
			nearest_offer(&nearest, only->name);
		}
		if (!only->name)
			return command_fail(command, "\"%s\" is not a command%s", command->plain[0],
					    nearest_hint(&nearest));
	}
	if (session->options.readable)
		help_text(session, only);
	else
		help_json(session, command, only);
	command->answer.call = NULL; // no call was made
	return true;
}

bool run_quit(struct session *session, struct command *command)
{
	session->quit = true;
	command->answer.call = NULL;
	return true;
}
