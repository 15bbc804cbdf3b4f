# SPDX-License-Identifier: GPL-2.0-only
"""What single expectations hold for, and the words of those that do not."""

import pytest

import judged
from judged import MS, S

A, B = "192.0.2.2", "198.51.100.2"


def small_plan(expectation=None, steps=()):
    """One client that connects, and one expectation."""
    plan = judged.plan()
    plan["steps"] = [judged.step(0, at_ns=0, do="command", endpoint=1, call="connectx", command="connectx s"), *steps]
    plan["expect"] = [] if expectation is None else [{"line": 30, "column": 7, "text": "x", "endpoint": 1, **expectation}]
    return plan


def small_events(*more):
    """The set-up, the connect, and more events."""
    return judged.events()[:4] + [judged.handed(0, 0), judged.call(0, "connectx", 0, MS), *more, judged.end(60 * S)]


def observed(tmp_path, plan, events):
    """What was observed instead, or None when all held."""
    run = judged.judge(tmp_path, plan, events)
    return run["problems"][0]["observed"] if run["problems"] else None


def asked(step_id, time, *paths, **keys):
    return judged.call(step_id, "paths", time + 512, time + 768, paths=list(paths), **keys)


def watching(step_id, at_ns=None):
    when = {"at_ns": at_ns} if at_ns is not None else {"after": {"endpoint": None, "event": "end", "delay_ns": 0}}
    return judged.step(step_id, do="command", endpoint=1, call="paths", command="paths s", observe=True, **when)


def change(time, state, address=A):
    return judged.address_change(time, address, "SCTP_ADDR_" + state)


# paths


def path_expectation(state, **keys):
    return {"kind": "path", "address": A, "state": state, **keys}


@pytest.mark.parametrize("state, told", [("INACTIVE", "UNREACHABLE"), ("PF", "POTENTIALLY_FAILED"), ("UNCONFIRMED", "ADDED")])
def test_a_notification_tells_a_state(tmp_path, state, told):
    events = small_events(change(5 * S, told))
    assert observed(tmp_path, small_plan(path_expectation(state, by_ns=5 * S)), events) is None
    late = observed(tmp_path, small_plan(path_expectation(state, by_ns=5 * S - 1)), events)
    assert late in (f"it became {state} only at 5 s", "its state was not known: the endpoint was never told")


def test_a_state_that_was_left_again_by_then_was_entered(tmp_path):
    events = small_events(change(5 * S, "UNREACHABLE"), change(8 * S, "AVAILABLE"))
    assert observed(tmp_path, small_plan(path_expectation("INACTIVE", by_ns=9 * S)), events) is None
    assert observed(tmp_path, small_plan(path_expectation("INACTIVE", at_ns=9 * S)), events) == "it was ACTIVE, seen so since 8 s"


def test_a_path_that_was_active_once_is_not_active_by_then(tmp_path):
    """Every path begins so; a path that died and stayed dead must not pass for one that came back."""
    events = small_events(change(MS, "CONFIRMED"), change(5 * S, "UNREACHABLE"))
    assert observed(tmp_path, small_plan(path_expectation("ACTIVE", by_ns=9 * S)), events) == "it was INACTIVE, seen so since 5 s"
    events = small_events(change(MS, "CONFIRMED"), change(5 * S, "UNREACHABLE"), change(9 * S, "AVAILABLE"))
    assert observed(tmp_path, small_plan(path_expectation("ACTIVE", by_ns=9 * S)), events) is None


def test_a_state_that_is_kept_counts_since_it_was_first_seen(tmp_path):
    events = small_events(change(5 * S, "UNREACHABLE"), asked("x", 7 * S, judged.path(A, "SCTP_INACTIVE")))
    assert observed(tmp_path, small_plan(path_expectation("PF", at_ns=9 * S)), events) == "it was INACTIVE, seen so since 5 s"


def test_what_nobody_told_holds_for_nothing(tmp_path):
    unknown = "its state was not known: the endpoint was never told"
    for expectation in ({"by_ns": S}, {"at_ns": S}, {"never": True}):
        for state in ("ACTIVE", "INACTIVE", "PF", "UNCONFIRMED"):
            assert observed(tmp_path, small_plan(path_expectation(state, **expectation)), small_events()) == unknown


def test_a_path_that_was_always_in_one_state(tmp_path):
    events = small_events(change(MS, "CONFIRMED"), asked("x", 7 * S, judged.path(A, "SCTP_ACTIVE")))
    always = small_plan(path_expectation("ACTIVE", always=True))
    assert observed(tmp_path, always, events) is None
    events = small_events(change(MS, "CONFIRMED"), change(5 * S, "UNREACHABLE"), change(8 * S, "AVAILABLE"))
    assert observed(tmp_path, always, events) == "it was INACTIVE at 5 s"
    assert observed(tmp_path, always, small_events()) == "its state was not known: the endpoint was never told"


def test_a_question_of_the_planner_counts_for_its_time(tmp_path):
    plan = small_plan(path_expectation("PF", at_ns=9 * S), [watching(1, 9 * S)])
    assert observed(tmp_path, plan, small_events(asked(1, 9 * S, judged.path(A, "SCTP_PF")))) is None
    plan = small_plan(path_expectation("PF", at_ns=9 * S))
    assert observed(tmp_path, plan, small_events(asked("x", 9 * S, judged.path(A, "SCTP_PF")))) is not None


@pytest.mark.parametrize("state", ["ACTIVE", "INACTIVE"])
@pytest.mark.parametrize("never", [False, True])
def test_old_news_does_not_hold_when_the_planners_question_failed(tmp_path, state, never):
    told = change(S, "AVAILABLE" if state == "ACTIVE" else "UNREACHABLE")
    expectation = path_expectation(state, **({"never": True} if never else {"at_ns": 9 * S}))
    plan = small_plan(expectation, [watching(1, None if never else 9 * S)])
    gone = asked(1, 9 * S, ret=-1, errno="EINVAL")
    assert observed(tmp_path, plan, small_events(told, gone)) == "client could not be asked for its paths: paths failed with EINVAL"
    assert observed(tmp_path, plan, small_events(told)) == (
        "client could not be asked for its paths: it had ended, or another call of it had not returned"
    )


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize("delay, good", [(512, True), (100 * MS, True), (100 * MS + 1, False)])
def test_an_answer_is_of_its_time_unless_a_call_held_it_up(tmp_path, explicit, delay, good):
    plan = small_plan(path_expectation("ACTIVE", at_ns=9 * S), [watching(1, 9 * S)])
    if explicit:
        del plan["steps"][1]["observe"]
    events = small_events(judged.call(1, "paths", 9 * S + delay, paths=[judged.path(A, "SCTP_ACTIVE")]))
    late = "client could not be asked for its paths before 9.100000001 s, since another call had not returned"
    assert observed(tmp_path, plan, events) == (None if good else late)


def test_one_question_of_several_at_a_time_is_enough(tmp_path):
    """A scenario may ask another socket at that time, in vain."""
    other = judged.step(1, do="command", endpoint=1, call="paths", command="paths other", at_ns=9 * S)
    plan = small_plan(path_expectation("ACTIVE", at_ns=9 * S), [other, watching(2, 9 * S)])
    answer = asked(2, 9 * S, judged.path(A, "SCTP_ACTIVE"))
    assert observed(tmp_path, plan, small_events(asked(1, 9 * S, ret=-1, errno="EBADF"), answer)) is None
    assert observed(tmp_path, plan, small_events(asked(1, 9 * S, ret=-1, errno="EBADF"))) is not None


def test_sentences_name_addresses(tmp_path):
    def sentences(expectation, *events):
        (problem,) = judged.judge(tmp_path, small_plan(expectation), small_events(*events))["problems"]
        return problem["expected"], problem["observed"]

    primary = {"kind": "primary", "address": B, "at_ns": None}
    answer = asked("x", S, judged.path(A, "SCTP_ACTIVE", True), judged.path(B, "SCTP_ACTIVE"))
    assert sentences(primary, answer) == ("the primary path at client to be server.b (198.51.100.2) at 60 s", "it was server.a (192.0.2.2)")
    expected, _ = sentences(path_expectation("INACTIVE", by_ns=9 * S))
    assert expected == "the path to server.a (192.0.2.2) at client to be INACTIVE by 9 s"
    expected, _ = sentences({"kind": "path", "address": "203.0.113.9", "state": "PF", "at_ns": 9 * S})
    assert expected == "the path to 203.0.113.9 at client to be PF at 9 s"


@pytest.mark.parametrize(
    "count, words",
    [([1, 1], "exactly once"), ([2, 2], "exactly 2 times"), ([1, judged.NO_BOUND], "at least once"),
     ([2, judged.NO_BOUND], "at least 2 times"), ([2, 3], "2 to 3 times"), ([0, 0], "not at all")],
)
def test_a_count_is_told_in_words(tmp_path, count, words):
    expectation = {"kind": "notification", "type": "SCTP_PEER_ADDR_CHANGE", "state": None, "address": A, "from_ns": 0,
                   "to_ns": 9 * S, "count": count}
    events = [change(S, "UNREACHABLE")] * (1 if count == [0, 0] else 5 if count == [2, 3] else 0)
    (problem,) = judged.judge(tmp_path, small_plan(expectation), small_events(*events))["problems"]
    assert problem["expected"] == f"SCTP_PEER_ADDR_CHANGE of server.a (192.0.2.2) to come to client from 0 s to 9 s, {words}"


def test_the_endpoint_and_the_address_are_told_apart(tmp_path):
    other = judged.address_change(5 * S, A, "SCTP_ADDR_UNREACHABLE", endpoint="server")
    for event in (other, change(5 * S, "UNREACHABLE", B)):
        assert observed(tmp_path, small_plan(path_expectation("INACTIVE", by_ns=9 * S)), small_events(event)) is not None


@pytest.mark.parametrize(
    "expected, told, same",
    [
        ("2001:db8:a::2", "[2001:db8:a::2]:5000", True),
        ("2001:db8:a::2", "[2001:db8:a:0:0:0:0:2]:5000", True),
        ("2001:db8:a::2", "2001:DB8:A::2", True),
        ("192.0.2.2", "[::ffff:192.0.2.2]:5000", True),
        ("192.0.2.2", "192.0.2.2", True),
        ("2001:db8:a::2", "[2001:db8:b::2]:5000", False),
        ("192.0.2.2", "192.0.2.20:5000", False),
        ("192.0.2.2", "192.0.2.2:port", False),
        ("192.0.2.2", "192.0.2.2:99999", False),
        ("192.0.2.2", "", False),
    ],
)
def test_addresses_are_compared_as_addresses(tmp_path, expected, told, same):
    event = change(5 * S, "UNREACHABLE")
    event["address"] = told
    plan = small_plan({"kind": "path", "address": expected, "state": "INACTIVE", "by_ns": 9 * S})
    assert (observed(tmp_path, plan, small_events(event)) is None) == same


# the primary path


def test_the_last_answer_by_then_names_the_primary(tmp_path):
    events = small_events(
        asked("x", S, judged.path(A, "SCTP_ACTIVE", True), judged.path(B, "SCTP_ACTIVE")),
        judged.call("y", "status", 3 * S, state="SCTP_ESTABLISHED", primary=judged.path(B, "SCTP_ACTIVE")),
    )

    def check(address, at_ns):
        return observed(tmp_path, small_plan({"kind": "primary", "address": address, "at_ns": at_ns}), events)

    assert check(A, 2 * S) is None
    assert check(B, 2 * S) == "it was server.a (192.0.2.2)"
    assert check(B, 3 * S) is None
    assert check(B, None) is None
    assert check(A, None) == "it was server.b (198.51.100.2)"
    assert check(A, S - 1) == "no answer of paths or status by then names one"


def test_a_primary_needs_the_planners_answer(tmp_path):
    plan = small_plan({"kind": "primary", "address": A, "at_ns": None}, [watching(1)])
    events = small_events(asked("x", S, judged.path(A, "SCTP_ACTIVE", True)), asked(1, 60 * S, ret=-1, errno="EINVAL"))
    assert "could not be asked" in observed(tmp_path, plan, events)


# notifications


def lost(**keys):
    return {"kind": "notification", "type": "SCTP_ASSOC_CHANGE", "state": "SCTP_COMM_LOST", "address": None,
            "from_ns": 0, "to_ns": 60 * S, "count": [1, judged.NO_BOUND], **keys}


@pytest.mark.parametrize(
    "times, keys, words",
    [
        ([5], {}, None),
        ([5, 6], {}, None),
        ([], {}, "none came"),
        ([5], {"from_ns": 6 * S}, "none came then, but one at 5 s"),
        ([5, 6, 7], {"count": [1, 2]}, "3 came, the first at 5 s, the last at 7 s"),
        ([5], {"count": [2, 2]}, "1 came, at 5 s"),
        ([5], {"count": [0, 0]}, "1 came, at 5 s"),
        ([], {"count": [0, 0]}, None),
        ([5], {"state": "SCTP_COMM_UP"}, "none came"),
        ([5], {"state": None}, None),
        ([5], {"type": "SCTP_SHUTDOWN_EVENT", "state": None}, "none came"),
        ([5], {"endpoint": 0}, "none came"),
        ([5], {"address": A}, "none came"),
    ],
)
def test_notifications_are_counted_in_their_time(tmp_path, times, keys, words):
    events = small_events(*[judged.association_change(time * S, "SCTP_COMM_LOST") for time in times])
    assert observed(tmp_path, small_plan(lost(**keys)), events) == words


def test_a_notification_that_recvmsg_brought_counts(tmp_path):
    brought = judged.association_change(0, "SCTP_COMM_LOST")
    for key in ("event", "endpoint", "socket", "time"):
        del brought[key]
    events = small_events(judged.call("x", "recvmsg", 4 * S, 5 * S, ret=20, notification=brought))
    assert observed(tmp_path, small_plan(lost(to_ns=5 * S)), events) is None
    assert observed(tmp_path, small_plan(lost(to_ns=5 * S - 1)), events) is not None


# deliveries


def traffic_plan(**keys):
    plan = judged.plan()
    plan["expect"] = [{"line": 30, "column": 7, "text": "x", "endpoint": judged.SERVER, **keys}]
    return plan


def without_messages(*seqs):
    return [event for event in judged.events() if event.get("traffic", {}).get("seq") not in seqs]


ALL = {"kind": "delivered", "all": True}


def test_lost_messages_are_counted(tmp_path):
    assert observed(tmp_path, traffic_plan(**ALL), without_messages(3)) == "3 of 4 arrived"
    assert observed(tmp_path, traffic_plan(**ALL), without_messages(0, 1, 2, 3)) == "0 of 4 arrived"


def test_messages_that_could_not_be_sent_were_not_delivered(tmp_path):
    events = without_messages(3)
    next(event for event in events if event["event"] == "traffic").update(sent=3, failed=1, errors={"EPIPE": 1})
    assert observed(tmp_path, traffic_plan(**ALL), events) == "3 of 4 arrived; 1 could not be sent"


def test_nothing_sent_is_nothing_delivered(tmp_path):
    events = without_messages(0, 1, 2, 3)
    next(event for event in events if event["event"] == "traffic").update(sent=0)
    assert observed(tmp_path, traffic_plan(**ALL), events) == "no traffic was sent"
    assert observed(tmp_path, traffic_plan(kind="delivered", in_order=True), events) == "none arrived"


def test_a_message_twice_does_not_make_up_for_one_that_is_lost(tmp_path):
    events = without_messages(3)
    index = next(i for i, event in enumerate(events) if event["event"] == "message")
    events.insert(index, events[index])
    assert observed(tmp_path, traffic_plan(**ALL), events) == "3 of 4 arrived"
    assert observed(tmp_path, traffic_plan(kind="delivered", duplicates=False), events) == "1 arrived once more"


def test_order_is_kept_on_each_stream_alone(tmp_path):
    events = without_messages(2, 3)
    where = next(i for i, event in enumerate(events) if event["event"] == "fault") + 1
    late = [judged.message(5 * S, 3, 4 * S, ssn=0, stream=1), judged.message(5 * S, 2, 3 * S)]
    in_order = traffic_plan(kind="delivered", all=True, in_order=True)
    assert observed(tmp_path, in_order, events[:where] + late + events[where:]) is None
    late[0]["stream"] = 0
    assert observed(tmp_path, in_order, events[:where] + late + events[where:]) == "one overtook an earlier one"


def test_a_message_that_recvmsg_brought_was_delivered(tmp_path):
    events = judged.events()
    index = next(i for i, event in enumerate(events) if event.get("ssn") == 3)
    body = {key: value for key, value in events[index].items() if key not in ("event", "endpoint", "socket", "time")}
    events[index] = judged.call("x", "recvmsg", 5 * S, ret=1000, endpoint="server", socket="s.1", message=body)
    assert observed(tmp_path, traffic_plan(kind="delivered", all=True, in_order=True, duplicates=False), events) is None


def test_a_count_or_a_share_of_messages(tmp_path):
    def amount(**keys):
        return observed(tmp_path, traffic_plan(kind="delivered", **keys), without_messages(3))

    assert amount(count=[3, 3]) is None
    assert amount(count=[1, judged.NO_BOUND]) is None
    assert amount(count=[4, judged.NO_BOUND]) == "3 of 4 arrived"
    assert amount(count=[0, 2]) == "3 of 4 arrived"
    assert amount(share_ppm=750000) is None
    assert amount(share_ppm=750001) == "3 of 4 arrived"
    assert observed(tmp_path, traffic_plan(kind="delivered", count=[0, 0]), without_messages(0, 1, 2, 3)) is None


def test_a_share_needs_to_know_what_was_sent(tmp_path):
    events = [event for event in judged.events() if event["event"] != "traffic"]
    plan = traffic_plan(kind="delivered", share_ppm=1)
    plan["steps"][1]["call"] = "close"
    for event in events:
        if event.get("tag") == "1":
            event["call"] = "close"
    assert observed(tmp_path, plan, events) == "no traffic was sent"


def test_unordered_messages_have_an_order_of_their_own(tmp_path):
    """One that overtakes ordered ones is no disorder; of two unordered ones the later may not come first."""
    in_order = traffic_plan(kind="delivered", in_order=True)
    events = judged.events()
    first = next(event for event in events if event.get("ssn") == 0)
    where = events.index(first)
    early = judged.message(first["time"], 9, 3 * S, unordered=True)
    assert observed(tmp_path, in_order, events[:where] + [early] + events[where:]) is None
    late = judged.message(first["time"], 8, 2 * S, unordered=True)
    assert observed(tmp_path, in_order, events[:where] + [early, late] + events[where:]) == "one overtook an earlier one"
    later = judged.message(first["time"], 7, 2 * S + 1, unordered=True)
    assert observed(tmp_path, in_order, events[:where] + [early, late, later] + events[where:]) == (
        "2 arrived after one that was sent later"
    )


def test_a_copy_that_comes_late_is_no_disorder(tmp_path):
    in_order = traffic_plan(kind="delivered", in_order=True)
    events = judged.events()
    first = next(event for event in events if event.get("ssn") == 0)
    assert observed(tmp_path, in_order, events[:-1] + [dict(first, time=39 * S)] + events[-1:]) is None


def test_latency_of_all_of_the_middle_and_of_the_slowest(tmp_path):
    """Four messages, which take these times."""
    took = [10 * MS, 40 * MS, 20 * MS, 30 * MS]

    def latency(low, high, of="all"):
        events = judged.events()
        for event in events:
            if event["event"] == "message":
                event["traffic"]["sent"] = event["time"] - took[event["ssn"]]
        return observed(tmp_path, traffic_plan(kind="latency", ns=[low, high], of=of), events)

    assert latency(10 * MS, 40 * MS) is None
    assert latency(0, 40 * MS - 1) == "the slowest took 0.04 s"
    assert latency(10 * MS + 1, 40 * MS) == "the fastest took 0.01 s"
    assert latency(20 * MS, 20 * MS, "median") is None
    assert latency(21 * MS, 40 * MS, "median") == "it was 0.02 s"
    assert latency(40 * MS, 40 * MS, "99%") is None
    assert latency(0, 39 * MS, "99%") == "it was 0.04 s"
    plan = traffic_plan(kind="latency", ns=[0, S], of="all")
    assert observed(tmp_path, plan, without_messages(0, 1, 2, 3)) == "none arrived"


def test_only_one_sender_counts(tmp_path):
    """A third endpoint sends to the server, too; by the number of its step each message tells whose it is."""
    events = judged.events()
    other = {"event": "traffic", "endpoint": "other", "socket": "s", "tag": "40", "time": 6 * S, "sent": 3, "failed": 0, "errors": {}}
    extra = [judged.message(6 * S + n, n, 6 * S, stream=1, ssn=n, **{"from": "192.0.2.1:4"}) for n in range(2)]
    for event in extra:
        event["traffic"]["flow"] = 41  # step 40
    events = events[:-1] + [other, *extra] + events[-1:]

    def plan(**keys):
        plan = traffic_plan(**keys)
        plan["endpoints"].append({"name": "other", "node": 0, "setup": []})
        plan["steps"].append(judged.step(40, at_ns=S, do="command", endpoint=2, call="close", command="close x"))
        return plan

    def arrived(**keys):
        a_plan = plan(kind="delivered", **keys)
        run = judged.judge(tmp_path, a_plan, events)
        return next((problem["observed"] for problem in run["problems"] if problem["line"] == 30), None)

    assert arrived(all=True) == "6 of 7 arrived"
    assert arrived(all=True, sender=judged.CLIENT) is None
    assert arrived(all=True, sender=2) == "2 of 3 arrived"
    assert arrived(count=[2, 2], sender=2) is None


def test_the_report_has_each_direction_measured(tmp_path):
    (there,) = judged.judge(tmp_path, judged.plan(), judged.events())["traffic"]
    assert there == {
        "sender": "client", "receiver": "server", "sent": 4, "failed": 0, "received": 4, "duplicates": 0, "reordered": 0,
        "latency": {"min_ns": 0, "median_ns": 0, "p99_ns": 2 * S, "max_ns": 2 * S}, "outage_ns": 3 * S,
    }
    events = without_messages(0, 1, 2, 3)
    (there,) = judged.judge(tmp_path, judged.plan(), events)["traffic"]
    assert (there["received"], there["latency"]) == (0, None)
    events = [event for event in events if event["event"] != "traffic" and event.get("call") != "traffic"]
    assert judged.judge(tmp_path, judged.plan(), events)["traffic"] == []


# how traffic ends


def test_how_traffic_ended(tmp_path):
    def end(expect, **changes):
        plan, events = judged.plan(), judged.events()
        plan["steps"][1]["expect"] = expect
        next(event for event in events if event["event"] == "traffic").update(changes)
        run = judged.judge(tmp_path, plan, events)
        return [problem["observed"] for problem in run["problems"] if problem["line"] == 11]

    assert end({"sent": [4, 4], "failed": [0, 0], "errors": []}) == []
    assert end({"sent": [5, 9]}) == ["it sent 4"]
    assert end({"failed": [1, 2]}) == ["it failed to send 0"]
    assert end({"errors": ["EPIPE"]}) == ["it met none"]
    errors = {"failed": 2, "errors": {"EPIPE": 1, "ETIMEDOUT": 1}}
    assert end({"errors": ["ETIMEDOUT", "EPIPE"]}, **errors) == []
    assert end({"errors": ["EPIPE"], "failed": [2, 2]}, **errors) == ["it met EPIPE and ETIMEDOUT"]
    assert end({"errors": []}, **errors) == ["it met EPIPE and ETIMEDOUT"]
    assert end({"sent": [0, 9]}, event="gone") == ["it was still going on when the run ended"]


def test_an_outage_is_measured_from_the_first_sending(tmp_path):
    outage = {"kind": "outage", "ns": [0, 3 * S]}
    assert observed(tmp_path, traffic_plan(**outage), judged.events()) is None
    assert observed(tmp_path, traffic_plan(**outage), without_messages(0, 1)) == "it was 4 s, from 1 s on"


def test_an_outage_that_does_not_end_lasts_to_the_end_of_the_traffic(tmp_path):
    events = without_messages(2, 3)
    next(event for event in events if event["event"] == "traffic")["time"] = 30 * S
    events.sort(key=lambda event: event.get("time", event.get("end")))
    assert observed(tmp_path, traffic_plan(kind="outage", ns=[0, 3 * S]), events) == "it was 28 s, from 2 s on"


def test_an_outage_needs_traffic(tmp_path):
    events = [event for event in judged.events() if event["event"] not in ("message", "traffic") and event.get("tag") != "1"]
    plan = traffic_plan(kind="outage", ns=[0, 3 * S])
    plan["steps"][1]["call"] = "close"
    events.insert(-1, judged.call("1", "close", 39 * S))
    assert observed(tmp_path, plan, events) == "no traffic was sent"


def test_traffic_for_somebody_else_is_not_counted(tmp_path):
    """Three endpoints: what the client sends to the other server does not arrive at this one, and need not."""
    plan = traffic_plan(**ALL)
    plan["nodes"].append({"name": "other", "sysctls": []})
    plan["links"].append({"name": "c", "mtu": 1500, "ends": [
        judged.node_end(0, 20, "02:00:00:00:14:00", "203.0.113.1/28"), judged.node_end(2, 21, "02:00:00:00:15:00", "203.0.113.2/28")]})
    plan["endpoints"].append({"name": "other", "node": 2, "setup": []})
    events = judged.events()
    sent = {"event": "traffic", "endpoint": "client", "socket": "t", "tag": "y", "time": 9 * S, "sent": 50, "failed": 0, "errors": {}}
    connect = judged.call("x", "connectx", S, socket="t", args={"addrs": ["203.0.113.2:5000"]})
    assert observed(tmp_path, plan, events[:-1] + [connect, sent] + events[-1:]) is None
    connect["args"]["addrs"].append("192.0.2.2:5000")
    assert observed(tmp_path, plan, events[:-1] + [connect, sent] + events[-1:]) == "4 of 54 arrived"
    # nobody knows whom an unconnected socket talks to: it counts
    assert observed(tmp_path, plan, events[:-1] + [sent] + events[-1:]) == "4 of 54 arrived"


# answers of calls that the failover run does not make


@pytest.mark.parametrize(
    "call, expect, keys, words",
    [
        ("accept", {"peer": "192.0.2.1"}, {"ret": 5, "new": "s.1", "peer": "192.0.2.1:40000"}, None),
        ("accept", {"peer": "192.0.2.1"}, {"ret": 5, "new": "s.1", "peer": "192.0.2.3:40000"}, "it gave 192.0.2.3:40000"),
        ("recvmsg", {"notification": "SCTP_SHUTDOWN_EVENT"}, {"notification": {"type": "SCTP_SHUTDOWN_EVENT"}}, None),
        ("recvmsg", {"notification": "SCTP_SHUTDOWN_EVENT"}, {"notification": {"type": "SCTP_ASSOC_CHANGE"}},
         "it brought SCTP_ASSOC_CHANGE"),
        ("recvmsg", {"notification": "SCTP_SHUTDOWN_EVENT"}, {"message": {"size": 9}}, "it brought a message"),
        ("recvmsg", {"notification": None}, {"message": {"size": 9}}, None),
        ("recvmsg", {"notification": None}, {"notification": {"type": "SCTP_ASSOC_CHANGE"}}, "it brought SCTP_ASSOC_CHANGE"),
        ("recvmsg", {"size": 9}, {"message": {"size": 9}}, None),
        ("recvmsg", {"size": 9}, {"message": {"size": 8}}, "it gave 8"),
        ("recvmsg", {"state": "SCTP_COMM_UP"}, {"notification": {"type": "SCTP_ASSOC_CHANGE", "state": "SCTP_COMM_UP"}}, None),
        ("recvmsg", {"state": "SCTP_COMM_UP"}, {"notification": {"type": "SCTP_ASSOC_CHANGE", "state": "SCTP_COMM_LOST"}},
         "it gave SCTP_COMM_LOST"),
        ("getsockopt", {"so_error": "ECONNREFUSED"}, {"value": 111}, None),
        ("getsockopt", {"so_error": "ECONNREFUSED"}, {"value": 110}, "it gave SO_ERROR ETIMEDOUT"),
        ("getsockopt", {"so_error": "ECONNREFUSED"}, {"value": 0}, "it gave SO_ERROR 0"),
        ("getsockopt", {"so_error": "ECONNREFUSED"}, {"value": 99999}, "it gave SO_ERROR 99999"),
        ("getsockopt", {"value": 7}, {"value": 7}, None),
        ("getsockopt", {"value": {"srto_min": 1000}}, {"value": {"srto_min": 1000, "srto_max": 60000}}, None),
        ("getsockopt", {"value": {"srto_min": 1000}}, {"value": {"srto_min": 1001, "srto_max": 60000}},
         'it gave {"srto_min":1001,"srto_max":60000}'),
        ("getsockopt", {"value": {"srto_min": 1000}}, {"value": 1000}, "it gave 1000"),
        ("paths", {"count": [2, 2], "primary": A}, {"paths": [judged.path(A, "SCTP_PF", True), judged.path(B, "SCTP_PF")]}, None),
        ("paths", {"primary": B}, {"paths": [judged.path(A, "SCTP_PF", True), judged.path(B, "SCTP_PF")]}, "it gave server.a (192.0.2.2)"),
        ("paths", {"addresses": [A]}, {"paths": [judged.path(A, "SCTP_PF", True)]}, None),
        ("connect", {"errno": ["ETIMEDOUT", "EHOSTUNREACH"]}, {"ret": -1, "errno": "EHOSTUNREACH"}, None),
        ("connect", {"errno": ["ETIMEDOUT", "EHOSTUNREACH"]}, {"ret": -1, "errno": "ENETUNREACH"}, "it failed with ENETUNREACH"),
        ("connect", {"errno": ["ETIMEDOUT", "EHOSTUNREACH"]}, {}, "it returned 0"),
        ("connectx", {"id": False}, {"assoc_id": None}, None),
        ("connectx", {"id": False}, {"assoc_id": 3}, "it gave 3"),
        ("send", {"ret": [1, 1000]}, {"ret": 1000}, None),
        ("send", {"ret": [1, 1000]}, {"ret": 1001}, "it returned 1001"),
        ("send", {"took_ns": [0, judged.NO_BOUND]}, {}, None),
    ],
)
def test_an_answer_is_compared(tmp_path, call, expect, keys, words):
    plan = small_plan(steps=[judged.step(1, at_ns=S, do="command", endpoint=1, call=call, command=call, expect=expect)])
    assert observed(tmp_path, plan, small_events(judged.call(1, call, S, **keys))) == words


# the outcome in the table's row


def outcome(tmp_path, *answers):
    plan = small_plan(steps=[judged.step(i + 1, at_ns=0, do="command", endpoint=1, call=answer["call"], command="x")
                             for i, answer in enumerate(answers)])
    plan["steps"] = plan["steps"][1:]
    events = small_events()
    events[5:6] = answers
    return judged.judge(tmp_path, plan, events)["outcome"]


@pytest.mark.parametrize(
    "answers, words",
    [
        ([judged.call(1, "connectx", 0, 3020 * MS)], "connected in 3.02 s"),
        ([judged.call(1, "connect", 0)], "connected at once"),
        ([judged.call(1, "connectx", 0, 343 * S, ret=-1, errno="ETIMEDOUT")], "ETIMEDOUT after 5 min 43 s"),
        ([judged.call(1, "connectx", 0, ret=-1, errno="EINVAL")], "EINVAL at once"),
        (
            [
                judged.call(1, "connectx", 0, ret=-1, errno="EINPROGRESS"),
                judged.call(2, "getsockopt", 3 * S, args={"option": "SO_ERROR"}, value=111),
            ],
            "EINPROGRESS, then SO_ERROR ECONNREFUSED",
        ),
        (
            [
                judged.call(1, "connectx", 0, ret=-1, errno="EINPROGRESS"),
                judged.association_change(40 * MS, "SCTP_COMM_UP") | {"call": "poll"},
                judged.call(3, "getsockopt", 3 * S, args={"option": "SO_ERROR"}, value=0),
            ],
            "EINPROGRESS, then connected after 40 ms",
        ),
        (
            [judged.call(i, "connectx", 0, ret=-1, errno=name) for i, name in enumerate(["EINPROGRESS", *["EALREADY"] * 4], 1)],
            "EINPROGRESS; EALREADY at once; EALREADY at once; 2 more calls",
        ),
        ([judged.call(1, "bind", 0, ret=-1, errno="EADDRINUSE")], "bind: EADDRINUSE"),
        ([judged.call(1, "close", 0)], "nothing was called"),
    ],
)
def test_the_outcome_says_what_happened(tmp_path, answers, words):
    assert outcome(tmp_path, *answers) == words


@pytest.mark.parametrize(
    "ns, words",
    [
        (999, "at once"),
        (MS, "in 1 ms"),
        (1_500_000, "in 1.5 ms"),
        (999_400_000, "in 999 ms"),
        (999_600_000, "in 1 s"),
        (59_940 * MS, "in 59.9 s"),
        (59_960 * MS, "in 1 min"),
        (61 * S, "in 1 min 1 s"),
        (3599 * S, "in 59 min 59 s"),
        (3600 * S, "in 1 h"),
        (7290 * S, "in 2 h 2 min"),
    ],
)
def test_durations_are_written_as_people_do(tmp_path, ns, words):
    assert outcome(tmp_path, judged.call(1, "connectx", 0, ns)) == "connected " + words
