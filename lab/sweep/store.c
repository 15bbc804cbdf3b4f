// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep in a file, one JSON object a line: each is safe as soon as its point has ended.
#include "lab/sweep/store.h"

#include "lab/common/text.h"
#include "lab/launch/launch.h"
#include "lab/sweep/point.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of an open file; NULL and errno when it cannot be read. (owned) */
static char *read_all(int fd, size_t *size)
{
	struct stat status;
	char *text;

	*size = 0;
	if (fstat(fd, &status))
		return NULL;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		abort();
	while (*size < (size_t)status.st_size) {
		ssize_t part =
			pread(fd, text + *size, (size_t)status.st_size - *size, (off_t)*size);

		if (part < 0) {
			free(text);
			return NULL;
		}
		if (part == 0)
			break;
		*size += (size_t)part;
	}
	return text;
}

/* Reads whole lines; *whole is where the last of them ends. */
static bool parse_results(const char *command, const char *path, const char *text, size_t size,
			  json_t *results, size_t *whole)
{
	size_t line = 1;

	*whole = 0;
	for (const char *at = text, *end; (end = memchr(at, '\n', size - *whole)); at = end + 1) {
		json_t *result = json_loadb(at, (size_t)(end - at), 0, NULL);

		if (!is_point_result(result)) {
			json_decref(result);
			fprintf(stderr,
				"%s: %s:%zu: this is no result of a sweep; --fresh starts over without what is there\n",
				command, path, line);
			return false;
		}
		json_array_append_new(results, result);
		*whole = (size_t)(end + 1 - text);
		line++;
	}
	return true;
}

static bool make_folder_of(const char *command, const char *path)
{
	char why[600], *folder = text_format("%s", path), *slash = strrchr(folder, '/');
	bool good = true;

	if (slash && slash != folder) {
		*slash = '\0';
		good = make_folders(folder, why, sizeof(why));
	}
	if (!good)
		fprintf(stderr, "%s: %s\n", command, why);
	free(folder);
	return good;
}

bool store_open(struct store *store, const char *command, const char *path, bool fresh,
		json_t *results)
{
	char *text = NULL;
	size_t size, whole;
	bool good = false;

	if (!make_folder_of(command, path))
		return false;
	store->path = path;
	store->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (store->fd < 0) {
		fprintf(stderr, "%s: cannot write %s: %s\n", command, path, strerror(errno));
		return false;
	}
	if (flock(store->fd, LOCK_EX | LOCK_NB)) {
		fprintf(stderr, "%s: another sweep is writing %s\n", command, path);
		return false;
	}
	if ((fresh && ftruncate(store->fd, 0)) || !(text = read_all(store->fd, &size)))
		fprintf(stderr, "%s: cannot read %s: %s\n", command, path, strerror(errno));
	else if (parse_results(command, path, text, size, results, &whole))
		good = whole == size || ftruncate(store->fd, (off_t)whole) == 0;
	free(text);
	return good;
}

bool store_add(struct store *store, const json_t *result)
{
	char *line = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	size_t size = line ? strlen(line) : 0;
	ssize_t written;

	if (!line)
		abort();
	/* with one call, so that only a kill in the middle of it leaves a part */
	line[size++] = '\n';
	do
		written = write(store->fd, line, size);
	while (written < 0 && errno == EINTR);
	if (written >= 0 && (size_t)written < size)
		errno = ENOSPC;
	free(line);
	return written == (ssize_t)size;
}

void store_close(struct store *store)
{
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
}

bool store_read(const char *command, const char *path, json_t *results)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size, whole;
	char *text = fd < 0 ? NULL : read_all(fd, &size);
	bool good = text && parse_results(command, path, text, size, results, &whole);

	if (!text)
		fprintf(stderr, "%s: cannot read %s: %s\n", command, path, strerror(errno));
	free(text);
	if (fd >= 0)
		close(fd);
	return good;
}
