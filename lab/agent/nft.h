// SPDX-License-Identifier: GPL-2.0-only
// Tables of nf_tables, told to the kernel message by message: what nft(8) would send, without its library.
#ifndef LAB_AGENT_NFT_H
#define LAB_AGENT_NFT_H

#include "lab/agent/netlink.h"

/*
 * One transaction on one table: between nft_begin() and nft_commit() everything is only written down, and then holds at
 * once or not at all. The chain is that of the rules which follow it; the message is that of the rule being written.
 */
struct nft {
	struct batch batch;
	uint8_t family;
	char table[64];
	const char *chain;
	struct nl_msg *rule;	    /* (owned) between nft_begin_rule() and nft_end_rule() */
	struct nlattr *expressions; /* within `rule` */
	uint32_t sets;
};

/*
 * Begins a transaction in the current network namespace, and stays in it wherever the process goes. `family` is an
 * NFPROTO_*. 0, or the errno of the socket.
 */
int nft_begin(struct nft *nft, uint8_t family, const char *table);

void nft_add_table(struct nft *nft);

/* Takes the table away, with all that is in it. */
void nft_delete_table(struct nft *nft);

/*
 * A chain of filters at `hook` (NF_INET_*, NF_NETDEV_*), priority 0, whose policy is to accept; `device` is the name of
 * an interface in the family NFPROTO_NETDEV, else NULL. `name` must live until nft_commit().
 */
void nft_add_chain(struct nft *nft, const char *name, uint32_t hook, const char *device);

/* A rule at the end of the chain: between the two stand its expressions, in their order (nft_expr.h). */
void nft_begin_rule(struct nft *nft);
void nft_end_rule(struct nft *nft);

/* So many keys of 16 bytes have room in a message (nlmsg_alloc(3): a page). */
enum { NFT_SET_KEYS = 64 };

/*
 * An anonymous set of `n` keys of `size` bytes each, one after the other, for the rule being written. `type` is nft(8)'s
 * number of their type, by which it shows them; `n` is at most NFT_SET_KEYS. Gives back its number within the transaction.
 */
uint32_t nft_add_set(struct nft *nft, uint32_t type, const void *keys, size_t size, size_t n);

/* The name by which a transaction calls the sets that it makes; the kernel puts the first free number in. */
#define NFT_ANONYMOUS_SET "__set%d"

/* Carries all of it out. 0, or the kernel's errno with a sentence in `why` (size bytes). */
int nft_commit(struct nft *nft, char *why, size_t size);

/* Ends the transaction; what was not committed is forgotten. */
void nft_close(struct nft *nft);

#endif
