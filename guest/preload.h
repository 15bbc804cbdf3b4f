// SPDX-License-Identifier: GPL-2.0-only
// What the parts of the preloaded library share.
#ifndef PATHLAB_GUEST_PRELOAD_H
#define PATHLAB_GUEST_PRELOAD_H

#include <stdbool.h>

/*
 * Some files of the guest's root folder are no files of the host but descriptors that the launcher opened before it
 * started the guest: the plan (read), the events and the capture (written), and the standard input, output and error of
 * `pathlab exec`. So nothing of a run needs a name.
 */
enum {
	WINDOW_PRELOAD_FD = 5,
	WINDOW_CAPTURE_FD = 6,
	WINDOW_EVENTS_FD = 7,
	WINDOW_PLAN_FD = 8,
	WINDOW_AGENT_FD = 9,
	WINDOW_STDIN_FD = 10,
	WINDOW_STDOUT_FD = 11,
	WINDOW_STDERR_FD = 12,
	WINDOW_TERMINAL_FD = WINDOW_STDERR_FD, /* or of a paused run: see window_wait() */
	WINDOW_LAST_FD = WINDOW_STDERR_FD
};

/* The descriptor behind a path, or -1 when it is an ordinary one. */
int window_find(const char *path);

/*
 * A run that was paused has a person at a terminal. What the guest writes to a console goes to the file at WINDOW_STDOUT_FD;
 * what was typed is the file at WINDOW_STDIN_FD, lab/common/pause.h. Before that is opened a byte on the socket at
 * WINDOW_TERMINAL_FD asks the launcher, and one from there answers.
 */
bool window_has_terminal(void);
void window_wait(const char *path);

/* True when opening with these flags could change a file of the host's. */
bool window_changes(int flags);

#endif
