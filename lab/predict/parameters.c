// SPDX-License-Identifier: GPL-2.0-only
// The protocol parameters in force at an endpoint: Linux's defaults, the node's sysctls, socket options.
#include "lab/predict/parameters.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"

#include <stdlib.h>
#include <string.h>

/* net/sctp/protocol.c sctp_defaults_init(); only RTO.Initial is not what RFC 9260 section 16 recommends: 1 s. */
static const struct parameters defaults = {
	.rto_initial_ns = 3 * NS_PER_S,
	.rto_min_ns = 1 * NS_PER_S,
	.rto_max_ns = 60 * NS_PER_S,
	.rto_alpha_shift = 3,
	.rto_beta_shift = 2,
	.association_max_retrans = 10,
	.max_init_retransmits = 8,
	.max_init_timeout_ns = 60 * NS_PER_S,
	.pf_enabled = true,
	.path = { .hb_interval_ns = 30 * NS_PER_S,
		  .hb_enabled = true,
		  .path_max_retrans = 5,
		  .pf_retrans = 0 },
};

static void set_sysctl(struct parameters *parameters, const char *name, int64_t value)
{
	if (strcmp(name, "rto_initial") == 0)
		parameters->rto_initial_ns = value * NS_PER_MS;
	else if (strcmp(name, "rto_min") == 0)
		parameters->rto_min_ns = value * NS_PER_MS;
	else if (strcmp(name, "rto_max") == 0)
		parameters->rto_max_ns = parameters->max_init_timeout_ns = value * NS_PER_MS;
	else if (strcmp(name, "rto_alpha_exp_divisor") == 0)
		parameters->rto_alpha_shift = (int)(value & 31);
	else if (strcmp(name, "rto_beta_exp_divisor") == 0)
		parameters->rto_beta_shift = (int)(value & 31);
	else if (strcmp(name, "association_max_retrans") == 0)
		parameters->association_max_retrans = value;
	else if (strcmp(name, "max_init_retransmits") == 0)
		parameters->max_init_retransmits = value;
	else if (strcmp(name, "hb_interval") == 0)
		parameters->path.hb_interval_ns = value * NS_PER_MS;
	else if (strcmp(name, "path_max_retrans") == 0)
		parameters->path.path_max_retrans = value;
	else if (strcmp(name, "pf_retrans") == 0)
		parameters->path.pf_retrans = value;
	else if (strcmp(name, "pf_enable") == 0)
		parameters->pf_enabled = value != 0;
}

void parameters_default(const json_t *node, struct parameters *parameters)
{
	static const char folder[] = "net/sctp/";
	const json_t *setting;
	size_t i;

	*parameters = defaults;
	json_array_foreach(json_object_get(node, "sysctls"), i, setting) {
		const char *path = json_string_value(json_array_get(setting, 0)) ?: "";
		const char *value = json_string_value(json_array_get(setting, 1)) ?: "";

		/* no time of these sysctls is longer than a day (net/sctp/sysctl.c) */
		if (strncmp(path, folder, strlen(folder)) == 0)
			set_sysctl(parameters, path + strlen(folder),
				   strtol(value, NULL, 10) & 0x7fffffff);
	}
}

const char *option_address(const json_t *call)
{
	const json_t *fields = json_object_get(json_object_get(call, "args"), "fields");

	return jsonx_string(fields, "spp_address", jsonx_string(fields, "spt_address", NULL));
}

static const json_t *option_fields(const json_t *call, const char *name)
{
	const json_t *args = json_object_get(call, "args");

	return jsonx_is(args, "option", name) ? json_object_get(args, "fields") : NULL;
}

/* A field that was given, and not as 0, which changes nothing. */
static void take(const json_t *fields, const char *name, int64_t unit, int64_t *value)
{
	int64_t given = jsonx_int(fields, name, 0);

	if (given > 0 && given <= UINT32_MAX)
		*value = given * unit;
}

static bool has_flag(const json_t *fields, const char *name)
{
	const json_t *flags = json_object_get(fields, "spp_flags"), *flag;
	size_t i;

	if (json_is_string(flags))
		return strcmp(json_string_value(flags), name) == 0;
	json_array_foreach((json_t *)flags, i, flag) {
		if (json_is_string(flag) && strcmp(json_string_value(flag), name) == 0)
			return true;
	}
	return false;
}

void path_set_option(struct path_parameters *path, const json_t *call)
{
	const json_t *fields = option_fields(call, "SCTP_PEER_ADDR_PARAMS");

	/* net/sctp/socket.c sctp_apply_peer_addr_params() */
	if (fields) {
		if (has_flag(fields, "SPP_HB_ENABLE")) {
			path->hb_enabled = true;
			take(fields, "spp_hbinterval", NS_PER_MS, &path->hb_interval_ns);
			if (has_flag(fields, "SPP_HB_TIME_IS_ZERO"))
				path->hb_interval_ns = 0;
		}
		if (has_flag(fields, "SPP_HB_DISABLE"))
			path->hb_enabled = false;
		take(fields, "spp_pathmaxrxt", 1, &path->path_max_retrans);
	}
	fields = option_fields(call, "SCTP_PEER_ADDR_THLDS") ?:
			 option_fields(call, "SCTP_PEER_ADDR_THLDS_V2");
	if (fields) {
		take(fields, "spt_pathmaxrxt", 1, &path->path_max_retrans);
		/* here 0 is a value */
		path->pf_retrans = jsonx_int(fields, "spt_pathpfthld", path->pf_retrans);
	}
}

bool parameters_set_option(struct parameters *parameters, const json_t *call)
{
	const json_t *fields;

	if (option_address(call))
		return false;
	fields = option_fields(call, "SCTP_RTOINFO");
	take(fields, "srto_initial", NS_PER_MS, &parameters->rto_initial_ns);
	take(fields, "srto_min", NS_PER_MS, &parameters->rto_min_ns);
	take(fields, "srto_max", NS_PER_MS, &parameters->rto_max_ns);
	fields = option_fields(call, "SCTP_ASSOCINFO");
	take(fields, "sasoc_asocmaxrxt", 1, &parameters->association_max_retrans);
	fields = option_fields(call, "SCTP_INITMSG");
	take(fields, "sinit_max_attempts", 1, &parameters->max_init_retransmits);
	take(fields, "sinit_max_init_timeo", NS_PER_MS, &parameters->max_init_timeout_ns);
	path_set_option(&parameters->path, call);
	return true;
}
