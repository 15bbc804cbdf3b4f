// SPDX-License-Identifier: GPL-2.0-only
// Results in the order of the runs, whatever order they come in, and the progress line.
#include "lab/render/render.h"

#include "lab/common/clamp.h"
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"
#include "lab/verdict/describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Rows are not made narrower than this, whatever the terminal. */
#define LEAST_WIDTH 100

static const struct format *const formats[] = {
	[RENDER_HUMAN] = &human_format,
	[RENDER_JSON] = &json_format,
	[RENDER_TAP] = &tap_format,
	[RENDER_JUNIT] = &junit_format,
};

const char *const render_format_names[] = { [RENDER_HUMAN] = "human",
					    [RENDER_JSON] = "json",
					    [RENDER_TAP] = "tap",
					    [RENDER_JUNIT] = "junit",
					    NULL };

/* Kernels side by side at most; as many as lab/run_options.h takes. */
#define KERNELS_MAX 16

struct renderer {
	struct render_options options;
	const struct format *format;
	char **texts;	/* (owned) by index, NULL when not yet reported or already written */
	size_t written; /* texts before this one are written */
	size_t put;	/* results that have been written */
	struct sums sums, by_kernel[KERNELS_MAX];
	struct cell_text *cells; /* (owned) by index, for a format with rows of several kernels */
	bool progress_shown;
};

bool render_wants_color(FILE *out)
{
	const char *term = getenv("TERM"), *refused = getenv("NO_COLOR");

	return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0 &&
	       !(refused && *refused != '\0');
}

int64_t result_virtual_ns(const struct run_result *result)
{
	return result->virtual_ns ? result->virtual_ns : result->verdict.virtual_ns;
}

char *problem_place(const struct run_result *result, const struct problem *problem)
{
	if (problem->line)
		return text_format("%s:%d:%d", result->file, problem->line, problem->column);
	return text_format("%s", result->file);
}

char *problem_sentence(const struct problem *problem)
{
	return text_format("expected %s, but %s", problem->expected, problem->observed);
}

char *problem_trail(const struct run_result *result, const struct problem *problem,
		    const char *indent)
{
	size_t n = json_array_size(result->events), size;
	const json_t *event = json_array_get(result->events, problem->event);
	/* of several events at one time, those behind the one it is about led to nothing */
	size_t to = event && event_time_ns(event) == problem->until_ns ? problem->event + 1 : n;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	describe_trail(out, result->plan, result->events, to, problem->until_ns, TRAIL_LINES,
		       indent);
	if (fclose(out) != 0)
		abort();
	return text;
}

/* Columns of a terminal. */
static size_t terminal_width(FILE *terminal)
{
	struct winsize size;

	if (ioctl(fileno(terminal), TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

size_t render_width(FILE *out)
{
	size_t width = isatty(fileno(out)) ? terminal_width(out) : 0;

	return width < LEAST_WIDTH ? LEAST_WIDTH : width;
}

struct renderer *renderer_new(const struct render_options *options)
{
	struct renderer *renderer = calloc(1, sizeof(*renderer));

	if (!renderer)
		abort();
	renderer->options = *options;
	if (renderer->options.width == 0)
		renderer->options.width = render_width(options->out);
	if (renderer->options.width < LEAST_WIDTH)
		renderer->options.width = LEAST_WIDTH;
	renderer->format = formats[options->format];
	if (options->format == RENDER_HUMAN && options->n_kernels > 1)
		renderer->format = &columns_format;
	if (options->n_kernels > KERNELS_MAX)
		abort();
	renderer->sums.by_kernel = options->n_kernels > 1 ? renderer->by_kernel : NULL;
	renderer->texts = calloc(options->total + 1, sizeof(*renderer->texts));
	renderer->cells = calloc(options->total + 1, sizeof(*renderer->cells));
	if (!renderer->texts || !renderer->cells)
		abort();
	if (renderer->format->put_head) {
		renderer->format->put_head(options->out, &renderer->options);
		fflush(options->out);
	}
	return renderer;
}

static void erase_progress(struct renderer *renderer)
{
	if (!renderer->progress_shown)
		return;
	fputs("\r\033[K", renderer->options.progress);
	fflush(renderer->options.progress);
	renderer->progress_shown = false;
}

void renderer_progress(struct renderer *renderer, size_t done, size_t running, const char *name)
{
	FILE *out = renderer->options.progress;
	size_t width;
	char *line;

	if (!out)
		return;
	line = text_format("%zu of %zu done, %zu running%s%s", done, renderer->options.total,
			   running, name ? ": " : "", name ? name : "");
	/* a progress line that wraps could not be erased */
	width = terminal_width(out) - 1;
	/* cut by bytes: names of files are ASCII nearly always, and too short is no harm */
	if (strlen(line) > width)
		line[width] = '\0';
	fputs("\r\033[K", out);
	if (text_width(line) <= width)
		text_put(out, line);
	fflush(out);
	free(line);
	renderer->progress_shown = true;
}

/* Writes what follows what is written without a hole; at the end also what comes after holes. */
static void write_texts(struct renderer *renderer, bool all)
{
	FILE *out = renderer->options.out;

	for (; renderer->written < renderer->options.total; renderer->written++) {
		char *text = renderer->texts[renderer->written];

		if (!text && !all)
			break;
		if (!text)
			continue;
		if (renderer->put++ > 0 && renderer->format->separator)
			fputs(renderer->format->separator, out);
		fputs(text, out);
		free(text);
		renderer->texts[renderer->written] = NULL;
	}
	fflush(out);
}

/* Keeps what a row of several kernels tells of the run. */
static void keep_cell(struct cell_text *cell, const struct run_result *result, char *details)
{
	cell->there = true;
	cell->name = text_format("%s", result->name);
	cell->skipped = result->skipped != NULL;
	cell->status = cell->skipped ? VERDICT_VOID : result->verdict.status;
	cell->details = details;
	for (size_t i = 0; i < OUTCOMES; i++)
		cell->outcomes[i] =
			text_format("%s", result->skipped ?: result->verdict.outcomes[i]);
}

static void free_cell(struct cell_text *cell)
{
	free(cell->name);
	free(cell->details);
	for (size_t i = 0; i < OUTCOMES; i++)
		free(cell->outcomes[i]);
	*cell = (struct cell_text){ 0 };
}

/* Writes the row of a scenario: at the place of its last run, once all have ended, or as many as there will be. */
static void finish_row(struct renderer *renderer, size_t row, bool all)
{
	size_t n = renderer->options.n_kernels, there = 0, size;
	struct cell_text *cells = &renderer->cells[row * n];
	FILE *out;

	for (size_t k = 0; k < n; k++)
		there += cells[k].there;
	if (there == 0 || (there < n && !all))
		return;
	for (size_t k = 0; k + 1 < n; k++)
		renderer->texts[row * n + k] = text_format("%s", "");
	out = open_memstream(&renderer->texts[row * n + n - 1], &size);
	if (!out)
		abort();
	renderer->sums.different += renderer->format->put_row(out, &renderer->options, cells);
	if (fclose(out) != 0)
		abort();
	for (size_t k = 0; k < n; k++)
		free_cell(&cells[k]);
}

static void add_to_sums(struct sums *sums, const struct run_result *result)
{
	sums->runs++;
	sums->skipped += result->skipped != NULL;
	sums->failed += result->verdict.status == VERDICT_FAIL;
	sums->voided += result->verdict.status == VERDICT_VOID;
	sums->virtual_ns = clamp_add(sums->virtual_ns, result_virtual_ns(result));
}

void renderer_result(struct renderer *renderer, const struct run_result *result)
{
	const struct render_options *options = &renderer->options;
	size_t size;
	char *text;
	FILE *out;

	if (result->index >= options->total || renderer->texts[result->index] ||
	    renderer->cells[result->index].there)
		return;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	renderer->format->put_result(out, options, result);
	if (fclose(out) != 0)
		abort();
	add_to_sums(&renderer->sums, result);
	if (options->n_kernels > 1)
		add_to_sums(&renderer->by_kernel[result->index % options->n_kernels], result);
	if (renderer->format->put_row) {
		keep_cell(&renderer->cells[result->index], result, text);
		finish_row(renderer, result->index / options->n_kernels, false);
	} else {
		renderer->texts[result->index] = text;
	}
	erase_progress(renderer);
	if (!renderer->format->put_late_head)
		write_texts(renderer, false);
}

static int exit_status(const struct renderer *renderer)
{
	const struct sums *sums = &renderer->sums;

	/* a failure says something about SCTP, and is said even when other runs are void */
	return sums->failed ? 1 : sums->voided ? 3 : 0;
}

int renderer_finish(struct renderer *renderer, const struct totals *totals)
{
	const struct format *format = renderer->format;
	FILE *out = renderer->options.out;
	int status = exit_status(renderer);

	erase_progress(renderer);
	for (size_t i = 0;
	     format->put_row && i * renderer->options.n_kernels < renderer->options.total; i++)
		finish_row(renderer, i, true);
	if (format->put_late_head)
		format->put_late_head(out, &renderer->sums, totals);
	write_texts(renderer, true);
	if (format->put_tail)
		format->put_tail(out, &renderer->options, &renderer->sums, totals);
	errno = 0;
	if (fflush(out) != 0 || ferror(out)) {
		fprintf(stderr, "pathlab: the results could not be written: %s\n",
			errno ? strerror(errno) : "the output failed earlier");
		status = 3;
	}
	free(renderer->texts);
	free(renderer->cells);
	free(renderer);
	return status;
}
