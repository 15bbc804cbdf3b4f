// SPDX-License-Identifier: GPL-2.0-only
// Drawings of a topology for Mermaid and Graphviz, and the labels of links.
#include "lab/front/graph.h"

#include <string.h>

#include "lab/front/units.h"

const char *graph_link_label(struct arena *arena, const struct topo_link *link)
{
	int family = link->has_subnet[V4] ? V4 : V6;

	return arena_printf(arena, "%s  %s", link->name,
			    format_prefix(arena, &link->subnets[family]));
}

/* What netem does to packets that leave this end. */
static const char *describe_shaping(struct arena *arena, const struct topo_end *end)
{
	const char *text = "";

	if (end->delay_ns > 0)
		text = arena_printf(arena, "%s", format_quantity(arena, TIME, end->delay_ns));
	if (end->jitter_ns > 0)
		text = arena_printf(arena, "%s+-%s", text,
				    format_quantity(arena, TIME, end->jitter_ns));
	if (end->rate_bps > 0)
		text = arena_printf(arena, "%s%s%s", text, text[0] ? " " : "",
				    format_quantity(arena, RATE, end->rate_bps));
	if (end->loss_ppm > 0)
		text = arena_printf(arena, "%s%sloss %s", text, text[0] ? " " : "",
				    format_quantity(arena, PERCENT, end->loss_ppm));
	return text;
}

const char *graph_link_detail(struct arena *arena, const struct topo_link *link, int from)
{
	const char *there = describe_shaping(arena, &link->ends[from]);
	const char *back = describe_shaping(arena, &link->ends[1 - from]);
	const char *text = "", *shaping = there;

	if (link->has_subnet[V4] && link->has_subnet[V6])
		text = format_prefix(arena, &link->subnets[V6]);
	if (strcmp(there, back) != 0)
		shaping = arena_printf(arena, "-> %s  <- %s", there[0] ? there : "0s",
				       back[0] ? back : "0s");
	if (link->mtu != 1500)
		shaping = arena_printf(arena, "%s%smtu %d", shaping, shaping[0] ? "  " : "",
				       link->mtu);
	return arena_printf(arena, "%s%s%s", text, text[0] && shaping[0] ? "  " : "", shaping);
}

static const char *describe_vrfs(struct arena *arena, const struct topology *topology, size_t node,
				 const char *separator)
{
	const char *text = "";

	for (size_t i = 0; i < topology->n_vrfs; i++) {
		const struct topo_vrf *vrf = &topology->vrfs[i];

		if (vrf->node != node)
			continue;
		text = arena_printf(arena, "%s%sVRF %s:", text, separator, vrf->name);
		for (size_t k = 0; k < topology->n_links; k++)
			if (link_end_in(&topology->links[k], vrf_domain(topology, vrf)) >= 0)
				text = arena_printf(arena, "%s %s", text, topology->links[k].name);
	}
	return text;
}

static void print_mermaid(FILE *out, struct arena *arena, const struct topology *topology)
{
	fputs("graph LR\n", out);
	/* numbers as names: Mermaid trips over "end" and others */
	for (size_t i = 0; i < topology->n_nodes; i++) {
		const struct topo_node *node = &topology->nodes[i];

		fprintf(out, "  n%zu%s\"%s%s\"%s\n", i, node->is_router ? "([" : "[", node->name,
			describe_vrfs(arena, topology, i, "<br>"), node->is_router ? "])" : "]");
	}
	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];
		const char *detail = graph_link_detail(arena, link, 0);

		fprintf(out, "  n%zu ---|\"%s%s%s\"| n%zu\n", link->ends[0].node,
			graph_link_label(arena, link), detail[0] ? "<br>" : "", detail,
			link->ends[1].node);
	}
}

static void print_dot(FILE *out, struct arena *arena, const struct topology *topology)
{
	fprintf(out, "graph \"%s\" {\n  rankdir=LR;\n  node [shape=box];\n", topology->name);
	for (size_t i = 0; i < topology->n_nodes; i++) {
		const struct topo_node *node = &topology->nodes[i];
		const char *vrfs = describe_vrfs(arena, topology, i, "\\n");

		fprintf(out, "  \"%s\"%s", node->name, node->is_router ? " [shape=ellipse]" : "");
		if (vrfs[0])
			fprintf(out, " [label=\"%s%s\"]", node->name, vrfs);
		fputs(";\n", out);
	}
	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];
		const char *detail = graph_link_detail(arena, link, 0);

		fprintf(out, "  \"%s\" -- \"%s\" [label=\"%s%s%s\"];\n",
			topology->nodes[link->ends[0].node].name,
			topology->nodes[link->ends[1].node].name, graph_link_label(arena, link),
			detail[0] ? "\\n" : "", detail);
	}
	fputs("}\n", out);
}

void graph_print(FILE *out, struct arena *arena, const struct topology *topology,
		 enum graph_format format)
{
	if (format == GRAPH_MERMAID)
		print_mermaid(out, arena, topology);
	else if (format == GRAPH_DOT)
		print_dot(out, arena, topology);
	else
		graph_print_ascii(out, arena, topology);
}
