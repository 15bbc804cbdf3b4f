// SPDX-License-Identifier: GPL-2.0-only
// What every process of a guest does between fork and exec.
#include "lab/launch/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void child_begin(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid(); /* Ctrl-C is for the laboratory, which then ends the guest */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

bool child_place(struct child_fd *wanted, size_t n, int last)
{
	int null = open("/dev/null", O_RDONLY);

	/* First out of the way of the numbers wanted, then into place. */
	for (size_t i = 0; i < n; i++)
		if (wanted[i].fd >= 0)
			wanted[i].fd = fcntl(wanted[i].fd, F_DUPFD, last + 1);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return false;
	for (int fd = STDERR_FILENO + 1; fd <= last; fd++)
		close(fd);
	for (size_t i = 0; i < n; i++)
		if (wanted[i].fd >= 0 && dup2(wanted[i].fd, wanted[i].number) < 0)
			return false;
	return !close_range(last + 1, ~0U, 0);
}
