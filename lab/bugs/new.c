// SPDX-License-Identifier: GPL-2.0-only
// pathlab bugs new: begins an entry with the scenario of a kept run.
#include "lab/bugs/bug.h"
#include "lab/bugs/bugs.h"
#include "lab/commands.h"
#include "lab/common/jsonx.h"
#include "lab/common/text.h"
#include "lab/options.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND "pathlab bugs new"

static const char usage[] =
	"usage: pathlab bugs new NAME --from DIR\n"
	"\n"
	"Begins the entry bugs/NAME with the scenario of the run that is kept in DIR (pathlab run --keep).\n"
	"What is left to write says " BUG_BLANK
	"; `pathlab bugs list` shows where. docs/add-a-bug.md tells how.\n"
	"\n"
	"      --from DIR  the folder of the run, with its plan.json\n"
	"  -h, --help      print this\n"
	"\n"
	"Exit status: 0 begun, 2 usage or bad input, 3 a file cannot be written.\n";

static const char yaml_text[] =
	"summary: " BUG_BLANK " the symptom in one line of at most 120 bytes.\n"
	"status: mended          # or open, without commit; or refuted: a suspicion that does not hold\n"
	"commit: \"" BUG_BLANK " the title of the commit that mended it\"\n"
	"# " BUG_BLANK " the versions that have it, both ends inclusive, and delete this line\n"
	"# versions:\n"
	"#   - {since: 3.14, until: 6.1.124}\n"
	"# " BUG_BLANK " the source files that break.cocci changes, and delete this line\n"
	"# files: [net/sctp/socket.c]\n";

static const char readme_text[] =
	"# %s\n\n"
	"## Symptom\n\n" BUG_BLANK " what an operator meets.\n\n"
	"## Cause\n\n" BUG_BLANK " two sentences, with the kernel's function.\n\n"
	"## Mended by\n\n" BUG_BLANK " the title of the commit, and the first versions with it.\n\n"
	"## Recognise it\n\n" BUG_BLANK
	" what to look for in captures, ss(8), /proc/net/sctp, notifications.\n\n"
	"## Workaround\n\n" BUG_BLANK " or delete this part.\n\n"
	"## What the scenario does\n\n" BUG_BLANK
	" what it expects of a kernel without the bug.\n\n"
	"It began as a run that replays with\n\n    %s\n";

static const char patch_text[] =
	"// SPDX-License-Identifier: GPL-2.0-only\n"
	"// " BUG_BLANK
	" what this undoes: the semantic patch (spatch(1)) that puts the bug back.\n";

/* Writes a file that is not there yet; false after a sentence. */
static bool write_file(const char *folder, const char *name, const char *text, size_t length)
{
	char *path = text_format("%s/%s", folder, name);
	FILE *out = fopen(path, "wxe");
	bool good = out && fwrite(text, 1, length, out) == length;

	if (out)
		good = fclose(out) == 0 && good;
	if (!good)
		fprintf(stderr, COMMAND ": cannot write %s: %s\n", path, strerror(errno));
	free(path);
	return good;
}

/* A whole file. (owned) */
static char *read_whole(const char *path, size_t *length)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (!in)
		return NULL;
	n = getdelim(&text, &size, '\0', in);
	fclose(in);
	*length = n > 0 ? (size_t)n : 0;
	return text;
}

static bool make_folder(const char *folder)
{
	if (mkdir("bugs", 0777) && errno != EEXIST) {
		fprintf(stderr, COMMAND ": cannot make the folder bugs: %s\n", strerror(errno));
		return false;
	}
	if (mkdir(folder, 0777) == 0)
		return true;
	fprintf(stderr, COMMAND ": cannot make the folder %s: %s\n", folder, strerror(errno));
	return false;
}

static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && length <= 48 && name[length] == '\0' && name[0] != '-';
}

static int begin_entry(const char *name, const char *from, const char *scenario)
{
	char *folder = text_format("bugs/%s", name),
	     *facts_path = text_format("%s/facts.json", from);
	json_t *facts = json_load_file(facts_path, 0, NULL);
	char *readme = text_format(readme_text, name,
				   jsonx_string(facts, "replay", "pathlab run " BUG_BLANK));
	size_t length = 0;
	char *text = read_whole(scenario, &length);
	int status = EXIT_LABORATORY;

	if (!text) {
		fprintf(stderr, COMMAND ": the scenario of the kept run, %s, cannot be read: %s\n",
			scenario, strerror(errno));
		status = EXIT_USAGE;
	} else if (make_folder(folder) && write_file(folder, "scenario.yaml", text, length) &&
		   write_file(folder, "bug.yaml", yaml_text, strlen(yaml_text)) &&
		   write_file(folder, "README.md", readme, strlen(readme)) &&
		   write_file(folder, "break.cocci", patch_text, strlen(patch_text))) {
		printf("%s is begun with the scenario %s.\n"
		       "What is left to write says " BUG_BLANK
		       "; see docs/add-a-bug.md. Then: pathlab bugs reproduce %s\n",
		       folder, scenario, name);
		status = EXIT_EXPECTED;
	}
	free(text);
	free(readme);
	json_decref(facts);
	free(facts_path);
	free(folder);
	return status;
}

int bugs_new_main(int argc, char **argv)
{
	const char *from = NULL;
	const struct command_option options[] = { { "from", .text = &from }, { 0 } };
	int status = EXIT_USAGE;
	char *plan_path;
	json_t *plan;

	if (!parse_command_options(COMMAND, usage, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1 || !from) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!is_name(argv[0])) {
		fprintf(stderr,
			COMMAND
			": \"%s\" is no name for an entry; expected up to 48 of a-z, 0-9 and '-'\n",
			argv[0]);
		return EXIT_USAGE;
	}
	plan_path = text_format("%s/plan.json", from);
	plan = json_load_file(plan_path, 0, NULL);
	if (jsonx_string(plan, "file", NULL))
		status = begin_entry(argv[0], from, jsonx_string(plan, "file", NULL));
	else
		fprintf(stderr,
			COMMAND
			": %s is no plan; expected the folder of a run that `pathlab run --keep` kept\n",
			plan_path);
	json_decref(plan);
	free(plan_path);
	return status;
}
