// SPDX-License-Identifier: GPL-2.0-only
// connect(2), and sctp_connectx(3) with every way into the kernel that it ever had.
#include "command.h"
#include "names.h"

#include <netinet/in.h>
#include <netinet/sctp.h>
#include <string.h>
#include <sys/socket.h>

bool run_connect(struct session *session, struct command *command)
{
	struct address address;

	if (!command_address(command, command->plain[0], &address))
		return false;
	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   connect(command->fd, address.pointer, address.length));
	return true;
}

// Each returns what its call returned, and stores the association id where it tells one.

static int connectx_lib(int fd, const struct address_list *list, sctp_assoc_t *id)
{
	return sctp_connectx(fd, list->pointer, list->count, id);
}

static int connectx_old(int fd, const struct address_list *list, sctp_assoc_t *id)
{
	(void)id; // has no way to tell
	return setsockopt(fd, SOL_SCTP, SCTP_SOCKOPT_CONNECTX_OLD, list->pointer,
			  (socklen_t)list->size);
}

// sctp_setsockopt_connectx() of the kernel: the return value is the association id.
static int connectx_new(int fd, const struct address_list *list, sctp_assoc_t *id)
{
	int ret = setsockopt(fd, SOL_SCTP, SCTP_SOCKOPT_CONNECTX, list->pointer,
			     (socklen_t)list->size);

	if (id && ret > 0)
		*id = ret;
	return ret;
}

// sctp_getsockopt_connectx3() of the kernel: the id is there also with EINPROGRESS.
static int connectx_get(int fd, const struct address_list *list, sctp_assoc_t *id)
{
	struct sctp_getaddrs_old request = { .addr_num = (int)list->size, .addrs = list->pointer };
	socklen_t length = sizeof(request);
	int ret = getsockopt(fd, SOL_SCTP, SCTP_SOCKOPT_CONNECTX3, &request, &length);

	if (id)
		*id = request.assoc_id;
	return ret;
}

static const struct {
	const char *name;
	int (*call)(int fd, const struct address_list *list, sctp_assoc_t *id);
} connectx_ways[] = {
	{ "lib", connectx_lib },
	{ "old", connectx_old },
	{ "new", connectx_new },
	{ "get", connectx_get },
};

bool run_connectx(struct session *session, struct command *command)
{
	const char *via = command_key(command, "via");
	struct address_list *list = &command->list;
	int64_t length = -1;
	sctp_assoc_t assoc_id = 0;
	bool want_id = true;
	size_t way = 0;

	if (!command_address_list(command, command->plain[0]))
		return false;
	while (via && way < 4 && strcmp(connectx_ways[way].name, via) != 0)
		way++;
	if (way == 4)
		return command_fail(command, "via=%s: expected via=lib, old, new or get", via);
	if (way == 0 && !address_list_walkable(list))
		return command_fail(command,
				    "libsctp itself reads the list: %s would end this program; use "
				    "via=old, via=new or via=get",
				    command->plain[0]);
	if (!command_yes(command, "id", &want_id))
		return false;
	if (!command_number(command, "length", 0, (int64_t)list->size, &length))
		return false;
	if (length >= 0 && way == 0)
		return command_fail(command,
				    "libsctp itself finds out how long the list is: length= "
				    "needs via=old, via=new or via=get");
	if (length >= 0)
		list->size = (size_t)length;
	command_arg(command, "via", json_string_nocheck(connectx_ways[way].name));
	command_arg(command, "id", json_boolean(want_id));

	answer_begin(session, &command->answer);
	answer_end(session, &command->answer,
		   connectx_ways[way].call(command->fd, list, want_id ? &assoc_id : NULL));
	answer_set(&command->answer, "assoc_id", assoc_id > 0 ? json_integer(assoc_id) : NULL);
	return true;
}
