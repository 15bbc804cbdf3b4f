# SPDX-License-Identifier: GPL-2.0-only
"""Packets of a run's own capture: what is counted, what is not, and what is expected of them."""

import json
import os
import random
import struct
import subprocess

import pytest

import captures
import judged
import lab
from captures import (ABORT, CLIENT_A, CLIENT_B, COOKIE_ECHO, INIT, INIT_ACK, SACK, SERVER_A, SERVER_B, chunk,
                      data_chunk, frame, ip, sctp, sent, udp)
from front_tools import HEAD, plan_of, sentences_of
from judged import CLIENT, MS, S, SERVER

# Mutations of a capture that are judged; each is one read of a file.
MUTATIONS = int(os.environ.get("PATHLAB_MUTATIONS", "400"))


def plan(*expectations):
    """A plan that expects only this."""
    a_plan = judged.plan()
    a_plan["steps"], a_plan["limit_ns"] = [a_plan["steps"][2]], 7200 * S
    common = {"line": 40, "column": 5, "text": "{packets: INIT}", "source": "RFC 9260 5.1"}
    a_plan["expect"] = [{**common, "line": 40 + i, **item} for i, item in enumerate(expectations)]
    return a_plan


def events():
    """Set-up, the fault at 2.5 s, and the end."""
    every = judged.events()
    return [*every[:4], judged.handed(2, int(2.5 * S)), judged.deed("fault", 2, int(2.5 * S), "blackhole"), every[-1]]


def judge(folder, capture, *expectations):
    """A run's entry of the report; capture may be None."""
    folder.mkdir(parents=True, exist_ok=True)
    if capture is not None:
        (folder / "capture.pcapng").write_bytes(capture)
    return judged.judge(folder, plan(*expectations), events())


def counts(folder, *frames, change=lambda plan: None):
    """What the report says of packets sent."""
    a_plan = plan()
    change(a_plan)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capture.pcapng").write_bytes(captures.head() + b"".join(frames))
    run = judged.judge(folder, a_plan, events())
    assert run["verdict"] == "pass"
    return run["packets"]


# ------------------------------------------------------------------------------------- counting


def test_without_a_capture_nothing_is_counted(tmp_path):
    assert judged.judge(tmp_path, plan(), events())["packets"] is None


def test_a_packet_counts_once_where_it_was_sent(tmp_path):
    found = counts(
        tmp_path,
        sent(CLIENT_A, 1 * S, "192.0.2.2", chunk(INIT, bytes(16))),
        sent(SERVER_A, 2 * S, "192.0.2.1", chunk(INIT_ACK, bytes(16))),
        sent(CLIENT_B, 4 * S, "198.51.100.2", chunk(INIT, bytes(16))),
        sent(CLIENT_B, 5 * S, "198.51.100.2", chunk(INIT, bytes(16))),
    )
    assert found == {
        "client": {"192.0.2.2": {"INIT": 1}, "198.51.100.2": {"INIT": 2}},
        "server": {"192.0.2.1": {"INIT ACK": 1}},
    }


def test_what_a_node_forwards_is_not_its_own(tmp_path):
    """The server passes on what came from the client."""
    data = ip("192.0.2.1", "203.0.113.9", 132, sctp(chunk(INIT, bytes(16))))
    assert counts(tmp_path, frame(CLIENT_A, S, data), frame(SERVER_A, S, data, outbound=False),
                  frame(SERVER_B, S, data)) == {"client": {"203.0.113.9": {"INIT": 1}}, "server": {}}


def test_what_comes_back_to_its_sender_is_not_sent_again(tmp_path):
    data = ip("192.0.2.1", "203.0.113.9", 132, sctp(chunk(INIT, bytes(16))))
    assert counts(tmp_path, frame(CLIENT_A, S, data), frame(CLIENT_B, S, data, outbound=False))["client"] == {
        "203.0.113.9": {"INIT": 1}}


@pytest.mark.parametrize("lives, count", [(0, 1), (1, 0)])
def test_a_source_that_no_node_has_is_of_the_node_with_an_endpoint(tmp_path, lives, count):
    """Node 0 sends it as its own when an endpoint lives there, and else forwards it."""
    capture = captures.head() + frame(CLIENT_A, S, ip("203.0.113.1", "192.0.2.2", 132, sctp(chunk(INIT, bytes(16)))))
    a_plan = plan({"kind": "packets", "node": 0, "carries": "INIT", "count": [count, count]})
    a_plan["endpoints"][CLIENT]["node"] = lives
    (tmp_path / "capture.pcapng").write_bytes(capture)
    assert judged.judge(tmp_path, a_plan, events())["problems"] == []


def test_a_packet_counts_once_for_each_type_in_it(tmp_path):
    found = counts(tmp_path, sent(CLIENT_A, S, "192.0.2.2", chunk(SACK, bytes(12)), data_chunk(1), data_chunk(2)),
                   sent(CLIENT_A, S, "192.0.2.2", data_chunk(3), chunk(99)))
    assert found["client"] == {"192.0.2.2": {"SACK": 1, "DATA": 2, "chunk 99": 1}}


@pytest.mark.parametrize("number, name", [
    (0, "DATA"), (1, "INIT"), (2, "INIT ACK"), (3, "SACK"), (4, "HEARTBEAT"), (5, "HEARTBEAT ACK"), (6, "ABORT"),
    (7, "SHUTDOWN"), (8, "SHUTDOWN ACK"), (9, "ERROR"), (10, "COOKIE ECHO"), (11, "COOKIE ACK"), (12, "ECNE"),
    (13, "CWR"), (14, "SHUTDOWN COMPLETE"), (15, "AUTH"), (64, "I-DATA"), (128, "ASCONF ACK"), (130, "RE-CONFIG"),
    (132, "PAD"), (192, "FORWARD TSN"), (193, "ASCONF"), (194, "I-FORWARD-TSN"),
])
def test_chunk_types_have_their_names(tmp_path, number, name):
    """The numbers of IANA's registry "Chunk Types"."""
    capture = captures.head() + sent(CLIENT_A, S, "192.0.2.2", chunk(number, bytes(20)))
    run = judge(tmp_path, capture, {"kind": "packets", "endpoint": CLIENT, "node": 0, "carries": name, "count": [1, 1]})
    assert run["packets"]["client"] == {"192.0.2.2": {name: 1}} and run["verdict"] == "pass"


def test_ipv6_behind_extension_headers(tmp_path):
    def give_address(a_plan):
        a_plan["links"][0]["ends"][0]["addresses"].append("2001:db8:a::1/64")

    inner = sctp(chunk(INIT, bytes(16)))
    plain = ip("2001:db8:a::1", "2001:db8:a::2", 132, inner)
    behind = ip("2001:db8:a::1", "2001:db8:a::2", 0, struct.pack(">BB6x", 60, 0) + struct.pack(">BB14x", 132, 1) + inner)
    first = ip("2001:db8:a::1", "2001:db8:a::2", 44, struct.pack(">BBHI", 132, 0, 1, 9) + inner)
    later = ip("2001:db8:a::1", "2001:db8:a::2", 44, struct.pack(">BBHI", 132, 0, 8, 9) + inner)
    found = counts(tmp_path, *[frame(CLIENT_A, S, data) for data in (plain, behind, first, later)], change=give_address)
    assert found["client"] == {"2001:db8:a::2": {"INIT": 3}}


def test_a_later_fragment_is_no_packet(tmp_path):
    inner = sctp(chunk(INIT, bytes(16)))
    frames = [frame(CLIENT_A, S, ip("192.0.2.1", "192.0.2.2", 132, inner, offset=offset)) for offset in (0x4000, 0x2000, 3)]
    assert counts(tmp_path, *frames)["client"] == {"192.0.2.2": {"INIT": 2}}


def test_what_pads_a_short_frame_is_no_chunk(tmp_path):
    data = ip("192.0.2.1", "192.0.2.2", 132, sctp(chunk(INIT)))
    assert counts(tmp_path, frame(CLIENT_A, S, data + chunk(ABORT)))["client"] == {"192.0.2.2": {"INIT": 1}}


def test_udp_encapsulation(tmp_path):
    """RFC 6951: by the port of either end, 9899 or what net.sctp.udp_port and encap_port say."""
    inner = sctp(chunk(COOKIE_ECHO))
    frames = [frame(CLIENT_A, S, ip("192.0.2.1", "192.0.2.2", 17, udp(inner, *ports)))
              for ports in [(9899, 1000), (1000, 9899), (1000, 2000), (1000, 3000), (1000, 4000)]]

    def set_ports(a_plan):
        a_plan["nodes"][1]["sysctls"] = [["net/sctp/udp_port", "2000"], ["net/sctp/encap_port", "3000"], ["net/ipv4/x", "4000"]]

    assert counts(tmp_path, *frames)["client"] == {"192.0.2.2": {"COOKIE ECHO": 2}}
    assert counts(tmp_path / "more", *frames, change=set_ports)["client"] == {"192.0.2.2": {"COOKIE ECHO": 4}}


def test_icmp_errors_are_their_own_kind(tmp_path):
    def give_addresses(a_plan):
        a_plan["links"][0]["ends"][1]["addresses"].append("2001:db8:a::2/64")

    echo = ip("192.0.2.2", "192.0.2.1", 1, struct.pack(">BBHI", 8, 0, 0, 0) + bytes(28))
    solicitation = ip("2001:db8:a::2", "2001:db8:a::1", 58, struct.pack(">BBHI", 135, 0, 0, 0) + bytes(40))
    frames = [
        frame(SERVER_A, S, captures.unreachable("192.0.2.2", "192.0.2.1", "198.51.100.2")),
        frame(SERVER_A, S, captures.unreachable_v6("2001:db8:a::2", "2001:db8:a::1", "2001:db8:b::2")),
        frame(SERVER_A, S, echo),
        frame(SERVER_A, S, solicitation),
    ]
    found = counts(tmp_path, *frames, change=give_addresses)
    assert found == {"client": {}, "server": {"192.0.2.1": {"ICMP": 1}, "2001:db8:a::1": {"ICMP": 1}}}
    lines = lab.pathlab("verdict", "-vv", tmp_path).stdout
    assert "server.a > client.a  ICMP type 3 code 1 about server.b\n" in lines
    assert "2001:db8:a::2 > 2001:db8:a::1  ICMPv6 type 1 code 3 about 2001:db8:b::2\n" in lines


@pytest.mark.parametrize("bad, found", [
    (chunk(INIT, length=0), {}),
    (chunk(INIT, length=3), {}),
    (chunk(INIT, length=60), {}),
    (b"\x01\x00", {}),
    (chunk(SACK, bytes(12)) + chunk(INIT, length=5000), {"SACK": 1}),
    (chunk(SACK) + chunk(64), {"SACK": 1, "I-DATA": 1}),
    (b"", {}),
])
def test_chunks_that_are_cut_end_the_packet(tmp_path, bad, found):
    assert counts(tmp_path, sent(CLIENT_A, S, "192.0.2.2", bad))["client"] == {"192.0.2.2": found}


def test_every_length_of_a_frame(tmp_path):
    """Cut anywhere, a frame is another one, or none; never trouble."""
    whole = ip("192.0.2.1", "192.0.2.2", 132, sctp(data_chunk(1), chunk(SACK, bytes(12))))
    for data in [whole, captures.unreachable("192.0.2.1", "192.0.2.2", "192.0.2.9"),
                 ip("2001:db8::1", "2001:db8::2", 60, struct.pack(">BB6x", 132, 0) + sctp(chunk(INIT)))]:
        counts(tmp_path, *[frame(CLIENT_A, S, data[:length]) for length in range(len(data) + 1)])


# -------------------------------------------------------------------------------------- verdicts

CAPTURE = captures.head() + b"".join([
    sent(CLIENT_A, 1 * S, "192.0.2.2", chunk(INIT, bytes(16))),
    sent(CLIENT_B, 4 * S, "198.51.100.2", chunk(INIT, bytes(16))),
    sent(CLIENT_A, 10 * S, "192.0.2.2", chunk(INIT, bytes(16))),
    sent(CLIENT_A, 11 * S, "192.0.2.2", data_chunk(100), data_chunk(101)),
    sent(CLIENT_A, 12 * S, "192.0.2.2", data_chunk(102), tag=8),
    sent(CLIENT_B, 13 * S, "198.51.100.2", data_chunk(101)),
    sent(CLIENT_B, 14 * S, "198.51.100.2", data_chunk(101), data_chunk(102)),
    sent(SERVER_A, 15 * S, "192.0.2.1", data_chunk(101)),
    sent(CLIENT_A, 16 * S, "192.0.2.2", data_chunk(100)),
])

INITS = {"kind": "packets", "endpoint": CLIENT, "node": 0, "carries": "INIT", "destination": "192.0.2.2",
         "local": "192.0.2.1", "from_ns": 1 * S, "to_ns": 10 * S, "count": [2, 2], "times_ns": [[9 * S, 9 * S]]}
LATER = {"kind": "packets", "endpoint": CLIENT, "node": 0, "carries": "INIT", "from_ns": 0, "to_ns": 7200 * S,
         "after": {"event": "done", "step": 2}, "count": [2, 2], "times_ns": [[S, int(1.5 * S)], [7 * S, 8 * S]]}
AGAIN = {"kind": "retransmissions", "endpoint": CLIENT, "node": 0, "destination": "198.51.100.2",
         "local": "198.51.100.1", "from_ns": 13 * S, "to_ns": 14 * S, "count": [2, 2]}


@pytest.mark.parametrize("expectation", [INITS, LATER, AGAIN])
def test_the_run_holds(tmp_path, expectation):
    assert judge(tmp_path, CAPTURE, expectation)["problems"] == []


WRONG = [
    (INITS, "node", 1, "INIT sent by server", "none was sent"),
    (INITS, "carries", "INIT ACK", "INIT ACK sent by client", "none was sent"),
    (INITS, "carries", "DATA", "packets with DATA sent by client", "none was sent then, but one at 16 s"),
    (INITS, "carries", "ICMP", "ICMP errors sent by client", "none was sent"),
    ({**INITS, "to_ns": 11 * S}, "carries", "any", "SCTP packets sent by client", "3 were sent, at 1 s, 10 s, 11 s"),
    (INITS, "destination", "198.51.100.2", "to server.b (198.51.100.2)", "none was sent"),
    (INITS, "local", "198.51.100.1", "from client.b (198.51.100.1)", "none was sent"),
    (INITS, "from_ns", 1 * S + 1, "from 1.000000001 s to 10 s", "1 was sent, at 10 s"),
    (INITS, "to_ns", 10 * S - 1, "to 9.999999999 s", "1 was sent, at 1 s"),
    (INITS, "to_ns", 1 * S - 1, "exactly 2 times", "none was sent then, but one at 10 s"),
    (INITS, "count", [3, 4], "3 to 4 times", "2 were sent, at 1 s, 10 s"),
    (INITS, "count", [0, 0], "not at all", "2 were sent, at 1 s, 10 s"),
    (INITS, "times_ns", [[8 * S, 9 * S - 1]], "number 2 of them 8 s to 8.999999999 s after the first",
     "it was 9 s after; 2 were sent, at 1 s, 10 s"),
    (INITS, "times_ns", [[9 * S + 1, 10 * S]], "number 2 of them", "it was 9 s after"),
    (INITS, "after", {"event": "done", "step": 2}, "exactly 2 times", "1 was sent, at 10 s"),
    (INITS, "after", {"event": "start", "step": 77}, "the step after which packets count to be done", "it never was"),
    (LATER, "times_ns", [[S, 2 * S], [0, S]], "number 2 of them at most 1 s after the step", "it was 7.5 s after"),
    (LATER, "times_ns", [[0, S], [7 * S, 8 * S]], "number 1 of them", "it was 1.5 s after"),
    (LATER, "after", None, "exactly 2 times", "3 were sent"),
    (AGAIN, "node", 1, "sent by server", "none was sent"),
    (AGAIN, "destination", "192.0.2.2", "to server.a (192.0.2.2)", "none was sent"),
    (AGAIN, "local", "192.0.2.1", "from client.a (192.0.2.1)", "none was sent"),
    (AGAIN, "from_ns", 13 * S + 1, "exactly 2 times", "1 was sent, at 14 s"),
    (AGAIN, "to_ns", 14 * S - 1, "exactly 2 times", "1 was sent, at 13 s"),
    (AGAIN, "count", [0, 1], "0 to 1 times", "2 were sent, at 13 s, 14 s"),
    (AGAIN, "count", [3, 3], "exactly 3 times", "2 were sent, at 13 s, 14 s"),
]


@pytest.mark.parametrize("expectation, key, value, expected, observed", WRONG)
def test_every_key_of_an_expectation_is_compared(tmp_path, expectation, key, value, expected, observed):
    run = judge(tmp_path, CAPTURE, {**expectation, key: value})
    assert run["verdict"] == "fail"
    (problem,) = run["problems"]
    assert problem["line"] == 40 and problem["source"] == "RFC 9260 5.1"
    assert expected in problem["expected"] and observed in problem["observed"]


def test_every_packet_decides(tmp_path):
    """Without any one of the INITs, or of the DATA that was sent twice, the run holds no longer."""
    wanted = [INITS, {**INITS, "destination": "198.51.100.2", "local": "198.51.100.1", "count": [1, 1], "times_ns": []}, AGAIN]
    start = len(captures.head())
    frames, at = [], start
    while at < len(CAPTURE):
        (length,) = struct.unpack_from("<I", CAPTURE, at + 4)
        frames.append(CAPTURE[at:at + length])
        at += length
    spare = {8, 14, 16}  # DATA of another association, the server's, and what is sent again too late
    for index in range(0, len(frames), 2):
        left = frames[:index] + frames[index + 1:]
        run = judge(tmp_path / str(index), captures.head() + b"".join(left), *wanted)
        assert (run["verdict"] == "pass") == (index in spare), (index, run)
    for index in range(1, len(frames), 2):  # the other ends, where packets only arrive
        left = frames[:index] + frames[index + 1:]
        assert judge(tmp_path / str(index), captures.head() + b"".join(left), *wanted)["verdict"] == "pass"


def test_another_association_sends_nothing_again(tmp_path):
    """The same TSN with another tag, or other ports, is other data."""
    for keys, count in [({}, 1), ({"tag": 8}, 0), ({"port": 5001}, 0), ({"source_port": 40001}, 0)]:
        capture = captures.head() + sent(CLIENT_A, S, "192.0.2.2", data_chunk(5)) + sent(
            CLIENT_A, 2 * S, "192.0.2.2", data_chunk(5), **keys)
        expectation = {"kind": "retransmissions", "endpoint": CLIENT, "node": 0, "count": [count, count]}
        assert judge(tmp_path, capture, expectation)["verdict"] == "pass", keys


def test_long_lists_of_times_are_shortened(tmp_path):
    capture = captures.head() + b"".join(sent(CLIENT_A, i * S, "192.0.2.2", chunk(INIT)) for i in range(1, 21))
    (problem,) = judge(tmp_path, capture, {**INITS, "to_ns": 7200 * S, "times_ns": []})["problems"]
    assert problem["observed"] == "20 were sent, at 1 s, 2 s, 3 s, 4 s, 5 s, 6 s, ..., 20 s"
    assert problem["at_ns"] == 20 * S


def test_an_unknown_key_is_void(tmp_path):
    run = judge(tmp_path, CAPTURE, {**INITS, "ttl": 3})
    assert run["verdict"] == "void" and "knows" in run["problems"][0]["expected"]


# ------------------------------------------------------------------------------ captures that are not

def test_expectations_without_a_capture_are_void(tmp_path):
    for expectation in (INITS, AGAIN):
        run = judge(tmp_path, None, expectation)
        assert run["verdict"] == "void" and run["problems"][0]["observed"] == "there is none"


def test_a_capture_that_is_cut_decides_nothing(tmp_path):
    none = {**INITS, "count": [0, 0], "carries": "ABORT", "times_ns": []}
    whole = judge(tmp_path, CAPTURE, none)
    assert whole["verdict"] == "pass"
    for length in (len(CAPTURE) - 1, len(CAPTURE) - 50, len(captures.head()) + 5, len(captures.head(3))):
        run = judge(tmp_path, CAPTURE[:length], none)
        assert run["verdict"] == "void" and run["problems"][0]["observed"] == "it is not whole", length
    assert judge(tmp_path, CAPTURE[:-1])["verdict"] == "pass"  # nobody asked


@pytest.mark.parametrize("content", [b"", b"x", bytes(200), b"{}\n" * 20, CAPTURE[4:],
                                     CAPTURE.replace(struct.pack("<I", 0x1A2B3C4D), struct.pack(">I", 0x1A2B3C4D))])
def test_what_is_no_capture_is_said(tmp_path, content):
    judged.write(tmp_path / "kept", plan(INITS), events())
    (tmp_path / "kept" / "capture.pcapng").write_bytes(content)
    done = lab.pathlab("verdict", tmp_path / "kept")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}/kept/capture.pcapng: no capture; expected one as \"pathlab run --keep\" writes it\n"


def test_a_capture_that_cannot_be_read_is_said(tmp_path):
    judged.write(tmp_path / "kept", plan(), events())
    (tmp_path / "kept" / "capture.pcapng").mkdir()
    done = lab.pathlab("verdict", tmp_path / "kept")
    assert done.returncode == 2 and "capture.pcapng: " in done.stderr and done.stderr.count("\n") == 1


# ------------------------------------------------------------------------------------- real runs

SCENARIO = """
summary: Two routed paths, one of which fails under traffic.
topology: dual-router
endpoints:
  server: {node: server, bind: [server.a2, server.b2], port: 5000, listen: true}
  client: {node: client, bind: [client.a1, client.b1]}
timeline:
  - {at: 0s, fault: reject, node: ra, to: [server.a2], with: host-unreachable, chunk: INIT}
  - {at: 1s, name: dial, client: connectx, to: [server.a2, server.b2], expect: ok}
  - {at: 10s, client: send, size: 1000B, every: 50ms, for: 5s}
  - {at: 12s, name: break, fault: blackhole, link: b1, from: client}
expect:
  - {packets: INIT, to: server.a2, count: 1}
  - {packets: INIT, after: start dial, times: [<= 100ms, 3s]}
  - {packets: ICMP, node: ra, to: client.a1, count: 1}
  - {retransmissions: ">= 1", to: server.a2, after: done break}
"""


@pytest.fixture(name="kept", scope="module")
def fixture_kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packets")
    scenario = lab.write_scenario(folder, SCENARIO)
    status, document = lab.run_json(scenario, "--keep", folder / "kept")
    assert status == 0, document
    return next((folder / "kept").rglob("capture.pcapng")).parent, document["runs"][0]


def tshark(capture, *fields):
    """What Wireshark's own decoder finds of packets that leave a host: rows of fields."""
    command = ["tshark", "-n", "-r", capture, "-Y", "sctp && !icmp && frame.packet_flags_direction == 2", "-T", "fields", "-E",
               "separator=|", "-E", "occurrence=a"]
    for field in fields:
        command += ["-e", field]
    return [line.split("|") for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]


def test_the_counts_are_those_of_wireshark(kept):
    folder, run = kept
    names = {"0": "DATA", "1": "INIT", "2": "INIT ACK", "3": "SACK", "4": "HEARTBEAT", "5": "HEARTBEAT ACK",
             "10": "COOKIE ECHO", "11": "COOKIE ACK"}
    found = {"client": {}, "server": {}}
    for interface, destination, types in tshark(folder / "capture.pcapng", "frame.interface_name", "ip.dst", "sctp.chunk_type"):
        node = interface.split(".")[0]
        if node not in found:
            continue
        to = found[node].setdefault(destination, {})
        for kind in set(types.split(",")):
            to[names[kind]] = to.get(names[kind], 0) + 1
    assert run["packets"] == found
    assert found["client"]["198.51.100.18"]["DATA"] > 20 and found["client"]["192.0.2.18"]["DATA"] > 20


def test_retransmissions_are_those_of_wireshark(kept, tmp_path):
    """Counted from its TSNs, then demanded exactly, and one more and one less."""
    folder, _ = kept
    seen, again = set(), {}
    for interface, destination, tsns in tshark(folder / "capture.pcapng", "frame.interface_name", "ip.dst", "sctp.data_tsn_raw"):
        for tsn in tsns.split(",") if interface.startswith("client") and tsns else []:
            again[destination] = again.get(destination, 0) + (tsn in seen)
            seen.add(tsn)
    a_plan = json.loads((folder / "plan.json").read_text())
    a_plan["steps"] = [step for step in a_plan["steps"] if not step.get("expect")]
    for address, name in [("192.0.2.18", "server.a2"), ("198.51.100.18", "server.b2")]:
        for extra in (-1, 0, 1):
            count = again[address] + extra
            a_plan["expect"] = [{"line": 1, "column": 1, "text": name, "kind": "retransmissions", "endpoint": 1,
                                 "node": a_plan["endpoints"][1]["node"], "destination": address, "count": [count, count]}]
            (tmp_path / "kept").mkdir(exist_ok=True)
            for file in ("events.jsonl", "capture.pcapng"):
                (tmp_path / "kept" / file).write_bytes((folder / file).read_bytes())
            (tmp_path / "kept" / "plan.json").write_text(json.dumps(a_plan))
            assert lab.pathlab("verdict", tmp_path / "kept").returncode == (extra != 0), (name, extra)
    assert again["192.0.2.18"] > 0


def test_a_kept_run_is_judged_again_by_its_capture(kept):
    folder, run = kept
    done = lab.pathlab("verdict", "--format", "json", folder)
    (again,) = json.loads(done.stdout)["runs"]
    assert done.returncode == 0 and again["packets"] == run["packets"]


def test_damage_to_a_capture_never_harms(kept, tmp_path):
    """Any bytes changed, removed or added behind the section header: a verdict, and no crash."""
    folder, _ = kept
    original = (folder / "capture.pcapng").read_bytes()[:20000]
    chance = random.Random(1)
    for number in range(MUTATIONS):
        data = bytearray(original)
        for _ in range(chance.choice((1, 1, 3, 20))):
            at = chance.randrange(48, len(data))
            choice = chance.randrange(4)
            if choice == 0:
                data[at] = chance.randrange(256)
            elif choice == 1:
                data[at:at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x00\x00\x00\x80", b"\x0c\x00\x00\x00"))
            elif choice == 2:
                del data[at:at + chance.randrange(1, 40)]
            else:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 40)))
        run = tmp_path / "kept" / f"{number:04}"
        run.mkdir(parents=True)
        for file in ("plan.json", "events.jsonl"):
            (run / file).symlink_to(folder / file)
        (run / "capture.pcapng").write_bytes(data)
    done = lab.pathlab("verdict", "-vv", tmp_path / "kept")
    assert done.stderr == "" and done.returncode in (0, 1, 3)
    assert f"\n{MUTATIONS} scenarios: " in done.stdout and "it is not whole" in done.stdout


def test_a_run_that_is_not_kept_is_captured_for_its_packets_only(tmp_path):
    scenario = lab.write_scenario(tmp_path, SCENARIO)
    done = lab.pathlab("run", scenario, "-v", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "packets captured" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["scenario.yaml"]
    plain = lab.write_scenario(tmp_path, SCENARIO.split("\nexpect:\n")[0] + "\n", "plain.yaml")
    assert "captured" not in lab.pathlab("run", plain, "-v", cwd=tmp_path).stdout


def test_packets_are_shown_when_all_is(kept):
    folder, _ = kept
    once, twice = (lab.pathlab("verdict", flag, folder).stdout for flag in ("-v", "-vv"))
    assert " > " not in once
    first = next(line for line in twice.splitlines() if " > " in line)
    assert first.split() == ["1.030", "s", "client", "client.a1", ">", "server.a2", "INIT"]
    assert "ra.a1 > client.a1  ICMP type 3 code 1 about server.a2" in twice
    times = [float(line.split()[0]) for line in twice.splitlines() if line.startswith("     ") and " s  " in line]
    assert times == sorted(times) and len(times) > 200


@pytest.mark.parametrize("expectation, problem", [
    ("{packets: INIT, to: server.a2, count: 2}", "exactly 2 times"),
    ("{packets: INIT, times: [4s]}", "number 2 of them 3.99 s to 4.51 s after the first"),
    ("{packets: INIT, after: start dial, times: [<= 100ms, 4s]}", "number 2 of them 3.99 s to 4.51 s after the step"),
    ("{packets: INIT, after: done dial}", "at least once"),
    ("{packets: ICMP, node: rb}", "ICMP errors sent by rb, at least once"),
    ("{packets: INIT ACK, endpoint: server, to: client.a1}", "INIT ACK sent by server to client.a1"),
    ("{packets: any, sent-from: client.a1, by: 2s, count: 0}", "from 0 s to 2 s, not at all"),
    ("{retransmissions: 0, to: server.a2}", "DATA that was sent before"),
])
def test_a_real_run_fails_what_is_wrong(kept, tmp_path, expectation, problem):
    """The scenario's own expectations hold (fixture); each of these does not."""
    text = SCENARIO.split("\nexpect:\n")[0] + f"\nexpect:\n  - {expectation}\n"
    status, document = lab.run_json(lab.write_scenario(tmp_path, text))
    assert status == 1
    (found,) = document["runs"][0]["problems"]
    assert problem in found["expected"] and found["line"] == text.count("\n") and "sent" in found["observed"]


# ------------------------------------------------------------------------------------- front end

STEPS = "  - {at: 0s, name: dial, client: connectx, to: [server.a, server.b]}\n"


def expectation_of(tmp_path, text):
    return plan_of(tmp_path, f"{HEAD}{STEPS}expect:\n  - {text}\n")["expect"][0]


def test_the_plan_of_an_expectation(tmp_path):
    found = expectation_of(tmp_path, "{packets: cookie_echo, to: server.b, sent-from: client.a, from: 1s, by: 9s, "
                                     "after: start dial, times: [3s, 1s..2s], source: x}".replace("cookie_echo", "COOKIE_ECHO"))
    del found["line"], found["column"], found["text"]
    assert found == {
        "kind": "packets", "carries": "COOKIE ECHO", "endpoint": 1, "node": 0, "destination": "198.51.100.2",
        "local": "192.0.2.1", "from_ns": 1 * S, "to_ns": 9 * S, "after": {"event": "start", "step": 0},
        "times_ns": [[3 * S - 10 * MS, 3 * S + 3 * S // 8 + 10 * MS], [1 * S, 2 * S]], "count": [2, 2], "source": "x",
    }


@pytest.mark.parametrize("text, key, value", [
    ("{packets: INIT}", "count", [1, judged.NO_BOUND]),
    ("{packets: any}", "carries", "any"),
    ("{packets: INIT, times: [3s, 9s]}", "count", [3, 3]),
    ("{packets: INIT, times: 3s, count: '>= 2'}", "count", [2, judged.NO_BOUND]),
    ("{packets: INIT, endpoint: server}", "node", 1),
    ("{packets: INIT, node: server}", "node", 1),
    ("{packets: I-DATA, after: done dial}", "after", {"event": "done", "step": 0}),
    ("{retransmissions: 1..3}", "count", [1, 3]),
    ("{retransmissions: 0}", "count", [0, 0]),
])
def test_what_expectations_mean(tmp_path, text, key, value):
    assert expectation_of(tmp_path, text)[key] == value


@pytest.mark.parametrize("text, sentence", [
    ("{packets: INITT}", '9:15: unknown chunk "INITT"; did you mean "INIT"?'),
    ("{packets: INIT, node: client, endpoint: client}",
     '9:21: packets are sent by a "node" or by an "endpoint", not both'),
    ("{packets: INIT, node: cleint}", '9:27: unknown node "cleint"; did you mean "client"?'),
    ("{packets: INIT, times: []}", '9:28: "times" is empty; expected a list such as [3s, 9s]'),
    ("{packets: INIT, times: [3]}", "9:29: "),
    ("{packets: INIT, from: 3s, by: 2s}", '9:27: "from" comes after "by"'),
    ("{packets: INIT, after: dial}",
     '9:28: "dial" is no moment packets are counted from; expected "start" or "done" and the name of a step'),
    ("{packets: INIT, after: start dail}", '9:28: no step above has the name "dail"; did you mean "dial"?'),
    ("{packets: INIT, to: server.c}", "9:25: "),
    ("{packets: INIT, colour: red}", '9:21: unknown key "colour" in an expectation of packets; known: packets, to, sent-from, '
                                     "from, by, after, count, times, node, endpoint"),
    ("{retransmissions: many}", "9:23: "),
    ("{retransmissions: 1, times: [3s]}", '9:26: unknown key "times" in an expectation of retransmissions; known: '),
])
def test_bad_expectations(tmp_path, text, sentence):
    (line,) = sentences_of(tmp_path, f"{HEAD}{STEPS}\nexpect:\n  - {text}\n".replace("\n\nexpect", "\nexpect"))
    assert line.startswith("s.yaml:" + sentence), line


def test_no_packets_without_a_capture(tmp_path):
    for text in ("packets: INIT", "retransmissions: 0"):
        (line,) = sentences_of(tmp_path, f"{HEAD}{STEPS}expect:\n  - {{{text}}}\ncapture: off\n")
        assert line == ('s.yaml:9:5: packets are read from the capture, which the scenario switches off; '
                        'expected no "capture: off"')
