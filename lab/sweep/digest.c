// SPDX-License-Identifier: GPL-2.0-only
// SHA-256 (FIPS 180-4): by it runs know whether scenario and kernel are still the same.
#include "lab/sweep/digest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Section 4.2.2. */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2
};

static uint32_t rotate(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

static uint32_t read_word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Section 6.2.2. */
static void add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[64], v[8];

	for (int t = 0; t < 16; t++)
		w[t] = read_word(block + (size_t)4 * t);
	for (int t = 16; t < 64; t++) {
		uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
	memcpy(v, state, sizeof(v));
	/* the working variables change places in each round; here their names do, so that nothing is copied */
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7];
		uint32_t e = v[(4 - t) & 7], f = v[(5 - t) & 7], g = v[(6 - t) & 7];
		uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t one = v[(7 - t) & 7] + s1 + ((e & f) ^ (~e & g)) + constants[t] + w[t];

		v[(3 - t) & 7] += one;
		v[(7 - t) & 7] = one + s0 + ((a & b) ^ (a & c) ^ (b & c));
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

void digest_start(struct digest *digest)
{
	/* Section 5.3.3. */
	*digest = (struct digest){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
	const unsigned char *at = data;

	while (size > 0) {
		size_t used = digest->length % sizeof(digest->block);
		size_t part = sizeof(digest->block) - used;

		if (part > size)
			part = size;
		memcpy(digest->block + used, at, part);
		digest->length += part;
		at += part;
		size -= part;
		if (used + part == sizeof(digest->block))
			add_block(digest->state, digest->block);
	}
}

void digest_add_text(struct digest *digest, const char *text)
{
	digest_add(digest, text, strlen(text) + 1);
}

bool digest_add_file(struct digest *digest, const char *path)
{
	char buffer[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = -1;

	while (fd >= 0 && (size = read(fd, buffer, sizeof(buffer))) > 0)
		digest_add(digest, buffer, (size_t)size);
	if (fd >= 0)
		close(fd);
	return size == 0;
}

char *digest_end(struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
	uint64_t bits = digest->length * 8;
	unsigned char length[8];

	/* Section 5.1.1: a one, zeros, and the length in bits at the end of a block. */
	digest_add(digest, "\x80", 1);
	while (digest->length % sizeof(digest->block) != sizeof(digest->block) - sizeof(length))
		digest_add(digest, "", 1);
	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	digest_add(digest, length, sizeof(length));
	snprintf(text, DIGEST_TEXT_SIZE, "%08x%08x", digest->state[0], digest->state[1]);
	return text;
}
