/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of this machine. */
#ifndef LAB_COMMON_PROGRAMS_H
#define LAB_COMMON_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

/* Looks for an executable file in the folders of PATH, an empty one being the current one, as execvp(3) does. */
bool find_in_path(const char *program, char *path, size_t size);

#endif
