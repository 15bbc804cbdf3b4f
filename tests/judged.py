# SPDX-License-Identifier: GPL-2.0-only
"""Hand-made plans and events for the judge: one failover run in which every kind of expectation holds.

    client                     server
      |  192.0.2.1 -- a -- 192.0.2.2  |
      |  198.51.100.1 - b - 198.51.100.2
"""

import copy
import json

import lab

S = 1_000_000_000
MS = 1_000_000
NO_BOUND = 9223372036854775807

CLIENT, SERVER = 1, 0


def plan():
    """The plan; each call gives a new one."""
    return copy.deepcopy(_PLAN)


def events():
    """The events of a run as the plan wants it; each call gives new ones."""
    return copy.deepcopy(_EVENTS)


def write(folder, a_plan, some_events, facts=None):
    """Writes a kept run; events may also be the text of events.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(json.dumps(a_plan), encoding="utf-8")
    if not isinstance(some_events, (str, bytes)):
        some_events = "".join(json.dumps(event) + "\n" for event in some_events)
    if isinstance(some_events, str):
        some_events = some_events.encode()
    (folder / "events.jsonl").write_bytes(some_events)
    if facts is not None:
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def judge(folder, a_plan, some_events, facts=None):
    """One run's entry of the JSON report."""
    write(folder, a_plan, some_events, facts)
    done = lab.pathlab("verdict", "--format", "json", folder)
    assert done.stderr == "", done.stderr
    document = json.loads(done.stdout)
    (run,) = document["runs"]
    status = {"pass": 0, "fail": 1, "void": 3}[run["verdict"]]
    assert done.returncode == status, (done.returncode, run)
    assert (run["verdict"] == "pass") == (run["problems"] == []), run
    return run


def step(step_id, **keys):
    return {"id": step_id, "line": 10 + step_id, "column": 5, "text": f"step {step_id}", **keys}


def call(tag, name, start, end=None, ret=0, errno=None, endpoint="client", socket="s", args=None, **keys):
    return {
        "event": "call",
        "endpoint": endpoint,
        "tag": str(tag),
        "call": name,
        "socket": socket,
        "args": args or {},
        "start": start,
        "end": start if end is None else end,
        "ret": ret,
        "errno": errno,
        **keys,
    }


def handed(step_id, time):
    return {"event": "step", "time": time, "step": step_id}


def deed(kind, step_id, time, fault_kind, **keys):
    return {"event": kind, "time": time, "step": step_id, "kind": fault_kind, "ret": 0, "errno": None, "message": None, **keys}


def address_change(time, address, state, endpoint="client"):
    return {
        "event": "notification",
        "endpoint": endpoint,
        "socket": "s",
        "time": time,
        "type": "SCTP_PEER_ADDR_CHANGE",
        "address": address + ":5000",
        "state": state,
        "error": 0,
        "assoc_id": 1,
    }


def association_change(time, state, endpoint="client"):
    return {
        "event": "notification",
        "endpoint": endpoint,
        "socket": "s",
        "time": time,
        "type": "SCTP_ASSOC_CHANGE",
        "state": state,
        "error": 0,
        "outbound_streams": 10,
        "inbound_streams": 10,
        "assoc_id": 1,
    }


def message(time, seq, sent, **keys):
    return {
        "event": "message",
        "endpoint": "server",
        "socket": "s.1",
        "time": time,
        "size": 1000,
        "from": "192.0.2.1:40000",
        "stream": 0,
        "ssn": seq,
        "ppid": 0,
        "assoc_id": 1,
        "unordered": False,
        "traffic": {"flow": 2, "seq": seq, "sent": sent},  # of step 1
        **keys,
    }


def path(address, state, primary=False):
    return {
        "address": address + ":5000",
        "state": state,
        "cwnd": 4380,
        "srtt_ms": 0,
        "rto_ms": 1000,
        "mtu": 1500,
        "primary": primary,
    }


def end(time, **keys):
    return {"event": "end", "time": time, "packets": 0, **keys}


def node_end(node, ifindex, mac, *addresses):
    return {"node": node, "ifname": "x", "ifindex": ifindex, "mac": mac, "addresses": list(addresses), "netem": None}


_PLAN = {
    "pathlab_plan": 1,
    "scenario": "failover/primary-silent",
    "file": "scenarios/failover/primary-silent.yaml",
    "summary": "The primary path goes silent; data continues on the other one.",
    "capture": False,
    "end_ns": 40 * S,
    "settle_ns": 0,
    "limit_ns": 7200 * S,
    "nodes": [{"name": "client", "sysctls": []}, {"name": "server", "sysctls": []}],
    "links": [
        {
            "name": "a",
            "mtu": 1500,
            "ends": [
                node_end(0, 16, "02:00:00:00:10:00", "192.0.2.1/28"),
                node_end(1, 17, "02:00:00:00:11:00", "192.0.2.2/28"),
            ],
        },
        {
            "name": "b",
            "mtu": 1500,
            "ends": [
                node_end(0, 18, "02:00:00:00:12:00", "198.51.100.1/28"),
                node_end(1, 19, "02:00:00:00:13:00", "198.51.100.2/28"),
            ],
        },
    ],
    "routes": [],
    "names": {"192.0.2.1": "client.a", "192.0.2.2": "server.a", "198.51.100.1": "client.b", "198.51.100.2": "server.b"},
    "endpoints": [
        {"name": "server", "node": 1, "setup": ["socket s inet stream", "listen s"], "line": 5, "column": 3, "text": "server: {}"},
        {"name": "client", "node": 0, "setup": ["socket s inet stream"], "line": 6, "column": 3, "text": "client: {}"},
    ],
    "steps": [
        step(
            0,
            at_ns=0,
            do="command",
            endpoint=CLIENT,
            call="connectx",
            command="connectx s 192.0.2.2,198.51.100.2 port=5000",
            expect={"ret": 0, "errno": None, "took_ns": [0, 100 * MS], "id": True, "source": "RFC 9260 5.1"},
        ),
        step(1, at_ns=1 * S, do="command", endpoint=CLIENT, call="traffic", command="traffic s size=1000B every=1s count=4"),
        step(2, at_ns=int(2.5 * S), do="fault", kind="blackhole", targets=[[0, 16], [1, 17]]),
        step(3, at_ns=20 * S, do="heal", step=2),
        step(
            4,
            at_ns=30 * S,
            do="command",
            endpoint=CLIENT,
            call="getsockopt",
            command="getsockopt s SO_ERROR",
            expect={"ret": 0, "errno": None, "so_error": None},
        ),
        step(
            5,
            at_ns=31 * S,
            do="command",
            endpoint=CLIENT,
            call="status",
            command="status s",
            expect={"ret": 0, "errno": None, "state": "SCTP_ESTABLISHED", "primary": "192.0.2.2"},
        ),
        step(
            6,
            at_ns=32 * S,
            do="command",
            endpoint=CLIENT,
            call="poll",
            command="poll s in out",
            expect={"errno": None, "revents": ["POLLIN", "POLLOUT"]},
        ),
        step(
            7,
            at_ns=33 * S,
            do="command",
            endpoint=CLIENT,
            call="getpaddrs",
            command="getpaddrs s",
            expect={"ret": 2, "errno": None, "count": [2, 2], "addresses": ["198.51.100.2", "192.0.2.2"]},
        ),
        step(
            8,
            at_ns=34 * S,
            do="command",
            endpoint=CLIENT,
            call="connectx",
            command="connectx s 192.0.2.2 port=5000",
            expect={"ret": -1, "errno": "EISCONN"},
        ),
        step(9, after={"endpoint": None, "event": "end", "delay_ns": 0}, do="command", endpoint=CLIENT, call="paths",
             command="paths s", observe=True),
    ],
    "expect": [
        {"line": 30, "column": 5, "text": "{path: server.a, state: INACTIVE, by: 12s}", "kind": "path", "endpoint": CLIENT,
         "address": "192.0.2.2", "state": "INACTIVE", "by_ns": 12 * S, "source": "RFC 9260 8.2"},
        {"line": 31, "column": 5, "text": "{path: server.a, state: ACTIVE, at: 40s}", "kind": "path", "endpoint": CLIENT,
         "address": "192.0.2.2", "state": "ACTIVE", "at_ns": 40 * S},
        {"line": 32, "column": 5, "text": "{path: server.b, state: INACTIVE, never: true}", "kind": "path",
         "endpoint": CLIENT, "address": "198.51.100.2", "state": "INACTIVE", "never": True},
        {"line": 33, "column": 5, "text": "{primary: server.a}", "kind": "primary", "endpoint": CLIENT,
         "address": "192.0.2.2", "at_ns": None},
        {"line": 34, "column": 5, "text": "{notification: SCTP_PEER_ADDR_CHANGE}", "kind": "notification",
         "endpoint": CLIENT, "type": "SCTP_PEER_ADDR_CHANGE", "state": "SCTP_ADDR_UNREACHABLE", "address": "192.0.2.2",
         "from_ns": 2 * S, "to_ns": 12 * S, "count": [1, 1]},
        {"line": 35, "column": 5, "text": "{delivered: all, in-order: true}", "kind": "delivered", "endpoint": SERVER,
         "all": True, "in_order": True, "duplicates": False},
        {"line": 36, "column": 5, "text": "{outage: '<= 3s'}", "kind": "outage", "endpoint": SERVER, "ns": [0, 3 * S]},
    ],
}

_EVENTS = [
    {"event": "begin", "time": -10 * MS, "kernel": "6.12.117", "nodes": 2, "links": 2, "endpoints": 2},
    call("setup.0", "socket", -5 * MS, ret=3, endpoint="server", args={"family": "inet", "type": "stream"}),
    call("setup.1", "listen", -5 * MS, endpoint="server", args={"backlog": 128}),
    call("setup.0", "socket", -5 * MS, ret=3, args={"family": "inet", "type": "stream"}),
    handed(0, 0),
    association_change(20 * MS, "SCTP_COMM_UP"),
    call(0, "connectx", 0, 20 * MS, args={"addrs": ["192.0.2.2:5000", "198.51.100.2:5000"], "via": "lib", "id": True},
         assoc_id=1),
    address_change(40 * MS, "198.51.100.2", "SCTP_ADDR_CONFIRMED"),
    handed(1, 1 * S),
    call(1, "traffic", 1 * S, args={"size": 1000, "every_ns": 1 * S, "count": 4}),
    message(1 * S, 0, 1 * S),
    message(2 * S, 1, 2 * S),
    handed(2, int(2.5 * S)),
    deed("fault", 2, int(2.5 * S), "blackhole"),
    message(5 * S, 2, 3 * S),
    message(5 * S, 3, 4 * S),
    {"event": "traffic", "endpoint": "client", "socket": "s", "tag": "1", "time": 5 * S, "sent": 4, "failed": 0, "errors": {}},
    address_change(10 * S, "192.0.2.2", "SCTP_ADDR_UNREACHABLE"),
    handed(3, 20 * S),
    deed("heal", 3, 20 * S, "blackhole", heals=2),
    address_change(25 * S, "192.0.2.2", "SCTP_ADDR_AVAILABLE"),
    handed(4, 30 * S),
    call(4, "getsockopt", 30 * S, args={"option": "SO_ERROR"}, value=0),
    handed(5, 31 * S),
    call(5, "status", 31 * S, state="SCTP_ESTABLISHED", assoc_id=1, rwnd=100000, unacked=0, pending=0, instreams=10,
         outstreams=10, fragmentation_point=1452, primary=path("192.0.2.2", "SCTP_ACTIVE", True)),
    handed(6, 32 * S),
    call(6, "poll", 32 * S, ret=1, revents=["POLLIN", "POLLOUT"]),
    handed(7, 33 * S),
    call(7, "getpaddrs", 33 * S, ret=2, addrs=["192.0.2.2:5000", "198.51.100.2:5000"]),
    handed(8, 34 * S),
    call(8, "connectx", 34 * S, ret=-1, errno="EISCONN", args={"addrs": ["192.0.2.2:5000"]}, assoc_id=None),
    handed(9, 40 * S),
    call(9, "paths", 40 * S, paths=[path("192.0.2.2", "SCTP_ACTIVE", True), path("198.51.100.2", "SCTP_ACTIVE")]),
    end(40 * S),
]
