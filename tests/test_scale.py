# SPDX-License-Identifier: GPL-2.0-only
"""docs/scale.md: its commands do what it says, with fewer seeds, and with folders in the place of machines."""

import re
import subprocess

import pytest

import lab

TEXT = (lab.ROOT / "docs/scale.md").read_text()
TABLES = ("results.csv", "results.json")

# What ssh(1) does with "ssh [-l USER] NAME [--] COMMAND...", with a folder of that name as the home of the machine.
SSH = """\
#!/bin/sh
while [ "${1#-}" != "$1" ]; do [ "$1" != -l ] || shift; shift; done
name=$1
shift
[ "$1" != -- ] || shift
echo "$name" >>'%(folder)s/used'
mkdir -p '%(folder)s/home/'"$name"
cd '%(folder)s/home/'"$name" && HOME=$PWD exec sh -c "$*"
"""


def blocks(section, language="sh"):
    """The commands of a section, for one seed."""
    text = TEXT.split(f"\n## {section}\n")[1].split("\n## ")[0] if section else TEXT.split("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [block.replace("--seeds 1..100", "--seeds 3 --vary rto-min=200ms,1s") for block in found]


@pytest.fixture
def shell(tmp_path):
    """Runs commands in a folder, where pathlab is found and machines are folders."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(SSH % {"folder": tmp_path})
    (tmp_path / "bin/ssh").chmod(0o755)
    (tmp_path / "here").mkdir()

    def run(commands, **changes):
        env = lab.environment(HOME=str(tmp_path), **changes)
        env["PATH"] = f"{tmp_path}/bin:{lab.BUILD}:{env['PATH']}"
        env["PARALLEL_SSH"] = str(tmp_path / "bin/ssh")
        done = subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path / "here", env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=lab.PATIENCE_S)
        assert done.returncode == 0, (commands, done.stdout, done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    done = lab.pathlab("sweep", "failover/tuned", "--seeds", "3", "--vary", "rto-min=200ms,1s", "-o", folder)
    assert done.returncode == 0, done.stderr
    return [(folder / name).read_bytes() for name in TABLES]


def check(tmp_path, whole):
    assert [(tmp_path / "here/tuned" / name).read_bytes() for name in TABLES] == whole


def test_one_machine(tmp_path, shell, whole):
    (commands,) = blocks("")
    shell(commands)
    check(tmp_path, whole)
    assert (tmp_path / "here/outage.svg").read_text().startswith("<?xml")


def test_parallel(tmp_path, shell, whole):
    here, *_ = blocks("GNU parallel")
    shell(here)
    check(tmp_path, whole)


# What runs where and is brought back is GNU parallel's own doing: its remote jobs belong to `make test-all`.
@pytest.mark.long
@pytest.mark.parametrize("which, home", [(1, ".."), (2, None), (3, "..")], ids=["shared", "apart", "parts"])
def test_parallel_on_machines(tmp_path, shell, whole, which, home):
    here, *others = blocks("GNU parallel")
    shell(here.splitlines()[0])
    (tmp_path / "home").mkdir()
    for machine in ("one", "two") if home else ():
        (tmp_path / "home" / machine).symlink_to(home)
    shell(others[which - 1])
    check(tmp_path, whole)
    assert set((tmp_path / "used").read_text().split()) == {"one", "two"}
    assert not list((tmp_path / "home").rglob("*.jsonl")), "something was left on a machine"


def test_slurm(tmp_path, shell, whole):
    (job,) = blocks("Slurm", "slurm")
    (merge,) = blocks("Slurm")
    (tasks,) = re.findall(r"^#SBATCH --array=1-(\d+)$", job, re.MULTILINE)
    assert int(tasks) > 1
    for task in (1, 2, 3):
        shell(job, SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_COUNT="3", SLURM_CPUS_PER_TASK="2")
    shell(merge)
    check(tmp_path, whole)
