// SPDX-License-Identifier: GPL-2.0-only
// The frames of a capture: pcapng as lab/agent/capture.c writes it (docs/formats.md, section 5).
// Format: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.
#ifndef LAB_VERDICT_PCAPNG_H
#define LAB_VERDICT_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file in memory that is read from its first block to its last. */
struct pcapng {
	const unsigned char *at;
	size_t left;
	uint32_t interfaces; /* described so far */
	bool damaged; /* reading ended before the end: cut short, or not as the format has it */
};

/* One frame of an Ethernet; data is borrowed from the file. */
struct frame {
	int64_t time_ns;    /* scenario time */
	uint32_t interface; /* in the order of their descriptions, from 0 */
	bool outbound;	    /* it leaves this interface */
	const unsigned char *data;
	size_t length;
};

/* False when the bytes do not begin with a section header of this machine's byte order. */
bool pcapng_open(struct pcapng *file, const unsigned char *data, size_t length);

/* The next frame; false at the end, and where the file is damaged. */
bool pcapng_next(struct pcapng *file, struct frame *frame);

#endif
