// SPDX-License-Identifier: GPL-2.0-only
// Notifications (RFC 6458 6.1) into JSON.
#ifndef CCLIENT_NOTIFY_H
#define CCLIENT_NOTIFY_H

#include <jansson.h>
#include <stddef.h>

// Adds "type" and the fields of a notification of `length` bytes to an object. A type without a
// name is a number with its bytes in "data"; what a short one lacks is null.
void notify_json(json_t *object, const void *bytes, size_t length);

#endif
