// SPDX-License-Identifier: GPL-2.0-only Waiting: for commands, for what watched sockets have, for
// the time of the next message. It sleeps whenever nothing is to be done, whatever lasting
// condition (POLLERR, POLLHUP) a socket is in: a process that spins would stop a guest's virtual
// time for ever.
#ifndef CCLIENT_LOOP_H
#define CCLIENT_LOOP_H

#include "command.h"
#include "state.h"

#include <sys/socket.h>

// Whether a socket is watched or traffic runs: then loop_wait() must be used for waiting.
bool loop_is_needed(const struct session *session);

// Whether something of that is still alive, that is can bring anything of its own: traffic, or a
// watched socket, unless it is a one-to-one socket whose association is known to be over.
bool loop_is_alive(const struct session *session);

// Waits once, until something was done, or until_ns (CLOCK_MONOTONIC; INT64_MAX: no limit; 0: does
// not wait). With `input` also until in_fd has something. Returns whether it has.
bool loop_wait(struct session *session, int64_t until_ns, bool input);

// Does all that can be done without waiting.
void loop_catch_up(struct session *session);

// Turns watching on or off. Returns what epoll_ctl(2) returned, errno with it.
int loop_watch(struct session *session, struct socket_entry *entry, bool on);

// Asks the kernel for what the socket's state needs now.
void loop_update(struct session *session, struct socket_entry *entry);

// Adds a socket that accept(2) gave, and the keys `new` and `peer` to the answer. NULL, and the
// descriptor closed, when memory is out.
struct socket_entry *loop_accepted(struct session *session, const struct socket_entry *listener,
				   struct answer *answer, const char *name, int fd,
				   const struct sockaddr *peer);

#endif
