# SPDX-License-Identifier: GPL-2.0-only
"""A guest kernel for one test: boots in milliseconds, runs a shell script, and is gone."""

import json
import os
import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("PATHLAB_BUILD", "build")
CCLIENT = str(BUILD / "cclient")
INIT_SOURCE = ROOT / "tests" / "guest_init.c"

# Real time that a guest may take, far above what any needs: only a hang reaches it. A guest's own
# time is virtual: an hour of it costs nothing.
PATIENCE_S = 60


class Result:
    """What a script printed and how it ended."""

    def __init__(self, console, status):
        self.console = console
        self.status = status
        # The JSON lines of the output, in order.
        self.lines = [json.loads(line) for line in console.splitlines() if line.startswith("{")]

    def of(self, endpoint):
        """The JSON lines of one endpoint (cclient --name)."""
        return [line for line in self.lines if line.get("endpoint") == endpoint]


def program(name):
    """A built program or the guest's kernel, from this build or the ordinary one."""
    for folder in (BUILD, ROOT / "build"):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is not built; run make in {ROOT}")


def compile_init(folder):
    """The first process of guests."""
    init = folder / "init"
    subprocess.run(["gcc", "-O1", "-static", "-Wall", "-Werror", "-o", init, INIT_SOURCE], check=True)
    return init


class Guest:
    """Runs scripts, each in a kernel of its own."""

    def __init__(self, folder, init):
        self.folder = folder
        self.init = init
        self.count = 0


    def script(self, text, *kernel_words, patience_s=PATIENCE_S):
        """Runs a shell script in a fresh guest. Loopback has 192.0.2.1-4 and 2001:db8::1-4."""
        self.count += 1
        script = self.folder / f"script-{self.count}.sh"
        script.write_text(text, encoding="utf-8")
        # The kernel's command line is part of its randomness: it is always the same, and what differs
        # comes through descriptors (8 is /.pathlab.plan in the guest).
        command = [
            "sh", "-c", 'exec 8< "$1" 9< "$2"; shift 2; exec env -i "$@"', "sh", script, self.init,
            "PATHLAB_SEED=1", f"LD_PRELOAD={program('pathlab-preload.so')}", program("guest/uml-6.12/linux"),
            "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "init=/proc/self/fd/9", "uml_dir=/dev/null",
            "con=null", "con0=fd:0,fd:1", "ssl=null", "time-travel=inf-cpu", "time-travel-start=1000000000", "mem=96M",
            "quiet", *kernel_words,
        ]  # fmt: skip
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience_s)
        except subprocess.TimeoutExpired as late:
            console = (late.stdout or b"").decode(errors="replace")
            raise AssertionError(f"the guest made no end within {patience_s} s; its console:\n{console}") from None
        console = done.stdout.decode(errors="replace").replace("\r", "")
        ended = re.search(r"^@@exit (\d+)$", console, re.MULTILINE)
        assert ended, f"the guest died; its console:\n{console}\n{done.stderr.decode(errors='replace')}"
        return Result(console[: ended.start()], int(ended.group(1)))

    def cclient(self, commands, *options, status=0):
        """Runs one cclient with these commands (a text, one a line); gives back its lines."""
        self.count += 1
        file = self.folder / f"commands-{self.count}"
        file.write_text(commands, encoding="utf-8")
        words = shlex.join([CCLIENT, *options])
        done = self.script(f"exec {words} --json --epoch 0 < {file}")
        assert done.status == status, done.console
        return done.lines
