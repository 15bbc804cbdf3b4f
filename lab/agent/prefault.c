// SPDX-License-Identifier: GPL-2.0-only
// Page faults foreseen.
#include "lab/agent/prefault.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, HEAP = 48 * PAGE, STACK = 6 * PAGE };

/* Of the linker: where the program begins, where its data does, and where what is zero at the start ends. */
extern char __executable_start, __data_start, _end;

void prefault(void *memory, size_t size)
{
	uintptr_t from = (uintptr_t)memory & ~(uintptr_t)(PAGE - 1);
	uintptr_t to = ((uintptr_t)memory + size + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

	madvise((void *)from, to - from, MADV_POPULATE_WRITE);
}

void prefault_program(void)
{
	uintptr_t from = (uintptr_t)&__executable_start & ~(uintptr_t)(PAGE - 1);
	uintptr_t to = (uintptr_t)&__data_start & ~(uintptr_t)(PAGE - 1);

	madvise((void *)from, to - from, MADV_POPULATE_READ);
}

void prefault_data(void)
{
	static void *heap;
	char here[STACK];
	size_t size;

	if (!heap) {
		mallopt(M_TOP_PAD, 2 * HEAP);
		heap = malloc(1);
		free(heap);
	}
	prefault(&__data_start, &_end - &__data_start);
	/* Never beyond its end: in a guest a call that fails takes 1 us, whose heap is longer would be earlier. */
	size = (char *)sbrk(0) - (char *)heap;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): its place, not its content */
	prefault(heap, size < HEAP ? size : HEAP);
	prefault(here, sizeof(here));
}
