// SPDX-License-Identifier: GPL-2.0-only
// A FUSE server of one tree, by paths. It keeps a number for each name that was ever asked for, and no file open but the last.
#include "lab/launch/fuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	NODES_MAX =
		1
		<< 20, /* a program that looks everywhere ends here, not with this machine's memory */
	MINOR = 31,    /* of the protocol: all that is needed, and older than both kernels */
	PAGES_MAX = FUSE_READ_MAX / 4096,
};

/* A run is over before what was once answered is asked for again. */
#define FOREVER_S (UINT64_C(10) * 365 * 24 * 3600)

struct node {
	uint64_t id;
	char path[];
};

struct fuse_tree {
	struct node **nodes; /* (owned) node i has the id i + 1; the first is the root */
	size_t n, size;
	void *by_path;	  /* tsearch(3) of the same */
	uint64_t open_id; /* whose file is open, 0 for none */
	int open_fd;
	uint64_t listed_id;	 /* whose entries are listed, 0 for none */
	struct dirent **entries; /* (owned) */
	int n_entries;
};

/* A request, and where its answer goes. */
struct call {
	const struct fuse_in_header *head;
	const void *body;
	size_t length; /* of the body */
	unsigned char *to;
	size_t room;
};

static int compare_paths(const void *one, const void *other)
{
	return strcmp(((const struct node *)one)->path, ((const struct node *)other)->path);
}

/* The number of a path, NULL without memory. */
static struct node *get_node(struct fuse_tree *tree, const char *path)
{
	struct node *node = malloc(sizeof(*node) + strlen(path) + 1), **known;

	if (!node)
		return NULL;
	strcpy(node->path, path);
	known = tfind(node, &tree->by_path, compare_paths);
	if (known) {
		free(node);
		return *known;
	}
	if (tree->n == tree->size) {
		size_t size = tree->size ? 2 * tree->size : 256;
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is */
		size_t bytes = size * sizeof(*tree->nodes);
		struct node **nodes = size > NODES_MAX ? NULL : realloc(tree->nodes, bytes);

		if (!nodes) {
			free(node);
			return NULL;
		}
		tree->nodes = nodes;
		tree->size = size;
	}
	node->id = tree->n + FUSE_ROOT_ID;
	if (!tsearch(node, &tree->by_path, compare_paths)) {
		free(node);
		return NULL;
	}
	tree->nodes[tree->n++] = node;
	return node;
}

struct fuse_tree *fuse_tree_new(void)
{
	struct fuse_tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return NULL;
	tree->open_fd = -1;
	if (get_node(tree, "/"))
		return tree;
	fuse_tree_free(tree);
	return NULL;
}

static void forget_list(struct fuse_tree *tree)
{
	for (int i = 0; i < tree->n_entries; i++)
		free(tree->entries[i]);
	free(tree->entries);
	tree->entries = NULL;
	tree->n_entries = 0;
	tree->listed_id = 0;
}

static void forget_file(struct fuse_tree *tree)
{
	if (tree->open_fd >= 0)
		close(tree->open_fd);
	tree->open_fd = -1;
	tree->open_id = 0;
}

static void keep_node(void *node)
{
	(void)node; /* the array's */
}

void fuse_tree_free(struct fuse_tree *tree)
{
	if (!tree)
		return;
	forget_list(tree);
	forget_file(tree);
	tdestroy(tree->by_path, keep_node);
	for (size_t i = 0; i < tree->n; i++)
		free(tree->nodes[i]);
	free(tree->nodes);
	free(tree);
}

static size_t give(const struct call *call, int error, size_t length)
{
	struct fuse_out_header head = { .len = sizeof(head) + (error ? 0 : (uint32_t)length),
					.error = -error,
					.unique = call->head->unique };

	memcpy(call->to, &head, sizeof(head));
	return head.len;
}

static size_t give_data(const struct call *call, const void *data, size_t length)
{
	memcpy(call->to + sizeof(struct fuse_out_header), data, length);
	return give(call, 0, length);
}

static void fill_attributes(const struct stat *status, struct fuse_attr *attributes)
{
	/* when a file was last read depends on who else reads: the time of its change stands for that */
	*attributes = (struct fuse_attr){
		.ino = status->st_ino,
		.size = status->st_size,
		.blocks = status->st_blocks,
		.atime = status->st_mtim.tv_sec,
		.mtime = status->st_mtim.tv_sec,
		.ctime = status->st_ctim.tv_sec,
		.atimensec = status->st_mtim.tv_nsec,
		.mtimensec = status->st_mtim.tv_nsec,
		.ctimensec = status->st_ctim.tv_nsec,
		.mode = status->st_mode,
		.nlink = status->st_nlink,
		.uid = status->st_uid,
		.gid = status->st_gid,
		.rdev = makedev(major(status->st_rdev), minor(status->st_rdev)),
		.blksize = status->st_blksize,
	};
}

static size_t give_init(const struct call *call)
{
	const uint32_t wanted = FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS | FUSE_CACHE_SYMLINKS |
				FUSE_MAX_PAGES | FUSE_NO_OPENDIR_SUPPORT;
	struct fuse_init_in in;
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
				     .minor = MINOR,
				     .max_readahead = FUSE_READ_MAX,
				     .max_write = 4096,
				     .max_pages = PAGES_MAX,
				     .time_gran = 1 };

	if (call->length < offsetof(struct fuse_init_in, flags) + sizeof(in.flags))
		return give(call, EPROTO, 0);
	memcpy(&in, call->body, offsetof(struct fuse_init_in, flags) + sizeof(in.flags));
	out.flags = in.flags & wanted;
	return give_data(call, &out, sizeof(out));
}

/* A name that is not there is an answer that can be kept too: an entry without a number. */
static size_t give_entry(struct fuse_tree *tree, const struct call *call, const struct node *folder)
{
	struct fuse_entry_out out = { .entry_valid = FOREVER_S, .attr_valid = FOREVER_S };
	const char *name = call->body;
	const struct node *node;
	char path[PATH_MAX];
	struct stat status;

	if (!call->length || name[call->length - 1] || !*name || strchr(name, '/') ||
	    !strcmp(name, ".") || !strcmp(name, ".."))
		return give(call, EINVAL, 0);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder->path[1] ? folder->path : "",
			     name) >= sizeof(path))
		return give(call, ENAMETOOLONG, 0);
	if (lstat(path, &status))
		return errno == ENOENT ? give_data(call, &out, sizeof(out)) : give(call, errno, 0);
	node = get_node(tree, path);
	if (!node)
		return give(call, ENOMEM, 0);
	out.nodeid = node->id;
	fill_attributes(&status, &out.attr);
	return give_data(call, &out, sizeof(out));
}

static size_t give_attributes(const struct call *call, const struct node *node)
{
	struct fuse_attr_out out = { .attr_valid = FOREVER_S };
	struct stat status;

	if (lstat(node->path, &status))
		return give(call, errno, 0);
	fill_attributes(&status, &out.attr);
	return give_data(call, &out, sizeof(out));
}

static size_t give_link(const struct call *call, const struct node *node)
{
	char target[PATH_MAX];
	ssize_t n = readlink(node->path, target, sizeof(target));

	return n < 0 ? give(call, errno, 0) : give_data(call, target, n);
}

/* Opens a regular file, and nothing that opening does something to; 0 or an errno. */
static int open_file(struct fuse_tree *tree, const struct node *node)
{
	struct stat status;
	int fd;

	if (tree->open_id == node->id)
		return 0;
	if (lstat(node->path, &status))
		return errno;
	if (!S_ISREG(status.st_mode))
		return EINVAL;
	fd = open(node->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	forget_file(tree);
	tree->open_fd = fd;
	tree->open_id = node->id;
	return 0;
}

static size_t give_open(struct fuse_tree *tree, const struct call *call, const struct node *node)
{
	struct fuse_open_out out = { .open_flags = FOPEN_KEEP_CACHE };
	int error = open_file(tree, node);

	return error ? give(call, error, 0) : give_data(call, &out, sizeof(out));
}

static size_t give_contents(struct fuse_tree *tree, const struct call *call,
			    const struct node *node)
{
	struct fuse_read_in in;
	ssize_t n;
	int error;

	if (call->length < sizeof(in))
		return give(call, EPROTO, 0);
	memcpy(&in, call->body, sizeof(in));
	if (in.size > FUSE_READ_MAX)
		return give(call, EINVAL, 0);
	error = open_file(tree, node);
	if (error)
		return give(call, error, 0);
	n = pread(tree->open_fd, call->to + sizeof(struct fuse_out_header), in.size,
		  (off_t)in.offset);
	return n < 0 ? give(call, errno, 0) : give(call, 0, n);
}

/* By their names, so that the order is the same whatever file system they are on. */
static int compare_entries(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static size_t give_list(struct fuse_tree *tree, const struct call *call, const struct node *node)
{
	unsigned char *to = call->to + sizeof(struct fuse_out_header);
	struct fuse_read_in in;
	size_t used = 0;

	if (call->length < sizeof(in))
		return give(call, EPROTO, 0);
	memcpy(&in, call->body, sizeof(in));
	if (in.size > FUSE_READ_MAX)
		in.size = FUSE_READ_MAX;
	if (tree->listed_id != node->id || !in.offset) {
		forget_list(tree);
		tree->n_entries = scandir(node->path, &tree->entries, NULL, compare_entries);
		if (tree->n_entries < 0) {
			tree->n_entries = 0;
			return give(call, errno, 0);
		}
		tree->listed_id = node->id;
	}
	for (uint64_t i = in.offset; i < (uint64_t)tree->n_entries; i++) {
		const struct dirent *entry = tree->entries[i];
		size_t name = strlen(entry->d_name),
		       whole = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + name);
		struct fuse_dirent head = { .ino = entry->d_ino,
					    .off = i + 1,
					    .namelen = (uint32_t)name,
					    .type = entry->d_type };

		if (used + whole > in.size)
			break;
		memset(to + used, 0, whole);
		memcpy(to + used, &head, FUSE_NAME_OFFSET);
		memcpy(to + used + FUSE_NAME_OFFSET, entry->d_name, name);
		used += whole;
	}
	return give(call, 0, used);
}

static size_t give_space(const struct call *call)
{
	struct fuse_statfs_out out = { 0 };
	struct statvfs status;

	if (statvfs("/", &status))
		return give(call, errno, 0);
	/* nothing can be written: how much room there is depends on the hour */
	out.st.blocks = status.f_blocks;
	out.st.files = status.f_files;
	out.st.bsize = status.f_bsize;
	out.st.frsize = status.f_frsize;
	out.st.namelen = status.f_namemax;
	return give_data(call, &out, sizeof(out));
}

size_t fuse_answer(struct fuse_tree *tree, const void *request, size_t length, void *answer,
		   size_t room)
{
	struct call call = { .head = request, .to = answer, .room = room };
	const struct node *node;

	if (length < sizeof(*call.head) || call.head->len != length || room < FUSE_ROOM_MIN)
		return 0;
	call.body = (const char *)request + sizeof(*call.head);
	call.length = length - sizeof(*call.head);
	if (call.head->opcode == FUSE_INIT)
		return give_init(&call);
	if (call.head->nodeid < FUSE_ROOT_ID || call.head->nodeid - FUSE_ROOT_ID >= tree->n)
		return give(&call, ESTALE, 0);
	node = tree->nodes[call.head->nodeid - FUSE_ROOT_ID];
	switch (call.head->opcode) {
	case FUSE_LOOKUP:
		return give_entry(tree, &call, node);
	case FUSE_GETATTR:
		return give_attributes(&call, node);
	case FUSE_READLINK:
		return give_link(&call, node);
	case FUSE_OPEN:
		return give_open(tree, &call, node);
	case FUSE_READ:
		return give_contents(tree, &call, node);
	case FUSE_READDIR:
		return give_list(tree, &call, node);
	case FUSE_STATFS:
		return give_space(&call);
	default:
		/* the kernel asks for such a thing once, and then knows that there is none */
		return give(&call, ENOSYS, 0);
	}
}
