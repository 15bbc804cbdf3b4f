// SPDX-License-Identifier: GPL-2.0-only
// Expectations of what is on the wire: `packets`, `retransmissions`.
#include "lab/front/expect_reader.h"
#include "lab/front/units.h"
#include "lab/front/words.h"

/* The keys of all expectations of packets. */
struct packet_keys {
	struct yaml *to, *sent_from, *from, *by, *after, *node, *endpoint, *source;
};

/* Who sent them: the node of an endpoint, or any node by its name. */
static bool read_sender(struct reader *reader, const struct packet_keys *keys)
{
	long node;

	if (keys->node && keys->endpoint) {
		yaml_key_error(reader->front, keys->node,
			       "packets are sent by a \"node\" or by an \"endpoint\", not both");
		return false;
	}
	if (keys->node) {
		node = topology_get_node(reader->front, reader->scenario->topology, keys->node);
	} else {
		if (!expect_read_endpoint(reader, keys->endpoint, false))
			return false;
		node = (long)reader->scenario->endpoints[reader->endpoint].node;
	}
	expect_put(reader, "node", json_integer(node));
	return node >= 0;
}

static bool read_packet_keys(struct reader *reader, const struct packet_keys *keys)
{
	json_t *after = NULL;

	if (!expect_needs_capture(reader) || !read_sender(reader, keys) ||
	    (keys->to && !expect_read_address(reader, keys->to, "destination")) ||
	    (keys->sent_from && !expect_read_address(reader, keys->sent_from, "local")) ||
	    !expect_read_window(reader, keys->from, keys->by))
		return false;
	if (keys->after) {
		after = scenario_read_moment(reader->scenario, keys->after);
		if (!after)
			return false;
		expect_put(reader, "after", after);
	}
	return put_source(reader->front, keys->source, reader->json);
}

/* How long after the step, or after the first packet, each packet was sent. */
static bool read_times(struct reader *reader, const struct yaml *times)
{
	json_t *ranges = json_array();
	int64_t range[2];

	expect_put(reader, "times_ns", ranges);
	for (const struct yaml *item = yaml_first(times); item; item = yaml_next(times, item)) {
		if (!parse_time_range(reader->front, item, "the time of a packet", range))
			return false;
		json_array_append_new(ranges, json_pack("[I, I]", (json_int_t)range[0],
							(json_int_t)range[1]));
	}
	if (json_array_size(ranges) > 0)
		return true;
	yaml_error(reader->front, times, "\"times\" is empty; expected a list such as [3s, 9s]");
	return false;
}

bool expect_read_packets(struct reader *reader)
{
	struct yaml *packets, *count, *times;
	struct packet_keys more;
	struct yaml_key keys[] = {
		{ "packets", &packets, true },
		{ "to", &more.to, false },
		{ "sent-from", &more.sent_from, false },
		{ "from", &more.from, false },
		{ "by", &more.by, false },
		{ "after", &more.after, false },
		{ "count", &count, false },
		{ "times", &times, false },
		{ "node", &more.node, false },
		{ "endpoint", &more.endpoint, false },
		{ "source", &more.source, false },
	};
	int64_t range[2] = { 1, UNBOUNDED };
	const char *name;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of packets", keys) ||
	    !get_packet_kind(reader->front, packets, &name))
		return false;
	expect_put(reader, "carries", json_string(name));
	if (!read_packet_keys(reader, &more) || (times && !read_times(reader, times)))
		return false;
	/* whose times are all known are neither fewer nor more */
	if (times)
		range[0] = range[1] =
			(int64_t)json_array_size(json_object_get(reader->json, "times_ns")) +
			!more.after;
	return expect_read_count(reader, count, range);
}

bool expect_read_retransmissions(struct reader *reader)
{
	struct yaml *count;
	struct packet_keys more;
	struct yaml_key keys[] = {
		{ "retransmissions", &count, true },
		{ "to", &more.to, false },
		{ "sent-from", &more.sent_from, false },
		{ "from", &more.from, false },
		{ "by", &more.by, false },
		{ "after", &more.after, false },
		{ "node", &more.node, false },
		{ "endpoint", &more.endpoint, false },
		{ "source", &more.source, false },
	};

	return YAML_READ_MAP(reader->front, reader->yaml, "an expectation of retransmissions",
			     keys) &&
	       expect_read_count(reader, count, expect_at_least_one) &&
	       read_packet_keys(reader, &more);
}
