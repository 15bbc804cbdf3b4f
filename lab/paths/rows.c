// SPDX-License-Identifier: GPL-2.0-only
// Rows of a timeline: samples, packets and events, put in the order of time.
#include "lab/paths/rows.h"

#include "lab/common/clamp.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/paths/lost.h"
#include "lab/paths/wire.h"
#include "lab/verdict/describe.h"

#include <stdlib.h>
#include <string.h>

const struct column path_columns[] = {
	{ "path", FROM_SCENARIO },
	{ "address", FROM_KERNEL },
	{ "state", FROM_KERNEL },
	{ "primary", FROM_KERNEL },
	{ "cwnd", FROM_KERNEL },
	{ "srtt_ms", FROM_KERNEL },
	{ "rto_ms", FROM_KERNEL },
	{ "mtu", FROM_KERNEL },
	{ "flight", FROM_PACKETS },
	{ "errors", FROM_PACKETS },
	{ "heartbeats", FROM_PACKETS },
	{ "heartbeat_acks", FROM_PACKETS },
	{ "retransmissions", FROM_PACKETS },
};
const size_t path_columns_count = sizeof(path_columns) / sizeof(path_columns[0]);

/* What a packet does and the look that follows it are one change. */
#define TOGETHER_NS (NS_PER_MS / 2)

enum item_kind { ITEM_EVENT, ITEM_SAMPLE, ITEM_SENT, ITEM_ARRIVED };

struct item {
	int64_t time_ns;
	enum item_kind kind;
	size_t index, order;
};

struct row {
	int64_t time_ns;
	size_t order;
	json_t *object; /* (owned) */
};

struct story {
	const json_t *plan, *events, *samples;
	const struct packets *packets;
	const struct rows_wish *wish;
	struct ends ends;
	struct lost_faults *faults; /* (owned) */
	struct row *rows;	    /* (owned) */
	size_t n, room;
};

static bool is_wanted(const struct story *story, const char *endpoint)
{
	return !story->wish->endpoint || !endpoint || strcmp(endpoint, story->wish->endpoint) == 0;
}

static void add_row(struct story *story, const char *endpoint, int64_t time_ns,
		    json_t *row /* (owned) */)
{
	if (!is_wanted(story, endpoint) || time_ns < story->wish->from_ns ||
	    time_ns > story->wish->to_ns) {
		json_decref(row);
		return;
	}
	if (story->n == story->room) {
		story->room = 2 * story->room + 256;
		story->rows = reallocarray(story->rows, story->room, sizeof(*story->rows));
		if (!story->rows)
			abort();
	}
	story->rows[story->n] = (struct row){ time_ns, story->n, row };
	story->n++;
}

static json_t *make_row(int64_t time_ns, const char *what, const char *endpoint, json_t *id)
{
	return json_pack("{s:I, s:s, s:s?, s:o}", "time_ns", (json_int_t)time_ns, "what", what,
			 "endpoint", endpoint, "assoc_id", id ?: json_null());
}

/* "PF" of "SCTP_PF". A path whose state the kernel hides is one (SCTP_EXPOSE_POTENTIALLY_FAILED_STATE). */
static const char *state_of(const json_t *path)
{
	const char *state = jsonx_string(path, "state", NULL);

	if (state)
		return strncmp(state, "SCTP_", 5) == 0 ? state + 5 : state;
	return json_object_get(path, "errno") ? "PF" : NULL;
}

static json_t *number_of(const json_t *path, const char *key)
{
	json_t *value = json_object_get(path, key);

	return value ? json_incref(value) : json_null();
}

static void put_path_row(struct story *story, const struct end *end, const struct path *path,
			 const json_t *now, int64_t time_ns)
{
	json_t *row = make_row(time_ns, "path", end->endpoint, json_integer(end->id));
	const struct path_wire *wire = &path->wire;

	json_object_update_new(
		row,
		json_pack("{s:s, s:s, s:s?, s:b, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I}",
			  "path", path->name, "address", path->address, "state", state_of(now),
			  "primary", jsonx_true(now, "primary"), "cwnd", number_of(now, "cwnd"),
			  "srtt_ms", number_of(now, "srtt_ms"), "rto_ms", number_of(now, "rto_ms"),
			  "mtu", number_of(now, "mtu"), "flight", (json_int_t)wire->flight,
			  "errors", (json_int_t)wire->errors, "heartbeats",
			  (json_int_t)wire->heartbeats, "heartbeat_acks", (json_int_t)wire->answers,
			  "retransmissions", (json_int_t)wire->retransmitted));
	add_row(story, end->endpoint, time_ns, row);
}

/* Something of the path changed; of `urgent` things a row tells whatever was told before. */
static void note_change(const struct story *story, struct path *path, int64_t time_ns, bool urgent)
{
	struct track *track = &path->track;
	int64_t due_ns = clamp_add(time_ns, TOGETHER_NS);

	if (!track->now)
		return; /* no look has shown it yet */
	if (!urgent && track->told_ns != NS_NEVER &&
	    clamp_add(track->told_ns, story->wish->every_ns) > due_ns)
		due_ns = clamp_add(track->told_ns, story->wish->every_ns);
	if (track->due_ns == NS_NEVER)
		track->since_ns = time_ns;
	if (due_ns < track->due_ns)
		track->due_ns = due_ns;
}

/* Writes the row that is due; one that waited has the time up to which it waited. */
static void settle(struct story *story, const struct end *end, struct path *path, int64_t until_ns)
{
	struct track *track = &path->track;
	int64_t time_ns = track->since_ns;

	if (track->due_ns == NS_NEVER)
		return;
	if (track->due_ns - time_ns > TOGETHER_NS) {
		time_ns = track->due_ns - TOGETHER_NS;
		if (time_ns > until_ns)
			time_ns = until_ns;
	}
	put_path_row(story, end, path, track->now, time_ns);
	track->told_ns = time_ns;
	track->errors = path->wire.errors;
	track->since_ns = track->due_ns = NS_NEVER;
}

/* All rows due before that time, the earliest first. */
static void settle_until(struct story *story, int64_t time_ns, int64_t until_ns)
{
	for (;;) {
		const struct end *best_end = NULL;
		struct path *best = NULL;
		int64_t due_ns = time_ns;

		for (size_t i = 0; i < story->ends.n; i++) {
			const struct end *end = &story->ends.items[i];

			for (size_t k = 0; k < end->n; k++) {
				if (end->paths[k].track.due_ns >= due_ns)
					continue;
				due_ns = end->paths[k].track.due_ns;
				best_end = end;
				best = &end->paths[k];
			}
		}
		if (!best)
			return;
		settle(story, best_end, best, until_ns);
	}
}

static void note_wire_change(void *context, struct path *path, int64_t time_ns)
{
	const struct track *track = &path->track;

	note_change(context, path, time_ns, path->wire.errors != track->errors);
}

static void take_path(struct story *story, struct end *end, const json_t *object, int64_t time_ns)
{
	struct path *path = end_path(end, jsonx_string(object, "address", ""));
	struct track *track;
	bool urgent;

	if (!path)
		return;
	track = &path->track;
	urgent = !track->now ||
		 !json_equal(json_object_get(track->now, "state"),
			     json_object_get(object, "state")) ||
		 !json_equal(json_object_get(track->now, "primary"),
			     json_object_get(object, "primary"));
	json_decref(track->now);
	track->now = json_incref((json_t *)object);
	note_change(story, path, time_ns, urgent);
}

static void put_association_row(struct story *story, const struct end *end, const json_t *sample)
{
	const char *state = jsonx_string(sample, "state", NULL);
	int64_t time_ns = jsonx_int(sample, "time", 0);
	json_t *row = make_row(time_ns, "association", end->endpoint, json_integer(end->id));

	json_object_set_new(row, "state",
			    state ? json_string(strncmp(state, "SCTP_", 5) ? state : state + 5) :
				    json_null());
	add_row(story, end->endpoint, time_ns, row);
}

static void take_sample(struct story *story, const json_t *sample, int64_t time_ns)
{
	struct end *end = ends_of_sample(&story->ends, sample);
	const json_t *state = json_object_get(sample, "state"), *path;
	size_t i;

	if (!end)
		return;
	for (i = 0; json_is_null(state) && i < end->n; i++)
		settle(story, end, &end->paths[i], time_ns);
	if (!json_equal(end->state, state))
		put_association_row(story, end, sample);
	end->state = state;
	json_array_foreach(json_object_get(sample, "paths"), i, path) {
		if (json_is_null(state)) {
			struct path *gone = end_path(end, jsonx_string(path, "address", ""));

			/* the association's row says it for all of them */
			if (gone && gone->track.now) {
				json_decref(gone->track.now);
				gone->track.now = NULL;
			}
		} else {
			take_path(story, end, path, time_ns);
		}
	}
}

/* Faults and heals are everybody's; what an endpoint was told is its own. */
static void take_event(struct story *story, const json_t *event, int64_t time_ns)
{
	const char *kind = jsonx_string(event, "event", "");
	const char *endpoint = jsonx_string(event, "endpoint", NULL);
	char *text = NULL;
	size_t size;
	FILE *out;
	json_t *row;

	if (strcmp(kind, "fault") != 0 && strcmp(kind, "heal") != 0 &&
	    strcmp(kind, "notification") != 0 && strcmp(kind, "exit") != 0)
		return;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	describe_what(out, story->plan, event);
	fclose(out);
	row = make_row(time_ns, kind, endpoint, json_incref(json_object_get(event, "assoc_id")));
	json_object_set_new(row, "text", json_string(text));
	add_row(story, endpoint, time_ns, row);
	free(text);
}

static void take_item(struct story *story, const struct item *item)
{
	settle_until(story, item->time_ns, item->time_ns);
	if (item->kind == ITEM_SENT) {
		wire_sent(&story->ends, story->packets, &story->packets->items[item->index],
			  note_wire_change, story);
	} else if (item->kind == ITEM_ARRIVED) {
		const struct packet *packet = &story->packets->arrivals[item->index];

		if (!packet_is_lost(story->faults, story->packets, packet))
			wire_arrived(&story->ends, story->packets, packet, note_wire_change, story);
	} else if (item->kind == ITEM_SAMPLE) {
		take_sample(story, json_array_get(story->samples, item->index), item->time_ns);
	} else {
		take_event(story, json_array_get(story->events, item->index), item->time_ns);
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct item *make_items(const struct story *story, size_t *n)
{
	size_t events = json_array_size(story->events), sent = 0, arrived = 0;
	size_t samples = json_array_size(story->samples);
	struct item *items;

	if (story->packets) {
		sent = story->packets->n;
		arrived = story->packets->n_arrivals;
	}
	items = calloc(sent + arrived + samples + events + 1, sizeof(*items));
	if (!items)
		abort();
	*n = 0;
	for (size_t i = 0; i < sent; i++, ++*n)
		items[*n] = (struct item){ story->packets->items[i].time_ns, ITEM_SENT, i, *n };
	for (size_t i = 0; i < arrived; i++, ++*n)
		items[*n] =
			(struct item){ story->packets->arrivals[i].time_ns, ITEM_ARRIVED, i, *n };
	for (size_t i = 0; i < samples; i++, ++*n)
		items[*n] = (struct item){ event_time_ns(json_array_get(story->samples, i)),
					   ITEM_SAMPLE, i, *n };
	for (size_t i = 0; i < events; i++) {
		int64_t time_ns = event_time_ns(json_array_get(story->events, i));

		if (time_ns != NS_NEVER) {
			items[*n] = (struct item){ time_ns, ITEM_EVENT, i, *n };
			++*n;
		}
	}
	qsort(items, *n, sizeof(*items), compare_items);
	return items;
}

static void free_story(struct story *story)
{
	lost_faults_free(story->faults);
	ends_free(&story->ends);
}

/* Rows that waited for others to be told first are older than those behind them. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The rows in the order of time; takes them out of the story. */
static json_t *gather_rows(struct story *story)
{
	json_t *rows = json_array();

	if (story->n)
		qsort(story->rows, story->n, sizeof(*story->rows), compare_rows);
	for (size_t i = 0; i < story->n; i++)
		json_array_append_new(rows, story->rows[i].object);
	free(story->rows);
	return rows;
}

json_t *paths_rows(const json_t *plan, const json_t *events, const json_t *samples,
		   const struct packets *packets, const struct rows_wish *wish)
{
	struct story story = {
		.plan = plan, .events = events, .samples = samples, .packets = packets, .wish = wish
	};
	struct item *items;
	size_t n;

	ends_find(plan, samples, &story.ends);
	story.faults = lost_faults_find(plan, events);
	items = make_items(&story, &n);
	for (size_t i = 0; i < n; i++)
		take_item(&story, &items[i]);
	settle_until(&story, NS_NEVER, n ? items[n - 1].time_ns : 0);
	free(items);
	free_story(&story);
	return gather_rows(&story);
}
