// SPDX-License-Identifier: GPL-2.0-only
// Fields of kernel structs to JSON and from text.
#include "fields.h"

#include "output.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A number of the machine's own byte order, as the kernel's structs have them.
union number {
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
};

static unsigned long long number_get(const void *at, size_t size)
{
	union number number;

	memcpy(&number, at, size);
	switch (size) {
	case 1:
		return number.one;
	case 2:
		return number.two;
	case 4:
		return number.four;
	default:
		return number.eight;
	}
}

static void number_set(void *at, size_t size, unsigned long long value)
{
	union number number;

	switch (size) {
	case 1:
		number.one = (uint8_t)value;
		break;
	case 2:
		number.two = (uint16_t)value;
		break;
	case 4:
		number.four = (uint32_t)value;
		break;
	default:
		number.eight = value;
	}
	memcpy(at, &number, size);
}

unsigned long long field_get(const struct field *field, const void *base)
{
	return number_get((const char *)base + field->offset, field->size);
}

void field_set(const struct field *field, void *base, unsigned long long value)
{
	number_set((char *)base + field->offset, field->size, value);
}

static json_t *name_json(const struct name *names, unsigned long long value)
{
	const char *name = names ? names_find(names, (long)value) : NULL;

	return name ? json_string_nocheck(name) : json_integer((json_int_t)value);
}

// Each bit by its name; bits without one as a number at the end.
static json_t *flags_json(const struct name *names, unsigned long long value)
{
	json_t *list = json_array();

	for (; names->name; names++) {
		unsigned long long bits = (unsigned long long)names->value;

		if (bits != 0 && (value & bits) == bits) {
			json_array_append_new(list, json_string_nocheck(names->name));
			value &= ~bits;
		}
	}
	if (value)
		json_array_append_new(list, json_integer((json_int_t)value));
	return list;
}

static json_t *bytes_json(const unsigned char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * length + 1);
	json_t *string;

	if (!text)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * length] = '\0';
	string = json_string_nocheck(text);
	free(text);
	return string;
}

static json_t *text_json(const char *bytes, size_t length)
{
	char *text = strndup(bytes, length);
	json_t *string = text ? output_string(text) : NULL;

	free(text);
	return string;
}

json_t *field_json(const struct field *field, const void *base, size_t length)
{
	const char *at = (const char *)base + field->offset;
	struct sockaddr_storage storage;
	char text[ADDRESS_TEXT];
	json_t *list;

	switch (field->type) {
	case FIELD_LIST:
		list = json_array();
		for (size_t end = field->offset + field->size; end <= length;
		     end += field->size, at += field->size)
			json_array_append_new(list,
					      name_json(field->names, number_get(at, field->size)));
		return list;
	case FIELD_TEXT:
		return text_json(at, length > field->offset ? length - field->offset : 0);
	case FIELD_BYTES:
		return bytes_json((const unsigned char *)at,
				  length > field->offset ? length - field->offset : 0);
	}
	if (length < (size_t)field->offset + field->size)
		return NULL;
	switch (field->type) {
	case FIELD_ADDRESS:
		memcpy(&storage, at, sizeof(storage));
		if (storage.ss_family == AF_UNSPEC)
			return json_null();
		address_format((const struct sockaddr *)&storage, text);
		return json_string_nocheck(text);
	case FIELD_SIGNED:
		return json_integer((int)number_get(at, field->size));
	case FIELD_NAME:
		return name_json(field->names, number_get(at, field->size));
	case FIELD_FLAGS:
		return flags_json(field->names, number_get(at, field->size));
	case FIELD_CAUSE:
		return json_integer(ntohs((uint16_t)number_get(at, field->size)));
	case FIELD_NETWORK:
		return json_integer(field->size == 2 ? ntohs((uint16_t)number_get(at, 2)) :
						       ntohl((uint32_t)number_get(at, 4)));
	default:
		return json_integer((json_int_t)number_get(at, field->size));
	}
}

// A name of the list, or a number that fits.
static bool parse_name(const struct field *field, const char *text, size_t size,
		       unsigned long long *value, struct parse_error *error)
{
	int64_t max = size >= 8 ? INT64_MAX : (1LL << (8 * size)) - 1;
	struct nearest nearest;
	int64_t number;
	long named;

	if (field->names && names_value(field->names, text, &named)) {
		*value = (unsigned long long)named;
		return true;
	}
	if (field->names && (text[0] < '0' || text[0] > '9')) {
		nearest_start(&nearest, text);
		nearest_offer_list(&nearest, field->names);
		return parse_fail(
			error, "%s \"%s\" is not known; expected a name such as %s, or a number%s",
			field->name, text, field->names->name, nearest_hint(&nearest));
	}
	if (!parse_number(text, field->name, 0, max, &number, error))
		return false;
	*value = (unsigned long long)number;
	return true;
}

// Items separated by `separator`, each cut out into `item` (of 64 bytes). False at the end.
static bool next_item(const char **text, const char *separator, char *item)
{
	size_t length = strcspn(*text, separator);

	if (!**text)
		return false;
	snprintf(item, 64, "%.*s", (int)length, *text);
	*text += length + ((*text)[length] != '\0');
	return true;
}

static bool parse_list(const struct field *field, const struct field *count, const char *text,
		       void *base, size_t room, size_t *length, struct parse_error *error)
{
	size_t end = field->offset;
	unsigned long long value = 0;
	char item[64];

	for (unsigned long long items = 1; next_item(&text, ",", item); items++) {
		if (!parse_name(field, item, field->size, &value, error))
			return false;
		if (end + field->size > room)
			return parse_fail(error, "%s has too many elements", field->name);
		number_set((char *)base + end, field->size, value);
		end += field->size;
		if (count)
			field_set(count, base, items);
	}
	*length = end;
	return true;
}

bool field_parse(const struct field *field, const struct field *count, const char *text, void *base,
		 size_t room, size_t *length, struct parse_error *error)
{
	char *at = (char *)base + field->offset;
	unsigned long long value = 0, bits = 0;
	struct address address;
	char item[64];
	int64_t number;

	switch (field->type) {
	case FIELD_ADDRESS:
		if (!parse_address(text, 0, &address, error))
			return false;
		memcpy(at, &address.storage, sizeof(address.storage));
		return true;
	case FIELD_LIST:
		return parse_list(field, count, text, base, room, length, error);
	case FIELD_TEXT:
	case FIELD_BYTES:
		if (field->offset + strlen(text) > room)
			return parse_fail(error, "%s is too long; expected at most %zu characters",
					  field->name, room - field->offset);
		*length = field->offset + strlen(text);
		// The kernel takes the length, and no NUL at the end.
		memcpy(at, text, *length - field->offset);
		if (count)
			field_set(count, base, strlen(text));
		return true;
	case FIELD_FLAGS:
		while (next_item(&text, "|,", item)) {
			if (!parse_name(field, item, field->size, &bits, error))
				return false;
			value |= bits;
		}
		field_set(field, base, value);
		return true;
	case FIELD_SIGNED:
		if (!parse_number(text, field->name, INT32_MIN, INT32_MAX, &number, error))
			return false;
		field_set(field, base, (unsigned long long)number);
		return true;
	case FIELD_NETWORK:
		if (!parse_number(text, field->name, 0, field->size == 2 ? UINT16_MAX : UINT32_MAX,
				  &number, error))
			return false;
		field_set(field, base,
			  field->size == 2 ? htons((uint16_t)number) : htonl((uint32_t)number));
		return true;
	case FIELD_CAUSE:
		return parse_fail(error, "%s cannot be set", field->name);
	default:
		if (!parse_name(field, text, field->size, &value, error))
			return false;
		field_set(field, base, value);
		return true;
	}
}
