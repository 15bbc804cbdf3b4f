// SPDX-License-Identifier: GPL-2.0-only
// A topology as boxes and lines. Nodes stand in columns by their distance from the first one, so a
// link joins neighbouring columns or, seldom, two nodes of one column; those are listed below.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab/front/graph.h"

/* Lines of one row: the label above a link, the link, the label below, and what parts two boxes. */
#define PITCH 4

struct placed_node {
	size_t column, top, bottom; /* rows, both inclusive */
	bool is_placed;
};

struct placed_link {
	bool is_drawn;
	size_t left, right; /* nodes */
	size_t left_row, right_row;
};

struct drawing {
	struct arena *arena;
	const struct topology *topology;
	struct placed_node *nodes;
	struct placed_link *links;
	size_t *order; /* nodes by column, and in a column from the top */
	size_t n_columns, n_rows;
	size_t *column_x, *column_width; /* of boxes */
	size_t *gap_label;		 /* width of the labels right of a column */
	char **canvas;
	size_t width, height;
};

static size_t longer(size_t a, size_t b)
{
	return a > b ? a : b;
}

static const char *node_label(const struct drawing *drawing, size_t node)
{
	const struct topo_node *it = &drawing->topology->nodes[node];

	return it->is_router ? arena_printf(drawing->arena, "%s (router)", it->name) : it->name;
}

/* Breadth first from the first node: a node's column is its distance. */
static void choose_columns(struct drawing *drawing)
{
	const struct topology *topology = drawing->topology;
	size_t *queue = drawing->order, head = 0, tail = 0;

	drawing->nodes[0].is_placed = true;
	queue[tail++] = 0;
	while (head < tail) {
		size_t node = queue[head++];

		drawing->n_columns = drawing->nodes[node].column + 1;
		for (size_t i = 0; i < topology->n_links; i++) {
			int end = link_end_at(&topology->links[i], node);
			size_t other;

			if (end < 0)
				continue;
			other = topology->links[i].ends[1 - end].node;
			if (drawing->nodes[other].is_placed)
				continue;
			drawing->nodes[other].is_placed = true;
			drawing->nodes[other].column = drawing->nodes[node].column + 1;
			queue[tail++] = other;
		}
	}
}

static void orient_links(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->topology->n_links; i++) {
		const struct topo_end *ends = drawing->topology->links[i].ends;
		struct placed_link *link = &drawing->links[i];
		size_t columns[2] = { drawing->nodes[ends[0].node].column,
				      drawing->nodes[ends[1].node].column };
		int left = columns[0] < columns[1] ? 0 : 1;

		link->is_drawn = columns[0] != columns[1];
		link->left = ends[left].node;
		link->right = ends[1 - left].node;
	}
}

static bool leads_from(const struct drawing *drawing, size_t link, size_t node)
{
	return drawing->links[link].is_drawn && drawing->links[link].left == node;
}

/* Whether no link before this one joins the same two nodes. */
static bool is_first_to(const struct drawing *drawing, size_t link)
{
	for (size_t i = 0; i < link; i++) {
		if (leads_from(drawing, i, drawing->links[link].left) &&
		    drawing->links[i].right == drawing->links[link].right)
			return false;
	}
	return true;
}

/*
 * Gives rows to a node's links to the left, at best those they have at their other end, and then to
 * those to the right, links to one node side by side.
 */
static void place_node(struct drawing *drawing, size_t node, size_t *free_row)
{
	size_t n_links = drawing->topology->n_links, row = *free_row, top = SIZE_MAX, bottom;
	struct placed_node *place = &drawing->nodes[node];

	for (size_t wanted = 0; wanted < drawing->n_rows; wanted++) {
		for (size_t i = 0; i < n_links; i++) {
			struct placed_link *link = &drawing->links[i];

			if (!link->is_drawn || link->right != node || link->left_row != wanted)
				continue;
			link->right_row = longer(row, wanted);
			row = link->right_row + 1;
			top = top == SIZE_MAX ? link->right_row : top;
		}
	}
	place->top = top == SIZE_MAX ? *free_row : top;
	bottom = longer(row, place->top + 1) - 1;
	row = place->top;
	for (size_t first = 0; first < n_links; first++) {
		if (!leads_from(drawing, first, node) || !is_first_to(drawing, first))
			continue;
		for (size_t i = first; i < n_links; i++) {
			struct placed_link *link = &drawing->links[i];

			if (leads_from(drawing, i, node) &&
			    link->right == drawing->links[first].right)
				link->left_row = row++;
		}
	}
	bottom = row > bottom + 1 ? row - 1 : bottom;
	place->bottom = bottom;
	*free_row = bottom + 1;
	drawing->n_rows = longer(drawing->n_rows, bottom + 1);
}

/* Sum of the rows at the other end over their number: nodes of a column are sorted by that. */
static double wanted_row(const struct drawing *drawing, size_t node)
{
	double sum = 0, count = 0;

	for (size_t i = 0; i < drawing->topology->n_links; i++) {
		const struct placed_link *link = &drawing->links[i];

		if (link->is_drawn && link->right == node) {
			sum += (double)link->left_row;
			count++;
		}
	}
	return count > 0 ? sum / count : 0;
}

static void place_nodes(struct drawing *drawing)
{
	size_t n_nodes = drawing->topology->n_nodes;

	drawing->n_rows = 1;
	for (size_t begin = 0, end; begin < n_nodes; begin = end) {
		size_t column = drawing->nodes[drawing->order[begin]].column, free_row = 0;

		end = begin;
		while (end < n_nodes && drawing->nodes[drawing->order[end]].column == column)
			end++;
		/* insertion sort keeps the file's order among equals */
		for (size_t i = begin + 1; i < end; i++) {
			size_t node = drawing->order[i], k = i;

			for (; k > begin && wanted_row(drawing, drawing->order[k - 1]) >
						    wanted_row(drawing, node);
			     k--)
				drawing->order[k] = drawing->order[k - 1];
			drawing->order[k] = node;
		}
		for (size_t i = begin; i < end; i++)
			place_node(drawing, drawing->order[i], &free_row);
	}
}

static int left_end(const struct drawing *drawing, size_t link)
{
	return link_end_at(&drawing->topology->links[link], drawing->links[link].left);
}

static void measure(struct drawing *drawing)
{
	size_t x = 0;

	for (size_t i = 0; i < drawing->topology->n_nodes; i++) {
		size_t *width = &drawing->column_width[drawing->nodes[i].column];

		*width = longer(*width, strlen(node_label(drawing, i)) + 4);
	}
	for (size_t i = 0; i < drawing->topology->n_links; i++) {
		const struct topo_link *link = &drawing->topology->links[i];
		size_t *width = &drawing->gap_label[drawing->nodes[drawing->links[i].left].column];
		const char *label = graph_link_label(drawing->arena, link);
		const char *detail = graph_link_detail(drawing->arena, link, left_end(drawing, i));

		if (drawing->links[i].is_drawn)
			*width = longer(*width, longer(strlen(label), strlen(detail)));
	}
	for (size_t column = 0; column < drawing->n_columns; column++) {
		size_t bends = 0;

		for (size_t i = 0; i < drawing->topology->n_links; i++) {
			const struct placed_link *link = &drawing->links[i];

			bends += link->is_drawn && drawing->nodes[link->left].column == column &&
				 link->left_row != link->right_row;
		}
		drawing->column_x[column] = x;
		x += drawing->column_width[column];
		drawing->width = x;
		x += drawing->gap_label[column] + 4 + 2 * bends;
	}
	drawing->height = drawing->n_rows * PITCH;
}

static void put_text(struct drawing *drawing, size_t x, size_t y, const char *text)
{
	memcpy(drawing->canvas[y] + x, text, strlen(text));
}

static void put_line(struct drawing *drawing, size_t x, size_t end, size_t y)
{
	for (; x < end; x++)
		drawing->canvas[y][x] = drawing->canvas[y][x] == '|' ? '|' : '-';
}

static void draw_box(struct drawing *drawing, size_t node)
{
	const struct placed_node *place = &drawing->nodes[node];
	size_t x = drawing->column_x[place->column], width = drawing->column_width[place->column];
	size_t top = place->top * PITCH, bottom = place->bottom * PITCH + 2;
	const char *label = node_label(drawing, node);

	for (size_t y = top; y <= bottom; y++) {
		char edge = y == top || y == bottom ? '+' : '|';

		drawing->canvas[y][x] = drawing->canvas[y][x + width - 1] = edge;
		if (edge == '+')
			memset(drawing->canvas[y] + x + 1, '-', width - 2);
	}
	put_text(drawing, x + (width - strlen(label)) / 2, (top + bottom) / 2, label);
}

static void draw_link(struct drawing *drawing, size_t index, size_t *bends)
{
	const struct placed_link *link = &drawing->links[index];
	const struct topo_link *it = &drawing->topology->links[index];
	size_t column = drawing->nodes[link->left].column;
	size_t x = drawing->column_x[column] + drawing->column_width[column];
	size_t end = drawing->column_x[column + 1], y = link->left_row * PITCH + 1;
	size_t right_y = link->right_row * PITCH + 1;

	put_text(drawing, x + 2, y - 1, graph_link_label(drawing->arena, it));
	put_text(drawing, x + 2, y + 1,
		 graph_link_detail(drawing->arena, it, left_end(drawing, index)));
	if (y == right_y) {
		put_line(drawing, x, end, y);
		return;
	}
	size_t bend = x + drawing->gap_label[column] + 3 + 2 * bends[column]++;

	put_line(drawing, x, bend, y);
	put_line(drawing, bend + 1, end, right_y);
	for (size_t at = y < right_y ? y + 1 : right_y + 1; at < (y < right_y ? right_y : y); at++)
		drawing->canvas[at][bend] = '|';
	drawing->canvas[y][bend] = drawing->canvas[right_y][bend] = '+';
}

static void print_canvas(FILE *out, const struct drawing *drawing)
{
	size_t last = drawing->height;

	for (size_t y = 0; y < last; y++) {
		size_t length = drawing->width;

		while (length > 0 && drawing->canvas[y][length - 1] == ' ')
			length--;
		if (length > 0 || y + 1 < last)
			fprintf(out, "%.*s\n", (int)length, drawing->canvas[y]);
	}
}

static void print_rest(FILE *out, struct drawing *drawing)
{
	const struct topology *topology = drawing->topology;

	for (size_t i = 0; i < topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i];

		if (drawing->links[i].is_drawn)
			continue;
		const char *detail = graph_link_detail(drawing->arena, link, 0);

		fprintf(out, "%s --- %s  %s%s%s\n", topology->nodes[link->ends[0].node].name,
			topology->nodes[link->ends[1].node].name,
			graph_link_label(drawing->arena, link), detail[0] ? "  " : "", detail);
	}
}

static void print_addresses(FILE *out, struct arena *arena, const struct topology *topology)
{
	size_t width = 0;

	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i / 2];

		width = longer(width, strlen(topology->nodes[link->ends[i % 2].node].name) + 1 +
					      strlen(link->name));
	}
	fputs("\n", out);
	for (size_t i = 0; i < 2 * topology->n_links; i++) {
		const struct topo_link *link = &topology->links[i / 2];
		const struct topo_end *end = &link->ends[i % 2];
		const char *name =
			arena_printf(arena, "%s.%s", topology->nodes[end->node].name, link->name);

		const struct topo_vrf *vrf = domain_vrf(topology, end->domain);

		fprintf(out, "%-*s", (int)width, name);
		for (size_t k = 0; k < end->n_addresses; k++)
			fprintf(out, "  %s", format_address(arena, &end->addresses[k].address));
		if (vrf)
			fprintf(out, "  (VRF %s, table %" PRId64 ")", vrf->name, vrf->table);
		fputs("\n", out);
	}
}

void graph_print_ascii(FILE *out, struct arena *arena, const struct topology *topology)
{
	size_t n_nodes = topology->n_nodes;
	struct drawing drawing = {
		.arena = arena,
		.topology = topology,
		.nodes = arena_array(arena, n_nodes, sizeof(struct placed_node)),
		.links = arena_array(arena, topology->n_links, sizeof(struct placed_link)),
		.order = arena_array(arena, n_nodes, sizeof(size_t)),
		.column_x = arena_array(arena, n_nodes, sizeof(size_t)),
		.column_width = arena_array(arena, n_nodes, sizeof(size_t)),
		.gap_label = arena_array(arena, n_nodes, sizeof(size_t)),
	};
	size_t *bends = arena_array(arena, n_nodes, sizeof(size_t));

	choose_columns(&drawing);
	orient_links(&drawing);
	place_nodes(&drawing);
	measure(&drawing);
	drawing.canvas = arena_array(arena, drawing.height, sizeof(char *));
	for (size_t y = 0; y < drawing.height; y++) {
		drawing.canvas[y] = arena_alloc(arena, drawing.width + 1);
		memset(drawing.canvas[y], ' ', drawing.width);
	}
	for (size_t i = 0; i < n_nodes; i++)
		draw_box(&drawing, i);
	for (size_t i = 0; i < topology->n_links; i++) {
		if (drawing.links[i].is_drawn)
			draw_link(&drawing, i, bends);
	}
	print_canvas(out, &drawing);
	print_rest(out, &drawing);
	print_addresses(out, arena, topology);
}
