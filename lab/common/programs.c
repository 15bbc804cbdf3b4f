// SPDX-License-Identifier: GPL-2.0-only
// Programs of this machine.
#include "lab/common/programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool find_in_path(const char *program, char *path, size_t size)
{
	const char *at = getenv("PATH");

	while (at) {
		int length = (int)strcspn(at, ":");

		if ((size_t)snprintf(path, size, "%.*s/%s", length ? length : 1, length ? at : ".",
				     program) < size &&
		    !access(path, X_OK))
			return true;
		at = at[length] ? at + length + 1 : NULL;
	}
	return false;
}
