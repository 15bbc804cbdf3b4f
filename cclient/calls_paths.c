// SPDX-License-Identifier: GPL-2.0-only
// What the kernel says of an association: its addresses, its state, its paths.
#include "await.h"
#include "command.h"
#include "names.h"
#include "output.h"
#include "paths.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <string.h>

// How many addresses of the list are IPv4 ones mapped into IPv6: the lines show them as IPv4.
static int count_mapped(const void *addresses, int count)
{
	const char *at = addresses;
	int mapped = 0;

	for (int i = 0; i < count; i++) {
		struct sockaddr_in6 address;

		memcpy(&address, at, sizeof(struct sockaddr_in));
		if (address.sin6_family != AF_INET6) {
			at += sizeof(struct sockaddr_in);
			continue;
		}
		memcpy(&address, at, sizeof(address));
		mapped += IN6_IS_ADDR_V4MAPPED(&address.sin6_addr);
		at += sizeof(address);
	}
	return mapped;
}

static bool run_addresses(struct session *session, struct command *command,
			  int (*get)(int, sctp_assoc_t, struct sockaddr **),
			  int (*release)(struct sockaddr *), int32_t assoc_id)
{
	struct sockaddr *addresses = NULL;
	int count, mapped;

	assoc_id = assoc_resolve(session, command->fd, assoc_id);
	answer_begin(session, &command->answer);
	count = get(command->fd, assoc_id, &addresses);
	answer_end(session, &command->answer, count);
	answer_set(&command->answer, "addrs", addresses_json(addresses, count));
	mapped = count_mapped(addresses, count);
	if (mapped > 0)
		answer_set(&command->answer, "mapped", json_integer(mapped));
	if (count > 0)
		release(addresses);
	return true;
}

bool run_getpaddrs(struct session *session, struct command *command)
{
	int32_t assoc_id;

	if (!command_assoc(command, command->plain_count ? command->plain[0] : NULL, &assoc_id))
		return false;
	return run_addresses(session, command, sctp_getpaddrs, sctp_freepaddrs, assoc_id);
}

bool run_getladdrs(struct session *session, struct command *command)
{
	int32_t assoc_id = 0; // what the socket is bound to, also on a one-to-many socket

	if (command->plain_count && !command_assoc(command, command->plain[0], &assoc_id))
		return false;
	return run_addresses(session, command, sctp_getladdrs, sctp_freeladdrs, assoc_id);
}

bool run_getpeername(struct session *session, struct command *command)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t length = sizeof(peer);
	char text[ADDRESS_TEXT];
	int ret;

	answer_begin(session, &command->answer);
	ret = getpeername(command->fd, (struct sockaddr *)&peer, &length);
	answer_end(session, &command->answer, ret);
	if (ret == 0) {
		address_format((const struct sockaddr *)&peer, text);
		answer_set(&command->answer, "peer", json_string_nocheck(text));
	}
	return true;
}

// A path object. `error` is the errno of the question for it: EACCES for a potentially failed path
// that SCTP_EXPOSE_POTENTIALLY_FAILED_STATE hides.
static json_t *path_json(const struct sctp_paddrinfo *info, bool primary, int error)
{
	struct sockaddr_storage address = info->spinfo_address;
	const char *state = names_find(names_path_state, info->spinfo_state);
	char text[ADDRESS_TEXT];
	json_t *path = json_object();

	address_format((const struct sockaddr *)&address, text);
	output_set(path, "address", json_string_nocheck(text));
	if (error) {
		output_set(path, "state", NULL);
		output_set(path, "errno", json_string_nocheck(names_errno(error)));
	} else {
		output_set(path, "state",
			   state ? json_string_nocheck(state) : json_integer(info->spinfo_state));
		output_set(path, "cwnd", json_integer(info->spinfo_cwnd));
		output_set(path, "srtt_ms", json_integer(info->spinfo_srtt));
		output_set(path, "rto_ms", json_integer(info->spinfo_rto));
		output_set(path, "mtu", json_integer(info->spinfo_mtu));
	}
	output_set(path, "primary", json_boolean(primary));
	return path;
}

// Tells when the kernel's struct has another size than ours.
static void check_size(struct answer *answer, socklen_t got, size_t expected)
{
	if (answer->ret == 0 && got != expected) {
		answer_set(answer, "optlen", json_integer(got));
		answer_set(answer, "size", json_integer((json_int_t)expected));
	}
}

bool run_status(struct session *session, struct command *command)
{
	struct answer *answer = &command->answer;
	struct sctp_status status = { 0 };
	socklen_t length = sizeof(status);
	const char *state;
	int32_t assoc_id;

	if (!command_assoc(command, command->plain_count ? command->plain[0] : NULL, &assoc_id))
		return false;
	assoc_id = assoc_resolve(session, command->fd, assoc_id);
	answer_begin(session, answer);
	answer_end(session, answer,
		   sctp_opt_info(command->fd, assoc_id, SCTP_STATUS, &status, &length));
	check_size(answer, length, sizeof(status));
	if (answer->ret != 0)
		return true;
	state = names_find(names_association_state, status.sstat_state);
	answer_set(answer, "state",
		   state ? json_string_nocheck(state) : json_integer(status.sstat_state));
	answer_set(answer, "assoc_id", json_integer(status.sstat_assoc_id));
	answer_set(answer, "rwnd", json_integer(status.sstat_rwnd));
	answer_set(answer, "unacked", json_integer(status.sstat_unackdata));
	answer_set(answer, "pending", json_integer(status.sstat_penddata));
	answer_set(answer, "instreams", json_integer(status.sstat_instrms));
	answer_set(answer, "outstreams", json_integer(status.sstat_outstrms));
	answer_set(answer, "fragmentation_point", json_integer(status.sstat_fragmentation_point));
	answer_set(answer, "primary", path_json(&status.sstat_primary, true, 0));
	return true;
}

static bool is_hidden(const char *text, const json_t *hidden)
{
	size_t length = address_host_length(text), i;
	const json_t *item;

	json_array_foreach((json_t *)hidden, i, item) {
		const char *host = json_string_value(item);

		if (host && strlen(host) == length && strncmp(text, host, length) == 0)
			return true;
	}
	return false;
}

json_t *paths_read(const struct session *session, int fd, int32_t assoc_id, const json_t *hidden)
{
	struct sctp_prim primary = { 0 };
	socklen_t length = sizeof(primary);
	struct sockaddr *addresses = NULL;
	char primary_text[ADDRESS_TEXT] = "", text[ADDRESS_TEXT];
	struct sockaddr_storage address;
	json_t *list;
	int count;

	call_prepare(session);
	if (sctp_opt_info(fd, assoc_id, SCTP_PRIMARY_ADDR, &primary, &length) != 0)
		return NULL;
	memcpy(&address, &primary.ssp_addr, sizeof(address));
	address_format((const struct sockaddr *)&address, primary_text);

	call_prepare(session);
	count = sctp_getpaddrs(fd, assoc_id, &addresses);
	if (count < 0)
		return NULL;
	list = json_array();
	for (const char *at = (const char *)addresses; count > 0; count--) {
		struct sctp_paddrinfo info = { 0 };
		size_t size;
		int error = EACCES;

		memset(&address, 0, sizeof(address));
		memcpy(&address, at, sizeof(struct sockaddr_in));
		if (address.ss_family == AF_INET6)
			memcpy(&address, at, sizeof(struct sockaddr_in6));
		size = address_format((const struct sockaddr *)&address, text);
		at += size;
		memcpy(&info.spinfo_address, &address, sizeof(address));
		length = sizeof(info);
		call_prepare(session);
		if (!is_hidden(text, hidden))
			error = sctp_opt_info(fd, assoc_id, SCTP_GET_PEER_ADDR_INFO, &info,
					      &length) ?
					errno :
					0;
		json_array_append_new(list,
				      path_json(&info, strcmp(text, primary_text) == 0, error));
		if (size == 0)
			break;
	}
	sctp_freepaddrs(addresses);
	return list;
}

bool run_paths(struct session *session, struct command *command)
{
	struct answer *answer = &command->answer;
	json_t *list;
	int32_t assoc_id;

	if (!command_assoc(command, command->plain_count ? command->plain[0] : NULL, &assoc_id))
		return false;
	assoc_id = assoc_resolve(session, command->fd, assoc_id);
	answer_begin(session, answer);
	list = paths_read(session, command->fd, assoc_id, NULL);
	answer_end(session, answer, list ? 0 : -1);
	if (list)
		answer_set(answer, "paths", list);
	return true;
}

// The state by its name, with or without SCTP_.
static bool parse_state(struct command *command, const char *text, int *state)
{
	static const int states[] = { SCTP_ACTIVE, SCTP_PF, SCTP_INACTIVE, SCTP_UNCONFIRMED };
	static const char prefix[] = "SCTP_";

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *name = names_find(names_path_state, states[i]);

		*state = states[i];
		if (strcmp(text, name) == 0 || strcmp(text, name + sizeof(prefix) - 1) == 0)
			return true;
	}
	return command_fail(command,
			    "\"%s\" is no state of a path; expected ACTIVE, PF, INACTIVE or "
			    "UNCONFIRMED",
			    text);
}

bool run_await(struct session *session, struct command *command)
{
	enum { EVERY_NS = 10000000 };
	struct answer *answer = &command->answer;
	struct await_plan plan = { .tag = answer->tag, .every_ns = EVERY_NS };
	struct address address;
	char text[ADDRESS_TEXT];

	if (!command_address(command, command->plain[0], &address) ||
	    !parse_state(command, command->plain[1], &plan.state) ||
	    !command_time(command, "every", &plan.every_ns))
		return false;
	if (address.pointer != &address.any || address.any.sa_family == AF_UNSPEC)
		return command_fail(command, "await needs a real address");
	if (plan.every_ns == 0)
		return command_fail(command, "every=%s: expected more than 0",
				    command_key(command, "every"));
	address_format(&address.any, text);
	text[address_host_length(text)] = '\0';
	command_arg(command, "state", output_string(command->plain[1]));
	plan.path = text;
	plan.socket = answer->socket;
	answer_begin(session, answer);
	answer_end(session, answer, 0);
	plan.start_ns = answer->start_ns + session->options.epoch_ns;
	if (!await_start(session, &plan))
		return command_fail(command, "no memory to look at a path");
	return true;
}
