// SPDX-License-Identifier: GPL-2.0-only
// Fuzz target (libFuzzer): any bytes as a scenario and as a topology, from text to plan and drawing.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/front/graph.h"
#include "lab/front/matrix.h"
#include "lab/front/plan.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No topology is looked up on disk: inputs bring their own. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return setenv("PATHLAB_DATA", "/nonexistent", 1);
}

static void check_plan(json_t *plan, const struct diag *diag)
{
	json_t *copy;
	char *text;

	/* either a plan, or at least one sentence why there is none; never both */
	if ((plan != NULL) == (diag->count > 0))
		abort();
	if (!plan)
		return;
	text = json_dumps(plan, 0);
	copy = text ? json_loads(text, 0, NULL) : NULL;
	if (!copy || !json_equal(plan, copy))
		abort();
	json_decref(copy);
	free(text);
}

static void draw(struct front *front, const struct topology *topology)
{
	for (int format = GRAPH_ASCII; format <= GRAPH_DOT; format++) {
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		if (!out)
			abort();
		graph_print(out, &front->arena, topology, (enum graph_format)format);
		fclose(out);
		if (size == 0)
			abort();
		free(text);
	}
}

/* Plans of a few cells are as good as all. */
static bool wants_cell(void *context, const json_t *cell)
{
	(void)cell;
	return (*(int *)context)++ % 16 == 0;
}

static void read_cells(const char *text, size_t size, struct diag *diag)
{
	int number = 0;
	struct matrix_wish wish = { .wants = wants_cell, .context = &number };
	struct matrix matrix = { 0 };
	bool good = matrix_from_text(text, size, "fuzz.yaml", &wish, &matrix, diag);

	/* either cells, or at least one sentence why there are none */
	if (good != (diag->count == 0) || (good && matrix.count == 0))
		abort();
	for (size_t i = 0; i < matrix.count; i++)
		if (matrix.items[i].plan)
			check_plan(matrix.items[i].plan, diag);
	matrix_free(&matrix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	const struct topology *topology;
	struct yaml *root;
	json_t *plan = plan_from_text((const char *)data, size, "fuzz.yaml", &diag);

	check_plan(plan, &diag);
	json_decref(plan);
	diag_clear(&diag);
	read_cells((const char *)data, size, &diag);
	diag_clear(&diag);

	root = yaml_parse(&front, (const char *)data, size, "fuzz.yaml");
	topology = root ? topology_parse(&front, root, "fuzz.yaml") : NULL;
	if ((topology != NULL) == (diag.count > 0))
		abort();
	if (topology)
		draw(&front, topology);
	arena_free(&front.arena);
	diag_clear(&diag);
	return 0;
}
