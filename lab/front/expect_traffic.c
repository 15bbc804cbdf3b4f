// SPDX-License-Identifier: GPL-2.0-only
// Expectations of messages that are sent all the time: `delivered`, `latency`, `outage`.
#include <string.h>

#include "lab/front/expect_reader.h"
#include "lab/front/units.h"

/* Who received and, where only its messages count, who sent. */
static bool read_direction(struct reader *reader, const struct yaml *endpoint,
			   const struct yaml *sender)
{
	long index;

	if (!expect_read_cclient(reader, endpoint, true))
		return false;
	if (!sender)
		return true;
	index = scenario_get_endpoint(reader->scenario, sender);
	expect_put(reader, "sender", json_integer(index));
	if (index != (long)reader->endpoint)
		return expect_of_cclient(reader, sender, index);
	yaml_error(reader->front, sender, "\"%s\" is the receiver; expected another endpoint",
		   sender->text);
	return false;
}

/* How many messages arrive: all, a range of counts, or a percentage of those sent, at least. */
static bool read_amount(struct reader *reader, const struct yaml *delivered)
{
	int64_t range[2], share;
	const char *text;

	if (!yaml_get_text(reader->front, delivered, "delivered", &text))
		return false;
	if (strcmp(text, "all") == 0) {
		expect_put(reader, "all", json_true());
		return true;
	}
	if (text[0] != '\0' && text[strlen(text) - 1] == '%') {
		if (!parse_quantity(reader->front, delivered, "the share that is delivered",
				    PERCENT, 1, 1000000, &share))
			return false;
		expect_put(reader, "share_ppm", json_integer(share));
		return true;
	}
	if (strspn(text, "<>= .0123456789") != strlen(text)) {
		yaml_error(
			reader->front, delivered,
			"delivered is \"%s\"; expected all, a count such as \">= 10\", or a percentage",
			text);
		return false;
	}
	if (!parse_count_range(reader->front, delivered, "a count of messages", range))
		return false;
	expect_put(reader, "count",
		   json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return true;
}

bool expect_read_delivered(struct reader *reader)
{
	struct yaml *delivered, *in_order, *duplicates, *endpoint, *sender, *source;
	struct yaml_key keys[] = {
		{ "delivered", &delivered, true },    { "in-order", &in_order, false },
		{ "duplicates", &duplicates, false }, { "endpoint", &endpoint, false },
		{ "sender", &sender, false },	      { "source", &source, false },
	};
	bool value;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of deliveries", keys) ||
	    !read_direction(reader, endpoint, sender) || !read_amount(reader, delivered))
		return false;
	if (in_order) {
		if (!yaml_get_bool(reader->front, in_order, "in-order", &value))
			return false;
		expect_put(reader, "in_order", json_boolean(value));
	}
	if (duplicates) {
		if (!yaml_get_bool(reader->front, duplicates, "duplicates", &value))
			return false;
		expect_put(reader, "duplicates", json_boolean(value));
	}
	return put_source(reader->front, source, reader->json);
}

bool expect_read_latency(struct reader *reader)
{
	static const char *const words[] = { "all", "median", "99%" };
	struct yaml *latency, *of, *endpoint, *sender, *source;
	struct yaml_key keys[] = { { "latency", &latency, true },
				   { "of", &of, false },
				   { "endpoint", &endpoint, false },
				   { "sender", &sender, false },
				   { "source", &source, false } };
	int64_t range[2];
	size_t index = 0;

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the latency", keys) ||
	    !read_direction(reader, endpoint, sender) ||
	    !parse_time_range(reader->front, latency, "a latency", range) ||
	    (of && !yaml_get_word(reader->front, of, "of", words, 3, &index)))
		return false;
	expect_put(reader, "ns", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	expect_put(reader, "of", json_string(words[index]));
	return put_source(reader->front, source, reader->json);
}

bool expect_read_outage(struct reader *reader)
{
	struct yaml *outage, *endpoint, *sender, *source;
	struct yaml_key keys[] = { { "outage", &outage, true },
				   { "endpoint", &endpoint, false },
				   { "sender", &sender, false },
				   { "source", &source, false } };
	int64_t range[2];

	if (!YAML_READ_MAP(reader->front, reader->yaml, "an expectation of the outage", keys) ||
	    !read_direction(reader, endpoint, sender) ||
	    !parse_time_range(reader->front, outage, "an outage", range))
		return false;
	expect_put(reader, "ns", json_pack("[I, I]", (json_int_t)range[0], (json_int_t)range[1]));
	return put_source(reader->front, source, reader->json);
}
