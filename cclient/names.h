// SPDX-License-Identifier: GPL-2.0-only Names of numbers: errno, states, notification types, flags;
// and the name nearest to a typing error.
#ifndef CCLIENT_NAMES_H
#define CCLIENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

// A list ends with a NULL name.
struct name {
	const char *name;
	long value;
};

extern const struct name names_notification[];	      // RFC 6458 6.1, and those Linux adds
extern const struct name names_assoc_change[];	      // sac_state, RFC 6458 6.1.1
extern const struct name names_address_change[];      // spc_state, RFC 6458 6.1.2
extern const struct name names_notification_reason[]; // enum sctp_sn_error of <linux/sctp.h>
extern const struct name names_association_state[];   // sstat_state, RFC 6458 8.2.1
extern const struct name names_path_state[];	      // spinfo_state, RFC 6458 8.2.2
extern const struct name names_cause[]; // error causes, RFC 9260 3.3.10, RFC 5061 4.3, RFC 4895 4
extern const struct name names_chunk[]; // chunk types, RFC 9260 3.2 and the extensions
extern const struct name names_hmac[];	// RFC 4895 3.3
extern const struct name names_path_flags[];	// spp_flags, RFC 6458 8.1.12
extern const struct name names_send_flags[];	// sinfo_flags, snd_flags, RFC 6458 5.3.2, 5.3.4
extern const struct name names_data_chunk[];	// flags of a DATA chunk, RFC 9260 3.3.1, RFC 7053
extern const struct name names_pr_policy[];	// RFC 6458 5.3.7, RFC 7496 4.2
extern const struct name names_scheduler[];	// RFC 8260 3
extern const struct name names_pf_expose[];	// RFC 7829 7.3 as Linux has it
extern const struct name names_enable_reset[];	// RFC 6525 6.3.1
extern const struct name names_reset_streams[]; // srs_flags, RFC 6525 6.3.2
extern const struct name names_stream_reset[];	// strreset_flags, RFC 6525 6.1.1
extern const struct name names_change_flags[];	// strchange_flags and alike, RFC 6525 6.1.2-3
extern const struct name names_send_failed[];	// ssf_flags, RFC 6458 6.1.4
extern const struct name names_partial_delivery[]; // pdapi_indication, RFC 6458 6.1.7
extern const struct name names_authentication[];   // auth_indication, RFC 6458 6.1.8
extern const struct name names_poll[];		   // poll(2)

// The name of a value, or NULL.
const char *names_find(const struct name *list, long value);

// The value of a name. False when the list has no such name.
bool names_value(const struct name *list, const char *text, long *value);

// The name of an errno such as ECONNREFUSED ("0" for 0); a number the C library does not know is
// written into a static buffer.
const char *names_errno(int number);

// The errno of a name such as ECONNREFUSED. False when there is none.
bool names_errno_value(const char *text, int *number);

// Looks for the candidate that a person most likely meant.
struct nearest {
	const char *text;
	const char *best; // NULL as long as nothing is near enough
	size_t distance;
};

void nearest_start(struct nearest *nearest, const char *text);
void nearest_offer(struct nearest *nearest, const char *candidate);
void nearest_offer_list(struct nearest *nearest, const struct name *list);

// "; did you mean \"X\"?" or "" for the end of an error message, in a static buffer.
const char *nearest_hint(const struct nearest *nearest);

#endif
