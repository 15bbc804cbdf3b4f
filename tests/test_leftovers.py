# SPDX-License-Identifier: GPL-2.0-only
"""Whatever ends the laboratory, nothing of a run is left behind."""

import contextlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time

import pytest

import lab

# A hundred kills in all; a second pass over the suite, with other builds of the programs, may ask for fewer.
KILLS = int(os.environ.get("PATHLAB_KILLS", "50"))
FOLDERS = [pathlib.Path("/tmp"), pathlib.Path("/dev/shm"), pathlib.Path.home() / ".uml", pathlib.Path("/run/netns")]


def names_in(folder):
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def traces():
    """What a run could leave on this machine besides processes."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    interfaces = names_in(pathlib.Path("/sys/class/net"))
    return {"mounts": mounts, "interfaces": interfaces}


def wait_for_guest(seed, process, seconds=10.0):
    """The guest's first process on the host, once there is one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        children = lab.processes_of(seed)
        if children:
            return min(children)
    return None


# Each version of User-Mode Linux traces its processes in its own way.
GUESTS = ["uml-6.12", *(name for name in os.environ.get("PATHLAB_KERNELS", "").split() if name.startswith("uml-"))]


def start(seed, folder, kernel="uml-6.12"):
    return subprocess.Popen(
        [lab.PATHLAB, "run", "scenarios", "-j2", "--kernel", kernel, "--seed", str(seed)],
        cwd=lab.ROOT,
        env=lab.environment(TMPDIR=str(folder), HOME=str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture(name="scratch")
def fixture_scratch():
    """TMPDIR and HOME of the runs, and a check that they stay empty."""
    with tempfile.TemporaryDirectory() as folder:
        before = traces()
        yield pathlib.Path(folder)
        assert not names_in(pathlib.Path(folder))
        assert traces() == before


def pathlab_files():
    """Names in shared folders that could be ours."""
    words = ("pathlab", "uml", "vm_file")
    return {(str(f), name) for f in FOLDERS for name in names_in(f) if any(word in name.lower() for word in words)}


@pytest.mark.parametrize("kernel", GUESTS)
@pytest.mark.parametrize("how", ["pathlab", "guest"])
def test_kill_9_at_random_moments(how, kernel, scratch):
    before = pathlab_files()
    moments = random.Random(42)
    for _ in range(KILLS):
        seed = lab.new_seed()
        process = start(seed, scratch, kernel)
        time.sleep(moments.uniform(0.0, 0.25))
        if how == "pathlab":
            process.kill()
        else:
            guest = wait_for_guest(seed, process)
            # Where it had ended by itself a moment ago there is nothing to kill.
            if guest:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(guest, signal.SIGKILL)
            time.sleep(moments.uniform(0.0, 0.05))
            process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        lab.wait_until_gone(seed)
    assert pathlab_files() - before == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_run_cleanly(number, scratch):
    seed = lab.new_seed()
    process = start(seed, scratch)
    assert wait_for_guest(seed, process)
    process.send_signal(number)
    assert process.wait(timeout=30) == 3
    lab.wait_until_gone(seed)


WAITS = """
summary: Waits for hours.
topology: direct
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: status}
until: 200h
limit: 400h
"""

# With so many user namespaces below, and without the rights that PID namespaces need unless there is one.
LIMITED = 'echo $0 > /proc/sys/user/max_user_namespaces; exec "$@"'
ORDINARY = ["setpriv", "--bounding-set=-sys_admin"]


@pytest.mark.parametrize("rights, users, alone", [([], 0, True), (ORDINARY, 9, True), (ORDINARY, 0, False)], ids=["root", "user", "neither"])
def test_a_guest_is_the_first_process_of_its_namespace_where_that_is_allowed(tmp_path, rights, users, alone):
    file = lab.write_scenario(tmp_path, WAITS.replace("200h", "40h"))
    seed = lab.new_seed()
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", LIMITED, str(users), *rights]
    process = subprocess.Popen([*command, lab.PATHLAB, "run", "--seed", str(seed), file], env=lab.environment(), stdout=subprocess.PIPE, text=True)
    guest = wait_for_guest(seed, process)
    assert guest, process.communicate()[0]
    status = pathlib.Path(f"/proc/{guest}/status").read_text(encoding="utf-8")
    numbers = re.search(r"^NSpid:\s+(.*)$", status, re.M)[1].split()
    output, _ = process.communicate(timeout=lab.PATIENCE_S)
    assert process.returncode == 0 and "1 ok" in output, output
    assert (numbers[-1] == "1") == alone, numbers


def test_a_killed_guest_fails_its_scenario_and_the_others_go_on(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        lab.write_scenario(tmp_path, WAITS, name)
    seed = lab.new_seed()
    process = subprocess.Popen(
        [lab.PATHLAB, "run", "--format", "json", "--seed", str(seed), str(tmp_path)],
        env=lab.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    guest = wait_for_guest(seed, process)
    time.sleep(0.5)  # past the boot: the run has begun
    os.kill(guest, signal.SIGKILL)
    output, _ = process.communicate(timeout=lab.PATIENCE_S)
    lab.wait_until_gone(seed)
    assert process.returncode == 1
    killed, other = json.loads(output)["runs"]
    assert killed["verdict"] == "fail" and "SIGKILL" in killed["outcome"], killed
    assert other["verdict"] == "pass", other
