// SPDX-License-Identifier: GPL-2.0-only
// The parts of reading an entry of the gallery.
#ifndef LAB_BUGS_READ_H
#define LAB_BUGS_READ_H

#include "lab/bugs/bug.h"

/* Reads the document of a bug.yaml into the bug; false after sentences. */
bool bug_read_yaml(struct front *front, const struct yaml *root, struct bug *bug);

/* What keeps the entry from being whole: a blank, a missing file. NULL when nothing does. */
const char *bug_find_lack(struct arena *arena, const struct bug *bug);

#endif
