// SPDX-License-Identifier: GPL-2.0-only
// The path timeline for people: one table for each end of an association.
#include "lab/paths/show.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"

#include <string.h>

/* The cells behind the path's name. */
static const struct cell {
	const char *key, *head, *unit;
	int width; /* negative: to the left */
} cells[] = {
	{ "state", "state", "", -11 },	     { "cwnd", "cwnd", "", 7 },
	{ "srtt_ms", "SRTT", " ms", 8 },     { "rto_ms", "RTO", " ms", 9 },
	{ "flight", "flight", "", 8 },	     { "errors", "errors", "", 6 },
	{ "heartbeats", "HB sent", "", 7 },  { "heartbeat_acks", "HB ack", "", 6 },
	{ "retransmissions", "rtx", "", 4 },
};

#define N_CELLS (sizeof(cells) / sizeof(cells[0]))

static const char legend[] =
	"* the primary path. State, cwnd, SRTT and RTO are the kernel's (SCTP_GET_PEER_ADDR_INFO). "
	"Flight (bytes), errors in a\nrow, HEARTBEATs and retransmissions are counted in the packets, "
	"which are seen where they leave a link's delay.\n";

json_t *paths_list_ends(const json_t *rows)
{
	json_t *ends = json_array(), *known, *end;
	const json_t *row;
	size_t i, k;

	json_array_foreach((json_t *)rows, i, row) {
		if (!jsonx_is(row, "what", "path") && !jsonx_is(row, "what", "association"))
			continue;
		end = json_pack("[O, O]", json_object_get(row, "endpoint"),
				json_object_get(row, "assoc_id"));
		json_array_foreach(ends, k, known) {
			if (json_equal(known, end))
				break;
		}
		if (k == json_array_size(ends))
			json_array_append(ends, end);
		json_decref(end);
	}
	return ends;
}

bool paths_row_is_of(const json_t *row, const json_t *end)
{
	const json_t *endpoint = json_object_get(row, "endpoint");
	const json_t *id = json_object_get(row, "assoc_id");

	if (json_is_null(endpoint))
		return true;
	return json_equal(endpoint, json_array_get(end, 0)) &&
	       (json_is_null(id) || json_equal(id, json_array_get(end, 1)));
}

static void put_cell(FILE *out, const struct cell *cell, const json_t *row, const json_t *before,
		     bool color)
{
	const json_t *value = json_object_get(row, cell->key);
	bool changed = color && !json_equal(value, json_object_get(before, cell->key));
	int width = cell->width < 0 ? -cell->width : cell->width, used;
	char text[64];

	if (json_is_integer(value))
		used = snprintf(text, sizeof(text), "%lld%s", (long long)json_integer_value(value),
				cell->unit);
	else
		used = snprintf(text, sizeof(text), "%s",
				json_is_string(value) ? json_string_value(value) : "-");
	fprintf(out, "  %*s%s%s%s%*s", cell->width > 0 && used < width ? width - used : 0, "",
		changed ? "\033[1m" : "", text, changed ? "\033[0m" : "",
		cell->width < 0 && used < width ? width - used : 0, "");
}

/* The row of the same path before that one, which bold cells differ from. */
static const json_t *find_before(const json_t *rows, size_t index)
{
	const json_t *row = json_array_get(rows, index);

	while (index-- > 0) {
		const json_t *other = json_array_get(rows, index);

		if (json_equal(json_object_get(other, "path"), json_object_get(row, "path")) &&
		    json_equal(json_object_get(other, "endpoint"),
			       json_object_get(row, "endpoint")) &&
		    json_equal(json_object_get(other, "assoc_id"),
			       json_object_get(row, "assoc_id")))
			return other;
	}
	return NULL;
}

static void put_time(FILE *out, const json_t *row)
{
	char text[NS_TEXT_SIZE];

	fprintf(out, "%11s  ", format_seconds(jsonx_int(row, "time_ns", 0), text));
}

static void put_path_row(FILE *out, const json_t *rows, size_t index, int width, bool color)
{
	const json_t *row = json_array_get(rows, index);
	const json_t *before = color ? find_before(rows, index) : NULL;
	const char *name = jsonx_string(row, "path", "?");
	int used = (int)text_width(name) + 1;

	put_time(out, row);
	text_put(out, name);
	fprintf(out, "%c%*s", jsonx_true(row, "primary") ? '*' : ' ',
		used < width ? width - used : 0, "");
	for (size_t i = 0; i < N_CELLS; i++)
		put_cell(out, &cells[i], row, before, color);
	fputc('\n', out);
}

static void put_other_row(FILE *out, const json_t *row)
{
	const char *what = jsonx_string(row, "what", "?");
	bool association = strcmp(what, "association") == 0;

	put_time(out, row);
	fprintf(out, "-- %s: ", what);
	text_put(out, jsonx_string(row, association ? "state" : "text", "gone"));
	fputc('\n', out);
}

static void put_heading(FILE *out, const json_t *end, int width)
{
	char text[NS_TEXT_SIZE];

	text_put(out, json_string_value(json_array_get(end, 0)));
	snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(json_array_get(end, 1)));
	fprintf(out, ", association %s\n%11s  %-*s", text, "time", width, "path");
	for (size_t i = 0; i < N_CELLS; i++)
		fprintf(out, "  %*s", cells[i].width, cells[i].head);
	fputc('\n', out);
}

static int name_width(const json_t *rows)
{
	size_t width = strlen("path"), i;
	const json_t *row;

	json_array_foreach((json_t *)rows, i, row) {
		size_t used = text_width(jsonx_string(row, "path", "")) + 1;

		if (used > width)
			width = used;
	}
	return (int)width;
}

void paths_put_table(FILE *out, const json_t *rows, bool color)
{
	json_t *ends = paths_list_ends(rows), *end;
	int width = name_width(rows);
	const json_t *row;
	size_t i, k;

	json_array_foreach(ends, i, end) {
		put_heading(out, end, width);
		json_array_foreach((json_t *)rows, k, row) {
			if (!paths_row_is_of(row, end))
				continue;
			if (jsonx_is(row, "what", "path"))
				put_path_row(out, rows, k, width, color);
			else
				put_other_row(out, row);
		}
		fputc('\n', out);
	}
	if (json_array_size(ends))
		fputs(legend, out);
	else
		fputs("No association came up, or none that had changes in that time.\n", out);
	json_decref(ends);
}
