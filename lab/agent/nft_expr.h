// SPDX-License-Identifier: GPL-2.0-only
// Expressions of nf_tables rules: what a packet must be for the rule to go on, and what then happens to it.
#ifndef LAB_AGENT_NFT_EXPR_H
#define LAB_AGENT_NFT_EXPR_H

#include "lab/agent/nft.h"

#include <linux/netfilter/nf_tables.h>

/* All of them add to the rule being written; a packet that does not match leaves the rule there. */

/* Layer 3: NFPROTO_IPV4 or NFPROTO_IPV6. */
void nft_match_nfproto(struct nft *nft, uint8_t nfproto);

/* Layer 4: IPPROTO_*. */
void nft_match_l4proto(struct nft *nft, uint8_t protocol);

/* `size` bytes (up to 16) at `offset` of a header: NFT_PAYLOAD_NETWORK_HEADER or NFT_PAYLOAD_TRANSPORT_HEADER. */
void nft_match_bytes(struct nft *nft, enum nft_payload_bases base, uint32_t offset,
		     const void *bytes, size_t size);

/* An address of `size` bytes (4 or 16) at `offset` of the network header is one of these, one after the other. */
void nft_match_addresses(struct nft *nft, uint32_t offset, const void *addresses, size_t size,
			 size_t n);

/* A chunk of this type is somewhere in the SCTP packet. */
void nft_match_chunk(struct nft *nft, uint8_t type);

/* The last turn before the kernel counts from 0 again. */
#define NFT_LAST_TURN (UINT32_MAX - 1)

/* Of the packets that come to this expression, counted from 0: those from `first` to `last`. */
void nft_match_turn(struct nft *nft, uint32_t first, uint32_t last);

/* Connection tracking, which this turns on for the namespace, finds the packet invalid. */
void nft_match_invalid(struct nft *nft);

void nft_drop(struct nft *nft);

/* Drops, and answers with ICMP destination unreachable, or with that of ICMPv6, by the packet's family. */
void nft_reject(struct nft *nft, uint8_t code);

#endif
