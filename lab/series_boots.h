// SPDX-License-Identifier: GPL-2.0-only
// Jobs that share a boot of a kernel under QEMU.
#ifndef LAB_SERIES_BOOTS_H
#define LAB_SERIES_BOOTS_H

#include "lab/series.h"

#include <poll.h>

/*
 * Boots a kernel for a job and for those that wait behind it for the same kernel and seed; which ones depends on
 * the list of jobs alone, and so does what a run finds that others left in the kernel. Jobs that cannot be run are reported.
 */
void boots_start(struct series *series, struct series_job *job);

/* Fills in what to wait for, BOOT_FDS a boot; so many. */
enum { BOOT_FDS = 2 };
size_t boots_poll(const struct series *series, struct pollfd *fds);

/* To be called after poll(2) with the same: reports jobs that have ended, and ends boots. */
void boots_watch(struct series *series, const struct pollfd *fds);

void boots_kill(struct series *series);

#endif
