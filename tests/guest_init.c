// SPDX-License-Identifier: GPL-2.0-only
// The first process of a test's guest: mounts /proc, gives the loopback interface the documentation
// addresses 192.0.2.1 to 192.0.2.4 and 2001:db8::1 to 2001:db8::4, runs a shell script, tells its
// exit status, powers off. No forks of `ip`: those cost more than most tests.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	printf("@@exit 255\n");
	fflush(stdout);
	reboot(RB_POWER_OFF);
}

static void add_ipv4(int fd, int number)
{
	struct ifreq request = { 0 };
	struct sockaddr_in address = { .sin_family = AF_INET };

	// An alias each; lo itself keeps 127.0.0.1.
	snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%d", number);
	address.sin_addr.s_addr = htonl(0xc0000200u + (unsigned)number);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (ioctl(fd, SIOCSIFADDR, &request) != 0)
		fail("SIOCSIFADDR");
	address.sin_addr.s_addr = 0xffffffff;
	memcpy(&request.ifr_netmask, &address, sizeof(address));
	if (ioctl(fd, SIOCSIFNETMASK, &request) != 0)
		fail("SIOCSIFNETMASK");
}

static void add_ipv6(int fd, int number)
{
	struct in6_ifreq request = { .ifr6_prefixlen = 128,
				     .ifr6_ifindex = (int)if_nametoindex("lo") };
	char text[32];

	snprintf(text, sizeof(text), "2001:db8::%d", number);
	inet_pton(AF_INET6, text, &request.ifr6_addr);
	if (ioctl(fd, SIOCSIFADDR, &request) != 0)
		fail("SIOCSIFADDR for IPv6");
}

static void set_network(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd4 = socket(AF_INET, SOCK_DGRAM, 0), fd6 = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd4 < 0 || fd6 < 0 || ioctl(fd4, SIOCSIFFLAGS, &request) != 0)
		fail("network");
	for (int number = 1; number <= 4; number++) {
		add_ipv4(fd4, number);
		add_ipv6(fd6, number);
	}
	close(fd4);
	close(fd6);
	// IPv6 addresses stay tentative until a kernel worker had its turn. Virtual time costs
	// nothing.
	sleep(1);
}

int main(void)
{
	struct termios raw;
	int status = 0;
	pid_t child;

	// The console shall give bytes as they are.
	if (tcgetattr(STDOUT_FILENO, &raw) == 0) {
		cfmakeraw(&raw);
		tcsetattr(STDOUT_FILENO, TCSANOW, &raw);
	}
	mount("proc", "/proc", "proc", 0, NULL);
	set_network();
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "/.pathlab.plan", (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("script");
	printf("@@exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
	reboot(RB_POWER_OFF);
}
