// SPDX-License-Identifier: GPL-2.0-only
// As the first process of a guest: ends, which makes the kernel panic.
int main(void)
{
	return 7;
}
