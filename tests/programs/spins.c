// SPDX-License-Identifier: GPL-2.0-only
// As the first process of a guest: never sleeps, so that virtual time stands still.
int main(void)
{
	for (volatile long i = 0;; i++)
		;
}
