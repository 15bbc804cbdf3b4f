// SPDX-License-Identifier: GPL-2.0-only
// Versions of the kernel with their stable release, "6.12.101", and ranges of them.
#include "lab/bugs/version.h"

#include "lab/common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PART_MAX 9999

/* Reads as many parts as there are, three at most; where they end. */
static const char *read_parts(const char *text, struct version *version)
{
	*version = (struct version){ 0 };
	while (version->n < 3 && isdigit((unsigned char)*text)) {
		char *end;
		long part = strtol(text, &end, 10);

		if (part > PART_MAX)
			break;
		version->parts[version->n++] = (int)part;
		text = end;
		if (version->n == 3 || text[0] != '.' || !isdigit((unsigned char)text[1]))
			break;
		text++;
	}
	return text;
}

bool parse_version(const char *text, struct version *version)
{
	return *read_parts(text, version) == '\0' && version->n >= 2;
}

bool parse_version_prefix(const char *text, struct version *version)
{
	read_parts(text, version);
	return version->n >= 2;
}

/* Compares as many parts as the bound has; what the version does not say counts as 0. */
static int compare_with_bound(const struct version *version, const struct version *bound)
{
	for (size_t i = 0; i < bound->n; i++)
		if (version->parts[i] != bound->parts[i])
			return version->parts[i] < bound->parts[i] ? -1 : 1;
	return 0;
}

bool version_is_in(const struct version *version, const struct version_range *range)
{
	return compare_with_bound(version, &range->since) >= 0 &&
	       compare_with_bound(version, &range->until) <= 0;
}

static char *describe_version(const struct version *version)
{
	if (version->n == 3)
		return text_format("%d.%d.%d", version->parts[0], version->parts[1],
				   version->parts[2]);
	return text_format("%d.%d", version->parts[0], version->parts[1]);
}

char *describe_version_range(const struct version_range *range)
{
	char *since = describe_version(&range->since), *until = describe_version(&range->until);
	char *text;

	if (range->since.n == 3 && range->until.n == 2 &&
	    range->since.parts[0] == range->until.parts[0] &&
	    range->since.parts[1] == range->until.parts[1])
		text = text_format("%s from %s on", until, since);
	else if (!range->until.n)
		text = text_format("%s and later", since);
	else if (strcmp(since, until) == 0)
		text = text_format("%s", since);
	else if (!range->since.n)
		text = text_format("up to %s", until);
	else
		text = text_format("%s to %s", since, until);
	free(since);
	free(until);
	return text;
}
