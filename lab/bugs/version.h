// SPDX-License-Identifier: GPL-2.0-only
// Versions of the kernel with their stable release, "6.12.101", and ranges of them.
#ifndef LAB_BUGS_VERSION_H
#define LAB_BUGS_VERSION_H

#include <stdbool.h>
#include <stddef.h>

/* n is 2 or 3; 0 for none. Each part is 0 to 9999. */
struct version {
	int parts[3];
	size_t n;
};

/* Both ends belong to it; none is open. One that says 6.1 means all of 6.1's stable releases. */
struct version_range {
	struct version since, until;
};

/* Reads "6.12" or "6.12.101", and nothing behind it. */
bool parse_version(const char *text, struct version *version);

/* Reads the beginning of a text such as "6.1.192-2". */
bool parse_version_prefix(const char *text, struct version *version);

bool version_is_in(const struct version *version, const struct version_range *range);

/* "up to 4.5", "6.12.101 and later", "5.11 to 6.1.174", "6.1 from 6.1.183 on". (owned) */
char *describe_version_range(const struct version_range *range);

#endif
