# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures for all tests, and which are run."""

import collections
import zlib

import pytest

from guest import Guest, compile_init
from lab import ROOT, SAMPLE

# With more cases than this, PATHLAB_SAMPLE thins a test out.
FEW = 4


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes long, or tests other programs more than ours; in make test-all only")


@pytest.hookimpl(trylast=True)  # after -k and -m
def pytest_collection_modifyitems(config, items):
    """PATHLAB_SAMPLE=N: one of N cases of each test that has many, by a digest of their names: the same ones every time."""
    tests = collections.defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    chosen = set()
    for cases in tests.values():
        count = max(FEW, -(-len(cases) // SAMPLE)) if SAMPLE > 1 else len(cases)
        chosen.update(sorted(cases, key=lambda item: (zlib.crc32(item.nodeid.encode()), item.nodeid))[:count])
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


@pytest.fixture(scope="session", autouse=True)
def fixture_nothing_of_a_run_stays_in_the_checkout():
    """Runs go where they are told to, or into the folder that a test is in."""
    before = set(ROOT.iterdir())
    yield
    assert not {path.name for path in set(ROOT.iterdir()) - before if path.name.startswith("pathlab-")}


@pytest.fixture(scope="session")
def guest_init(tmp_path_factory):
    """The program that is a guest's first process."""
    return compile_init(tmp_path_factory.mktemp("init"))


@pytest.fixture
def guest(tmp_path, guest_init):
    """Runs scripts and cclient commands in guests of their own."""
    return Guest(tmp_path, guest_init)
