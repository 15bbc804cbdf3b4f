# SPDX-License-Identifier: GPL-2.0-only
"""Distributions' own kernels under QEMU: what is missing is said with its cure; jobs that share a boot; real boots."""

import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import time

import pytest

import lab

SCENARIO = """
summary: A call.
topology: direct
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: status}
"""

FETCH = str(lab.ROOT / "guest/fetch")


@pytest.fixture(name="scenario")
def fixture_scenario(tmp_path):
    return lab.write_scenario(tmp_path, SCENARIO)


def elf_header(machine):
    """What is looked at of a kernel before QEMU gets it."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0)


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Lab:
    """A folder of guests with a kernel in it, and a PATH with a QEMU of the test's own."""

    def __init__(self, folder, image=elf_header(62), qemu=None, modules=True):
        self.guests, self.tools = folder / "guests", folder / "tools"
        kernel = self.guests / "vm-6.12"
        (kernel / "modules").mkdir(parents=True)
        (kernel / "vmlinux").write_bytes(image)
        if modules:
            (kernel / "modules/001-sctp.ko").write_bytes(b"no module")
        self.tools.mkdir()
        if qemu is not None:
            # the console is standard error; standard output is the bell of the host's files
            write_program(self.tools / "qemu-system-x86_64", f"#!/bin/sh\nexec >&2\n{qemu}\n")

    def run(self, *arguments):
        return lab.pathlab("run", "--kernel", "vm-6.12", *arguments, PATHLAB_GUESTS=str(self.guests), PATH=str(self.tools))


def test_no_such_kernel(scenario):
    done = lab.pathlab("run", "--kernel", "vm-6.21", scenario)
    assert done.returncode == 2
    assert 'no kernel is called "vm-6.21"' in done.stderr and 'did you mean "vm-6.12"?' in done.stderr


def test_not_fetched(scenario, tmp_path):
    done = lab.pathlab("run", "--kernel", "vm-6.1", scenario, PATHLAB_GUESTS=str(tmp_path / "none"))
    assert done.returncode == 3
    assert "the kernel vm-6.1 is not fetched" in done.stderr and "`pathlab kernel fetch vm-6.1`" in done.stderr


@pytest.mark.parametrize(
    "image, words",
    [
        (elf_header(183), "is a kernel for another processor (ELF machine 183, expected 62, x86-64)"),
        (b"nothing of the kind", "is no kernel"),
    ],
)
def test_wrong_image(scenario, tmp_path, image, words):
    done = Lab(tmp_path, image, qemu="exit 1").run(scenario)
    assert done.returncode == 3
    assert words in done.stderr and "`pathlab kernel fetch vm-6.12`" in done.stderr


def test_no_qemu(scenario, tmp_path):
    done = Lab(tmp_path).run(scenario)
    assert done.returncode == 3
    assert "qemu-system-x86_64 is not in PATH: install it with `setup/install vm`" in done.stderr


def test_what_a_fetched_kernel_lacks_is_not_fetching(tmp_path):
    there = Lab(tmp_path)
    env = {"PATHLAB_GUESTS": str(there.guests), "PATH": str(there.tools)}
    doctor = lab.pathlab("kernel", "doctor", "vm-6.12", **env)
    listed = lab.pathlab("kernel", "list", **env)
    assert doctor.returncode == 3
    for text in (doctor.stdout, next(line for line in listed.stdout.splitlines() if line.startswith("vm-6.12"))):
        assert "`setup/install vm`" in text and "kernel fetch" not in text


def test_its_time_cannot_stand_still(tmp_path):
    done = Lab(tmp_path, qemu="exit 1").run("--pause-on-fail", "interop/python")
    assert done.returncode == 2
    assert "--pause-on-fail needs a guest under User-Mode Linux such as uml-6.12, and vm-6.12 is none" in done.stderr


def test_no_modules(scenario, tmp_path):
    done = Lab(tmp_path, qemu="exit 0", modules=False).run(scenario)
    assert done.returncode == 3
    assert "the kernel vm-6.12 has no modules in" in done.stdout and "`pathlab kernel fetch vm-6.12`" in done.stdout


def test_a_module_is_absent(scenario, tmp_path):
    there = Lab(tmp_path, qemu="exit 0")
    (there.guests / "vm-6.12/modules/003-veth.ko").write_bytes(b"no module")
    done = there.run(scenario)
    assert done.returncode == 3
    assert "the kernel vm-6.12 lacks a module, the one before 003-veth.ko in" in done.stdout and "`pathlab kernel fetch vm-6.12`" in done.stdout


def test_a_kernel_that_dies_is_told_of_and_each_scenario_has_its_boot(tmp_path):
    scenarios = [lab.write_scenario(tmp_path, SCENARIO, f"{name}.yaml") for name in "abc"]
    there = Lab(tmp_path, qemu=f'echo boot >&2; echo "[ 0.1] Kernel panic - not syncing: of the test"')
    done = there.run(*scenarios)
    assert done.returncode == 1
    assert done.stdout.count("the guest's kernel said: Kernel panic - not syncing: of the test") == 3
    assert "3 scenarios: 0 ok, 3 failed" in done.stdout


def test_qemu_that_refuses(scenario, tmp_path):
    done = Lab(tmp_path, qemu="echo 'qemu: wrong option' >&2; exit 1").run(scenario)
    assert done.returncode != 0
    assert "qemu: wrong option" in done.stdout and "the guest exited with status 1" in done.stdout


def test_qemu_is_emulated_seeded_and_in_virtual_time(scenario, tmp_path):
    done = Lab(tmp_path, qemu='for word; do echo "word $word"; done; exit 1').run("--seed", "77", "--keep", tmp_path / "keep", scenario)
    (console,) = (tmp_path / "keep").rglob("console.log")
    words = [line.removeprefix("word ") for line in console.read_text().splitlines()]
    after = dict(zip(words, words[1:]))
    assert (after["-accel"], after["-icount"], after["-seed"]) == ("tcg", "shift=0,sleep=off", "77"), done.stdout
    assert after["-rtc"].endswith("clock=vm") and not any("kvm" in word for word in words)


def test_a_boot_has_the_memory_that_its_scenarios_ask_for(tmp_path):
    sizes = {"a": "", "b": "memory: 512MiB", "c": "memory: 100MiB", "d": "memory: 512MiB"}
    scenarios = [lab.write_scenario(tmp_path, f"{SCENARIO}{keys}\n", f"{name}.yaml") for name, keys in sizes.items()]
    there = Lab(tmp_path, qemu='while [ "$1" != -m ]; do shift; done; echo "$2"; exit 1')
    there.run("-j1", "--keep", tmp_path / "keep", *scenarios)
    # this QEMU boots nothing, so that each scenario has one of its own; less than usual is the usual
    said = {path.parent.name: path.read_text() for path in (tmp_path / "keep").rglob("console.log")}
    assert said == {"a": "256M\n", "b": "512M\n", "c": "256M\n", "d": "512M\n"}


def fetch(*arguments, tools=None, **changes):
    env = lab.environment(**changes)
    if tools:
        env["PATH"] = f"{tools}:{env['PATH']}"
    return subprocess.run([FETCH, *map(str, arguments)], env=env, capture_output=True, text=True, timeout=lab.PATIENCE_S)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["uml-6.12"], "'uml-6.12' is a guest, and guests are built: pathlab kernel build uml-6.12"),
        (["host"], "expected vm- and then"),
        (["vm-mine", "--package", "./no.deb"], "there is no file './no.deb'"),
        (["vm-5.10"], "'vm-5.10' is no kernel known here: expected vm-6.12 or vm-6.1, or --package"),
        (["vm-6.12", "vm-6.1"], "one NAME at a time"),
        (["--package"], "--package needs a value"),
        (["--fast"], "unknown option '--fast'"),
    ],
)
def test_fetch_usage(tmp_path, arguments, words):
    done = fetch(*arguments, PATHLAB_CACHE=str(tmp_path))
    assert done.returncode == 2 and words in done.stderr


def test_fetch_without_tools(tmp_path):
    for tool in ("bash", "dirname", "uname"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    done = fetch(PATH=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == 3
    assert "missing: dpkg-deb xz zstd" in done.stderr and "apt-get" in done.stderr and "setup/install vm" in done.stderr


def test_fetch_on_another_machine(tmp_path):
    write_program(tmp_path / "uname", "#!/bin/sh\necho aarch64\n")
    done = fetch(tools=tmp_path, PATHLAB_CACHE=str(tmp_path))
    assert done.returncode == 3 and "this machine is aarch64" in done.stderr and "--kernel host" in done.stderr


@pytest.mark.parametrize("name, package", [("vm-6.12", "linux-image-6.12-cloud-amd64"), ("vm-6.1", "linux-image-cloud-amd64")])
def test_fetch_without_package_lists(tmp_path, name, package):
    write_program(tmp_path / "apt-cache", "#!/bin/sh\nexit 0\n")
    done = fetch(name, tools=tmp_path, PATHLAB_CACHE=str(tmp_path))
    assert done.returncode == 3
    assert f"have no {package}" in done.stderr and "apt-get update" in done.stderr
    assert ("bookworm-security" in done.stderr) == (name == "vm-6.12")


def test_fetch_by_pathlab_takes_a_package(tmp_path):
    (tmp_path / "file.deb").write_text("nothing")
    done = lab.pathlab("kernel", "fetch", "vm-test", "--package", tmp_path / "file.deb", PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 2 and "is no Debian package" in done.stderr


def test_a_kernel_that_was_damaged_is_fetched_again(tmp_path):
    package = kernel_package(tmp_path, bz_image(elf_with_note(tmp_path, 18)))
    words = ["vm-test", "--package", package, "--link", tmp_path / "links"]
    folder = fetch(*words, "--print-path", PATHLAB_CACHE=str(tmp_path / "cache")).stdout.strip()
    write_program(pathlib.Path(folder) / "vmlinux", "no kernel")
    done = fetch(*words, PATHLAB_CACHE=str(tmp_path / "cache"))
    # this package is of no use, which only who unpacks it sees
    assert "has no module 'sctp'" in done.stderr and not (tmp_path / "links").exists()


def test_fetch_without_network(tmp_path):
    package = "linux-image-6.12.1-cloud-amd64"
    lists = f'[ "$1" = depends ] && echo "  Depends: {package}" || printf "Package: {package}\\nSHA256: 0\\n"'
    write_program(tmp_path / "apt-cache", f"#!/bin/sh\n{lists}\n")
    write_program(tmp_path / "apt-get", "#!/bin/sh\necho 'Temporary failure resolving' >&2\nexit 100\n")
    done = fetch(tools=tmp_path, PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 3
    assert "Temporary failure resolving" in done.stderr and f"{package} could not be downloaded" in done.stderr
    assert [path.name for path in (tmp_path / "cache/kernels").iterdir() if path.is_dir()] == [], "nothing is left"


def bz_image(elf):
    """A kernel's compressed file: of its header only what says where the payload is (Documentation/arch/x86/boot.rst)."""
    payload = gzip.compress(elf) + struct.pack("<I", len(elf))
    header = bytearray(1024)
    header[0x1F1] = 1
    struct.pack_into("<H", header, 0x202, 0x20F)
    struct.pack_into("<II", header, 0x248, 0, len(payload))
    return bytes(header) + payload


def elf_with_note(folder, kind):
    source = f'.section .note.Xen,"a",@note\n.long 4, 8, {kind}\n.asciz "Xen"\n.quad 0\n'
    subprocess.run(["gcc", "-x", "assembler", "-c", "-o", folder / "note.o", "-"], input=source, text=True, check=True)
    return (folder / "note.o").read_bytes()


def kernel_package(folder, image):
    root = folder / "package"
    (root / "DEBIAN").mkdir(parents=True)
    control = "Package: linux-image-test\nVersion: 1\nArchitecture: amd64\nMaintainer: a test <test@example.org>\nDescription: test\n"
    (root / "DEBIAN/control").write_text(control)
    (root / "boot").mkdir()
    (root / "boot/vmlinuz-6.0-test").write_bytes(image)
    (root / "lib/modules/6.0-test/kernel").mkdir(parents=True)
    (root / "lib/modules/6.0-test/modules.builtin").write_text("kernel/net/veth.ko\n")
    subprocess.run(["dpkg-deb", "-b", root, folder / "kernel.deb"], check=True, capture_output=True)
    return folder / "kernel.deb"


@pytest.mark.parametrize("note, words", [(18, "has no module 'sctp', which guest/vm.modules needs"), (6, "built without CONFIG_PVH")])
def test_fetch_of_a_package_that_lacks_something(tmp_path, note, words):
    package = kernel_package(tmp_path, bz_image(elf_with_note(tmp_path, note)))
    done = fetch("vm-test", "--package", package, PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode in (1, 3) and words in done.stderr, done.stderr
    assert not (lab.ROOT / "build/guest/vm-test").exists()


def test_fetch_of_what_is_no_package(tmp_path):
    (tmp_path / "file.deb").write_text("nothing")
    done = fetch("vm-test", "--package", tmp_path / "file.deb", PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 2 and "is no Debian package" in done.stderr


@pytest.mark.long
def test_only_scenarios_with_as_much_memory_share_a_boot(tmp_path):
    sizes = {"a": "", "b": "memory: 512MiB", "c": "", "d": "memory: 512MiB"}
    scenarios = [lab.write_scenario(tmp_path, f"{SCENARIO}{keys}\n", f"{name}.yaml") for name, keys in sizes.items()]
    done = lab.pathlab("run", "--kernel", "vm-6.12", "--timeout", "300", *scenarios)
    assert done.returncode == 0 and "4 ok" in done.stdout, done.stdout
    assert "2 boots under QEMU" in done.stdout


def kept(folder, *arguments):
    done = lab.pathlab("run", "--kernel", "vm-6.12", "--timeout", "300", "--keep", folder, *arguments)
    assert done.returncode == 0, done.stdout
    files = [path for path in folder.rglob("*") if path.name in ("events.jsonl", "capture.pcapng", "console.log")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.long
@pytest.mark.parametrize("how", [[], ["--boot-each"]])
def test_same_bytes_with_the_same_seed(tmp_path, how):
    scenarios = ["connect/two-paths", "connect/first-dead-blackhole", "failover/both-ways-silent-in", "interop/python"]
    first, second = (kept(tmp_path / name, *how, *scenarios) for name in ("first", "second"))
    other = kept(tmp_path / "other", *how, "--seed", "2", *scenarios)
    assert len(first) == 12 and first == second
    captures = [name for name in first if name.endswith(".pcapng")]
    assert all(first[name] != other[name] for name in captures)


@pytest.mark.long
def test_qemu_dies_with_pathlab():
    seed = lab.new_seed()
    command = [lab.PATHLAB, "run", "--kernel", "vm-6.12", "--seed", str(seed), "connect/two-paths"]
    with subprocess.Popen(command, cwd=lab.ROOT, env=lab.environment(), stdout=subprocess.DEVNULL) as process:
        while not lab.processes_of(seed):
            assert process.poll() is None
        time.sleep(0.5)
        process.kill()
    end = time.monotonic() + 5
    while lab.processes_of(seed):
        assert time.monotonic() < end, "QEMU still runs"
        time.sleep(0.01)


@pytest.mark.long
@pytest.mark.parametrize("kernel", ["vm-6.12", "vm-6.1"])
def test_what_runs_is_the_distributions_kernel(tmp_path, kernel):
    done = lab.pathlab("run", "--kernel", kernel, "--timeout", "300", "--keep", tmp_path, "connect/one-path")
    assert done.returncode == 0, done.stdout
    (events,) = tmp_path.rglob("events.jsonl")
    release = json.loads(events.read_text().splitlines()[0])["kernel"]
    assert release.startswith(kernel.removeprefix("vm-")) and release.endswith("-cloud-amd64")


FILES = """
summary: A program looks around, and tries to write.
topology: direct
endpoints:
  looker:
    node: client
    run: [sh, -c, "cat words; ls | tr '\\n' ' '; echo; ls /dev/shm; echo mine >/dev/shm/file; echo x >words || echo refused; rm words || echo refused"]
timeline:
  - {at: 0s, start: looker}
expect:
  - {exit: looker}
  - {output: looker, line: "^some words$", count: 1}
  - {output: looker, line: "^a.yaml b.yaml words $", count: 1}
  - {output: looker, line: "^refused$", count: 2}
  - {output: looker, line: "^file$", count: 0}
"""


@pytest.mark.long
@pytest.mark.parametrize("kernel", ["vm-6.12", "vm-6.1"])
def test_programs_see_this_machines_files_and_change_none(tmp_path, kernel):
    """Two in one boot: what the first one wrote to /dev/shm is not there for the second."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "words").write_text("some words\n")
    files = [lab.write_scenario(folder, FILES, f"{name}.yaml") for name in "ab"]
    done = lab.pathlab("run", "--kernel", kernel, "--timeout", "300", *files)
    assert done.returncode == 0 and "2 scenarios: 2 ok" in done.stdout and "1 boot under QEMU" in done.stdout, done.stdout
    assert (folder / "words").read_text() == "some words\n"


@pytest.mark.long
def test_a_kernel_without_fuse(tmp_path):
    """As one that was fetched before it was needed."""
    kernel = tmp_path / "vm-6.1"
    (kernel / "modules").mkdir(parents=True)
    there = lab.BUILD / "guest/vm-6.1"
    (kernel / "vmlinux").symlink_to(there / "vmlinux")
    for module in (there / "modules").iterdir():
        if not module.name.endswith("-fuse.ko"):
            (kernel / "modules" / module.name).symlink_to(module)
    done = lab.pathlab("run", "--kernel", "vm-6.1", "--timeout", "300", "interop/python", "connect/two-paths", PATHLAB_GUESTS=str(tmp_path))
    assert done.returncode == 3 and "1 ok, 0 failed, 1 void" in done.stdout, done.stdout
    assert "is the kernel one without FUSE" in done.stdout and "guest/fetch" in done.stdout


def test_a_command_of_exec_is_not_run_under_qemu(tmp_path):
    there = Lab(tmp_path, qemu="exit 1")
    done = lab.pathlab("exec", "--kernel", "vm-6.12", "direct", "client", "ls", PATHLAB_GUESTS=str(there.guests), PATH=str(there.tools))
    assert done.returncode == 2
    assert "a command needs a guest under User-Mode Linux such as uml-6.12, or host, and vm-6.12 is neither" in done.stderr
