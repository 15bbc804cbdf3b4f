# SPDX-License-Identifier: GPL-2.0-only
"""The capture: one pcapng that Wireshark's reader opens without a word, in scenario time, with the run's comments."""

import json
import shutil
import subprocess

import pytest

import lab

SCENARIO = """
summary: The first address is silent.
topology: dual-path
endpoints:
  server: {node: server, bind: [server.a, server.b], port: 5000, listen: true}
  client: {node: client, bind: [client.a, client.b]}
timeline:
  - {at: 0s, fault: blackhole, link: a, from: client}
  - {at: 1s, client: connectx, to: [server.a, server.b]}
  - {at: 6s, heal: a}
"""


@pytest.fixture(name="kept", scope="module")
def fixture_kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("capture")
    scenario = lab.write_scenario(folder, SCENARIO)
    done = lab.pathlab("run", scenario, "--keep", folder / "kept")
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder / "kept").rglob("capture.pcapng")).parent


def tshark(*arguments):
    done = subprocess.run(["tshark", "-n", *map(str, arguments)], capture_output=True, text=True, check=True)
    # tshark's only word is about the user who runs it.
    words = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert not words, words
    return done.stdout


def rows(kept, *fields, display_filter="sctp"):
    arguments = ["-r", kept / "capture.pcapng", "-Y", display_filter, "-T", "fields", "-E", "separator=|"]
    for field in fields:
        arguments += ["-e", field]
    return [line.split("|") for line in tshark(*arguments).splitlines()]


def test_tshark_opens_it_without_a_warning(kept):
    assert shutil.which("tshark")
    assert tshark("-r", kept / "capture.pcapng")


def test_every_interface_is_there_by_name(kept):
    names = {row[0] for row in rows(kept, "frame.interface_name", display_filter="frame")}
    assert names == {"client.a", "server.a", "client.b", "server.b"}


def test_times_are_scenario_times(kept):
    inits = rows(kept, "frame.time_epoch", "frame.interface_name", "ip.dst", display_filter="sctp.chunk_type == 1")
    events = [json.loads(line) for line in (kept / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    call = next(event for event in events if event.get("call") == "connectx")
    first = float(inits[0][0])
    assert inits[0][2] == "192.0.2.2" and call["start"] / 1e9 <= first < 1.1
    # RTO.Initial later, the second address (RFC 9260 section 16; net/sctp/sm_sideeffect.c).
    second = next(row for row in inits if row[2] == "198.51.100.2")
    assert 2.9 <= float(second[0]) - first <= 3.1
    assert call["end"] / 1e9 >= float(second[0])


def test_packets_go_out_at_one_end_and_in_at_the_other(kept):
    """Direction flags of pcapng: 1 is inbound, 2 outbound."""
    directions = {(row[0], row[1]) for row in rows(kept, "frame.interface_name", "frame.packet_flags_direction")}
    assert ("client.a", "0x00000002") in directions and ("server.a", "0x00000001") in directions
    assert ("server.b", "0x00000002") in directions and ("client.b", "0x00000001") in directions


def test_faults_and_calls_are_comments(kept):
    comments = " ".join(row[0] for row in rows(kept, "frame.comment", display_filter="frame.comment"))
    assert "fault: blackhole" in comments
    assert "connectx" in comments and "returned 0" in comments


def test_off_means_no_tap(tmp_path):
    scenario = lab.write_scenario(tmp_path, SCENARIO.replace("topology:", "capture: off\ntopology:"))
    done = lab.pathlab("run", scenario, "--keep", tmp_path / "kept")
    assert done.returncode == 0, done.stdout
    assert not list((tmp_path / "kept").rglob("capture.pcapng"))
    events = next((tmp_path / "kept").rglob("events.jsonl")).read_text(encoding="utf-8")
    assert json.loads(events.splitlines()[-1])["packets"] == 0


def test_a_scenario_may_ask_for_it(tmp_path):
    scenario = lab.write_scenario(tmp_path, SCENARIO.replace("topology:", "capture: on\ntopology:"))
    done = lab.pathlab("run", scenario, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    captures = list((tmp_path / "pathlab-runs").rglob("capture.pcapng"))
    assert len(captures) == 1 and captures[0].stat().st_size > 1000
