// SPDX-License-Identifier: GPL-2.0-only
// Programs in the place of cclient: where they are, what they are given, when they are ready.
#include "lab/front/program.h"

#include <ctype.h>
#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/front/units.h"

/*
 * What every program finds, whoever starts the laboratory: a run is the same for everybody. Python seeds its hashes from
 * PYTHONHASHSEED, and its output is not held back with PYTHONUNBUFFERED.
 */
static const char path_variable[] = "PATH=" PROGRAM_PATH;
static const char *const environment[] = {
	path_variable,	   "HOME=/",	       "LANG=C.UTF-8",	     "TZ=UTC",
	"TMPDIR=/dev/shm", "PYTHONHASHSEED=0", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1",
};

#define EXPRESSION_MAX 256
#define CALL_TIME_MIN  US
#define CALL_TIME_MAX  S
#define ENVIRONMENT    (sizeof(environment) / sizeof(environment[0]))

bool is_program(const struct yaml *entry)
{
	for (const struct yaml *key = entry->first; entry->type == YAML_MAP && key; key = key->next)
		if (strcmp(key->key, "run") == 0)
			return true;
	return false;
}

long program_get(struct scenario *scenario, const struct yaml *name)
{
	long index = scenario_get_endpoint(scenario, name);

	if (index < 0 || scenario->endpoints[index].program)
		return index;
	yaml_error(scenario->front, name,
		   "\"%s\" is no program of your own; expected an endpoint with \"run\"",
		   name->text);
	return -1;
}

const char *program_get_line(struct front *front, const struct yaml *line)
{
	regex_t expression;
	const char *text;
	size_t counts = 0;
	char why[128];
	int error;

	if (!yaml_get_text(front, line, "a line", &text))
		return NULL;
	/* counts within counts may take regcomp(3) more memory than there is */
	for (const char *at = text; *at; at++)
		counts += *at == '{' && (at == text || !strchr("[\\", at[-1]));
	if (strlen(text) > EXPRESSION_MAX || counts > 1) {
		yaml_error(
			front, line,
			"a regular expression for a line has at most %d bytes and one \"{\"; for "
			"the character itself write [{]",
			EXPRESSION_MAX);
		return NULL;
	}
	error = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB);
	if (!error) {
		regfree(&expression);
		return text;
	}
	regerror(error, NULL, why, sizeof(why));
	yaml_error(front, line,
		   "\"%s\" is no regular expression: %s; expected an extended one, regex(7)", text,
		   why);
	return NULL;
}

/* NODE.LINK in braces stands for the address. Other braces are left as they are. */
static const char *find_name(const char *text, size_t *length)
{
	for (; (text = strchr(text, '{')); text++) {
		size_t node =
			strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_-");

		*length = 1 + strcspn(text + 1, "} \t\"");
		if (isalpha((unsigned char)text[1]) && text[1 + node] == '.' &&
		    text[*length] == '}')
			return text;
	}
	return NULL;
}

/* The word with addresses in the place of their names; NULL after a sentence. */
static const char *put_addresses(struct scenario *scenario, const struct yaml *at, const char *word)
{
	struct arena *arena = &scenario->front->arena;
	const char *done = "", *name;
	size_t length;

	while ((name = find_name(word, &length))) {
		struct address address;
		const char *text = arena_printf(arena, "%.*s", (int)length - 1, name + 1);

		if (!topology_parse_address(scenario->front, scenario->topology, at, text,
					    &address))
			return NULL;
		done = arena_printf(arena, "%s%.*s%s", done, (int)(name - word), word,
				    format_address(arena, &address));
		word = name + length + 1;
	}
	return arena_printf(arena, "%s%s", done, word);
}

static bool is_executable(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

static const char *search_path(struct arena *arena, const char *name)
{
	char *folders = arena_strdup(arena, PROGRAM_PATH), *save = NULL;

	for (char *folder = strtok_r(folders, ":", &save); folder;
	     folder = strtok_r(NULL, ":", &save)) {
		const char *path = arena_printf(arena, "%s/%s", folder, name);

		if (is_executable(path))
			return path;
	}
	return NULL;
}

/* "The program sctp_darn is not here ...": why a scenario that says what it needs cannot be run. */
static void note_lack(struct scenario *scenario, const char *name)
{
	const char *packages = "";

	for (const struct yaml *item = yaml_first(scenario->needs); item;
	     item = yaml_next(scenario->needs, item)) {
		if (item->type != YAML_MAP)
			packages = arena_printf(&scenario->front->arena, "%s %s", packages,
						item->text);
		for (const struct yaml *entry = item->type == YAML_MAP ? item->first : NULL; entry;
		     entry = entry->next)
			packages = arena_printf(&scenario->front->arena, "%s %s", packages,
						entry->key);
	}
	if (!scenario->lacks)
		scenario->lacks =
			arena_printf(&scenario->front->arena,
				     "the program %s is not installed; as root: apt-get install%s",
				     name, packages);
}

bool program_need(struct scenario *scenario, const struct yaml *name)
{
	const char *text;

	if (!yaml_get_text(scenario->front, name, "a program", &text))
		return false;
	if (!*text || strchr(text, '/')) {
		yaml_error(scenario->front, name,
			   "\"%s\" is no program's name, such as javac; it is looked for in %s",
			   text, PROGRAM_PATH);
		return false;
	}
	if (!search_path(&scenario->front->arena, text))
		note_lack(scenario, text);
	return true;
}

static bool find_program(struct scenario *scenario, const struct yaml *run, const char *name,
			 struct program *program)
{
	struct arena *arena = &scenario->front->arena;

	if (strchr(name, '/'))
		program->path =
			name[0] == '/' ? name : arena_printf(arena, "%s/%s", program->folder, name);
	else
		program->path = search_path(arena, name);
	if (program->path && is_executable(program->path))
		return true;
	if (scenario->needs && (name[0] == '/' || !strchr(name, '/'))) {
		note_lack(scenario, name);
		program->path = name[0] == '/' ? name : arena_printf(arena, "/usr/bin/%s", name);
		return true;
	}
	if (!program->path)
		yaml_error(
			scenario->front, run,
			"there is no program \"%s\" in %s; expected its name, or its path such as ./%s",
			name, PROGRAM_PATH, name);
	else if (access(program->path, F_OK))
		yaml_error(
			scenario->front, run,
			"there is no program \"%s\"; expected a path from the folder it runs in, %s",
			name, program->folder);
	else
		yaml_error(scenario->front, run,
			   "\"%s\" cannot be executed; expected a file with permission for that",
			   name);
	return false;
}

/* Where the program runs: the scenario's own folder, or one named from there. */
static bool read_folder(struct scenario *scenario, const struct yaml *folder,
			struct program *program)
{
	struct front *front = scenario->front;
	const char *slash = strrchr(scenario->file, '/'), *name = NULL;
	const char *base = slash ? arena_printf(&front->arena, "%.*s",
						(int)(slash - scenario->file) + 1, scenario->file) :
				   ".";
	char path[PATH_MAX];
	struct stat status;

	if (folder && !yaml_get_text(front, folder, "a folder", &name))
		return false;
	if (name)
		base = name[0] == '/' ? name : arena_printf(&front->arena, "%s/%s", base, name);
	/* the guest has the same files, but not the same current folder */
	if (realpath(base, path) && !stat(path, &status) && S_ISDIR(status.st_mode)) {
		program->folder = arena_strdup(&front->arena, path);
		return true;
	}
	yaml_error(front, folder ? folder : program->run,
		   "there is no folder \"%s\"; expected one from where the scenario is",
		   name ? name : base);
	return false;
}

static bool read_run(struct scenario *scenario, const struct yaml *run, struct program *program)
{
	struct front *front = scenario->front;
	const char **words, *word;
	size_t count;

	if (!program_get_words(front, run, &words, &count) ||
	    !find_program(scenario, run, words[0], program))
		return false;
	for (size_t i = 0; i < count; i++) {
		word = put_addresses(scenario, run, words[i]);
		if (!word)
			return false;
		json_array_append_new(program->arguments, json_string(word));
	}
	return true;
}

static bool has_variable(const json_t *list, const char *name)
{
	const json_t *item;
	size_t length = strlen(name), i;

	json_array_foreach((json_t *)list, i, item) {
		const char *text = json_string_value(item);

		if (strncmp(text, name, length) == 0 && text[length] == '=')
			return true;
	}
	return false;
}

/* The scenario's own variables come first, and take the place of those that every program has. */
static bool read_environment(struct scenario *scenario, const struct yaml *map,
			     struct program *program)
{
	struct front *front = scenario->front;

	if (map && map->type != YAML_MAP) {
		yaml_error(front, map, "environment is a mapping such as {LOG_LEVEL: debug}");
		return false;
	}
	for (const struct yaml *entry = map ? map->first : NULL; entry; entry = entry->next) {
		const char *value;

		if (!entry->key[0] || strchr(entry->key, '=')) {
			yaml_key_error(front, entry, "\"%s\" cannot be the name of a variable",
				       entry->key);
			return false;
		}
		if (!yaml_get_text(front, entry, "a variable", &value))
			return false;
		value = put_addresses(scenario, entry, value);
		if (!value)
			return false;
		json_array_append_new(
			program->environment,
			json_string(arena_printf(&front->arena, "%s=%s", entry->key, value)));
	}
	for (size_t i = 0; i < ENVIRONMENT; i++) {
		const char *name = arena_printf(&front->arena, "%.*s",
						(int)strcspn(environment[i], "="), environment[i]);

		if (!has_variable(program->environment, name))
			json_array_append_new(program->environment, json_string(environment[i]));
	}
	return true;
}

static bool read_ready(struct front *front, const struct yaml *ready, struct endpoint *endpoint)
{
	struct yaml *line, *listens;
	struct yaml_key keys[] = { { "line", &line, false }, { "listens", &listens, false } };
	struct program *program = endpoint->program;
	const char *text;

	json_object_set_new(program->json, "ready", json_null());
	if (!ready)
		return true;
	if (!YAML_READ_MAP(front, ready, "ready", keys))
		return false;
	if (!line == !listens) {
		yaml_error(front, ready,
			   "ready is {listens: PORT}, of SCTP, or {line: TEXT}, of its output");
		return false;
	}
	program->has_ready = true;
	if (line) {
		text = program_get_line(front, line);
		if (text)
			json_object_set_new(program->json, "ready",
					    json_pack("{s:s}", "pattern", text));
		return text != NULL;
	}
	if (!yaml_get_integer(front, listens, "a port", 1, 65535, &endpoint->port))
		return false;
	json_object_set_new(program->json, "ready",
			    json_pack("{s:I}", "listens", (json_int_t)endpoint->port));
	return true;
}

bool program_read(struct scenario *scenario, const struct yaml *entry, struct endpoint *endpoint)
{
	struct front *front = scenario->front;
	struct program *program = arena_alloc(&front->arena, sizeof(*program));
	struct yaml *node, *run, *ready, *variables, *folder, *call_time;
	struct yaml_key keys[] = {
		{ "node", &node, true },      { "run", &run, true },
		{ "ready", &ready, false },   { "environment", &variables, false },
		{ "folder", &folder, false }, { "call-time", &call_time, false },
	};
	int64_t call_ns = 0;
	long index;

	/* also of one that is wrong in itself, so that steps about it are not found wrong, too */
	endpoint->program = program;
	if (!YAML_READ_MAP(front, entry, "an endpoint that is a program", keys))
		return false;
	index = topology_get_node(front, scenario->topology, node);
	if (index < 0 ||
	    (call_time && !parse_quantity(front, call_time, "the time of a system call", TIME,
					  CALL_TIME_MIN, CALL_TIME_MAX, &call_ns)))
		return false;
	endpoint->node = (size_t)index;
	endpoint->family = scenario->topology->usual;
	program->run = run;
	program->json = json_object();
	program->arguments = json_array();
	program->environment = json_array();
	json_object_set_new(program->json, "arguments", program->arguments);
	json_object_set_new(program->json, "environment", program->environment);
	if (call_ns)
		json_object_set_new(program->json, "call_ns", json_integer(call_ns));
	/* the plan owns it from here on, whatever becomes of the endpoint */
	json_array_append_new(scenario->json_programs, program->json);
	return read_folder(scenario, folder, program) && read_run(scenario, run, program) &&
	       read_environment(scenario, variables, program) && read_ready(front, ready, endpoint);
}

json_t *program_make(const struct endpoint *endpoint)
{
	const struct program *program = endpoint->program;

	json_object_set_new(program->json, "path", json_string(program->path));
	json_object_set_new(program->json, "folder", json_string(program->folder));
	json_object_set_new(program->json, "at_start", json_boolean(!program->starts_by_step));
	json_object_set_new(program->json, "input", json_boolean(program->has_input));
	json_object_set_new(program->json, "awaited", json_boolean(program->awaited));
	return json_incref(program->json);
}
