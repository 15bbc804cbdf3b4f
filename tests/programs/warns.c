// SPDX-License-Identifier: GPL-2.0-only
// As the first process of a guest: does what a run without steps does, while the kernel's log has a warning in it, and a trace
// such as a kernel with frame pointers writes.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	static const char *const lines[] = {
		"<4>WARNING: CPU: 0 PID: 1 at net/sctp/example.c:1 made_up_by_a_test+0x0/0x1\n",
		"<4>Stack:\n",
		"<4> 00000000 60a13220 60b39e18 00000002\n",
		"<4>Call Trace:\n",
		"<4> [<60000001>] ? doubtful_call+0x0/0x1\n",
		"<4> [<60000002>] certain_call+0x0/0x1\n",
	};
	int log = open("/dev/kmsg", O_WRONLY), events;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (write(log, lines[i], strlen(lines[i])) < 0)
			return 1;
	mkdir("/dev/w", 0700);
	mount("none", "/dev/w", "hostfs", 0, NULL);
	events = open("/dev/w/.pathlab.events", O_WRONLY);
	dprintf(events,
		"{\"event\":\"begin\",\"time\":0,\"kernel\":\"x\",\"nodes\":0,\"links\":0,\"endpoints\":0}\n"
		"{\"event\":\"end\",\"time\":1000000000,\"packets\":0}\n");
	sleep(1);
	reboot(RB_POWER_OFF);
	return 1;
}
