// SPDX-License-Identifier: GPL-2.0-only
// Where events and the capture are written.
#include "lab/agent/output.h"

#include "lab/agent/mailbox.h"

#include <errno.h>
#include <unistd.h>

static unsigned current_plan;

void output_set_plan(unsigned plan)
{
	current_plan = plan;
}

void output_write(int fd, const void *data, size_t length)
{
	const char *at = data;

	if (fd == OUTPUT_MAILBOX_EVENTS || fd == OUTPUT_MAILBOX_CAPTURE) {
		mailbox_put(fd == OUTPUT_MAILBOX_EVENTS ? MAILBOX_EVENTS : MAILBOX_CAPTURE,
			    current_plan, data, length);
		return;
	}
	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		at += n;
		length -= n;
	}
}
