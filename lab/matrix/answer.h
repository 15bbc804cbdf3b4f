// SPDX-License-Identifier: GPL-2.0-only
// What a cell answered, in a few words that can be compared.
#ifndef LAB_MATRIX_ANSWER_H
#define LAB_MATRIX_ANSWER_H

#include <jansson.h>
#include <stdint.h>

/*
 * "ECONNREFUSED", "EINPROGRESS, then SO_ERROR ECONNREFUSED", "ok". *after_ns is how long it took until all of
 * that was known, counted from the call; -1 when unknown. (owned)
 */
char *answer_of_call(const json_t *record, int64_t *after_ns);

/* The same of the second call on the socket. (owned) */
char *answer_of_second(const json_t *record, int64_t *after_ns);

/*
 * Writes " after 40 ms", " after 138 s to 333 s", or nothing for less than a millisecond. Times are rounded to two or three
 * digits.
 */
char *answer_time(int64_t from_ns, int64_t to_ns);

#endif
