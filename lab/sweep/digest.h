// SPDX-License-Identifier: GPL-2.0-only
// SHA-256 (FIPS 180-4): by it runs know whether scenario and kernel are still the same.
#ifndef LAB_SWEEP_DIGEST_H
#define LAB_SWEEP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So much of a digest is written: 64 bits, in hexadecimal, and the final zero. */
#define DIGEST_TEXT_SIZE 17

/* Set up by digest_start(). */
struct digest {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t size);
/* Adds the string with its final zero, so that "a", "bc" is not "ab", "c". */
void digest_add_text(struct digest *digest, const char *text);
/* Adds a file's bytes; false and errno when it cannot be read. */
bool digest_add_file(struct digest *digest, const char *path);
/* Ends the digest and writes its first 64 bits. Returns text. */
char *digest_end(struct digest *digest, char text[DIGEST_TEXT_SIZE]);

#endif
