// SPDX-License-Identifier: GPL-2.0-only
// A fault of the plan in words.
#ifndef LAB_VERDICT_DESCRIBE_FAULT_H
#define LAB_VERDICT_DESCRIBE_FAULT_H

#include <jansson.h>
#include <stdio.h>

/* Writes "blackhole on link a towards server", "drop of 2 INIT on link a", "crash of server". */
void describe_fault(FILE *out, const json_t *plan, const json_t *step);

/* Writes what healing that fault means: "blackhole on link a towards server", "server started again". */
void describe_heal(FILE *out, const json_t *plan, const json_t *step);

#endif
