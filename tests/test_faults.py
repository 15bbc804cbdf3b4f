# SPDX-License-Identifier: GPL-2.0-only
"""What faults do to packets, addresses and processes, and that healing undoes it: also several at once, in any order."""

import json
import subprocess

import pytest

import lab

SCENARIO = """
summary: Faults to look at.
topology: {topology}
endpoints:
  server: {{node: server, bind: [{server}], port: 5000, listen: true}}
  client: {{node: client, bind: [{client}], options: {{SCTP_NODELAY: 1}}}}
timeline:
  - {{at: 0s, client: connectx, to: [{server}], expect: ok}}
{steps}
until: {until}
capture: on
"""


class Run:
    """A run that must pass: its events and its packets."""

    def __init__(self, folder, *steps, topology="direct", server="server.a", client="client.a", until="40s"):
        text = SCENARIO.format(topology=topology, server=server, client=client, until=until, steps="\n".join(f"  - {{{step}}}" for step in steps))
        done = lab.pathlab("run", "--keep", folder, lab.write_scenario(folder, text))
        assert done.returncode == 0, done.stdout + done.stderr
        (path,) = folder.rglob("events.jsonl")
        self.capture = path.parent / "capture.pcapng"
        self.events = [json.loads(line) for line in path.read_text().splitlines() if line]

    def packets(self, display_filter, *fields):
        """[time, ...] of each packet that matches."""
        arguments = [word for field in ("frame.time_epoch", *fields) for word in ("-e", field)]
        done = subprocess.run(
            ["tshark", "-n", "-r", self.capture, "-Y", display_filter, "-T", "fields", *arguments], capture_output=True, text=True, check=True
        )
        return [[float(row.split("\t")[0]), *row.split("\t")[1:]] for row in done.stdout.splitlines()]

    def messages(self):
        """(sent, received, sequence number) of each message of traffic."""
        return [
            (event["traffic"]["sent"] / 1e9, event["time"] / 1e9, event["traffic"]["seq"])
            for event in self.events
            if event["event"] == "message"
        ]

    def calls(self, call):
        return [event for event in self.events if event["event"] == "call" and event["call"] == call]


def between(rows, start, end):
    return [row for row in rows if start <= row[0] < end]


TRAFFIC = "at: 1s, client: send, size: 1000B, every: 100ms, for: 9s"


def delays(run, start, end):
    return [round(received - sent, 3) for sent, received, _ in run.messages() if start <= sent < end]


def test_impair_delays_one_way_and_heals_to_what_was(tmp_path):
    run = Run(
        tmp_path, TRAFFIC,
        "at: 3s, name: there, fault: impair, link: a, from: client, delay: 60ms",
        "at: 5s, fault: impair, link: a, from: server, delay: 200ms, name: back",
        "at: 6s, heal: there", topology="dual-path",
    )  # fmt: skip
    assert set(delays(run, 1, 3)) == {0.01}
    assert set(delays(run, 3.05, 5.95)) == {0.06}, "the other way's delay is no matter"
    assert set(delays(run, 6.15, 10)) == {0.01}


@pytest.mark.parametrize("heals", [["one", "two"], ["two", "one"]])
def test_impairments_of_one_direction_add_up_and_heal_in_any_order(tmp_path, heals):
    run = Run(
        tmp_path, TRAFFIC,
        "at: 2s, name: one, fault: impair, link: a, from: client, delay: 50ms",
        "at: 3s, name: two, fault: impair, link: a, from: client, delay: 30ms, duplicate: 100%",
        f"at: 5s, heal: {heals[0]}", f"at: 7s, heal: {heals[1]}", topology="dual-path",
    )  # fmt: skip
    assert set(delays(run, 2.05, 2.95)) == {0.05}
    assert set(delays(run, 3.15, 4.9)) == {0.03}
    assert set(delays(run, 5.15, 6.9)) == ({0.03} if heals[0] == "one" else {0.05})
    assert set(delays(run, 7.15, 10)) == {0.01}
    arrived = run.packets("sctp.chunk_type == 0 && frame.interface_name == server.a", "sctp.data_tsn_raw")
    doubled = [len(tsns) - len(set(tsns)) for tsns in ([row[1] for row in between(arrived, *span)] for span in [(3.2, 4.9), (7.3, 10)])]
    assert doubled[0] == 17 and doubled[1] == 0


def test_impair_where_the_topology_has_no_netem(tmp_path):
    run = Run(tmp_path, TRAFFIC, "at: 3s, fault: impair, link: a, delay: 40ms", "at: 6s, heal: a")
    assert set(delays(run, 1, 3)) == set(delays(run, 6.1, 10)) == {0.0}
    assert set(delays(run, 3.05, 5.9)) == {0.04}


def test_reordered_corrupted_and_lost_packets(tmp_path):
    run = Run(
        tmp_path,
        "at: 1s, client: send, size: 100B, every: 10ms, for: 3s",
        "at: 0.9s, name: mix, fault: impair, link: a, from: client, delay: 25ms, reorder: 30%",
        "at: 2s, heal: mix",
        "at: 2s, name: corrupt, fault: impair, link: a, from: client, corrupt: 20%",
        "at: 3s, heal: corrupt",
        "at: 3s, fault: impair, link: a, from: client, loss: 20%, rate: 1mbit",
    )  # fmt: skip
    arrived = run.packets("sctp.chunk_type == 0 && frame.interface_name == server.a", "sctp.data_tsn_raw")
    # a packet may hold several DATA chunks once something was lost
    first = [int(row[1].split(",")[0]) for row in between(arrived, 1, 2)]
    assert first != sorted(first) and len(first) == len(set(first))
    assert sorted(seq for _, _, seq in run.messages()) == list(range(300))
    sent = run.packets("sctp.chunk_type == 0 && frame.interface_name == client.a", "sctp.data_tsn_raw")
    again = [tsn for row in between(sent, 2, 4) for tsn in row[1].split(",")]
    assert len(again) > len(set(again)), "what was wrong or lost was sent again"


TOO_BIG = "icmp.type == 3 && icmp.code == 4"
MTU = "at: 1s, client: send, size: 1400B, every: 500ms, for: 6s"


@pytest.mark.parametrize("icmp, answers", [("yes", 1), ("no", 0)])
def test_mtu_with_and_without_icmp(tmp_path, icmp, answers):
    run = Run(
        tmp_path, MTU, f"at: 2.1s, fault: mtu, link: a2, mtu: 1300, icmp: {icmp}", "at: 4s, heal: mtu",
        topology="dual-router", server="server.a2", client="client.a1",
    )  # fmt: skip
    told = run.packets(TOO_BIG + " && frame.interface_name == client.a1", "ip.src", "icmp.mtu")
    assert [row[1:] for row in told] == [["192.0.2.2,192.0.2.1", "1300"]] * answers
    assert len(run.messages()) == 12
    late = [received - sent for sent, received, _ in run.messages() if sent > 2.1]
    assert (max(late) < 0.1) == bool(answers), "at once, or by retransmissions"
    # of the size of before; two smaller packets that segmentation offload keeps together make one frame here
    crossed = run.packets("sctp.chunk_type == 0 && frame.len == 1462 && frame.interface_name == server.a2")
    assert between(crossed, 1, 2.1) and not between(crossed, 2.1, 4)


def test_mtu_of_ipv6(tmp_path):
    run = Run(
        tmp_path, MTU, "at: 2.1s, fault: mtu, link: a2, mtu: 1280",
        topology="dual-router", server="server.a2.v6", client="client.a1.v6",
    )  # fmt: skip
    (told,) = run.packets("icmpv6.type == 2 && frame.interface_name == client.a1", "icmpv6.mtu")
    assert told[1] == "1280" and len(run.messages()) == 12


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_an_address_goes_and_comes_back_with_its_routes(tmp_path, family):
    """Through a router: the connected and the further route must be there again."""
    run = Run(
        tmp_path,
        "at: 1s, client: send, size: 100B, every: 500ms, for: 20s",
        "at: 2.1s, fault: address-removed, address: [client.a1, client.a1.v6]",
        "at: 5s, heal: address-removed",
        topology="dual-router", server=f"server.a2.{family}", client=f"client.a1.{family}",
    )  # fmt: skip
    sent = run.packets("sctp.chunk_type == 0 && frame.interface_name == client.a1", "sctp.data_tsn_raw")
    gone = [tsn for row in between(sent, 2.2, 5) for tsn in row[1].split(",")]
    if family == "v4":
        assert not gone, "IPv4 sends nothing from an address it has not (ip_route_output_key_hash_rcu)"
    else:
        assert len(gone) > len(set(gone)), "nothing of what comes back is taken"
    assert len(run.messages()) == 40
    after = between(sent, 12, 21)
    assert len(after) == len({row[1] for row in after}) == 18, "no retransmission any more"


def test_an_added_address_can_be_bound_and_goes_again(tmp_path):
    run = Run(
        tmp_path,
        "at: 1s, client: bindx, addresses: [192.0.2.9], expect: EADDRNOTAVAIL",
        "at: 2s, fault: address-added, link: a, node: client, address: [192.0.2.9, 2001:db8:a::9]",
        "at: 3s, client: bindx, addresses: [192.0.2.9], expect: ok",
        "at: 4s, heal: address-added",
        "at: 5s, client: bindx, addresses: [192.0.2.9], remove: yes",
        "at: 6s, client: bindx, addresses: [192.0.2.9], expect: EADDRNOTAVAIL",
    )  # fmt: skip
    assert [call["errno"] for call in run.calls("bindx")[-4:]][0] == "EADDRNOTAVAIL"


@pytest.mark.parametrize("fault", ["blackhole", "dead-neighbour"])
def test_what_is_on_its_way_arrives_when_the_other_direction_fails(tmp_path, fault):
    target = {"blackhole": "link: a, from: server", "dead-neighbour": "link: a, node: client"}[fault]
    run = Run(
        tmp_path, "at: 1s, client: send, size: 1000B, every: 1s, for: 1s", f"at: 1.005s, fault: {fault}, {target}",
        topology="dual-path", until="1.5s",
    )  # fmt: skip
    assert delays(run, 1, 2) == [0.01], "its link takes 10 ms"


def test_link_down_holds_until_the_last_one_is_healed(tmp_path):
    run = Run(
        tmp_path, TRAFFIC,
        "at: 2.05s, name: one, fault: link-down, link: a",
        "at: 2.05s, name: two, fault: link-down, link: a, node: client",
        "at: 4s, heal: one", "at: 6s, heal: two",
    )  # fmt: skip
    received = [row[0] for row in run.packets("sctp.chunk_type == 0 && frame.interface_name == server.a")]
    assert not [time for time in received if 2.05 <= time < 6] and [time for time in received if time >= 6]


def test_a_list_of_links_fails_at_once(tmp_path):
    run = Run(
        tmp_path, TRAFFIC, "at: 3.05s, fault: blackhole, link: [a, b], from: client", "at: 4s, heal: blackhole",
        topology="dual-path", server="server.a, server.b", client="client.a, client.b",
    )  # fmt: skip
    received = [received for _, received, _ in run.messages()]
    assert not [time for time in received if 3.06 <= time < 4] and len(received) == 90


def test_a_frozen_process_acknowledges_and_does_nothing(tmp_path):
    run = Run(
        tmp_path, TRAFFIC, "at: 3s, name: x, fault: freeze, endpoint: server", "at: 4s, name: y, fault: freeze, endpoint: server",
        "at: 5s, heal: x", "at: 7s, heal: y",
    )  # fmt: skip
    received = [received for _, received, _ in run.messages()]
    assert not [time for time in received if 3.01 <= time < 7] and len(received) == 90
    sacks = run.packets("sctp.chunk_type == 3 && frame.interface_name == client.a")
    assert len(between(sacks, 3.1, 7)) >= 15, "its kernel goes on"


@pytest.mark.parametrize("order", ["strict first", "loose first"])
def test_rp_filter_is_put_back_as_it_was(tmp_path, order):
    """A source that is nobody's neighbour: the server's second address, which the client reaches by the other link."""
    heals = ["strict", "loose"] if order == "strict first" else ["loose", "strict"]
    topology = """
  nodes: {client: {}, r: {router: true}, server: {}}
  links:
    a1: {between: [client, r], ipv4: 192.0.2.0/28}
    b1: {between: [client, r], ipv4: 198.51.100.0/28}
    s: {between: [r, server], ipv4: 203.0.113.0/28}
  routes: [{node: client, to: 203.0.113.0/28, via: r.a1}]"""
    run = Run(
        tmp_path,
        "at: 5s, name: strict, fault: rp-filter, node: client, mode: strict",
        "at: 5s, name: loose, fault: rp-filter, node: client, mode: loose",
        *(f"at: {time}, heal: {name}" for time, name in zip(["40s", "80s"], heals)),
        topology=topology, server="server.s", client="client.a1, client.b1", until="120s",
    )  # fmt: skip
    asked = run.packets('sctp.chunk_type == 4 && ip.dst == 198.51.100.1 && frame.interface_name == "client.b1"')
    others = run.packets('sctp.chunk_type == 4 && ip.dst == 192.0.2.1 && frame.interface_name == "client.a1"')
    answers = run.packets('sctp.chunk_type == 5 && ip.dst == 203.0.113.2 && frame.interface_name == "client.a1"')

    def answered(start, end):
        """Whether the HEARTBEATs that arrived by the second link in that time were answered, all or none of them."""
        here, there, back = (len(between(rows, start, end)) for rows in (asked, others, answers))
        assert here and back - there in (0, here)
        return back > there

    # of two in force the one further down in the file counts: loose lets it through, strict does not
    assert [answered(0, 5), answered(5, 40), answered(40, 80), answered(80, 120)] == [True, True, heals[0] == "strict", True]


def test_conntrack_drops_what_it_saw_no_beginning_of(tmp_path):
    run = Run(
        tmp_path, TRAFFIC, "at: 3.05s, fault: conntrack, node: ra", "at: 4s, heal: conntrack",
        topology="dual-router", server="server.a2", client="client.a1",
    )  # fmt: skip
    crossed = [row[0] for row in run.packets("sctp.chunk_type == 0 && frame.interface_name == server.a2")]
    assert not [time for time in crossed if 3.08 <= time < 4] and len(run.messages()) == 90


def test_a_flap_is_seen_as_its_faults_and_heals(tmp_path):
    run = Run(tmp_path, TRAFFIC, "at: 2s, fault: flap, link: a, down: 500ms, up: 1s, count: 3", "client: status, expect: ok")
    deeds = [(event["event"], round(event["time"] / 1e9, 2), event["kind"]) for event in run.events if event["event"] in ("fault", "heal")]
    assert deeds == [
        (deed, time, "link-down")
        for deed, time in [("fault", 2), ("heal", 2.5), ("fault", 3.5), ("heal", 4), ("fault", 5), ("heal", 5.5)]
    ]
    assert run.calls("status")[0]["start"] / 1e9 == pytest.approx(5.5, abs=0.01), "what follows it follows its last heal"


def test_a_run_that_ends_with_a_heal_settles_from_then_on(tmp_path):
    """Until a packet came by, 20 s later, nothing noticed that the last step was done."""
    steps = ["at: 5s, fault: impair, link: a, delay: 30ms", "at: 6s, client: send, size: 100B, every: 200ms, for: 2s", "at: 10s, heal: a"]
    text = SCENARIO.format(topology="dual-path", server="server.a", client="client.a", until="", steps="\n".join(f"  - {{{step}}}" for step in steps))
    text = text.replace("until: \n", "") + "expect:\n  - {delivered: all}\n"
    status, document = lab.run_json("--keep", tmp_path / "kept", lab.write_scenario(tmp_path, text))
    plan = json.loads(lab.pathlab("validate", "--plan", tmp_path / "scenario.yaml").stdout)
    assert status == 0 and plan["settle_ns"] == 10_000_000_000
    assert 20_000_000_000 <= document["totals"]["virtual_ns"] < 20_200_000_000
