// SPDX-License-Identifier: GPL-2.0-only
// Lists of addresses as bindx and connectx take them, and pointers to none.
#ifndef CCLIENT_ADDRESS_LIST_H
#define CCLIENT_ADDRESS_LIST_H

#include "parse.h"

#define LIST_ITEMS_MAX	   64	  // words between commas
#define LIST_ADDRESSES_MAX 400000 // with ADDR*N; 4 MiB are 262144 IPv4 addresses

// The first page is never mapped (vm.mmap_min_addr), so no kernel and no library can read there.
#define BAD_POINTER ((struct sockaddr *)(uintptr_t)16)

// Addresses packed one after another, each of its own length: RFC 6458 9.1. All zero is none.
struct address_list {
	unsigned char *bytes; // (owned)
	size_t size;	      // bytes in use
	int count;
	size_t items;		  // words it was written with
	struct sockaddr *pointer; // bytes, or for @null, @bad and @edge what nobody can read whole
};

// ADDR[:PORT] or ADDR[:PORT]*N (N addresses, each one more than the one before), separated by commas;
// or @null, @bad or @edge alone; or @empty, a list of none. To be freed also after false.
bool parse_address_list(const char *text, uint16_t port, struct address_list *list,
			struct parse_error *error);

void address_list_free(struct address_list *list);

// Whether the bytes of the list are there to be shown.
bool address_list_readable(const struct address_list *list);

// Whether a library in this process can step through the list, for which it reads the families.
bool address_list_walkable(const struct address_list *list);

#endif
