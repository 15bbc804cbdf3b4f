# SPDX-License-Identifier: GPL-2.0-only
"""Several kernels side by side, and the kernels that `pathlab kernel` lists, builds and looks at."""

import json
import re

import pytest

from lab import BUILD, pathlab

GUEST = (BUILD / "guest/uml-6.12").resolve()

@pytest.fixture
def guests(tmp_path):
    """A folder with two kernels of one's own, which are the same program, and a third that panics at once."""
    folder = tmp_path / "guests"
    for name in ("one", "other"):
        (folder / name).mkdir(parents=True)
        (folder / name / "linux").symlink_to(GUEST / "linux")
        (folder / name / "info").symlink_to(GUEST / "info")
    (folder / "broken").mkdir()
    broken = folder / "broken/linux"
    broken.write_text("#!/bin/sh\necho 'Kernel panic - not syncing: for a test'\n")
    broken.chmod(0o755)
    return folder


def run(guests, *arguments, **changes):
    return pathlab("run", *arguments, PATHLAB_GUESTS=str(guests), **changes)


def test_kernels_stand_side_by_side(guests):
    done = run(guests, "-k", "one", "-k", "other", "connect/one-path", "connect/two-paths")
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert lines[0].split() == ["one", "other"]
    # the header stands over the verdicts of its kernel
    for row in lines[1:3]:
        assert [m.start() for m in re.finditer(r"\bok\b", row)] == [lines[0].index("one"), lines[0].index("other")]
    assert lines[1].startswith("connect/one-path") and lines[2].startswith("connect/two-paths")
    assert lines[3:5] == ["one    2 scenarios: 2 ok", "other  2 scenarios: 2 ok"]
    assert lines[5].startswith("No difference between the kernels; ")


def test_a_difference_is_marked(guests):
    done = run(guests, "-k", "one", "-k", "broken", "-k", "other", "-j3", "connect/one-path")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert re.search(r"one-path +ok +connected at once, primary server.a +\* FAIL +the guest.s kernel failed +ok +connected", lines[1])
    assert lines[2] == "  on broken"
    assert any("Kernel panic - not syncing: for a test" in line for line in lines)
    assert any(line.startswith("broken  1 scenario: 0 ok, 1 failed") for line in lines)
    assert lines[-1].startswith("1 of 1 went otherwise than on one, marked *; ")


def test_jobs_do_not_change_the_order(guests):
    texts = set()
    for jobs in ("1", "4"):
        done = run(guests, "-k", "one", "-k", "other", "-j", jobs, "connect/one-path", "connect/two-paths", "connect/four-paths")
        texts.add(re.sub(r"; .* of virtual time.*", "", done.stdout))
    assert len(texts) == 1


@pytest.mark.parametrize("form", ["json", "tap", "junit"])
def test_other_formats_name_the_kernel_of_each_run(guests, form):
    done = run(guests, "-k", "one", "-k", "other", "--format", form, "connect/one-path")
    assert done.returncode == 0
    if form == "json":
        report = json.loads(done.stdout)
        assert [(r["name"], r["kernel"]) for r in report["runs"]] == [("connect/one-path", "one"), ("connect/one-path", "other")]
        assert report["totals"]["kernels"]["other"] == {"runs": 1, "passed": 1, "failed": 0, "void": 0}
        assert "--kernel other" in report["runs"][1]["replay"]
    elif form == "tap":
        assert "1..2" in done.stdout
        assert "ok 1 - connect/one-path on one\n" in done.stdout and "ok 2 - connect/one-path on other\n" in done.stdout
    else:
        assert 'name="one-path on one"' in done.stdout and 'name="one-path on other"' in done.stdout
        assert 'tests="2"' in done.stdout


def test_one_kernel_has_no_columns(guests):
    done = run(guests, "-k", "other", "connect/one-path")
    assert done.stdout.startswith("ok    connect/one-path")
    assert json.loads(run(guests, "-k", "other", "--format", "json", "connect/one-path").stdout)["totals"].get("kernels") is None


def test_runs_of_several_kernels_are_kept_apart(guests, tmp_path):
    done = run(guests, "-k", "one", "-k", "other", "--keep", str(tmp_path / "kept"), "connect/one-path")
    assert done.returncode == 0
    for name in ("one", "other"):
        facts = json.loads((tmp_path / "kept" / name / "connect/one-path/facts.json").read_text())
        assert facts["kernel"] == name


@pytest.mark.parametrize(
    "names, sentence",
    [
        (["one", "one"], '--kernel names "one" twice'),
        (["one", "oter"], 'no kernel is called "oter"'),
        (["n" * 300], "no kernel has a name as long as"),
        ([f"k{i}" for i in range(17)], "more than 16 kernels"),
    ],
)
def test_wrong_kernels_are_refused_before_anything_runs(guests, names, sentence):
    done = run(guests, *(f"--kernel={name}" for name in names), "connect/one-path")
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr and done.stderr.count("\n") == 1
