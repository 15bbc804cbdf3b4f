// SPDX-License-Identifier: GPL-2.0-only
// The commands of a shell in the laboratory: fault, heal, faults, node, nodes, advance. They run in the guest, under these
// names (lab/agent/by_hand.c), read what is typed as a scenario's timeline is read, and hand it to the agent.
#include "lab/commands.h"
#include "lab/common/by_hand.h"
#include "lab/common/jsonx.h"
#include "lab/common/ns.h"
#include "lab/front/by_hand.h"
#include "lab/front/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
	"fault KIND KEY=VALUE...  breaks something now, in the words of a scenario's timeline, such as\n"
	"                         fault blackhole link=a from=client\n"
	"                         fault link-down link=a,b name=both\n"
	"heal WHAT                undoes a fault, called by its name, link, endpoint or kind\n"
	"faults                   lists the faults that hold\n"
	"nodes                    lists the nodes\n"
	"node NAME                opens a shell in another node; exit comes back\n"
	"advance TIME             where time stands still, lets so much of it pass: advance 1.5s\n"
	"\n"
	"docs/scenario-reference.md has the kinds of faults and their keys.\n";

static void say(const char *command, const char *sentence)
{
	fprintf(stderr, "%s: %s\n", command, sentence);
}

/* Sends a request (owned) to the agent and waits for its answer, a new reference; NULL after a sentence. */
static json_t *ask(const char *command, json_t *request)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = BY_HAND_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), room = BY_HAND_MESSAGE_MAX;
	char *text = json_dumps(request, JSON_COMPACT), *answer = malloc(BY_HAND_MESSAGE_MAX);
	json_t *json = NULL;
	ssize_t n = -1;

	json_decref(request);
	if (!text || !answer)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		say(command, "this works in a shell of the laboratory only, see `pathlab shell`");
	else if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		say(command, errno == EMSGSIZE ? "this is too much for one command" :
						 "the laboratory does not listen any more");
	else if ((n = recv(fd, answer, BY_HAND_MESSAGE_MAX, 0)) <= 0 ||
		 !(json = json_loadb(answer, n, 0, NULL)))
		say(command, "the laboratory gave no answer");
	if (fd >= 0)
		close(fd);
	free(text);
	free(answer);
	return json;
}

static json_t *ask_session(const char *command)
{
	return ask(command, json_pack("{s:s}", "ask", "session"));
}

/* 0, or 1 after the sentence that the answer (owned) has. */
static int finish(const char *command, json_t *answer)
{
	const char *message = answer ? jsonx_string(answer, "message", NULL) : NULL;
	int status = answer && !message ? EXIT_EXPECTED : EXIT_UNEXPECTED;

	if (message)
		say(command, message);
	json_decref(answer);
	return status;
}

static void read_settings(const json_t *object, struct settings *settings)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
		if (settings->count < PARAMETERS_MAX)
			settings->items[settings->count++] =
				(struct setting){ .name = name, .text = json_string_value(value) };
}

static int step_main(int argc, char **argv)
{
	const char *command = argv[0], *file, *text;
	struct settings settings = { 0 };
	struct diag diag = { 0 };
	struct by_hand by_hand = { .words = argv };
	json_t *session = NULL, *words;
	int status = EXIT_USAGE;

	if (argc < 2) {
		say(command,
		    strcmp(command, "fault") == 0 ?
			    "expected a kind of fault and its keys, such as blackhole link=a" :
			    "expected a fault's name, link, endpoint or kind; `faults` lists "
			    "what holds");
		return status;
	}
	if (strcmp(command, "heal") == 0 && argc > 2) {
		say(command, "expected one fault, by its name, link, endpoint or kind");
		return status;
	}
	session = ask_session(command);
	if (!session)
		return EXIT_LABORATORY;
	file = jsonx_string(json_object_get(session, "by_hand"), "file", "");
	text = jsonx_string(json_object_get(session, "by_hand"), "text", NULL);
	read_settings(json_object_get(json_object_get(session, "by_hand"), "settings"), &settings);
	by_hand.earlier = json_object_get(session, "typed");
	by_hand.in_force = json_object_get(session, "in_force");
	by_hand.first_id = jsonx_int(session, "first_id", 0);
	if (by_hand_make_steps(&by_hand, file, text, &settings, &diag)) {
		words = json_array();
		for (int i = 0; i < argc; i++)
			json_array_append_new(words, json_string(argv[i]));
		status = finish(command, ask(command, json_pack("{s:o, s:o}", "typed", words,
								"steps", by_hand.steps)));
	} else {
		json_decref(by_hand.steps);
		say(command, diag.count ? diag.entries[0].message : "this cannot be understood");
	}
	diag_clear(&diag);
	json_decref(session);
	return status;
}

static int faults_main(int argc, char **argv)
{
	json_t *session = ask_session(argv[0]), *fault;
	char time[NS_TEXT_SIZE];
	size_t i;

	(void)argc;
	if (!session)
		return EXIT_LABORATORY;
	json_array_foreach(json_object_get(session, "faults"), i, fault) {
		/* without the time, which is not when it came to hold */
		const char *text = jsonx_string(fault, "text", "?"),
			   *kind = strstr(text, "fault: ");

		text = kind ? kind + strlen("fault: ") : text;
		printf("%s, since %s\n", text,
		       format_seconds(jsonx_int(fault, "since_ns", 0), time));
	}
	if (!i)
		puts("no fault holds");
	json_decref(session);
	return EXIT_EXPECTED;
}

static int nodes_main(int argc, char **argv)
{
	json_t *session = ask_session(argv[0]), *node;
	size_t i;

	(void)argc;
	if (!session)
		return EXIT_LABORATORY;
	json_array_foreach(json_object_get(session, "nodes"), i, node)
		puts(json_string_value(node));
	json_decref(session);
	return EXIT_EXPECTED;
}

/* A shell in the network namespace of a node. */
static int enter(const char *command, const char *node)
{
	char path[128], prompt[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", node);
	snprintf(prompt, sizeof(prompt), "%s:\\w\\$ ", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "%s: cannot enter node \"%s\": %s\n", command, node,
			strerror(errno));
		return EXIT_LABORATORY;
	}
	setenv("PS1", prompt, 1);
	execlp("bash", "bash", "--norc", "--noprofile", "-i", NULL);
	fprintf(stderr, "%s: cannot execute bash: %s\n", command, strerror(errno));
	return EXIT_LABORATORY;
}

static int node_main(int argc, char **argv)
{
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	struct name_list names = { 0 };
	json_t *session, *node;
	int status = EXIT_USAGE;
	size_t i;

	if (argc != 2) {
		say(argv[0], "expected the name of a node; `nodes` lists them");
		return status;
	}
	session = ask_session(argv[0]);
	json_array_foreach(json_object_get(session, "nodes"), i, node)
		name_list_add(&front.arena, &names, json_string_value(node));
	if (session && name_list_find(&names, argv[1]) >= 0)
		status = enter(argv[0], argv[1]);
	else if (session)
		fprintf(stderr, "%s: unknown node \"%s\"%s\n", argv[0], argv[1],
			suggest(&front, argv[1], names.items, names.count));
	else
		status = EXIT_LABORATORY;
	json_decref(session);
	arena_free(&front.arena);
	return status;
}

static int advance_main(int argc, char **argv)
{
	struct yaml time = { .type = YAML_SCALAR, .text = argc == 2 ? argv[1] : "" };
	struct diag diag = { 0 };
	struct front front = { .diag = &diag };
	int status = EXIT_USAGE;
	char text[NS_TEXT_SIZE];
	json_t *answer;
	int64_t ns;

	if (argc != 2) {
		say(argv[0], "expected a time, such as 1.5s");
	} else if (!parse_quantity(&front, &time, "what to advance by", TIME, 1, YEAR, &ns)) {
		say(argv[0], diag.entries[0].message);
	} else {
		answer = ask(argv[0], json_pack("{s:I}", "advance_ns", (json_int_t)ns));
		if (answer && jsonx_int(answer, "now_ns", 0))
			printf("%s\n", format_seconds(jsonx_int(answer, "now_ns", 0), text));
		status = finish(argv[0], answer);
	}
	diag_clear(&diag);
	arena_free(&front.arena);
	return status;
}

int (*by_hand_command(const char *name))(int argc, char **argv)
{
	static int (*const mains[])(int argc, char **argv) = {
		step_main, step_main, faults_main, nodes_main, node_main, advance_main,
	};
	static const char *const names[] = BY_HAND_COMMANDS;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return mains[i];
	return NULL;
}

int by_hand_main(const char *name, int argc, char **argv)
{
	argv[0] = (char *)name;
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return EXIT_EXPECTED;
	}
	return by_hand_command(name)(argc, argv);
}
