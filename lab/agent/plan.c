// SPDX-License-Identifier: GPL-2.0-only
// Reads and checks a plan (docs/formats.md section 3).
#include "lab/agent/plan.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char problem[256];

static bool fail(const char *what, size_t index)
{
	snprintf(problem, sizeof(problem),
		 "the plan's %s number %zu is not as docs/formats.md has it", what, index);
	return false;
}

/* An array of `size`-byte records for each element of a JSON array; never NULL, so that "none" is no special case. */
static void *new_array(const json_t *array, size_t size, size_t *n)
{
	void *memory;

	*n = json_array_size(array);
	memory = calloc(*n + 1, size);
	if (!memory)
		abort();
	return memory;
}

static bool read_strings(const json_t *array, const char ***strings, size_t *n)
{
	*strings = new_array(array, sizeof(**strings), n);
	for (size_t i = 0; i < *n; i++)
		if (!((*strings)[i] = json_string_value(json_array_get(array, i))))
			return false;
	return true;
}

static bool read_vrfs(const json_t *array, struct node *node)
{
	node->vrfs = new_array(array, sizeof(*node->vrfs), &node->n_vrfs);
	for (size_t i = 0; i < node->n_vrfs; i++) {
		struct vrf *vrf = &node->vrfs[i];
		json_int_t ifindex, table;

		if (json_unpack(json_array_get(array, i), "{s:s, s:I, s:s, s:I}", "name",
				&vrf->name, "ifindex", &ifindex, "mac", &vrf->mac, "table",
				&table) ||
		    ifindex < 2)
			return false;
		vrf->ifindex = ifindex;
		vrf->table = table;
	}
	return true;
}

static bool read_nodes(const json_t *array, struct plan *plan)
{
	plan->nodes = new_array(array, sizeof(*plan->nodes), &plan->n_nodes);
	for (size_t i = 0; i < plan->n_nodes; i++) {
		struct node *node = &plan->nodes[i];
		json_t *sysctls = NULL, *vrfs = NULL;

		if (json_unpack(json_array_get(array, i), "{s:s, s?o, s?o}", "name", &node->name,
				"sysctls", &sysctls, "vrfs", &vrfs) ||
		    !read_vrfs(vrfs, node))
			return fail("node", i);
		node->sysctls = new_array(sysctls, sizeof(*node->sysctls), &node->n_sysctls);
		for (size_t k = 0; k < node->n_sysctls; k++)
			if (json_unpack(json_array_get(sysctls, k), "[ss]", &node->sysctls[k].path,
					&node->sysctls[k].value))
				return fail("node", i);
	}
	return true;
}

/* The VRF of that name; NULL when the node has none such. */
static const struct vrf *find_vrf(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->n_vrfs; i++)
		if (!strcmp(node->vrfs[i].name, name))
			return &node->vrfs[i];
	return NULL;
}

static bool read_end(const json_t *object, const struct plan *plan, struct end *end)
{
	const char *vrf = NULL;
	json_t *addresses = NULL, *netem = NULL;
	json_int_t node, ifindex, delay = 0, jitter = 0, loss = 0, rate = 0;

	if (json_unpack((json_t *)object, "{s:I, s:s, s:I, s:s, s:o, s?o, s?s}", "node", &node,
			"ifname", &end->ifname, "ifindex", &ifindex, "mac", &end->mac, "addresses",
			&addresses, "netem", &netem, "vrf", &vrf))
		return false;
	if (node < 0 || (size_t)node >= plan->n_nodes || ifindex < 2)
		return false;
	end->node = node;
	end->vrf = vrf ? find_vrf(&plan->nodes[node], vrf) : NULL;
	if (vrf && !end->vrf)
		return false;
	end->ifindex = ifindex;
	if (json_is_object(netem)) {
		if (json_unpack(netem, "{s?I, s?I, s?I, s?I}", "delay_ns", &delay, "jitter_ns",
				&jitter, "loss_ppm", &loss, "rate_bps", &rate))
			return false;
		end->netem = (struct netem){
			.delay_ns = delay, .jitter_ns = jitter, .loss_ppm = loss, .rate_bps = rate
		};
	}
	end->addresses = new_array(addresses, sizeof(*end->addresses), &end->n_addresses);
	for (size_t i = 0; i < end->n_addresses; i++) {
		end->addresses[i].text = json_string_value(json_array_get(addresses, i));
		end->addresses[i].present = true;
		if (!end->addresses[i].text)
			return false;
	}
	return true;
}

static bool read_links(const json_t *array, struct plan *plan)
{
	plan->links = new_array(array, sizeof(*plan->links), &plan->n_links);
	for (size_t i = 0; i < plan->n_links; i++) {
		struct link *link = &plan->links[i];
		json_t *ends[2];
		int mtu = 1500;

		if (json_unpack(json_array_get(array, i), "{s:s, s?i, s:[oo]}", "name", &link->name,
				"mtu", &mtu, "ends", &ends[0], &ends[1]))
			return fail("link", i);
		link->mtu = mtu;
		for (int k = 0; k < 2; k++)
			if (!read_end(ends[k], plan, &link->ends[k]))
				return fail("link", i);
	}
	return true;
}

static bool read_routes(const json_t *array, struct plan *plan)
{
	plan->routes = new_array(array, sizeof(*plan->routes), &plan->n_routes);
	for (size_t i = 0; i < plan->n_routes; i++) {
		struct route *route = &plan->routes[i];
		json_int_t node, ifindex, table = RT_TABLE_MAIN;

		if (json_unpack(json_array_get(array, i), "{s:I, s:s, s:s, s:I, s?I}", "node",
				&node, "dst", &route->dst, "via", &route->via, "ifindex", &ifindex,
				"table", &table) ||
		    node < 0 || (size_t)node >= plan->n_nodes)
			return fail("route", i);
		route->node = node;
		route->ifindex = ifindex;
		route->table = table;
	}
	return true;
}

/* An expression that the front end has compiled before; NULL when it is none after all. */
static regex_t *read_expression(const char *text)
{
	regex_t *expression = malloc(sizeof(*expression));

	if (!expression)
		abort();
	if (!regcomp(expression, text, REG_EXTENDED | REG_NOSUB))
		return expression;
	free(expression);
	return NULL;
}

static void free_expression(regex_t *expression)
{
	if (expression)
		regfree(expression);
	free(expression);
}

bool plan_read_program(json_t *object, struct endpoint_plan *endpoint)
{
	struct program_plan *program = calloc(1, sizeof(*program));
	json_t *arguments, *environment, *ready;
	int at_start, input, awaited;
	const char *line = NULL;
	json_int_t call_ns = 0;
	size_t n;

	if (!program)
		abort();
	endpoint->program = program;
	if (json_unpack(object, "{s:s, s:s, s:o, s:o, s:o, s:b, s:b, s:b, s?s, s?I}", "path",
			&program->path, "folder", &program->folder, "arguments", &arguments,
			"environment", &environment, "ready", &ready, "at_start", &at_start,
			"input", &input, "awaited", &awaited, "terminal", &program->terminal,
			"call_ns", &call_ns) ||
	    !read_strings(arguments, &program->arguments, &n) ||
	    !read_strings(environment, &program->environment, &n))
		return false;
	program->at_start = at_start;
	program->call_ns = call_ns;
	program->input = input;
	program->awaited = awaited;
	if (json_is_null(ready))
		return true;
	if (json_unpack(ready, "{s?s, s?i}", "pattern", &line, "listens", &program->ready_port))
		return false;
	if (line)
		program->ready_line = read_expression(line);
	return program->ready_line || program->ready_port;
}

static bool read_endpoints(const json_t *array, struct plan *plan)
{
	plan->endpoints = new_array(array, sizeof(*plan->endpoints), &plan->n_endpoints);
	for (size_t i = 0; i < plan->n_endpoints; i++) {
		struct endpoint_plan *endpoint = &plan->endpoints[i];
		json_t *setup = NULL, *program = NULL;
		json_int_t node;

		if (json_unpack(json_array_get(array, i), "{s:s, s:I, s:o, s?o}", "name",
				&endpoint->name, "node", &node, "setup", &setup, "program",
				&program) ||
		    node < 0 || (size_t)node >= plan->n_nodes ||
		    !read_strings(setup, &endpoint->setup, &endpoint->n_setup) ||
		    (program && !plan_read_program(program, endpoint)))
			return fail("endpoint", i);
		endpoint->node = node;
	}
	return true;
}

/* The state of a path that the step waits for. */
static bool read_path_state(json_t *when, size_t n_endpoints, struct step *step)
{
	json_int_t endpoint, delay, every;
	json_t *since;

	if (json_unpack(when, "{s:I, s:s, s:s, s:s, s:I, s:o, s:I}", "endpoint", &endpoint,
			"socket", &step->path_socket, "address", &step->path_address, "state",
			&step->path_state, "every_ns", &every, "since", &since, "delay_ns", &delay))
		return false;
	step->is_after = true;
	step->after_event = "path";
	step->path_every_ns = every;
	step->after_endpoint = endpoint;
	step->after_step = json_is_integer(since) ? json_integer_value(since) : -1;
	step->delay_ns = delay;
	return endpoint >= 0 && (size_t)endpoint < n_endpoints && every > 0;
}

/* The line of a program's output that the step waits for. */
static bool read_output(json_t *when, size_t n_endpoints, struct step *step)
{
	json_int_t endpoint, delay;
	const char *line;
	json_t *since;

	if (json_unpack(when, "{s:I, s:s, s:o, s:I}", "endpoint", &endpoint, "pattern", &line,
			"since", &since, "delay_ns", &delay))
		return false;
	step->is_after = true;
	step->after_event = "output";
	step->after_endpoint = endpoint;
	step->after_step = json_is_integer(since) ? json_integer_value(since) : -1;
	step->delay_ns = delay;
	step->line = read_expression(line);
	return step->line && endpoint >= 0 && (size_t)endpoint < n_endpoints;
}

static bool read_when(json_t *object, size_t n_endpoints, struct step *step)
{
	json_t *after = json_object_get(object, "after"), *endpoint = NULL;
	json_t *when = json_object_get(object, "when");
	json_int_t at = 0, delay = 0, done = -1;

	if (when && json_object_get(when, "pattern"))
		return read_output(when, n_endpoints, step);
	if (when)
		return read_path_state(when, n_endpoints, step);
	if (!after) {
		if (json_unpack(object, "{s:I}", "at_ns", &at))
			return false;
		step->at_ns = at;
		return step->triggered = true;
	}
	if (json_unpack(after, "{s?o, s:s, s?I, s?I}", "endpoint", &endpoint, "event",
			&step->after_event, "delay_ns", &delay, "step", &done))
		return false;
	step->is_after = true;
	step->after_endpoint = json_is_integer(endpoint) ? json_integer_value(endpoint) : -1;
	step->after_step = done;
	step->delay_ns = delay;
	return true;
}

static bool find_step(const struct plan *plan, json_int_t id, size_t *index)
{
	for (*index = 0; *index < plan->n_steps; ++*index)
		if (plan->steps[*index].id == id)
			return true;
	return false;
}

static bool read_step(json_t *object, struct plan *plan, struct step *step)
{
	json_int_t id, endpoint = -1, heals = -1;
	const char *action;
	int number = 0;

	if (json_unpack(object, "{s:I, s:s, s?s, s?I, s?s, s?s, s?i, s?s}", "id", &id, "do",
			&action, "text", &step->text, "endpoint", &endpoint, "call", &step->call,
			"command", &step->command, "signal", &number, "input", &step->input))
		return false;
	if (!read_when(object, plan->n_endpoints, step))
		return false;
	step->id = id;
	step->signal = number;
	step->endpoint = endpoint;
	if (!step->text)
		step->text = "";
	if (!strcmp(action, "command")) {
		step->action = STEP_COMMAND;
		return step->command && endpoint >= 0 && (size_t)endpoint < plan->n_endpoints;
	}
	if (!strcmp(action, "signal")) {
		step->action = STEP_SIGNAL;
		return number > 0 && endpoint >= 0 && (size_t)endpoint < plan->n_endpoints;
	}
	if (!strcmp(action, "start") || !strcmp(action, "input")) {
		step->action = *action == 's' ? STEP_START : STEP_INPUT;
		return endpoint >= 0 && (size_t)endpoint < plan->n_endpoints &&
		       plan->endpoints[endpoint].program;
	}
	if (!strcmp(action, "fault")) {
		step->action = STEP_FAULT;
		step->fault = object;
		return true;
	}
	step->action = STEP_HEAL;
	return !strcmp(action, "heal") && !json_unpack(object, "{s:I}", "step", &heals) &&
	       find_step(plan, heals, &step->heals);
}

static bool read_steps(const json_t *array, struct plan *plan)
{
	plan->steps = new_array(array, sizeof(*plan->steps), &plan->n_steps);
	for (size_t i = 0; i < plan->n_steps; i++)
		plan->steps[i].id = -1;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (!read_step(json_array_get(array, i), plan, &plan->steps[i]))
			return fail("step", i);
	return true;
}

bool plan_add_steps(struct plan *plan, const json_t *steps)
{
	size_t first = plan->n_steps, n = json_array_size(steps);

	plan->steps = reallocarray(plan->steps, first + n + 1, sizeof(*plan->steps));
	if (!plan->steps)
		abort();
	memset(plan->steps + first, 0, n * sizeof(*plan->steps));
	for (size_t i = first; i < first + n; i++)
		plan->steps[i].id = -1;
	plan->n_steps += n;
	for (size_t i = 0; i < n; i++) {
		if (read_step(json_array_get(steps, i), plan, &plan->steps[first + i]))
			continue;
		plan->n_steps = first;
		return false;
	}
	return n > 0;
}

/* The whole file in one read(2): json_loadfd() asks the kernel for each byte, at 8 us apiece in a guest. */
static json_t *load_json(int fd, json_error_t *error)
{
	struct stat status;
	size_t done = 0;
	ssize_t n = 1;
	json_t *json;
	char *text;

	snprintf(error->text, sizeof(error->text), "it cannot be read");
	if (fstat(fd, &status) || !(text = malloc(status.st_size + 1)))
		return NULL;
	while (done < (size_t)status.st_size && n > 0) {
		n = read(fd, text + done, status.st_size - done);
		done += n > 0 ? n : 0;
	}
	json = json_loadb(text, done, 0, error);
	free(text);
	return json;
}

bool plan_from_json(json_t *json, struct plan *plan, const char **why)
{
	json_t *nodes, *links, *routes, *endpoints, *steps;
	json_error_t error;
	json_int_t end, settle = 0, limit;
	int version, capture = 0, sample = 0;

	*why = problem;
	plan->json = json;
	if (json_unpack_ex(plan->json, &error, 0,
			   "{s:i, s?b, s?b, s:I, s?I, s:I, s:o, s:o, s:o, s:o, s:o}",
			   "pathlab_plan", &version, "capture", &capture, "sample", &sample,
			   "end_ns", &end, "settle_ns", &settle, "limit_ns", &limit, "nodes",
			   &nodes, "links", &links, "routes", &routes, "endpoints", &endpoints,
			   "steps", &steps) ||
	    version != 1) {
		snprintf(problem, sizeof(problem), "not a plan of version 1: %s", error.text);
		return false;
	}
	plan->capture = capture;
	plan->sample = sample;
	plan->end_ns = end;
	plan->settle_ns = settle;
	plan->limit_ns = limit;
	return read_nodes(nodes, plan) && read_links(links, plan) && read_routes(routes, plan) &&
	       read_endpoints(endpoints, plan) && read_steps(steps, plan);
}

bool plan_read(int fd, struct plan *plan, const char **why)
{
	json_error_t error = { 0 };
	json_t *json = load_json(fd, &error);

	*why = problem;
	if (json)
		return plan_from_json(json, plan, why);
	snprintf(problem, sizeof(problem), "it is not JSON: line %d: %s", error.line, error.text);
	return false;
}

static void free_program(struct program_plan *program)
{
	if (!program)
		return;
	free_expression(program->ready_line);
	free(program->arguments);
	free(program->environment);
	free(program);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_nodes; i++) {
		free(plan->nodes[i].sysctls);
		free(plan->nodes[i].vrfs);
	}
	for (size_t i = 0; i < plan->n_links; i++)
		for (int k = 0; k < 2; k++)
			free(plan->links[i].ends[k].addresses);
	for (size_t i = 0; i < plan->n_endpoints; i++) {
		free(plan->endpoints[i].setup);
		free_program(plan->endpoints[i].program);
	}
	for (size_t i = 0; i < plan->n_steps; i++)
		free_expression(plan->steps[i].line);
	free(plan->nodes);
	free(plan->links);
	free(plan->routes);
	free(plan->endpoints);
	free(plan->steps);
	json_decref(plan->json);
}

struct end *plan_find_end(struct plan *plan, size_t node, unsigned ifindex, struct link **link)
{
	for (size_t i = 0; i < plan->n_links; i++)
		for (int k = 0; k < 2; k++) {
			struct end *end = &plan->links[i].ends[k];

			if (end->node != node || end->ifindex != ifindex)
				continue;
			if (link)
				*link = &plan->links[i];
			return end;
		}
	return NULL;
}

struct end_address *plan_end_address(struct end *end, const char *text)
{
	for (size_t i = 0; i < end->n_addresses; i++)
		if (!strcmp(end->addresses[i].text, text))
			return &end->addresses[i];
	end->addresses =
		reallocarray(end->addresses, end->n_addresses + 1, sizeof(*end->addresses));
	if (!end->addresses)
		abort();
	end->addresses[end->n_addresses] = (struct end_address){ .text = text };
	return &end->addresses[end->n_addresses++];
}
