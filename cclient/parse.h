// SPDX-License-Identifier: GPL-2.0-only
// Words, numbers, units and addresses of the command language. Nothing here calls the kernel, but
// that an interface's name in a scope (fe80::1%eth0) is looked up.
#ifndef CCLIENT_PARSE_H
#define CCLIENT_PARSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PARSE_WORDS_MAX 64

// Why a text was not understood: one sentence without a full stop.
struct parse_error {
	char text[512];
};

// Writes the sentence and returns false.
bool parse_fail(struct parse_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// A word of a line. `value` is what follows the "=" of KEY=VALUE, where `text` is then the key
// alone; NULL for a plain word.
struct word {
	char *text;
	char *value;
};

// Splits a line in place: blanks separate, "..." quotes with \" and \\, # at the start of a word
// begins a comment. *count may come out as 0.
bool parse_words(char *line, struct word words[PARSE_WORDS_MAX], size_t *count,
		 struct parse_error *error);

// A decimal or 0x hexadecimal number. `what` names it in the error.
bool parse_number(const char *text, const char *what, int64_t min, int64_t max, int64_t *number,
		  struct parse_error *error);

// A time with its unit (ns us ms s min h), fractions allowed, 0 to about 292 years.
bool parse_time_ns(const char *text, const char *what, int64_t *time_ns, struct parse_error *error);

// A size with its unit (B kB KiB MB MiB), 0 to max bytes.
bool parse_size(const char *text, const char *what, size_t max, size_t *size,
		struct parse_error *error);

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage storage;
	};
	socklen_t length;
	// What is passed to the kernel: &storage, or for @null, @bad and @edge a pointer that it
	// cannot read, or not as far as it has to.
	const struct sockaddr *pointer;
};

// ADDR or ADDR:PORT; `port` is for one without. Also @null, @bad, @edge (pointers that give EFAULT)
// and @family:N (an address of family N that is otherwise 192.0.2.1).
bool parse_address(const char *text, uint16_t port, struct address *address,
		   struct parse_error *error);

#define ADDRESS_TEXT 80 // enough for "[IPv6%scope]:PORT"

// @edge: an IPv4 address of which the second half lies behind the end of what is mapped. Its family can
// be read, by libsctp for one; the kernel, which copies all of it, says EFAULT. NULL: no memory.
struct sockaddr *address_edge(void);

// The sentence for a text that is no address. Returns false.
bool address_fail(const char *text, struct parse_error *error);

// "192.0.2.1:5000" or "[2001:db8::1]:5000" into text[ADDRESS_TEXT]. An IPv4 address mapped into
// IPv6 is written as the IPv4 address it is. Returns the bytes the address occupies in a packed
// list, 0 for a family that has none.
size_t address_format(const struct sockaddr *address, char *text);

#endif
