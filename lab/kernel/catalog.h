// SPDX-License-Identifier: GPL-2.0-only
// All kernels that there are or could be, with what is known of each.
#ifndef LAB_KERNEL_CATALOG_H
#define LAB_KERNEL_CATALOG_H

#include "lab/launch/kernels.h"

#include <stdint.h>

struct catalog_entry {
	char *name;
	struct kernel kernel; /* filled in when it is ready */
	bool ready;
	bool there;    /* there is a folder for it, or it is this machine's own */
	char *version; /* "6.12.117", or NULL when that is not known */
	char *source;  /* what it was built from, or NULL */
	int64_t hz;    /* ticks a second, 0 when that is not known */
	int64_t bytes; /* of the kernel's file; 0 for this machine's own */
	char *why;     /* one sentence, why it is not ready; else NULL */
	char *cure;    /* the command that makes it ready, or NULL when it is, or `why` tells */
};

struct catalog {
	struct catalog_entry *
		entries; /* (owned) with their strings: known guests, others by name, this machine's own */
	size_t n;
};

void catalog_read(struct catalog *catalog);
/* The same of these names alone; one that is no kernel has its sentence in `why`. */
void catalog_read_names(struct catalog *catalog, char *const *names, size_t n);
void catalog_free(struct catalog *catalog);

#endif
