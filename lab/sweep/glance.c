// SPDX-License-Identifier: GPL-2.0-only
// Results of a sweep at a glance: a table for the terminal.
#include "lab/sweep/glance.h"

#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/sweep/series_data.h"
#include "lab/sweep/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 40
#define GAP	 2 /* blanks between columns */

static char *show(const struct plot_data *data, const struct plot_point *point)
{
	char text[NS_TEXT_SIZE];

	if (point->count == 0)
		return text_format("-");
	if (data->measure->unit == MEASURE_NS)
		return text_format("%s",
				   format_ns(llround(point->median * (double)NS_PER_S), text));
	return text_format("%.10g", point->median);
}

static void put_cell(const char *text, size_t width)
{
	printf("%*s%s", (int)(width - text_width(text)) + GAP, "", text);
}

static size_t wider(size_t width, const char *text)
{
	return text_width(text) > width ? text_width(text) : width;
}

/* What the numbers are, and of how many runs each. */
static void print_head(const struct plot_data *data)
{
	printf("\n%s", data->measure->label);
	if (data->each_least != data->each_most)
		printf(", median of %zu to %zu runs", data->each_least, data->each_most);
	else if (data->each_most > 1)
		printf(", median of %zu runs", data->each_most);
	if (data->others)
		fputs(", values of other parameters together", stdout);
}

static void print_only(const struct plot_data *data)
{
	char *text = show(data, &data->points[0]);

	printf(": %s\n", text);
	free(text);
}

static void print_table(const struct plot_data *data)
{
	size_t rows = data->x.count, columns = data->series.count, first;
	size_t *widths = calloc(columns, sizeof(*widths));
	char **cells = calloc(rows * columns, sizeof(*cells));

	if (!widths || !cells)
		abort();
	putchar('\n');
	first = wider(strlen(data->x.name), data->series.name ?: "");
	for (size_t row = 0; row < rows; row++) {
		first = wider(first, data->x.values[row].text);
		for (size_t column = 0; column < columns; column++) {
			char **cell = &cells[row * columns + column];

			*cell = show(data, &data->points[column * rows + row]);
			widths[column] = wider(widths[column], *cell);
			widths[column] =
				wider(widths[column], data->series.values[column].text ?: "");
		}
	}
	if (data->series.name) {
		printf("  %-*s", (int)first, data->series.name);
		for (size_t column = 0; column < columns; column++)
			put_cell(data->series.values[column].text, widths[column]);
		putchar('\n');
	}
	printf("  %s\n", data->x.name);
	for (size_t row = 0; row < rows; row++) {
		printf("  %-*s", (int)first, data->x.values[row].text);
		for (size_t column = 0; column < columns; column++) {
			put_cell(cells[row * columns + column], widths[column]);
			free(cells[row * columns + column]);
		}
		putchar('\n');
	}
	free(cells);
	free(widths);
}

void glance_print(const struct plot_wish *wish, const json_t *results)
{
	const struct measure *measure = get_measure(SWEEP_COMMAND, wish->y ?: "outage");
	struct plot_data data;

	if (plot_collect(NULL, results, wish->x, wish->series, measure, &data) &&
	    data.x.count <= ROWS_MAX) {
		print_head(&data);
		if (data.x.name)
			print_table(&data);
		else
			print_only(&data);
		putchar('\n');
	}
	plot_data_free(&data);
}
