# SPDX-License-Identifier: GPL-2.0-only
"""`--kernel host` on a kernel that has SCTP: the machine is a guest, so that every machine can run this test."""

import json

import lab

SCENARIOS = ("connect/two-paths", "connect/first-dead-blackhole", "connect/init-lost-once", "connect/refused-by-first")


MEMORY = """\
summary: A guest with more memory.
topology: direct
memory: 256MiB
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: status}
"""


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


def test_a_machine_has_the_memory_that_it_has(guest, tmp_path):
    program, file = lab.ROOT / "build/pathlab", lab.write_scenario(tmp_path, MEMORY)
    result = guest.script(f"{program} run --kernel host {file}; echo status $?\n")
    assert "it says how much memory its guest has, and this machine's own kernel is none" in result.console
    assert "0 ok, 1 skipped" in result.console and "status 0" in result.console


# The checkout, where nobody may read it, too: it may be in root's own folder.
OPEN = f"mkdir /dev/open; mount --bind {lab.ROOT} /dev/open\n"


def as_user(words):
    return f"setpriv --reuid 65534 --regid 65534 --clear-groups /dev/open/build/{words}; echo status $?\n"


def test_a_user_who_may_have_no_namespaces_is_told_before_anything_runs(guest):
    result = guest.script(
        OPEN + "echo 0 > /proc/sys/user/max_user_namespaces\n"
        + as_user(f"pathlab run --kernel host /dev/open/scenarios/{SCENARIOS[0]}.yaml")
        + as_user("pathlab kernel doctor host")
        + as_user("pathlab doctor")
    )
    # `doctor` ends with 0 where nobody may read the cache with the guests' kernels, too
    assert result.console.count("status 3") >= 2, result.console
    assert result.console.count("--kernel host needs a user namespace when it is not run as root, and this machine allows none (unshare: ENOSPC)") == 2
    assert result.console.count("`sysctl user.max_user_namespaces=1000`") == 3
    assert "not allowed: unshare: ENOSPC" in result.console and "VOID" not in result.console


def test_root_without_the_right_to_namespaces_is_told_too(guest):
    program, file = lab.ROOT / "build/pathlab", lab.ROOT / f"scenarios/{SCENARIOS[0]}.yaml"
    result = guest.script(f"setpriv --bounding-set=-sys_admin {program} run --kernel host {file}; echo status $?\n")
    assert "this machine allows none (unshare: EPERM): in a container, give it --cap-add=SYS_ADMIN" in result.console, result.console
    assert "status 3" in result.console
