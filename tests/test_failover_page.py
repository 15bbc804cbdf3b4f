# SPDX-License-Identifier: GPL-2.0-only
"""docs/failover.md: each table and each picture on it is what the command above it gives."""

import re
import subprocess

import pytest

import lab

PAGE = lab.ROOT / "docs/failover.md"
BLOCKS = re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```\n(?:\n!\[[^]]*\]\((.*?)\))?", PAGE.read_text(), re.DOTALL)


def name_of(command):
    return (re.search(r"-o pathlab-sweep/(\S+)", command) or re.search(r"sweep failover/(\S+)", command)).group(1)


# Ten runs each; the others, of up to 200 runs, belong to `make test-all`.
CASES = [
    pytest.param(*block, id=name_of(block[0]), marks=() if name_of(block[0]).startswith("choice") else pytest.mark.long)
    for block in BLOCKS
]


def test_every_block_is_a_command_and_its_table():
    text = PAGE.read_text()
    assert text.count("```sh") == len(BLOCKS) >= 10
    assert text.count("![") == sum(1 for _, _, picture in BLOCKS if picture) >= 5
    for command, _, picture in BLOCKS:
        assert bool(picture) == ("--plot" in command)
        assert not picture or f"--plot docs/{picture}" in command


def test_named_scenarios_exist():
    named = set(re.findall(r"`(failover/[a-z-]+)`", PAGE.read_text()))
    assert named and named <= set(lab.scenario_names())


@pytest.mark.parametrize("command, table, picture", CASES)
def test_block(tmp_path, command, table, picture):
    (tmp_path / "docs/figures").mkdir(parents=True)
    environment = lab.environment()
    environment["PATH"] = f"{lab.BUILD}:{environment['PATH']}"
    done = subprocess.run(["sh", "-e", "-c", command], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert f"\n\n{table}\n" in done.stdout
    if picture:
        assert (tmp_path / "docs" / picture).read_bytes() == (PAGE.parent / picture).read_bytes()
