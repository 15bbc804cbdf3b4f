# SPDX-License-Identifier: GPL-2.0-only
"""`--kernel host` on a kernel that has SCTP: the machine is a guest, so that every machine can run this test."""

import json

import lab

SCENARIOS = ("connect/two-paths", "connect/first-dead-blackhole", "connect/init-lost-once", "connect/refused-by-first")


def test_scenarios_run_on_the_machine_itself(guest):
    # AddressSanitizer's map does not fit into a guest: there the ordinary build runs.
    program = lab.ROOT / "build/pathlab"
    files = " ".join(str(lab.ROOT / f"scenarios/{name}.yaml") for name in SCENARIOS)
    before = "ls /sys/class/net 2>/dev/null; ls /run/netns 2>/dev/null; cat /proc/net/dev | wc -l; cat /proc/mounts | wc -l"
    result = guest.script(
        f"({before}) > /dev/before\n"
        f"{program} run --kernel host --format json {files} > /dev/result; echo status $?\n"
        f"({before}) | cmp - /dev/before && echo untouched\n"
        "tr -d '\\n' < /dev/result; echo\n"
    )
    assert "status 0" in result.console and "untouched" in result.console, result.console
    document = json.loads(result.console[result.console.index("{") :].strip())
    assert [run["verdict"] for run in document["runs"]] == ["pass"] * len(SCENARIOS)
    assert {run["kernel"] for run in document["runs"]} == {"host"}
