// SPDX-License-Identifier: GPL-2.0-only
// Plots drawn by gnuplot(1): what all of them have in common.
#ifndef LAB_GNUPLOT_H
#define LAB_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* True when the file's name says what kind of picture it is; false after a sentence that begins with `command`. */
bool gnuplot_check_name(const char *command, const char *file);

/* True when gnuplot is there; false after such a sentence. */
bool gnuplot_check_program(const char *command);

/* Writes a text as a string of gnuplot's language. */
void gnuplot_put_string(FILE *out, const char *text, size_t length);

/* Writes the command that sets a title, on lines of a title's width. */
void gnuplot_put_title(FILE *out, const char *text);

/*
 * Writes a script's first lines: the picture's kind, by the file's name, and its size, in pixels of an SVG, a third more
 * for a PNG. `id` begins the ids in an SVG.
 */
void gnuplot_put_output(FILE *out, const char *file, const char *id, const int size[2]);

/*
 * Runs the script, which began with gnuplot_put_output(). The file is there only when all of it is; false after a
 * sentence. The same script gives the same bytes of SVG.
 */
bool gnuplot_draw(const char *command, const char *file, const char *script, size_t size);

#endif
