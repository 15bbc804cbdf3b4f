// SPDX-License-Identifier: GPL-2.0-only
// Potentially failed paths that are hidden, by net/sctp/proc.c.
#include "lab/agent/hidden.h"

#include "cclient/parse.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* enum sctp_pf_expose of <net/sctp/constants.h>, which is the kernel's own. */
enum { EXPOSE_DISABLED = 1 };

/* An address as /proc writes it, as address_format() does, without port. */
static json_t *read_address(const char *text)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	char line[ADDRESS_TEXT];

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		address_format((const struct sockaddr *)&v4, line);
	else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		address_format((const struct sockaddr *)&v6, line);
	else
		return json_null();
	*strrchr(line, ':') = '\0';
	return json_string(line);
}

json_t *paths_hidden(int fd, sctp_assoc_t id, pid_t pid)
{
	struct sctp_assoc_value value = { .assoc_id = id };
	socklen_t size = sizeof(value);
	char path[64], line[256], address[64];
	json_t *hidden;
	FILE *file;

	if (getsockopt(fd, IPPROTO_SCTP, SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, &value, &size) ||
	    value.assoc_value != EXPOSE_DISABLED)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/net/sctp/remaddr", pid);
	file = fopen(path, "re");
	hidden = json_array();
	while (file && fgets(line, sizeof(line), file)) {
		int state;
		sctp_assoc_t owner;

		/* ADDR ASSOC_ID HB_ACT RTO MAX_PATH_RTX REM_ADDR_RTX START STATE */
		if (sscanf(line, "%63s %d %*d %*u %*d %*d %*d %d", address, &owner, &state) == 3 &&
		    owner == id && state == SCTP_PF)
			json_array_append_new(hidden, read_address(address));
	}
	if (file)
		fclose(file);
	return hidden;
}
