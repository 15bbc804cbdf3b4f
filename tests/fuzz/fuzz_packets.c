// SPDX-License-Identifier: GPL-2.0-only
// Fuzz target (libFuzzer): any bytes as a run's capture, from blocks to packets, counts and a verdict.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/verdict/describe.h"
#include "lab/verdict/packets.h"
#include "lab/verdict/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan_text[] =
	"{\"pathlab_plan\": 1, \"limit_ns\": 7200000000000, \"nodes\": [{\"name\": \"client\"}, "
	"{\"name\": \"server\", \"sysctls\": [[\"net/sctp/udp_port\", \"5\"]]}], \"links\": ["
	"{\"name\": \"a\", \"ends\": [{\"node\": 0, \"addresses\": [\"192.0.2.1/28\", \"2001:db8:a::1/64\"]}, "
	"{\"node\": 1, \"addresses\": [\"192.0.2.2/28\"]}]}, "
	"{\"name\": \"b\", \"ends\": [{\"node\": 0, \"addresses\": []}, {\"node\": 1, \"addresses\": []}]}], "
	"\"endpoints\": [{\"name\": \"client\", \"node\": 0}], \"steps\": [], \"expect\": ["
	"{\"kind\": \"packets\", \"endpoint\": 0, \"node\": 0, \"carries\": \"INIT\", \"count\": [1, 2], "
	"\"times_ns\": [[0, 1]]}, "
	"{\"kind\": \"retransmissions\", \"endpoint\": 0, \"node\": 0, \"count\": [0, 0]}]}";

static void describe(const json_t *plan, const json_t *events)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	describe_events(out, plan, events, true, "");
	fclose(out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *plan = json_loads(plan_text, 0, NULL);
	json_t *events = json_loads("[{\"event\": \"end\", \"time\": 9}]", 0, NULL);
	struct packets *packets = packets_parse(data, size, plan);
	struct verdict verdict;

	if (!plan || !events)
		abort();
	if (packets) {
		json_t *merged = packets_merge(packets, plan, events);

		if (json_array_size(merged) != packets->n + 1)
			abort();
		describe(plan, merged);
		json_decref(merged);
		json_decref(packets_count(packets, 0, INT64_MIN, INT64_MAX));
		verdict_judge(plan, events, packets, NULL, &verdict);
		/* a capture that is not whole must decide nothing */
		if (packets->damaged && verdict.status != VERDICT_VOID)
			abort();
		verdict_free(&verdict);
	}
	packets_free(packets);
	json_decref(plan);
	json_decref(events);
	return 0;
}
