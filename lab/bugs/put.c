// SPDX-License-Identifier: GPL-2.0-only
// An entry's runs for people and as JSON: both sides, and where they part.
#include "lab/bugs/parting.h"
#include "lab/bugs/put.h"
#include "lab/common/text.h"
#include "lab/render/formats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LINES_BEFORE = 2, /* of what both have in common */
	LINES_BEHIND = 6,
	WIDTH_MAX = 90, /* of the left column, where the output is no terminal */
};

#define INDENT	  "  "
#define SEPARATOR " | "

static void put_side(FILE *out, const struct render_options *options, const struct bug_side *side,
		     size_t name_width)
{
	const struct bug_note *note = &side->run->note;

	fputs(INDENT, out);
	human_put_padded(out, side->kernel->name, name_width);
	if (!note->there || note->skipped) {
		fputs("  not run", out);
	} else {
		fprintf(out, "  %s%-4s%s  ", human_color(options, note->status),
			verdict_name(note->status), human_color_off(options));
		text_put(out, note->outcome);
	}
	fputc('\n', out);
}

static void put_problem(FILE *out, const struct bug_side *side)
{
	const struct bug_note *note = &side->run->note;

	if (!note->problem || note->status == VERDICT_PASS)
		return;
	fputs(INDENT, out);
	text_put(out, side->kernel->name);
	fputs(": ", out);
	text_put(out, note->problem);
	fputc('\n', out);
}

/* The left column: as wide as its lines, but no wider than half of a terminal. */
static size_t column_width(const struct render_options *options, const struct bug_trial *trial,
			   const struct parting *parting, size_t from, size_t to)
{
	size_t width = text_width(trial->sides[0].kernel->name);
	size_t most = isatty(fileno(options->out)) ?
			      (options->width - strlen(INDENT SEPARATOR)) / 2 :
			      WIDTH_MAX;

	for (size_t i = from; i < to && i < parting->n[0]; i++)
		if (text_width(parting->lines[0][i]) > width)
			width = text_width(parting->lines[0][i]);
	return width < most ? width : most;
}

/* The lines are harmless already. */
static void put_columns(FILE *out, const struct render_options *options,
			const struct bug_trial *trial, const struct parting *parting, size_t from,
			size_t to)
{
	size_t width = column_width(options, trial, parting, from, to);

	fputs(INDENT, out);
	human_put_cut(out, trial->sides[0].kernel->name, width);
	fputs(SEPARATOR, out);
	fprintf(out, "%s\n", trial->sides[1].kernel->name);
	for (size_t i = from; i < to && (i < parting->n[0] || i < parting->n[1]); i++) {
		fputs(INDENT, out);
		human_put_cut(out, i < parting->n[0] ? parting->lines[0][i] : "", width);
		fputs(i == parting->common ? " # " : SEPARATOR, out);
		if (i < parting->n[1])
			fputs(parting->lines[1][i], out);
		fputc('\n', out);
	}
}

static void put_parting(FILE *out, const struct render_options *options,
			const struct bug_trial *trial, bool all)
{
	struct parting parting;
	size_t from;

	parting_find(&trial->sides[0].run->note, &trial->sides[1].run->note, &parting);
	from = all || parting.common < LINES_BEFORE ? 0 : parting.common - LINES_BEFORE;
	if (!parting.parted)
		fputs(INDENT "no event tells them apart\n", out);
	else if (!all)
		fprintf(out, INDENT "the first %zu event%s are the same; they part at #\n",
			parting.common, parting.common == 1 ? "" : "s");
	if (parting.parted || all)
		put_columns(out, options, trial, &parting, from,
			    all ? SIZE_MAX : parting.common + LINES_BEHIND);
	parting_free(&parting);
}

static bool was_run(const struct bug_side *side)
{
	return side->run && side->run->note.there && !side->run->note.skipped;
}

void bug_trial_put(FILE *out, const struct render_options *options, const struct bug_trial *trial,
		   bool all)
{
	size_t name_width = 0;
	bool good = bug_result_is_good(trial->result);
	enum verdict_status shade = good				? VERDICT_PASS :
				    trial->result == BUG_NOT_REPRODUCED ? VERDICT_FAIL :
									  VERDICT_VOID;

	fprintf(out, "%s%s%s  %s", human_color(options, shade), bug_result_name(trial->result),
		human_color_off(options), trial->bug->name);
	fputs(": ", out);
	text_put(out, trial->bug->summary);
	fputc('\n', out);
	if (trial->why) {
		fputs(INDENT, out);
		text_put(out, trial->why);
		fputc('\n', out);
	}
	for (size_t i = 0; i < trial->n; i++)
		if (text_width(trial->sides[i].kernel->name) > name_width)
			name_width = text_width(trial->sides[i].kernel->name);
	for (size_t i = 0; i < trial->n; i++)
		if (was_run(&trial->sides[i]))
			put_side(out, options, &trial->sides[i], name_width);
	for (size_t i = 0; i < trial->n; i++)
		if (was_run(&trial->sides[i]))
			put_problem(out, &trial->sides[i]);
	if (trial->n == 2 && was_run(&trial->sides[0]) && was_run(&trial->sides[1]))
		put_parting(out, options, trial, all);
}

static json_t *side_to_json(const struct bug_side *side)
{
	const struct bug_note *note = side->run ? &side->run->note : NULL;
	bool there = note && note->there && !note->skipped;
	static const char *const verdicts[] = { "pass", "fail", "void" };

	return json_pack("{s:s, s:b, s:s?, s:s?, s:s?, s:b, s:s?}", "kernel", side->kernel->name,
			 "has_bug", side->has_bug, "verdict", there ? verdicts[note->status] : NULL,
			 "outcome", there ? note->outcome : NULL, "problem",
			 there ? note->problem : NULL, "timed_out", there && note->timed_out,
			 "console", there ? note->console : NULL);
}

static json_t *line_to_json(const struct parting *parting, size_t side)
{
	const char *line =
		parting->common < parting->n[side] ? parting->lines[side][parting->common] : NULL;

	return line ? json_string(line + strspn(line, " ")) : json_null();
}

static json_t *parting_to_json(const struct bug_trial *trial)
{
	struct parting parting;
	json_t *json;

	if (trial->n < 2 || !was_run(&trial->sides[0]) || !was_run(&trial->sides[1]))
		return json_null();
	parting_find(&trial->sides[0].run->note, &trial->sides[1].run->note, &parting);
	json = parting.parted ?
		       json_pack("{s:I, s:[o, o]}", "common", (json_int_t)parting.common, "lines",
				 line_to_json(&parting, 0), line_to_json(&parting, 1)) :
		       json_null();
	parting_free(&parting);
	return json;
}

json_t *bug_trial_to_json(const struct bug_trial *trial)
{
	json_t *sides = json_array();

	for (size_t i = 0; i < trial->n; i++)
		json_array_append_new(sides, side_to_json(&trial->sides[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:o, s:o}", "name", trial->bug->name,
			 "summary", trial->bug->summary, "status",
			 bug_status_name(trial->bug->status), "kernel", trial->base->kernel.name,
			 "result", bug_result_name(trial->result), "why", trial->why, "sides",
			 sides, "parting", parting_to_json(trial));
}
