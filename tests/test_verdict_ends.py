# SPDX-License-Identifier: GPL-2.0-only
"""How a run ended: cut events, hung and dead guests, dead endpoints, calls that never return, troubles."""

import json
import signal

import pytest

import judged
import lab
from judged import MS, S


def facts(**keys):
    return {"wait_status": 0, "timed_out": False, "silent_real_ns": 0, "console_problem": None, "trouble": None, **keys}


def only_problem(run):
    (problem,) = run["problems"]
    return problem


def test_without_its_last_event_a_run_has_failed(tmp_path):
    run = judged.judge(tmp_path, judged.plan(), judged.events()[:-1])
    assert run["verdict"] == "fail"
    assert run["outcome"] == "the guest ended early"
    observed = only_problem(run)["observed"]
    assert "stopped before the run was over" in observed
    assert "the last thing seen was: 40.000 s  client  paths, for an expectation: server.a ACTIVE primary" in observed


def test_every_cut_of_the_events_is_a_failure_and_none_a_crash(tmp_path):
    text = "".join(json.dumps(event) + "\n" for event in judged.events())
    cuts = list(range(0, len(text) - 2, 7))
    for cut in cuts:
        judged.write(tmp_path / f"{cut:06}", judged.plan(), text[:cut])
    done = lab.pathlab("verdict", "--format", "json", tmp_path)
    assert done.stderr == ""
    runs = json.loads(done.stdout)["runs"]
    assert len(runs) == len(cuts)
    for cut, run in zip(cuts, runs):
        # before the first event is complete, the laboratory has shown nothing at all
        assert run["verdict"] == ("fail" if cut > text.index("\n") - 1 else "void"), (cut, run)


def test_a_line_feed_at_the_end_is_not_needed(tmp_path):
    text = "\n".join(json.dumps(event) for event in judged.events())
    assert judged.judge(tmp_path, judged.plan(), text)["verdict"] == "pass"


def test_a_line_that_is_no_event_is_void(tmp_path):
    lines = [json.dumps(event) for event in judged.events()]
    for junk in ('{"event":"call","endpoint', "[1, 2]", "3", "null", "\x00", "\xff\xfe", '{"event":"\\u0000"}'):
        run = judged.judge(tmp_path, judged.plan(), "\n".join(lines[:5] + [junk] + lines[5:]).encode("latin-1"))
        assert run["verdict"] == "void"
        assert only_problem(run)["observed"] == "line 6 of the events is none"


def test_a_guest_without_memory_can_have_more(tmp_path):
    said = "Out of memory: Killed process 56 (9) total-vm:7608kB"
    run = judged.judge(tmp_path, judged.plan(), judged.events(), facts(console_problem=said, wait_status=1 << 8))
    assert run["verdict"] == "fail"
    assert f"{said}; `memory: 256MiB` or more in the scenario gives it more" in only_problem(run)["observed"]


@pytest.mark.parametrize("events", ["", "\n\n"])
def test_no_events_at_all_is_void(tmp_path, events):
    run = judged.judge(tmp_path, judged.plan(), events, facts(wait_status=1 << 8))
    assert run["verdict"] == "void"
    assert run["outcome"] == "could not be run"
    assert only_problem(run)["observed"] == "the guest exited with status 1; nothing was seen before"


def test_a_guest_whose_time_stands_still_has_failed(tmp_path):
    for events in ([], judged.events()[:6]):
        run = judged.judge(tmp_path, judged.plan(), events, facts(timed_out=True, silent_real_ns=30 * S, wait_status=signal.SIGKILL))
        assert run["verdict"] == "fail"
        assert run["outcome"] == "the guest hung"
        assert "virtual time stood still: no progress for 30 s of real time" in only_problem(run)["observed"]


def test_a_guest_whose_time_goes_on_while_it_computes_is_not_said_to_stand_still(tmp_path):
    ends = facts(timed_out=True, emulated=True, silent_real_ns=30 * S, wait_status=signal.SIGKILL)
    run = judged.judge(tmp_path, judged.plan(), judged.events()[:6], ends)
    assert run["verdict"] == "fail"
    assert "which computed or did nothing: no progress for 30 s of real time" in only_problem(run)["observed"]


def test_a_panic_has_failed_even_before_the_first_event(tmp_path):
    panic = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700"
    for events in ([], judged.events()[:6]):
        run = judged.judge(tmp_path, judged.plan(), events, facts(console_problem=panic, wait_status=1 << 8))
        assert run["verdict"] == "fail"
        assert run["outcome"] == "the guest's kernel failed"
        assert panic in only_problem(run)["observed"]


def test_an_agent_that_could_not_be_started_is_void_and_has_a_cure(tmp_path):
    panic = "Kernel panic - not syncing: Requested init /proc/self/fd/9 failed (error -13)."
    run = judged.judge(tmp_path, judged.plan(), [], facts(console_problem=panic, wait_status=6))
    assert (run["verdict"], run["outcome"]) == ("void", "could not be run")
    observed = only_problem(run)["observed"]
    assert observed.startswith('the agent could not be started; was it rebuilt meanwhile? Build it with "make programs"')
    assert panic in observed


def test_a_warning_fails_a_run_that_is_complete(tmp_path):
    warning = "WARNING: CPU: 0 PID: 1 at net/sctp/example.c:1"
    run = judged.judge(tmp_path, judged.plan(), judged.events(), facts(console_problem=warning))
    assert run["verdict"] == "fail"
    assert warning in only_problem(run)["observed"]


@pytest.mark.parametrize("status, words", [(signal.SIGSEGV, "killed by SIGSEGV"), (3 << 8, "exited with status 3")])
def test_a_guest_that_dies_after_a_complete_run_has_failed(tmp_path, status, words):
    run = judged.judge(tmp_path, judged.plan(), judged.events(), facts(wait_status=int(status)))
    assert run["verdict"] == "fail"
    assert words in only_problem(run)["observed"]


def test_trouble_of_the_launcher_is_void(tmp_path):
    run = judged.judge(tmp_path, judged.plan(), [], facts(trouble="no space left for the guest's memory"))
    assert run["verdict"] == "void"
    assert only_problem(run)["observed"] == "no space left for the guest's memory"


def test_trouble_of_the_agent_is_void(tmp_path):
    events = judged.events()
    events.insert(9, {"event": "trouble", "time": S, "message": "veth: RTNETLINK answers: Operation not supported"})
    run = judged.judge(tmp_path, judged.plan(), events)
    assert run["verdict"] == "void"
    assert "Operation not supported" in only_problem(run)["observed"]
    # the agent may say so and end without a word more
    run = judged.judge(tmp_path, judged.plan(), events[:10])
    assert run["verdict"] == "void"


def test_a_command_the_endpoint_does_not_understand_is_void(tmp_path):
    events = judged.events()
    events.insert(9, {"event": "error", "endpoint": "client", "tag": "1", "message": 'unknown command "conectx"'})
    run = judged.judge(tmp_path, judged.plan(), events)
    assert run["verdict"] == "void"
    assert "conectx" in only_problem(run)["observed"]


def test_a_fault_that_could_not_be_done_is_void_and_says_the_kernels_words(tmp_path):
    events = judged.events()
    fault = next(event for event in events if event["event"] == "fault")
    fault.update(ret=-1, errno="EOPNOTSUPP", message="Specified qdisc kind is unknown")
    run = judged.judge(tmp_path, judged.plan(), events)
    assert run["verdict"] == "void"
    assert only_problem(run)["observed"] == "it could not: Specified qdisc kind is unknown"
    assert only_problem(run)["line"] == 12


def test_a_set_up_that_fails_names_the_command_and_the_errno(tmp_path):
    events = judged.events()
    events[2].update(ret=-1, errno="EADDRINUSE")
    problem = only_problem(judged.judge(tmp_path, judged.plan(), events))
    assert problem["expected"] == 'endpoint server to be set up with "listen s"'
    assert problem["observed"] == "the endpoint could not be set up: listen failed with EADDRINUSE"


def test_a_set_up_is_judged_again_after_a_restart(tmp_path):
    events = judged.events()
    events.insert(-1, judged.call("setup.1", "listen", 39 * S, endpoint="server", ret=-1, errno="EADDRINUSE"))
    assert judged.judge(tmp_path, judged.plan(), events)["verdict"] == "fail"


def exit_of(endpoint, time, **keys):
    return {"event": "exit", "time": time, "endpoint": endpoint, "status": 0, "signal": None, "asked": False, **keys}


def with_event(event):
    """The passing run with one more event, at its time."""
    events = judged.events()
    where = next(i for i, other in enumerate(events) if other.get("time", other.get("end", 0)) >= event["time"])
    events.insert(where, event)
    return events


@pytest.mark.parametrize(
    "keys, words",
    [
        ({"status": -1, "signal": "SIGSEGV"}, "killed by SIGSEGV"),
        ({"status": 1}, "ended with status 1"),
        ({"status": 0}, "ended with status 0"),
    ],
)
def test_an_endpoint_that_ends_unasked_has_failed(tmp_path, keys, words):
    run = judged.judge(tmp_path, judged.plan(), with_event(exit_of("client", 35 * S, **keys)))
    assert run["verdict"] == "fail"
    problem = only_problem(run)
    assert "client" in problem["expected"] and words in problem["observed"]


def test_an_endpoint_the_agent_ends_has_not_failed(tmp_path):
    events = with_event(exit_of("client", 40 * S, status=-1, signal="SIGKILL", asked=True))
    assert judged.judge(tmp_path, judged.plan(), events)["verdict"] == "pass"


def crash_plan():
    plan = judged.plan()
    plan["steps"].append(judged.step(10, at_ns=36 * S, do="fault", kind="crash", endpoint=judged.SERVER))
    return plan


def crash_events(*more):
    events = judged.events()
    events[-3:-3] = [judged.handed(10, 36 * S), judged.deed("fault", 10, 36 * S, "crash"), *more]
    return events


def test_a_crash_excuses_one_exit_of_its_endpoint_by_sigkill(tmp_path):
    killed = {"status": -1, "signal": "SIGKILL"}
    good = exit_of("server", 36 * S, **killed)
    assert judged.judge(tmp_path, crash_plan(), crash_events(good))["verdict"] == "pass"
    for bad in (
        [exit_of("client", 36 * S, **killed)],
        [exit_of("server", 36 * S, status=-1, signal="SIGSEGV")],
        [good, exit_of("server", 37 * S, **killed)],
    ):
        assert judged.judge(tmp_path, crash_plan(), crash_events(*bad))["verdict"] == "fail"


def test_a_crash_excuses_no_exit_before_it(tmp_path):
    events = crash_events()
    events.insert(10, exit_of("server", S, status=-1, signal="SIGKILL"))
    assert judged.judge(tmp_path, crash_plan(), events)["verdict"] == "fail"


@pytest.mark.parametrize("number, name, verdict", [(15, "SIGTERM", "pass"), (10, "SIGTERM", "fail")])
def test_a_signal_of_the_scenario_excuses_the_exit_it_causes(tmp_path, number, name, verdict):
    plan = judged.plan()
    plan["steps"].append(judged.step(10, at_ns=36 * S, do="signal", endpoint=judged.SERVER, signal=number))
    events = judged.events()
    events[-3:-3] = [judged.handed(10, 36 * S), exit_of("server", 36 * S, status=-1, signal=name)]
    assert judged.judge(tmp_path, plan, events)["verdict"] == verdict


def test_a_signal_that_was_not_sent_is_a_problem(tmp_path):
    plan = judged.plan()
    plan["steps"].append(judged.step(10, at_ns=36 * S, do="signal", endpoint=judged.SERVER, signal=10))
    problem = only_problem(judged.judge(tmp_path, plan, judged.events()))
    assert problem["expected"] == "the signal to be carried out"


def pending_plan(**keys):
    plan = judged.plan()
    plan["steps"].append(
        judged.step(10, at_ns=35 * S, do="command", endpoint=judged.CLIENT, call="connect", command="connect s2 203.0.113.1", **keys)
    )
    return plan


def pending_events(*more):
    events = judged.events()
    events[-3:-3] = [judged.handed(10, 35 * S), *more]
    return events


def test_a_call_that_never_returns_is_a_problem(tmp_path):
    run = judged.judge(tmp_path, pending_plan(expect={"errno": "ETIMEDOUT", "took_ns": [0, S]}), pending_events())
    problem = only_problem(run)
    assert problem["expected"] == "connect to fail with ETIMEDOUT and to take at most 1 s"
    assert problem["observed"] == "the call of 35.000 s had not returned when the run ended at 40.000 s"
    assert run["outcome"].split("; ")[2] == "connect has not returned after 5 s"


def test_a_call_that_must_not_return(tmp_path):
    plan = pending_plan(expect={"answer": False})
    assert judged.judge(tmp_path, plan, pending_events())["verdict"] == "pass"
    answered = pending_events(judged.call(10, "connect", 35 * S, 36 * S, socket="s2"))
    problem = only_problem(judged.judge(tmp_path, plan, answered))
    assert (problem["expected"], problem["observed"]) == ("connect not to return", "it returned 0")
    assert judged.judge(tmp_path, plan, judged.events())["verdict"] == "fail"  # never handed over


def test_a_call_without_expectation_must_return_unless_its_endpoint_was_crashed(tmp_path):
    assert judged.judge(tmp_path, pending_plan(), pending_events())["verdict"] == "fail"
    plan = pending_plan()
    plan["steps"].append(judged.step(11, at_ns=36 * S, do="fault", kind="crash", endpoint=judged.CLIENT))
    crash = [
        judged.handed(11, 36 * S),
        judged.deed("fault", 11, 36 * S, "crash"),
        exit_of("client", 36 * S, status=-1, signal="SIGKILL"),
    ]
    assert judged.judge(tmp_path, plan, pending_events(*crash))["verdict"] == "pass"
    plan["steps"][10]["expect"] = {"errno": None}
    problem = only_problem(judged.judge(tmp_path, plan, pending_events(*crash)))
    assert problem["observed"] == "client ended at 36.000 s, before the call of 35.000 s had returned"


@pytest.mark.parametrize(
    "when, words",
    [
        ({"at_ns": 39 * S}, "although its time is 39 s"),
        ({"after": {"endpoint": 1, "event": "lost", "delay_ns": 0}}, '"lost" at client, did not come'),
        ({"after": {"endpoint": None, "event": "path-down", "delay_ns": 0}}, '"path-down" at any endpoint'),
        ({"after": {"endpoint": 1, "event": "done", "step": 0, "delay_ns": 0}}, 'the end of "step 0" in line 10'),
    ],
)
@pytest.mark.parametrize("do", ["command", "fault"])
def test_a_step_that_never_happened_says_what_it_waited_for(tmp_path, do, when, words):
    plan = judged.plan()
    plan["steps"].append(judged.step(10, do=do, kind="blackhole", endpoint=judged.CLIENT, call="close", **when))
    problem = only_problem(judged.judge(tmp_path, plan, judged.events()))
    assert problem["line"] == 20
    assert words in problem["observed"], problem


def test_traffic_that_never_ends_is_a_problem(tmp_path):
    events = [event for event in judged.events() if event["event"] != "traffic"]
    observed = [problem["observed"] for problem in judged.judge(tmp_path, judged.plan(), events)["problems"]]
    assert observed == [
        "it was still going on when the run ended",
        "4 arrived, and the sender never came to its end",
        "it was 35 s, from 5 s on",
    ]


def test_half_a_run_reports_the_answers_it_has(tmp_path):
    events = judged.events()[:10]
    events[6].update(ret=-1, errno="ECONNREFUSED", end=20 * MS)
    problems = judged.judge(tmp_path, judged.plan(), events)["problems"]
    assert [problem["line"] for problem in problems] == [0, 10]
    assert problems[1]["observed"] == "it failed with ECONNREFUSED"
