// SPDX-License-Identifier: GPL-2.0-only
// For test_cclient_notify.py: each line of standard input is a notification in hexadecimal; prints it
// as cclient does. Each is given in memory of just its size, so that a sanitizer sees a byte too far.
#include "cclient/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	static char line[65536];

	while (fgets(line, sizeof(line), stdin)) {
		size_t length = strcspn(line, "\n") / 2;
		unsigned char *bytes = malloc(length ? length : 1);
		json_t *object = json_object();
		char *text;

		for (size_t i = 0; i < length; i++) {
			char digits[3] = { line[2 * i], line[2 * i + 1], '\0' };

			bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
		}
		notify_json(object, bytes, length);
		text = json_dumps(object, JSON_PRESERVE_ORDER | JSON_COMPACT);
		puts(text);
		free(text);
		json_decref(object);
		free(bytes);
	}
	return 0;
}
