// SPDX-License-Identifier: GPL-2.0-only
// Versions of the kernel, as far as its interfaces are told apart by them: the first two numbers.
#ifndef LAB_COMMON_RELEASE_H
#define LAB_COMMON_RELEASE_H

#include <stdbool.h>

struct release {
	int major, minor; /* 0 to 999 */
};

/* Reads "6.12", and nothing behind it. */
bool parse_release(const char *text, struct release *release);

/* Reads the beginning of what uname(2) says, such as "6.1.0-40-cloud-amd64". */
bool parse_uname_release(const char *text, struct release *release);

/* Less than, equal to or greater than 0, as of strcmp(3). */
int compare_releases(const struct release *one, const struct release *other);

#endif
