# SPDX-License-Identifier: GPL-2.0-only
"""The variant debug: nothing is found where nothing is wrong, and mistakes made on purpose are, by name and with their trace."""

import os
import subprocess

import pytest

import lab

pytestmark = pytest.mark.long

PATCHES = lab.ROOT / "tests/kernels/debug"
FOUND = {
    "overrun": ["BUG: KASAN: slab-out-of-bounds in sctp_transport_new", "Allocated by task"],
    "order": ["WARNING: possible circular locking dependency detected", "made_up_one", "made_up_other"],
    # 1234 bytes are taken out of a cache of 2048
    "leak": ["unreferenced object", "size 2048"],
}


@pytest.fixture(scope="module")
def whole():
    subprocess.run([lab.ROOT / "guest/build", "uml-6.12-debug", "--objects"], check=True, timeout=7200)
    return "uml-6.12-debug"


def test_nothing_is_found_where_nothing_is_wrong(whole):
    done = lab.pathlab("run", "--kernel", whole, "--timeout", "300", "connect", "failover", "errno/list-too-long", patience_s=7200)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("mistake", FOUND)
def test_a_mistake_is_found_and_traced(whole, mistake):
    name = f"{whole}.{mistake}"
    subprocess.run([lab.ROOT / "guest/break", whole, PATCHES / f"{mistake}.cocci", "net/sctp/transport.c", "--name", name],
                   check=True, stdout=subprocess.DEVNULL, timeout=3600)
    try:
        done = lab.pathlab("run", "--kernel", name, "--timeout", "300", "connect/one-path")
    finally:
        os.unlink(lab.ROOT / "build/guest" / name)
    assert done.returncode == 1, done.stdout
    assert f"the guest's kernel said: {FOUND[mistake][0]}" in done.stdout
    console = done.stdout[done.stdout.index("the guest's console") :]
    for words in FOUND[mistake] + ["sctp_transport_new"]:
        assert words in console, console
    assert "] ? " not in console
