// SPDX-License-Identifier: GPL-2.0-only
// Every notification as a list of fields.
#include "notify.h"

#include "fields.h"
#include "output.h"

#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stddef.h>
#include <string.h>

// One line a field, as in a table: not for clang-format.
// clang-format off
#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define NUMBER(key, type, member) { key, AT(type, member), FIELD_NUMBER, ROLE_PLAIN, NULL }
#define ID(type, member) { "assoc_id", AT(type, member), FIELD_SIGNED, ROLE_ASSOC, NULL }
#define NAMED(key, type, member, names) { key, AT(type, member), FIELD_NAME, ROLE_PLAIN, names }
#define FLAGS(key, type, member, names) { key, AT(type, member), FIELD_FLAGS, ROLE_PLAIN, names }
#define CAUSE(type, member) { "error", AT(type, member), FIELD_CAUSE, ROLE_PLAIN, names_cause }
#define TAIL(key, type, member, size, kind) \
	{ key, offsetof(struct type, member), size, kind, ROLE_PLAIN, NULL }
#define FIELDS(...) (const struct field[]) { __VA_ARGS__, { 0 } }

// What was sent and failed; the struct inside is of two kinds. Its flags are those of the DATA
// chunk and not of the call: sctp_ulpevent_make_send_failed() of the kernel.
#define SEND_FAILED(type, stream, ppid, context, flags) \
	NAMED("flags", type, ssf_flags, names_send_failed), CAUSE(type, ssf_error), \
		NUMBER("stream", type, stream), \
		{ "ppid", AT(type, ppid), FIELD_NETWORK, ROLE_PLAIN, NULL }, \
		NUMBER("context", type, context), \
		FLAGS("info_flags", type, flags, names_data_chunk), \
		ID(type, ssf_assoc_id)

static const struct notification {
	long type;
	const struct field *fields;
	size_t data; // where data of the user's or the peer's begins, 0: none
} notifications[] = {
	{ SCTP_ASSOC_CHANGE,
	  FIELDS(NAMED("state", sctp_assoc_change, sac_state, names_assoc_change),
		 CAUSE(sctp_assoc_change, sac_error),
		 NUMBER("outbound_streams", sctp_assoc_change, sac_outbound_streams),
		 NUMBER("inbound_streams", sctp_assoc_change, sac_inbound_streams),
		 ID(sctp_assoc_change, sac_assoc_id)),
	  offsetof(struct sctp_assoc_change, sac_info) },
	{ SCTP_PEER_ADDR_CHANGE,
	  FIELDS({ "address", AT(sctp_paddr_change, spc_aaddr), FIELD_ADDRESS, ROLE_PLAIN, NULL },
		 NAMED("state", sctp_paddr_change, spc_state, names_address_change),
		 NUMBER("error", sctp_paddr_change, spc_error),
		 ID(sctp_paddr_change, spc_assoc_id)),
	  0 },
	{ SCTP_REMOTE_ERROR,
	  FIELDS(CAUSE(sctp_remote_error, sre_error), ID(sctp_remote_error, sre_assoc_id)),
	  offsetof(struct sctp_remote_error, sre_data) },
	{ SCTP_SEND_FAILED,
	  FIELDS(SEND_FAILED(sctp_send_failed, ssf_info.sinfo_stream, ssf_info.sinfo_ppid,
			     ssf_info.sinfo_context, ssf_info.sinfo_flags)),
	  offsetof(struct sctp_send_failed, ssf_data) },
	{ SCTP_SEND_FAILED_EVENT,
	  FIELDS(SEND_FAILED(sctp_send_failed_event, ssfe_info.snd_sid, ssfe_info.snd_ppid,
			     ssfe_info.snd_context, ssfe_info.snd_flags)),
	  offsetof(struct sctp_send_failed_event, ssf_data) },
	{ SCTP_SHUTDOWN_EVENT, FIELDS(ID(sctp_shutdown_event, sse_assoc_id)), 0 },
	{ SCTP_ADAPTATION_INDICATION,
	  FIELDS(NUMBER("adaptation_ind", sctp_adaptation_event, sai_adaptation_ind),
		 ID(sctp_adaptation_event, sai_assoc_id)),
	  0 },
	{ SCTP_PARTIAL_DELIVERY_EVENT,
	  FIELDS(NAMED("indication", sctp_pdapi_event, pdapi_indication, names_partial_delivery),
		 NUMBER("stream", sctp_pdapi_event, pdapi_stream),
		 NUMBER("seq", sctp_pdapi_event, pdapi_seq), ID(sctp_pdapi_event, pdapi_assoc_id)),
	  0 },
	{ SCTP_AUTHENTICATION_EVENT,
	  FIELDS(NAMED("indication", sctp_authkey_event, auth_indication, names_authentication),
		 NUMBER("keynumber", sctp_authkey_event, auth_keynumber),
		 NUMBER("altkeynumber", sctp_authkey_event, auth_altkeynumber),
		 ID(sctp_authkey_event, auth_assoc_id)),
	  0 },
	{ SCTP_SENDER_DRY_EVENT, FIELDS(ID(sctp_sender_dry_event, sender_dry_assoc_id)), 0 },
	{ SCTP_STREAM_RESET_EVENT,
	  FIELDS(FLAGS("flags", sctp_stream_reset_event, strreset_flags, names_stream_reset),
		 TAIL("streams", sctp_stream_reset_event, strreset_stream_list, 2, FIELD_LIST),
		 ID(sctp_stream_reset_event, strreset_assoc_id)),
	  0 },
	{ SCTP_ASSOC_RESET_EVENT,
	  FIELDS(FLAGS("flags", sctp_assoc_reset_event, assocreset_flags, names_change_flags),
		 NUMBER("local_tsn", sctp_assoc_reset_event, assocreset_local_tsn),
		 NUMBER("remote_tsn", sctp_assoc_reset_event, assocreset_remote_tsn),
		 ID(sctp_assoc_reset_event, assocreset_assoc_id)),
	  0 },
	{ SCTP_STREAM_CHANGE_EVENT,
	  FIELDS(FLAGS("flags", sctp_stream_change_event, strchange_flags, names_change_flags),
		 NUMBER("inbound_streams", sctp_stream_change_event, strchange_instrms),
		 NUMBER("outbound_streams", sctp_stream_change_event, strchange_outstrms),
		 ID(sctp_stream_change_event, strchange_assoc_id)),
	  0 },
};
// clang-format on

// Names the number that stands in "error".
static void add_reason(json_t *object, long type)
{
	json_int_t error = json_integer_value(json_object_get(object, "error"));
	const char *name;

	if (type == SCTP_PEER_ADDR_CHANGE) {
		name = error ? names_find(names_notification_reason, (long)error) : NULL;
		if (name)
			output_set(object, "reason", json_string_nocheck(name));
		return;
	}
	name = error ? names_find(names_cause, (long)error) : NULL;
	if (name)
		output_set(object, "cause", json_string_nocheck(name));
}

// The text a peer's user gave with its abort (RFC 9260 3.3.10.12). sac_info holds the causes of the
// ABORT chunk, without the chunk's header: sctp_ulpevent_make_assoc_change() of the kernel.
static void add_abort_reason(json_t *object, const unsigned char *cause, size_t length)
{
	enum { HEADER = 4, USER_INITIATED_ABORT = 12 };
	char text[256];
	size_t size;

	if (length < HEADER || (cause[0] << 8 | cause[1]) != USER_INITIATED_ABORT)
		return;
	size = (size_t)(cause[2] << 8 | cause[3]);
	if (size <= HEADER || size > length || size - HEADER >= sizeof(text))
		return;
	memcpy(text, cause + HEADER, size - HEADER);
	text[size - HEADER] = '\0';
	output_set(object, "abort_reason", output_string(text));
}

static json_t *hex_json(const void *bytes, size_t length)
{
	static const struct field all = { "data", 0, 1, FIELD_BYTES, ROLE_PLAIN, NULL };
	enum { SHOWN = 64 }; // the rest is the peer's or the user's own data

	return field_json(&all, bytes, length < SHOWN ? length : SHOWN);
}

void notify_json(json_t *object, const void *bytes, size_t length)
{
	const struct notification *notification = notifications;
	const struct notification *end =
		notification + sizeof(notifications) / sizeof(*notifications);
	uint16_t type = 0;
	const char *name;

	if (length >= sizeof(type))
		memcpy(&type, bytes, sizeof(type));
	name = names_find(names_notification, type);
	output_set(object, "type", name ? json_string_nocheck(name) : json_integer(type));
	while (notification < end && notification->type != type)
		notification++;
	if (notification == end) {
		output_set(object, "data", hex_json(bytes, length));
		return;
	}
	for (const struct field *field = notification->fields; field->name; field++)
		output_set(object, field->name, field_json(field, bytes, length));
	add_reason(object, type);
	if (notification->data == 0 || length <= notification->data)
		return;
	bytes = (const unsigned char *)bytes + notification->data;
	length -= notification->data;
	if (type == SCTP_ASSOC_CHANGE)
		add_abort_reason(object, bytes, length);
	output_set(object,
		   type == SCTP_SEND_FAILED || type == SCTP_SEND_FAILED_EVENT ? "size" : "data",
		   type == SCTP_SEND_FAILED || type == SCTP_SEND_FAILED_EVENT ?
			   json_integer((json_int_t)length) :
			   hex_json(bytes, length));
}
