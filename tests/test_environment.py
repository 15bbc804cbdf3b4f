# SPDX-License-Identifier: GPL-2.0-only
"""What is missing on a machine is said in a sentence with its cure, and nothing is left half done."""

import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

import lab

SCENARIO = """
summary: Nothing much.
topology: direct
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: status}
"""


@pytest.fixture(name="scenario")
def fixture_scenario(tmp_path):
    return lab.write_scenario(tmp_path, SCENARIO)


def test_no_such_kernel(scenario):
    done = lab.pathlab("run", "--kernel", "uml-6.21", scenario)
    assert done.returncode == 2
    assert 'no kernel is called "uml-6.21"' in done.stderr
    assert 'did you mean "uml-6.12"?' in done.stderr


def test_guest_not_built(scenario, tmp_path):
    done = lab.pathlab("run", scenario, PATHLAB_GUESTS=str(tmp_path / "none"))
    assert done.returncode == 3
    assert "the guest kernel uml-6.12 is not built" in done.stderr
    assert "`pathlab kernel build uml-6.12`" in done.stderr


def test_programs_missing(scenario, tmp_path):
    (tmp_path / "guest").symlink_to(lab.BUILD / "guest")
    done = lab.pathlab("run", scenario, PATHLAB_PROGRAMS=str(tmp_path))
    assert done.returncode == 3
    assert "pathlab-preload.so is missing" in done.stderr and "`make programs`" in done.stderr


def has_sctp():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def test_a_kernel_without_sctp(scenario):
    """On a machine whose kernel has SCTP there is nothing to say, and the scenario runs."""
    done = lab.pathlab("run", "--kernel", "host", scenario)
    if has_sctp():
        assert "SCTP" not in done.stderr
        return
    assert done.returncode == 3
    assert "this machine's kernel has no SCTP" in done.stderr
    assert "modprobe sctp" in done.stderr and "--kernel uml-6.12" in done.stderr


def as_nobody():
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def test_no_permission_on_the_output_folder(tmp_path_factory):
    """The folder belongs to somebody else; root, to whom nothing is refused, becomes nobody first."""
    folder = pathlib.Path("/tmp") / tmp_path_factory.mktemp("locked").name
    folder.mkdir(mode=0o755)
    try:
        scenario = lab.write_scenario(folder, SCENARIO)
        if os.geteuid() != 0:
            folder.chmod(0o555)
        programs = copy_of_programs(folder) if os.geteuid() == 0 else str(lab.BUILD)
        data = programs if os.geteuid() == 0 else str(lab.ROOT)
        done = subprocess.run(
            [programs + "/pathlab", "run", str(scenario), "--keep", str(folder / "kept")],
            env=lab.environment(PATHLAB_PROGRAMS=programs, PATHLAB_DATA=data),
            preexec_fn=as_nobody,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=lab.PATIENCE_S,
            check=False,
        )
        assert done.returncode == 3, done.stdout + done.stderr
        assert f"cannot make the folder {folder}/kept: Permission denied" in done.stdout + done.stderr
        assert "kept in" not in done.stdout
        assert not (folder / "kept").exists()
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def copy_of_programs(folder):
    """The programs where every user can read them, and not only who may enter this checkout."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("pathlab", "pathlab-agent", "pathlab-preload.so"):
        shutil.copy(lab.BUILD / name, programs / name)
    lab.copy_guest(programs / "guest")
    shutil.copytree(lab.ROOT / "topologies", programs / "topologies")
    (programs / "scenarios").mkdir()
    return str(programs)


SMALL_DISK = """
mount -t tmpfs -o size=64k none "$1" && cd "$1" && shift && exec "$@"
"""


def test_no_space_left(scenario, tmp_path):
    """A disk of 64 KiB in a mount namespace of the test's own; the run writes more than that."""
    disk = tmp_path / "disk"
    disk.mkdir()
    text = SCENARIO.replace("bind: [client.a]", "bind: [client.a], port: 6000, listen: true")
    text += "".join(f"  - {{at: {i}ms, client: paths}}\n" for i in range(1, 400))
    scenario.write_text(text, encoding="utf-8")
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    done = subprocess.run(
        unshare + ["sh", "-c", SMALL_DISK, "sh", str(disk), lab.PATHLAB, "run", str(scenario), "--keep", "kept"],
        env=lab.environment(),
        capture_output=True,
        text=True,
        timeout=lab.PATIENCE_S,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "no space left" in (done.stdout + done.stderr).lower()
    assert not os.listdir(disk)


# Of 1 MiB 8 KiB are free, then all but what the first run wrote.
FULL_AT_FIRST = """
mount -t tmpfs -o size=1024k none "$1" && cd "$1" && head -c 1040384 /dev/zero >ballast && shift
"$@"; echo "status $?"
rm ballast && "$@"; echo "status $?"
"""


def test_a_sweep_on_a_full_disk_ends_and_goes_on_when_there_is_room(scenario, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    scenario.write_text(SCENARIO.replace("0s, client", "$wait, client") + "parameters: {wait: 0s}\nsweep: {wait: [0s, 1s], seed: 1..40}\n")
    done = subprocess.run(
        unshare + ["sh", "-c", FULL_AT_FIRST, "sh", str(disk), lab.PATHLAB, "sweep", str(scenario), "-j1", "-o", "out"],
        env=lab.environment(), capture_output=True, text=True, timeout=lab.PATIENCE_S, check=False,
    )  # fmt: skip
    first, second = done.stdout.split("status 3\n")
    assert done.stderr.count("pathlab sweep: cannot write out/results.jsonl: No space left on device\n") == 1, done.stderr
    count = int(re.search(r"^80 points: (\d+) ok, (\d+) not done", first, re.MULTILINE)[1])
    assert 0 < count < 79
    assert f"{count} of 80 points were already there" in second and "80 points: 80 ok" in second and "status 0" in second
