// SPDX-License-Identifier: GPL-2.0-only
// Names of the trade: errno, chunks, ICMP codes, notifications, states.
#include "lab/front/words.h"

#include <ctype.h>
#include <string.h>

#include "lab/common/chunks.h"
#include "lab/front/topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Linux has numbers up to 133 (asm-generic/errno.h). */
#define ERRNO_LAST 133

const char *const path_states[] = { "ACTIVE", "INACTIVE", "PF", "UNCONFIRMED" };
const size_t path_states_count = COUNT(path_states);

static const char *const notifications[] = {
	"SCTP_ASSOC_CHANGE",	      "SCTP_PEER_ADDR_CHANGE",	   "SCTP_SEND_FAILED",
	"SCTP_REMOTE_ERROR",	      "SCTP_SHUTDOWN_EVENT",	   "SCTP_PARTIAL_DELIVERY_EVENT",
	"SCTP_ADAPTATION_INDICATION", "SCTP_AUTHENTICATION_EVENT", "SCTP_SENDER_DRY_EVENT",
	"SCTP_STREAM_RESET_EVENT",    "SCTP_ASSOC_RESET_EVENT",	   "SCTP_STREAM_CHANGE_EVENT",
	"SCTP_SEND_FAILED_EVENT",
};

static const char *const change_states[] = {
	"SCTP_COMM_UP",		 "SCTP_COMM_LOST",	"SCTP_RESTART",
	"SCTP_SHUTDOWN_COMP",	 "SCTP_CANT_STR_ASSOC", "SCTP_ADDR_AVAILABLE",
	"SCTP_ADDR_UNREACHABLE", "SCTP_ADDR_REMOVED",	"SCTP_ADDR_ADDED",
	"SCTP_ADDR_MADE_PRIM",	 "SCTP_ADDR_CONFIRMED", "SCTP_ADDR_POTENTIALLY_FAILED",
};

static const char *const association_states[] = {
	"SCTP_EMPTY",
	"SCTP_CLOSED",
	"SCTP_COOKIE_WAIT",
	"SCTP_COOKIE_ECHOED",
	"SCTP_ESTABLISHED",
	"SCTP_SHUTDOWN_PENDING",
	"SCTP_SHUTDOWN_SENT",
	"SCTP_SHUTDOWN_RECEIVED",
	"SCTP_SHUTDOWN_ACK_SENT",
};

static const char *const poll_events[] = { "POLLIN",  "POLLPRI",   "POLLOUT", "POLLERR",
					   "POLLHUP", "POLLRDHUP", "POLLNVAL" };

struct code {
	const char *name;
	int code;
};

static const struct code icmp_codes[] = {
	{ "net-unreachable", 0 },
	{ "host-unreachable", 1 },
	{ "protocol-unreachable", 2 },
	{ "port-unreachable", 3 },
	{ "fragmentation-needed", 4 },
	{ "source-route-failed", 5 },
	{ "net-unknown", 6 },
	{ "host-unknown", 7 },
	{ "source-host-isolated", 8 },
	{ "net-prohibited", 9 },
	{ "host-prohibited", 10 },
	{ "net-unreachable-for-tos", 11 },
	{ "host-unreachable-for-tos", 12 },
	{ "admin-prohibited", 13 },
	{ "host-precedence-violation", 14 },
	{ "precedence-cutoff", 15 },
};

static const struct code icmpv6_codes[] = {
	{ "no-route", 0 },	   { "admin-prohibited", 1 },
	{ "beyond-scope", 2 },	   { "address-unreachable", 3 },
	{ "port-unreachable", 4 }, { "policy-fail", 5 },
	{ "reject-route", 6 },	   { "net-unreachable", 0 },
	{ "host-unreachable", 3 },
};

bool get_errno(struct front *front, const struct yaml *node, const char *what, const char **name)
{
	struct name_list names = { 0 };

	if (!yaml_get_text(front, node, what, name))
		return false;
	for (int number = 1; number <= ERRNO_LAST; number++) {
		const char *known = strerrorname_np(number);

		if (known)
			name_list_add(&front->arena, &names, known);
		if (known && strcmp(known, *name) == 0) {
			*name = known;
			return true;
		}
	}
	const char *nearest =
		front_is_full(front) ? NULL : nearest_name(*name, names.items, names.count);

	yaml_error(front, node, "\"%s\" is no value for %s; expected ok or an errno such as %s",
		   *name, what, nearest ? nearest : "ECONNREFUSED");
	return false;
}

bool get_chunk(struct front *front, const struct yaml *node, const char **nft)
{
	struct name_list names = { 0 };
	const struct chunk_type *type;
	const char *text;

	if (!yaml_get_text(front, node, "a chunk", &text))
		return false;
	type = find_chunk_named(text);
	if (type && type->nft) {
		*nft = type->nft;
		return true;
	}
	for (size_t i = 0; i < chunk_types_count; i++)
		if (chunk_types[i].nft)
			name_list_add(&front->arena, &names, chunk_types[i].name);
	yaml_unknown(front, node, "chunk", &names);
	return false;
}

bool get_packet_kind(struct front *front, const struct yaml *node, const char **name)
{
	static const char *const others[] = { "any", "ICMP" };
	struct name_list names = { 0 };
	const struct chunk_type *type;
	const char *text;

	if (!yaml_get_text(front, node, "what a packet carries", &text))
		return false;
	for (size_t i = 0; i < COUNT(others); i++) {
		*name = others[i];
		if (strcmp(others[i], text) == 0)
			return true;
		name_list_add(&front->arena, &names, others[i]);
	}
	type = find_chunk_named(text);
	if (type) {
		*name = type->name;
		return true;
	}
	for (size_t i = 0; i < chunk_types_count; i++)
		name_list_add(&front->arena, &names, chunk_types[i].name);
	yaml_unknown(front, node, "chunk", &names);
	return false;
}

bool get_unreachable_code(struct front *front, const struct yaml *node, int family, int *code)
{
	const struct code *codes = family == V4 ? icmp_codes : icmpv6_codes;
	size_t count = family == V4 ? COUNT(icmp_codes) : COUNT(icmpv6_codes);
	const char *what = family == V4 ? "code of ICMP destination unreachable" :
					  "code of ICMPv6 destination unreachable";
	struct name_list names = { 0 };
	const char *text;
	int64_t number;

	if (!yaml_get_text(front, node, "an ICMP code", &text))
		return false;
	if (isdigit((unsigned char)text[0]) || text[0] == '-') {
		if (!yaml_get_integer(front, node, "an ICMP code", 0, 255, &number))
			return false;
		*code = (int)number;
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(codes[i].name, text) == 0) {
			*code = codes[i].code;
			return true;
		}
		name_list_add(&front->arena, &names, codes[i].name);
	}
	yaml_unknown(front, node, what, &names);
	return false;
}

static bool get_listed(struct front *front, const struct yaml *node, const char *what,
		       const char *const *words, size_t count, const char **name)
{
	size_t index;

	if (!yaml_get_word(front, node, what, words, count, &index))
		return false;
	*name = words[index];
	return true;
}

bool get_notification(struct front *front, const struct yaml *node, const char **name)
{
	return get_listed(front, node, "a notification", notifications, COUNT(notifications), name);
}

bool get_change_state(struct front *front, const struct yaml *node, const char **name)
{
	return get_listed(front, node, "the state in a notification", change_states,
			  COUNT(change_states), name);
}

bool get_association_state(struct front *front, const struct yaml *node, const char **name)
{
	return get_listed(front, node, "the state of an association", association_states,
			  COUNT(association_states), name);
}

bool get_poll_event(struct front *front, const struct yaml *node, const char **name)
{
	return get_listed(front, node, "an event of poll(2)", poll_events, COUNT(poll_events),
			  name);
}
