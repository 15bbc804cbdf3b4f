# SPDX-License-Identifier: GPL-2.0-only
"""Steps that wait for the state of a path: found in time, by a look or by a notification, and without a trace."""

import json
import subprocess

import pytest

import lab

SCENARIO = """
summary: A condition.
topology: dual-path
endpoints:
  server: {{node: server, bind: [server.a, server.b], port: 5000, listen: true}}
  client: {{node: client, bind: [client.a, client.b], options: {{SCTP_NODELAY: 1{options}}}}}
timeline:
  - {{at: 0s, client: connectx, to: [server.a, server.b]}}
  - {{at: 1s, client: send, size: 1000B, every: 500ms, for: 10s}}
  - {{at: 5s, name: cut, fault: blackhole, link: a}}
{steps}
"""


def run(folder, *steps, options="", capture=False):
    """The events of a run that must pass, and its folder."""
    text = SCENARIO.format(steps="\n".join(f"  - {{{step}}}" for step in steps), options=options)
    folder.mkdir(exist_ok=True)
    if capture:
        text += "capture: on\n"
    path = lab.write_scenario(folder, text)
    done = lab.pathlab("run", "--keep", folder / "kept", path)
    assert done.returncode == 0, done.stdout + done.stderr
    (events,) = folder.rglob("events.jsonl")
    return [json.loads(line) for line in events.read_text().splitlines() if line], events.parent


def times(events, **keys):
    return [event.get("time", event.get("start")) for event in events if keys.items() <= event.items()]


def data_packets(capture):
    """Of each packet with DATA the time, then where it was, and what."""
    fields = ["frame.time_epoch", "frame.interface_name", "frame.len", "sctp.data_tsn_raw"]
    arguments = ["-Y", "sctp.chunk_type == 0", "-T", "fields"] + [word for field in fields for word in ("-e", field)]
    done = subprocess.run(["tshark", "-n", "-r", capture, *arguments], capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def exposed(value):
    return f", SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: {value}"


@pytest.mark.parametrize("value, notifications", [(0, 0), (1, 0), (2, 1)])
def test_a_potentially_failed_path_is_found_whether_shown_or_hidden(tmp_path, value, notifications):
    """Linux: 1 hides it, and SCTP_GET_PEER_ADDR_INFO says EACCES; 2 tells of it; with 0, the default, it can be looked at."""
    events, _ = run(tmp_path, "when: {path: server.a, state: PF + 100ms}, heal: cut", options=exposed(value))
    (found,) = times(events, event="path")
    told = times(events, event="notification", state="SCTP_ADDR_POTENTIALLY_FAILED")
    assert [event["state"] for event in events if event["event"] == "path"] == ["SCTP_PF"]
    (healed,) = times(events, event="heal")
    assert 0 <= healed - found - 100_000_000 < 1_000_000
    assert len(told) == notifications
    for time in told:
        assert abs(found - time) < 1_000_000, "at once with the notification, not with the next look"
    # T3-rtx of RTO.Min after the first message that is lost; a wheel's slot and one look later at most
    assert 6_000_000_000 <= found <= 6_000_000_000 + 125_000_000 + 10_000_000


def test_conditions_are_looked_for_one_after_the_other(tmp_path):
    events, _ = run(
        tmp_path,
        "when: {path: server.a, state: PF}, heal: cut",
        "when: {path: server.a, state: ACTIVE}, client: paths, expect: {primary: server.a}",
        "when: {path: client.a, state: ACTIVE, endpoint: server}, server: paths, expect: {count: 2}",
    )
    found = [(event["endpoint"], event["state"]) for event in events if event["event"] == "path"]
    assert found == [("client", "SCTP_PF"), ("client", "SCTP_ACTIVE"), ("server", "SCTP_ACTIVE")]
    first, second, third = times(events, event="path")
    assert first < second <= third < second + 1_000_000
    begun = times(events, event="call", call="await")
    for asked, since in zip(begun, [*times(events, event="fault"), first, second], strict=True):
        assert 0 <= asked - since < 1_000_000, "from when the step above was carried out"


def test_looking_moves_no_data(tmp_path):
    """INACTIVE comes with a notification: looking each millisecond finds it no sooner, and moves no DATA by 10 us.

    The spread of HEARTBEATs is another one, since the kernel's randomness takes the times of interrupts in.
    """
    runs = []
    for every in ("1ms", "1h"):
        events, folder = run(tmp_path / every, f"when: {{path: server.a, state: INACTIVE, every: {every}}}, heal: cut", capture=True)
        assert times(events, event="path")
        runs.append(data_packets(folder / "capture.pcapng"))
    often, never = runs
    assert len(often) > 40 and [packet[1:] for packet in often] == [packet[1:] for packet in never]
    assert max(abs(float(a[0]) - float(b[0])) for a, b in zip(often, never, strict=True)) < 1e-5


def test_a_state_that_never_comes_fails_the_step(tmp_path):
    text = SCENARIO.format(steps="  - {when: {path: server.b, state: PF, every: 1s}, heal: cut}", options="") + "limit: 20s\n"
    status, document = lab.run_json(lab.write_scenario(tmp_path, text))
    (problem,) = document["runs"][0]["problems"]
    assert (status, problem["line"]) == (1, 11)
    assert problem["observed"] == (
        "it was not carried out by the end of the run at 20.000 s: the path to 198.51.100.2 at client was not "
        "found in the state PF in time"
    )


def test_a_found_state_is_told_and_counts_as_seen(tmp_path):
    text = SCENARIO.format(steps="  - {when: {path: server.a, state: PF}, heal: cut}", options="")
    path = lab.write_scenario(tmp_path, text + "expect:\n  - {path: server.a, state: PF, by: 6.2s}\n")
    done = lab.pathlab("run", "-v", path)
    assert done.returncode == 0, done.stdout
    assert "client   path to server.a is PF\n" in done.stdout
