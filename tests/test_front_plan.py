# SPDX-License-Identifier: GPL-2.0-only
"""Plans: what scenarios become (docs/formats.md, section 3)."""

import pytest
from front_tools import HEAD, STEP, plan_of, step_of, steps_of

MS = 1_000_000
S = 1_000_000_000
NO_BOUND = 2**63 - 1


def with_endpoint(tmp_path, text, step="at: 0s, x: close"):
    """The set-up commands of an endpoint x, in a scenario with one step."""
    plan = plan_of(
        tmp_path, HEAD.replace("timeline:\n", f"  x: {{{text}}}\ntimeline:\n") + f"  - {{{step}}}\n"
    )
    return plan["endpoints"][2]["setup"]


def test_network(tmp_path):
    plan = plan_of(tmp_path, HEAD + STEP)
    assert plan["pathlab_plan"] == 1
    assert plan["scenario"] == "s" and plan["file"] == "s.yaml"
    assert plan["summary"] == "A scenario for a test."
    assert plan["capture"] is None and plan["limit_ns"] == 7200 * S and plan["end_ns"] == 0
    assert [node["name"] for node in plan["nodes"]] == ["client", "server"]
    ends = [end for link in plan["links"] for end in link["ends"]]
    assert [end["ifindex"] for end in ends] == [16, 17, 18, 19]
    assert [end["node"] for end in ends] == [0, 1, 0, 1]
    assert [end["ifname"] for end in ends] == ["a", "a", "b", "b"]
    assert len({end["mac"] for end in ends}) == 4
    assert all(int(end["mac"][:2], 16) & 3 == 2 for end in ends), "locally administered, no group"
    assert ends[1]["addresses"] == ["192.0.2.2/28", "2001:db8:a::2/64"]
    assert ends[0]["netem"] == {"delay_ns": 10 * MS, "jitter_ns": 0, "loss_ppm": 0, "rate_bps": 0}
    assert plan["routes"] == []


def test_values_of_links(tmp_path):
    plan = plan_of(
        tmp_path,
        """\
summary: x
topology:
  nodes: {c: {}, s: {}}
  links:
    plain: {between: [c, s], ipv4: 192.0.2.0/30}
    shaped: {between: [c, s], ipv6: 3fff:1::/64, mtu: 9000, delay: {c: 1.5ms}, jitter: {c: 500us},
             loss: 0.0001%, rate: {s: 2.5mbit}}
    named: {between: [c, s], ipv4: 203.0.113.0/24, addresses: {s: [203.0.113.9, 203.0.113.7]}}
endpoints: {e: {node: s, bind: [s.named.2, s.named], port: 9}}
timeline: [{at: 0s, e: close}]
""",
    )
    plain, shaped, named = plan["links"]
    assert [end["netem"] for end in plain["ends"]] == [None, None]
    assert plain["mtu"] == 1500 and shaped["mtu"] == 9000
    assert shaped["ends"][0]["netem"] == {
        "delay_ns": 1_500_000, "jitter_ns": 500_000, "loss_ppm": 1, "rate_bps": 0,
    }
    assert shaped["ends"][1]["netem"] == {
        "delay_ns": 0, "jitter_ns": 0, "loss_ppm": 1, "rate_bps": 2_500_000,
    }
    assert shaped["ends"][0]["addresses"] == ["3fff:1::1/64"]
    assert named["ends"][0]["addresses"] == ["203.0.113.1/24"]
    assert named["ends"][1]["addresses"] == ["203.0.113.9/24", "203.0.113.7/24"]
    assert "bindx s 203.0.113.7,203.0.113.9 port=9" in plan["endpoints"][0]["setup"]


def test_sysctls(tmp_path):
    plan = plan_of(
        tmp_path,
        """\
summary: x
topology:
  nodes: {c: {sysctls: {net.sctp.rto_initial: 1000}}, r: {router: true}, s: {}}
  links:
    a: {between: [c, r], ipv4: 192.0.2.0/30}
    b: {between: [r, s], ipv4: 198.51.100.0/30}
sysctls: {c: {net/sctp/rto_initial: 2000, net.ipv4.conf.all.rp_filter: 1}}
endpoints: {e: {node: s}}
timeline: [{at: 0s, e: close}]
""",
    )
    assert plan["nodes"][0]["sysctls"] == [
        ["net/sctp/rto_initial", "2000"],
        ["net/ipv4/conf/all/rp_filter", "1"],
    ]
    assert plan["nodes"][1]["sysctls"] == [
        ["net/ipv4/ip_forward", "1"],
        ["net/ipv6/conf/all/forwarding", "1"],
    ]
    assert plan["nodes"][2]["sysctls"] == []


def test_endpoint_set_up(tmp_path):
    plan = plan_of(tmp_path, HEAD + STEP)
    server, client = plan["endpoints"]
    assert (server["name"], server["node"]) == ("server", 1)
    assert server["setup"] == [
        "socket s inet stream",
        "events s on SCTP_ASSOC_CHANGE SCTP_PEER_ADDR_CHANGE SCTP_REMOTE_ERROR "
        "SCTP_SEND_FAILED_EVENT SCTP_SHUTDOWN_EVENT",
        "bindx s 192.0.2.2,198.51.100.2 port=5000",
        "listen s 128",
        "watch s",
    ]
    assert client["setup"][2:] == ["bindx s 192.0.2.1,198.51.100.1 port=0", "watch s"]


@pytest.mark.parametrize(
    "text, commands",
    [
        ("node: client", ["socket s inet stream", "watch s"]),
        ("node: client, watch: off, port: 7", ["socket s inet stream", "bind s 0.0.0.0:7"]),
        (
            "node: client, family: ipv6, v6only: on, nonblocking: true, style: one-to-many, port: 7",
            ["socket s inet6 seqpacket nonblock v6only", "bind s [::]:7", "watch s"],
        ),
        ("node: client, bind: client.a.v6", ["socket s inet6 stream", "bind s [2001:db8:a::1]:0", "watch s"]),
        (
            "node: server, port: 6, listen: 5, send-timeout: 1.5s",
            [
                "socket s inet stream", "setsockopt s SO_SNDTIMEO value=1500ms", "bind s 0.0.0.0:6",
                "listen s 5", "watch s",
            ],
        ),
        (
            "node: client, privileged: no, poison-errno: EXDEV",
            ["poison EXDEV", "unprivileged", "socket s inet stream", "watch s"],
        ),
        (
            "node: client, options: {SCTP_RTOINFO: {srto_initial: 1s, srto_min: 200ms}, SCTP_NODELAY: true, "
            "SCTP_PRIMARY_ADDR: {ssp_addr: server.b}, SO_SNDBUF: 65536}",
            [
                "socket s inet stream", "setsockopt s SCTP_RTOINFO srto_initial=1000 srto_min=200",
                "setsockopt s SCTP_NODELAY value=1",
                "setsockopt s SCTP_PRIMARY_ADDR ssp_addr=198.51.100.2:5000",
                "setsockopt s SO_SNDBUF value=65536", "watch s",
            ],
        ),
    ],
)
def test_endpoint_keys(tmp_path, text, commands):
    setup = with_endpoint(tmp_path, text)
    assert [command for command in setup if not command.startswith("events")] == commands


@pytest.mark.parametrize(
    "events, command",
    [
        ("all", "events s on"),
        ("[SCTP_ASSOC_CHANGE, SCTP_SENDER_DRY_EVENT]", "events s on SCTP_ASSOC_CHANGE SCTP_SENDER_DRY_EVENT"),
        ("SCTP_SENDER_DRY_EVENT", "events s on SCTP_SENDER_DRY_EVENT"),
        ("off", None),
        ("[]", None),
    ],
)
def test_endpoint_events(tmp_path, events, command):
    setup = with_endpoint(tmp_path, f"node: client, events: {events}")
    assert [line for line in setup if line.startswith("events")] == ([command] if command else [])


def test_family_follows_the_addresses(tmp_path):
    step = "at: 0s, x: connectx, port: 5000, to: [server.a, server.b.v6]"
    assert with_endpoint(tmp_path, "node: client", step)[0] == "socket s inet6 stream"
    assert with_endpoint(tmp_path, "node: client, family: ipv4", step)[0] == "socket s inet stream"
    step = "at: 0s, x: connectx, to: [server.a, server.b]"
    assert with_endpoint(tmp_path, "node: client", step)[0] == "socket s inet stream"


@pytest.mark.parametrize(
    "line, command",
    [
        ("client: connectx, to: [server.a, server.b]", "connectx s 192.0.2.2,198.51.100.2 port=5000"),
        (
            "client: connectx, to: server.a.v6, port: 1, via: get, id: no",
            "connectx s 2001:db8:a::2 port=1 via=get id=no",
        ),
        (
            'client: connectx, to: ["server.a:5001", "server.b.v6:5002", "[2001:db8::1]:5003", server.b]',
            "connectx s 192.0.2.2:5001,[2001:db8:b::2]:5002,[2001:db8::1]:5003,198.51.100.2 port=5000",
        ),
        ('client: connectx, to: [server.a, "@family:99"]', "connectx s 192.0.2.2,@family:99 port=5000"),
        ('client: connectx, to: "@edge", via: get, length: 8', "connectx s @edge port=0 via=get length=8"),
        ('client: connectx, to: "server.a*300"', "connectx s 192.0.2.2*300 port=5000"),
        ('client: connect, to: "@null"', "connect s @null"),
        ("client: unprivileged", "unprivileged"),
        ("client: connectx, to: [10.0.0.1, server.b]", "connectx s 10.0.0.1,198.51.100.2 port=5000"),
        ("client: connectx, to: server.a, port: 0", "connectx s 192.0.2.2 port=0"),
        ("client: connect, to: server.b", "connect s 198.51.100.2:5000"),
        ("client: connect, to: server.b.v6, port: 3", "connect s [2001:db8:b::2]:3"),
        ("client: send, size: 1kB, stream: 2, unordered: yes", "send s size=1000B stream=2 unordered"),
        (
            'client: send, text: "a \\"b\\" \\\\", ppid: 9, lifetime: 90s',
            'send s text="a \\"b\\" \\\\" ppid=9 lifetime=90s',
        ),
        ("client: send, size: 24B, every: 100ms, for: 1min", "traffic s size=24B every=100ms for=1min flow=1"),
        ("server: send, size: 1KiB, every: 1.5ms, count: 7", "traffic s.1 size=1024B every=1500us count=7 flow=1"),
        ("client: send, size: 24B, every: 0s, for: 2s, stream: 1, streams: 4, unordered: true, lifetime: 1.5s, ppid: 9",
         "traffic s size=24B every=0s for=2s flow=1 streams=4 stream=1 ppid=9 unordered lifetime=1500ms"),
        ("client: send, size: 24B, every: 0s, count: 5, rtx: 0", "traffic s size=24B every=0s count=5 flow=1 rtx=0"),
        ("client: sendmsg, text: x, rtx: 3", 'sendmsg s text="x" rtx=3"'[:-1]),
        ("server: sendmsg, size: 1B, to: client.a, port: 4", "sendmsg s.1 size=1B to=192.0.2.1:4"),
        ("server: recvmsg, dontwait: true, max: 4KiB", "recvmsg s.1 dontwait max=4096B"),
        ("client: recvmsg", "recvmsg s"),
        ("client: poll, events: [POLLIN, POLLOUT], timeout: 10s", "poll s in out timeout=10s"),
        ("client: listen, backlog: 0", "listen s 0"),
        ("server: accept, as: mine", "accept s mine"),
        ("server: send, size: 1B, socket: s.2", "send s.2 size=1B"),
        ("client: bind, addresses: client.a.v6", "bind s [2001:db8:a::1]:0"),
        ("server: bindx, addresses: [server.a], remove: true", "bindx s 192.0.2.2 port=5000 rem"),
        ("client: peeloff", "peeloff s last p"),
        ("client: peeloff, assoc: 3, as: q", "peeloff s 3 q"),
        ("server: paths", "paths s.1"),
        ("client: status, assoc: 2", "status s 2"),
        ("client: getpaddrs", "getpaddrs s"),
        ("server: getladdrs", "getladdrs s.1"),
        ("server: getpeername", "getpeername s.1"),
        ("client: getsockopt, option: SO_ERROR", "getsockopt s SO_ERROR"),
        (
            "client: getsockopt, option: SCTP_PEER_ADDR_PARAMS, assoc: 1, fields: {spp_address: server.a.v6}",
            "getsockopt s SCTP_PEER_ADDR_PARAMS assoc=1 spp_address=2001:db8:a::2",
        ),
        (
            "client: setsockopt, option: SCTP_DELAYED_SACK, fields: {sack_delay: 200ms, sack_freq: 2}",
            "setsockopt s SCTP_DELAYED_SACK sack_delay=200 sack_freq=2",
        ),
        ("client: setsockopt, option: SO_RCVTIMEO, value: 2s", "setsockopt s SO_RCVTIMEO value=2s"),
        ("client: shutdown", "shutdown s wr"),
        ("server: abort", "abort s.1"),
        ("client: close", "close s"),
        ('client: command, line: "getladdrs s 4"', "getladdrs s 4"),
    ],
)
def test_commands(tmp_path, line, command):
    step = step_of(tmp_path, "at: 1s, " + line)
    assert step["do"] == "command"
    assert step["command"] == command
    assert step["call"] == command.split()[0]
    assert step["endpoint"] == (0 if line.startswith("server") else 1)


def test_place_and_text(tmp_path):
    first, second = steps_of(
        tmp_path,
        "at: 0s, client: connectx, to: [server.a], expect: ok, source: x",
        "at: 1s,   name: f, fault: blackhole,   link: a",
    )
    assert (first["id"], first["line"], first["column"]) == (0, 7, 5)
    assert first["text"] == "at: 0s, client: connectx, to: [server.a]"
    assert (second["id"], second["line"], second["column"]) == (1, 8, 5)
    assert second["text"] == "at: 1s, fault: blackhole, link: a"


def test_times(tmp_path):
    steps = steps_of(
        tmp_path,
        "at: 1.5s, name: first, client: connectx, to: [server.a]",
        "client: getpaddrs",
        "after: connected, client: close",
        "after: client.lost + 2s, client: close",
        "after: server.path-down+100ms, client: close",
        "after: done first + 1h, client: close",
    )
    assert steps[0]["at_ns"] == 1_500 * MS and "after" not in steps[0]
    assert [step["after"] for step in steps[1:]] == [
        {"endpoint": None, "event": "done", "delay_ns": 0, "step": 0},
        {"endpoint": None, "event": "connected", "delay_ns": 0},
        {"endpoint": 1, "event": "lost", "delay_ns": 2 * S},
        {"endpoint": 0, "event": "path-down", "delay_ns": 100 * MS},
        {"endpoint": None, "event": "done", "delay_ns": 3600 * S, "step": 0},
    ]
    assert all("at_ns" not in step for step in steps[1:])


@pytest.mark.parametrize(
    "line, keys",
    [
        ("link-down, link: a", {"kind": "link-down", "targets": [[0, 16], [1, 17]]}),
        ("link-down, link: b, node: server", {"kind": "link-down", "targets": [[1, 19]]}),
        ("blackhole, link: a", {"kind": "blackhole", "targets": [[0, 16], [1, 17]]}),
        ("blackhole, link: a, from: client", {"kind": "blackhole", "targets": [[1, 17]]}),
        ("blackhole, link: a, from: server", {"kind": "blackhole", "targets": [[0, 16]]}),
        ("dead-neighbour, link: b, node: server", {"kind": "dead-neighbour", "targets": [[1, 19]]}),
        (
            "drop, link: a, from: client, chunk: INIT",
            {"kind": "drop", "targets": [[1, 17]], "chunk": "init", "skip": 0, "count": 0},
        ),
        (
            "drop, link: a, from: server, chunk: COOKIE ACK, nth: 3",
            {"kind": "drop", "targets": [[0, 16]], "chunk": "cookie-ack", "skip": 2, "count": 1},
        ),
        (
            "drop, link: a, from: server, nth: 3, count: 4",
            {"kind": "drop", "targets": [[0, 16]], "chunk": None, "skip": 2, "count": 4},
        ),
        (
            "route-prohibit, node: client, to: [server.a, server.b.v6]",
            {"kind": "route", "type": "prohibit", "node": 0, "prefixes": ["192.0.2.2/32", "2001:db8:b::2/128"]},
        ),
        (
            "route-absent, node: client, to: [server.a, server.b.v6]",
            {"kind": "route", "type": "absent", "node": 0, "prefixes": ["192.0.2.0/28", "2001:db8:b::/64"]},
        ),
        (
            "reject, node: server, to: server.a, with: port-unreachable",
            {"kind": "reject", "node": 1, "destinations": ["192.0.2.2"], "sources": [], "icmp": 3, "chunk": None},
        ),
        (
            "reject, node: server, from: [client.a, client.a.v6], with: host-unreachable, chunk: INIT",
            {
                "kind": "reject", "node": 1, "destinations": [], "sources": ["192.0.2.1", "2001:db8:a::1"],
                "icmp": 1, "icmpv6": 3, "chunk": "init",
            },
        ),
        ("reject, node: server, with: 13", {"kind": "reject", "node": 1, "icmp": 13, "icmpv6": 13}),
        (
            "firewall, node: client, to: server.a",
            {"kind": "firewall", "node": 0, "destinations": ["192.0.2.2"]},
        ),
        ("no-listener, endpoint: server", {"kind": "no-listener", "endpoint": 0}),
        ("crash, endpoint: client", {"kind": "crash", "endpoint": 1}),
        ("freeze, endpoint: server", {"kind": "freeze", "endpoint": 0}),
        ("link-down, link: [a, b]", {"kind": "link-down", "targets": [[0, 16], [1, 17], [0, 18], [1, 19]]}),
        ("blackhole, link: [a, b], from: client", {"kind": "blackhole", "targets": [[1, 17], [1, 19]]}),
        (
            "impair, link: a, from: client, delay: 1s, loss: 0.5%, corrupt: 100%",
            {
                "kind": "impair", "targets": [[1, 17]],
                "netem": {"delay_ns": 10**9, "loss_ppm": 5000, "corrupt_ppm": 10**6},
            },
        ),
        (
            "impair, link: a, jitter: 10ms, rate: 10kbit, reorder: 1%, duplicate: 2%",
            {
                "kind": "impair", "targets": [[0, 16], [1, 17]],
                "netem": {"jitter_ns": 10**7, "rate_bps": 10000, "reorder_ppm": 10**4, "duplicate_ppm": 2 * 10**4},
            },
        ),
        ("mtu, link: a, mtu: 1280", {"kind": "mtu", "targets": [[0, 16], [1, 17]], "mtu": 1280, "icmp": True}),
        ("mtu, link: a, node: server, mtu: 1400, icmp: no", {"kind": "mtu", "targets": [[1, 17]], "mtu": 1400, "icmp": False}),
        (
            "address-removed, address: [server.a, server.a.v6]",
            {"kind": "address-removed", "targets": [[1, 17]], "addresses": ["192.0.2.2/28", "2001:db8:a::2/64"]},
        ),
        (
            "address-added, link: b, node: client, address: [198.51.100.9, 2001:db8:b::9]",
            {"kind": "address-added", "targets": [[0, 18]], "addresses": ["198.51.100.9/28", "2001:db8:b::9/64"]},
        ),
        ("rp-filter, node: server, mode: strict", {"kind": "rp-filter", "node": 1, "mode": "strict", "interface": "all"}),
        ("rp-filter, node: server, mode: loose, link: b", {"kind": "rp-filter", "node": 1, "mode": "loose", "interface": "b"}),
        ("conntrack, node: client", {"kind": "conntrack", "node": 0}),
    ],
)
def test_faults(tmp_path, line, keys):
    step = step_of(tmp_path, "at: 1s, fault: " + line)
    assert step["do"] == "fault"
    assert {key: step[key] for key in keys} == keys
    assert ("icmpv6" in step) == ("icmpv6" in keys)


def test_heals(tmp_path):
    steps = steps_of(
        tmp_path,
        "at: 1s, fault: link-down, link: a, name: cut",
        "at: 2s, fault: blackhole, link: a",
        "at: 3s, fault: crash, endpoint: server",
        "at: 4s, heal: cut",
        "at: 5s, heal: a",
        "at: 6s, heal: server",
        "at: 7s, fault: link-down, link: a",
        "at: 8s, heal: link-down",
    )
    assert [(step["do"], step["step"]) for step in steps if step["do"] == "heal"] == [
        ("heal", 0), ("heal", 1), ("heal", 2), ("heal", 6),
    ]


def test_conditions(tmp_path):
    steps = steps_of(
        tmp_path,
        "when: {path: client.b, state: ACTIVE, endpoint: server}, fault: blackhole, link: a",
        "at: 0s, client: connectx, to: [server.a]",
        "when: {path: server.a.v6, state: PF + 2s, every: 1s}, client: close",
    )
    assert steps[0]["when"] == {
        "endpoint": 0, "socket": "s.1", "address": "198.51.100.1", "state": "ACTIVE", "every_ns": 10 * MS,
        "since": None, "delay_ns": 0,
    }
    assert steps[2]["when"] == {
        "endpoint": 1, "socket": "s", "address": "2001:db8:a::2", "state": "PF", "every_ns": S,
        "since": 1, "delay_ns": 2 * S,
    }
    assert not any("at_ns" in step or "after" in step for step in [steps[0], steps[2]])


def flap_of(tmp_path, *lines):
    """What a flap became: (id, what, when, what it is or heals) of each step."""
    steps = steps_of(tmp_path, *lines)
    return [
        (step["id"], step["do"], step.get("at_ns", step.get("after")), step.get("targets", step.get("step")))
        for step in steps
    ]


def test_a_flap_becomes_faults_and_heals(tmp_path):
    down = [[0, 16], [1, 17]]
    assert flap_of(tmp_path, "at: 5s, fault: flap, link: a, down: 2s, up: 3s, count: 3") == [
        (0, "fault", 5 * S, down), (1, "heal", 7 * S, 0),
        (2, "fault", 10 * S, down), (3, "heal", 12 * S, 2),
        (4, "fault", 15 * S, down), (5, "heal", 17 * S, 4),
    ]


def test_a_flap_after_something_counts_from_its_first_fault(tmp_path):
    def done(step, later):
        return {"endpoint": None, "event": "done", "delay_ns": later, "step": step}

    assert flap_of(
        tmp_path,
        "at: 0s, client: close",
        "name: f, fault: flap, kind: blackhole, link: a, from: client, down: 1s, up: 1s, for: 3s",
        "after: done f + 1s, client: status",
    )[1:] == [
        (1, "fault", done(0, 0), [[1, 17]]), (2, "heal", done(1, S), 1),
        (3, "fault", done(1, 2 * S), [[1, 17]]), (4, "heal", done(1, 3 * S), 3),
        (5, "command", done(4, S), None),
    ]


def test_signal(tmp_path):
    step = step_of(tmp_path, "at: 1s, signal: client")
    assert (step["do"], step["endpoint"], step["signal"]) == ("signal", 1, 10)


def test_end(tmp_path):
    traffic = "  - {at: 2s, client: send, size: 100B, every: 1s, count: 5}\n"
    plan = plan_of(tmp_path, HEAD + STEP + traffic)
    assert (plan["end_ns"], plan["settle_ns"]) == (7 * S, 10 * S)
    plan = plan_of(tmp_path, HEAD + STEP + "until: 1h\ncapture: on\n")
    assert (plan["end_ns"], plan["settle_ns"], plan["capture"]) == (3600 * S, 0, True)
    plan = plan_of(tmp_path, HEAD + STEP + "limit: 3h\ncapture: off\n")
    assert (plan["end_ns"], plan["limit_ns"], plan["capture"]) == (0, 10800 * S, False)


def test_memory(tmp_path):
    assert "memory_mib" not in plan_of(tmp_path, HEAD + STEP)
    assert plan_of(tmp_path, HEAD + STEP + "memory: 524288KiB\n")["memory_mib"] == 512


def test_same_plan_twice(tmp_path):
    assert plan_of(tmp_path, HEAD + STEP) == plan_of(tmp_path, HEAD + STEP)
