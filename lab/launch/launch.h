// SPDX-License-Identifier: GPL-2.0-only
// Launchers: start a kernel with a plan, watch it, collect what it leaves.
#ifndef LAB_LAUNCH_LAUNCH_H
#define LAB_LAUNCH_LAUNCH_H

#include "lab/launch/kernels.h"
#include "lab/verdict/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The files of a run. Without a folder to keep they have no name (memfd_create(2)) and vanish with the last process that
 * holds them, however that ends. With one they are plan.json, events.jsonl, console.log and capture.pcapng in it.
 */
struct run_files {
	int plan, events, console, capture; /* -1: none */
};

/* How a guest differs from that of a run. */
struct guest_manner {
	int stdio
		[3]; /* for the command of `pathlab exec` or a shell: files, or with `console` a terminal; -1: none */
	bool console; /* the guest's console is that terminal, and its time is real */
};

/* A kernel that runs. */
struct guest {
	const struct guest_manner *manner; /* or NULL */
	unsigned
		memory_mib; /* what the plan asks for; 0: the kernel's usual, which it has at least */
	bool programs;	    /* the plan runs programs of this machine */
	pid_t pid;
	int pid_fd; /* readable when the process has ended */
	struct run_files files;
	int64_t started_ns;  /* CLOCK_MONOTONIC */
	int64_t progress_ns; /* when the files last grew */
	int64_t bytes_seen;
	int64_t half_computed_ns; /* computed_ns() when half of the patience was over, else -1 */
	bool timed_out;
	int wait_status;
	long max_rss_kib;
	int64_t real_ns; /* from start to end */
};

/*
 * Makes the run's files, in the folder `keep` when that is not NULL (made, parents too, when missing). False with a
 * sentence in `why`.
 */
bool run_files_open(struct run_files *files, const char *keep, const json_t *plan, char *why,
		    size_t size);
/* Makes a folder and those above it where they are missing. False with a sentence in `why`. */
bool make_folders(const char *path, char *why, size_t size);
void run_files_close(struct run_files *files);

/* True when there is no space left where the files are. */
bool run_files_full(const struct run_files *files);

/* Starts the kernel; it ends when the calling process does. False with a sentence in `why`. */
bool guest_start(struct guest *guest, const struct kernel *kernel, uint64_t seed, char *why,
		 size_t size);

/* Says whether this machine's own kernel can run scenarios, with the reason and the cure in `why` when not. */
bool host_can_run(char *why, size_t size);

/*
 * 0 when this user may have the namespaces that it needs, else the errno of unshare(2): ENOSPC where none are allowed any
 * more (user.max_user_namespaces), EPERM where they are forbidden. user_namespaces(7).
 */
int host_namespaces(void);

#define HOST_NAMESPACES_CURE                                                         \
	"`sysctl user.max_user_namespaces=1000`, and where there are such settings " \
	"`kernel.unprivileged_userns_clone=1`, `kernel.apparmor_restrict_unprivileged_userns=0`"

/*
 * Looks for progress: events or console output. Virtual time that stands still shows in neither, and a guest that was
 * silent for longer than `patience_ns` of real time is killed; on a busy machine, where it hardly got a processor, up to
 * four times that.
 */
void guest_watch(struct guest *guest, int64_t patience_ns);

/* To be called when pid_fd is readable: reaps the process. */
void guest_reap(struct guest *guest);

/* Kills and reaps. */
void guest_kill(struct guest *guest);

/*
 * What the run left: the events (a new reference), and the console's text (owned by the caller). NULL when a file cannot
 * be read.
 */
json_t *guest_events(const struct guest *guest);
char *guest_console(const struct guest *guest);

/* Its packets, for packets_free(); NULL when it was not captured, or the capture cannot be read. */
struct packets *guest_packets(const struct guest *guest, const json_t *plan);

/*
 * The first line of a kernel's log that tells of a panic, an oops, a warning or a sanitizer's finding, without its time
 * and level, copied to `line`; false when there is none. The words are those of kernel/panic.c, lib/bug.c, mm/kasan and
 * kernel/locking/lockdep.c.
 */
bool console_find_problem(const char *console, char *line, size_t size);

/*
 * What of a kernel's log is worth showing: at most so many lines from the first such problem on, or `trace_lines` where a
 * trace tells which of its calls are certain, these alone; else the last ones, without what every guest says when it
 * starts. The text is changed in its place; NULL for NULL.
 */
char *console_excerpt(char *console, size_t lines, size_t trace_lines);

#endif
