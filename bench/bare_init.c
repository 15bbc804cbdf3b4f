// SPDX-License-Identifier: GPL-2.0-only
// The first process of a bare guest: powers off at once.
#include <sys/reboot.h>

int main(void)
{
	return reboot(RB_POWER_OFF);
}
