/* SPDX-License-Identifier: GPL-2.0-only */
/* How a person's terminal and a guest whose time stands still come together. */
#ifndef LAB_COMMON_PAUSE_H
#define LAB_COMMON_PAUSE_H

#include <stdint.h>

/*
 * What was typed, a file of the guest's root that is always of the size of this structure. To open it stops the whole guest,
 * its time and all, until something was typed (guest/window.c).
 */
#define PAUSE_INPUT_FILE ".pathlab.input"

struct pause_input {
	uint16_t length;
	char bytes[1022];
};

#endif
