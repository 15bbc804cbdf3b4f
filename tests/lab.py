# SPDX-License-Identifier: GPL-2.0-only
"""Running the laboratory from tests: the programs, a run as a dictionary, other first processes for a guest."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("PATHLAB_BUILD", "build")
PATHLAB = str(BUILD / "pathlab")

# Real time that any single run here may take; far above what it needs, so that only a hang reaches it.
PATIENCE_S = 300

# One of how many cases is run, of what runs the same code many times over: see conftest.py.
SAMPLE = int(os.environ.get("PATHLAB_SAMPLE", "1"))


def environment(**changes):
    """The environment of a run: the caller's, without what would make output depend on it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PATHLAB_") or k == "PATHLAB_CACHE"}
    env.update(NO_COLOR="1", **changes)
    return env


def pathlab(*arguments, cwd=None, patience_s=PATIENCE_S, **changes):
    """Runs pathlab and gives back the finished process, with its output as text."""
    return subprocess.run(
        [PATHLAB, *map(str, arguments)],
        cwd=cwd or ROOT,
        env=environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience_s,
    )


def run_json(*arguments, **changes):
    """`pathlab run --format json`: (exit status, document)."""
    done = pathlab("run", "--format", "json", *arguments, **changes)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


# What starts a compiler and a virtual machine takes seconds: once, in a test that is long.
HEAVY_SCENARIOS = ["interop/java"]


def scenario_names():
    """The names of all scenarios that are shipped but the heavy ones; errnos.yaml is a table beside them."""
    folder = ROOT / "scenarios"
    files = (path for path in folder.rglob("*.yaml") if path.name != "errnos.yaml")
    names = sorted(str(path.relative_to(folder).with_suffix("")) for path in files)
    return [name for name in names if name not in HEAVY_SCENARIOS]


def write_scenario(folder, text, name="scenario.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def other_agent(folder, source):
    """A folder of programs in which the guest's first process is tests/programs/SOURCE, compiled static."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "pathlab-preload.so").symlink_to(BUILD / "pathlab-preload.so")
    (programs / "guest").symlink_to(BUILD / "guest")
    subprocess.run(
        ["gcc", "-O1", "-D_GNU_SOURCE", "-static", "-Wall", "-Werror", "-o", programs / "pathlab-agent", ROOT / "tests/programs" / source],
        check=True,
    )
    return str(programs)


def copy_guest(folder, name="uml-6.12"):
    """The kernel of that name below another folder of guests, without the objects it was linked from."""
    return shutil.copytree(BUILD / "guest" / name, folder / name, ignore=shutil.ignore_patterns("objects"))


def new_seed():
    """A seed that no other run on this machine has: it marks a run's processes."""
    return random.SystemRandom().randrange(1 << 40, 1 << 62)


def processes_of(seed):
    """Process ids that carry the seed in their environment: a guest and all that it started."""
    mark = f"PATHLAB_SEED={seed}\0".encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if mark in file.read():
                    found.append(int(entry))
        except OSError:
            pass  # it ended meanwhile, or belongs to somebody else
    return found


def wait_until_gone(seed, seconds=5.0):
    """Until no process carries that seed any more."""
    end = time.monotonic() + seconds
    while processes_of(seed):
        assert time.monotonic() < end, f"still running: {processes_of(seed)}"
        time.sleep(0.01)
