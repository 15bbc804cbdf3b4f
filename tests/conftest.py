# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures for all tests."""

import pytest

from guest import Guest, compile_init


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes long, or tests other programs more than ours; in make test-all only")


@pytest.fixture(scope="session")
def guest_init(tmp_path_factory):
    """The program that is a guest's first process."""
    return compile_init(tmp_path_factory.mktemp("init"))


@pytest.fixture
def guest(tmp_path, guest_init):
    """Runs scripts and cclient commands in guests of their own."""
    return Guest(tmp_path, guest_init)
