// SPDX-License-Identifier: GPL-2.0-only
// Text of unknown origin made harmless for a terminal or for XML, and strings put together.
#ifndef LAB_COMMON_TEXT_H
#define LAB_COMMON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes a string to a terminal or log: control characters (C0, DEL, C1) and bytes that are not
 * UTF-8 become \xNN, line feeds become \n, so that no string moves the cursor or forges a line.
 */
void text_put(FILE *out, const char *text);

/* Writes a string as XML 1.0 character data or attribute value: what XML forbids becomes U+FFFD. */
void text_put_xml(FILE *out, const char *text);

/* Columns the string takes on a terminal after text_put(), one a code point. */
size_t text_width(const char *text);

/*
 * Writes words of a text with one blank between them, beginning a new line behind `indent` blanks where
 * the next would go beyond `width` columns; `used` columns of the first line are taken.
 */
void text_put_wrapped(FILE *out, const char *text, size_t used, size_t indent, size_t width);

/* asprintf() that ends the program when memory is out. The result is the caller's. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text as one word of a shell, in quotes where it needs them. The result is the caller's. */
char *text_quote_word(const char *text);

#endif
