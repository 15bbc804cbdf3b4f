// SPDX-License-Identifier: GPL-2.0-only
// pathlab graph: draws a topology, or that of a scenario.
#include <stdlib.h>
#include <string.h>

#include "lab/front/commands.h"
#include "lab/front/find.h"
#include "lab/front/graph.h"
#include "lab/front/scenario.h"
#include "lab/options.h"

static const char usage[] =
	"usage: pathlab graph [--format ascii|mermaid|dot] TOPOLOGY|SCENARIO\n"
	"\n"
	"Draws a topology, or that of a scenario, from its file: nodes, links with their subnets, delays,\n"
	"rates and losses, and every address with the name a scenario uses for it.\n"
	"\n"
	"  -f, --format FORMAT  ascii (default), mermaid, or dot for Graphviz\n"
	"  -h, --help           print this\n"
	"\n"
	"In ascii, \"->\" stands before what is done to packets from left to right, \"<-\" the other way.\n";

static struct topology *read_file(struct front *front, const char *file)
{
	const struct yaml *root = yaml_load(front, file);

	if (!root)
		return NULL;
	for (const struct yaml *entry = root->first; root->type == YAML_MAP && entry;
	     entry = entry->next) {
		if (strcmp(entry->key, "topology") == 0)
			return scenario_read_topology(front, entry, file);
	}
	return topology_load(front, file);
}

/* A topology's name or file, else a scenario's. */
static struct topology *find(struct front *front, char *argument)
{
	char *nearest = NULL, *file = find_topology(argument, NULL, &nearest);
	struct topology *topology = NULL;
	struct found_list scenarios = { 0 };

	if (file)
		topology = read_file(front, file);
	else if (!find_scenarios(&argument, 1, &scenarios, front->diag) && nearest) {
		diag_clear(front->diag);
		diag_add(front->diag, NULL, 0, 0, "unknown topology \"%s\"; did you mean \"%s\"?",
			 argument, nearest);
	} else if (scenarios.count > 1)
		diag_add(front->diag, NULL, 0, 0, "\"%s\" means %zu scenarios; name one of them",
			 argument, scenarios.count);
	else if (scenarios.count == 1)
		topology = read_file(front, scenarios.items[0].file);
	found_list_free(&scenarios);
	free(nearest);
	free(file);
	return topology;
}

int graph_main(int argc, char **argv)
{
	static const char *const formats[] = {
		[GRAPH_ASCII] = "ascii", [GRAPH_MERMAID] = "mermaid", [GRAPH_DOT] = "dot", NULL
	};
	enum graph_format format = GRAPH_ASCII;
	const struct command_option options[] = {
		{ "format", 'f', .words = formats, .word = &format },
		{ 0 },
	};
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	struct topology *topology;

	if (!parse_command_options("pathlab graph", usage, options, &argc, &argv))
		return 2;
	if (argc != 1) {
		fputs(argc == 0 ?
			      "pathlab graph needs a topology or scenario; \"pathlab list\" shows them\n" :
			      "pathlab graph draws one topology or scenario at a time\n",
		      stderr);
		return 2;
	}
	topology = find(&front, argv[0]);
	if (topology)
		graph_print(stdout, &front.arena, topology, format);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	arena_free(&front.arena);
	return topology ? 0 : 2;
}
