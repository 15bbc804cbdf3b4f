// SPDX-License-Identifier: GPL-2.0-only
// Lists of addresses: words into the packed form, and the pointers that give EFAULT.
#include "address_list.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct sockaddr *address_edge(void)
{
	static unsigned char *pages; // both as long as the program lives
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(5000) };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), readable = sizeof(address) / 2;

	if (!pages) {
		void *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			return NULL;
		if (mprotect((unsigned char *)map + page, page, PROT_NONE)) {
			munmap(map, 2 * page);
			return NULL;
		}
		pages = map;
		inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
		memcpy(pages + page - readable, &address, readable);
	}
	return (struct sockaddr *)(pages + page - readable);
}

// The address as a number, or the last four bytes of an IPv6 one.
static void add_one(struct address *address)
{
	uint32_t number, *place = address->any.sa_family == AF_INET6 ?
					  &address->in6.sin6_addr.s6_addr32[3] :
					  &address->in.sin_addr.s_addr;

	number = ntohl(*place) + 1;
	*place = htonl(number);
}

// Megabytes of addresses are a thousand page faults, dear in a User-Mode Linux guest: better all at once.
static void populate(unsigned char *bytes, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)bytes & -page;

	if (size > page)
		madvise((void *)from, (uintptr_t)bytes + size - from, MADV_POPULATE_WRITE);
}

static bool append(struct address_list *list, struct address *address, int64_t times,
		   struct parse_error *error)
{
	unsigned char *bytes;

	if (list->count + times > LIST_ADDRESSES_MAX)
		return parse_fail(error, "more than %d addresses", LIST_ADDRESSES_MAX);
	bytes = realloc(list->bytes, list->size + (size_t)times * address->length);
	if (!bytes)
		return parse_fail(error, "no memory for so many addresses");
	list->bytes = bytes;
	populate(bytes + list->size, (size_t)times * address->length);
	for (; times > 0; times--) {
		memcpy(list->bytes + list->size, &address->storage, address->length);
		list->size += address->length;
		list->count++;
		add_one(address);
	}
	list->pointer = (struct sockaddr *)list->bytes;
	return true;
}

static bool append_item(struct address_list *list, char *item, uint16_t port,
			struct parse_error *error)
{
	char *star = strrchr(item, '*');
	struct address address;
	int64_t times = 1;

	if (star) {
		*star = '\0';
		if (!parse_number(star + 1, "the number of addresses", 1, LIST_ADDRESSES_MAX,
				  &times, error))
			return false;
	}
	if (!parse_address(item, port, &address, error))
		return false;
	if (address.pointer != &address.any)
		return parse_fail(error, "%s can only stand for the whole list", item);
	if (++list->items > LIST_ITEMS_MAX)
		return parse_fail(error, "more than %d addresses; ADDR*N makes long lists",
				  LIST_ITEMS_MAX);
	return append(list, &address, times, error);
}

// @null, @bad and @edge as lists of one IPv4 address.
static bool set_pointer(struct address_list *list, struct sockaddr *pointer)
{
	list->pointer = pointer;
	list->size = sizeof(struct sockaddr_in);
	list->count = 1;
	return true;
}

bool parse_address_list(const char *text, uint16_t port, struct address_list *list,
			struct parse_error *error)
{
	char item[ADDRESS_TEXT];

	*list = (struct address_list){ 0 };
	if (strcmp(text, "@null") == 0)
		return set_pointer(list, NULL);
	if (strcmp(text, "@bad") == 0)
		return set_pointer(list, BAD_POINTER);
	if (strcmp(text, "@edge") == 0)
		return (set_pointer(list, address_edge()) && list->pointer) ||
		       parse_fail(error, "no memory for @edge");
	if (strcmp(text, "@empty") == 0) {
		// libsctp and the kernel get a pointer that is good, to nothing.
		const size_t size = sizeof(struct sockaddr_in);

		list->bytes = calloc(size, sizeof(*list->bytes));
		list->pointer = (struct sockaddr *)list->bytes;
		return list->bytes || parse_fail(error, "no memory for @empty");
	}
	for (;;) {
		size_t length = strcspn(text, ",");

		if (length == 0)
			return parse_fail(error, "an address is missing; expected ADDR[:PORT],...");
		if (length >= sizeof(item))
			return address_fail(text, error);
		memcpy(item, text, length);
		item[length] = '\0';
		if (!append_item(list, item, port, error))
			return false;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

void address_list_free(struct address_list *list)
{
	free(list->bytes);
	*list = (struct address_list){ 0 };
}

bool address_list_readable(const struct address_list *list)
{
	return list->bytes;
}

bool address_list_walkable(const struct address_list *list)
{
	return list->pointer && list->pointer != BAD_POINTER;
}
