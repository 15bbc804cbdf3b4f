// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep as a plot, drawn by gnuplot(1).
#include "lab/sweep/plot.h"

#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/front/nearest.h"
#include "lab/front/parameters.h"
#include "lab/gnuplot.h"
#include "lab/sweep/series_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scale over more than so many times its least value is a logarithmic one. */
#define LOG_FROM 12
/* So many points at most have their value beside them; more would hide each other. */
#define LABELS_MAX 40

/* Colours that most people tell apart, whatever they see (Okabe and Ito, Color Universal Design), and gnuplot's point types. */
static const struct {
	const char *colour;
	int point;
} styles[PLOT_LINES_MAX] = { { "#0072b2", 7 },	{ "#d55e00", 5 },  { "#009e73", 9 },
			     { "#cc79a7", 13 }, { "#e69f00", 11 }, { "#56b4e9", 15 },
			     { "#000000", 6 },	{ "#999933", 4 } };

static bool check_parameter(const char *command, const char *option, const char *wanted,
			    const json_t *parameters)
{
	const char *names[PARAMETERS_MAX], *name, *nearest;
	json_t *value;
	size_t n = 0;

	if (!wanted || json_object_get(parameters, wanted))
		return true;
	json_object_foreach((json_t *)parameters, name, value) {
		if (n < PARAMETERS_MAX)
			names[n++] = name;
	}
	nearest = nearest_name(wanted, names, n);
	fprintf(stderr, "%s: %s is \"%s\", which is no parameter of the scenario", command, option,
		wanted);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?", nearest);
	putc('\n', stderr);
	return false;
}

bool plot_check(const char *command, const struct plot_wish *wish, const json_t *parameters,
		int *status)
{
	*status = EXIT_USAGE;
	if (wish->file && !gnuplot_check_name(command, wish->file))
		return false;
	if (wish->y && !get_measure(command, wish->y))
		return false;
	if (!check_parameter(command, "--x", wish->x, parameters) ||
	    !check_parameter(command, "--series", wish->series, parameters))
		return false;
	if (wish->x && wish->series && strcmp(wish->x, wish->series) == 0) {
		fprintf(stderr, "%s: --x and --series are both \"%s\"\n", command, wish->x);
		return false;
	}
	*status = EXIT_LABORATORY;
	return !wish->file || gnuplot_check_program(command);
}

static bool is_numeric(const struct plot_axis *axis)
{
	for (size_t i = 0; i < axis->count; i++) {
		if (axis->values[i].kind == VALUE_WORD ||
		    axis->values[i].kind != axis->values[0].kind)
			return false;
	}
	return true;
}

/* Where values stand: numbers and quantities to scale, anything else side by side. */
static double place_of(const struct plot_axis *axis, size_t index)
{
	return is_numeric(axis) ? axis->values[index].size : (double)index;
}

static bool wants_log(double least, double most)
{
	return least > 0 && most > LOG_FROM * least;
}

static void put_x_axis(FILE *out, const struct plot_axis *axis)
{
	double first = place_of(axis, 0), last = place_of(axis, axis->count - 1);

	if (wants_log(first, last)) {
		double margin = pow(last / first, 0.04);

		fprintf(out, "set logscale x\nset xrange [%.9g:%.9g]\n", first / margin,
			last * margin);
	} else {
		double margin = last > first ? (last - first) * 0.04 : 1;

		fprintf(out, "set xrange [%.9g:%.9g]\n", first - margin, last + margin);
	}
	fputs("set xtics (", out);
	for (size_t i = 0; i < axis->count; i++) {
		fputs(i ? ", " : "", out);
		gnuplot_put_string(out, axis->values[i].text, strlen(axis->values[i].text));
		fprintf(out, " %.9g", place_of(axis, i));
	}
	fputs(")\nset xlabel ", out);
	gnuplot_put_string(out, axis->name, strlen(axis->name));
	putc('\n', out);
}

/* Marks at 1, 2 and 5 of every power of ten that the scale touches. */
static void put_log_marks(FILE *out, double least, double most)
{
	static const int steps[] = { 1, 2, 5 };
	int last = (int)floor(log10(most));
	const char *comma = "";

	fputs("set ytics (", out);
	for (int exponent = (int)floor(log10(least)); exponent <= last; exponent++) {
		double power = pow(10, exponent);

		for (int i = 0; i < 3; i++) {
			fprintf(out, "%s'%.9g' %.9g", comma, steps[i] * power, steps[i] * power);
			comma = ", ";
		}
	}
	fputs(")\n", out);
}

static void put_y_axis(FILE *out, const struct plot_data *data)
{
	bool in_time = data->measure->unit == MEASURE_NS;

	if (wants_log(data->least, data->most)) {
		fprintf(out, "set logscale y\nset yrange [%.9g:%.9g]\n", data->least / 1.25,
			data->most * 1.25);
		put_log_marks(out, data->least, data->most);
	} else {
		fprintf(out, "set yrange [0:%.9g]\n", data->most > 0 ? data->most * 1.08 : 1);
	}
	fputs("set ylabel ", out);
	gnuplot_put_string(out, data->measure->label, strlen(data->measure->label));
	fputs(in_time ? " . ' (s)'\n" : "\n", out);
}

/* Lines stand a little beside each other, so that none hides the bars of another. */
static double shift(const struct plot_data *data, size_t line, double place)
{
	const struct plot_axis *x = &data->x;
	double first = place_of(x, 0), last = place_of(x, x->count - 1);
	double step = ((double)line - (double)(data->series.count - 1) / 2) * 0.008;

	return wants_log(first, last) ? place * pow(last / first, step) :
					place + step * (last - first);
}

static void put_data(FILE *out, const struct plot_data *data)
{
	for (size_t line = 0; line < data->series.count; line++) {
		fprintf(out, "$line%zu << EOD\n", line);
		for (size_t i = 0; i < data->x.count; i++) {
			const struct plot_point *point = &data->points[line * data->x.count + i];

			if (point->count > 0)
				fprintf(out, "%.9g %.9g %.9g %.9g\n",
					shift(data, line, place_of(&data->x, i)), point->median,
					point->least, point->most);
		}
		fputs("EOD\n", out);
	}
}

static void put_lines(FILE *out, const struct plot_data *data)
{
	const char *comma = "plot ";

	for (size_t line = 0; line < data->series.count; line++) {
		const char *text = data->series.values[line].text;

		fprintf(out,
			"%s$line%zu using 1:2:3:4 with yerrorbars linecolor rgb '%s' linewidth 1.4 "
			"pointtype %d pointsize 0.9 notitle, \\\n"
			"\t$line%zu using 1:2 with linespoints linecolor rgb '%s' linewidth 2 "
			"pointtype %d pointsize 0.9 ",
			comma, line, styles[line].colour, styles[line].point, line,
			styles[line].colour, styles[line].point);
		if (text) {
			fputs("title ", out);
			gnuplot_put_string(out, text, strlen(text));
		} else {
			fputs("notitle", out);
		}
		comma = ", \\\n\t";
		if (data->x.count * data->series.count <= LABELS_MAX)
			fprintf(out,
				"%s$line%zu using 1:4:(sprintf('%%.3g', $2)) with labels offset 0,0.7 font ',10' "
				"textcolor rgb '%s' notitle",
				comma, line, styles[line].colour);
	}
	putc('\n', out);
}

/* What a point stands for, below the axis. */
static void put_note(FILE *out, const struct plot_data *data, const json_t *first)
{
	char count[64], *note;

	if (data->each_least == data->each_most)
		snprintf(count, sizeof(count), "%zu", data->each_most);
	else
		snprintf(count, sizeof(count), "%zu to %zu", data->each_least, data->each_most);
	note = text_format("%s on %s; point: median, bar: least to most of %s %s%s",
			   jsonx_string(first, "scenario", "?"), jsonx_string(first, "kernel", "?"),
			   count, data->each_most == 1 ? "run" : "runs",
			   data->others ? ", values of other parameters together" : "");
	fputs("set label 1 ", out);
	gnuplot_put_string(out, note, strlen(note));
	fputs(" at screen 0.99,0.02 right font ',10' textcolor rgb '#555555'\n", out);
	free(note);
}

static void put_script(FILE *out, const struct plot_wish *wish, const struct plot_data *data,
		       const json_t *results)
{
	const json_t *first = json_array_get(results, 0);

	gnuplot_put_output(out, wish->file, "pathlab_sweep", (int[2]){ 960, 600 });
	fputs("set border 3\nset tics nomirror out\nset grid xtics ytics linecolor rgb '#dddddd' "
	      "linetype 1\nset bmargin 5\nset key outside right top reverse Left samplen 3 spacing 1.3",
	      out);
	if (data->series.name) {
		fputs(" title ", out);
		gnuplot_put_string(out, data->series.name, strlen(data->series.name));
	}
	putc('\n', out);
	gnuplot_put_title(out, jsonx_string(first, "summary", ""));
	put_note(out, data, first);
	put_x_axis(out, &data->x);
	put_y_axis(out, data);
	put_data(out, data);
	put_lines(out, data);
}

bool plot_write(const char *command, const struct plot_wish *wish, const json_t *results)
{
	const struct measure *measure = get_measure(command, wish->y ?: "outage");
	char *script = NULL;
	struct plot_data data = { 0 };
	size_t size = 0;
	bool good = false;
	FILE *out;

	if (!plot_collect(command, results, wish->x, wish->series, measure, &data))
		goto out;
	out = open_memstream(&script, &size);
	if (!out)
		abort();
	put_script(out, wish, &data, results);
	fclose(out);
	good = gnuplot_draw(command, wish->file, script, size);
out:
	plot_data_free(&data);
	free(script);
	return good;
}
