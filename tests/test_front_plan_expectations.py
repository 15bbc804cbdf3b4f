# SPDX-License-Identifier: GPL-2.0-only
"""Plans: what is expected, and the observations it needs (docs/formats.md, section 3)."""

import pytest
from front_tools import HEAD, STEP, expectation_of, plan_of, step_of

MS = 1_000_000
S = 1_000_000_000
NO_BOUND = 2**63 - 1


@pytest.mark.parametrize(
    "call, expect, keys",
    [
        ("connectx, to: server.a", "ok", {"ret": 0, "errno": None, "text": "ok"}),
        ("connectx, to: server.a", "EINTR", {"ret": -1, "errno": "EINTR"}),
        ("recvmsg", "ok", {"errno": None}),
        (
            "connectx, to: server.a",
            "{result: ok, took: 3s..3.1s, id: true}",
            {
                "ret": 0, "errno": None, "took_ns": [3000 * MS, 3100 * MS], "id": True,
                "text": "ok, took: 3s..3.1s, id: true",
            },
        ),
        ("close", "{took: <= 3s}", {"ret": 0, "errno": None, "took_ns": [0, 3 * S]}),
        ("close", "{took: < 3s}", {"took_ns": [0, 3 * S - 1], "ret": 0, "errno": None}),
        ("close", '{took: ">= 3s"}', {"took_ns": [3 * S, NO_BOUND], "ret": 0, "errno": None}),
        ("close", '{took: "> 3s"}', {"took_ns": [3 * S + 1, NO_BOUND], "ret": 0, "errno": None}),
        ("close", "{took: 8s}", {"took_ns": [7990 * MS, 9010 * MS], "ret": 0, "errno": None}),
        ("close", "{took: 0s}", {"took_ns": [0, 10 * MS], "ret": 0, "errno": None}),
        (
            "getsockopt, option: SO_ERROR",
            "{so-error: ETIMEDOUT}",
            {"ret": 0, "errno": None, "so_error": "ETIMEDOUT"},
        ),
        ("getsockopt, option: SO_ERROR", "{so-error: 0}", {"ret": 0, "errno": None, "so_error": None}),
        (
            "getsockopt, option: SCTP_RTOINFO",
            "{value: {srto_initial: 3s, srto_min: 1000}}",
            {"ret": 0, "errno": None, "value": {"srto_initial": 3000, "srto_min": 1000}},
        ),
        (
            "poll, events: POLLOUT",
            "{revents: [POLLOUT, POLLERR]}",
            {"errno": None, "revents": ["POLLOUT", "POLLERR"]},
        ),
        (
            "status",
            "{state: SCTP_ESTABLISHED, primary: server.b}",
            {"errno": None, "state": "SCTP_ESTABLISHED", "primary": "198.51.100.2"},
        ),
        (
            "getpaddrs",
            "{addresses: [server.a, server.b], count: 2}",
            {"errno": None, "addresses": ["192.0.2.2", "198.51.100.2"], "count": [2, 2]},
        ),
        (
            "paths",
            "{count: 1..3, primary: server.a}",
            {"errno": None, "count": [1, 3], "primary": "192.0.2.2"},
        ),
        ("accept", "{peer: server.a}", {"errno": None, "peer": "192.0.2.2"}),
        (
            "recvmsg",
            "{notification: SCTP_ASSOC_CHANGE, state: SCTP_COMM_UP}",
            {"errno": None, "notification": "SCTP_ASSOC_CHANGE", "state": "SCTP_COMM_UP"},
        ),
        ("recvmsg", "{notification: none, size: 1kB}", {"errno": None, "notification": None, "size": 1000}),
    ],
)
def test_call_expectations(tmp_path, call, expect, keys):
    got = step_of(tmp_path, f"at: 1s, client: {call}, expect: {expect}, source: RFC 9260")["expect"]
    assert got.pop("source") == "RFC 9260"
    if "text" not in keys:
        assert got.pop("text")
    assert got == keys


def test_path_expectation(tmp_path):
    plan, expect = expectation_of(tmp_path, "path: server.b, state: INACTIVE, by: 12s, source: RFC 9260")
    assert expect == {
        "kind": "path", "endpoint": 1, "address": "198.51.100.2", "state": "INACTIVE", "by_ns": 12 * S,
        "line": 9, "column": 5, "text": "{path: server.b, state: INACTIVE, by: 12s}", "source": "RFC 9260",
    }
    observation = plan["steps"][-1]
    assert observation["observe"] is True and observation["at_ns"] == 12 * S
    assert (observation["endpoint"], observation["command"]) == (1, "paths s")
    assert (observation["line"], observation["column"]) == (9, 5)
    assert plan["end_ns"] == 12 * S


def test_path_never(tmp_path):
    plan, expect = expectation_of(tmp_path, "path: server.b, state: PF, never: true, endpoint: server")
    assert expect["never"] is True and "by_ns" not in expect and "at_ns" not in expect
    observation = plan["steps"][-1]
    assert observation["after"] == {"endpoint": None, "event": "end", "delay_ns": 0}
    assert observation["command"] == "paths s.1", "the socket that the server accepted"


def test_path_always(tmp_path):
    plan, expect = expectation_of(tmp_path, "path: server.b, state: ACTIVE, always: true")
    assert expect["always"] is True and "never" not in expect and "by_ns" not in expect
    assert plan["steps"][-1]["after"]["event"] == "end"


def test_one_observation_a_time(tmp_path):
    plan = plan_of(
        tmp_path,
        HEAD + STEP + "expect:\n"
        "  - {path: server.a, state: ACTIVE, at: 5s}\n"
        "  - {path: server.b, state: ACTIVE, by: 5s}\n"
        "  - {primary: server.a, at: 5s}\n"
        "  - {primary: server.a}\n"
        "  - {path: server.b, state: PF, never: yes}\n",
    )
    assert [step.get("at_ns") for step in plan["steps"] if step.get("observe")] == [5 * S, None]
    ids = [step["id"] for step in plan["steps"]]
    assert ids == list(range(len(ids)))
    assert plan["expect"][3]["at_ns"] is None


def test_a_question_that_something_follows_at_once_is_asked_again(tmp_path):
    """What the scenario does last at that time decides what an expectation sees."""
    for follows in ("{at: 5s, client: status}", "{at: 5s, server: paths}", "{at: 5s, fault: link-down, link: a}"):
        plan = plan_of(
            tmp_path, HEAD + STEP + f"  - {{at: 5s, client: paths}}\n  - {follows}\nexpect:\n  - {{primary: server.a, at: 5s}}\n"
        )
        assert [step["at_ns"] for step in plan["steps"] if step.get("observe")] == [5 * S]


def test_names_of_addresses(tmp_path):
    names = plan_of(tmp_path, HEAD + STEP)["names"]
    assert names["192.0.2.2"] == "server.a" and names["2001:db8:a::2"] == "server.a.v6"
    # each name means its address
    steps = "".join(f"  - {{at: {i}s, client: connectx, to: [{name}], port: 5000}}\n" for i, name in enumerate(names.values()))
    commands = [step["command"].split()[2].strip("[]") for step in plan_of(tmp_path, HEAD + steps)["steps"]]
    assert commands == list(names)


def test_what_is_only_for_people(tmp_path):
    assert step_of(tmp_path, "at: 1s, fault: reject, node: server, with: host-unreachable")["with"] == "host-unreachable"
    assert "with" not in step_of(tmp_path, "at: 1s, fault: reject, node: server, with: 1")
    endpoint = plan_of(tmp_path, HEAD + STEP)["endpoints"][0]
    assert HEAD.splitlines()[endpoint["line"] - 1][endpoint["column"] - 1:] == endpoint["text"]


def test_what_the_timeline_asks_is_not_asked_again(tmp_path):
    asked = "  - {at: 5s, client: paths}\nexpect:\n  - {primary: server.a, at: 5s}\n"
    plan = plan_of(tmp_path, HEAD + STEP + asked)
    assert not any(step.get("observe") for step in plan["steps"])


def test_notification_expectation(tmp_path):
    _, expect = expectation_of(
        tmp_path,
        "notification: SCTP_PEER_ADDR_CHANGE, state: SCTP_ADDR_UNREACHABLE, address: server.a, "
        "from: 1s, by: 9s, count: 2",
    )
    assert {key: expect[key] for key in ["type", "state", "address", "from_ns", "to_ns", "count"]} == {
        "type": "SCTP_PEER_ADDR_CHANGE", "state": "SCTP_ADDR_UNREACHABLE", "address": "192.0.2.2",
        "from_ns": S, "to_ns": 9 * S, "count": [2, 2],
    }
    _, expect = expectation_of(tmp_path, "notification: SCTP_ASSOC_CHANGE")
    assert {key: expect[key] for key in ["state", "address", "from_ns", "to_ns", "count"]} == {
        "state": None, "address": None, "from_ns": 0, "to_ns": 7200 * S, "count": [1, NO_BOUND],
    }


def test_delivery_expectations(tmp_path):
    _, expect = expectation_of(tmp_path, "delivered: all, in-order: true, duplicates: no")
    assert (expect["endpoint"], expect["all"], expect["in_order"], expect["duplicates"]) == (0, True, True, False)
    _, expect = expectation_of(tmp_path, "delivered: all")
    assert not {"in_order", "duplicates", "count", "share_ppm", "sender"} & expect.keys()
    for text, count in [("12", [12, 12]), (">= 12", [12, NO_BOUND]), ("3..12", [3, 12])]:
        _, expect = expectation_of(tmp_path, f'delivered: "{text}", endpoint: client, sender: server')
        assert (expect["endpoint"], expect["sender"], expect["count"], "all" in expect) == (1, 0, count, False)
    _, expect = expectation_of(tmp_path, "delivered: 99.5%")
    assert (expect["share_ppm"], "all" in expect, "count" in expect) == (995000, False, False)
    _, expect = expectation_of(tmp_path, 'latency: "<= 200ms", of: 99%, sender: client')
    assert (expect["kind"], expect["ns"], expect["of"], expect["sender"]) == ("latency", [0, 200 * 10**6], "99%", 1)
    _, expect = expectation_of(tmp_path, "latency: 10ms..11ms")
    assert (expect["of"], "sender" in expect) == ("all", False)
    _, expect = expectation_of(tmp_path, "outage: 1s..3s")
    assert (expect["endpoint"], expect["ns"]) == (0, [S, 3 * S])
