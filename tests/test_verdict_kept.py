# SPDX-License-Identifier: GPL-2.0-only
"""A kept run, judged again, gets the verdict it got when it ran."""

import json

import lab
import pytest

FAILS = """
summary: What is expected here is wrong.
topology: direct
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: connectx, to: [server.a], port: 5000, expect: EINVAL}
"""


def test_a_kept_run_gets_the_same_verdict_again(tmp_path):
    (tmp_path / "mine").mkdir()
    scenario = lab.write_scenario(tmp_path / "mine", FAILS)
    status, ran = lab.run_json("--keep", tmp_path / "kept", "-j2", "connect", scenario)
    done = lab.pathlab("verdict", "--format", "json", tmp_path / "kept")
    assert status == done.returncode == 1
    again = {run["name"]: run for run in json.loads(done.stdout)["runs"]}
    assert len(again) == len(ran["runs"]) > 1
    for run in ran["runs"]:
        for key in ("verdict", "outcome", "problems", "virtual_ns", "file", "kernel", "seed", "replay", "summary"):
            assert again[run["name"]][key] == run[key], key


@pytest.mark.parametrize("format_", ["human", "tap", "junit"])
def test_runs_of_several_kernels_are_told_apart(tmp_path, format_):
    """The same kernel under two names; each alone needs none."""
    for name in ("uml-6.12", "mine"):
        (tmp_path / name).symlink_to(lab.BUILD / "guest" / "uml-6.12")
    names = ["--kernel", "uml-6.12", "--kernel", "mine", "connect/one-path", "connect/two-paths"]
    lab.pathlab("run", *names, "--keep", tmp_path / "kept", PATHLAB_GUESTS=str(tmp_path))
    done = lab.pathlab("verdict", "--format", format_, tmp_path / "kept")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("one-path", "two-paths"):
        for kernel in ("uml-6.12", "mine"):
            assert f"{name} on {kernel}" in done.stdout
    alone = lab.pathlab("verdict", "--format", format_, tmp_path / "kept" / "mine").stdout
    assert "one-path" in alone and "one-path on " not in alone


def test_results_come_in_the_order_of_the_scenarios(tmp_path):
    """With -j2 short runs end before long ones that began earlier."""
    orders = []
    for jobs in ("1", "2"):
        _, document = lab.run_json("-j", jobs, "connect")
        orders.append([run["name"] for run in document["runs"]])
    assert orders[0] == orders[1] == sorted(orders[0])
