// SPDX-License-Identifier: GPL-2.0-only
// One entry of the gallery: bug.yaml, and what else its folder lacks.
#include "lab/bugs/bug.h"

#include "lab/bugs/read.h"
#include "lab/common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUMMARY_MAX 120 /* bytes: it is a line of a table */

static const char *const statuses[] = { "mended", "open", "refuted" };
static const char *const judges[] = { "expectation", "watchdog", "console" };

const char *bug_status_name(enum bug_status status)
{
	return statuses[status];
}

static bool read_version(struct front *front, const struct yaml *node, struct version *version)
{
	const char *text;

	if (!node)
		return true;
	if (!yaml_get_text(front, node, "a version of the kernel", &text))
		return false;
	if (parse_version(text, version))
		return true;
	yaml_error(front, node,
		   "\"%s\" is no version of the kernel; expected one such as 6.12 or 6.12.101",
		   text);
	return false;
}

static bool read_ranges(struct front *front, const struct yaml *list, struct bug *bug)
{
	bool good = true;

	if (!list)
		return true;
	if (list->type != YAML_LIST) {
		yaml_error(front, list,
			   "versions is a list such as [{since: 6.2, until: 6.12.90}]");
		return false;
	}
	bug->ranges = arena_array(&front->arena, list->count + 1, sizeof(*bug->ranges));
	for (const struct yaml *item = list->first; item; item = item->next) {
		struct version_range *range = &bug->ranges[bug->n_ranges++];
		struct yaml *since, *until;
		const struct yaml_key keys[] = { { "since", &since, false },
						 { "until", &until, false } };

		if (!YAML_READ_MAP(front, item, "a range of versions", keys)) {
			good = false;
			continue;
		}
		if (!since && !until) {
			yaml_error(front, item,
				   "a range of versions has since, until or both; found neither");
			good = false;
			continue;
		}
		good &= read_version(front, since, &range->since) &&
			read_version(front, until, &range->until);
		if (since && until && range->since.n && range->until.n &&
		    !version_is_in(&range->since,
				   &(struct version_range){ .until = range->until })) {
			yaml_error(front, until, "no kernel is both since %s and until %s",
				   since->text, until->text);
			good = false;
		}
	}
	return good;
}

static bool read_files(struct front *front, const struct yaml *list, struct bug *bug)
{
	bool good = true;

	if (!list)
		return true;
	bug->files = arena_array(&front->arena, list->count + 2, sizeof(*bug->files));
	for (const struct yaml *item = yaml_first(list); item; item = yaml_next(list, item)) {
		const char *text;
		size_t length;

		if (!yaml_get_text(front, item, "a source file", &text)) {
			good = false;
			continue;
		}
		length = strlen(text);
		if (length < 3 || text[0] == '/' || text[length - 2] != '.' ||
		    !strchr("ch", text[length - 1])) {
			yaml_error(front, item,
				   "\"%s\" is no source file of the kernel; expected one such as "
				   "net/sctp/socket.c",
				   text);
			good = false;
		}
		bug->files[bug->n_files++] = text;
	}
	return good;
}

static bool read_summary(struct front *front, const struct yaml *node, struct bug *bug)
{
	if (!yaml_get_text(front, node, "a summary", &bug->summary))
		return false;
	if (strlen(bug->summary) <= SUMMARY_MAX)
		return true;
	yaml_error(front, node, "the summary has %zu bytes; expected at most %d",
		   strlen(bug->summary), SUMMARY_MAX);
	return false;
}

static bool check_commit(struct front *front, const struct yaml *root, const struct yaml *commit,
			 const struct bug *bug)
{
	if (bug->status == BUG_MENDED && !commit) {
		yaml_key_error(front, root, "a bug that is mended needs the key \"commit\"");
		return false;
	}
	if (bug->status != BUG_MENDED && commit) {
		yaml_key_error(front, commit, "a bug that is %s has no commit that mended it",
			       bug_status_name(bug->status));
		return false;
	}
	return true;
}

bool bug_read_yaml(struct front *front, const struct yaml *root, struct bug *bug)
{
	struct yaml *summary, *status, *commit, *introduced, *versions, *files, *debug, *judge;
	const struct yaml_key keys[] = {
		{ "summary", &summary, true },	  { "status", &status, true },
		{ "commit", &commit, false },	  { "introduced", &introduced, false },
		{ "versions", &versions, false }, { "files", &files, false },
		{ "debug", &debug, false },	  { "judge", &judge, false },
	};
	size_t index = 0, how = BUG_BY_EXPECTATION;
	bool good;

	if (!YAML_READ_MAP(front, root, "a bug", keys))
		return false;
	good = read_summary(front, summary, bug);
	good &= yaml_get_word(front, status, "status", statuses, 3, &index);
	bug->status = index < 3 ? (enum bug_status)index : BUG_MENDED;
	good &= !commit || yaml_get_text(front, commit, "the title of a commit", &bug->commit);
	good &= !introduced ||
		yaml_get_text(front, introduced, "the title of a commit", &bug->introduced);
	good &= read_ranges(front, versions, bug);
	good &= read_files(front, files, bug);
	good &= !debug || yaml_get_bool(front, debug, "debug", &bug->debug);
	good &= !judge || yaml_get_word(front, judge, "judge", judges, 3, &how);
	bug->judge = how < 3 ? (enum bug_judge)how : BUG_BY_EXPECTATION;
	return good && check_commit(front, root, commit, bug);
}

bool bug_is_in(const struct bug *bug, const struct version *version)
{
	for (size_t i = 0; i < bug->n_ranges; i++)
		if (version_is_in(version, &bug->ranges[i]))
			return true;
	return false;
}

char *describe_bug_versions(const struct bug *bug)
{
	char *text = text_format("%s", "");

	for (size_t i = 0; i < bug->n_ranges; i++) {
		char *range = describe_version_range(&bug->ranges[i]);
		char *longer = text_format("%s%s%s", text, i ? ", " : "", range);

		free(range);
		free(text);
		text = longer;
	}
	return text;
}

char *bug_patch(const struct bug *bug, const struct version *version)
{
	const char *what = bug->status == BUG_OPEN ? "mend" : "break";
	char *path = text_format("%s/%s-%d.%d.cocci", bug->folder, what, version->parts[0],
				 version->parts[1]);

	if (access(path, R_OK) == 0)
		return path;
	free(path);
	path = text_format("%s/%s.cocci", bug->folder, what);
	if (bug->status != BUG_REFUTED && access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Where a file still has a blank: its line, or 0. */
static int find_blank(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[4096];
	int found = 0;

	for (int number = 1; in && !found && fgets(line, sizeof(line), in); number++)
		if (strstr(line, BUG_BLANK))
			found = number;
	if (in)
		fclose(in);
	return found;
}

const char *bug_find_lack(struct arena *arena, const struct bug *bug)
{
	static const char *const all[] = { "bug.yaml",	  "scenario.yaml", "README.md",
					   "break.cocci", "mend.cocci",	   "report.txt" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *path = text_format("%s/%s", bug->folder, all[i]);
		bool there = access(path, R_OK) == 0;
		int blank = there ? find_blank(path) : 0;

		free(path);
		if (blank)
			return arena_printf(arena, "%s:%d says " BUG_BLANK, all[i], blank);
		if (!there && i < 3)
			return arena_printf(arena, "it has no %s", all[i]);
	}
	if (bug->status == BUG_REFUTED)
		return NULL;
	char *patch = bug_patch(bug, &(struct version){ { 0 }, 2 });
	const char *lack = NULL;

	if (patch && !bug->n_files)
		lack = "bug.yaml names no files for its patch";
	else if (!patch && bug->status == BUG_OPEN)
		lack = "it has no mend.cocci";
	else if (!patch && !bug->n_ranges)
		lack = "it has neither break.cocci nor versions that have the bug";
	free(patch);
	return lack;
}
