// SPDX-License-Identifier: GPL-2.0-only Fields of kernel structs as data: where they are, what they
// mean, how they are written in JSON and read from text. Socket options and notifications are lists
// of them.
#ifndef CCLIENT_FIELDS_H
#define CCLIENT_FIELDS_H

#include "names.h"
#include "parse.h"

#include <jansson.h>

enum field_type {
	FIELD_NUMBER,  // unsigned, 1, 2, 4 or 8 bytes
	FIELD_SIGNED,  // 4 bytes
	FIELD_NAME,    // a number with a name
	FIELD_FLAGS,   // bits with names
	FIELD_CAUSE,   // an error cause in network byte order, in 2 bytes or widened to 4
	FIELD_NETWORK, // 2 or 4 bytes in network byte order
	FIELD_ADDRESS, // struct sockaddr_storage
	FIELD_LIST,    // elements of `size` bytes up to the end of the struct, named or numbers
	FIELD_TEXT,    // characters up to the end of the struct
	FIELD_BYTES,   // bytes up to the end of the struct, in hexadecimal
};

enum field_role {
	ROLE_PLAIN,
	ROLE_MAIN,  // the one meant when a value is given without a field's name
	ROLE_ASSOC, // the association id
	ROLE_KEY,   // says what is asked for (an address, a stream)
	ROLE_COUNT, // the number of elements of the list at the end
};

struct field {
	const char *name;
	unsigned short offset;
	unsigned char size;	  // bytes; of one element for lists
	unsigned char type;	  // enum field_type
	unsigned char role;	  // enum field_role
	const struct name *names; // or NULL
};

// The field's value out of a struct of which `length` bytes are there; NULL when the field is not
// among them. (owned by the caller)
json_t *field_json(const struct field *field, const void *base, size_t length);

// Writes a text into the field. `room` is what the struct may grow to; a list or text at the end
// sets *length to the end of its last element. `count` is the field with ROLE_COUNT, or NULL.
bool field_parse(const struct field *field, const struct field *count, const char *text, void *base,
		 size_t room, size_t *length, struct parse_error *error);

// An unsigned number of 1, 2, 4 or 8 bytes.
unsigned long long field_get(const struct field *field, const void *base);
void field_set(const struct field *field, void *base, unsigned long long value);

#endif
