// SPDX-License-Identifier: GPL-2.0-only
// What a session knows: its sockets, what is watched, what runs in the background.
#ifndef CCLIENT_STATE_H
#define CCLIENT_STATE_H

#include "session.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_NAME_MAX 31	  // letters of a name the user chooses
#define RECEIVE_MAX	(1 << 20) // bytes received at once at most

struct traffic;
struct await;

struct socket_entry {
	struct socket_entry *next;	 // (owned)
	char name[SOCKET_NAME_MAX + 13]; // and ".N" of sockets accepted by `watch`
	int fd;
	int family; // AF_INET, AF_INET6; 0 for a file
	bool many;  // one-to-many style (SOCK_SEQPACKET)
	bool nonblock;
	bool listening;
	bool receive_info; // SCTP_RECVRCVINFO was set
	bool watched;
	// The kernel reports a condition on it that lasts (an error kept for SO_ERROR, the end of
	// the association): from then on it is watched for changes only, or the loop would never
	// sleep.
	bool quiet;
	bool hung_up;	   // the condition was reported, and nothing was received since
	bool ended;	   // the last notification said that the association is over
	unsigned waiting;  // traffic jobs that wait for room in its send buffer
	uint32_t polled;   // events epoll is asked for, 0 when it is not registered
	unsigned accepted; // by `watch`: the next name is NAME.(accepted + 1)
};

struct session {
	struct session_options options;
	struct socket_entry *sockets; // (owned) list in the order of opening
	struct traffic *traffic;      // (owned) list of running jobs
	struct await *awaits;	      // (owned) list of states that paths are looked at for
	int epoll_fd, timer_fd;	      // -1 until needed
	int64_t timer_ns;  // what timer_fd is set to (CLOCK_MONOTONIC), INT64_MAX when it is not
	bool input_polled; // in_fd is registered in epoll_fd
	bool input_always; // in_fd is a file: reading never waits
	bool quit;
	bool command_failed; // some command was not understood
	bool output_failed;
	bool prompted; // a prompt stands on the terminal
	char *input;   // (owned) INPUT_MAX bytes, input_used of them read and not yet run
	size_t input_used;
	bool input_overlong;	// the line read now is too long: drop it up to its end
	unsigned char *receive; // (owned) RECEIVE_MAX bytes, NULL until needed
};

// CLOCK_MONOTONIC in nanoseconds, without and with the session's epoch taken off.
int64_t clock_now_ns(void);
int64_t session_now_ns(const struct session *session);

// Sets errno as every call of the session finds it: 0, after the poison of the tests.
void call_prepare(const struct session *session);

// The socket of that name, or NULL.
struct socket_entry *socket_find(const struct session *session, const char *name);

// Adds a socket. The caller has checked that the name is free. NULL when memory is out.
struct socket_entry *socket_add(struct session *session, const char *name, int fd);

// Forgets a socket whose descriptor is already closed; ends the traffic on it.
void socket_forget(struct session *session, struct socket_entry *entry);

// Turns on SCTP_RECVRCVINFO once, before the first receive. Changes errno.
void socket_want_info(const struct session *session, struct socket_entry *entry);

#endif
