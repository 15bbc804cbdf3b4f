// SPDX-License-Identifier: GPL-2.0-only
// pathlab doctor: what this machine has and lacks, why it matters, and the cure.
#define _GNU_SOURCE 1
#include "lab/commands.h"
#include "lab/common/programs.h"
#include "lab/common/text.h"
#include "lab/launch/confine.h"
#include "lab/launch/kernels.h"
#include "lab/launch/launch.h"
#include "lab/options.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* A guest has 64 MiB; it takes them as it needs them, about 18 MiB for most scenarios. */
#define GUEST_MEMORY_KIB (64 * 1024L)

/* Newer than the headers of Debian 12's C library; the value is from include/uapi/linux/memfd.h. */
#define DOCTOR_MFD_EXEC 0x0010U

/* Captures and events of a few hundred kept runs. */
#define KEPT_SPACE_MIB 100UL

/* What a check found. detail says what there is, or what is wrong. */
struct finding {
	bool good;
	char detail[600];
};

static void say(struct finding *finding, bool good, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct finding *finding, bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->detail, sizeof(finding->detail), format, args);
	va_end(args);
	finding->good = good;
}

static void check_file(struct finding *finding, const char *folder, const char *name, int mode)
{
	char *path = text_format("%s/%s", folder, name);

	if (access(path, mode) == 0)
		say(finding, true, "%s", path);
	else
		say(finding, false, "%s: %s", path, strerror(errno));
	free(path);
}

static void check_guest(struct finding *finding)
{
	check_file(finding, kernels_guest_dir(), KERNEL_DEFAULT "/linux", X_OK);
}

enum { OTHER_GUESTS_SHOWN = 6 };

static void check_other_guests(struct finding *finding)
{
	DIR *folder = opendir(kernels_guest_dir());
	const struct dirent *entry;
	size_t used = 0, n = 0;

	say(finding, false, "none in %s", kernels_guest_dir());
	while (folder && (entry = readdir(folder))) {
		char *path = text_format("%s/%s/linux", kernels_guest_dir(), entry->d_name);

		if (entry->d_name[0] != '.' && strcmp(entry->d_name, KERNEL_DEFAULT) != 0 &&
		    access(path, X_OK) == 0) {
			if (n++ < OTHER_GUESTS_SHOWN && used < sizeof(finding->detail))
				used += (size_t)snprintf(finding->detail + used,
							 sizeof(finding->detail) - used, "%s%s",
							 used ? ", " : "", entry->d_name);
			finding->good = true;
		}
		free(path);
	}
	if (n > OTHER_GUESTS_SHOWN && used < sizeof(finding->detail))
		snprintf(finding->detail + used, sizeof(finding->detail) - used,
			 " and %zu more: pathlab kernel list", n - OTHER_GUESTS_SHOWN);
	if (folder)
		closedir(folder);
}

static void check_agent(struct finding *finding)
{
	check_file(finding, kernels_program_dir(), "pathlab-agent", X_OK);
}

static void check_preload(struct finding *finding)
{
	check_file(finding, kernels_program_dir(), "pathlab-preload.so", R_OK);
}

/* Only a program with an interpreter reads LD_PRELOAD (ld.so(8)). */
static void check_dynamic(struct finding *finding)
{
	char *path = text_format("%s/" KERNEL_DEFAULT "/linux", kernels_guest_dir());
	FILE *in = fopen(path, "re");
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	bool dynamic = false;

	if (!in || fread(&header, sizeof(header), 1, in) != 1 ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    fseek(in, (long)header.e_phoff, SEEK_SET) != 0) {
		say(finding, false, "%s is no ELF program that can be read", path);
	} else {
		for (int i = 0; i < header.e_phnum && fread(&segment, sizeof(segment), 1, in) == 1;
		     i++)
			dynamic |= segment.p_type == PT_INTERP;
		say(finding, dynamic,
		    dynamic ? "the guest is linked dynamically" : "%s is linked statically", path);
	}
	if (in)
		fclose(in);
	free(path);
}

/* Runs a probe in a process of its own; its status is 0 or an errno. */
static int probe(int (*function)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(function());
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static int probe_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static void check_ptrace(struct finding *finding)
{
	int error = probe(probe_ptrace);

	say(finding, error == 0, "%s", error ? strerror(error) : "allowed");
}

static void check_namespaces(struct finding *finding)
{
	int error = host_namespaces();

	say(finding, error == 0, "%s%s", error ? "not allowed: unshare: " : "allowed",
	    error ? strerrorname_np(error) : "");
}

/* The guest's memory is a file without a name that is mapped to be executed. */
static void check_memory_file(struct finding *finding)
{
	int fd = memfd_create("pathlab-doctor", MFD_CLOEXEC | DOCTOR_MFD_EXEC);
	void *memory = MAP_FAILED;

	/* kernels before 6.3 do not know the flag and need none */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("pathlab-doctor", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, 4096) == 0)
		memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		say(finding, false, "%s", strerror(errno));
	else
		say(finding, true, "can be mapped and executed");
	if (memory != MAP_FAILED)
		munmap(memory, 4096);
	if (fd >= 0)
		close(fd);
}

static void check_memory(struct finding *finding)
{
	FILE *in = fopen("/proc/meminfo", "re");
	char line[256];
	long kib = -1;

	while (in && fgets(line, sizeof(line), in) &&
	       sscanf(line, "MemAvailable: %ld kB", &kib) != 1)
		;
	if (in)
		fclose(in);
	if (kib < 0)
		say(finding, false, "/proc/meminfo does not tell");
	else
		say(finding, kib >= GUEST_MEMORY_KIB, "%ld MiB available", kib / 1024);
}

static void check_landlock(struct finding *finding)
{
	int abi = confine_abi();

	if (abi)
		say(finding, true, "version %d", abi);
	else
		say(finding, false, "this machine's kernel has none");
}

static void check_host(struct finding *finding)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);

	if (fd >= 0) {
		say(finding, true, "has SCTP");
		close(fd);
	} else {
		say(finding, false, "has no SCTP (socket: %s)", strerror(errno));
	}
}

static void check_program(struct finding *finding, const char *program)
{
	char path[4096];
	bool found = find_in_path(program, path, sizeof(path));

	say(finding, found, "%s", found ? path : "not in PATH");
}

static void check_tshark(struct finding *finding)
{
	check_program(finding, "tshark");
}

static void check_qemu(struct finding *finding)
{
	check_program(finding, "qemu-system-x86_64");
}

static void check_space(struct finding *finding)
{
	const char *given = getenv("TMPDIR"), *folder = given && *given ? given : "/tmp";
	struct statvfs space;
	unsigned long mib;

	if (statvfs(folder, &space) != 0) {
		say(finding, false, "%s: %s", folder, strerror(errno));
		return;
	}
	mib = (unsigned long)(space.f_bavail * (space.f_frsize / 1024) / 1024);
	say(finding, mib >= KEPT_SPACE_MIB, "%lu MiB free in %s", mib, folder);
}

static const struct check {
	const char *what;
	bool required; /* without it the default kernel cannot run */
	void (*check)(struct finding *finding);
	const char *why, *cure;
} checks[] = {
	{ "guest kernel " KERNEL_DEFAULT, true, check_guest,
	  "scenarios run on it unless --kernel says otherwise", "make guest" },
	{ "agent", true, check_agent,
	  "it builds the network inside the kernel and keeps the timeline", "make programs" },
	{ "preload library", true, check_preload,
	  "it gives the guest its seed and shows it the run's files", "make programs" },
	{ "LD_PRELOAD", true, check_dynamic,
	  "a guest linked statically would not load that library",
	  "build the guest without CONFIG_STATIC_LINK: make guest" },
	{ "ptrace", true, check_ptrace, "the guest kernel runs its processes under it",
	  "allow ptrace(2): in a container, --cap-add=SYS_PTRACE; elsewhere, "
	  "sysctl kernel.yama.ptrace_scope=1" },
	{ "memory file", true, check_memory_file, "the guest's memory is a memfd that holds code",
	  "sysctl vm.memfd_noexec=0" },
	{ "memory", true, check_memory, "a guest may use 64 MiB",
	  "end other programs, or run with -j1" },
	{ "Landlock", false, check_landlock,
	  "it keeps the guest from writing the host's files, besides what the preload library refuses",
	  "a kernel from 5.13 on with CONFIG_SECURITY_LANDLOCK and landlock in its lsm= list" },
	{ "other guest kernels", false, check_other_guests,
	  "a scenario can be compared between kernels", "pathlab kernel list" },
	{ "QEMU", false, check_qemu,
	  "distributions' own kernels (vm-6.12, vm-6.1) run under it, emulated",
	  "apt-get install --no-install-recommends qemu-system-x86" },
	{ "user namespaces", false, check_namespaces,
	  "--kernel host builds its networks in one when it is not run as root",
	  "as root " HOST_NAMESPACES_CURE },
	{ "kernel host", false, check_host,
	  "--kernel host runs scenarios on this machine's own kernel",
	  "modprobe sctp as root; without such a module, the distribution's standard kernel" },
	{ "tshark", false, check_tshark, "it shows kept captures; pathlab itself does not use it",
	  "apt-get install tshark" },
	{ "disk space", false, check_space, "kept runs and captures are files",
	  "free some, or name another folder in TMPDIR" },
};

static void print_check(const struct check *check, const struct finding *finding)
{
	printf("%-8s  %-22s ",
	       finding->good   ? "ok" :
	       check->required ? "MISSING" :
				 "absent",
	       check->what);
	text_put(stdout, finding->detail);
	putchar('\n');
	if (!finding->good)
		printf("%10s%-22s %s\n%10s%-22s %s\n", "", "  why", check->why, "", "  cure",
		       check->cure);
}

static const char usage[] =
	"usage: pathlab doctor\n"
	"\n"
	"Says what this machine has and lacks for running scenarios, why it matters, and\n"
	"the cure. Nothing is changed.\n"
	"\n"
	"Exit status: 0 the default kernel can run, 3 something it needs is missing.\n";

int doctor_main(int argc, char **argv)
{
	size_t missing = 0, absent = 0;

	if (!parse_command_options("pathlab doctor", usage, NULL, &argc, &argv) ||
	    !expect_no_words("pathlab doctor", argc, argv))
		return EXIT_USAGE;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding finding = { 0 };

		checks[i].check(&finding);
		print_check(&checks[i], &finding);
		missing += !finding.good && checks[i].required;
		absent += !finding.good && !checks[i].required;
	}
	if (missing)
		printf("\nScenarios cannot run: %zu missing. Run \"make\" for all that can be built.\n",
		       missing);
	else if (absent)
		printf("\nScenarios can run; what is absent is needed by some only.\n");
	else
		printf("\nScenarios can run, and nothing is absent.\n");
	return missing ? EXIT_LABORATORY : EXIT_EXPECTED;
}
