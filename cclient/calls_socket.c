// SPDX-License-Identifier: GPL-2.0-only
// Commands that make sockets, name them, and end them.
#include "command.h"
#include "loop.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool open_file(struct session *session, struct command *command, const char *path)
{
	struct socket_entry *entry;
	int fd;

	if (command->word_count > 1)
		return command_fail(command, "file= stands alone: a file is no socket");
	command_arg(command, "file", output_string(path));
	answer_begin(session, &command->answer);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	answer_end(session, &command->answer, fd);
	entry = fd >= 0 ? socket_add(session, command->answer.socket, fd) : NULL;
	if (fd >= 0 && !entry)
		close(fd);
	return true;
}

// The end that is read; the other one is closed: nobody will write.
static bool open_pipe(struct session *session, struct command *command)
{
	int ends[2], ret;

	if (command->word_count > 1)
		return command_fail(command, "pipe stands alone: a pipe is no socket");
	command_arg(command, "type", json_string_nocheck("pipe"));
	answer_begin(session, &command->answer);
	ret = pipe2(ends, O_CLOEXEC | O_NONBLOCK);
	answer_end(session, &command->answer, ret < 0 ? ret : ends[0]);
	if (ret < 0)
		return true;
	close(ends[1]);
	if (!socket_add(session, command->answer.socket, ends[0]))
		close(ends[0]);
	return true;
}

bool run_socket(struct session *session, struct command *command)
{
	const char *file = command_key(command, "file");
	bool inet6 = command_flag(command, "inet6"), many = command_flag(command, "seqpacket");
	bool dgram = command_flag(command, "dgram"), rdm = command_flag(command, "rdm");
	bool nonblock = command_flag(command, "nonblock"), v6only = command_flag(command, "v6only");
	int64_t protocol = IPPROTO_SCTP;
	struct socket_entry *entry;
	int fd, on = 1;

	if (!command_new_name(session, command, command->answer.socket))
		return false;
	if (file)
		return open_file(session, command, file);
	if (command_flag(command, "pipe"))
		return open_pipe(session, command);
	if (inet6 && command_flag(command, "inet"))
		return command_fail(command, "a socket is inet or inet6, not both");
	if (command_flag(command, "stream") + many + dgram + rdm > 1)
		return command_fail(command, "a socket is one of stream, seqpacket, dgram and rdm");
	if (v6only && !inet6)
		return command_fail(command, "v6only needs inet6");
	command_arg(command, "family", json_string_nocheck(inet6 ? "inet6" : "inet"));
	command_arg(command, "type",
		    json_string_nocheck(many  ? "seqpacket" :
					dgram ? "dgram" :
					rdm   ? "rdm" :
						"stream"));
	if (nonblock)
		command_arg(command, "nonblock", json_true());
	if (v6only)
		command_arg(command, "v6only", json_true());
	if (!command_number(command, "protocol", 0, 255, &protocol))
		return false;

	answer_begin(session, &command->answer);
	fd = socket(inet6 ? AF_INET6 : AF_INET,
		    (many  ? SOCK_SEQPACKET :
		     dgram ? SOCK_DGRAM :
		     rdm   ? SOCK_RDM :
			     SOCK_STREAM) |
			    SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0),
		    (int)protocol);
	answer_end(session, &command->answer, fd);
	if (fd < 0) {
		if (command->answer.error == EPROTONOSUPPORT && protocol == IPPROTO_SCTP && !dgram)
			command->answer.message =
				"This kernel has no SCTP. As root, load it with \"modprobe sctp\". "
				"Debian has the module in its standard kernel image; a line in "
				"/etc/modprobe.d may keep it from being loaded.";
		return true;
	}
	if (v6only) {
		call_prepare(session);
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
			answer_end(session, &command->answer, -1);
			close(fd);
			return true;
		}
	}
	entry = socket_add(session, command->answer.socket, fd);
	if (!entry) {
		close(fd);
		return command_fail(command, "no memory for another socket");
	}
	entry->family = inet6 ? AF_INET6 : AF_INET;
	entry->many = many;
	entry->nonblock = nonblock;
	return true;
}

bool run_bind(struct session *session, struct command *command)
{
	struct address address;

	if (!command_address(command, command->plain[0], &address))
		return false;
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, bind(command->fd, address.pointer, address.length));
	return true;
}

bool run_bindx(struct session *session, struct command *command)
{
	bool rem = command_flag(command, "rem");
	const struct address_list *list = &command->list;

	if (!command_address_list(command, command->plain[0]))
		return false;
	if (!address_list_walkable(list))
		return command_fail(command,
				    "libsctp itself reads the list of bindx: %s would end "
				    "this program; bind takes it",
				    command->plain[0]);
	command_arg(command, "flags",
		    json_string_nocheck(rem ? "SCTP_BINDX_REM_ADDR" : "SCTP_BINDX_ADD_ADDR"));
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   sctp_bindx(command->fd, list->pointer, list->count,
			      rem ? SCTP_BINDX_REM_ADDR : SCTP_BINDX_ADD_ADDR));
	return true;
}

bool run_listen(struct session *session, struct command *command)
{
	int64_t backlog = 128;

	if (command->plain_count == 1 && !parse_number(command->plain[0], "backlog", INT32_MIN,
						       INT32_MAX, &backlog, &command->error))
		return false;
	command_arg(command, "backlog", json_integer(backlog));
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, listen(command->fd, (int)backlog));
	if (command->entry && command->answer.ret == 0)
		command->entry->listening = backlog != 0;
	return true;
}

bool run_accept(struct session *session, struct command *command)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int fd;

	if (!command_new_name(session, command, command->plain[0]))
		return false;
	command_arg(command, "new", json_string_nocheck(command->plain[0]));
	answer_begin(session, &command->answer);
	fd = accept4(command->fd, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
	answer_end(session, &command->answer, fd);
	if (fd >= 0)
		loop_accepted(session, command->entry, &command->answer, command->plain[0], fd,
			      (struct sockaddr *)&peer);
	return true;
}

bool run_peeloff(struct session *session, struct command *command)
{
	struct socket_entry *entry;
	int32_t assoc_id;
	int fd;

	if (!command_assoc(command, command->plain[0], &assoc_id) ||
	    !command_new_name(session, command, command->plain[1]))
		return false;
	command_arg(command, "new", json_string_nocheck(command->plain[1]));
	assoc_id = assoc_resolve(session, command->fd, assoc_id);
	answer_begin(session, &command->answer);
	fd = sctp_peeloff(command->fd, assoc_id);
	answer_end(session, &command->answer, fd);
	if (fd < 0)
		return true;
	entry = socket_add(session, command->plain[1], fd);
	if (!entry) {
		close(fd);
		return command_fail(command, "no memory for another socket");
	}
	entry->family = command->entry->family;
	entry->receive_info = command->entry->receive_info;
	answer_set(&command->answer, "new", json_string_nocheck(command->plain[1]));
	answer_set(&command->answer, "assoc_id", json_integer(assoc_id));
	return true;
}

bool run_shutdown(struct session *session, struct command *command)
{
	bool rd = command_flag(command, "rd"), rdwr = command_flag(command, "rdwr");

	if (command->word_count > 1)
		return command_fail(command, "shutdown takes one of rd, wr, rdwr");
	command_arg(command, "how", json_string_nocheck(rdwr ? "rdwr" : rd ? "rd" : "wr"));
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   shutdown(command->fd, rdwr ? SHUT_RDWR :
					 rd   ? SHUT_RD :
						SHUT_WR));
	return true;
}

bool run_close(struct session *session, struct command *command)
{
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer, close(command->fd));
	// The descriptor is gone whatever close(2) says.
	if (command->entry)
		socket_forget(session, command->entry);
	return true;
}

// RFC 6458 3.1.5 and 4.1.7: how each style aborts.
bool run_abort(struct session *session, struct command *command)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	struct sctp_sndrcvinfo info = { .sinfo_flags = SCTP_ABORT };
	int32_t assoc_id;
	char nothing = 0;
	long ret;

	if (!command_assoc(command, command->plain_count ? command->plain[0] : NULL, &assoc_id))
		return false;
	if (command->entry && command->entry->many) {
		info.sinfo_assoc_id = assoc_resolve(session, command->fd, assoc_id);
		answer_begin(session, &command->answer);
		ret = sctp_send(command->fd, &nothing, 0, &info, 0);
		answer_end(session, &command->answer, ret);
		answer_set(&command->answer, "assoc_id", json_integer(info.sinfo_assoc_id));
		return true;
	}
	answer_begin(session, &command->answer);
	if (setsockopt(command->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)) != 0) {
		answer_end(session, &command->answer, -1);
		return true;
	}
	call_prepare(session);
	answer_end(session, &command->answer, close(command->fd));
	if (command->entry)
		socket_forget(session, command->entry);
	return true;
}
