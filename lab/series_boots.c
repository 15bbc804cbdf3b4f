// SPDX-License-Identifier: GPL-2.0-only
// Jobs that share a boot of a kernel under QEMU: a boot takes longer than many scenarios.
#include "lab/series_boots.h"

#include <stdio.h>
#include <stdlib.h>

static size_t choose_jobs(const struct series *series, struct series_job *first,
			  struct series_job **jobs)
{
	const size_t most = series->per_boot ?: SERIES_PER_BOOT;
	size_t n = 0;

	for (struct series_job *job = first; job < series->jobs + series->n && n < most; job++)
		if (job->state == JOB_WAITS && job->kernel == first->kernel &&
		    job->seed == first->seed && series_memory(job) == series_memory(first) &&
		    !series_lack(job))
			jobs[n++] = job;
	return n;
}

static bool runs_programs(const struct series_job *job)
{
	json_t *endpoint;
	size_t i;

	json_array_foreach(json_object_get(job->plan, "endpoints"), i, endpoint) {
		if (json_object_get(endpoint, "program"))
			return true;
	}
	return false;
}

/* Leaves out, and reports, jobs whose files cannot be made. */
static size_t open_files(struct series *series, struct series_job **jobs, size_t n)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++) {
		char why[600];

		jobs[i]->guest.memory_mib = series_memory(jobs[i]);
		jobs[i]->guest.programs = runs_programs(jobs[i]);
		if (run_files_open(&jobs[i]->guest.files, jobs[i]->keep, jobs[i]->plan, why,
				   sizeof(why)))
			jobs[open++] = jobs[i];
		else
			series_report(series, jobs[i], why);
	}
	return open;
}

void boots_start(struct series *series, struct series_job *job)
{
	struct series_boot *boot = calloc(1, sizeof(*boot));
	struct guest *guests[MAILBOX_PLANS_MAX];
	size_t n;
	char why[600];

	if (!boot)
		abort();
	n = open_files(series, boot->jobs, choose_jobs(series, job, boot->jobs));
	for (size_t i = 0; i < n; i++)
		guests[i] = &boot->jobs[i]->guest;
	if (n && vm_start(&boot->vm, job->kernel, job->seed, guests, n, why, sizeof(why))) {
		for (size_t i = 0; i < n; i++)
			boot->jobs[i]->state = JOB_RUNS;
		boot->next = series->boots;
		series->boots = boot;
		series->boots_begun++;
		series->running++;
		return;
	}
	for (size_t i = 0; i < n; i++)
		series_report(series, boot->jobs[i], why);
	free(boot);
}

size_t boots_poll(const struct series *series, struct pollfd *fds)
{
	size_t n = 0;

	for (const struct series_boot *boot = series->boots; boot; boot = boot->next) {
		fds[n++] = (struct pollfd){ .fd = boot->vm.boot.pid_fd, .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = vm_files_fd(&boot->vm), .events = POLLIN };
	}
	return n;
}

static void report_ended(struct series *series, struct series_boot *boot)
{
	for (size_t i = 0; i < boot->vm.n_plans; i++)
		if (boot->jobs[i] && boot->vm.plans[i].state == VM_PLAN_DONE) {
			series_report(series, boot->jobs[i], NULL);
			boot->jobs[i] = NULL;
		}
}

/* What the boot did not come to, since its kernel died, waits for another one. */
static void release_rest(struct series *series, struct series_boot *boot)
{
	for (size_t i = 0; i < boot->vm.n_plans; i++)
		if (boot->jobs[i]) {
			run_files_close(&boot->jobs[i]->guest.files);
			boot->jobs[i]->state = JOB_WAITS;
			if ((size_t)(boot->jobs[i] - series->jobs) < series->next)
				series->next = boot->jobs[i] - series->jobs;
		}
}

void boots_watch(struct series *series, const struct pollfd *fds)
{
	for (struct series_boot **place = &series->boots; *place; fds += BOOT_FDS) {
		struct series_boot *boot = *place;

		if (fds[1].revents & POLLIN)
			vm_serve(&boot->vm);
		if (!fds->revents) {
			vm_watch(&boot->vm, series->patience_ns);
			report_ended(series, boot);
			place = &boot->next;
			continue;
		}
		vm_reap(&boot->vm);
		report_ended(series, boot);
		release_rest(series, boot);
		vm_close(&boot->vm);
		*place = boot->next;
		free(boot);
		series->running--;
	}
}

void boots_kill(struct series *series)
{
	while (series->boots) {
		struct series_boot *boot = series->boots;

		vm_kill(&boot->vm);
		vm_close(&boot->vm);
		series->boots = boot->next;
		free(boot);
	}
}
