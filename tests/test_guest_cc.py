# SPDX-License-Identifier: GPL-2.0-only
"""guest/cc: the headers that most sources of a kernel begin with are read once, and what comes out is what gcc makes."""

import os
import pathlib
import subprocess

import pytest

import lab

# Each source's exit status is what its headers said.
COMMON = "#include <common-one.h>\n"
HEADER = """
#ifndef COMMON_ONE_H
#define COMMON_ONE_H
#include <common-two.h>
#ifndef FLAVOUR
#define FLAVOUR 1
#endif
static inline int flavour(void) { return FLAVOUR; }
#define swap(a, b) (a)
#ifndef pr_fmt
#define pr_fmt(text) text
#endif
#endif
"""
MAIN = "int main(void) { return %s; }\n"


class Sources:
    def __init__(self, folder):
        self.folder = folder
        self.write("include/common-one.h", HEADER)
        self.write("include/common-two.h", "")
        self.write("headers/common.c", COMMON)
        self.write("headers/common.h", "")
        self.write("lib/argv_split.c", "#include <common-one.h>\n")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def compile(self, name, *options):
        base = pathlib.PurePath(name).stem
        command = [
            lab.ROOT / "guest/cc", f"-Wp,-MMD,lib/.{base}.o.d", "-Iinclude", "-D__KERNEL__", *options,
            f'-DKBUILD_BASENAME="{base}"', f"-D__KBUILD_MODNAME=kmod_{base}", f'-DKBUILD_MODFILE="lib/{base}"', "-c", "-o", f"lib/{base}.o", name,
        ]  # fmt: skip
        env = dict(os.environ, COMMON_HEADERS=str(self.folder / "headers"), GCC="gcc")
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=lab.PATIENCE_S)

    def result(self, name, *options):
        """Compiled, linked and run: the exit status."""
        done = self.compile(name, *options)
        assert done.returncode == 0, done.stderr
        program = self.folder / "program"
        subprocess.run(["gcc", "-o", program, self.folder / name.replace(".c", ".o")], check=True, timeout=lab.PATIENCE_S)
        return subprocess.run([program], check=False, timeout=lab.PATIENCE_S).returncode


@pytest.fixture(name="sources")
def make_sources(tmp_path):
    sources = Sources(tmp_path)
    assert sources.compile("lib/argv_split.c").returncode == 0
    # Who reads the header again from here on finds another one.
    sources.write("include/common-one.h", HEADER.replace("FLAVOUR 1", "FLAVOUR 2"))
    return sources


def test_headers_are_read_once(sources):
    sources.write("lib/a.c", "#include <common-one.h>\n" + MAIN % "flavour()")
    assert sources.result("lib/a.c") == 1
    # the object depends on what was read beforehand
    assert "include/common-two.h" in (sources.folder / "lib/.a.o.d").read_text()


def test_nothing_is_read_beforehand_without_the_first_source(tmp_path):
    sources = Sources(tmp_path)
    sources.write("lib/a.c", "#include <common-one.h>\n" + MAIN % "flavour()")
    sources.write("include/common-one.h", HEADER.replace("FLAVOUR 1", "FLAVOUR 2"))
    assert sources.result("lib/a.c") == 2


def test_a_source_that_defines_something_first_reads_its_own(sources):
    sources.write("lib/a.c", "#define FLAVOUR 3\n#include <common-one.h>\n" + MAIN % "flavour()")
    assert sources.result("lib/a.c") == 3
    sources.write("lib/b.c", "# undef FLAVOUR\n# include <common-one.h>\n" + MAIN % "flavour()")
    assert sources.result("lib/b.c") == 2


def test_what_a_source_defines_for_its_messages_counts(sources):
    text = '#define pr_fmt(text) "mine: " text\n#include <common-one.h>\n'
    sources.write("lib/a.c", text + MAIN % "10 * flavour() + sizeof(pr_fmt(\"\"))")
    assert sources.result("lib/a.c") == 10 + len("mine: ") + 1


def test_the_source_knows_its_name(sources):
    sources.write("lib/a.c", "#include <common-one.h>\n" + MAIN % "10 * flavour() + sizeof(KBUILD_BASENAME)")
    assert sources.result("lib/a.c") == 10 + len("a") + 1


def test_names_of_headers_that_a_source_does_not_include_are_its_own(sources):
    sources.write("lib/a.c", "static int swap(int a, int b, int c) { return a + b + c; }\n" + MAIN % "swap(1, 2, 3)")
    assert sources.result("lib/a.c") == 6


def test_other_options_read_the_headers_anew(sources):
    sources.write("lib/a.c", "#include <common-one.h>\n" + MAIN % "flavour()")
    assert sources.result("lib/a.c", "-DFLAVOUR=4") == 4
    assert sources.result("lib/a.c", "-fshort-enums") == 2


def test_a_mistake_is_said_by_gcc(sources):
    sources.write("lib/a.c", "#include <common-one.h>\n" + MAIN % "nothing")
    done = sources.compile("lib/a.c")
    assert done.returncode == 1
    assert done.stderr.count("lib/a.c:2:25: error: ") == 1, done.stderr
