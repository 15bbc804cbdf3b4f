// SPDX-License-Identifier: GPL-2.0-only
// Expectations of traffic: delivery, order, duplicates, latency, outage, and how it ended.
#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/verdict/describe.h"
#include "lab/verdict/traffic.h"
#include "lab/verdict/trial.h"

#include <stdlib.h>
#include <string.h>

#define PPM 1000000

/* The direction an expectation is about, counted, and its words. */
struct subject {
	struct direction direction;
	struct traffic traffic;
	char *of; /* (owned) "", or " of client" when only one sender counts */
};

static void subject_read(const struct trial *trial, const json_t *expectation,
			 struct subject *subject)
{
	const json_t *sender = json_object_get(expectation, "sender");

	subject->direction = (struct direction){
		.receiver = trial_endpoint(trial->plan, json_object_get(expectation, "endpoint")),
		.sender = sender ? trial_endpoint(trial->plan, sender) : NULL,
	};
	subject->of =
		text_format(sender ? " of %s" : "%s", sender ? subject->direction.sender : "");
	traffic_count(trial->plan, trial->events, &subject->direction, &subject->traffic);
}

static int64_t count_tried(const struct traffic *traffic)
{
	return clamp_add(traffic->sent, traffic->failed);
}

static char *describe_received(const struct traffic *traffic)
{
	if (traffic->unfinished)
		return text_format("%lld arrived, and the sender never came to its end",
				   (long long)traffic->received);
	if (count_tried(traffic) == 0)
		return text_format("no traffic was sent");
	if (traffic->failed)
		return text_format("%lld of %lld arrived; %lld could not be sent",
				   (long long)traffic->received, (long long)count_tried(traffic),
				   (long long)traffic->failed);
	return text_format("%lld of %lld arrived", (long long)traffic->received,
			   (long long)traffic->sent);
}

/* "5 messages", "at least 5 messages", "5 to 9 messages". (owned) */
static char *describe_messages(const json_t *range)
{
	int64_t min, max;

	range_read(range, &min, &max);
	if (max == INT64_MAX)
		return text_format("at least %lld messages", (long long)min);
	if (min == max)
		return text_format("%lld message%s", (long long)min, min == 1 ? "" : "s");
	return text_format("%lld to %lld messages", (long long)min, (long long)max);
}

/* How many were to arrive. (owned) */
static char *describe_wanted(const json_t *expectation)
{
	const json_t *count = json_object_get(expectation, "count");
	const json_t *share = json_object_get(expectation, "share_ppm");

	if (count)
		return describe_messages(count);
	if (share)
		return text_format("at least %g%% of the messages",
				   (double)json_integer_value(share) * 100 / PPM);
	return text_format(json_is_true(json_object_get(expectation, "all")) ? "every message" :
									       "not every message");
}

static bool enough_arrived(const json_t *expectation, const struct traffic *traffic)
{
	const json_t *all = json_object_get(expectation, "all");
	const json_t *count = json_object_get(expectation, "count");
	int64_t share = jsonx_int(expectation, "share_ppm", 0);
	bool complete = traffic->received == traffic->sent && traffic->sent > 0 &&
			traffic->failed == 0 && traffic->unfinished == 0;

	if (count && !range_holds(count, traffic->received))
		return false;
	if (share &&
	    (traffic->unfinished || count_tried(traffic) == 0 ||
	     (double)traffic->received * PPM < (double)share * (double)count_tried(traffic)))
		return false;
	return !json_is_boolean(all) || complete == json_is_true(all);
}

static void judge_order(struct trial *trial, const json_t *expectation,
			const struct subject *subject, bool wanted)
{
	const struct traffic *traffic = &subject->traffic;
	bool holds = traffic->disorder == SIZE_MAX && traffic->received > 0;

	if (holds == wanted)
		return;
	trial_add(trial, FAILS, expectation, traffic->disorder,
		  event_time_ns(json_array_get(trial->events, traffic->disorder)),
		  text_format("messages%s to arrive at %s %s", subject->of,
			      subject->direction.receiver, wanted ? "in order" : "out of order"),
		  traffic->received == 0 ? text_format("none arrived") :
		  holds			 ? text_format("all arrived in order") :
		  traffic->reordered > 1 ? text_format("%lld arrived after one that was sent later",
						       (long long)traffic->reordered) :
					   text_format("one overtook an earlier one"));
}

void judge_delivered(struct trial *trial, const json_t *expectation)
{
	const json_t *in_order = json_object_get(expectation, "in_order");
	const json_t *duplicates = json_object_get(expectation, "duplicates");
	struct subject subject = { 0 };
	bool holds;

	subject_read(trial, expectation, &subject);
	if (!enough_arrived(expectation, &subject.traffic)) {
		char *wanted = describe_wanted(expectation);

		trial_add(trial, FAILS, expectation, NO_EVENT, trial->end_ns,
			  text_format("%s%s to arrive at %s", wanted, subject.of,
				      subject.direction.receiver),
			  describe_received(&subject.traffic));
		free(wanted);
	}
	if (json_is_boolean(in_order))
		judge_order(trial, expectation, &subject, json_is_true(in_order));
	holds = subject.traffic.duplicates > 0;
	if (json_is_boolean(duplicates) && holds != json_is_true(duplicates))
		trial_add(trial, FAILS, expectation, subject.traffic.duplicate,
			  event_time_ns(json_array_get(trial->events, subject.traffic.duplicate)),
			  text_format("%s%s to arrive twice at %s",
				      json_is_true(duplicates) ? "a message" : "no message",
				      subject.of, subject.direction.receiver),
			  text_format("%lld arrived once more",
				      (long long)subject.traffic.duplicates));
	free(subject.of);
}

void judge_latency(struct trial *trial, const json_t *expectation)
{
	const char *which = jsonx_string(expectation, "of", "all");
	const json_t *range = json_object_get(expectation, "ns");
	bool all = strcmp(which, "all") == 0;
	int rank = strcmp(which, "median") == 0 ? LATENCY_MEDIAN :
		   strcmp(which, "99%") == 0	? LATENCY_99 :
						  LATENCY_MAX;
	const struct latency *latency;
	struct subject subject = { 0 };
	char text[NS_TEXT_SIZE], *wanted;
	int64_t min, max;

	subject_read(trial, expectation, &subject);
	range_read(range, &min, &max);
	/* of all, the slowest is too slow or the fastest too fast */
	if (all && subject.traffic.latency[LATENCY_MAX].ns <= max)
		rank = LATENCY_MIN;
	latency = &subject.traffic.latency[rank];
	if (subject.traffic.received == 0 || !range_holds(range, latency->ns)) {
		wanted = describe_range_ns(range);
		format_ns_exact(latency->ns, text);
		trial_add(trial, FAILS, expectation,
			  subject.traffic.received ? latency->event : NO_EVENT,
			  subject.traffic.received ?
				  event_time_ns(json_array_get(trial->events, latency->event)) :
				  trial->end_ns,
			  text_format("%s%s%s to take %s to %s", all ? "every message" : which,
				      all ? "" : " of the messages", subject.of, wanted,
				      subject.direction.receiver),
			  subject.traffic.received == 0 ? text_format("none arrived") :
			  all				? text_format("the %s took %s",
					      rank == LATENCY_MIN ? "fastest" : "slowest", text) :
							  text_format("it was %s", text));
		free(wanted);
	}
	free(subject.of);
}

void judge_outage(struct trial *trial, const json_t *expectation)
{
	const json_t *range = json_object_get(expectation, "ns");
	char gap[NS_TEXT_SIZE], from[NS_TEXT_SIZE], *wanted;
	const struct traffic *traffic;
	struct subject subject = { 0 };

	subject_read(trial, expectation, &subject);
	traffic = &subject.traffic;
	if (traffic->gap_ns < 0 || !json_is_array(range) || !range_holds(range, traffic->gap_ns)) {
		wanted = describe_range_ns(range);
		format_ns_exact(traffic->gap_ns, gap);
		format_ns_exact(traffic->gap_from_ns, from);
		trial_add(trial, FAILS, expectation, traffic->gap_event,
			  traffic->gap_ns < 0 ? trial->end_ns :
						clamp_add(traffic->gap_from_ns, traffic->gap_ns),
			  text_format("the longest time without a delivery%s at %s to be %s",
				      subject.of, subject.direction.receiver, wanted),
			  traffic->gap_ns < 0 ? text_format("no traffic was sent") :
						text_format("it was %s, from %s on", gap, from));
		free(wanted);
	}
	free(subject.of);
}
