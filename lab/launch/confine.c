// SPDX-License-Identifier: GPL-2.0-only
// Confinement through Landlock (Linux 5.13), which needs no privilege.
#include "lab/launch/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12's C library; values from include/uapi/linux/landlock.h. */
enum {
	FS_REFER = 1 << 13,    /* ABI 2 */
	FS_TRUNCATE = 1 << 14, /* ABI 3 */
	NET_BIND_TCP = 1 << 0, /* ABI 4 */
	NET_CONNECT_TCP = 1 << 1,
};

struct ruleset_attributes {
	uint64_t handled_access_fs, handled_access_net;
};

int confine_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? abi : 0;
}

/* The guest's null console is /dev/null, opened for writing. */
static bool allow_null(int ruleset)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE,
		.parent_fd = open("/dev/null", O_PATH | O_CLOEXEC),
	};
	bool fine = rule.parent_fd >= 0 &&
		    !syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);

	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return fine;
}

bool confine_self(void)
{
	struct ruleset_attributes attributes = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	size_t size = sizeof(attributes.handled_access_fs);
	int abi = confine_abi(), ruleset;
	bool fine;

	if (!abi)
		return true;
	if (abi >= 2)
		attributes.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attributes.handled_access_fs |= FS_TRUNCATE;
	if (abi >= 4) {
		attributes.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
		size = sizeof(attributes);
	}
	ruleset = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	if (ruleset < 0)
		return false;
	fine = allow_null(ruleset) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	return fine;
}
