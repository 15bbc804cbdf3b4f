// SPDX-License-Identifier: GPL-2.0-only
// Addresses by the names that scenarios give them: "server.b" for 198.51.100.2.
#ifndef LAB_VERDICT_NAMES_H
#define LAB_VERDICT_NAMES_H

#include <jansson.h>

/*
 * Addresses are as events have them: "198.51.100.2", "198.51.100.2:5000", "[2001:db8::2]:5000". The
 * names are the plan's. What has none, or is no address, comes back as the text it is.
 */

/* "server.b"; an address without a name loses its port. (owned) */
char *name_address(const json_t *plan, const char *address);

/* "server.b", or "server.b:5000" where the node has several endpoints; for one line. (owned) */
char *name_endpoint(const json_t *plan, const char *address);

/* "server.b (198.51.100.2)": for a sentence that must be understood alone. (owned) */
char *name_and_address(const json_t *plan, const char *address);

/* The port behind an address, "" when there is none or 0, which means any. Borrowed from address. */
const char *address_port(const char *address);

#endif
