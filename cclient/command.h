// SPDX-License-Identifier: GPL-2.0-only
// One command: its words taken apart, its call, its answer; and the table of all commands.
#ifndef CCLIENT_COMMAND_H
#define CCLIENT_COMMAND_H

#include "address_list.h"
#include "state.h"

#include <jansson.h>

// What a call was, and what came of it.
struct answer {
	const char *tag, *call, *socket; // tag and socket may be NULL
	json_t *args;			 // (owned) or NULL for none
	json_t *results;		 // (owned) further keys, or NULL
	int64_t start_ns, end_ns;	 // CLOCK_MONOTONIC less the epoch
	long ret;
	int error;	     // errno of the call; 0 unless ret is -1
	const char *message; // a sentence for a person, or NULL
};

// Takes the start time and prepares errno; the call follows at once.
void answer_begin(const struct session *session, struct answer *answer);

// Takes errno if ret is -1, and the end time. To be called right after the call.
void answer_end(const struct session *session, struct answer *answer, long ret);

// Adds a key to the results.
void answer_set(struct answer *answer, const char *key, json_t *value);

// Prints the answer and frees what it owns.
void answer_print(struct session *session, struct answer *answer);

struct command {
	const struct command_spec *spec;
	struct answer answer;
	struct socket_entry *entry; // NULL when the socket is not open
	int fd;		    // of the socket, -1 when it is not open: the kernel will say EBADF
	struct word *words; // after the socket's name; keys have a value
	size_t word_count;
	const char *plain[PARSE_WORDS_MAX]; // words that are neither key nor flag
	size_t plain_count;
	struct address_list list; // (owned) of command_address_list()
	struct parse_error error; // what is wrong when `run` returned false
};

struct command_spec {
	const char *name;
	const char *usage;					       // all words after the name
	const char *help;					       // one sentence
	bool (*run)(struct session *session, struct command *command); // false: not understood
	const char *keys;  // names separated by blanks; NULL: any (fields of options)
	const char *flags; // the same
	unsigned char plain_min, plain_max; // plain words after the socket's name
	bool no_socket;			    // the command has no socket
};

extern const struct command_spec command_table[]; // ends with a NULL name

// Runs one line (which it takes apart in place) and prints its answer. An empty line does nothing.
void command_run(struct session *session, char *line);

// The following are for the commands' functions, which parse everything before the first call.

// Writes why the command cannot be understood, and returns false.
#define command_fail(command, ...) parse_fail(&(command)->error, __VA_ARGS__)

// The text of a key, or NULL when it is not given. Whether a flag is given.
const char *command_key(const struct command *command, const char *key);
bool command_flag(const struct command *command, const char *flag);

// Optional keys. When the key is absent *value stays as it is; when present it is kept in the
// answer's "args". False: not understood.
bool command_number(struct command *command, const char *key, int64_t min, int64_t max,
		    int64_t *value);
bool command_time(struct command *command, const char *key, int64_t *time_ns);
bool command_size(struct command *command, const char *key, size_t max, size_t *size);
bool command_yes(struct command *command, const char *key, bool *value);

// Keeps something in the answer's "args".
void command_arg(struct command *command, const char *key, json_t *value);

// A plain word as an address, or as a list of them in command->list; with the key `port` as the port of
// those without.
bool command_address(struct command *command, const char *text, struct address *address);
bool command_address_list(struct command *command, const char *text);

// A name for a new socket: letters, digits, "_", "-", ".", and not in use.
bool command_new_name(struct session *session, struct command *command, const char *name);

// The newest association of a one-to-many socket.
#define ASSOC_LAST (-1)

// An association id, `last`, `future`, `current` or `all` (RFC 6458 7.2); NULL text: the default,
// which is `last` on a one-to-many socket.
bool command_assoc(struct command *command, const char *text, int32_t *assoc_id);

// Replaces ASSOC_LAST by the kernel's number (SCTP_GET_ASSOC_ID_LIST), 0 when there is none.
int32_t assoc_resolve(const struct session *session, int fd, int32_t assoc_id);

// Lists of addresses as libsctp and the kernel give them, as JSON. (owned by the caller)
json_t *addresses_json(const void *addresses, int count);

// The functions behind the table, by file: calls_socket.c, calls_connect.c, calls_data.c,
// calls_paths.c, calls_option.c, calls_control.c.
#define COMMAND(name) bool run_##name(struct session *session, struct command *command)
COMMAND(socket);
COMMAND(bind);
COMMAND(bindx);
COMMAND(listen);
COMMAND(accept);
COMMAND(peeloff);
COMMAND(shutdown);
COMMAND(abort);
COMMAND(close);
COMMAND(connect);
COMMAND(connectx);
COMMAND(send);
COMMAND(sendmsg);
COMMAND(recvmsg);
COMMAND(traffic);
COMMAND(getpaddrs);
COMMAND(getladdrs);
COMMAND(getpeername);
COMMAND(status);
COMMAND(paths);
COMMAND(await);
COMMAND(getsockopt);
COMMAND(setsockopt);
COMMAND(events);
COMMAND(poll);
COMMAND(watch);
COMMAND(sleep);
COMMAND(unprivileged);
COMMAND(poison);
COMMAND(help);
COMMAND(quit);

#endif
