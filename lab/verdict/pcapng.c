// SPDX-License-Identifier: GPL-2.0-only
// The frames of a capture: pcapng as lab/agent/capture.c writes it.
#include "lab/verdict/pcapng.h"

#include <string.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	BLOCK_HEAD = 8, /* type and length */
	BLOCK_TAIL = 4, /* the length again */
	PACKET_HEAD = 20,
	OPTION_HEAD = 4,
	OPTION_END = 0,
	OPTION_EPB_FLAGS = 2,
	FLAG_DIRECTION = 3,
	FLAG_OUTBOUND = 2,
};

struct block {
	uint32_t type;
	const unsigned char *body;
	size_t length; /* of the body */
};

static uint16_t get_u16(const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t get_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

/* Takes the next block off the file; false at its end, and when there is no whole one. */
static bool next_block(struct pcapng *file, struct block *block)
{
	size_t total;

	if (file->left == 0)
		return false;
	file->damaged = true;
	if (file->left < BLOCK_HEAD + BLOCK_TAIL)
		return false;
	total = get_u32(file->at + 4);
	if (total < BLOCK_HEAD + BLOCK_TAIL || total > file->left || total % 4 != 0 ||
	    get_u32(file->at + total - BLOCK_TAIL) != total)
		return false;
	block->type = get_u32(file->at);
	block->body = file->at + BLOCK_HEAD;
	block->length = total - BLOCK_HEAD - BLOCK_TAIL;
	file->at += total;
	file->left -= total;
	file->damaged = false;
	return true;
}

bool pcapng_open(struct pcapng *file, const unsigned char *data, size_t length)
{
	struct block block;

	*file = (struct pcapng){ .at = data, .left = length };
	return next_block(file, &block) && block.type == BLOCK_SECTION && block.length >= 4 &&
	       get_u32(block.body) == BYTE_ORDER_MAGIC;
}

/* The direction, out of the options; false when they do not fit into each other. */
static bool read_direction(const unsigned char *at, size_t left, struct frame *frame)
{
	while (left >= OPTION_HEAD) {
		uint16_t code = get_u16(at);
		size_t length = get_u16(at + 2);

		if (code == OPTION_END)
			return true;
		if (padded(length) > left - OPTION_HEAD)
			return false;
		if (code == OPTION_EPB_FLAGS && length == 4)
			frame->outbound =
				(get_u32(at + OPTION_HEAD) & FLAG_DIRECTION) == FLAG_OUTBOUND;
		at += OPTION_HEAD + padded(length);
		left -= OPTION_HEAD + padded(length);
	}
	return left == 0;
}

static bool read_frame(const struct pcapng *file, const struct block *block, struct frame *frame)
{
	uint64_t time;
	size_t end;

	if (block->length < PACKET_HEAD)
		return false;
	time = (uint64_t)get_u32(block->body + 4) << 32 | get_u32(block->body + 8);
	frame->length = get_u32(block->body + 12);
	if (frame->length > block->length - PACKET_HEAD || time > INT64_MAX)
		return false;
	end = PACKET_HEAD + padded(frame->length);
	frame->time_ns = (int64_t)time;
	frame->interface = get_u32(block->body);
	frame->data = block->body + PACKET_HEAD;
	frame->outbound = false;
	return frame->interface < file->interfaces &&
	       read_direction(block->body + end, block->length - end, frame);
}

bool pcapng_next(struct pcapng *file, struct frame *frame)
{
	struct block block;

	while (next_block(file, &block)) {
		if (block.type == BLOCK_INTERFACE)
			file->interfaces++;
		if (block.type != BLOCK_PACKET)
			continue;
		file->damaged = !read_frame(file, &block, frame);
		return !file->damaged;
	}
	return false;
}
