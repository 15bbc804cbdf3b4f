// SPDX-License-Identifier: GPL-2.0-only
// What the manual page says of each errno: the file ERRNOS_FILE beside the conditions.
#ifndef LAB_FRONT_ERRNOS_H
#define LAB_FRONT_ERRNOS_H

#include <jansson.h>

#include "lab/front/diag.h"

/*
 * Reads a list of {errno, claim, note}: an array of objects in the file's order (a new reference), where `note` may be
 * absent. NULL after sentences; an errno twice is an error.
 */
json_t *errnos_load(const char *file, struct diag *diag);

#endif
