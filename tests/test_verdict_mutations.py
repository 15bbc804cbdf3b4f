# SPDX-License-Identifier: GPL-2.0-only
"""The judge must not be lenient: a run that holds no longer does when one value it is judged by changes."""

import pytest

import judged
from judged import MS, S


def test_the_run_holds(tmp_path):
    run = judged.judge(tmp_path, judged.plan(), judged.events())
    assert run["verdict"] == "pass"
    assert run["outcome"] == "connected in 20 ms; EISCONN at once; delivered 4 of 4, longest gap 3 s, latency 0 s to 2 s"
    assert run["virtual_ns"] == 40 * S + 10 * MS


def index_of(**keys):
    """The one event with these keys."""
    (index,) = [i for i, event in enumerate(judged.events()) if keys.items() <= event.items()]
    return index


SETUP = dict(event="call", tag="setup.1")
CONNECTX = dict(event="call", tag="0")
TRAFFIC = dict(event="call", tag="1")
FAULT = dict(event="fault")
HEAL = dict(event="heal")
SO_ERROR = dict(event="call", tag="4")
STATUS = dict(event="call", tag="5")
POLL = dict(event="call", tag="6")
ADDRESSES = dict(event="call", tag="7")
AGAIN = dict(event="call", tag="8")
PATHS = dict(event="call", tag="9")
DOWN = dict(event="notification", state="SCTP_ADDR_UNREACHABLE")
TRAFFIC_END = dict(event="traffic")
LAST = dict(event="message", time=5 * S, ssn=3)
LATE = dict(event="message", time=5 * S, ssn=2)
END = dict(event="end")

# Which event, which value in it, what it becomes, and the verdict then.
MUTATIONS = [
    (SETUP, "tag", "setup.0", "fail"),
    (SETUP, "errno", "EINVAL", "fail"),
    (SETUP, "ret", -1, "fail"),
    (SETUP, "endpoint", "client", "fail"),
    (SETUP, "event", "answer", "fail"),
    (CONNECTX, "tag", "x", "fail"),
    (CONNECTX, "event", "answer", "fail"),
    (CONNECTX, "call", "connect", "void"),
    (CONNECTX, "endpoint", "server", "void"),
    (CONNECTX, "ret", -1, "fail"),
    (CONNECTX, "ret", 1, "fail"),
    (CONNECTX, "ret", "0", "fail"),
    (CONNECTX, "errno", "ETIMEDOUT", "fail"),
    (CONNECTX, "start", 21 * MS, "fail"),
    (CONNECTX, "end", 100 * MS + 1, "fail"),
    (CONNECTX, "assoc_id", None, "fail"),
    (TRAFFIC, "tag", "77", "fail"),
    (FAULT, "ret", -1, "void"),
    (FAULT, "ret", 1, "void"),
    (FAULT, "errno", "EPERM", "void"),
    (FAULT, "step", 77, "fail"),
    (HEAL, "ret", -1, "void"),
    (HEAL, "step", 77, "fail"),
    (SO_ERROR, "value", 111, "fail"),
    (SO_ERROR, "value", None, "fail"),
    (SO_ERROR, "errno", "EBADF", "fail"),
    (STATUS, "state", "SCTP_SHUTDOWN_SENT", "fail"),
    (STATUS, "primary.address", "198.51.100.2:5000", "fail"),
    (POLL, "revents", ["POLLIN"], "fail"),
    (POLL, "revents", ["POLLIN", "POLLOUT", "POLLERR"], "fail"),
    (POLL, "revents", ["POLLIN", "POLLIN"], "fail"),
    (POLL, "revents", "POLLIN", "fail"),
    (POLL, "ret", -1, "fail"),
    (ADDRESSES, "ret", 1, "fail"),
    (ADDRESSES, "addrs", ["192.0.2.2:5000"], "fail"),
    (ADDRESSES, "addrs", ["192.0.2.2:5000", "198.51.100.3:5000"], "fail"),
    (ADDRESSES, "addrs", ["192.0.2.2:5000", "192.0.2.2:5000"], "fail"),
    (ADDRESSES, "addrs", ["192.0.2.2:5000", "198.51.100.2:5000", "203.0.113.2:5000"], "fail"),
    (AGAIN, "errno", "EALREADY", "fail"),
    (AGAIN, "errno", None, "fail"),
    (AGAIN, "ret", 0, "fail"),
    (PATHS, "paths.0.state", "SCTP_INACTIVE", "fail"),
    (PATHS, "paths.0.state", "SCTP_PF", "fail"),
    (PATHS, "paths.0.primary", False, "pass"),  # the answer of status still names it, and nothing says otherwise
    (PATHS, "paths.1.primary", True, "pass"),  # of two that claim it, the first counts
    (PATHS, "paths.1.state", "SCTP_INACTIVE", "fail"),
    (PATHS, "endpoint", "server", "void"),
    (PATHS, "ret", -1, "fail"),
    (DOWN, "state", "SCTP_ADDR_AVAILABLE", "fail"),
    (DOWN, "time", 12 * S + 1, "fail"),
    (DOWN, "time", 2 * S - 1, "fail"),
    (DOWN, "address", "198.51.100.2:5000", "fail"),
    (DOWN, "endpoint", "server", "fail"),
    (DOWN, "type", "SCTP_ASSOC_CHANGE", "fail"),
    (TRAFFIC_END, "sent", 5, "fail"),
    (TRAFFIC_END, "sent", 3, "fail"),
    (TRAFFIC_END, "failed", 1, "fail"),
    (TRAFFIC_END, "tag", "77", "fail"),
    (TRAFFIC_END, "event", "over", "fail"),
    (LATE, "time", 5 * S + 1, "fail"),
    (LATE, "endpoint", "client", "fail"),
    (LATE, "traffic", None, "fail"),
    (LATE, "traffic.sent", 4 * S + 1, "fail"),
    (LAST, "event", "note", "fail"),
    (END, "event", "ending", "fail"),
]


@pytest.mark.parametrize("which, where, value, verdict", MUTATIONS, ids=lambda item: str(item)[:40])
def test_one_value_decides(tmp_path, which, where, value, verdict):
    events = judged.events()
    target = events[index_of(**which)]
    *path, last = [int(key) if key.isdigit() else key for key in where.split(".")]
    for key in path:
        target = target[key]
    assert target[last] != value
    target[last] = value
    assert judged.judge(tmp_path, judged.plan(), events)["verdict"] == verdict


# Events that nothing in the plan asks for, or that another event tells too.
SPARE = [
    dict(event="begin"),
    dict(event="notification", state="SCTP_COMM_UP"),
    dict(event="notification", state="SCTP_ADDR_CONFIRMED"),
    dict(event="notification", state="SCTP_ADDR_AVAILABLE"),
]


def test_every_event_counts(tmp_path):
    for index, event in enumerate(judged.events()):
        events = judged.events()
        del events[index]
        spare = event["event"] == "step" or any(keys.items() <= event.items() for keys in SPARE)
        run = judged.judge(tmp_path, judged.plan(), events)
        assert (run["verdict"] == "pass") == spare, (event, run)


def test_every_event_that_is_doubled_is_the_same_run_or_a_duplicate(tmp_path):
    for index, event in enumerate(judged.events()):
        events = judged.events()
        events.insert(index, events[index])
        run = judged.judge(tmp_path, judged.plan(), events)
        doubled = event["event"] in ("message", "traffic") or event.get("call") == "traffic" or event.get("state") == "SCTP_ADDR_UNREACHABLE"
        assert (run["verdict"] == "fail") == doubled, (event, run)


@pytest.mark.parametrize("key", ["ret", "errno", "took_ns", "so_error", "revents", "state", "primary", "count", "addresses", "id"])
def test_every_key_of_a_step_is_compared(tmp_path, key):
    """An expectation turned into another one fails on the same events."""
    wrong = {"ret": 7, "errno": "EPERM", "took_ns": [S, 2 * S], "so_error": "EPERM", "revents": ["POLLHUP"],
             "state": "SCTP_CLOSED", "primary": "203.0.113.1", "count": [3, 4], "addresses": ["203.0.113.1"], "id": False}
    plan = judged.plan()
    step = next(step for step in plan["steps"] if key in step.get("expect", {}))
    step["expect"][key] = wrong[key]
    (problem,) = judged.judge(tmp_path, plan, judged.events())["problems"]
    assert (problem["line"], problem["column"]) == (step["line"], step["column"])


EXPECTATIONS = [
    (0, "address", "203.0.113.1"),
    (0, "state", "PF"),
    (0, "by_ns", 10 * S - 1),
    (0, "endpoint", judged.SERVER),
    (1, "address", "203.0.113.1"),
    (1, "state", "INACTIVE"),
    (1, "at_ns", 24 * S),
    (2, "state", "ACTIVE"),
    (2, "address", "192.0.2.2"),
    (2, "address", "203.0.113.1"),
    (3, "address", "198.51.100.2"),
    (3, "at_ns", 30 * S),
    (4, "type", "SCTP_SHUTDOWN_EVENT"),
    (4, "state", "SCTP_ADDR_REMOVED"),
    (4, "address", "198.51.100.2"),
    (4, "from_ns", 10 * S + 1),
    (4, "to_ns", 10 * S - 1),
    (4, "count", [2, 2]),
    (4, "count", [0, 0]),
    (5, "all", False),
    (5, "in_order", False),
    (5, "duplicates", True),
    (5, "endpoint", judged.CLIENT),
    (6, "ns", [0, 3 * S - 1]),
    (6, "ns", [3 * S + 1, 4 * S]),
    (6, "endpoint", judged.CLIENT),
]


@pytest.mark.parametrize("index, key, value", EXPECTATIONS)
def test_every_key_of_an_expectation_is_compared(tmp_path, index, key, value):
    plan = judged.plan()
    plan["expect"][index][key] = value
    run = judged.judge(tmp_path, plan, judged.events())
    assert run["verdict"] == "fail"
    assert {problem["line"] for problem in run["problems"]} == {30 + index}


def test_an_expectation_nobody_knows_is_void(tmp_path):
    for change in (
        lambda plan: plan["expect"].append({"kind": "throughput", "endpoint": 0, "line": 40, "column": 1, "text": "x"}),
        lambda plan: plan["expect"][0].update(within_ns=3),
        lambda plan: plan["steps"][0]["expect"].update(cwnd=3),
    ):
        plan = judged.plan()
        change(plan)
        run = judged.judge(tmp_path, plan, judged.events())
        assert run["verdict"] == "void", run
        assert "knows" in run["problems"][0]["expected"]
