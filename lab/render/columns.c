// SPDX-License-Identifier: GPL-2.0-only
// Results for people, of several kernels: one line a scenario, one column a kernel, differences marked.
#include "lab/common/ns.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERDICT_WIDTH  6  /* with two blanks */
#define CELL_WIDTH_MIN 46 /* most outcomes fit, with the mark */
#define CELL_WIDTH_TTY \
	30 /* the same on a terminal, where rows that wrap are worse than few words */
#define CELL_WIDTH_MAX 68
#define DIFFERENT      "* "

/* Where a kernel's column is wide enough, names are not cut; what is left is shared by the kernels. */
static size_t cell_width(const struct render_options *options)
{
	size_t used = options->name_width + 2, width;
	size_t least = isatty(fileno(options->out)) ? CELL_WIDTH_TTY : CELL_WIDTH_MIN;

	width = options->width > used ? (options->width - used) / options->n_kernels : 0;
	return width < least ? least : width > CELL_WIDTH_MAX ? CELL_WIDTH_MAX : width;
}

static void put_head(FILE *out, const struct render_options *options)
{
	size_t width = cell_width(options);

	human_put_padded(out, "", options->name_width + 2 + strlen(DIFFERENT));
	for (size_t k = 0; k + 1 < options->n_kernels; k++)
		human_put_padded(out, options->kernels[k], width);
	text_put(out, options->kernels[options->n_kernels - 1]);
	fputc('\n', out);
}

/* Reads "5 min 43 s" or "3.02 s" from *at on; false when no duration stands there, and *at stays. */
static bool read_duration(const char **at, int64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 },  { "us", 1e3 },   { "ms", 1e6 },
		      { "s", 1e9 }, { "min", 60e9 }, { "h", 3600e9 } };
	const char *next = *at;
	bool found = false;

	for (*ns = 0;; found = true) {
		char *end;
		double number = isdigit((unsigned char)*next) ? strtod(next, &end) : 0;
		size_t length, i = 0;

		if (!isdigit((unsigned char)*next) || *end++ != ' ')
			break;
		length = strspn(end, "abcdefghijklmnopqrstuvwxyz");
		while (i < sizeof(units) / sizeof(units[0]) &&
		       (strlen(units[i].name) != length ||
			strncmp(units[i].name, end, length) != 0))
			i++;
		if (i == sizeof(units) / sizeof(units[0]))
			break;
		*ns += (int64_t)(number * units[i].ns);
		*at = end + length;
		next = **at == ' ' ? *at + 1 : *at;
	}
	return found;
}

bool outcomes_differ(const char *one, const char *other)
{
	bool in_word = false; /* the 2 of "server.b2" begins no duration */

	while (*one && *other) {
		int64_t one_ns, other_ns;

		if (!in_word && read_duration(&one, &one_ns)) {
			if (!read_duration(&other, &other_ns) || ns_apart(one_ns, other_ns))
				return true;
			in_word = true;
			continue;
		}
		if (*one != *other)
			return true;
		in_word = isalnum((unsigned char)*one) || *one == '.' || *one == '-';
		one++;
		other++;
	}
	return *one != *other;
}

static bool cells_differ(const struct cell_text *one, const struct cell_text *other)
{
	return one->there && other->there && !one->skipped && !other->skipped &&
	       (one->status != other->status ||
		outcomes_differ(one->outcomes[0], other->outcomes[0]));
}

void human_put_cut(FILE *out, const char *text, size_t width)
{
	char *shown = text_format("%s", text);
	size_t length = strlen(shown);

	if (text_width(shown) > width) {
		while (length > 0 && (text_width(shown) + strlen("...") > width ||
				      ((unsigned char)text[length] & 0xc0) == 0x80))
			shown[--length] = '\0';
		strcpy(shown + length, "...");
	}
	human_put_padded(out, shown, width);
	free(shown);
}

static void put_cell(FILE *out, const struct render_options *options, const struct cell_text *cell,
		     bool differs, size_t width)
{
	size_t room = width - strlen(DIFFERENT) - VERDICT_WIDTH - 2;
	const char *outcome = cell->there ? human_outcome(cell->outcomes, room) : "not run";

	fputs(differs ? DIFFERENT : "  ", out);
	fprintf(out, "%s%-4s%s  ", cell->there ? human_color(options, cell->status) : "",
		cell->skipped ? "skip" :
		cell->there   ? verdict_name(cell->status) :
				"",
		cell->there ? human_color_off(options) : "");
	human_put_cut(out, outcome, room);
}

static bool put_row(FILE *out, const struct render_options *options, const struct cell_text *cells)
{
	size_t width = cell_width(options), first = 0;
	bool different = false;
	char *row = NULL;
	size_t size;
	FILE *put = open_memstream(&row, &size);

	if (!put)
		abort();
	while (!cells[first].there)
		first++;
	human_put_padded(put, cells[first].name, options->name_width);
	fputs("  ", put);
	for (size_t k = 0; k < options->n_kernels; k++) {
		bool differs = cells_differ(&cells[0], &cells[k]);

		put_cell(put, options, &cells[k], differs, width);
		different |= differs;
		if (k + 1 < options->n_kernels)
			fputs("  ", put);
	}
	if (fclose(put) != 0)
		abort();
	while (size > 0 && row[size - 1] == ' ')
		row[--size] = '\0';
	fprintf(out, "%s\n", row);
	free(row);
	for (size_t k = 0; k < options->n_kernels; k++) {
		if (!cells[k].there || !*cells[k].details)
			continue;
		fputs("  on ", out);
		text_put(out, options->kernels[k]);
		fprintf(out, "\n%s", cells[k].details);
	}
	return different;
}

static void put_tail(FILE *out, const struct render_options *options, const struct sums *sums,
		     const struct totals *totals)
{
	size_t widest = 0;

	for (size_t k = 0; k < options->n_kernels; k++)
		if (text_width(options->kernels[k]) > widest)
			widest = text_width(options->kernels[k]);
	for (size_t k = 0; k < options->n_kernels; k++) {
		const struct sums *sum = &sums->by_kernel[k];
		enum verdict_status worst = sum->failed ? VERDICT_FAIL :
					    sum->voided ? VERDICT_VOID :
							  VERDICT_PASS;

		human_put_padded(out, options->kernels[k], widest);
		fprintf(out, "  %s%zu scenario%s: %zu ok", human_color(options, worst), sum->runs,
			sum->runs == 1 ? "" : "s",
			sum->runs - sum->failed - sum->voided - sum->skipped);
		if (sum->skipped)
			fprintf(out, ", %zu skipped", sum->skipped);
		if (sum->failed || sum->voided)
			fprintf(out, ", %zu failed", sum->failed);
		if (sum->voided)
			fprintf(out, ", %zu void (the laboratory could not run them)", sum->voided);
		fprintf(out, "%s\n", human_color_off(options));
	}
	if (sums->different)
		fprintf(out, "%zu of %zu went otherwise than on %s, marked *; ", sums->different,
			options->total / options->n_kernels, options->kernels[0]);
	else
		fputs("No difference between the kernels; ", out);
	human_put_times(out, options, sums, totals);
}

const struct format columns_format = {
	.put_head = put_head,
	.put_result = human_put_details,
	.put_row = put_row,
	.put_tail = put_tail,
};
