// SPDX-License-Identifier: GPL-2.0-only
// A sweep as shell commands, one a point or one a shard, for programs that spread them over machines.
#include "lab/commands.h"
#include "lab/common/text.h"
#include "lab/sweep/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `words` and another word behind them; both are taken over. */
static char *add_words(char *words, char *more)
{
	char *all = text_format("%s%s", words, more);

	free(words);
	free(more);
	return all;
}

static char *option_words(const char *option, char *argument)
{
	char *word = text_quote_word(argument), *words = text_format(" %s %s", option, word);

	free(word);
	free(argument);
	return words;
}

char *vary_words(const struct sweep *sweep, size_t combination, const char *option)
{
	char *words = text_format("%s", "");

	for (size_t i = 0; i < sweep->grid.n_axes; i++) {
		const struct grid_axis *axis = &sweep->grid.axes[i];
		const char *text = axis->texts[grid_value(&sweep->grid, combination, i)];

		if (strcmp(text, axis->usual) != 0)
			words = add_words(words,
					  option_words(option,
						       text_format("%s=%s", axis->name, text)));
	}
	return words;
}

/* "1..10" where numbers follow each other. */
static char *seed_text(const struct grid *grid)
{
	char *text = text_format("%s", "");

	for (size_t i = 0, last; i < grid->n_seeds; i = last + 1) {
		const char *comma = i ? "," : "";

		last = i;
		while (last + 1 < grid->n_seeds && grid->seeds[last + 1] == grid->seeds[last] + 1)
			last++;
		text = add_words(text, last == i ?
					       text_format("%s%" PRIu64, comma, grid->seeds[i]) :
					       text_format("%s%" PRIu64 "..%" PRIu64, comma,
							   grid->seeds[i], grid->seeds[last]));
	}
	return text;
}

/* All values of all parameters: the command of a shard has the grid, whatever becomes of the file's. */
static char *grid_words(const struct sweep *sweep)
{
	char *words = text_format("%s", "");

	for (size_t i = 0; i < sweep->grid.n_axes; i++) {
		const struct grid_axis *axis = &sweep->grid.axes[i];
		char *values = text_format("%s=", axis->name);

		for (size_t k = 0; k < axis->count; k++)
			values = add_words(values,
					   text_format("%s%s", k ? "," : "", axis->texts[k]));
		if (axis->varied)
			words = add_words(words, option_words("--vary", values));
		else
			free(values);
	}
	return words;
}

/* What all commands begin with. */
static char *common_words(const struct sweep *sweep)
{
	char *file = text_quote_word(sweep->grid.file), *words;

	words = text_format(SWEEP_COMMAND " %s", file);
	free(file);
	if (strcmp(sweep->options->kernel_name, KERNEL_DEFAULT) != 0)
		words = add_words(words,
				  option_words("--kernel",
					       text_format("%s", sweep->options->kernel_name)));
	return words;
}

static void print_shards(const struct sweep *sweep)
{
	char *common = common_words(sweep), *grid = grid_words(sweep);
	char *seeds = seed_text(&sweep->grid), *folder = text_quote_word(sweep->folder);

	for (size_t i = 1; i <= sweep->options->shards; i++)
		printf("%s%s --seeds %s -o %s --shard %zu/%zu\n", common, grid, seeds, folder, i,
		       sweep->options->shards);
	free(common);
	free(grid);
	free(seeds);
	free(folder);
}

/* Each point has a folder of its own, so that no two commands write one file. */
static void print_points(const struct sweep *sweep)
{
	char *common = common_words(sweep), *folder = text_quote_word(sweep->folder);

	for (size_t i = 0; i < sweep_points(sweep); i++) {
		size_t combination = point_combination(sweep, i);
		char *words = text_format("%s", "");

		for (size_t k = 0; k < sweep->grid.n_axes; k++) {
			const struct grid_axis *axis = &sweep->grid.axes[k];
			const char *text = axis->texts[grid_value(&sweep->grid, combination, k)];

			if (axis->varied)
				words = add_words(
					words,
					option_words("--vary",
						     text_format("%s=%s", axis->name, text)));
		}
		printf("%s%s --seeds %" PRIu64 " -o %s/points/%zu\n", common, words,
		       point_seed(sweep, i), folder, i + 1);
		free(words);
	}
	free(common);
	free(folder);
}

int sweep_list(const struct sweep *sweep)
{
	if (sweep->options->shards)
		print_shards(sweep);
	else
		print_points(sweep);
	return fflush(stdout) == 0 ? EXIT_EXPECTED : EXIT_LABORATORY;
}
