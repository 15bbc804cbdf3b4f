// SPDX-License-Identifier: GPL-2.0-only
// The parsers of the command language, and the writing of addresses.
#include "address_list.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_fail(struct parse_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_key_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

// Reads one word from *in and moves it behind. Unquoting only ever shortens: it is done in place.
static bool parse_word(char **in, struct word *word, struct parse_error *error)
{
	char *from = *in, *to = from, *equals = NULL;
	bool key = true; // all so far could be a key

	*word = (struct word){ .text = to };
	while (*from && !is_blank(*from)) {
		if (*from == '"') {
			key = false;
			for (from++; *from != '"'; from++) {
				if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
					from++;
				if (!*from)
					return parse_fail(error,
							  "a quote is not closed: expected \" "
							  "before the end of the line");
				*to++ = *from;
			}
			from++;
			continue;
		}
		if (*from == '=' && key && to > word->text && !equals)
			equals = to;
		else if (!is_key_letter(*from))
			key = key && equals;
		*to++ = *from++;
	}
	*in = *from ? from + 1 : from;
	*to = '\0';
	if (equals) {
		*equals = '\0';
		word->value = equals + 1;
	}
	return true;
}

bool parse_words(char *line, struct word words[PARSE_WORDS_MAX], size_t *count,
		 struct parse_error *error)
{
	char *in = line;

	*count = 0;
	for (;;) {
		while (is_blank(*in))
			in++;
		if (!*in || *in == '#')
			return true;
		if (*count == PARSE_WORDS_MAX)
			return parse_fail(error, "the line has more than %d words",
					  PARSE_WORDS_MAX);
		if (!parse_word(&in, &words[*count], error))
			return false;
		++*count;
	}
}

bool parse_number(const char *text, const char *what, int64_t min, int64_t max, int64_t *number,
		  struct parse_error *error)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	unsigned __int128 value = 0;

	digits += hex ? 2 : 0;
	if (!*digits)
		return parse_fail(error, "%s \"%s\" is not a number", what, text);
	for (; *digits; digits++) {
		if (!(hex ? isxdigit((unsigned char)*digits) : isdigit((unsigned char)*digits)))
			return parse_fail(error, "%s \"%s\" is not a number; expected %lld to %lld",
					  what, text, (long long)min, (long long)max);
		value = value * (hex ? 16 : 10) + (unsigned)(isdigit((unsigned char)*digits) ?
								     *digits - '0' :
								     (*digits | 0x20) - 'a' + 10);
		if (value > INT64_MAX)
			value = (unsigned __int128)INT64_MAX +
				1; // stays out of range, cannot overflow
	}
	__int128 result = text[0] == '-' ? -(__int128)value : (__int128)value;

	if (result < min || result > max)
		return parse_fail(error, "%s %s is out of range; expected %lld to %lld", what, text,
				  (long long)min, (long long)max);
	*number = (int64_t)result;
	return true;
}

struct unit {
	const char *name;
	int64_t factor;
};

// A number with up to nine decimals and a unit. -1: no number, -2: no or unknown unit, -3: too big.
static int parse_quantity(const char *text, const struct unit *units, int64_t *result)
{
	int64_t whole = 0, decimals = 0, scale = 1, part;
	const char *in = text;

	if (!isdigit((unsigned char)*in))
		return -1;
	for (; isdigit((unsigned char)*in); in++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *in - '0', &whole))
			return -3;
	if (*in == '.') {
		in++;
		if (!isdigit((unsigned char)*in))
			return -1;
		for (; isdigit((unsigned char)*in); in++) {
			if (scale < 1000000000) {
				decimals = decimals * 10 + (*in - '0');
				scale *= 10;
			}
		}
	}
	for (; units->name; units++) {
		if (strcmp(units->name, in) != 0)
			continue;
		part = (int64_t)((__int128)decimals * units->factor / scale);
		if (__builtin_mul_overflow(whole, units->factor, &whole) ||
		    __builtin_add_overflow(whole, part, result))
			return -3;
		return 0;
	}
	return -2;
}

bool parse_time_ns(const char *text, const char *what, int64_t *time_ns, struct parse_error *error)
{
	static const struct unit units[] = {
		{ "ns", 1 },	     { "us", 1000 },	     { "ms", 1000000 },
		{ "s", 1000000000 }, { "min", 60000000000 }, { "h", 3600000000000 },
		{ NULL, 0 },
	};

	switch (parse_quantity(text, units, time_ns)) {
	case 0:
		return true;
	case -3:
		return parse_fail(error, "%s %s is too long: at most 292 years can be counted",
				  what, text);
	default:
		return parse_fail(
			error,
			"%s \"%s\" is not a time; expected a number and its unit, such as "
			"100ms or 5s (units: ns us ms s min h)",
			what, text);
	}
}

bool parse_size(const char *text, const char *what, size_t max, size_t *size,
		struct parse_error *error)
{
	static const struct unit units[] = {
		{ "B", 1 },	   { "kB", 1000 },     { "KiB", 1024 },
		{ "MB", 1000000 }, { "MiB", 1 << 20 }, { NULL, 0 },
	};
	int64_t result = 0;
	int problem = parse_quantity(text, units, &result);

	if (problem == -3 || (problem == 0 && result > (int64_t)max))
		return parse_fail(error, "%s %s is too big; expected at most %zuB", what, text,
				  max);
	if (problem != 0)
		return parse_fail(
			error,
			"%s \"%s\" is not a size; expected a number and its unit, such as "
			"1000B or 64KiB (units: B kB KiB MB MiB)",
			what, text);
	*size = (size_t)result;
	return true;
}

bool address_fail(const char *text, struct parse_error *error)
{
	return parse_fail(error,
			  "\"%s\" is not an address; expected ADDR or ADDR:PORT such as 192.0.2.1, "
			  "192.0.2.1:5000, 2001:db8::1 or [2001:db8::1]:5000",
			  text);
}

static bool parse_address6(const char *text, uint16_t port, struct address *address)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	char *scope;

	if (strlen(text) >= sizeof(host))
		return false;
	memcpy(host, text, strlen(text) + 1);
	scope = strchr(host, '%');
	if (scope)
		*scope++ = '\0';
	address->in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	address->length = sizeof(address->in6);
	if (scope) {
		struct parse_error unused = { 0 };
		int64_t index = if_nametoindex(scope);

		if (index == 0 && !parse_number(scope, "scope", 1, UINT32_MAX, &index, &unused))
			return false;
		address->in6.sin6_scope_id = (uint32_t)index;
	}
	return inet_pton(AF_INET6, host, &address->in6.sin6_addr) == 1;
}

static bool parse_address4(const char *text, uint16_t port, struct address *address)
{
	address->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	address->length = sizeof(address->in);
	return inet_pton(AF_INET, text, &address->in.sin_addr) == 1;
}

static bool parse_address_special(const char *text, uint16_t port, struct address *address,
				  struct parse_error *error)
{
	int64_t family = 0;

	parse_address4("192.0.2.1", port, address);
	if (strcmp(text, "@null") == 0) {
		address->pointer = NULL;
		return true;
	}
	if (strcmp(text, "@bad") == 0) {
		address->pointer = BAD_POINTER;
		return true;
	}
	if (strcmp(text, "@edge") == 0) {
		address->pointer = address_edge();
		return address->pointer || parse_fail(error, "no memory for @edge");
	}
	if (strncmp(text, "@family:", 8) == 0) {
		if (!parse_number(text + 8, "family", 0, UINT16_MAX, &family, error))
			return false;
		address->any.sa_family = (sa_family_t)family;
		return true;
	}
	return parse_fail(error,
			  "\"%s\" is no special address; expected @null, @bad, @edge or @family:N",
			  text);
}

bool parse_address(const char *text, uint16_t port, struct address *address,
		   struct parse_error *error)
{
	const char *colon = strchr(text, ':'), *close;
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	const char *whole = text, *port_text = NULL;
	int64_t number = port;
	size_t length = strlen(text);

	*address = (struct address){ .pointer = &address->any };
	if (text[0] == '@')
		return parse_address_special(text, port, address, error);
	if (text[0] == '[') {
		close = strchr(text, ']');
		if (!close || (close[1] != '\0' && close[1] != ':'))
			return address_fail(whole, error);
		port_text = close[1] ? close + 2 : NULL;
		text++;
		length = (size_t)(close - text);
	} else if (colon && colon == strrchr(text, ':')) {
		port_text = colon + 1;
		length = (size_t)(colon - text);
	}
	if (length >= sizeof(host))
		return address_fail(whole, error);
	memcpy(host, text, length);
	host[length] = '\0';
	if (port_text && !parse_number(port_text, "port", 0, UINT16_MAX, &number, error))
		return false;
	if (strchr(host, ':') ? !parse_address6(host, (uint16_t)number, address) :
				!parse_address4(host, (uint16_t)number, address))
		return address_fail(whole, error);
	return true;
}

size_t address_format(const struct sockaddr *address, char *text)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	char scope[16] = "";

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in, address, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(in.sin_port));
		return sizeof(in);
	case AF_INET6:
		memcpy(&in6, address, sizeof(in6));
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
			inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], host, sizeof(host));
			snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(in6.sin6_port));
			return sizeof(in6);
		}
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		// The kernel gives the interface's index with any address; it matters only here.
		if (in6.sin6_scope_id && IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
			snprintf(scope, sizeof(scope), "%%%u", in6.sin6_scope_id);
		snprintf(text, ADDRESS_TEXT, "[%s%s]:%u", host, scope, ntohs(in6.sin6_port));
		return sizeof(in6);
	default:
		snprintf(text, ADDRESS_TEXT, "family:%u", address->sa_family);
		return 0;
	}
}
