// SPDX-License-Identifier: GPL-2.0-only
// libnftables by dlopen(3): Debian has no static archive of it, and most scenarios need no rule, so most runs do not pay
// for loading it.
#include "lab/agent/nft.h"

#include "lab/agent/prefault.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct nft_ctx;

static struct {
	struct nft_ctx *(*ctx_new)(unsigned flags);
	void (*ctx_free)(struct nft_ctx *);
	int (*buffer_error)(struct nft_ctx *);
	const char *(*get_error)(struct nft_ctx *);
	int (*buffer_output)(struct nft_ctx *);
	int (*run)(struct nft_ctx *, const char *);
} nft;

/*
 * libnftables keeps hash tables of 128 KiB for each nftables table and sets up all of each, on a heap of its own C
 * library: 200 page faults, unless they are foreseen. Its parser wants much of the stack.
 */
static void prefault_heap(void *library)
{
	enum { HEAP = 900 * 1024, STACK = 100 * 1024 };
	void *(*allocate)(size_t) = dlsym(library, "malloc");
	void (*release)(void *) = dlsym(library, "free");
	void *first;

	if (!allocate || !release)
		return;
	first = allocate(1);
	prefault(first, HEAP);
	prefault((char *)__builtin_frame_address(0) - STACK, STACK);
	release(first);
}

static bool load(char *why, size_t size)
{
	static const struct {
		const char *name;
		void **function;
	} symbols[] = {
		{ "nft_ctx_new", (void **)&nft.ctx_new },
		{ "nft_ctx_free", (void **)&nft.ctx_free },
		{ "nft_ctx_buffer_error", (void **)&nft.buffer_error },
		{ "nft_ctx_get_error_buffer", (void **)&nft.get_error },
		{ "nft_ctx_buffer_output", (void **)&nft.buffer_output },
		{ "nft_run_cmd_from_buffer", (void **)&nft.run },
	};
	void *library;

	if (nft.run)
		return true;
	library = dlopen("libnftables.so.1", RTLD_LAZY);
	if (!library) {
		snprintf(
			why, size,
			"libnftables is needed for this fault: %s (install the package libnftables1)",
			dlerror());
		return false;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		*symbols[i].function = dlsym(library, symbols[i].name);
		if (!*symbols[i].function) {
			snprintf(why, size, "libnftables has no function %s", symbols[i].name);
			nft.run = NULL;
			return false;
		}
	}
	prefault_heap(library);
	return true;
}

int nft_run(const char *commands, char *why, size_t size)
{
	struct nft_ctx *context;
	int result;

	if (!load(why, size))
		return -1;
	/* A context holds a netlink socket of the namespace it was made in: one for each call. */
	context = nft.ctx_new(0);
	if (!context) {
		snprintf(why, size, "libnftables cannot start");
		return -1;
	}
	nft.buffer_error(context);
	nft.buffer_output(context);
	result = nft.run(context, commands);
	if (result) {
		snprintf(why, size, "nftables: %s", nft.get_error(context));
		why[strcspn(why, "\n")] = '\0';
	}
	nft.ctx_free(context);
	return result ? -1 : 0;
}
