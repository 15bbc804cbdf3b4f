// SPDX-License-Identifier: GPL-2.0-only
// nftables rules through libnftables, which is loaded only when a scenario needs it.
#ifndef LAB_AGENT_NFT_H
#define LAB_AGENT_NFT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs nft commands in the calling process's network namespace. 0 on success; otherwise -1 with libnftables' own
 * sentence in `why` (size bytes), or one that says that the library is missing.
 */
int nft_run(const char *commands, char *why, size_t size);

#endif
