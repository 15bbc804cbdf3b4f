// SPDX-License-Identifier: GPL-2.0-only
// A cell of the errno matrix: what its run measured, and whether that is what it expects.
#ifndef LAB_VERDICT_CELL_H
#define LAB_VERDICT_CELL_H

#include <jansson.h>

#include "lab/verdict/packets.h"

/*
 * What the run of a plan with a "cell" measured (docs/formats.md, section 8); packets may be NULL. A new
 * reference; what never came is null.
 */
json_t *cell_record(const json_t *plan, const json_t *events, const struct packets *packets);

#endif
