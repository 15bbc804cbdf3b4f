# SPDX-License-Identifier: GPL-2.0-only
"""A sweep to test with, and what reads its results."""

import csv
import json
import shutil

import pytest

import lab

SCENARIO = """\
summary: A message every 50 ms, and a path that is silent for a while.
topology:
  nodes: {client: {}, server: {}}
  links: {a: {between: [client, server], ipv4: 192.0.2.0/28, delay: $delay, loss: $loss}}
parameters: {delay: 10ms, loss: 0%, heal: 5s}
sweep: {delay: [10ms, 200ms], heal: [5s, 6s], seed: 1..3}
endpoints:
  server: {node: server, port: 5000, listen: true}
  client: {node: client, options: {SCTP_NODELAY: 1}}
timeline:
  - {at: 0s, client: connectx, to: server.a, expect: ok}
  - {at: 3s, client: send, size: 100B, every: 50ms, for: 2s}
  - {at: 4s, fault: blackhole, link: a}
  - {at: $heal, heal: a}
expect:
  - {delivered: all, in-order: true}
"""
POINTS = 12
TABLES = ("results.csv", "results.json")


@pytest.fixture
def scenario(tmp_path):
    return lab.write_scenario(tmp_path, SCENARIO, "silence.yaml")


def sweep(*arguments, expected=0, **changes):
    done = lab.pathlab("sweep", *arguments, **changes)
    assert done.returncode == expected, (done.stdout, done.stderr)
    return done


def tables(folder):
    return [(folder / name).read_bytes() for name in TABLES]


def rows(folder):
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The results of a sweep that nothing disturbed, made once."""
    folder = tmp_path_factory.mktemp("sweep")
    sweep(lab.write_scenario(folder, SCENARIO, "silence.yaml"), "-o", folder / "whole")
    return folder / "whole"


@pytest.fixture
def whole(tmp_path, undisturbed):
    """A copy of them, to be changed."""
    return shutil.copytree(undisturbed, tmp_path / "whole")
