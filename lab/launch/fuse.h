// SPDX-License-Identifier: GPL-2.0-only
// Answers to FUSE requests (<linux/fuse.h>) for this machine's root, read-only.
#ifndef LAB_LAUNCH_FUSE_H
#define LAB_LAUNCH_FUSE_H

#include <stddef.h>

struct fuse_tree;

/* NULL without memory. */
struct fuse_tree *fuse_tree_new(void);
void fuse_tree_free(struct fuse_tree *tree);

/*
 * Answers a request of so many bytes, at a place for 64-bit numbers, which need not be a good one: it comes from the guest. What the guest may
 * read is what this process may. No file is changed, no device, pipe or socket opened. The answer is at most `room` bytes, of which
 * there are FUSE_ROOM_MIN; its length is given back, 0 for none.
 */
size_t fuse_answer(struct fuse_tree *tree, const void *request, size_t length, void *answer,
		   size_t room);

enum { FUSE_READ_MAX = 1 << 17, FUSE_ROOM_MIN = FUSE_READ_MAX + 4096 };

#endif
