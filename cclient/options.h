// SPDX-License-Identifier: GPL-2.0-only
// The socket options, as data.
#ifndef CCLIENT_OPTIONS_H
#define CCLIENT_OPTIONS_H

#include "fields.h"

#define OPTION_ROOM 4096 // bytes: the longest value that is read or written

enum option_flags {
	OPTION_OPT_INFO = 1,   // read through sctp_opt_info(3), which knows only the older ones
	OPTION_WRITE_ONLY = 2, // cannot be read: nothing is kept of fields that are not given
	OPTION_READ_ONLY = 4,
	OPTION_VARIABLE = 8, // a list or a text of any length at the end
	OPTION_TIME = 16,    // struct timeval, also given as a time with its unit
	OPTION_ERRNO = 32,   // the value is an errno
};

struct option_spec {
	const char *name;
	int level, number;
	unsigned short size;	    // of the struct, without what is variable at its end
	unsigned short flags;	    // enum option_flags
	const struct field *fields; // ends with a NULL name
};

extern const struct option_spec option_table[];	       // ends with a NULL name
extern const struct option_spec option_socket_table[]; // SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6

// The option of that name; NULL, with the nearest name in the error, when there is none.
const struct option_spec *option_find(const char *name, struct parse_error *error);

// Fields of an option: by name, or the first with that role; NULL when there is none.
const struct field *option_field(const struct option_spec *option, const char *name);
const struct field *option_role(const struct option_spec *option, enum field_role role);

// The value as JSON: a number for an option of one number, or an object of the fields.
json_t *option_json(const struct option_spec *option, const void *value, size_t length);

#endif
