/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of this process that is about to be written, mapped at once. */
#ifndef LAB_AGENT_PREFAULT_H
#define LAB_AGENT_PREFAULT_H

#include <stddef.h>

/*
 * Gives this process pages of its own for its data, the first part of its heap and of its stack (madvise(2),
 * MADV_POPULATE_WRITE). In a User-Mode Linux guest a page fault costs three stops of the process under ptrace(2);
 * faults that can be foreseen are cheaper all at once. For the start of a program and for both sides of a fork(2).
 * Nothing but time is lost where the kernel cannot do it.
 */
void prefault_data(void);

/*
 * Maps the whole program of this process as far as it can only be read (MADV_POPULATE_READ): after a fork(2), which
 * does not copy that part of the page tables.
 */
void prefault_program(void);

/* The same as prefault_data() for `size` bytes from `memory` on, as far as they are mapped. */
void prefault(void *memory, size_t size);

#endif
