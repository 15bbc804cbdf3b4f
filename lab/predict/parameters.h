// SPDX-License-Identifier: GPL-2.0-only
// The protocol parameters in force at an endpoint (RFC 9260 section 16, RFC 7829): Linux's defaults, the node's sysctls,
// and the socket options that were set.
#ifndef LAB_PREDICT_PARAMETERS_H
#define LAB_PREDICT_PARAMETERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one path, for those that are set by address. */
struct path_parameters {
	int64_t hb_interval_ns;
	bool hb_enabled;
	int64_t path_max_retrans;
	int64_t pf_retrans; /* PFMR of RFC 7829 */
};

struct parameters {
	int64_t rto_initial_ns, rto_min_ns, rto_max_ns;
	int rto_alpha_shift, rto_beta_shift; /* RTO.Alpha is 2^-3, RTO.Beta 2^-2 */
	int64_t association_max_retrans;
	int64_t max_init_retransmits;
	int64_t max_init_timeout_ns; /* what T1 doubles up to; begins as the node's RTO.Max, whatever that of the socket is */
	bool pf_enabled;
	struct path_parameters path; /* of new paths */
};

/* What a node has before any option is set. */
void parameters_default(const json_t *node, struct parameters *parameters);

/*
 * Takes over what a call event of setsockopt set. A parameter that begins as 0 in the option is left as it is, as Linux does.
 * With an address it is about one path only: then false, and path_set_option() does it.
 */
bool parameters_set_option(struct parameters *parameters, const json_t *call);
void path_set_option(struct path_parameters *path, const json_t *call);

/* The address (with port) of the one path that the option is about; NULL when it is about all. */
const char *option_address(const json_t *call);

#endif
