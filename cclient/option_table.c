// SPDX-License-Identifier: GPL-2.0-only
// Every socket option of SCTP that Linux has: RFC 6458 section 8, RFC 6525, RFC 7496, RFC 7829,
// RFC 8260, and Linux's own. The structs are those of <linux/sctp.h>.
#include "options.h"

#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

// One line an option or a field, as in a table: not for clang-format.
// clang-format off
#define MEMBER(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define NUMBER(type, member) { #member, MEMBER(type, member), FIELD_NUMBER, ROLE_PLAIN, NULL }
#define MAIN(type, member) { #member, MEMBER(type, member), FIELD_NUMBER, ROLE_MAIN, NULL }
#define ASSOC(type, member) { #member, MEMBER(type, member), FIELD_SIGNED, ROLE_ASSOC, NULL }
#define ADDRESS(type, member, role) { #member, MEMBER(type, member), FIELD_ADDRESS, role, NULL }
#define NAMED(type, member, role, names) { #member, MEMBER(type, member), FIELD_NAME, role, names }
#define FLAGS(type, member, role, names) { #member, MEMBER(type, member), FIELD_FLAGS, role, names }
#define COUNT(type, member) { #member, MEMBER(type, member), FIELD_NUMBER, ROLE_COUNT, NULL }
#define TAIL(type, member, size, kind, names) \
	{ #member, offsetof(struct type, member), size, kind, ROLE_MAIN, names }
#define FIELDS(...) (const struct field[]) { __VA_ARGS__, { 0 } }

#define OPTION(text, number, type, flags, ...) \
	{ text, SOL_SCTP, number, sizeof(struct type), flags, FIELDS(__VA_ARGS__) }
#define SCTP(name, type, flags, ...) OPTION(#name, name, type, flags, __VA_ARGS__)
#define SCTP_INT(name, flags) { #name, SOL_SCTP, name, sizeof(int), flags, number_field }
#define SCTP_VALUE(name) \
	OPTION(#name, name, sctp_assoc_value, 0, ASSOC(sctp_assoc_value, assoc_id), \
	     MAIN(sctp_assoc_value, assoc_value))
#define SOCKET_INT(name, level, flags) { #name, level, name, sizeof(int), flags, number_field }

static const struct field number_field[] = {
	{ "value", 0, sizeof(int), FIELD_SIGNED, ROLE_MAIN, NULL },
	{ 0 },
};

// A field of a path, which stands on its own or in the status.
#define PATH(name, base, member, type, names) \
	{ name, (base) + MEMBER(sctp_paddrinfo, member), type, ROLE_PLAIN, names }
#define PRIMARY offsetof(struct sctp_status, sstat_primary)

#define THRESHOLDS(type) \
	ASSOC(type, spt_assoc_id), ADDRESS(type, spt_address, ROLE_KEY), \
		NUMBER(type, spt_pathmaxrxt), NUMBER(type, spt_pathpfthld)

#define STREAM_VALUE(name, main_names) \
	OPTION(#name, name, sctp_stream_value, 0, ASSOC(sctp_stream_value, assoc_id), \
	     { "stream_id", MEMBER(sctp_stream_value, stream_id), FIELD_NUMBER, ROLE_KEY, NULL }, \
	     NAMED(sctp_stream_value, stream_value, ROLE_MAIN, main_names))

#define PR_STATUS(name) \
	OPTION(#name, name, sctp_prstatus, OPTION_READ_ONLY, \
	     ASSOC(sctp_prstatus, sprstat_assoc_id), \
	     { "sprstat_sid", MEMBER(sctp_prstatus, sprstat_sid), FIELD_NUMBER, ROLE_KEY, NULL }, \
	     NAMED(sctp_prstatus, sprstat_policy, ROLE_KEY, names_pr_policy), \
	     NUMBER(sctp_prstatus, sprstat_abandoned_unsent), \
	     NUMBER(sctp_prstatus, sprstat_abandoned_sent))

#define KEY_ID(name, flags) \
	OPTION(#name, name, sctp_authkeyid, flags, ASSOC(sctp_authkeyid, scact_assoc_id), \
	     MAIN(sctp_authkeyid, scact_keynumber))

#define AUTH_CHUNKS(name) \
	OPTION(#name, name, sctp_authchunks, OPTION_OPT_INFO | OPTION_READ_ONLY | OPTION_VARIABLE, \
	     ASSOC(sctp_authchunks, gauth_assoc_id), \
	     COUNT(sctp_authchunks, gauth_number_of_chunks), \
	     TAIL(sctp_authchunks, gauth_chunks, 1, FIELD_LIST, names_chunk))

#define EVENT(member) NUMBER(sctp_event_subscribe, member)
#define STAT(member) NUMBER(sctp_assoc_stats, member)

const struct option_spec option_table[] = {
	SCTP(SCTP_RTOINFO, sctp_rtoinfo, OPTION_OPT_INFO, ASSOC(sctp_rtoinfo, srto_assoc_id),
	     NUMBER(sctp_rtoinfo, srto_initial), NUMBER(sctp_rtoinfo, srto_max),
	     NUMBER(sctp_rtoinfo, srto_min)),
	SCTP(SCTP_ASSOCINFO, sctp_assocparams, OPTION_OPT_INFO,
	     ASSOC(sctp_assocparams, sasoc_assoc_id), NUMBER(sctp_assocparams, sasoc_asocmaxrxt),
	     NUMBER(sctp_assocparams, sasoc_number_peer_destinations),
	     NUMBER(sctp_assocparams, sasoc_peer_rwnd), NUMBER(sctp_assocparams, sasoc_local_rwnd),
	     NUMBER(sctp_assocparams, sasoc_cookie_life)),
	SCTP(SCTP_INITMSG, sctp_initmsg, 0, NUMBER(sctp_initmsg, sinit_num_ostreams),
	     NUMBER(sctp_initmsg, sinit_max_instreams), NUMBER(sctp_initmsg, sinit_max_attempts),
	     NUMBER(sctp_initmsg, sinit_max_init_timeo)),
	SCTP_INT(SCTP_NODELAY, 0),
	SCTP_INT(SCTP_AUTOCLOSE, 0),
	SCTP(SCTP_SET_PEER_PRIMARY_ADDR, sctp_setpeerprim, OPTION_WRITE_ONLY,
	     ASSOC(sctp_setpeerprim, sspp_assoc_id), ADDRESS(sctp_setpeerprim, sspp_addr,
	     ROLE_MAIN)),
	SCTP(SCTP_PRIMARY_ADDR, sctp_prim, OPTION_OPT_INFO, ASSOC(sctp_prim, ssp_assoc_id),
	     ADDRESS(sctp_prim, ssp_addr, ROLE_MAIN)),
	SCTP(SCTP_ADAPTATION_LAYER, sctp_setadaptation, 0,
	     MAIN(sctp_setadaptation, ssb_adaptation_ind)),
	SCTP_INT(SCTP_DISABLE_FRAGMENTS, 0),
	SCTP(SCTP_PEER_ADDR_PARAMS, sctp_paddrparams, OPTION_OPT_INFO,
	     ASSOC(sctp_paddrparams, spp_assoc_id), ADDRESS(sctp_paddrparams, spp_address,
	     ROLE_KEY),
	     NUMBER(sctp_paddrparams, spp_hbinterval), NUMBER(sctp_paddrparams, spp_pathmaxrxt),
	     NUMBER(sctp_paddrparams, spp_pathmtu), NUMBER(sctp_paddrparams, spp_sackdelay),
	     FLAGS(sctp_paddrparams, spp_flags, ROLE_PLAIN, names_path_flags),
	     NUMBER(sctp_paddrparams, spp_ipv6_flowlabel), NUMBER(sctp_paddrparams, spp_dscp)),
	SCTP(SCTP_DEFAULT_SEND_PARAM, sctp_sndrcvinfo, 0, NUMBER(sctp_sndrcvinfo, sinfo_stream),
	     FLAGS(sctp_sndrcvinfo, sinfo_flags, ROLE_PLAIN, names_send_flags),
	     { "sinfo_ppid", MEMBER(sctp_sndrcvinfo, sinfo_ppid), FIELD_NETWORK, ROLE_PLAIN, NULL },
	     NUMBER(sctp_sndrcvinfo, sinfo_context), NUMBER(sctp_sndrcvinfo, sinfo_timetolive),
	     ASSOC(sctp_sndrcvinfo, sinfo_assoc_id)),
	SCTP(SCTP_EVENTS, sctp_event_subscribe, 0, EVENT(sctp_data_io_event),
	     EVENT(sctp_association_event), EVENT(sctp_address_event),
	     EVENT(sctp_send_failure_event),
	     EVENT(sctp_peer_error_event), EVENT(sctp_shutdown_event),
	     EVENT(sctp_partial_delivery_event), EVENT(sctp_adaptation_layer_event),
	     EVENT(sctp_authentication_event), EVENT(sctp_sender_dry_event),
	     EVENT(sctp_stream_reset_event), EVENT(sctp_assoc_reset_event),
	     EVENT(sctp_stream_change_event), EVENT(sctp_send_failure_event_event)),
	SCTP_INT(SCTP_I_WANT_MAPPED_V4_ADDR, 0),
	SCTP_VALUE(SCTP_MAXSEG),
	SCTP(SCTP_STATUS, sctp_status, OPTION_OPT_INFO | OPTION_READ_ONLY,
	     ASSOC(sctp_status, sstat_assoc_id),
	     NAMED(sctp_status, sstat_state, ROLE_PLAIN, names_association_state),
	     NUMBER(sctp_status, sstat_rwnd), NUMBER(sctp_status, sstat_unackdata),
	     NUMBER(sctp_status, sstat_penddata), NUMBER(sctp_status, sstat_instrms),
	     NUMBER(sctp_status, sstat_outstrms), NUMBER(sctp_status, sstat_fragmentation_point),
	     PATH("sstat_primary.spinfo_address", PRIMARY, spinfo_address, FIELD_ADDRESS, NULL),
	     PATH("sstat_primary.spinfo_state", PRIMARY, spinfo_state, FIELD_NAME,
		  names_path_state),
	     PATH("sstat_primary.spinfo_cwnd", PRIMARY, spinfo_cwnd, FIELD_NUMBER, NULL),
	     PATH("sstat_primary.spinfo_srtt", PRIMARY, spinfo_srtt, FIELD_NUMBER, NULL),
	     PATH("sstat_primary.spinfo_rto", PRIMARY, spinfo_rto, FIELD_NUMBER, NULL),
	     PATH("sstat_primary.spinfo_mtu", PRIMARY, spinfo_mtu, FIELD_NUMBER, NULL)),
	SCTP(SCTP_GET_PEER_ADDR_INFO, sctp_paddrinfo, OPTION_OPT_INFO | OPTION_READ_ONLY,
	     ASSOC(sctp_paddrinfo, spinfo_assoc_id), ADDRESS(sctp_paddrinfo, spinfo_address,
	     ROLE_KEY),
	     NAMED(sctp_paddrinfo, spinfo_state, ROLE_PLAIN, names_path_state),
	     NUMBER(sctp_paddrinfo, spinfo_cwnd), NUMBER(sctp_paddrinfo, spinfo_srtt),
	     NUMBER(sctp_paddrinfo, spinfo_rto), NUMBER(sctp_paddrinfo, spinfo_mtu)),
	SCTP(SCTP_DELAYED_SACK, sctp_sack_info, 0, ASSOC(sctp_sack_info, sack_assoc_id),
	     NUMBER(sctp_sack_info, sack_delay), NUMBER(sctp_sack_info, sack_freq)),
	SCTP_VALUE(SCTP_CONTEXT),
	SCTP_INT(SCTP_FRAGMENT_INTERLEAVE, 0),
	SCTP_INT(SCTP_PARTIAL_DELIVERY_POINT, 0),
	SCTP_VALUE(SCTP_MAX_BURST),
	SCTP(SCTP_AUTH_CHUNK, sctp_authchunk, OPTION_WRITE_ONLY,
	     NAMED(sctp_authchunk, sauth_chunk, ROLE_MAIN, names_chunk)),
	SCTP(SCTP_HMAC_IDENT, sctp_hmacalgo, OPTION_VARIABLE,
	     COUNT(sctp_hmacalgo, shmac_num_idents),
	     TAIL(sctp_hmacalgo, shmac_idents, 2, FIELD_LIST, names_hmac)),
	SCTP(SCTP_AUTH_KEY, sctp_authkey, OPTION_WRITE_ONLY | OPTION_VARIABLE,
	     ASSOC(sctp_authkey, sca_assoc_id), NUMBER(sctp_authkey, sca_keynumber),
	     COUNT(sctp_authkey, sca_keylength), TAIL(sctp_authkey, sca_key, 1, FIELD_TEXT, NULL)),
	KEY_ID(SCTP_AUTH_ACTIVE_KEY, OPTION_OPT_INFO),
	KEY_ID(SCTP_AUTH_DELETE_KEY, OPTION_WRITE_ONLY),
	KEY_ID(SCTP_AUTH_DEACTIVATE_KEY, OPTION_WRITE_ONLY),
	AUTH_CHUNKS(SCTP_PEER_AUTH_CHUNKS),
	AUTH_CHUNKS(SCTP_LOCAL_AUTH_CHUNKS),
	SCTP_INT(SCTP_GET_ASSOC_NUMBER, OPTION_READ_ONLY),
	SCTP(SCTP_GET_ASSOC_ID_LIST, sctp_assoc_ids, OPTION_READ_ONLY | OPTION_VARIABLE,
	     COUNT(sctp_assoc_ids, gaids_number_of_ids),
	     TAIL(sctp_assoc_ids, gaids_assoc_id, 4, FIELD_LIST, NULL)),
	SCTP_INT(SCTP_AUTO_ASCONF, 0),
	SCTP(SCTP_PEER_ADDR_THLDS, sctp_paddrthlds, 0, THRESHOLDS(sctp_paddrthlds)),
	SCTP(SCTP_PEER_ADDR_THLDS_V2, sctp_paddrthlds_v2, 0, THRESHOLDS(sctp_paddrthlds_v2),
	     NUMBER(sctp_paddrthlds_v2, spt_pathcpthld)),
	SCTP_INT(SCTP_RECVRCVINFO, 0),
	SCTP_INT(SCTP_RECVNXTINFO, 0),
	SCTP(SCTP_DEFAULT_SNDINFO, sctp_sndinfo, 0, NUMBER(sctp_sndinfo, snd_sid),
	     FLAGS(sctp_sndinfo, snd_flags, ROLE_PLAIN, names_send_flags),
	     { "snd_ppid", MEMBER(sctp_sndinfo, snd_ppid), FIELD_NETWORK, ROLE_PLAIN, NULL },
	     NUMBER(sctp_sndinfo, snd_context), ASSOC(sctp_sndinfo, snd_assoc_id)),
	SCTP_INT(SCTP_REUSE_PORT, 0),
	SCTP(SCTP_GET_ASSOC_STATS, sctp_assoc_stats, OPTION_READ_ONLY,
	     ASSOC(sctp_assoc_stats, sas_assoc_id),
	     ADDRESS(sctp_assoc_stats, sas_obs_rto_ipaddr, ROLE_PLAIN), STAT(sas_maxrto),
	     STAT(sas_isacks), STAT(sas_osacks), STAT(sas_opackets), STAT(sas_ipackets),
	     STAT(sas_rtxchunks), STAT(sas_outofseqtsns), STAT(sas_idupchunks), STAT(sas_gapcnt),
	     STAT(sas_ouodchunks), STAT(sas_iuodchunks), STAT(sas_oodchunks), STAT(sas_iodchunks),
	     STAT(sas_octrlchunks), STAT(sas_ictrlchunks)),
	SCTP_VALUE(SCTP_PR_SUPPORTED),
	SCTP(SCTP_DEFAULT_PRINFO, sctp_default_prinfo, 0, ASSOC(sctp_default_prinfo, pr_assoc_id),
	     NUMBER(sctp_default_prinfo, pr_value),
	     NAMED(sctp_default_prinfo, pr_policy, ROLE_PLAIN, names_pr_policy)),
	PR_STATUS(SCTP_PR_ASSOC_STATUS),
	PR_STATUS(SCTP_PR_STREAM_STATUS),
	SCTP_VALUE(SCTP_RECONFIG_SUPPORTED),
	SCTP(SCTP_ENABLE_STREAM_RESET, sctp_assoc_value, 0, ASSOC(sctp_assoc_value, assoc_id),
	     FLAGS(sctp_assoc_value, assoc_value, ROLE_MAIN, names_enable_reset)),
	SCTP(SCTP_RESET_STREAMS, sctp_reset_streams, OPTION_WRITE_ONLY | OPTION_VARIABLE,
	     ASSOC(sctp_reset_streams, srs_assoc_id),
	     FLAGS(sctp_reset_streams, srs_flags, ROLE_PLAIN, names_reset_streams),
	     COUNT(sctp_reset_streams, srs_number_streams),
	     TAIL(sctp_reset_streams, srs_stream_list, 2, FIELD_LIST, NULL)),
	{ "SCTP_RESET_ASSOC", SOL_SCTP, SCTP_RESET_ASSOC, sizeof(sctp_assoc_t), OPTION_WRITE_ONLY,
	  FIELDS({ "value", 0, sizeof(sctp_assoc_t), FIELD_SIGNED, ROLE_ASSOC, NULL }) },
	SCTP(SCTP_ADD_STREAMS, sctp_add_streams, OPTION_WRITE_ONLY,
	     ASSOC(sctp_add_streams, sas_assoc_id), NUMBER(sctp_add_streams, sas_instrms),
	     NUMBER(sctp_add_streams, sas_outstrms)),
	SCTP(SCTP_STREAM_SCHEDULER, sctp_assoc_value, 0, ASSOC(sctp_assoc_value, assoc_id),
	     NAMED(sctp_assoc_value, assoc_value, ROLE_MAIN, names_scheduler)),
	STREAM_VALUE(SCTP_STREAM_SCHEDULER_VALUE, NULL),
	SCTP_VALUE(SCTP_INTERLEAVING_SUPPORTED),
	SCTP(SCTP_EVENT, sctp_event, 0, ASSOC(sctp_event, se_assoc_id),
	     NAMED(sctp_event, se_type, ROLE_KEY, names_notification), MAIN(sctp_event, se_on)),
	SCTP_VALUE(SCTP_ASCONF_SUPPORTED),
	SCTP_VALUE(SCTP_AUTH_SUPPORTED),
	SCTP_VALUE(SCTP_ECN_SUPPORTED),
	SCTP(SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, sctp_assoc_value, 0,
	     ASSOC(sctp_assoc_value, assoc_id),
	     NAMED(sctp_assoc_value, assoc_value, ROLE_MAIN, names_pf_expose)),
	SCTP(SCTP_REMOTE_UDP_ENCAPS_PORT, sctp_udpencaps, 0, ASSOC(sctp_udpencaps, sue_assoc_id),
	     ADDRESS(sctp_udpencaps, sue_address, ROLE_KEY),
	     { "sue_port", MEMBER(sctp_udpencaps, sue_port), FIELD_NETWORK, ROLE_MAIN, NULL }),
	SCTP(SCTP_PLPMTUD_PROBE_INTERVAL, sctp_probeinterval, 0,
	     ASSOC(sctp_probeinterval, spi_assoc_id),
	     ADDRESS(sctp_probeinterval, spi_address, ROLE_KEY),
	     MAIN(sctp_probeinterval, spi_interval)),
	{ 0 },
};

static const struct field time_fields[] = {
	{ "tv_sec", MEMBER(timeval, tv_sec), FIELD_NUMBER, ROLE_PLAIN, NULL },
	{ "tv_usec", MEMBER(timeval, tv_usec), FIELD_NUMBER, ROLE_PLAIN, NULL },
	{ 0 },
};

static const struct field linger_fields[] = {
	{ "l_onoff", MEMBER(linger, l_onoff), FIELD_SIGNED, ROLE_PLAIN, NULL },
	{ "l_linger", MEMBER(linger, l_linger), FIELD_SIGNED, ROLE_PLAIN, NULL },
	{ 0 },
};

static const struct field text_field[] = {
	{ "value", 0, 1, FIELD_TEXT, ROLE_MAIN, NULL },
	{ 0 },
};

const struct option_spec option_socket_table[] = {
	SOCKET_INT(SO_ERROR, SOL_SOCKET, OPTION_READ_ONLY | OPTION_ERRNO),
	{ "SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, sizeof(struct timeval),
	     OPTION_TIME, time_fields },
	{ "SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, sizeof(struct timeval),
	     OPTION_TIME, time_fields },
	{ "SO_LINGER", SOL_SOCKET, SO_LINGER, sizeof(struct linger), 0, linger_fields },
	SOCKET_INT(SO_SNDBUF, SOL_SOCKET, 0),
	SOCKET_INT(SO_RCVBUF, SOL_SOCKET, 0),
	SOCKET_INT(SO_SNDBUFFORCE, SOL_SOCKET, OPTION_WRITE_ONLY),
	SOCKET_INT(SO_RCVBUFFORCE, SOL_SOCKET, OPTION_WRITE_ONLY),
	SOCKET_INT(SO_REUSEADDR, SOL_SOCKET, 0),
	SOCKET_INT(SO_REUSEPORT, SOL_SOCKET, 0),
	SOCKET_INT(SO_BROADCAST, SOL_SOCKET, 0),
	SOCKET_INT(SO_KEEPALIVE, SOL_SOCKET, 0),
	SOCKET_INT(SO_DONTROUTE, SOL_SOCKET, 0),
	SOCKET_INT(SO_PRIORITY, SOL_SOCKET, 0),
	SOCKET_INT(SO_MARK, SOL_SOCKET, 0),
	SOCKET_INT(SO_TYPE, SOL_SOCKET, OPTION_READ_ONLY),
	SOCKET_INT(SO_PROTOCOL, SOL_SOCKET, OPTION_READ_ONLY),
	SOCKET_INT(SO_DOMAIN, SOL_SOCKET, OPTION_READ_ONLY),
	SOCKET_INT(SO_ACCEPTCONN, SOL_SOCKET, OPTION_READ_ONLY),
	{ "SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, 0, OPTION_VARIABLE, text_field },
	SOCKET_INT(IP_RECVERR, IPPROTO_IP, 0),
	SOCKET_INT(IP_MTU_DISCOVER, IPPROTO_IP, 0),
	SOCKET_INT(IP_MTU, IPPROTO_IP, OPTION_READ_ONLY),
	SOCKET_INT(IP_TTL, IPPROTO_IP, 0),
	SOCKET_INT(IP_TOS, IPPROTO_IP, 0),
	SOCKET_INT(IP_FREEBIND, IPPROTO_IP, 0),
	SOCKET_INT(IP_TRANSPARENT, IPPROTO_IP, 0),
	SOCKET_INT(IPV6_V6ONLY, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_RECVERR, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_MTU_DISCOVER, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_MTU, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_UNICAST_HOPS, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_TCLASS, IPPROTO_IPV6, 0),
	SOCKET_INT(IPV6_FREEBIND, IPPROTO_IPV6, 0),
	{ 0 },
};
// clang-format on
