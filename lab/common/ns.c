// SPDX-License-Identifier: GPL-2.0-only
// Durations and scenario times in nanoseconds, as text.
#include "lab/common/ns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t magnitude(int64_t ns)
{
	return ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
}

/* Three significant digits of value / unit, without zeros at the end. */
static void format_digits(char *buf, const char *sign, uint64_t value, uint64_t unit,
			  const char *name)
{
	char digits[24];
	size_t length;
	int places = value >= 100 * unit ? 0 : value >= 10 * unit ? 1 : 2;

	snprintf(digits, sizeof(digits), "%.*f", places, (double)value / (double)unit);
	length = strlen(digits);
	if (strchr(digits, '.')) {
		while (digits[length - 1] == '0')
			length--;
		if (digits[length - 1] == '.')
			length--;
	}
	snprintf(buf, NS_TEXT_SIZE, "%s%.*s %s", sign, (int)length, digits, name);
}

char *format_ns(int64_t ns, char buf[NS_TEXT_SIZE])
{
	const char *sign = ns < 0 ? "-" : "";
	uint64_t value = magnitude(ns), small, large;
	const char *small_name, *large_name;

	if (value == 0)
		return strcpy(buf, "0 s");
	if (value < UINT64_C(59950000000)) {
		/* what rounds up to 1000 of a unit is 1 of the next */
		if (value < 1000)
			format_digits(buf, sign, value, 1, "ns");
		else if (value < 999500)
			format_digits(buf, sign, value, NS_PER_US, "us");
		else if (value < 999500000)
			format_digits(buf, sign, value, NS_PER_MS, "ms");
		else
			format_digits(buf, sign, value, NS_PER_S, "s");
		return buf;
	}
	value = (value + NS_PER_S / 2) / NS_PER_S;
	if (value < 3600) {
		large = value / 60, small = value % 60;
		large_name = "min", small_name = "s";
	} else {
		value = (value + 30) / 60;
		large = value / 60, small = value % 60;
		large_name = "h", small_name = "min";
	}
	if (small)
		snprintf(buf, NS_TEXT_SIZE, "%s%" PRIu64 " %s %" PRIu64 " %s", sign, large,
			 large_name, small, small_name);
	else
		snprintf(buf, NS_TEXT_SIZE, "%s%" PRIu64 " %s", sign, large, large_name);
	return buf;
}

bool ns_apart(int64_t one_ns, int64_t other_ns)
{
	int64_t from_ns = one_ns < other_ns ? one_ns : other_ns;
	int64_t gap = (one_ns < other_ns ? other_ns : one_ns) - from_ns;

	return gap > NS_PER_S / 10 && gap > from_ns / 4;
}

char *format_seconds(int64_t ns, char buf[NS_TEXT_SIZE])
{
	uint64_t ms = (magnitude(ns) + NS_PER_MS / 2) / NS_PER_MS;

	snprintf(buf, NS_TEXT_SIZE, "%s%" PRIu64 ".%03" PRIu64 " s", ns < 0 && ms ? "-" : "",
		 ms / 1000, ms % 1000);
	return buf;
}

char *format_ns_exact(int64_t ns, char buf[NS_TEXT_SIZE])
{
	uint64_t value = magnitude(ns);
	size_t length;

	length = (size_t)snprintf(buf, NS_TEXT_SIZE, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "",
				  value / NS_PER_S, value % NS_PER_S);
	while (buf[length - 1] == '0')
		length--;
	if (buf[length - 1] == '.')
		length--;
	snprintf(buf + length, NS_TEXT_SIZE - length, " s");
	return buf;
}

char *format_thousands(int64_t number, char buf[NS_TEXT_SIZE])
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, number);
	char *at = buf;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return buf;
}
