// SPDX-License-Identifier: GPL-2.0-only
// What the launcher knows of a run's end, as JSON, so that a kept run can be judged again.
#include "lab/common/jsonx.h"
#include "lab/verdict/verdict.h"

json_t *facts_to_json(const struct run_facts *facts)
{
	return json_pack("{s:i, s:b, s:b, s:I, s:s?, s:s?}", "wait_status", facts->wait_status,
			 "timed_out", facts->timed_out, "emulated", facts->emulated,
			 "silent_real_ns", (json_int_t)facts->silent_real_ns, "console_problem",
			 facts->console_problem, "trouble", facts->trouble);
}

bool facts_from_json(const json_t *json, struct run_facts *facts)
{
	if (!json_is_object(json))
		return false;
	*facts = (struct run_facts){
		.wait_status = (int)jsonx_int(json, "wait_status", 0),
		.timed_out = jsonx_true(json, "timed_out"),
		.emulated = jsonx_true(json, "emulated"),
		.silent_real_ns = jsonx_int(json, "silent_real_ns", 0),
		.console_problem = jsonx_string(json, "console_problem", NULL),
		.trouble = jsonx_string(json, "trouble", NULL),
	};
	return true;
}
