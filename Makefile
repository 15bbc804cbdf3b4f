# SPDX-License-Identifier: GPL-2.0-only
# pathlab: `make demo` sets up, builds and shows; `make help` lists the rest.

VERSION := 0.1
PREFIX ?= /usr/local
BINDIR := $(PREFIX)/bin
LIBDIR := $(PREFIX)/lib/pathlab
SHAREDIR := $(PREFIX)/share/pathlab
MANDIR := $(PREFIX)/share/man

PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
TESTFLAGS ?= -q -n $(JOBS)
SAN_TESTFLAGS ?= $(TESTFLAGS)
BENCHFLAGS ?=
FUZZ_SECONDS ?= 20
GUEST ?= uml-6.12
# What `make test` runs a part on, besides; `make test-all` runs everything on all of ALL_KERNELS. Building the second
# guest kernel takes minutes: it takes part once it was built here (make kernels KERNELS=uml-6.1).
KERNELS ?= $(patsubst $(B)/guest/%/linux,%,$(wildcard $(B)/guest/uml-6.1/linux)) vm-6.12 vm-6.1
ALL_KERNELS := uml-6.1 vm-6.12 vm-6.1

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith -Wvla
WERROR ?= -Werror
INSTALLED := -DPATHLAB_VERSION='"$(VERSION)"' -DPATHLAB_LIBDIR='"$(LIBDIR)"' -DPATHLAB_SHARE='"$(SHAREDIR)"'
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -I/usr/include/libnl3 -fPIE $(WARNINGS) $(WERROR) $(INSTALLED)

# SAN=1: the host's programs under AddressSanitizer and UBSan. A guest has too few address bits for
# AddressSanitizer's map, so what runs there is checked by UBSan and by the C library's own checks.
ifdef SAN
B := build-san
HOST_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
GUEST_SAN := -fsanitize=undefined -fno-sanitize-recover=all -D_FORTIFY_SOURCE=2
else
B := build
endif

ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(JOBS)
endif
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

# `make V=1` shows the commands.
ifdef V
run = $(2)
else
run = @printf '  %-7s %s\n' '$(1)' '$@'; $(2)
endif

# What belongs to which program.
sources = $(wildcard $(addsuffix /*.c,$(1)))
COMMON := $(call sources,lab/common)
AGENT := $(call sources,lab/agent)
CCLIENT := $(call sources,cclient)
LAB := $(filter-out $(AGENT) $(COMMON),$(call sources,lab lab/*))
PRELOAD := $(call sources,guest)

host_objects = $(patsubst %.c,$(B)/host/%.o,$(1))
guest_objects = $(patsubst %.c,$(B)/guest-side/%.o,$(1))
CCLIENT_PARTS := $(call guest_objects,$(filter-out cclient/main.c,$(CCLIENT)))
AGENT_PARTS := $(call guest_objects,$(filter-out lab/agent/main.c,$(AGENT)) $(COMMON))

PROGRAMS := $(addprefix $(B)/,pathlab pathlab-agent pathlab-preload.so cclient)
BENCH_PROGRAMS := $(addprefix $(B)/,bench-network bench-bare-init)

NETLINK := -lnl-route-3 -lnl-3
GUEST_LIBS := $(NETLINK) -ljansson -lsctp -lm

.PHONY: help all programs guest kernels measured fidelity setup demo test test-all bench bench-programs fuzz check check-format \
	format analyse analyse-deep test-suite test-san test-san-all install uninstall clean FORCE

help:
	@echo 'make demo          install what is missing, build everything, run all scenarios'
	@echo 'make test          install what is missing, build everything, run all checks and tests'
	@echo 'make all           the programs and the guest kernel'
	@echo 'make programs      pathlab, its agent, cclient, the guest'\''s preloaded library'
	@echo 'make guest         the guest kernel (GUEST=uml-6.12, KSRC=a source tree or tarball); see docs/kernels.md'
	@echo 'make kernels       the other kernels that tests run on (KERNELS="$(KERNELS)")'
	@echo 'make setup         install what a build needs'
	@echo 'make test-all      test, then deep analysis, ten minutes of fuzzing, the benchmarks'
	@echo 'make test-suite    only the test suite (TESTS=, TESTFLAGS=)'
	@echo 'make test-san-all  the test suite under AddressSanitizer and UBSan, whole'
	@echo 'make check         only the format and the static analysis'
	@echo 'make fuzz          a fuzzer on the front end, for FUZZ_SECONDS'
	@echo 'make bench         the speed claims (BENCHFLAGS=)'
	@echo 'make measured      the columns of docs/errno.md, on KERNELS, and the page; make fidelity: docs/fidelity.md'
	@echo 'make format        put all C files into the project'\''s format'
	@echo 'make install       below PREFIX ($(PREFIX)), with DESTDIR; make uninstall removes it'
	@echo 'make clean         remove everything built here; the cache of kernels stays'
	@echo 'Variables: V=1 shows commands, SAN=1 builds with sanitizers into build-san/, JOBS=.'

all:
	@$(MAKE) programs
	@$(MAKE) guest

programs: $(PROGRAMS)

guest:
	@guest/build $(GUEST) --jobs $(JOBS)

# Fetched or built once, and kept in the cache.
kernels:
	@set -e; for kernel in $(KERNELS); do \
		case $$kernel in vm-*) guest/fetch $$kernel ;; *) guest/build $$kernel --jobs $(JOBS) ;; esac; done

setup:
	@setup/install build

demo:
	@setup/install build
	@$(MAKE) all
	$(B)/pathlab run scenarios -j$(JOBS)

test:
	@setup/install build test interop $(if $(filter vm-%,$(KERNELS)),vm)
	@$(MAKE) all
	@$(MAKE) kernels
	@$(MAKE) check
	@$(MAKE) test-suite
	@$(MAKE) SAN=1 test-san
	@$(MAKE) fuzz

test-all: test
	@setup/install long bugs bisect vm kernels
	@$(MAKE) kernels KERNELS='$(ALL_KERNELS)'
	@$(MAKE) test-suite PART='-m long'
	@$(MAKE) test-suite TESTS=tests/test_determinism.py PATHLAB_REPETITIONS=20
	@$(MAKE) test-san-all
	@$(MAKE) analyse-deep
	@$(MAKE) fuzz FUZZ_SECONDS=600
	@$(MAKE) bench

# How often the test of determinism runs everything; test-all says 20.
PATHLAB_REPETITIONS ?= 2
TESTS ?= tests
# What is not marked as long; test-all runs that too.
PART = -m 'not long'
# The pass under the sanitizers: of each test with many cases one in SAN_SAMPLE, and without what runs the same code as others
# do, or mostly scripts. Every part of lab/ is still reached. test-all leaves out only what cannot be: pathlab in a guest.
SAN_SAMPLE = 5
SAN_NOT = not test_faults_by_hand and not test_pause
SAN_PART = and not test_cell and not test_page and not determinism and not test_scale and not test_failover_page \
	and (not test_kernel_build or test_list_shows or test_doctor or test_a_tree_is_built) and not test_fetch \
	and (not test_bisect or test_the_first_bad or test_whatever_ends_it) and not test_kernels_others \
	and not test_errno_poison and not test_summary_and_sources and not test_topology_is_used \
	and not test_summaries_differ and not test_parallel_runs_the_list and not test_long_traffic

test-suite: programs bench-programs
	PATHLAB_REPETITIONS=$(PATHLAB_REPETITIONS) PATHLAB_KERNELS='$(KERNELS)' $(PYTHON) -m pytest $(TESTS) $(PART) $(TESTFLAGS)

# What docs/errno.md says of other kernels than the default: minutes on a guest, half an hour under QEMU.
measured: programs
	@set -e; for kernel in $(KERNELS); do printf '  %-7s %s\n' MATRIX $$kernel; \
		$(B)/pathlab matrix errno --kernel $$kernel --timeout 300 --format rows > $(B)/measured.json; \
		mv $(B)/measured.json scenarios/errno/measured/$$kernel.json; done
	$(B)/pathlab matrix errno --format markdown > $(B)/errno.md && mv $(B)/errno.md docs/errno.md

fidelity: programs
	$(PYTHON) bench/fidelity.py --keep $(B)/fidelity > $(B)/fidelity.md && mv $(B)/fidelity.md docs/fidelity.md

# The suite once more with the sanitized programs; LeakSanitizer watches pathlab too. What is repeated for chance's
# sake is repeated less often here.
test-san: programs bench-programs | $(B)/guest
	PATHLAB_BUILD=$(B) PATHLAB_REPETITIONS=3 PATHLAB_KILLS=5 PATHLAB_SAMPLE=$(SAN_SAMPLE) \
		$(PYTHON) -m pytest tests $(PART) -k '$(SAN_NOT) $(SAN_PART)' $(SAN_TESTFLAGS)

test-san-all:
	@$(MAKE) SAN=1 test-san SAN_SAMPLE=1 SAN_PART= PART=

build-san/guest: FORCE
	@mkdir -p $(@D)
	@ln -sfn ../build/guest $@

bench: programs bench-programs
	$(PYTHON) bench/bench.py $(BENCHFLAGS)

bench-programs: $(BENCH_PROGRAMS)

# ------------------------------------------------------------------------------------ programs

# Objects are made anew when the flags change, for one when PREFIX does.
FLAGS_NOW := $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(BASE_CFLAGS) $(HOST_SAN) $(GUEST_SAN)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@

$(B)/host/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,CC,$(CC) $(CPPFLAGS) $(CFLAGS) $(BASE_CFLAGS) $(HOST_SAN) -MMD -MP -c -o $@ $<)

$(B)/guest-side/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,CC,$(CC) $(CPPFLAGS) $(CFLAGS) $(BASE_CFLAGS) $(GUEST_SAN) -MMD -MP -c -o $@ $<)

$(B)/preload/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,CC,$(CC) $(CPPFLAGS) $(CFLAGS) $(BASE_CFLAGS) -fPIC -U_GNU_SOURCE -MMD -MP -c -o $@ $<)

$(B)/pathlab: $(call host_objects,$(LAB) $(COMMON))
	$(call run,LD,$(CC) $(CFLAGS) $(HOST_SAN) -pie $(LDFLAGS) -o $@ $^ -lfyaml -ljansson -lm)

# Executed once in every run: static, it starts 2 ms sooner, and needs nothing of the machine it runs on.
$(B)/pathlab-agent: $(call guest_objects,lab/agent/main.c) $(AGENT_PARTS) $(B)/libcclient.a
	$(call run,LD,$(CC) $(CFLAGS) $(GUEST_SAN) -static $(LDFLAGS) -o $@ $^ $(GUEST_LIBS))

$(B)/cclient: $(call guest_objects,cclient/main.c) $(B)/libcclient.a
	$(call run,LD,$(CC) $(CFLAGS) $(GUEST_SAN) -static $(LDFLAGS) -o $@ $^ -lsctp -ljansson)

$(B)/libcclient.a: $(CCLIENT_PARTS)
	$(call run,AR,rm -f $@ && $(AR) rcs $@ $^)

$(B)/pathlab-preload.so: $(patsubst %.c,$(B)/preload/%.o,$(PRELOAD))
	$(call run,LD,$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $^)

$(B)/bench-network: $(call guest_objects,bench/network.c) $(AGENT_PARTS) $(B)/libcclient.a
	$(call run,LD,$(CC) $(CFLAGS) $(GUEST_SAN) -static $(LDFLAGS) -o $@ $^ $(GUEST_LIBS))

$(B)/bench-bare-init: $(call guest_objects,bench/bare_init.c)
	$(call run,LD,$(CC) $(CFLAGS) $(GUEST_SAN) -static $(LDFLAGS) -o $@ $^)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# -------------------------------------------------------------------------------------- checks

C_FILES = $(shell find bench cclient guest lab tests -name '*.[ch]' 2>/dev/null)
TIDY_FILES = $(filter %.c,$(filter bench/% cclient/% guest/% lab/%,$(C_FILES)))

check: check-format analyse

check-format:
	@printf '  %-7s %s\n' FORMAT 'all C files'
	@clang-format --dry-run -Werror $(C_FILES)

format:
	clang-format -i $(C_FILES)

# cppcheck does not look into the libraries' headers for the macros that are loops, and cannot expand a
# table's macro within a macro, which the compiler can.
JSON_LOOPS := -D'json_array_foreach(a,i,v)=for(i=0;i<json_array_size(a)&&(v=json_array_get(a,i));i++)' \
	-D'json_object_foreach(o,k,v)=for(k=json_object_iter_key(json_object_iter(o));k&&(v=json_object_get(o,k));)'
TIDY = @printf '%s\n' $(TIDY_FILES) | xargs -P $(JOBS) -n $(TIDY_BATCH) sh -c 'clang-tidy --quiet --warnings-as-errors="*" \
	--checks="$$0" "$$@" -- -w -std=gnu11 -D_GNU_SOURCE -I. -I/usr/include/libnl3 2>/dev/null'

TIDY_CHECKS := -*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,\
	-bugprone-reserved-identifier,-bugprone-suspicious-string-compare

analyse:
	@printf '  %-7s %s\n' TIDY 'all C files'
	$(TIDY) '$(TIDY_CHECKS)'
	@printf '  %-7s %s\n' CPPCHK 'all C files'
	@cppcheck -q -j $(JOBS) --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=preprocessorErrorDirective -D__GNUC__=12 $(JSON_LOOPS) -I. $(TIDY_FILES)

# Follows values through whole functions: minutes, not seconds. One file at a time: clang-tidy 14 knows va_start() only in
# the first one. Guests are started with vfork(2) knowingly.
TIDY_BATCH := 6
analyse-deep: TIDY_BATCH := 1
analyse-deep:
	@printf '  %-7s %s\n' TIDY 'all C files, deeply'
	$(TIDY) '-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*,-clang-analyzer-unix.Vfork'

FUZZERS := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(wildcard tests/fuzz/*.c))

# What a fuzzer found beyond the kept corpus stays in build-fuzz/ and is where the next run begins.
fuzz: $(FUZZERS)
	@set -e; for fuzzer in $^; do \
		printf '  %-7s %s\n' FUZZ "$$fuzzer, $(FUZZ_SECONDS) s"; \
		mkdir -p $$fuzzer.found; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -artifact_prefix=build-fuzz/ \
			$(addprefix -dict=,$(wildcard tests/fuzz/front.dict)) $$fuzzer.found tests/fuzz/corpus \
			>$$fuzzer.log 2>&1 || { tail -n 40 $$fuzzer.log; exit 1; }; \
	done

FUZZ_CFLAGS := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
build-fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call run,CC,clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link $(BASE_CFLAGS) -MMD -MP -c -o $@ $<)

build-fuzz/%: build-fuzz/obj/tests/fuzz/%.o $(patsubst %.c,build-fuzz/obj/%.o,$(filter-out lab/main.c,$(LAB)) $(COMMON))
	$(call run,LD,clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ -lfyaml -ljansson -lm)

-include $(shell find build-fuzz -name '*.d' 2>/dev/null)

# ------------------------------------------------------------------------------- install, clean

install: programs
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/guest/$(GUEST)' '$(DESTDIR)$(SHAREDIR)' '$(DESTDIR)$(MANDIR)/man1'
	install $(B)/pathlab $(B)/cclient '$(DESTDIR)$(BINDIR)'
	install $(B)/pathlab-agent '$(DESTDIR)$(LIBDIR)'
	install -m 644 $(B)/pathlab-preload.so '$(DESTDIR)$(LIBDIR)'
	install $(B)/guest/$(GUEST)/linux '$(DESTDIR)$(LIBDIR)/guest/$(GUEST)'
	install -m 644 $(B)/guest/$(GUEST)/config $(B)/guest/$(GUEST)/info '$(DESTDIR)$(LIBDIR)/guest/$(GUEST)'
	install -d '$(DESTDIR)$(LIBDIR)/kernel'
	install guest/build guest/cc guest/break guest/sync guest/fetch '$(DESTDIR)$(LIBDIR)/kernel'
	install -m 644 guest/*.config guest/common-headers.h guest/vm.modules '$(DESTDIR)$(LIBDIR)/kernel'
	cp -r scenarios topologies bugs '$(DESTDIR)$(SHAREDIR)'
	install -m 644 docs/*.1 '$(DESTDIR)$(MANDIR)/man1'

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/pathlab' '$(DESTDIR)$(BINDIR)/cclient'
	rm -f $(patsubst docs/%,'$(DESTDIR)$(MANDIR)/man1/%',$(wildcard docs/*.1))
	rm -rf '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(SHAREDIR)'

clean:
	rm -rf build build-san build-fuzz
