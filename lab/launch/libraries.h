// SPDX-License-Identifier: GPL-2.0-only
// The files that a shared library consists of: itself and all that it needs.
#ifndef LAB_LAUNCH_LIBRARIES_H
#define LAB_LAUNCH_LIBRARIES_H

#include <stddef.h>

#define LIBRARIES_MAX 32

/*
 * The paths of a library and of those it needs, the first being its own, as the dynamic linker of this process finds
 * them (dlopen(3)); so many, 0 when there is no such library. The paths are valid as long as the process.
 */
size_t libraries_of(const char *name, const char *paths[LIBRARIES_MAX]);

#endif
