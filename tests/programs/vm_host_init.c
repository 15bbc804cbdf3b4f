// SPDX-License-Identifier: GPL-2.0-only
// First process of a guest under QEMU that is a host to pathlab: loads the modules, runs the shell script /script, in which the
// laboratory runs on the guest's own kernel, and shows its output.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void load_modules(void)
{
	struct dirent **names;
	int n = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[300];
		int fd;

		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			syscall(SYS_finit_module, fd, "", 0);
	}
}

int main(void)
{
	char *words[] = { "sh", "/script", NULL };
	char *environment[] = { "PATH=/bin:/lab", "NO_COLOR=1", NULL };
	int console, output, status = -1;
	char text[4096];
	pid_t child;
	ssize_t n;

	mount("none", "/dev", "devtmpfs", 0, NULL);
	mount("none", "/proc", "proc", 0, NULL);
	mount("none", "/sys", "sysfs", 0, NULL);
	console = open("/dev/ttyS0", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		dup2(console, fd);
	load_modules();
	/* No terminal for pathlab, or it would show its progress. */
	output = open("/tmp/output", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	child = fork();
	if (!child) {
		dup2(output, 1);
		dup2(output, 2);
		execve("/bin/sh", words, environment);
		perror("/bin/sh");
		_exit(127);
	}
	/* what others leave to it, too */
	while (child > 0 && waitpid(-1, &status, 0) != child)
		;
	lseek(output, 0, SEEK_SET);
	while ((n = read(output, text, sizeof(text))) > 0 && write(1, text, n) == n)
		;
	printf("@@status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	fflush(stdout);
	tcdrain(1);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
