// SPDX-License-Identifier: GPL-2.0-only
// The table of commands.
#include "command.h"

// Flags of send and sendmsg.
#define SEND_FLAGS "unordered dontwait sack-immediately sendall eof abort"
#define SEND_KEYS  "size text stream ppid context to assoc lifetime rtx prio key"
#define SEND_USAGE                                                                              \
	"S size=SIZE|text=STRING [stream=N] [ppid=N] [context=N] [to=ADDR:PORT] [assoc=ASSOC] " \
	"[lifetime=TIME|rtx=N|prio=N] [key=N] [unordered] [dontwait] [sack-immediately] "       \
	"[sendall] [eof] [abort]"

const struct command_spec command_table[] = {
	{ "socket",
	  "S [inet|inet6] [stream|seqpacket|dgram|rdm] [nonblock] [v6only] [protocol=N], or S "
	  "file=PATH, or S pipe",
	  "Opens a socket named S: one-to-one (stream) or one-to-many (seqpacket); or a file or a "
	  "pipe.",
	  run_socket, "protocol file", "inet inet6 stream seqpacket dgram rdm nonblock v6only pipe",
	  0, 0, false },
	{ "bind", "S ADDR[:PORT] [port=N]", "bind(2).", run_bind, "port", "", 1, 1, false },
	{ "bindx", "S ADDRS [port=N] [rem]",
	  "sctp_bindx(3): adds local addresses, or removes them with rem.", run_bindx, "port",
	  "rem", 1, 1, false },
	{ "listen", "S [BACKLOG]",
	  "listen(2); the backlog is 128 when not given, 0 stops listening.", run_listen, "", "", 0,
	  1, false },
	{ "accept", "S NEW", "accept(2): names the new socket NEW.", run_accept, "", "", 1, 1,
	  false },
	{ "connect", "S ADDR[:PORT] [port=N]", "connect(2).", run_connect, "port", "", 1, 1,
	  false },
	{ "connectx", "S ADDRS [port=N] [via=lib|old|new|get] [id=yes|no] [length=N]",
	  "sctp_connectx(3), through libsctp or one of the three socket options behind it.",
	  run_connectx, "port via id length", "", 1, 1, false },
	{ "send", SEND_USAGE,
	  "Sends a message with sctp_send(3), sctp_sendmsg(3) or sctp_sendv(3), as needed.",
	  run_send, SEND_KEYS, SEND_FLAGS, 0, 0, false },
	{ "sendmsg", SEND_USAGE, "Sends a message with sendmsg(2) and SCTP_SNDINFO.", run_sendmsg,
	  SEND_KEYS, SEND_FLAGS, 0, 0, false },
	{ "recvmsg", "S [dontwait] [max=SIZE]", "recvmsg(2): one message or notification.",
	  run_recvmsg, "max", "dontwait", 0, 0, false },
	{ "traffic",
	  "S size=SIZE every=TIME count=N|for=TIME [stream=N] [streams=N] [flow=N] [ppid=N] "
	  "[context=N] [to=ADDR:PORT] [assoc=ASSOC] [lifetime=TIME|rtx=N|prio=N] [key=N] "
	  "[unordered]",
	  "Sends numbered messages in the background, the n-th at its start and n times TIME; "
	  "with every=0s as soon as there is room in the send buffer.",
	  run_traffic,
	  "size every count for stream streams flow ppid context to assoc lifetime rtx prio key",
	  "unordered", 0, 0, false },
	{ "peeloff", "S ASSOC|last NEW", "sctp_peeloff(3): names the new socket NEW.", run_peeloff,
	  "", "", 2, 2, false },
	{ "getpaddrs", "S [ASSOC]", "sctp_getpaddrs(3): the peer's addresses.", run_getpaddrs, "",
	  "", 0, 1, false },
	{ "getladdrs", "S [ASSOC]", "sctp_getladdrs(3): the local addresses.", run_getladdrs, "",
	  "", 0, 1, false },
	{ "getpeername", "S", "getpeername(2).", run_getpeername, "", "", 0, 0, false },
	{ "status", "S [ASSOC]", "SCTP_STATUS: state of the association and its primary path.",
	  run_status, "", "", 0, 1, false },
	{ "paths", "S [ASSOC]", "SCTP_GET_PEER_ADDR_INFO of each of the peer's addresses.",
	  run_paths, "", "", 0, 1, false },
	{ "await", "S ADDR ACTIVE|PF|INACTIVE|UNCONFIRMED [every=TIME]",
	  "Looks at the path to ADDR in the background, and tells once when it is in that state.",
	  run_await, "every", "", 2, 2, false },
	{ "getsockopt", "S OPTION [assoc=ASSOC] [FIELD=VALUE...]",
	  "getsockopt(2), or sctp_opt_info(3) where that is the documented way.", run_getsockopt,
	  NULL, "", 1, 1, false },
	{ "setsockopt", "S OPTION [VALUE] [assoc=ASSOC] [FIELD=VALUE...]",
	  "setsockopt(2); fields that are not given keep their values.", run_setsockopt, NULL, "",
	  1, 2, false },
	{ "events", "S on|off [TYPE...]",
	  "Turns notifications on or off: all but SCTP_SEND_FAILED when none is named.", run_events,
	  "", "", 1, PARSE_WORDS_MAX - 2, false },
	{ "poll", "S [in] [out] [timeout=TIME]", "poll(2); waits for ever without a timeout.",
	  run_poll, "timeout", "in out", 0, 0, false },
	{ "shutdown", "S [rd|wr|rdwr]", "shutdown(2); wr when nothing is said.", run_shutdown, "",
	  "rd wr rdwr", 0, 0, false },
	{ "abort", "S [ASSOC]",
	  "One-to-one: SO_LINGER {1,0} and close(2). One-to-many: SCTP_ABORT to the association.",
	  run_abort, "", "", 0, 1, false },
	{ "close", "S", "close(2).", run_close, "", "", 0, 0, false },
	{ "watch", "S [on|off]",
	  "Accepts and receives on S whenever no command runs, and prints what comes.", run_watch,
	  "", "on off", 0, 0, false },
	{ "sleep", "TIME", "Waits, watching.", run_sleep, "", "", 1, 1, true },
	{ "unprivileged", "", "capset(2): gives up all capabilities, for good.", run_unprivileged,
	  "", "", 0, 0, true },
	{ "poison", "ERRNO",
	  "From now on errno has this value before each call is prepared, as with --poison-errno.",
	  run_poison, "", "", 1, 1, true },
	{ "help", "[COMMAND]", "Says what there is.", run_help, "", "", 0, 1, true },
	{ "quit", "", "Ends the session, as the end of the input does.", run_quit, "", "", 0, 0,
	  true },
	{ 0 },
};
