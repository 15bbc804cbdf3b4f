# SPDX-License-Identifier: GPL-2.0-only
"""Kernels with a part of SCTP taken out (tests/kernels/*.cocci): the scenarios about that part fail, those that never need it do not."""

import collections
import os
import subprocess

import pytest

import lab

pytestmark = pytest.mark.long

PATCHES = lab.ROOT / "tests/kernels"
FILES = {"no-heartbeat-ack": "sm_statefuns.c", "no-alternate": "outqueue.c"}

# What these are about is gone.
MUST_FAIL = {
    # No path that was suspected comes back, and the server never confirms the client's second one.
    "no-heartbeat-ack": {
        "failover/failback", "failover/failback-tuned", "failover/primary-silent", "failover/four-paths-die-in-turn",
        "failover/second-fails-in-turn", "failover/both-paths-dead-survives", "failover/delay-past-rto",
        "failover/primary-link-down", "failover/ipv4-to-ipv6-and-back",
    },
    # What was lost with the primary path never arrives while that is dead.
    "no-alternate": {
        "failover/primary-silent", "failover/primary-silent-for-long", "failover/primary-link-down", "failover/failback",
        "failover/potentially-failed-off", "failover/potentially-failed-threshold", "failover/asymmetric-paths", "failover/tuned",
        "failover/peer-address-vanishes",
    },
}


@pytest.fixture(scope="module", params=sorted(FILES))
def broken(request):
    """(name of the patch, name of the kernel made with it)."""
    name = f"uml-6.12.{request.param}"
    subprocess.run([lab.ROOT / "guest/break", "uml-6.12", PATCHES / f"{request.param}.cocci", f"net/sctp/{FILES[request.param]}"],
                   check=True, timeout=3600)
    yield request.param, name
    os.unlink(lab.ROOT / "build/guest" / name)


@pytest.fixture(scope="module")
def whole_runs(tmp_path_factory):
    """What the whole kernel sent: a capture a scenario."""
    folder = tmp_path_factory.mktemp("whole")
    status, report = lab.run_json("connect", "failover", "--keep", folder)
    assert status == 0, report
    return {run["name"]: f"{run['kept']}/capture.pcapng" for run in report["runs"]}


def packets(capture, filter_, *fields):
    options = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(["tshark", "-r", capture, "-Y", filter_, "-T", "fields", *options],
                          check=True, capture_output=True, text=True, timeout=300)
    return [line.split("\t") for line in done.stdout.splitlines()]


def needs_heartbeats(capture):
    return bool(packets(capture, "sctp.chunk_type == 5", "frame.number"))


def needs_another_path(capture):
    """True when a DATA chunk was sent to more than one address."""
    sent = collections.defaultdict(set)
    for v4, v6, tag, numbers in packets(capture, "sctp.chunk_type == 0", "ip.dst", "ipv6.dst", "sctp.verification_tag", "sctp.data_tsn_raw"):
        for number in numbers.split(","):
            sent[tag, number].add(v4 or v6)
    return any(len(addresses) > 1 for addresses in sent.values())


NEEDS = {"no-heartbeat-ack": needs_heartbeats, "no-alternate": needs_another_path}


def test_the_right_scenarios_fail(broken, whole_runs):
    patch, kernel = broken
    status, report = lab.run_json("connect", "failover", "--kernel", kernel)
    assert status == 1, report
    failed = {run["name"] for run in report["runs"] if run["verdict"] != "pass"}
    needing = {name for name, capture in whole_runs.items() if NEEDS[patch](capture)}
    print(f"{patch}: {len(failed)} of {len(report['runs'])} fail, {len(needing)} need it")
    assert MUST_FAIL[patch] <= failed, MUST_FAIL[patch] - failed
    assert failed <= needing, failed - needing
