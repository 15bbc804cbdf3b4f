// SPDX-License-Identifier: GPL-2.0-only
// The ring of bytes between an endpoint and the agent.
#include "lab/agent/ring.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* Both only grow; their difference is what is in. */
struct ring {
	atomic_size_t put, taken;
	char bytes[RING_BYTES];
};

struct ring *ring_new(void)
{
	void *memory = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static size_t count_bytes(const struct ring *ring)
{
	return atomic_load(&ring->put) - atomic_load(&ring->taken);
}

bool ring_put(struct ring *ring, const char *line, size_t length)
{
	size_t put = atomic_load(&ring->put), at = put % RING_BYTES, first = RING_BYTES - at;

	if (length > RING_BYTES - count_bytes(ring))
		return false;
	if (first > length)
		first = length;
	memcpy(ring->bytes + at, line, first);
	memcpy(ring->bytes, line + first, length - first);
	atomic_store(&ring->put, put + length);
	return true;
}

bool ring_is_half_full(const struct ring *ring)
{
	return count_bytes(ring) > RING_BYTES / 2;
}

size_t ring_peek(const struct ring *ring, const char **lines)
{
	static char whole[RING_BYTES];
	size_t length = count_bytes(ring), at = atomic_load(&ring->taken) % RING_BYTES;
	size_t first = RING_BYTES - at;

	*lines = ring->bytes + at;
	if (length <= first)
		return length;
	memcpy(whole, ring->bytes + at, first);
	memcpy(whole + first, ring->bytes, length - first);
	*lines = whole;
	return length;
}

void ring_take(struct ring *ring, size_t length)
{
	atomic_fetch_add(&ring->taken, length);
}
