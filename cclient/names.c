// SPDX-License-Identifier: GPL-2.0-only
// The lists of names, and a distance between words.
#include "names.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

// One line a name: not for clang-format.
// clang-format off
#define NAME(constant) { #constant, constant }
#define END { NULL, 0 }

const struct name names_notification[] = {
	NAME(SCTP_ASSOC_CHANGE),
	NAME(SCTP_PEER_ADDR_CHANGE),
	NAME(SCTP_SEND_FAILED),
	NAME(SCTP_REMOTE_ERROR),
	NAME(SCTP_SHUTDOWN_EVENT),
	NAME(SCTP_PARTIAL_DELIVERY_EVENT),
	NAME(SCTP_ADAPTATION_INDICATION),
	NAME(SCTP_AUTHENTICATION_EVENT),
	NAME(SCTP_SENDER_DRY_EVENT),
	NAME(SCTP_STREAM_RESET_EVENT),
	NAME(SCTP_ASSOC_RESET_EVENT),
	NAME(SCTP_STREAM_CHANGE_EVENT),
	NAME(SCTP_SEND_FAILED_EVENT),
	END,
};

const struct name names_assoc_change[] = {
	NAME(SCTP_COMM_UP),
	NAME(SCTP_COMM_LOST),
	NAME(SCTP_RESTART),
	NAME(SCTP_SHUTDOWN_COMP),
	NAME(SCTP_CANT_STR_ASSOC),
	END,
};

const struct name names_address_change[] = {
	NAME(SCTP_ADDR_AVAILABLE),
	NAME(SCTP_ADDR_UNREACHABLE),
	NAME(SCTP_ADDR_REMOVED),
	NAME(SCTP_ADDR_ADDED),
	NAME(SCTP_ADDR_MADE_PRIM),
	NAME(SCTP_ADDR_CONFIRMED),
	NAME(SCTP_ADDR_POTENTIALLY_FAILED),
	END,
};

const struct name names_notification_reason[] = {
	NAME(SCTP_FAILED_THRESHOLD),
	NAME(SCTP_RECEIVED_SACK),
	NAME(SCTP_HEARTBEAT_SUCCESS),
	NAME(SCTP_RESPONSE_TO_USER_REQ),
	NAME(SCTP_INTERNAL_ERROR),
	NAME(SCTP_SHUTDOWN_GUARD_EXPIRES),
	NAME(SCTP_PEER_FAULTY),
	END,
};

const struct name names_association_state[] = {
	NAME(SCTP_EMPTY),
	NAME(SCTP_CLOSED),
	NAME(SCTP_COOKIE_WAIT),
	NAME(SCTP_COOKIE_ECHOED),
	NAME(SCTP_ESTABLISHED),
	NAME(SCTP_SHUTDOWN_PENDING),
	NAME(SCTP_SHUTDOWN_SENT),
	NAME(SCTP_SHUTDOWN_RECEIVED),
	NAME(SCTP_SHUTDOWN_ACK_SENT),
	END,
};

const struct name names_path_state[] = {
	NAME(SCTP_INACTIVE),
	NAME(SCTP_PF),
	NAME(SCTP_ACTIVE),
	NAME(SCTP_UNCONFIRMED),
	NAME(SCTP_UNKNOWN),
	END,
};

// The kernel's uapi has no constants for causes; these are the names its own code uses.
const struct name names_cause[] = {
	{ "SCTP_ERROR_INV_STRM", 1 },
	{ "SCTP_ERROR_MISS_PARAM", 2 },
	{ "SCTP_ERROR_STALE_COOKIE", 3 },
	{ "SCTP_ERROR_NO_RESOURCE", 4 },
	{ "SCTP_ERROR_DNS_FAILED", 5 },
	{ "SCTP_ERROR_UNKNOWN_CHUNK", 6 },
	{ "SCTP_ERROR_INV_PARAM", 7 },
	{ "SCTP_ERROR_UNKNOWN_PARAM", 8 },
	{ "SCTP_ERROR_NO_DATA", 9 },
	{ "SCTP_ERROR_COOKIE_IN_SHUTDOWN", 10 },
	{ "SCTP_ERROR_RESTART", 11 },
	{ "SCTP_ERROR_USER_ABORT", 12 },
	{ "SCTP_ERROR_PROTO_VIOLATION", 13 },
	{ "SCTP_ERROR_NEW_ENCAP_PORT", 14 },
	{ "SCTP_ERROR_DEL_LAST_IP", 0xa0 },
	{ "SCTP_ERROR_RSRC_LOW", 0xa1 },
	{ "SCTP_ERROR_DEL_SRC_IP", 0xa2 },
	{ "SCTP_ERROR_ASCONF_ACK", 0xa3 },
	{ "SCTP_ERROR_REQ_REFUSED", 0xa4 },
	{ "SCTP_ERROR_UNSUP_HMAC", 0x105 },
	END,
};

const struct name names_chunk[] = {
	{ "DATA", 0 },
	{ "INIT", 1 },
	{ "INIT_ACK", 2 },
	{ "SACK", 3 },
	{ "HEARTBEAT", 4 },
	{ "HEARTBEAT_ACK", 5 },
	{ "ABORT", 6 },
	{ "SHUTDOWN", 7 },
	{ "SHUTDOWN_ACK", 8 },
	{ "ERROR", 9 },
	{ "COOKIE_ECHO", 10 },
	{ "COOKIE_ACK", 11 },
	{ "ECNE", 12 },
	{ "CWR", 13 },
	{ "SHUTDOWN_COMPLETE", 14 },
	{ "AUTH", 15 },
	{ "I_DATA", 64 },
	{ "ASCONF_ACK", 128 },
	{ "RE_CONFIG", 130 },
	{ "PAD", 132 },
	{ "FORWARD_TSN", 192 },
	{ "ASCONF", 193 },
	{ "I_FORWARD_TSN", 194 },
	END,
};

const struct name names_hmac[] = {
	NAME(SCTP_AUTH_HMAC_ID_SHA1),
	NAME(SCTP_AUTH_HMAC_ID_SHA256),
	END,
};

const struct name names_path_flags[] = {
	NAME(SPP_HB_ENABLE),
	NAME(SPP_HB_DISABLE),
	NAME(SPP_HB_DEMAND),
	NAME(SPP_PMTUD_ENABLE),
	NAME(SPP_PMTUD_DISABLE),
	NAME(SPP_SACKDELAY_ENABLE),
	NAME(SPP_SACKDELAY_DISABLE),
	NAME(SPP_HB_TIME_IS_ZERO),
	NAME(SPP_IPV6_FLOWLABEL),
	NAME(SPP_DSCP),
	END,
};

const struct name names_send_flags[] = {
	NAME(SCTP_UNORDERED),
	NAME(SCTP_ADDR_OVER),
	NAME(SCTP_ABORT),
	NAME(SCTP_SACK_IMMEDIATELY),
	NAME(SCTP_SENDALL),
	NAME(SCTP_PR_SCTP_ALL),
	NAME(SCTP_EOF),
	NAME(SCTP_NOTIFICATION),
	END,
};

// Not in the uapi; the names are those of the kernel's code.
const struct name names_data_chunk[] = {
	{ "SCTP_DATA_LAST_FRAG", 1 },
	{ "SCTP_DATA_FIRST_FRAG", 2 },
	{ "SCTP_DATA_UNORDERED", 4 },
	{ "SCTP_DATA_SACK_IMM", 8 },
	END,
};

const struct name names_pr_policy[] = {
	NAME(SCTP_PR_SCTP_NONE),
	NAME(SCTP_PR_SCTP_TTL),
	NAME(SCTP_PR_SCTP_RTX),
	NAME(SCTP_PR_SCTP_PRIO),
	NAME(SCTP_PR_SCTP_ALL),
	END,
};

// FC and WFQ came after Linux 6.1, whose headers a distribution may still have.
const struct name names_scheduler[] = {
	NAME(SCTP_SS_FCFS),
	NAME(SCTP_SS_PRIO),
	NAME(SCTP_SS_RR),
	{ "SCTP_SS_FC", 3 },
	{ "SCTP_SS_WFQ", 4 },
	END,
};

// net/sctp: enum in <net/sctp/constants.h>, not in the uapi.
const struct name names_pf_expose[] = {
	{ "SCTP_PF_EXPOSE_UNSET", 0 },
	{ "SCTP_PF_EXPOSE_DISABLE", 1 },
	{ "SCTP_PF_EXPOSE_ENABLE", 2 },
	END,
};

const struct name names_enable_reset[] = {
	NAME(SCTP_ENABLE_RESET_STREAM_REQ),
	NAME(SCTP_ENABLE_RESET_ASSOC_REQ),
	NAME(SCTP_ENABLE_CHANGE_ASSOC_REQ),
	END,
};

const struct name names_reset_streams[] = {
	NAME(SCTP_STREAM_RESET_INCOMING),
	NAME(SCTP_STREAM_RESET_OUTGOING),
	END,
};

const struct name names_stream_reset[] = {
	NAME(SCTP_STREAM_RESET_INCOMING_SSN),
	NAME(SCTP_STREAM_RESET_OUTGOING_SSN),
	NAME(SCTP_STREAM_RESET_DENIED),
	NAME(SCTP_STREAM_RESET_FAILED),
	END,
};

const struct name names_change_flags[] = {
	{ "DENIED", SCTP_ASSOC_CHANGE_DENIED },
	{ "FAILED", SCTP_ASSOC_CHANGE_FAILED },
	END,
};

const struct name names_send_failed[] = {
	NAME(SCTP_DATA_UNSENT),
	NAME(SCTP_DATA_SENT),
	END,
};

const struct name names_partial_delivery[] = {
	NAME(SCTP_PARTIAL_DELIVERY_ABORTED),
	END,
};

const struct name names_authentication[] = {
	NAME(SCTP_AUTH_NEW_KEY),
	NAME(SCTP_AUTH_FREE_KEY),
	NAME(SCTP_AUTH_NO_AUTH),
	END,
};

const struct name names_poll[] = {
	NAME(POLLIN),
	NAME(POLLPRI),
	NAME(POLLOUT),
	NAME(POLLERR),
	NAME(POLLHUP),
	NAME(POLLRDHUP),
	NAME(POLLNVAL),
	END,
};
// clang-format on

const char *names_find(const struct name *list, long value)
{
	for (; list->name; list++)
		if (list->value == value)
			return list->name;
	return NULL;
}

bool names_value(const struct name *list, const char *text, long *value)
{
	for (; list->name; list++) {
		if (strcmp(list->name, text) == 0) {
			*value = list->value;
			return true;
		}
	}
	return false;
}

const char *names_errno(int number)
{
	static char unknown[16];
	const char *name = strerrorname_np(number);

	if (name)
		return name;
	snprintf(unknown, sizeof(unknown), "%d", number);
	return unknown;
}

bool names_errno_value(const char *text, int *number)
{
	// Linux has 133; the rest is room for what comes.
	for (int i = 1; i < 256; i++) {
		const char *name = strerrorname_np(i);

		if (name && strcmp(name, text) == 0) {
			*number = i;
			return true;
		}
	}
	return false;
}

// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
// (optimal string alignment). Words are cut at LONGEST: names are shorter.
static size_t words_distance(const char *a, const char *b)
{
	enum { LONGEST = 47 };
	unsigned char row[3][LONGEST + 1];
	size_t a_length = strnlen(a, LONGEST), b_length = strnlen(b, LONGEST);

	for (size_t j = 0; j <= b_length; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned char *now = row[i % 3], *before = row[(i + 2) % 3],
			      *earlier = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);

			if (best > before[j] + 1u)
				best = before[j] + 1u;
			if (best > now[j - 1] + 1u)
				best = now[j - 1] + 1u;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    best > earlier[j - 2] + 1u)
				best = earlier[j - 2] + 1u;
			now[j] = best;
		}
	}
	return row[a_length % 3][b_length];
}

void nearest_start(struct nearest *nearest, const char *text)
{
	// A third of the letters may be wrong: more is another word.
	*nearest = (struct nearest){ .text = text, .distance = strlen(text) / 3 + 2 };
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t distance = words_distance(nearest->text, candidate);

	if (distance < nearest->distance && distance < strlen(candidate)) {
		nearest->distance = distance;
		nearest->best = candidate;
	}
}

void nearest_offer_list(struct nearest *nearest, const struct name *list)
{
	for (; list->name; list++)
		nearest_offer(nearest, list->name);
}

const char *nearest_hint(const struct nearest *nearest)
{
	static char hint[80];

	if (!nearest->best)
		return "";
	snprintf(hint, sizeof(hint), "; did you mean \"%s\"?", nearest->best);
	return hint;
}
