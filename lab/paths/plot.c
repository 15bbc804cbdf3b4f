// SPDX-License-Identifier: GPL-2.0-only
// The path timeline as a plot: for each end of an association cwnd, RTO and SRTT, and the states as bands.
#include "lab/paths/show.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/gnuplot.h"
#include "lab/verdict/describe.h"

#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 1000,
	PANELS = 3,	    /* of an end */
	PANEL_HEIGHT = 170, /* pixels */
	FRAME_HEIGHT = 90,
	COLOURS = 6,
};

/* Colours that most people tell apart, whatever they see (Okabe and Ito, Color Universal Design). */
static const char *const colours[COLOURS] = { "#0072b2", "#d55e00", "#009e73",
					      "#cc79a7", "#e69f00", "#000000" };

static const struct {
	const char *state, *colour;
} bands[] = { { "ACTIVE", "#8fd3b6" },
	      { "PF", "#f2c14e" },
	      { "INACTIVE", "#d9714a" },
	      { "UNCONFIRMED", "#cccccc" } };

struct drawing {
	FILE *out;
	const json_t *rows;
	int64_t from_ns, to_ns;
};

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static void put_text(FILE *out, const char *text)
{
	gnuplot_put_string(out, text, strlen(text));
}

/* The names of an end's paths, in the order of their first rows. A new reference. */
static json_t *list_paths(const struct drawing *drawing, const json_t *end)
{
	json_t *paths = json_array(), *known;
	const json_t *row;
	size_t i, k;

	json_array_foreach((json_t *)drawing->rows, i, row) {
		json_t *name = json_object_get(row, "path");

		if (!name || !paths_row_is_of(row, end))
			continue;
		json_array_foreach(paths, k, known) {
			if (json_equal(known, name))
				break;
		}
		if (k == json_array_size(paths))
			json_array_append(paths, name);
	}
	return paths;
}

/* The end of the association: nothing of its paths holds any more. */
static bool is_end_of(const json_t *row)
{
	return jsonx_is(row, "what", "association") && json_is_null(json_object_get(row, "state"));
}

/* One path's values over time; a value holds up to the next one. */
static void put_data(const struct drawing *drawing, const json_t *end, const json_t *path,
		     const char *block, const char *key, double scale)
{
	const json_t *row;
	double last = 0;
	bool any = false;
	size_t i;

	fprintf(drawing->out, "$%s << EOD\n", block);
	json_array_foreach((json_t *)drawing->rows, i, row) {
		const json_t *value = json_object_get(row, key);
		double at = seconds(jsonx_int(row, "time_ns", 0));

		if (!paths_row_is_of(row, end))
			continue;
		if (is_end_of(row) && any) {
			fprintf(drawing->out, "%.9g %.9g\n\n", at, last);
			any = false;
		}
		if (!json_equal(json_object_get(row, "path"), path) || !json_is_integer(value))
			continue;
		last = (double)json_integer_value(value) * scale;
		fprintf(drawing->out, "%.9g %.9g\n", at, last);
		any = true;
	}
	if (any)
		fprintf(drawing->out, "%.9g %.9g\n", seconds(drawing->to_ns), last);
	fputs("EOD\n", drawing->out);
}

/* Faults and heals as lines through all panels; their words stand in the lowest. */
static void put_marks(const struct drawing *drawing, bool words)
{
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach((json_t *)drawing->rows, i, row) {
		bool heal = jsonx_is(row, "what", "heal");
		double at = seconds(jsonx_int(row, "time_ns", 0));
		char *text;

		if (!heal && !jsonx_is(row, "what", "fault"))
			continue;
		fprintf(drawing->out,
			"set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead back "
			"linewidth 1.5 dashtype 2 linecolor rgb '%s'\n",
			at, at, heal ? "#009e73" : "#d55e00");
		if (!words)
			continue;
		text = text_format("%s: %s", heal ? "heal" : "fault",
				   jsonx_string(row, "text", ""));
		fputs("set label ", drawing->out);
		put_text(drawing->out, text);
		fprintf(drawing->out,
			" at first %.9g, graph %g left offset 0.4,0 font ',10' textcolor rgb '%s'\n",
			at, n++ % 2 ? 1.08 : 1.2, heal ? "#009e73" : "#d55e00");
		free(text);
	}
}

static void begin_panel(const struct drawing *drawing, const char *label, bool words)
{
	fputs("unset arrow\nunset label\nunset object\nset ytics auto\nset key outside right top "
	      "reverse Left samplen 2\nset ylabel ",
	      drawing->out);
	put_text(drawing->out, label);
	fprintf(drawing->out, " offset 1,0\nset xrange [%.9g:%.9g]\n", seconds(drawing->from_ns),
		seconds(drawing->to_ns));
	put_marks(drawing, words);
}

/* One curve, a staircase. */
static void put_curve(FILE *out, bool first, const char *block, size_t colour, bool dashed,
		      const char *name, const char *suffix)
{
	char *title = text_format("%s%s", name, suffix);

	fprintf(out, "%s$%s using 1:2 with steps linewidth 2 dashtype %d linecolor rgb '%s' title ",
		first ? "plot " : ", \\\n\t", block, dashed ? 3 : 1, colours[colour % COLOURS]);
	put_text(out, title);
	free(title);
}

static void put_cwnd(const struct drawing *drawing, const json_t *end, const json_t *paths,
		     const char *title)
{
	json_t *path;
	size_t i;

	json_array_foreach((json_t *)paths, i, path) {
		char *block = text_format("cwnd%zu", i);

		put_data(drawing, end, path, block, "cwnd", 1e-3);
		free(block);
	}
	begin_panel(drawing, "cwnd (kB)", true);
	fputs("set label ", drawing->out);
	put_text(drawing->out, title);
	fputs(" at graph -0.08, graph 1.34 left\nset yrange [0:*]\n", drawing->out);
	json_array_foreach((json_t *)paths, i, path) {
		char *block = text_format("cwnd%zu", i);

		put_curve(drawing->out, i == 0, block, i, false, json_string_value(path), "");
		free(block);
	}
	fputc('\n', drawing->out);
}

static void put_times(const struct drawing *drawing, const json_t *end, const json_t *paths)
{
	json_t *path;
	size_t i;

	json_array_foreach((json_t *)paths, i, path) {
		char *rto = text_format("rto%zu", i), *srtt = text_format("srtt%zu", i);

		put_data(drawing, end, path, rto, "rto_ms", 1e-3);
		put_data(drawing, end, path, srtt, "srtt_ms", 1e-3);
		free(rto);
		free(srtt);
	}
	begin_panel(drawing, "RTO, SRTT (s)", false);
	fputs("set yrange [0:*]\n", drawing->out);
	json_array_foreach((json_t *)paths, i, path) {
		char *rto = text_format("rto%zu", i), *srtt = text_format("srtt%zu", i);

		put_curve(drawing->out, i == 0, rto, i, false, json_string_value(path), " RTO");
		put_curve(drawing->out, false, srtt, i, true, json_string_value(path), " SRTT");
		free(rto);
		free(srtt);
	}
	fputc('\n', drawing->out);
}

static const char *band_colour(const char *state)
{
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		if (strcmp(bands[i].state, state) == 0)
			return bands[i].colour;
	return "#ffffff";
}

static void put_band(const struct drawing *drawing, size_t place, int64_t from_ns, int64_t to_ns,
		     const char *state)
{
	fprintf(drawing->out,
		"set object rectangle from %.9g,%g to %.9g,%g back fillstyle solid noborder "
		"fillcolor rgb '%s'\n",
		seconds(from_ns), -(double)place - 0.36, seconds(to_ns), -(double)place + 0.36,
		band_colour(state));
}

static void put_bands(const struct drawing *drawing, const json_t *end, const json_t *path,
		      size_t place)
{
	const char *state = NULL;
	int64_t since_ns = 0;
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)drawing->rows, i, row) {
		const char *now = jsonx_string(row, "state", NULL);
		int64_t time_ns = jsonx_int(row, "time_ns", 0);

		if (!paths_row_is_of(row, end) ||
		    !(is_end_of(row) || json_equal(json_object_get(row, "path"), path)) ||
		    (now && state && strcmp(now, state) == 0))
			continue;
		if (state)
			put_band(drawing, place, since_ns, time_ns, state);
		state = now;
		since_ns = time_ns;
	}
	if (state)
		put_band(drawing, place, since_ns, drawing->to_ns, state);
}

static void put_states(const struct drawing *drawing, const json_t *end, const json_t *paths)
{
	json_t *path;
	size_t i;

	begin_panel(drawing, "", false);
	fprintf(drawing->out, "set yrange [%g:0.6]\nset ytics (",
		-(double)json_array_size(paths) + 0.4);
	json_array_foreach((json_t *)paths, i, path) {
		fputs(i ? ", " : "", drawing->out);
		put_text(drawing->out, json_string_value(path));
		fprintf(drawing->out, " %d", -(int)i);
	}
	fputs(")\n", drawing->out);
	json_array_foreach((json_t *)paths, i, path)
		put_bands(drawing, end, path, i);
	for (i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		fprintf(drawing->out,
			"%s NaN with points pointtype 5 pointsize 1.6 linecolor rgb '%s' title "
			"'%s'",
			i ? "," : "plot", bands[i].colour, bands[i].state);
	fputc('\n', drawing->out);
}

static void put_end(const struct drawing *drawing, const json_t *end)
{
	json_t *paths = list_paths(drawing, end);
	char *title = text_format("%s, association %lld", json_string_value(json_array_get(end, 0)),
				  (long long)json_integer_value(json_array_get(end, 1)));

	put_cwnd(drawing, end, paths, title);
	put_times(drawing, end, paths);
	fputs("set xlabel 'time (s)' offset 0,0.5\n", drawing->out);
	put_states(drawing, end, paths);
	fputs("unset xlabel\n", drawing->out);
	json_decref(paths);
	free(title);
}

/* From the first row to the end of the run, for which the last row's values hold. */
static void find_range(struct drawing *drawing, const struct run_result *result)
{
	size_t n = json_array_size(drawing->rows), events = json_array_size(result->events);
	int64_t end_ns = event_time_ns(json_array_get(result->events, events - 1));

	drawing->from_ns = jsonx_int(json_array_get(drawing->rows, 0), "time_ns", 0);
	drawing->to_ns = jsonx_int(json_array_get(drawing->rows, n - 1), "time_ns", 0);
	if (end_ns != NS_NEVER && end_ns > drawing->to_ns)
		drawing->to_ns = end_ns;
	if (drawing->to_ns <= drawing->from_ns)
		drawing->to_ns = drawing->from_ns + NS_PER_S;
}

bool paths_plot(const char *command, const char *file, const struct run_result *result,
		const json_t *rows)
{
	json_t *ends = paths_list_ends(rows), *end;
	struct drawing drawing = { .rows = rows };
	char *script = NULL, *title;
	size_t size = 0, n = json_array_size(ends), i;
	bool good = false;

	if (n == 0) {
		fprintf(stderr, "%s: there is nothing to draw: no association came up\n", command);
		goto out;
	}
	drawing.out = open_memstream(&script, &size);
	if (!drawing.out)
		abort();
	find_range(&drawing, result);
	gnuplot_put_output(drawing.out, file, "pathlab_paths",
			   (int[2]){ WIDTH, (int)n * PANELS * PANEL_HEIGHT + FRAME_HEIGHT });
	title = text_format("%s on %s, seed %llu", result->name, result->kernel,
			    (unsigned long long)result->seed);
	fprintf(drawing.out, "set multiplot layout %zu,1 title ", n * PANELS);
	put_text(drawing.out, title);
	fputs("\nset border 3\nset tics nomirror out\nset grid xtics ytics linecolor rgb '#dddddd' "
	      "linetype 1\nset lmargin 14\nset rmargin 26\n",
	      drawing.out);
	json_array_foreach(ends, i, end)
		put_end(&drawing, end);
	fputs("unset multiplot\n", drawing.out);
	fclose(drawing.out);
	good = gnuplot_draw(command, file, script, size);
	free(title);
out:
	json_decref(ends);
	free(script);
	return good;
}
