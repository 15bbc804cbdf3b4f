// SPDX-License-Identifier: GPL-2.0-only
// The bell between a guest's kernel and the answers to what it asks of this machine's root.
#include "lab/launch/host_root.h"

#include "lab/launch/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PIPE_BYTES = 4096,	   /* a page, and so one write (pipe(7), O_DIRECT) */
	MOMENT_NS = 300000,	   /* a program that starts asks again and again */
	REQUESTS_AT_A_TIME = 4096, /* others are to have their turn */
};

struct host_root {
	struct mailbox_files *files;
	struct fuse_tree *tree; /* (owned) */
	int bell_fd;
	bool answered; /* the next byte is the one that waited for the answer */
	_Alignas(uint64_t) unsigned char request[MAILBOX_FILES_ROOM];
};

struct host_root *host_root_open(struct mailbox_files *files, int *bell_fd)
{
	struct host_root *root = calloc(1, sizeof(*root));
	int ends[2] = { -1, -1 };

	if (!root)
		return NULL;
	root->files = files;
	root->tree = fuse_tree_new();
	if (!root->tree || pipe2(ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK) ||
	    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < 0) {
		if (ends[1] >= 0)
			close(ends[1]);
		root->bell_fd = ends[0];
		host_root_close(root);
		return NULL;
	}
	root->bell_fd = ends[0];
	*bell_fd = ends[1];
	return root;
}

int host_root_fd(const struct host_root *root)
{
	return root->bell_fd;
}

static void answer(struct host_root *root)
{
	uint64_t length = ((const volatile struct mailbox_files *)root->files)->asked;

	if (length > sizeof(root->request))
		length = 0;
	/* a copy: the guest can write to its own meanwhile */
	memcpy(root->request, root->files->request, length);
	root->files->answered = fuse_answer(root->tree, root->request, length, root->files->answer,
					    sizeof(root->files->answer));
	atomic_thread_fence(memory_order_seq_cst);
}

static bool wait_for_bell(const struct host_root *root)
{
	struct pollfd bell = { .fd = root->bell_fd, .events = POLLIN };

	return ppoll(&bell, 1, &(struct timespec){ .tv_nsec = MOMENT_NS }, NULL) > 0 &&
	       bell.revents & POLLIN;
}

bool host_root_serve(struct host_root *root)
{
	bool any = false;
	char byte;

	for (int i = 0; i < REQUESTS_AT_A_TIME && wait_for_bell(root); i++) {
		any = true;
		if (!root->answered)
			answer(root);
		root->answered = !root->answered;
		if (read(root->bell_fd, &byte, 1) != 1)
			break;
	}
	return any;
}

void host_root_close(struct host_root *root)
{
	if (!root)
		return;
	if (root->bell_fd >= 0)
		close(root->bell_fd);
	fuse_tree_free(root->tree);
	free(root);
}
