// SPDX-License-Identifier: GPL-2.0-only
// Traffic control requests. Written attribute by attribute: libnl-route 3.7 knows neither netem's rate and 64-bit delays
// nor the clsact qdisc.
#include "lab/agent/tc.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>

enum {
	FILTERS_PER_DROP = 4, /* priorities that one drop takes */
	ICMPV6_SOLICITATION = 135,
	ICMPV6_ADVERTISEMENT = 136,
};

static struct nl_msg *tc_message(int type, int flags, unsigned ifindex, uint32_t handle,
				 uint32_t parent, uint32_t info, const char *kind)
{
	struct tcmsg tcm = {
		.tcm_ifindex = ifindex, .tcm_handle = handle, .tcm_parent = parent, .tcm_info = info
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg)
		return NULL;
	nlmsg_append(msg, &tcm, sizeof(tcm), NLMSG_ALIGNTO);
	if (kind)
		nla_put_string(msg, TCA_KIND, kind);
	return msg;
}

/* A share of a million as one of 2^32. */
static uint32_t share(uint32_t ppm)
{
	return (uint64_t)ppm * UINT32_MAX / 1000000;
}

struct nl_msg *tc_netem_request(unsigned ifindex, const struct netem *netem)
{
	struct nl_msg *msg = tc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					TC_H_MAKE(1 << 16, 0), TC_H_ROOT, 0, "netem");
	/* 1000 packets is what tc(8) takes by default. */
	struct tc_netem_qopt options = {
		.limit = 1000,
		.loss = share(netem->loss_ppm),
		.duplicate = share(netem->duplicate_ppm),
		/* every packet may be one that overtakes */
		.gap = netem->reorder_ppm ? 1 : 0,
	};
	struct tc_netem_reorder reorder = { .probability = share(netem->reorder_ppm) };
	struct tc_netem_corrupt corrupt = { .probability = share(netem->corrupt_ppm) };
	uint64_t bytes = netem->rate_bps / 8;
	struct tc_netem_rate rate = { .rate = bytes >= UINT32_MAX ? UINT32_MAX : bytes };
	struct nlattr *nest;

	if (!msg)
		return NULL;
	nest = nla_reserve(msg, TCA_OPTIONS, sizeof(options));
	memcpy(nla_data(nest), &options, sizeof(options));
	nla_put_u64(msg, TCA_NETEM_LATENCY64, netem->delay_ns);
	nla_put_u64(msg, TCA_NETEM_JITTER64, netem->jitter_ns);
	if (bytes >= UINT32_MAX)
		nla_put_u64(msg, TCA_NETEM_RATE64, bytes);
	/* What is not given stays as it was (netem_change()): all of it, or a change could not take anything back. */
	nla_put(msg, TCA_NETEM_RATE, sizeof(rate), &rate);
	nla_put(msg, TCA_NETEM_REORDER, sizeof(reorder), &reorder);
	nla_put(msg, TCA_NETEM_CORRUPT, sizeof(corrupt), &corrupt);
	nest->nla_len = (char *)nlmsg_hdr(msg) + nlmsg_hdr(msg)->nlmsg_len - (char *)nest;
	return msg;
}

static unsigned first_priority(unsigned id)
{
	return 1 + id * FILTERS_PER_DROP;
}

static struct nl_msg *filter(unsigned ifindex, unsigned priority, uint16_t protocol,
			     const char *kind)
{
	return tc_message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, ifindex, 0,
			  TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
			  TC_H_MAKE(priority << 16, htons(protocol)), kind);
}

static void put_action(struct nl_msg *msg, int attribute, int verdict)
{
	struct tc_gact parameters = { .action = verdict };
	struct nlattr *actions = nla_nest_start(msg, attribute), *first = nla_nest_start(msg, 1),
		      *options;

	nla_put_string(msg, TCA_ACT_KIND, "gact");
	options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	nla_put(msg, TCA_GACT_PARMS, sizeof(parameters), &parameters);
	nla_nest_end(msg, options);
	nla_nest_end(msg, first);
	nla_nest_end(msg, actions);
}

static void add_drop_all(struct batch *batch, unsigned ifindex, unsigned priority,
			 uint16_t protocol)
{
	struct nl_msg *msg = filter(ifindex, priority, protocol, "matchall");
	struct nlattr *options;

	if (msg) {
		options = nla_nest_start(msg, TCA_OPTIONS);
		put_action(msg, TCA_MATCHALL_ACT, TC_ACT_SHOT);
		nla_nest_end(msg, options);
	}
	batch_add(batch, msg, "cannot set up a drop filter");
}

/* u32 keys: next header (byte 6 of the IPv6 header) is ICMPv6, and its type (byte 40) is `type`. */
static void add_pass_icmpv6(struct batch *batch, unsigned ifindex, unsigned priority, uint8_t type)
{
	struct {
		struct tc_u32_sel sel;
		struct tc_u32_key keys[2];
	} match = {
		.sel = { .flags = TC_U32_TERMINAL, .nkeys = 2 },
		.keys = {
			{ .mask = htonl(0x0000ff00), .val = htonl(IPPROTO_ICMPV6 << 8), .off = 4 },
			{ .mask = htonl(0xff000000), .val = htonl((uint32_t)type << 24), .off = 40 },
		},
	};
	struct nl_msg *msg = filter(ifindex, priority, ETH_P_IPV6, "u32");
	struct nlattr *options;

	if (msg) {
		options = nla_nest_start(msg, TCA_OPTIONS);
		nla_put(msg, TCA_U32_SEL, sizeof(match), &match);
		put_action(msg, TCA_U32_ACT, TC_ACT_OK);
		nla_nest_end(msg, options);
	}
	batch_add(batch, msg, "cannot set up a pass filter");
}

struct nl_msg *tc_clsact_request(unsigned ifindex)
{
	return tc_message(RTM_NEWQDISC, NLM_F_CREATE, ifindex, TC_H_MAKE(TC_H_CLSACT, 0),
			  TC_H_CLSACT, 0, "clsact");
}

void tc_add_drop(struct batch *batch, unsigned ifindex, unsigned id, bool spare_neighbours)
{
	unsigned priority = first_priority(id);

	if (!spare_neighbours) {
		add_drop_all(batch, ifindex, priority, ETH_P_ALL);
		return;
	}
	add_pass_icmpv6(batch, ifindex, priority, ICMPV6_SOLICITATION);
	add_pass_icmpv6(batch, ifindex, priority + 1, ICMPV6_ADVERTISEMENT);
	add_drop_all(batch, ifindex, priority + 2, ETH_P_IPV6);
	add_drop_all(batch, ifindex, priority + 3, ETH_P_IP);
}

void tc_delete_drop(struct batch *batch, unsigned ifindex, unsigned id, bool spare_neighbours)
{
	static const uint16_t protocols[] = { ETH_P_IPV6, ETH_P_IPV6, ETH_P_IPV6, ETH_P_IP };
	unsigned priority = first_priority(id);

	for (unsigned i = 0; i < (spare_neighbours ? FILTERS_PER_DROP : 1); i++)
		batch_add(batch,
			  tc_message(RTM_DELTFILTER, 0, ifindex, 0,
				     TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
				     TC_H_MAKE((priority + i) << 16,
					       htons(spare_neighbours ? protocols[i] : ETH_P_ALL)),
				     NULL),
			  "cannot take a drop filter away");
}
