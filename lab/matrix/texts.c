// SPDX-License-Identifier: GPL-2.0-only
// What stands beside the conditions: the manual page's claims, and findings written by people.
#include "lab/common/text.h"
#include "lab/front/errnos.h"
#include "lab/front/find.h"
#include "lab/matrix/columns.h"
#include "lab/matrix/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FINDINGS_FILE "findings.md"

static char *read_text(const char *file)
{
	FILE *in = fopen(file, "re");
	char *text = NULL;
	size_t size = 0;

	/* up to a NUL, of which a text has none */
	if (in && getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	if (in)
		fclose(in);
	return text;
}

bool table_load_texts(const struct table *table, struct table_texts *texts)
{
	const char *file = table->n > 0 ? table->cells[0].file : "", *slash = strrchr(file, '/');
	int folder = slash ? (int)(slash - file) + 1 : 0;
	char *errnos = text_format("%.*s" ERRNOS_FILE, folder, file);
	char *findings = text_format("%.*s" FINDINGS_FILE, folder, file);
	char *columns = text_format("%.*s" COLUMNS_FOLDER, folder, file);
	struct diag diag = { 0 };
	bool good;

	*texts = (struct table_texts){ .findings = read_text(findings),
				       .columns = columns_load(columns) };
	good = texts->columns != NULL;
	if (access(errnos, F_OK) == 0) {
		texts->errnos = errnos_load(errnos, &diag);
		good &= texts->errnos != NULL;
	}
	diag_print(&diag, stderr);
	diag_clear(&diag);
	free(errnos);
	free(findings);
	free(columns);
	return good;
}

void table_free_texts(struct table_texts *texts)
{
	json_decref(texts->errnos);
	json_decref(texts->columns);
	free(texts->findings);
}
