// SPDX-License-Identifier: GPL-2.0-only
// As the first process of a guest: does what a run without steps does, while the kernel's log has a warning in it.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	static const char warning[] =
		"<4>WARNING: CPU: 0 PID: 1 at net/sctp/example.c:1 made_up_by_a_test+0x0/0x1\n";
	int log = open("/dev/kmsg", O_WRONLY), events;

	if (write(log, warning, sizeof(warning) - 1) < 0)
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
