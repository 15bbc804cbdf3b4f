// SPDX-License-Identifier: GPL-2.0-only
// What the manual page says of each errno: the file ERRNOS_FILE beside the conditions.
#include "lab/front/errnos.h"

#include <string.h>

#include "lab/common/jsonx.h"
#include "lab/front/words.h"
#include "lab/front/yaml.h"

#define ERRNOS_MAX 200

static bool is_known(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		if (jsonx_is(item, "errno", name))
			return true;
	}
	return false;
}

static bool read_claim(struct front *front, const struct yaml *item, json_t *list)
{
	struct yaml *name, *claim, *note;
	struct yaml_key keys[] = { { "errno", &name, true },
				   { "claim", &claim, true },
				   { "note", &note, false } };
	const char *name_text, *claim_text, *note_text = NULL;

	if (!YAML_READ_MAP(front, item, "an errno of the manual page", keys) ||
	    !get_errno(front, name, "an errno", &name_text) ||
	    !yaml_get_text(front, claim, "a claim", &claim_text) ||
	    (note && !yaml_get_text(front, note, "a note", &note_text)))
		return false;
	if (is_known(list, name_text)) {
		yaml_error(front, name, "%s is in the list already", name_text);
		return false;
	}
	json_array_append_new(list, json_pack("{s:s, s:s, s:s*}", "errno", name_text, "claim",
					      claim_text, "note", note_text));
	return true;
}

json_t *errnos_load(const char *file, struct diag *diag)
{
	struct front front = { .diag = diag, .sentences = diag->count + diag->dropped };
	const struct yaml *root = yaml_load(&front, file);
	json_t *list = json_array();
	bool good = root != NULL;

	if (root && (root->type != YAML_LIST || root->count > ERRNOS_MAX)) {
		yaml_error(
			&front, root,
			"expected a list of at most %d mappings such as {errno: EBADF, claim: ...}",
			ERRNOS_MAX);
		good = false;
	}
	for (const struct yaml *item = good ? root->first : NULL; item; item = item->next)
		good &= read_claim(&front, item, list);
	arena_free(&front.arena);
	if (good)
		return list;
	json_decref(list);
	return NULL;
}
