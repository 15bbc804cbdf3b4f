# SPDX-License-Identifier: GPL-2.0-only
"""pathlab kernel: what is listed, looked at and built; builds are of a tree that is a kernel only as far as the script looks."""

import json
import os
import shutil
import subprocess
import time

import pytest

from lab import BUILD, ROOT, pathlab

MAKEFILE = """\
kernelversion: ; @echo 6.1.2
mrproper: ; @rm -f .config *.o linux
allnoconfig: ; @grep -q 'default 1000' arch/um/Kconfig && { cat $(KCONFIG_ALLCONFIG); echo CONFIG_HZ=1000; } >.config
%.o: %.c
\t@echo '  CC      $@'
\t@gcc $(KCFLAGS) -c -o $@ $(CURDIR)/$<
linux: main.o other.o
\t@echo '  LINK    linux'
\t@gcc -o $@ $^
"""
KCONFIG = "config HZ\n\tint\n\tdefault 100\n\nconfig OTHER\n"


class Tree:
    """A source tree, a cache and a folder with guests of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.tree, self.cache, self.guests = folder / "tree", folder / "cache", folder / "guests"
        self.write("Makefile", MAKEFILE)
        self.write("arch/um/Kconfig", KCONFIG)
        self.write("main.c", "#include <stdio.h>\nint other(void);\nint main(void) { puts(__FILE__); return other(); }\n")
        self.write("other.c", "int other(void) { return 7; }\n")

    def write(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def kernel(self, *arguments, **changes):
        return pathlab("kernel", *arguments, PATHLAB_CACHE=str(self.cache), PATHLAB_GUESTS=str(self.guests), **changes)

    def build(self, *arguments, **changes):
        return self.kernel("build", "mine", "--source", self.tree, *arguments, **changes)

    def steps(self):
        """What the last build compiled and linked."""
        log = (self.cache / "kernels/.tree-mine/log").read_text()
        return [line.split() for line in log.splitlines() if line.startswith("  ")]

    def program(self):
        return (self.guests / "mine/linux").read_bytes()

    def files(self):
        return sorted(str(path.relative_to(self.tree)) for path in self.tree.rglob("*"))


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_a_tree_is_built_and_left_alone(tree):
    before = tree.files()
    done = tree.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "run scenarios on it with: pathlab run --kernel mine" in done.stdout
    assert tree.steps() == [["CC", "main.o"], ["CC", "other.o"], ["LINK", "linux"]]
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 7
    assert tree.files() == before and "default 100\n" in (tree.tree / "arch/um/Kconfig").read_text()
    entry = kernels(tree)["mine"]
    assert (entry["ready"], entry["version"], entry["hz"], entry["source"]) == (True, "6.1.2", 1000, "tree")


def test_only_what_changed_is_compiled_again(tree):
    tree.build()
    first = tree.program()
    tree.write("other.c", "int other(void) { return 8; }\n")
    assert tree.build().returncode == 0
    assert tree.steps() == [["CC", "other.o"], ["LINK", "linux"]]
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 8
    # the kernel before has made room, the name means the new one
    assert len(list((tree.cache / "kernels").glob("mine-*"))) == 1
    # back again: the same bytes as at first
    tree.write("other.c", "int other(void) { return 7; }\n")
    assert tree.build().returncode == 0
    assert tree.program() == first


def test_the_time_of_a_file_alone_compiles_nothing(tree):
    tree.build()
    later = time.time() + 5
    for name in ("main.c", "other.c"):
        os.utime(tree.tree / name, (later, later))
    assert tree.build().returncode == 0
    assert tree.steps() == []


def test_an_older_file_is_compiled_too(tree):
    """A file put back from elsewhere has its old time, older than the object made of the newer one."""
    tree.build()
    tree.write("other.c", "int other(void) { return 9; }\n")
    os.utime(tree.tree / "other.c", (1_000_000_000, 1_000_000_000))
    assert tree.build().returncode == 0
    assert ["CC", "other.o"] in tree.steps()
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 9


def test_files_come_and_go(tree):
    tree.write("extra.h", "#define RESULT 3\n")
    tree.write("other.c", '#include "extra.h"\nint other(void) { return RESULT; }\n')
    tree.build()
    (tree.tree / "extra.h").unlink()
    tree.write("new.h", "#define RESULT 4\n")
    tree.write("other.c", '#include "new.h"\nint other(void) { return RESULT; }\n')
    assert tree.build().returncode == 0
    copy = tree.cache / "kernels/.tree-mine/src"
    assert not (copy / "extra.h").exists() and (copy / "new.h").exists()
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 4


def test_what_the_user_builds_in_the_tree_does_not_come_along(tree):
    tree.build()
    for name in ("linux", "main.o", ".config", ".main.o.cmd", "include/generated/x.h"):
        tree.write(name, "not ours")
    tree.write("other.c", "int other(void) { return 2; }\n")
    done = tree.build()
    assert done.returncode == 0, done.stderr
    assert tree.steps() == [["CC", "other.o"], ["LINK", "linux"]]
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 2


def test_what_the_user_built_before_is_no_source_either(tree):
    for name in ("linux", "main.o", ".version", "generated"):
        tree.write(name, "not ours")
    tree.write("drivers/gpu/not-for-guests.c", "no C at all")
    tree.write("Makefile", MAKEFILE.replace(".config *.o linux", ".config *.o linux .version generated"))
    assert tree.build().returncode == 0
    for name in (".version", "generated", "drivers/gpu/not-for-guests.c"):
        tree.write(name, "not ours, and another")
    tree.write("other.c", "int other(void) { return 1; }\n")
    assert tree.build().returncode == 0
    copy = tree.cache / "kernels/.tree-mine/src"
    assert not any((copy / name).exists() for name in (".version", "generated", "drivers/gpu/not-for-guests.c"))
    assert tree.steps() == [["CC", "other.o"], ["LINK", "linux"]]


def test_the_same_source_is_the_same_kernel_wherever_it_is_built(tree, tmp_path):
    tree.build()
    elsewhere = Tree(tmp_path / "elsewhere")
    elsewhere.build()
    assert elsewhere.program() == tree.program()


def test_a_name_remembers_its_tree(tree):
    tree.build()
    tree.write("other.c", "int other(void) { return 5; }\n")
    assert tree.kernel("build", "mine").returncode == 0
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 5


def test_a_mistake_in_the_source_is_shown_and_forgiven(tree):
    tree.build()
    first = tree.program()
    tree.write("other.c", "int other(void) { return }\n")
    done = tree.build()
    assert done.returncode == 1
    assert "the kernel did not build" in done.stderr and "other.c:1" in done.stderr
    assert tree.program() == first  # the former kernel is still there
    tree.write("other.c", "int other(void) { return 6; }\n")
    assert tree.build().returncode == 0
    assert ["CC", "main.o"] not in tree.steps()


def test_an_interrupted_copy_is_made_anew(tree):
    tree.build()
    (tree.cache / "kernels/.tree-mine/unfinished").touch()
    (tree.cache / "kernels/.tree-mine/src/other.c").write_text("int other(void) { return 99; }\n")
    tree.write("main.c", (tree.tree / "main.c").read_text() + "\n")
    assert tree.build().returncode == 0
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 7


def test_a_tarball_is_built_too(tree):
    subprocess.run(["tar", "-C", tree.folder, "-cf", tree.folder / "source.tar", "tree"], check=True)
    done = tree.kernel("build", "--name", "packed", "--source", tree.folder / "source.tar")
    assert done.returncode == 0, done.stderr
    tree.build()
    assert (tree.guests / "packed/linux").read_bytes() == tree.program()
    assert list((tree.cache / "kernels").glob(".packed*.??????")) == []


def test_a_revision_is_built_whatever_is_checked_out(tree):
    tree.build()
    whole = tree.program()

    def git(*words):
        subprocess.run(["git", "-C", tree.tree, "-c", "user.name=A", "-c", "user.email=a@example.org", *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    tree.write("other.c", "int other(void) { return 3; }\n")
    git("commit", "-q", "-a", "-m", "second")
    tree.write("other.c", "no C at all\n")
    assert tree.build("--revision", "HEAD^").returncode == 0
    assert tree.program() == whole
    assert tree.build("--revision", "HEAD").returncode == 0
    assert tree.steps() == [["CC", "other.o"], ["LINK", "linux"]]
    assert subprocess.run([tree.guests / "mine/linux"], stdout=subprocess.DEVNULL).returncode == 3
    assert tree.build("--revision", "HEAD~1").returncode == 0
    assert tree.program() == whole
    assert (tree.tree / "other.c").read_text() == "no C at all\n"
    assert " at " in kernels(tree)["mine"]["source"]
    done = tree.build("--revision", "HEAD~7")
    assert done.returncode == 2 and f"'{tree.tree}' has no revision 'HEAD~7'" in done.stderr
    # the tree itself again
    assert tree.build().returncode == 1


def test_debug_is_a_kernel_of_its_own(tree):
    assert tree.build("--variant", "debug").returncode == 0
    config = (tree.guests / "mine-debug/config").read_text()
    assert "CONFIG_KASAN=y" in config and "CONFIG_IP_SCTP=y" in config
    assert not (tree.guests / "mine").exists()


SENTENCES = {
    "no-source": (["mine"], 2, "'mine' is a kernel of your own: name its source, a tree or a tarball, with --source"),
    "not-there": (["mine", "--source", "/no/such"], 2, "no kernel source at '/no/such'; expected a tree or a tarball"),
    "no-kernel": (["mine", "--source", str(ROOT / "docs")], 2, "is not a kernel source tree: it has no arch/um/Kconfig"),
    "no-archive": (["mine", "--source", str(ROOT / "README.md")], 1, "cannot be unpacked"),
    "variant": (["mine", "--variant", "fast"], 2, "there is no variant 'fast' of a kernel; expected debug"),
    "name": (["My Kernel"], 2, "'My Kernel' is no name for a guest kernel"),
    "host": (["host"], 2, "'host' is no name for a guest kernel"),
    "vm": (["vm-6.1"], 2, "'vm-6.1' is no name for a guest kernel"),
    "two": (["one", "two"], 2, 'makes one kernel at a time, "two" is another'),
    "option": (["--fast"], 2, 'pathlab kernel build: there is no option "--fast"'),
    "jobs": (["-j", "none"], 2, "--jobs 'none': expected a whole number from 1 up"),
    "revision": (["mine", "--source", "/", "--revision", "HEAD"], 2, "--revision is of a git repository, which '/' is not: fatal: "),
    "revision-of-a-file": (["mine", "--source", str(ROOT / "README.md"), "--revision", "HEAD"], 2, "--revision is of a git repository, which"),
    "older": (["uml-5.10"], 3, "no kernel source at '/usr/src/linux-source-5.10.tar.xz'"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_what_cannot_be_built_is_said(tree, case):
    arguments, status, sentence = SENTENCES[case]
    done = tree.kernel("build", *arguments)
    assert sentence in done.stderr, done.stderr
    assert done.returncode == status
    assert not tree.guests.exists()


def test_a_missing_tool_is_named(tree, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in "dirname nproc cat gcc ld make flex bc xz tar flock b2sum sed awk find".split():
        (tools / tool).symlink_to(shutil.which(tool))
    done = tree.build(PATH=str(tools))
    assert (done.returncode, done.stderr) == (3, "guest/build: missing: bison; install it with: setup/install build\n")


def test_another_processor_is_said(tree, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uname").write_text("#!/bin/sh\necho aarch64\n")
    (tools / "uname").chmod(0o755)
    done = tree.build(PATH=f"{tools}:{os.environ['PATH']}")
    assert done.returncode == 3
    assert "this machine is aarch64, and guests, User-Mode Linux, are built for x86_64: use this machine's own kernel, --kernel host" in done.stderr


def test_no_space_is_said_before_anything_is_built(tree, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\necho Filesystem Blocks Used Available\necho / 9 9 12 9\n")
    (tools / "df").chmod(0o755)
    done = tree.build(PATH=f"{tools}:{os.environ['PATH']}")
    assert done.returncode == 3
    assert "only 12 MB are free" in done.stderr and "free some or set PATHLAB_CACHE" in done.stderr


# list and doctor


def kernels(tree):
    done = tree.kernel("list", "--json")
    assert done.returncode == 0
    return {entry["name"]: entry for entry in json.loads(done.stdout)["kernels"]}


def test_list_shows_what_there_is_and_how_to_have_the_rest(tree):
    tree.build()
    lines = tree.kernel("list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "VERSION", "HZ", "SIZE", "SOURCE"]
    rows = {line.split()[0]: line for line in lines[1:]}
    assert list(rows) == ["uml-6.12", "uml-6.1", "uml-6.12-debug", "uml-6.1-debug", "vm-6.12", "vm-6.1", "mine", "host"]
    assert rows["mine"].split()[1:4] == ["ready", "6.1.2", "1000"]
    assert rows["uml-6.1"].split()[1] == "absent" and rows["uml-6.1"].endswith("make it ready with: pathlab kernel build uml-6.1")


def test_the_default_kernel_is_listed_as_such():
    listed = json.loads(pathlab("kernel", "list", "--json").stdout)["kernels"]
    (default,) = [entry for entry in listed if entry["default"]]
    assert (default["name"], default["ready"], default["kind"], default["cure"]) == ("uml-6.12", True, "uml", None)
    assert default["file"] == str(BUILD / "guest/uml-6.12/linux") and default["bytes"] == os.stat(default["file"]).st_size


def test_a_users_own_guests_are_found_beside_the_laboratorys(tree, tmp_path):
    guest = tmp_path / "cache/guests/uml-extra"
    guest.mkdir(parents=True)
    (guest / "linux").symlink_to((BUILD / "guest/uml-6.12/linux").resolve())
    done = pathlab("run", "--kernel", "uml-extra", "connect/one-path", PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr


def test_a_kernel_is_also_the_path_of_its_folder(tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "linux").symlink_to((BUILD / "guest/uml-6.12/linux").resolve())
    done = pathlab("run", "--kernel", folder, "connect/one-path", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert f"--kernel '{folder}'" in json.loads(done.stdout)["runs"][0]["replay"]
    done = pathlab("run", "--kernel", tmp_path, "connect/one-path")
    assert done.returncode == 2 and f"there is no kernel in the folder {tmp_path}" in done.stderr
    (tmp_path / "arch" / "um").mkdir(parents=True)
    (tmp_path / "arch" / "um" / "Kconfig").touch()
    done = pathlab("run", "--kernel", tmp_path, "connect/one-path")
    assert done.returncode == 2 and f"`pathlab kernel build mine --source {tmp_path}`" in done.stderr


def test_a_known_kernel_that_is_not_built_has_its_command(tree):
    done = pathlab("run", "--kernel", "uml-6.1", "connect/one-path", PATHLAB_GUESTS=str(tree.guests))
    assert done.returncode == 3
    assert "the guest kernel uml-6.1 is not built" in done.stderr and "`pathlab kernel build uml-6.1`" in done.stderr


def test_doctor_says_what_keeps_each_kernel_from_running(tree):
    fake = tree.guests / "fake"
    fake.mkdir(parents=True)
    (fake / "linux").write_text("#!/bin/sh\nexit 1\n")
    (fake / "linux").chmod(0o755)
    done = tree.kernel("doctor", "fake", "uml-6.1", KSRC="/no/such")
    lines = done.stdout.splitlines()
    assert done.returncode == 3
    assert lines[0].startswith("MISSING   fake ") and "is no User-Mode Linux kernel that this machine can start" in lines[0]
    assert lines[1].split() == "cure build it anew: pathlab kernel build fake".split()
    assert lines[2].startswith("MISSING   uml-6.1 ") and "is not built" in lines[2]
    assert "to build it" in lines[3] and "no kernel source at '/no/such'" in lines[3]
    assert lines[4].split() == "cure pathlab kernel build uml-6.1".split()


def test_doctor_of_the_default_kernel():
    done = pathlab("kernel", "doctor")
    assert done.returncode == 0
    assert done.stdout.startswith("ok        uml-6.12           Linux 6.12.")
    done = pathlab("kernel", "doctor", "uml-6.21")
    assert done.returncode == 2 and 'no kernel is called "uml-6.21"' in done.stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], "usage: pathlab kernel list"),
        (["lst"], 'no command "lst"; did you mean "list"?'),
        (["list", "all"], 'takes no "all"'),
        (["doctor", "--all"], 'pathlab kernel doctor: there is no option "--all"'),
        (["fetch"], "usage: pathlab kernel fetch NAME"),
        (["fetch", "vm-6.12", "vm-6.1"], 'takes one kernel at a time, "vm-6.1" is another'),
        (["fetch", "--fast"], 'pathlab kernel fetch: there is no option "--fast"'),
    ],
)
def test_mistakes_on_the_command_line(arguments, sentence):
    done = pathlab("kernel", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
