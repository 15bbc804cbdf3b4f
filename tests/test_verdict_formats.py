# SPDX-License-Identifier: GPL-2.0-only
"""Each output format, read by a parser of its own: what is in it, and that no string breaks out of it."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
import yaml

import judged
import lab
from judged import S

HOSTILE = [
    "\x1b[2J\x1b[1;1Hgone",
    "first\nok 7 - forged",
    "\r\x08\x7f\x00end".replace("\x00", "\x01"),
    "]]></failure><testcase name='forged'/>&<>\"'",
    "# TODO later",
    "\\# SKIP \\",
    '"; evil: true, "',
    "\u202eright to left\u2066",
    "\ufffe\uffff \U0001f600 \x85",
    "  ...\n  ---\nBail out! x",
    "%n%s%d",
    "",
]


def runs_of(tmp_path, hostile=None):
    """A folder with a run that passes, one that fails and one that is void."""
    failing, void = judged.events(), judged.events()
    failing[6].update(ret=-1, errno="ETIMEDOUT", end=20 * 10**6)
    next(event for event in void if event["event"] == "fault").update(ret=-1, errno="EPERM", message="not allowed")
    for name, events in (("a-passes", judged.events()), ("b-fails", failing), ("c-void", void)):
        plan = judged.plan()
        plan["scenario"] = f"connect/{name}"
        if hostile is not None:
            plan["scenario"] = f"connect/{name}{hostile}"
            for key in ("summary", "file"):
                plan[key] = hostile
            for item in (*plan["steps"], *plan["expect"]):
                item["text"] = hostile
                item.get("expect", item)["source"] = hostile
            plan["steps"][8]["expect"]["errno"] = hostile  # so that the first run passes with a hostile errno
            for event in events:
                for key in ("message", "errno", "kernel"):
                    if isinstance(event.get(key), str):
                        event[key] = hostile
                if "args" in event:
                    event["args"]["text"] = hostile
                if event["event"] == "notification":
                    event["hint"] = hostile
        facts = {"wait_status": 0, "timed_out": False, "silent_real_ns": 0, "console_problem": None, "trouble": None,
                 "seed": 7, "kernel": hostile or "uml-6.12", "replay": hostile or f"pathlab run connect/{name} --seed 7"}
        judged.write(tmp_path / name, plan, events, facts)
    return tmp_path


def verdict(folder, *arguments, **changes):
    done = lab.pathlab("verdict", *arguments, folder, **changes)
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    return done.stdout


# human


def test_human_lines(tmp_path):
    lines = verdict(runs_of(tmp_path)).splitlines()
    rows = [line for line in lines if re.match(r"(ok|FAIL|VOID) ", line)]
    assert [row.split()[:2] for row in rows] == [["ok", "connect/a-passes"], ["FAIL", "connect/b-fails"], ["VOID", "connect/c-void"]]
    # columns: outcomes begin in one column
    assert len({row.index(word) for row, word in zip(rows, ("delivered", "delivered", "could not"))}) == 1
    assert lines[-1] == "3 scenarios: 1 ok, 1 failed, 1 void (the laboratory could not run them); 2 min of virtual time"
    assert "    replay with: pathlab run connect/b-fails --seed 7" in lines
    block = lines[lines.index("    scenarios/failover/primary-silent.yaml:10:5: step 0"):]
    assert block[1:5] == [
        "      expected  connectx to return 0",
        "      observed  at 0.020 s: it failed with ETIMEDOUT",
        "      source    RFC 9260 5.1",
        "      what led to it",
    ]
    assert block[5:10] == [
        "         -0.010 s  lab      run begins: kernel 6.12.117, 2 nodes, 2 links, 2 endpoints",
        "         -0.005 s  server   listens",
        "         -0.005 s  client   not bound",
        "          0.000 s  client   connectx(server.a, server.b) ...",
        "          0.020 s  client   SCTP_ASSOC_CHANGE SCTP_COMM_UP",
    ]
    # the trail ends with what the problem is about
    assert block[10] == "          0.020 s  client   ... connectx = -1 ETIMEDOUT  [took 0.020 s]"
    assert not block[11].startswith("      ")


def test_human_trail_is_short(tmp_path):
    text = verdict(runs_of(tmp_path))
    for block in text.split("what led to it\n")[1:]:
        trail = re.match(r"( {9,}.*\n)*", block).group(0).splitlines()
        assert 1 <= len(trail) <= 8


def test_human_events(tmp_path):
    text = verdict(runs_of(tmp_path), "-v")
    assert "    The primary path goes silent; data continues on the other one.\n" in text
    for line in (
        "       -0.010 s  lab      run begins: kernel 6.12.117, 2 nodes, 2 links, 2 endpoints\n",
        "        0.000 s  client   connectx(server.a, server.b) ...\n",
        "        0.020 s  client   SCTP_ASSOC_CHANGE SCTP_COMM_UP\n",
        "        0.020 s  client   ... connectx = 0  [took 0.020 s]\n",
        "        1.000 s  client   traffic(size=1000, every=1 s, count=4) = 0\n",
        "        2.500 s  fault    blackhole on link a\n",
        "        2.500 s  fault    blackhole on link a could not be done: not allowed\n",
        "        5.000 s  server   2 messages until 5.000 s, seq 2 to 3\n",
        "        5.000 s  client   traffic is over: 4 sent, 0 failed\n",
        "       10.000 s  client   SCTP_PEER_ADDR_CHANGE SCTP_ADDR_UNREACHABLE server.a\n",
        "       20.000 s  heal     blackhole on link a\n",
        "       31.000 s  client   status() = 0, ESTABLISHED, primary server.a ACTIVE\n",
        "       32.000 s  client   poll() = 1, POLLIN|POLLOUT\n",
        "       33.000 s  client   getpaddrs() = 2, server.a, server.b\n",
        "       40.000 s  client   paths, for an expectation: server.a ACTIVE primary, server.b ACTIVE\n",
        "       40.000 s  lab      run ends\n",
    ):
        assert line in text
    assert "what led to it" not in text  # the whole run stands above
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", text)  # an address stands only in a set-up line


def verbose(folder, plan, events, *arguments):
    """The lines for people of one run, without those of the plain run around them."""
    judged.write(folder, plan, events)
    return lab.pathlab("verdict", *(arguments or ["-v"]), folder).stdout.splitlines()


def test_a_call_is_shown_where_it_was_made_and_where_it_returned(tmp_path):
    events = judged.events()
    events[7:7] = [judged.call("5", "poll", 25 * 10**6, 35 * 10**6, ret=0, revents=[], args={"timeout_ns": 10**7})]
    lines = [line.strip() for line in verbose(tmp_path, judged.plan(), events)]
    at = lines.index("0.000 s  client   connectx(server.a, server.b) ...")
    assert lines[at + 1:at + 6] == [
        "0.020 s  client   SCTP_ASSOC_CHANGE SCTP_COMM_UP",
        "0.020 s  client   ... connectx = 0  [took 0.020 s]",
        "0.025 s  client   poll(timeout=0.01 s) ...",
        "0.035 s  client   ... poll = 0, timed out  [took 0.010 s]",
        "0.040 s  client   SCTP_PEER_ADDR_CHANGE SCTP_ADDR_CONFIRMED server.b",
    ]


def test_a_call_is_told_in_full_where_its_start_is_not_shown(tmp_path):
    events = judged.events()
    connect = events.pop(6)
    connect.update(end=3 * S, ret=-1, errno="ETIMEDOUT")
    where = next(i for i, event in enumerate(events) if event.get("time", 0) > 3 * S)
    events.insert(where, connect)
    judged.write(tmp_path, judged.plan(), events)
    text = lab.pathlab("verdict", tmp_path).stdout
    block = text[text.index(":10:5: step 0"):]
    trail = re.search(r"what led to it\n((?: {9}.*\n)*)", block)[1].splitlines()
    assert trail[-1] == "          3.000 s  client   ... connectx = -1 ETIMEDOUT  [took 3.000 s]"
    assert "          0.000 s  client   connectx(server.a, server.b) ..." in trail
    for i in range(8):
        events.insert(where, judged.association_change(3 * S - i, "SCTP_COMM_UP"))
    judged.write(tmp_path, judged.plan(), events)
    text = lab.pathlab("verdict", tmp_path).stdout
    assert "          3.000 s  client   connectx(server.a, server.b) = -1 ETIMEDOUT  [took 3.000 s]\n" in text


SETUP = ["socket s inet stream nonblock", "setsockopt s SCTP_RTOINFO srto_initial=500", "bindx s 192.0.2.2,198.51.100.2 port=5000",
         "listen s", "watch s"]


def setup_events(time):
    calls = [
        ("socket", {"family": "inet", "type": "stream", "nonblock": True}),
        ("setsockopt", {"option": "SCTP_RTOINFO", "fields": {"srto_initial": 500, "srto_min": 100}}),
        ("bindx", {"addrs": ["192.0.2.2:5000", "198.51.100.2:5000"], "flags": "SCTP_BINDX_ADD_ADDR"}),
        ("listen", {"backlog": 128}),
        ("watch", {"on": True}),
    ]
    return [judged.call(f"setup.{i}", name, time, endpoint="server", args=args) for i, (name, args) in enumerate(calls)]


def with_setup():
    plan, events = judged.plan(), judged.events()
    plan["endpoints"][0]["setup"] = SETUP
    events[1:3] = setup_events(-5 * 10**6)
    events[-1:-1] = setup_events(40 * S)
    return plan, events


def test_a_set_up_takes_one_line(tmp_path):
    lines = [line.strip() for line in verbose(tmp_path, *with_setup()) if "server " in line and "message" not in line]
    assert lines == [
        "-0.005 s  server   setsockopt(SCTP_RTOINFO, srto_initial=500, srto_min=100) = 0",
        "-0.005 s  server   non-blocking, listens at server.a (192.0.2.2), server.b (198.51.100.2), port 5000",
        "40.000 s  server   setsockopt(SCTP_RTOINFO, srto_initial=500, srto_min=100) = 0",
        "40.000 s  server   non-blocking, listens at server.a, server.b, port 5000",
    ]


def test_a_set_up_is_told_in_full_on_demand_and_when_it_failed(tmp_path):
    plan, events = with_setup()
    full = [
        "-0.005 s  server   socket(inet, stream, nonblock) = 0",
        "-0.005 s  server   setsockopt(SCTP_RTOINFO, srto_initial=500, srto_min=100) = 0",
        "-0.005 s  server   bindx(server.a, server.b) = 0",
        "-0.005 s  server   listen(backlog=128) = 0",
        "-0.005 s  server   watch(on) = 0",
    ]
    assert [line.strip() for line in verbose(tmp_path / "a", plan, events, "-vv") if "-0.005 s  server" in line] == full
    events[3].update(ret=-1, errno="EADDRINUSE")
    full[2] = "-0.005 s  server   bindx(server.a, server.b) = -1 EADDRINUSE"
    lines = [line.strip() for line in verbose(tmp_path / "b", plan, events)]
    assert [line for line in lines if line.startswith("-0.005 s  server")] == full
    assert "scenarios/failover/primary-silent.yaml:5:3: server: {}" in lines
    del events[5]  # one that never answered is none that succeeded
    assert full[0] in [line.strip() for line in verbose(tmp_path / "c", plan, events)]


def test_a_hang_up_is_a_line(tmp_path):
    events = judged.events()
    events.insert(-1, {"event": "hangup", "endpoint": "client", "socket": "s", "time": 40 * S, "revents": ["POLLERR", "POLLRDHUP"]})
    assert "       40.000 s  client   s: POLLERR|POLLRDHUP" in verbose(tmp_path, judged.plan(), events)


def test_a_port_is_told_where_endpoints_share_a_node(tmp_path):
    plan = judged.plan()
    plan["endpoints"].append({"name": "other", "node": 1, "setup": []})
    lines = [line.strip() for line in verbose(tmp_path, plan, judged.events())]
    assert "0.000 s  client   connectx(server.a:5000, server.b:5000) ..." in lines
    assert "20.000 s  client   SCTP_PEER_ADDR_CHANGE SCTP_ADDR_UNREACHABLE server.a:5000".replace("20", "10", 1) in lines


def test_an_address_without_a_name_is_told_as_it_is(tmp_path):
    plan = judged.plan()
    del plan["names"]["198.51.100.2"]
    lines = [line.strip() for line in verbose(tmp_path, plan, judged.events())]
    assert "0.000 s  client   connectx(server.a, 198.51.100.2:5000) ..." in lines


def test_messages_of_two_receivers_share_a_line_each(tmp_path):
    events = judged.events()
    at = next(i for i, event in enumerate(events) if event["event"] == "message")
    for i in range(10):
        events.insert(at, judged.message(S - i, 0, S - i, endpoint=("client", "server")[i % 2]))
    lines = verbose(tmp_path, judged.plan(), events)
    assert len([line for line in lines if re.search(r"  1\.000 s .* messages until", line)]) == 2


def test_a_trail_ends_at_the_moment_of_the_expectation(tmp_path):
    plan = judged.plan()
    plan["expect"] = plan["expect"][:1]
    plan["expect"][0]["by_ns"] = 9 * S  # it came at 10 s
    judged.write(tmp_path, plan, judged.events())
    text = lab.pathlab("verdict", tmp_path).stdout
    assert "      observed  at 10.000 s: it became INACTIVE only at 10 s\n" in text
    assert "          5.000 s  client   traffic is over: 4 sent, 0 failed\n    kept in " in text


def test_a_trail_is_not_told_twice(tmp_path):
    plan = judged.plan()
    plan["expect"] = [dict(plan["expect"][0], by_ns=9 * S, line=line) for line in (40, 41)]
    judged.write(tmp_path, plan, judged.events())
    text = lab.pathlab("verdict", tmp_path).stdout
    assert text.count("      what led to it\n") == 1
    assert text.count("      what led to it is the same as above\n") == 1


def test_a_summary_is_wrapped(tmp_path):
    plan = judged.plan()
    plan["summary"] = "word " * 100
    lines = verbose(tmp_path, plan, judged.events())
    block = [line for line in lines if set(line.split()) == {"word"}]
    assert sum(line.count("word") for line in block) == 100 and len(block) == 6
    assert all(line.startswith("    word") and len(line) <= 100 for line in block)


def row_of(folder, name, answers, **more):
    """The row of a run with these connect calls, and of one with a long name, in a folder."""
    plan, events = judged.plan(), judged.events()
    plan["scenario"] = name
    plan["expect"] = []
    plan["steps"] = [judged.step(i, at_ns=0, do="command", endpoint=1, call="connectx", command="connectx s") for i in range(len(answers))]
    plan["steps"] += more.get("steps", [])
    kept = [event for event in events if event["event"] == "begin" or event.get("tag", "").startswith("setup")]
    calls = [part for i, answer in enumerate(answers) for part in (judged.handed(i, 0), judged.call(i, "connectx", 0, **answer))]
    judged.write(folder, plan, kept + calls + more.get("events", []) + [judged.end(more.get("time", S))])


def test_rows_keep_within_100_columns_and_align_their_times(tmp_path):
    ok, refused = {"end": 3 * S}, {"end": S, "ret": -1, "errno": "ECONNREFUSED"}
    row_of(tmp_path / "1", "connect/short", [ok, refused, ok, refused, ok])
    row_of(tmp_path / "2", "connect/" + "x" * 38, [refused, ok], time=1234 * S)
    row_of(tmp_path / "3", "connect/middle", [ok])
    row_of(tmp_path / "4", "connect/" + "y" * 28, [{"ret": -1, "errno": "EINPROGRESS"}, ok, ok])
    rows = lab.pathlab("verdict", tmp_path).stdout.splitlines()[:4]
    assert {len(row) for row in rows} == {91}  # without the real time, which takes 9
    assert [re.split(r" {2,}", row)[1:] for row in rows] == [
        ["connect/short", "connected in 3 s; 4 more calls", "1.010 s"],
        ["connect/" + "x" * 38, "ECONNREFUSED; 1 more call", "1234.010 s"],
        ["connect/middle", "connected in 3 s", "1.010 s"],
        ["connect/" + "y" * 28, "EINPROGRESS; 2 more calls", "1.010 s"],
    ]


def test_reports_have_the_outcome_in_full(tmp_path):
    row_of(tmp_path, "connect/" + "x" * 40, [{"end": 3 * S}] * 5)
    (run,) = json.loads(lab.pathlab("verdict", "--format", "json", tmp_path).stdout)["runs"]
    assert run["outcome"] == "connected in 3 s; connected in 3 s; connected in 3 s; 2 more calls"


def test_human_every_message(tmp_path):
    text = verdict(runs_of(tmp_path), "-vv")
    assert text.count("server   message of 1000 B on stream 0, seq 2 from client.a\n") == 3


@pytest.mark.parametrize(
    "targets, words",
    [([[0, 16]], "on link a towards client"), ([[1, 17]], "on link a towards server"), ([[0, 16], [1, 17], [1, 19]], "on link a, link b")],
)
def test_a_fault_is_told_with_its_direction(tmp_path, targets, words):
    plan = judged.plan()
    plan["steps"][2]["targets"] = targets
    judged.write(tmp_path, plan, judged.events())
    text = lab.pathlab("verdict", "-v", tmp_path).stdout
    if len(targets) == 3:
        words = "on link a, b towards server"
    assert f"fault    blackhole {words}\n" in text


@pytest.mark.parametrize(
    "keys, words",
    [
        ({"kind": "drop", "targets": [[1, 17]], "chunk": "init", "skip": 0, "count": 2}, "drop of 2 INIT on link a towards server"),
        ({"kind": "drop", "targets": [[1, 17]], "chunk": None, "skip": 3, "count": 1}, "drop of 1 packet after the first 3 on link a towards server"),
        ({"kind": "drop", "targets": [[1, 17]], "chunk": "cookie-echo"}, "drop of COOKIE ECHO on link a towards server"),
        ({"kind": "link-down", "targets": [[0, 16]]}, "link-down on link a at client"),
        ({"kind": "link-down", "targets": [[0, 16], [1, 17]]}, "link-down on link a"),
        ({"kind": "dead-neighbour", "targets": [[1, 17]]}, "dead-neighbour on link a at server"),
        ({"kind": "route", "node": 0, "prefixes": ["192.0.2.0/28"], "type": "prohibit"}, "route-prohibit to 192.0.2.0/28 at client"),
        ({"kind": "route", "node": 0, "prefixes": ["192.0.2.2/32"], "type": "absent"}, "route-absent to server.a at client"),
        ({"kind": "reject", "node": 1, "sources": [], "destinations": ["192.0.2.2"], "icmp": 3, "chunk": None}, "reject with icmp code 3 to server.a at server"),
        ({"kind": "reject", "node": 1, "sources": ["192.0.2.1"], "destinations": [], "icmp": 1, "icmpv6": 3, "with": "host-unreachable"},
         "reject with host-unreachable from client.a at server"),
        ({"kind": "no-listener", "endpoint": 0}, "no-listener at server"),
        ({"kind": "crash", "endpoint": 0}, "crash of server"),
        ({"kind": "freeze", "endpoint": 0}, "freeze of server"),
        ({"kind": "impair", "targets": [[1, 17]], "netem": {"delay_ns": 2 * S, "loss_ppm": 5000, "rate_bps": 64000, "corrupt_ppm": 10**6}},
         "impair on link a towards server: delay 2 s, loss 0.5%, rate 64000 bit/s, corrupt 100%"),
        ({"kind": "mtu", "targets": [[1, 17]], "mtu": 1400, "icmp": True}, "mtu 1400 on link a at server"),
        ({"kind": "mtu", "targets": [[0, 16], [1, 17]], "mtu": 1280, "icmp": False}, "mtu 1280 without ICMP on link a"),
        ({"kind": "address-removed", "targets": [[1, 17]], "addresses": ["192.0.2.2/28"]}, "address-removed server.a on link a at server"),
        ({"kind": "rp-filter", "node": 1, "mode": "strict", "interface": "all"}, "rp-filter strict at server"),
        ({"kind": "rp-filter", "node": 1, "mode": "loose", "interface": "b"}, "rp-filter loose on link b at server"),
        ({"kind": "conntrack", "node": 1}, "conntrack at server"),
    ],
)
def test_a_fault_is_told_in_words(tmp_path, keys, words):
    plan = judged.plan()
    del plan["steps"][2]["targets"]
    plan["steps"][2].update(keys)
    judged.write(tmp_path, plan, judged.events())
    assert f"fault    {words}\n" in lab.pathlab("verdict", "-v", tmp_path).stdout


@pytest.mark.parametrize(
    "keys, words",
    [({"kind": "crash", "endpoint": 0}, "server started again"), ({"kind": "no-listener", "endpoint": 0}, "server listens again"),
     ({"kind": "freeze", "endpoint": 0}, "server goes on"),
     ({"kind": "mtu", "targets": [[1, 17]], "mtu": 1400, "icmp": True}, "mtu 1400 on link a at server")],
)
def test_a_heal_is_told_in_words(tmp_path, keys, words):
    plan, events = judged.plan(), judged.events()
    del plan["steps"][2]["targets"]
    plan["steps"][2].update(keys)
    assert f"       20.000 s  heal     {words}" in verbose(tmp_path / "good", plan, events)
    next(event for event in events if event["event"] == "heal").update(ret=-1, errno="EPERM", message="not allowed")
    assert any(line.endswith(" of server could not be done: not allowed") or line.endswith(" at server could not be done: not allowed")
               for line in verbose(tmp_path / "bad", plan, events))


def test_a_call_that_never_returned_is_shown_where_it_was_made(tmp_path):
    events = [event for event in judged.events() if event.get("tag") != "8"]
    judged.write(tmp_path, judged.plan(), events)
    text = lab.pathlab("verdict", "-v", tmp_path).stdout
    assert "       34.000 s  client   connectx(server.a, port=5000) ...  [never returned]\n" in text


def test_a_call_behind_one_that_never_returned_was_never_made(tmp_path):
    events = [event for event in judged.events() if event.get("tag") not in ("7", "8")]
    lines = verbose(tmp_path, judged.plan(), events)
    assert "       33.000 s  client   getpaddrs() ...  [never returned]" in lines
    assert "       34.000 s  client   connectx(server.a, port=5000) waits  [never made]" in lines
    text = "\n".join(lines)
    assert "it was not made, because getpaddrs in line 17 had not returned when the run ended at 40.000 s" in text


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("verbose", [[], ["-v"], ["-vv"]])
def test_human_is_harmless(tmp_path, hostile, verbose):
    text = verdict(runs_of(tmp_path, hostile), *verbose)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert len(re.findall(r"^(?:ok|FAIL|VOID) ", text, re.M)) == 3
    assert not re.search(r"^ok 7", text, re.M)


# JSON


def test_json_says_all(tmp_path):
    document = json.loads(verdict(runs_of(tmp_path), "--format", "json"))
    assert document["pathlab_report"] == 1
    assert document["totals"] == {"runs": 3, "passed": 1, "skipped": 0, "failed": 1, "void": 1, "virtual_ns": 120_030_000_000,
                                  "real_ns": 0, "interrupted": False}
    good, bad, void = document["runs"]
    assert (good["name"], good["verdict"], good["problems"]) == ("connect/a-passes", "pass", [])
    assert (good["seed"], good["kernel"]) == ("7", "uml-6.12")
    assert (bad["verdict"], void["verdict"]) == ("fail", "void")
    (problem,) = bad["problems"]
    assert problem == {
        "file": "scenarios/failover/primary-silent.yaml", "line": 10, "column": 5, "text": "step 0",
        "expected": "connectx to return 0", "observed": "it failed with ETIMEDOUT", "source": "RFC 9260 5.1",
        "at_ns": 20_000_000, "event": 6,
    }
    assert bad["replay"] == "pathlab run connect/b-fails --seed 7"
    assert bad["kept"].endswith("/b-fails")


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_json_keeps_every_string(tmp_path, hostile):
    output = verdict(runs_of(tmp_path, hostile), "--format", "json")
    assert output.isascii()
    document = json.loads(output)
    assert len(document["runs"]) == 3
    assert document["runs"][0]["summary"] == hostile
    assert document["runs"][1]["problems"][0]["text"] == hostile


@pytest.mark.parametrize("seed", [0, 2**63 - 1, 2**63, 2**64 - 1])
def test_json_seeds_are_whole(tmp_path, seed):
    kept = seed if seed < 2**63 else seed - 2**64
    judged.write(tmp_path, judged.plan(), judged.events(), {"wait_status": 0, "seed": kept})
    (run,) = json.loads(lab.pathlab("verdict", "--format", "json", tmp_path).stdout)["runs"]
    assert run["seed"] == str(seed)


# TAP


def read_tap(text):
    """A strict reader of the part of TAP 14 that is written: (ok, number, description, diagnostics) each."""
    lines = text.split("\n")
    assert lines[0] == "TAP version 14" and lines[-1] == ""
    plan = re.fullmatch(r"1\.\.(\d+)", lines[1])
    tests, at = [], 2
    while at < len(lines) - 1:
        point = re.fullmatch(r"(ok|not ok) (\d+) - (.*)", lines[at])
        assert point, lines[at]
        assert not re.search(r"(?<!\\)(\\\\)*#", point[3]), "a directive"
        description = re.sub(r"\\([#\\])", r"\1", point[3])
        assert lines[at + 1] == "  ---", lines[at + 1]
        stop = lines.index("  ...", at + 2)
        block = lines[at + 2:stop]
        assert all(line.startswith("  ") for line in block)
        tests.append((point[1] == "ok", int(point[2]), description, yaml.safe_load("\n".join(block))))
        at = stop + 1
    assert [number for _, number, _, _ in tests] == list(range(1, int(plan[1]) + 1))
    return tests


def test_tap(tmp_path):
    good, bad, void = read_tap(verdict(runs_of(tmp_path), "--format", "tap"))
    assert (good[0], good[2]) == (True, "connect/a-passes")
    assert good[3]["virtual time"] == "40.01 s" and good[3]["seed"] == 7 and good[3]["kernel"] == "uml-6.12"
    assert "problems" not in good[3]
    assert bad[0] is False and bad[3]["severity"] == "fail"
    assert bad[3]["replay"] == "pathlab run connect/b-fails --seed 7"
    (problem,) = bad[3]["problems"]
    assert problem["at"] == "scenarios/failover/primary-silent.yaml:10:5"
    assert problem["expected"] == "connectx to return 0"
    assert problem["observed"] == "it failed with ETIMEDOUT"
    assert problem["source"] == "RFC 9260 5.1"
    assert problem["events"][-1].endswith("client   ... connectx = -1 ETIMEDOUT  [took 0.020 s]")
    assert void[0] is False and void[3]["severity"] == "void"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_tap_is_harmless(tmp_path, hostile):
    tests = read_tap(verdict(runs_of(tmp_path, hostile), "--format", "tap"))
    assert [ok for ok, _, _, _ in tests] == [True, False, False]
    if hostile.isascii() and hostile.isprintable():
        assert [description for _, _, description, _ in tests][0] == "connect/a-passes" + hostile
        assert tests[1][3]["problems"][0]["text"] == hostile


# JUnit


def test_junit(tmp_path):
    root = ET.fromstring(verdict(runs_of(tmp_path), "--format", "junit"))
    assert root.tag == "testsuites"
    (suite,) = root
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    good, bad, void = suite
    assert (good.get("classname"), good.get("name")) == ("connect", "a-passes")
    assert float(good.get("time")) == 0
    properties = {item.get("name"): item.get("value") for item in good.find("properties")}
    assert properties["seed"] == "7" and properties["kernel"] == "uml-6.12" and properties["virtual time"] == "40.01 s"
    assert [child.tag for child in good] == ["properties"]
    failure = bad.find("failure")
    assert failure.get("message") == "expected connectx to return 0, but it failed with ETIMEDOUT"
    assert failure.text.startswith("scenarios/failover/primary-silent.yaml:10:5: step 0\nexpected connectx to return 0\n")
    assert "ETIMEDOUT  [took 0.020 s]" in failure.text
    assert void.find("error").get("message") == "expected the laboratory to carry out the fault, but it could not: not allowed"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_junit_is_well_formed(tmp_path, hostile):
    root = ET.fromstring(verdict(runs_of(tmp_path, hostile), "--format", "junit").encode())
    assert [case.tag for case in root[0]] == ["testcase"] * 3
    (names,) = {frozenset(case.keys()) for case in root[0]}
    assert names == {"classname", "name", "file", "time"}
    forbidden = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    assert root[0][0].get("file") == forbidden.sub("\ufffd", hostile)


def test_junit_of_a_scenario_without_folder(tmp_path):
    plan = judged.plan()
    plan["scenario"] = "alone"
    judged.write(tmp_path, plan, judged.events())
    case = ET.fromstring(lab.pathlab("verdict", "--format", "junit", tmp_path).stdout)[0][0]
    assert (case.get("classname"), case.get("name")) == ("pathlab", "alone")


# bytes that are not UTF-8 cannot come through JSON; they can through the names of folders


@pytest.mark.parametrize("form", ["human", "json", "tap", "junit"])
def test_a_folder_with_a_hostile_name(tmp_path, form):
    folder = tmp_path / "a\x1b[2J\udcff<&\"\n"
    plan = judged.plan()
    plan["steps"][0]["expect"]["errno"] = "EPERM"
    del plan["scenario"], plan["file"]
    judged.write(folder, plan, judged.events())
    done = lab.pathlab("verdict", "--format", form, folder)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    if form == "json":
        json.loads(done.stdout)
    elif form == "tap":
        read_tap(done.stdout)
    elif form == "junit":
        ET.fromstring(done.stdout)


def test_output_that_cannot_be_written_is_said(tmp_path):
    import subprocess

    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([lab.PATHLAB, "verdict", runs_of(tmp_path)], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "could not be written: No space left on device" in done.stderr


def test_long_traffic_is_judged_in_seconds(tmp_path):
    """100 000 messages: what is quadratic would show."""
    events = judged.events()
    first = next(i for i, event in enumerate(events) if event["event"] == "message")
    count = 100_000
    events = [event for event in events if event["event"] != "message"]
    next(event for event in events if event["event"] == "traffic")["sent"] = count
    events[first:first] = [judged.message(S + i * 15_000, i, S + i * 15_000) for i in range(count)]
    assert judged.judge(tmp_path, judged.plan(), events)["verdict"] == "pass"
