// SPDX-License-Identifier: GPL-2.0-only
// Fields of CSV files: RFC 4180, but with a line feed alone at the end of a line.
#ifndef LAB_CSV_H
#define LAB_CSV_H

#include <jansson.h>
#include <stdio.h>

/* Writes a text, in quotes where it needs them. */
void csv_put_text(FILE *out, const char *text);

/* Writes a number, a text, true or false; nothing for all else. */
void csv_put_value(FILE *out, const json_t *value);

#endif
