// SPDX-License-Identifier: GPL-2.0-only
// Versions of the kernel, as far as its interfaces are told apart by them: the first two numbers.
#include "lab/common/release.h"

#include <ctype.h>
#include <stddef.h>

/* One to three digits; NULL when there are none or more. */
static const char *read_number(const char *text, int *number)
{
	int digits = 0;

	for (*number = 0; isdigit((unsigned char)*text); text++, digits++) {
		if (digits == 3)
			return NULL;
		*number = *number * 10 + (*text - '0');
	}
	return digits ? text : NULL;
}

static const char *read_release(const char *text, struct release *release)
{
	text = read_number(text, &release->major);
	if (!text || *text != '.')
		return NULL;
	return read_number(text + 1, &release->minor);
}

bool parse_release(const char *text, struct release *release)
{
	const char *end = read_release(text, release);

	return end && !*end;
}

bool parse_uname_release(const char *text, struct release *release)
{
	return read_release(text, release);
}

int compare_releases(const struct release *one, const struct release *other)
{
	return one->major != other->major ? one->major - other->major : one->minor - other->minor;
}
