// SPDX-License-Identifier: GPL-2.0-only
// pathlab graph: draws a topology, or that of a scenario.
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "lab/front/commands.h"
#include "lab/front/find.h"
#include "lab/front/graph.h"
#include "lab/front/scenario.h"

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

static bool parse_format(const char *text, enum graph_format *format)
{
	static const char *const names[] = { "ascii", "mermaid", "dot" };
	const char *near = nearest_name(text, names, 3);

	for (int i = 0; i < 3; i++) {
		if (strcmp(names[i], text) == 0) {
			*format = (enum graph_format)i;
			return true;
		}
	}
	fprintf(stderr, "unknown format \"%s\"; expected ascii, mermaid or dot%s%s%s\n", text,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return false;
}

int graph_main(int argc, char **argv)
{
	static const struct option options[] = { { "format", required_argument, NULL, 'f' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	enum graph_format format = GRAPH_ASCII;
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	struct topology *topology;
	int option;

	while ((option = getopt_long(argc, argv, "f:h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			if (!parse_format(optarg, &format))
				return 2;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("Try \"pathlab graph --help\".\n", stderr);
			return 2;
		}
	}
	if (argc - optind != 1) {
		fputs(argc == optind ?
			      "pathlab graph needs a topology or scenario; \"pathlab list\" shows them\n" :
			      "pathlab graph draws one topology or scenario at a time\n",
		      stderr);
		return 2;
	}
	topology = find(&front, argv[optind]);
	if (topology)
		graph_print(stdout, &front.arena, topology, format);
	diag_print(&diag, stderr);
	diag_clear(&diag);
	arena_free(&front.arena);
	return topology ? 0 : 2;
}
