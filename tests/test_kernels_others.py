# SPDX-License-Identifier: GPL-2.0-only
"""Other kernels than the default: a representative part on each of PATHLAB_KERNELS, and for the long tests everything on all.

`make kernels` makes those of KERNELS ready; a kernel that is named and absent is a failure, not a reason to skip.
"""

import json
import os
import subprocess
import sys

import pytest

from lab import ROOT, pathlab

KERNELS = os.environ.get("PATHLAB_KERNELS", "").split()
EVERY = ["uml-6.1", "vm-6.12", "vm-6.1"]
MEASURED = ROOT / "scenarios/errno/measured"

# A dead path at connect and later, a restart, each end of an association, options, ICMP, IPv6, traffic, a program; little virtual time.
PART = [
    "connect/two-paths",
    "connect/first-dead-blackhole",
    "connect/first-dead-link-down",
    "connect/cookie-echo-lost-once",
    "failover/primary-silent",
    "failover/primary-set-by-client",
    "failover/server-restarts",
    "failover/abort-lost",
    "failover/ipv4-to-ipv6-and-back",
    "errno/refused",
    "errno/icmp",
    "errno/listened-and-shut",
    "interop/python",
]

# Cells on which versions differ, and some on which they do not.
CELLS = [
    "errno/listened-and-shut:one-to-one,ipv4,blocking,lib,id,one",
    "errno/port-shared-device:ipv4,blocking,lib,id",
    "errno/port-shared/SO_REUSEADDR:ipv4,blocking",
    "errno/refused:ipv4,lib,id,one",
]


def run(kernel, *arguments, command="run", patience_s=600):
    return pathlab(command, "--kernel", kernel, "--timeout", "300", *arguments, patience_s=patience_s)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_part_is_as_expected(kernel):
    done = run(kernel, *PART)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(PART)} scenarios: {len(PART)} ok" in done.stdout


@pytest.mark.parametrize("kernel", KERNELS)
def test_cells_on_which_versions_differ(kernel):
    only = [word for cell in CELLS for word in ("--only", cell)]
    done = run(kernel, "errno", *only, "--format", "json", command="matrix")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    answers = {cell["name"]: cell["results"][0]["record"]["errno"] for cell in json.loads(done.stdout)["cells"] if cell["results"]}
    old = kernel.endswith("-6.1")
    assert answers["errno/port-shared-device:one-to-one,ipv4,blocking,lib,id,same"] == ("EADDRNOTAVAIL" if old else None)
    assert answers["errno/listened-and-shut:one-to-one,ipv4,blocking,lib,id,one"] == ("EISCONN" if old else None)


def columns():
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(MEASURED.glob("*.json"))}


def test_columns_are_of_runs_that_were_as_expected():
    for name, column in columns().items():
        assert column["kernel"] == name and name in EVERY
        assert column["failed"] == column["void"] == 0 and column["rows"]


@pytest.mark.long
@pytest.mark.parametrize("kernel", EVERY)
def test_every_scenario(kernel):
    done = run(kernel, "scenarios", patience_s=3600)
    assert done.returncode == 0, done.stdout + done.stderr


def apart(one_ms, other_ms):
    """As ns_apart() of lab/common/ns.c: other times than timers make."""
    low, high = sorted((one_ms, other_ms))
    return high - low > 100 and high - low > low / 4


@pytest.mark.long
@pytest.mark.parametrize("kernel", EVERY)
def test_every_cell_and_its_column(kernel):
    done = run(kernel, "errno", "--format", "rows", command="matrix", patience_s=7200)
    assert done.returncode == 0, done.stderr
    made, kept = json.loads(done.stdout), columns()[kernel]
    assert made["failed"] == 0 and made["runs"] == kept["runs"]
    assert [row["row"] for row in made["rows"]] == [row["row"] for row in kept["rows"]]
    for row, old in zip(made["rows"], kept["rows"]):
        for key in ("answers", "second"):
            assert [rule[:2] for rule in row[key]] == [rule[:2] for rule in old[key]], f"{row['row']}: make measured KERNELS={kernel}"
            for rule, before in zip(row[key], old[key]):
                assert not apart(rule[2], before[2]) and not apart(rule[3], before[3]), row["row"]


@pytest.mark.long
def test_guests_are_faithful(tmp_path):
    """The tool fails when an outcome differs, or a time for no known reason; its page has the committed one's scenarios."""
    tool = [sys.executable, ROOT / "bench/fidelity.py", "--keep", tmp_path]
    done = subprocess.run(tool, capture_output=True, text=True, timeout=7200, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr

    def scenarios(page):
        return [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ") and "/" in line.split(" | ")[0]]

    assert scenarios(done.stdout) == scenarios((ROOT / "docs/fidelity.md").read_text(encoding="utf-8")), "make fidelity"
