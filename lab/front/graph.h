// SPDX-License-Identifier: GPL-2.0-only
// Drawings of a topology: as text, for Mermaid, for Graphviz.
#ifndef LAB_FRONT_GRAPH_H
#define LAB_FRONT_GRAPH_H

#include <stdio.h>

#include "lab/front/topology.h"

enum graph_format { GRAPH_ASCII, GRAPH_MERMAID, GRAPH_DOT };

void graph_print(FILE *out, struct arena *arena, const struct topology *topology,
		 enum graph_format format);

/* graph_ascii.c: boxes and lines, and the addresses below. */
void graph_print_ascii(FILE *out, struct arena *arena, const struct topology *topology);

/* "a  192.0.2.0/28": the link's name and its first subnet. */
const char *graph_link_label(struct arena *arena, const struct topo_link *link);
/*
 * "2001:db8:a::/64  10ms": the second subnet, and what netem does. When the directions differ, "->"
 * stands before what leaves the end `from`, "<-" before what leaves the other. "" when there is none.
 */
const char *graph_link_detail(struct arena *arena, const struct topo_link *link, int from);

#endif
