// SPDX-License-Identifier: GPL-2.0-only
// Transactions of nf_tables. What each message holds is in linux/netfilter/nf_tables.h; the kernel reads them in
// net/netfilter/nf_tables_api.c.
#include "lab/agent/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct nl_msg *new_message(int type, int flags, uint8_t family, uint16_t resource)
{
	struct nfgenmsg header = { .nfgen_family = family,
				   .version = NFNETLINK_V0,
				   .res_id = htons(resource) };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg)
		abort();
	nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
	return msg;
}

/* A message of nf_tables; each names its table in its first attribute (NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, ...). */
static struct nl_msg *table_message(const struct nft *nft, int type, int flags)
{
	struct nl_msg *msg = new_message(NFNL_SUBSYS_NFTABLES << 8 | type, flags, nft->family, 0);

	nla_put_string(msg, NFTA_TABLE_NAME, nft->table);
	return msg;
}

int nft_begin(struct nft *nft, uint8_t family, const char *table)
{
	*nft = (struct nft){ .family = family, .batch = { .framed = true } };
	snprintf(nft->table, sizeof(nft->table), "%s", table);
	nft->batch.fd = netlink_open(NETLINK_NETFILTER);
	if (nft->batch.fd < 0)
		return errno;
	batch_add(&nft->batch,
		  new_message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES),
		  "cannot change packet filters (nf_tables)");
	return 0;
}

int nft_commit(struct nft *nft, char *why, size_t size)
{
	batch_add(&nft->batch, new_message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES),
		  "cannot change packet filters (nf_tables)");
	return batch_commit(&nft->batch, why, size);
}

void nft_close(struct nft *nft)
{
	close(nft->batch.fd);
	batch_free(&nft->batch);
}

void nft_add_table(struct nft *nft)
{
	struct nl_msg *msg = table_message(nft, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	nla_put_u32(msg, NFTA_TABLE_FLAGS, 0);
	batch_add(&nft->batch, msg, "cannot add a table of packet filters (nf_tables)");
}

void nft_delete_table(struct nft *nft)
{
	batch_add(&nft->batch, table_message(nft, NFT_MSG_DELTABLE, 0),
		  "cannot take a table of packet filters away");
}

void nft_add_chain(struct nft *nft, const char *name, uint32_t hook, const char *device)
{
	struct nl_msg *msg = table_message(nft, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *nest;

	nla_put_string(msg, NFTA_CHAIN_NAME, name);
	nla_put_string(msg, NFTA_CHAIN_TYPE, "filter");
	nest = nla_nest_start(msg, NFTA_CHAIN_HOOK);
	nla_put_u32(msg, NFTA_HOOK_HOOKNUM, htonl(hook));
	nla_put_u32(msg, NFTA_HOOK_PRIORITY, htonl(0));
	if (device)
		nla_put_string(msg, NFTA_HOOK_DEV, device);
	nla_nest_end(msg, nest);
	nft->chain = name;
	batch_add(&nft->batch, msg, "cannot add a chain of packet filters (nf_tables)");
}

void nft_begin_rule(struct nft *nft)
{
	nft->rule = table_message(nft, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nla_put_string(nft->rule, NFTA_RULE_CHAIN, nft->chain);
	nft->expressions = nla_nest_start(nft->rule, NFTA_RULE_EXPRESSIONS);
}

void nft_end_rule(struct nft *nft)
{
	nla_nest_end(nft->rule, nft->expressions);
	batch_add(&nft->batch, nft->rule, "cannot add a packet filter (nf_tables)");
	nft->rule = NULL;
}

static void add_set_itself(struct nft *nft, uint32_t id, uint32_t type, size_t size, size_t n)
{
	struct nl_msg *msg = table_message(nft, NFT_MSG_NEWSET, NLM_F_CREATE);
	struct nlattr *nest;

	nla_put_string(msg, NFTA_SET_NAME, NFT_ANONYMOUS_SET);
	nla_put_u32(msg, NFTA_SET_FLAGS, htonl(NFT_SET_ANONYMOUS | NFT_SET_CONSTANT));
	nla_put_u32(msg, NFTA_SET_KEY_TYPE, htonl(type));
	nla_put_u32(msg, NFTA_SET_KEY_LEN, htonl(size));
	nla_put_u32(msg, NFTA_SET_ID, htonl(id));
	nest = nla_nest_start(msg, NFTA_SET_DESC);
	nla_put_u32(msg, NFTA_SET_DESC_SIZE, htonl(n));
	nla_nest_end(msg, nest);
	batch_add(&nft->batch, msg, "cannot add a set of a packet filter (nf_tables)");
}

uint32_t nft_add_set(struct nft *nft, uint32_t type, const void *keys, size_t size, size_t n)
{
	uint32_t id = ++nft->sets;
	struct nlattr *list;
	struct nl_msg *msg;

	add_set_itself(nft, id, type, size, n);
	msg = table_message(nft, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	nla_put_string(msg, NFTA_SET_ELEM_LIST_SET, NFT_ANONYMOUS_SET);
	nla_put_u32(msg, NFTA_SET_ELEM_LIST_SET_ID, htonl(id));
	list = nla_nest_start(msg, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++) {
		struct nlattr *element = nla_nest_start(msg, NFTA_LIST_ELEM);
		struct nlattr *key = nla_nest_start(msg, NFTA_SET_ELEM_KEY);

		nla_put(msg, NFTA_DATA_VALUE, size, (const char *)keys + i * size);
		nla_nest_end(msg, key);
		nla_nest_end(msg, element);
	}
	nla_nest_end(msg, list);
	batch_add(&nft->batch, msg, "cannot fill a set of a packet filter");
	return id;
}
