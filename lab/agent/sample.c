// SPDX-License-Identifier: GPL-2.0-only
// Samples of associations, read through duplicates of the endpoints' sockets.
#include "lab/agent/sample.h"

#include "cclient/names.h"
#include "cclient/paths.h"
#include "lab/agent/hidden.h"
#include "lab/agent/sockets.h"

#include <netinet/in.h>
#include <netinet/sctp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An association as it was last told of. */
struct seen {
	const struct endpoint *endpoint;
	sctp_assoc_t id;
	bool present;		      /* at this look */
	json_t *state, *port, *paths; /* (owned) */
};

struct sampler {
	struct endpoint *endpoints;
	struct process *processes; /* (owned) of the endpoints */
	size_t n_endpoints;
	struct seen *items; /* (owned) */
	size_t n;
	int64_t now_ns;
	struct events *events;
};

static struct seen *find_seen(struct sampler *sampler, const struct endpoint *endpoint,
			      sctp_assoc_t id)
{
	struct seen *seen;

	for (size_t i = 0; i < sampler->n; i++)
		if (sampler->items[i].endpoint == endpoint && sampler->items[i].id == id)
			return &sampler->items[i];
	sampler->items = reallocarray(sampler->items, sampler->n + 1, sizeof(*sampler->items));
	if (!sampler->items)
		abort();
	seen = &sampler->items[sampler->n++];
	*seen = (struct seen){
		.endpoint = endpoint,
		.id = id,
		.state = json_null(),
		.port = json_null(),
		.paths = json_array(),
	};
	return seen;
}

static const json_t *find_path(const json_t *paths, const json_t *address)
{
	const json_t *path;
	size_t i;

	json_array_foreach((json_t *)paths, i, path) {
		if (json_equal(json_object_get(path, "address"), address))
			return path;
	}
	return NULL;
}

/* The paths that changed; those that are gone with the state null. A new reference. */
static json_t *find_changes(const json_t *before, const json_t *after)
{
	json_t *changes = json_array(), *path;
	size_t i;

	json_array_foreach((json_t *)after, i, path) {
		if (!json_equal(path, find_path(before, json_object_get(path, "address"))))
			json_array_append(changes, path);
	}
	json_array_foreach((json_t *)before, i, path) {
		json_t *address = json_object_get(path, "address");

		if (!find_path(after, address))
			json_array_append_new(changes,
					      json_pack("{s:O, s:n}", "address", address, "state"));
	}
	return changes;
}

static void tell(struct sampler *sampler, const struct seen *seen, json_t *changes /* (owned) */)
{
	json_t *line = json_pack("{s:s, s:I, s:s, s:i, s:O, s:O, s:o}", "event", "sample", "time",
				 (json_int_t)sampler->now_ns, "endpoint",
				 seen->endpoint->plan->name, "assoc_id", seen->id, "port",
				 seen->port, "state", seen->state, "paths", changes);
	char *text = json_dumps(line, JSON_COMPACT);

	if (!text)
		abort();
	events_note(sampler->events, text, strlen(text));
	free(text);
	json_decref(line);
}

/* Takes over all that was found; tells what is not as it was. */
static void take(struct sampler *sampler, struct seen *seen, json_t *state, json_t *port,
		 json_t *paths)
{
	json_t *changes = find_changes(seen->paths, paths);
	bool changed = json_array_size(changes) || !json_equal(seen->state, state) ||
		       !json_equal(seen->port, port);

	json_decref(seen->state);
	json_decref(seen->port);
	json_decref(seen->paths);
	seen->state = state;
	seen->port = port;
	seen->paths = paths;
	if (changed)
		tell(sampler, seen, changes);
	else
		json_decref(changes);
}

/* The port the socket is bound to. */
static json_t *read_port(int fd)
{
	struct sockaddr_in6 address = { 0 }; /* the port is in the same place for both families */
	socklen_t length = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &length);
	return json_integer(ntohs(address.sin6_port));
}

static void look_at(struct sampler *sampler, const struct endpoint *endpoint, int fd,
		    sctp_assoc_t id)
{
	static const struct session reader; /* nothing of a session is needed to read paths */
	struct sctp_status status = { 0 };
	socklen_t length = sizeof(status);
	json_t *paths, *port, *hidden;
	struct seen *seen;
	const char *state;

	if (sctp_opt_info(fd, id, SCTP_STATUS, &status, &length))
		return;
	hidden = paths_hidden(fd, status.sstat_assoc_id, endpoint->pid);
	paths = paths_read(&reader, fd, id, hidden);
	json_decref(hidden);
	if (!paths)
		return;
	seen = find_seen(sampler, endpoint, status.sstat_assoc_id);
	seen->present = true;
	state = names_find(names_association_state, status.sstat_state);
	port = json_is_integer(seen->port) ? json_incref(seen->port) : read_port(fd);
	take(sampler, seen, state ? json_string(state) : json_integer(status.sstat_state), port,
	     paths);
}

/*
 * A one-to-one socket has peers only when its association may be asked for by the rest of the options
 * (net/sctp/socket.c, sctp_id2assoc()). This is the one option of an association that does not fail without any.
 */
static bool has_peers(int fd)
{
	struct sctp_assocparams parameters = { 0 };
	socklen_t size = sizeof(parameters);

	return !getsockopt(fd, IPPROTO_SCTP, SCTP_ASSOCINFO, &parameters, &size) &&
	       parameters.sasoc_number_peer_destinations > 0;
}

static void look_at_socket(struct sampler *sampler, const struct endpoint *endpoint, int fd,
			   bool many)
{
	static union {
		struct sctp_assoc_ids list;
		unsigned char room[65536];
	} ids;
	socklen_t size = sizeof(ids);

	if (!many && has_peers(fd))
		look_at(sampler, endpoint, fd, 0);
	if (!many || getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, &ids, &size))
		return;
	for (uint32_t i = 0; i < ids.list.gaids_number_of_ids; i++)
		look_at(sampler, endpoint, fd, ids.list.gaids_assoc_id[i]);
}

/* False when the process cannot be asked now. */
static bool look_at_process(struct sampler *sampler, struct endpoint *endpoint,
			    struct process *process)
{
	if (!process_find_sockets(process, endpoint->pid, endpoint->told))
		return false;
	endpoint->told = false;
	for (size_t i = 0; i < process->n; i++) {
		int fd = process_socket(process, i);

		if (fd < 0)
			continue;
		look_at_socket(sampler, endpoint, fd, process->sockets[i].many);
		close(fd);
	}
	return true;
}

struct sampler *sampler_new(struct endpoint *endpoints, size_t n)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		abort();
	sampler->endpoints = endpoints;
	sampler->n_endpoints = n;
	sampler->processes = calloc(n + 1, sizeof(*sampler->processes));
	if (!sampler->processes)
		abort();
	return sampler;
}

static void look_at_endpoint(struct sampler *sampler, struct endpoint *endpoint,
			     struct process *process)
{
	for (size_t i = 0; i < sampler->n; i++)
		if (sampler->items[i].endpoint == endpoint)
			sampler->items[i].present = false;
	if (endpoint->pid && !look_at_process(sampler, endpoint, process))
		return;
	for (size_t i = 0; i < sampler->n; i++) {
		struct seen *seen = &sampler->items[i];

		if (seen->endpoint == endpoint && !seen->present && !json_is_null(seen->state))
			take(sampler, seen, json_null(), json_null(), json_array());
	}
}

void sampler_look(struct sampler *sampler, int64_t now_ns, struct events *events)
{
	sampler->now_ns = now_ns;
	sampler->events = events;
	for (size_t i = 0; i < sampler->n_endpoints; i++)
		look_at_endpoint(sampler, &sampler->endpoints[i], &sampler->processes[i]);
}
