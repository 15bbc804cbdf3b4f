// SPDX-License-Identifier: GPL-2.0-only
// Expressions of nf_tables rules, as nft(8) writes them: it reads these rules back as what a user would have typed.
// The kernel reads them in the *_init() functions of net/netfilter/nft_*.c; all their numbers are big endian.
#include "lab/agent/nft_expr.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <netlink/attr.h>

enum {
	REGISTER = NFT_REG_1, /* of 16 bytes: each match loads it anew */
	/* nft(8)'s types (its datatype.h), by which it shows the elements of a set. */
	TYPE_IPV4_ADDRESS = 7,
	TYPE_IPV6_ADDRESS = 8,
};

struct expression {
	struct nlattr *element, *data;
};

static struct expression begin(struct nft *nft, const char *name)
{
	struct expression expression = { .element = nla_nest_start(nft->rule, NFTA_LIST_ELEM) };

	nla_put_string(nft->rule, NFTA_EXPR_NAME, name);
	expression.data = nla_nest_start(nft->rule, NFTA_EXPR_DATA);
	return expression;
}

static void put(struct nft *nft, int attribute, uint32_t value)
{
	nla_put_u32(nft->rule, attribute, htonl(value));
}

static void end(struct nft *nft, struct expression expression)
{
	nla_nest_end(nft->rule, expression.data);
	nla_nest_end(nft->rule, expression.element);
}

static void put_value(struct nft *nft, int attribute, const void *bytes, size_t size)
{
	struct nlattr *nest = nla_nest_start(nft->rule, attribute);

	nla_put(nft->rule, NFTA_DATA_VALUE, size, bytes);
	nla_nest_end(nft->rule, nest);
}

static void compare(struct nft *nft, enum nft_cmp_ops operation, const void *bytes, size_t size)
{
	struct expression cmp = begin(nft, "cmp");

	put(nft, NFTA_CMP_SREG, REGISTER);
	put(nft, NFTA_CMP_OP, operation);
	put_value(nft, NFTA_CMP_DATA, bytes, size);
	end(nft, cmp);
}

static void match_meta(struct nft *nft, enum nft_meta_keys key, uint8_t value)
{
	struct expression meta = begin(nft, "meta");

	put(nft, NFTA_META_DREG, REGISTER);
	put(nft, NFTA_META_KEY, key);
	end(nft, meta);
	compare(nft, NFT_CMP_EQ, &value, sizeof(value));
}

void nft_match_nfproto(struct nft *nft, uint8_t nfproto)
{
	match_meta(nft, NFT_META_NFPROTO, nfproto);
}

void nft_match_l4proto(struct nft *nft, uint8_t protocol)
{
	match_meta(nft, NFT_META_L4PROTO, protocol);
}

static void load_bytes(struct nft *nft, enum nft_payload_bases base, uint32_t offset, size_t size)
{
	struct expression payload = begin(nft, "payload");

	put(nft, NFTA_PAYLOAD_DREG, REGISTER);
	put(nft, NFTA_PAYLOAD_BASE, base);
	put(nft, NFTA_PAYLOAD_OFFSET, offset);
	put(nft, NFTA_PAYLOAD_LEN, size);
	end(nft, payload);
}

void nft_match_bytes(struct nft *nft, enum nft_payload_bases base, uint32_t offset,
		     const void *bytes, size_t size)
{
	load_bytes(nft, base, offset, size);
	compare(nft, NFT_CMP_EQ, bytes, size);
}

void nft_match_addresses(struct nft *nft, uint32_t offset, const void *addresses, size_t size,
			 size_t n)
{
	struct expression lookup;
	uint32_t set;

	if (n == 1) {
		nft_match_bytes(nft, NFT_PAYLOAD_NETWORK_HEADER, offset, addresses, size);
		return;
	}
	set = nft_add_set(nft, size == 4 ? TYPE_IPV4_ADDRESS : TYPE_IPV6_ADDRESS, addresses, size,
			  n);
	load_bytes(nft, NFT_PAYLOAD_NETWORK_HEADER, offset, size);
	lookup = begin(nft, "lookup");
	nla_put_string(nft->rule, NFTA_LOOKUP_SET, NFT_ANONYMOUS_SET);
	put(nft, NFTA_LOOKUP_SET_ID, set);
	put(nft, NFTA_LOOKUP_SREG, REGISTER);
	end(nft, lookup);
}

void nft_match_chunk(struct nft *nft, uint8_t type)
{
	struct expression exthdr = begin(nft, "exthdr");
	uint8_t found = 1;

	put(nft, NFTA_EXTHDR_DREG, REGISTER);
	nla_put_u8(nft->rule, NFTA_EXTHDR_TYPE, type);
	put(nft, NFTA_EXTHDR_OFFSET, 0);
	put(nft, NFTA_EXTHDR_LEN, sizeof(found));
	put(nft, NFTA_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT);
	put(nft, NFTA_EXTHDR_OP, NFT_EXTHDR_OP_SCTP);
	end(nft, exthdr);
	compare(nft, NFT_CMP_EQ, &found, sizeof(found));
}

/* Two numbers are compared byte by byte, so the counter is made big endian first. */
void nft_match_turn(struct nft *nft, uint32_t first, uint32_t last)
{
	uint32_t low = htonl(first), high = htonl(last);
	struct expression numgen = begin(nft, "numgen"), byteorder;

	put(nft, NFTA_NG_DREG, REGISTER);
	put(nft, NFTA_NG_MODULUS, NFT_LAST_TURN + 1);
	put(nft, NFTA_NG_TYPE, NFT_NG_INCREMENTAL);
	put(nft, NFTA_NG_OFFSET, 0);
	end(nft, numgen);

	byteorder = begin(nft, "byteorder");
	put(nft, NFTA_BYTEORDER_SREG, REGISTER);
	put(nft, NFTA_BYTEORDER_DREG, REGISTER);
	put(nft, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	put(nft, NFTA_BYTEORDER_LEN, sizeof(low));
	put(nft, NFTA_BYTEORDER_SIZE, sizeof(low));
	end(nft, byteorder);

	compare(nft, NFT_CMP_GTE, &low, sizeof(low));
	compare(nft, NFT_CMP_LTE, &high, sizeof(high));
}

void nft_match_invalid(struct nft *nft)
{
	uint32_t invalid = NF_CT_STATE_INVALID_BIT, none = 0;
	struct expression ct = begin(nft, "ct"), bitwise;

	put(nft, NFTA_CT_DREG, REGISTER);
	put(nft, NFTA_CT_KEY, NFT_CT_STATE);
	end(nft, ct);

	bitwise = begin(nft, "bitwise");
	put(nft, NFTA_BITWISE_SREG, REGISTER);
	put(nft, NFTA_BITWISE_DREG, REGISTER);
	put(nft, NFTA_BITWISE_LEN, sizeof(invalid));
	put_value(nft, NFTA_BITWISE_MASK, &invalid, sizeof(invalid));
	put_value(nft, NFTA_BITWISE_XOR, &none, sizeof(none));
	end(nft, bitwise);

	compare(nft, NFT_CMP_NEQ, &none, sizeof(none));
}

void nft_drop(struct nft *nft)
{
	struct expression immediate = begin(nft, "immediate");
	struct nlattr *data, *verdict;

	put(nft, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(nft->rule, NFTA_IMMEDIATE_DATA);
	verdict = nla_nest_start(nft->rule, NFTA_DATA_VERDICT);
	put(nft, NFTA_VERDICT_CODE, NF_DROP);
	nla_nest_end(nft->rule, verdict);
	nla_nest_end(nft->rule, data);
	end(nft, immediate);
}

void nft_reject(struct nft *nft, uint8_t code)
{
	struct expression reject = begin(nft, "reject");

	put(nft, NFTA_REJECT_TYPE, NFT_REJECT_ICMP_UNREACH);
	nla_put_u8(nft->rule, NFTA_REJECT_ICMP_CODE, code);
	end(nft, reject);
}
