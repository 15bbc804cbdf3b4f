// SPDX-License-Identifier: GPL-2.0-only
// What a plot shows: least, median and most of a measure, for each value of one parameter and of a second one.
#include "lab/sweep/series_data.h"

#include "lab/common/jsonx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_values(const void *a, const void *b)
{
	return value_compare(a, b);
}

static const char *text_of(const json_t *result, const char *name)
{
	return jsonx_string(json_object_get(result, "parameters"), name, "");
}

/* The different values that results have. */
static void collect_axis(const json_t *results, const char *name, struct plot_axis *axis)
{
	size_t n = json_array_size(results), kept = 0;

	*axis = (struct plot_axis){ .name = name, .values = calloc(n + 1, sizeof(*axis->values)) };
	if (!axis->values)
		abort();
	for (size_t i = 0; i < n && name; i++)
		axis->values[i] = value_read(text_of(json_array_get(results, i), name));
	if (!name)
		n = 1;
	else
		qsort(axis->values, n, sizeof(*axis->values), compare_values);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || value_compare(&axis->values[i], &axis->values[kept - 1]) != 0)
			axis->values[kept++] = axis->values[i];
	}
	axis->count = kept;
}

static size_t find_value(const struct plot_axis *axis, const json_t *result)
{
	const char *text = axis->name ? text_of(result, axis->name) : NULL;

	for (size_t i = 0; i < axis->count && text; i++) {
		if (strcmp(axis->values[i].text, text) == 0)
			return i;
	}
	return 0;
}

static size_t count_values(const json_t *results, const char *name)
{
	struct plot_axis axis;

	collect_axis(results, name, &axis);
	free(axis.values);
	return axis.count;
}

/* The parameter with most values that is not the other axis; NULL when none has more than one. */
static const char *choose_axis(const json_t *results, const char *other)
{
	size_t most = 1, count;
	const char *name, *chosen = NULL;
	json_t *value;

	json_object_foreach(json_object_get(json_array_get(results, 0), "parameters"), name,
			    value) {
		if (other && strcmp(name, other) == 0)
			continue;
		count = count_values(results, name);
		if (count > most) {
			most = count;
			chosen = name;
		}
	}
	return chosen;
}

static size_t count_others(const json_t *results, const struct plot_data *data)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(json_object_get(json_array_get(results, 0), "parameters"), name,
			    value) {
		if ((!data->x.name || strcmp(name, data->x.name) != 0) &&
		    (!data->series.name || strcmp(name, data->series.name) != 0))
			n += count_values(results, name) > 1;
	}
	return n;
}

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void sum_up(double *numbers, size_t n, struct plot_data *data, struct plot_point *point)
{
	if (n == 0)
		return;
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	*point = (struct plot_point){ .least = numbers[0],
				      .median = (numbers[(n - 1) / 2] + numbers[n / 2]) / 2,
				      .most = numbers[n - 1],
				      .count = n };
	if (data->results == 0 || point->least < data->least)
		data->least = point->least;
	if (data->results == 0 || point->most > data->most)
		data->most = point->most;
	if (data->results == 0 || n < data->each_least)
		data->each_least = n;
	if (n > data->each_most)
		data->each_most = n;
	data->results += n;
}

static void collect_points(const json_t *results, struct plot_data *data)
{
	size_t n = json_array_size(results), places = data->x.count * data->series.count;
	size_t *place = calloc(n + 1, sizeof(*place));
	double *numbers = calloc(n + 1, sizeof(*numbers));

	data->points = calloc(places, sizeof(*data->points));
	if (!place || !numbers || !data->points)
		abort();
	for (size_t i = 0; i < n; i++) {
		const json_t *result = json_array_get(results, i);

		place[i] = find_value(&data->series, result) * data->x.count +
			   find_value(&data->x, result);
	}
	for (size_t at = 0; at < places; at++) {
		size_t count = 0;

		for (size_t i = 0; i < n; i++) {
			const json_t *value =
				json_object_get(json_array_get(results, i), data->measure->key);

			if (place[i] == at && json_is_integer(value))
				numbers[count++] = (double)json_integer_value(value) /
						   (data->measure->unit == MEASURE_NS ? 1e9 : 1);
		}
		sum_up(numbers, count, data, &data->points[at]);
	}
	free(place);
	free(numbers);
}

/* A sentence, where one is wanted. */
__attribute__((format(printf, 2, 3))) static void say(const char *command, const char *format, ...)
{
	va_list arguments;

	if (!command)
		return;
	fprintf(stderr, "%s: ", command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
}

bool plot_collect(const char *command, const json_t *results, const char *x, const char *series,
		  const struct measure *measure, struct plot_data *data)
{
	*data = (struct plot_data){ .measure = measure };
	x = x ?: choose_axis(results, series);
	if (!x && command) {
		say(command, "--plot needs a parameter with more than one value");
		return false;
	}
	collect_axis(results, x, &data->x);
	collect_axis(results, series ?: choose_axis(results, x), &data->series);
	if (data->series.count > PLOT_LINES_MAX || data->x.count > PLOT_VALUES_MAX) {
		say(command,
		    "%zu lines of %zu points are too many for one plot, which shows %d of %d; "
		    "--x and --series choose others",
		    data->series.count, data->x.count, PLOT_LINES_MAX, PLOT_VALUES_MAX);
		return false;
	}
	data->others = count_others(results, data);
	collect_points(results, data);
	if (data->results == 0)
		say(command, "no result has the measure \"%s\", so there is no plot",
		    measure->name);
	return data->results > 0;
}

void plot_data_free(struct plot_data *data)
{
	free(data->x.values);
	free(data->series.values);
	free(data->points);
	*data = (struct plot_data){ 0 };
}
