// SPDX-License-Identifier: GPL-2.0-only
// As the first process of a guest: tries to change the host's files in every way it can, through the root folder and
// through a second, writable mount of it. The folder to attack is /victim of the plan's text. What succeeded is told as
// events, which the guest may write.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static int events;
static char victim[4096];

/* The scenario's summary is the folder: "summary": "/tmp/...". */
static void read_victim(void)
{
	static char plan[65536];
	int fd = open("/.pathlab.plan", O_RDONLY);
	ssize_t n = read(fd, plan, sizeof(plan) - 1);
	char *at = n > 0 ? strstr(plan, "\"victim:") : NULL;

	if (at)
		sscanf(at, "\"victim:%4000[^\"]", victim);
}

static void tell(const char *root, const char *what, long result)
{
	dprintf(events,
		"{\"event\":\"attack\",\"time\":0,\"root\":\"%s\",\"what\":\"%s\",\"ret\":%ld,\"errno\":\"%s\"}\n",
		root, what, result, result < 0 ? strerrorname_np(errno) : "");
}

static void attack(const char *root)
{
	char file[5000], other[5000], made[5000];
	int fd;

	snprintf(file, sizeof(file), "%s%s/file", root, victim);
	snprintf(other, sizeof(other), "%s%s/other", root, victim);
	snprintf(made, sizeof(made), "%s%s/made", root, victim);
	fd = open(file, O_RDONLY);
	tell(root, "read", fd);
	tell(root, "fchmod", fchmod(fd, 0777));
	tell(root, "futimens", futimens(fd, NULL));
	tell(root, "open-write", open(file, O_WRONLY));
	tell(root, "open-append", open(file, O_WRONLY | O_APPEND));
	tell(root, "open-truncate", open(file, O_RDONLY | O_TRUNC));
	tell(root, "create", open(made, O_WRONLY | O_CREAT, 0666));
	tell(root, "truncate", truncate(file, 0));
	tell(root, "unlink", unlink(file));
	tell(root, "rename", rename(file, other));
	tell(root, "rename-exchange", renameat2(AT_FDCWD, file, AT_FDCWD, other, RENAME_EXCHANGE));
	tell(root, "link", link(file, made));
	tell(root, "symlink", symlink("x", made));
	tell(root, "mkdir", mkdir(made, 0777));
	tell(root, "mknod", mknod(made, S_IFIFO | 0666, 0));
	tell(root, "chmod", chmod(file, 0777));
	tell(root, "chown", chown(file, 1, 1));
	tell(root, "utimes", utimes(file, NULL));
	snprintf(made, sizeof(made), "%s%s", root, victim);
	tell(root, "rmdir", rmdir(made));
}

int main(void)
{
	mkdir("/dev/w", 0700);
	mount("none", "/dev/w", "hostfs", 0, NULL);
	events = open("/dev/w/.pathlab.events", O_WRONLY);
	read_victim();
	attack("");
	tell("", "remount", mount("none", "/", NULL, MS_REMOUNT, NULL));
	attack("");
	attack("/dev/w");
	dprintf(events,
		"{\"event\":\"attack\",\"time\":0,\"what\":\"done\",\"victim\":\"%s\",\"ret\":0}\n",
		victim);
	reboot(RB_POWER_OFF);
	return 1;
}
