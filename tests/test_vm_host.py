# SPDX-License-Identifier: GPL-2.0-only
"""--kernel host on a machine whose kernel has SCTP: such a machine is a guest under QEMU, whose clock costs no time."""

import pathlib
import re
import subprocess

import pytest

import lab

# What lab/launch/vm.c starts a guest with; the words behind "--" are pathlab's own.
KERNEL_WORDS = (
    "console=ttyS0 loglevel=4 panic=-1 tsc_early_khz=1000000 tsc=reliable nolapic noapic mitigations=off random.trust_cpu=on "
    "cryptomgr.notests=1 initcall_blacklist=jent_mod_init,load_system_certificate_list,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init -- "
)


class Archive:
    """A cpio archive as the kernel takes it (Documentation/driver-api/early-userspace/buffer-format.rst)."""

    def __init__(self):
        self.parts, self.names = [], set()

    def entry(self, name, mode, data=b""):
        if name in self.names:
            return
        self.names.add(name)
        fields = (len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = ("070701" + "".join(f"{field:08x}" for field in fields) + name + "\0").encode()
        self.parts.append(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))

    def folder(self, name):
        for i in range(1, name.count("/") + 2):
            self.entry("/".join(name.split("/")[:i]), 0o40755)

    def file(self, name, path):
        if "/" in name:
            self.folder(name.rsplit("/", 1)[0])
        self.entry(name, 0o100755, path.read_bytes())

    def write(self, path):
        self.entry("TRAILER!!!", 0)
        path.write_bytes(b"".join(self.parts))


def libraries(program):
    words = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", words)


def machine(folder, kernel, script, **files):
    """The first file system of a machine with pathlab, its scenarios, a shell, and the libraries they need; and that script to run."""
    init = folder / "init"
    subprocess.run(
        ["gcc", "-O1", "-D_GNU_SOURCE", "-static", "-Wall", "-Werror", "-o", init, lab.ROOT / "tests/programs/vm_host_init.c"], check=True
    )
    archive = Archive()
    for name in ("dev", "proc", "sys", "tmp"):
        archive.folder(name)
    archive.file("init", init)
    for name in ("pathlab", "pathlab-agent", "cclient"):
        archive.file(f"lab/{name}", lab.BUILD / name)
    for path in sorted((lab.ROOT / "build/guest" / kernel / "modules").iterdir()):
        archive.file(f"modules/{path.name}", path)
    # the same shell under another name: by it what runs can be told from the script
    for name in ("sh", "spinner"):
        archive.file(f"bin/{name}", pathlib.Path("/bin/sh").resolve())
    for program in (lab.BUILD / "pathlab", "/bin/sh"):
        for path in libraries(program):
            archive.file(path[1:], pathlib.Path(path))
    for name, text in {"script": script, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
        archive.file(name, folder / name)
    for part in ("scenarios", "topologies"):
        for path in sorted((lab.ROOT / part).rglob("*.yaml")):
            archive.file(f"{path.relative_to(lab.ROOT)}", path)
    archive.write(folder / "initramfs")
    return folder / "initramfs"


def run_on_machine(folder, kernel, script, **files):
    command = [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc",
        "-accel", "tcg", "-icount", "shift=0,sleep=off", "-rtc", "clock=vm", "-cpu", "qemu64,+rdrand", "-m", "512M",
        "-kernel", lab.ROOT / "build/guest" / kernel / "vmlinux", "-initrd", machine(folder, kernel, script, **files),
        "-append", KERNEL_WORDS, "-serial", "stdio",
    ]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1800)
    return done.stdout.replace("\r", "")


@pytest.mark.long
@pytest.mark.parametrize("kernel", ["vm-6.12"])
def test_host_kernel_with_sctp(tmp_path, kernel):
    output = run_on_machine(tmp_path, kernel, "exec pathlab run --kernel host --timeout 3000 scenarios/connect")
    assert "@@status 0" in output, output
    assert re.search(r"^(\d+) scenarios: \1 ok", output, re.MULTILINE), output


PROGRAMS = """\
summary: Programs of this machine.
topology: dual-path
endpoints:
  server:
    node: server
    run: [/lab/cclient, --wait=forever, socket s, "bindx s {server.a},{server.b} port=5000", listen s, watch s]
    ready: {listens: 5000}
  teller: {node: client, run: [sh, -c, 'echo "$HOME $LANG $SECRET"; read x; echo "got $x" >&2; exit 3'], ready: {line: ^/ }}
  client: {node: client}
  spinner: {node: client, run: [spinner, -c, "while :; do :; done"], call-time: 1ms}
timeline:
  - {after: server.ready, client: connectx, to: [server.a, server.b], expect: ok}
  - {after: teller.ready + 500ms, input: teller, line: some words}
until: 2s
expect:
  - {output: teller, line: "^/ C.UTF-8 $", count: 1}
  - {output: teller, line: "^got some words$", stream: stderr, count: 1}
  - {output: server, line: '"accept"', count: 1}
  - {exit: teller, status: 3}
"""

SCRIPT = """
export SECRET=1
pathlab run --kernel host --timeout 3000 /programs.yaml; echo "@@run $?"
echo given | pathlab exec --kernel host -i dual-path server -- sh -c 'read x; echo "got $x"; echo bad >&2; exit 7'; echo "@@exec $?"
pathlab exec --kernel host dual-path server -- sh -c 'read x || echo nothing; while read a b; do case $a in b:*) echo "has $a"; esac; done </proc/net/dev'
pathlab exec --kernel host dual-path client -- spinner -c 'kill -TERM $$'; echo "@@signal $?"
while read a b; do case $a in a:*|b:*) echo "@@left $a"; esac; done </proc/net/dev
for process in /proc/[0-9]*/comm; do read name <$process; [ "$name" != spinner ] || echo "@@left $name"; done
exit 0
"""


@pytest.mark.long
def test_programs_on_the_host_kernel(tmp_path):
    """Their output, readiness, input and end; a command's standard descriptors and status; nothing is left behind."""
    output = run_on_machine(tmp_path, "vm-6.12", SCRIPT, **{"programs.yaml": PROGRAMS})
    assert "1 scenario: 1 ok" in output and "@@run 0" in output, output
    assert "got given" in output and "bad" in output and "@@exec 7" in output, output
    assert "nothing" in output and "has b:" in output, output
    assert "@@signal 143" in output and "@@left" not in output and "@@status 0" in output, output
