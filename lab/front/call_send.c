// SPDX-License-Identifier: GPL-2.0-only
// Sending: one message, or many at intervals.
#include <inttypes.h>
#include <string.h>

#include "lab/front/call.h"

/* After the last message of a `send ... every`, what is lost can still be sent again. */
#define TRAFFIC_SETTLE (10 * S)
/* cclient's numbered messages carry 24 bytes of their own (docs/formats.md, messages). */
#define TRAFFIC_SIZE_MIN 24

static void put_message(struct call_builder *builder, bool is_traffic)
{
	struct yaml *size = call_value(builder, "size"), *text = call_value(builder, "text");
	int64_t bytes;

	if (!size == !text || (is_traffic && text)) {
		yaml_key_error(builder->front, builder->yaml, "%s needs %s", builder->call->name,
			       is_traffic ? "the key \"size\", and no \"text\", when it repeats" :
					    "either \"size\" or \"text\"");
		builder->good = false;
		return;
	}
	call_put_quantity(builder, "size", "the size of a message", SIZE,
			  is_traffic ? TRAFFIC_SIZE_MIN : 1, CALL_MESSAGE_MAX, &bytes);
	if (!text)
		return;
	if (text->type != YAML_SCALAR || text->text[0] == '\0' || strlen(text->text) > 1000 ||
	    strpbrk(text->text, "\n\r\t")) {
		yaml_error(builder->front, text, "text is one line of 1 to 1000 bytes");
		builder->good = false;
		return;
	}
	call_append(builder, " text=\"");
	for (const char *at = text->text; *at; at++)
		call_append(builder, strchr("\"\\", *at) ? "\\%c" : "%c", *at);
	call_append(builder, "\"");
}

/* The messages take turns on so many streams, from `stream` on. */
static void put_streams(struct call_builder *builder)
{
	struct yaml *streams = call_value(builder, "streams");
	int64_t number;

	if (!streams)
		return;
	if (yaml_get_integer(builder->front, streams, "a count of streams", 1, 65535, &number))
		call_append(builder, " streams=%" PRId64, number);
	else
		builder->good = false;
}

static void build_traffic(struct call_builder *builder)
{
	struct yaml *count_yaml = call_value(builder, "count"),
		    *for_yaml = call_value(builder, "for");
	struct scenario *scenario = builder->scenario;
	int64_t every, lasts, count = 0;
	const char *word = strchr(builder->line, ' ');

	builder->line = arena_printf(&builder->front->arena, "traffic%s", word);
	builder->endpoint->sends = true;
	put_message(builder, true);
	call_put_quantity(builder, "every", "a sending interval", TIME, 0, 24 * H, &every);
	if (!count_yaml == !for_yaml) {
		yaml_key_error(builder->front, builder->yaml,
			       "a send that repeats needs either \"count\" or \"for\"");
		builder->good = false;
		return;
	}
	call_put_integer(builder, "count", "a count of messages", 1000000);
	call_put_quantity(builder, "for", "a duration", TIME, US, YEAR, &lasts);
	/* what arrives tells by this number which step sent it; 0 is none of them */
	call_append(builder, " flow=%" PRId64,
		    (int64_t)json_integer_value(json_object_get(builder->step->json, "id")) + 1);
	put_streams(builder);
	if (!builder->good)
		return;
	if (count_yaml) {
		yaml_get_integer(builder->front, count_yaml, "a count of messages", 0, 1000000,
				 &count);
		lasts = every * count;
	}
	if (every > 0 && every < US) {
		yaml_error(
			builder->front, call_value(builder, "every"),
			"an interval is at least 1us; write 0s to send as soon as there is room");
		builder->good = false;
	} else if (every > 0 && lasts / every > 1000000) {
		yaml_key_error(builder->front, builder->yaml,
			       "these are %" PRId64 " messages; a scenario sends at most 1000000",
			       lasts / every);
		builder->good = false;
	}
	if (builder->step->has_at)
		scenario_reach(scenario, builder->step->at_ns + lasts);
	scenario->settle_ns = TRAFFIC_SETTLE;
}

/* Partial reliability: for how long, or how often, a message is sent again (RFC 3758, RFC 7496). */
static void put_policy(struct call_builder *builder)
{
	struct yaml *rtx = call_value(builder, "rtx");
	int64_t lifetime;

	call_put_quantity(builder, "lifetime", "a lifetime", TIME, MS, 24 * H, &lifetime);
	call_put_integer(builder, "rtx", "a limit of retransmissions", 1000000);
	if (!rtx || !call_value(builder, "lifetime"))
		return;
	yaml_key_error(builder->front, rtx, "\"rtx\" and \"lifetime\" exclude each other");
	builder->good = false;
}

void call_build_send(struct call_builder *builder)
{
	bool is_traffic = call_value(builder, "every") != NULL;

	if (is_traffic) {
		build_traffic(builder);
	} else {
		static const char *const only[] = { "count", "for", "streams" };

		put_message(builder, false);
		for (size_t i = 0; i < 3; i++) {
			if (!call_value(builder, only[i]))
				continue;
			yaml_key_error(builder->front, call_value(builder, only[i]),
				       "\"%s\" needs \"every\", the time between two messages",
				       only[i]);
			builder->good = false;
		}
	}
	call_put_integer(builder, "stream", "a stream", 65535);
	call_put_integer(builder, "assoc", "an association's id", INT32_MAX);
	if (call_value(builder, "to")) {
		call_append(builder, " to=");
		call_put_destinations(builder, "to", true);
	} else if (call_value(builder, "port")) {
		yaml_key_error(builder->front, call_value(builder, "port"),
			       "\"port\" needs \"to\"");
		builder->good = false;
	}
	call_put_integer(builder, "ppid", "a payload protocol identifier", UINT32_MAX);
	call_put_flag(builder, "unordered");
	put_policy(builder);
	if (!is_traffic) {
		call_put_flag(builder, "dontwait");
	} else if (call_value(builder, "dontwait")) {
		yaml_key_error(
			builder->front, call_value(builder, "dontwait"),
			"\"dontwait\" is for a single message; with \"every\" nothing waits");
		builder->good = false;
	}
}
