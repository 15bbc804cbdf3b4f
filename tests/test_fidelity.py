# SPDX-License-Identifier: GPL-2.0-only
"""What `make fidelity` makes of two runs, with runs made by hand: each class, and that nothing without a reason passes."""

import json
import sys

import pytest

import lab

sys.path.insert(0, str(lab.ROOT / "bench"))
import fidelity  # noqa: E402
import fidelity_trials  # noqa: E402

MS, S = 1_000_000, 1_000_000_000
BOOTED = -100 * MS


def row(kind, what, low, high, measured, agrees=True):
    return {"kind": kind, "endpoint": "client", "what": what, "predicted_ns": [low, high], "measured_ns": [measured] * 2, "agrees": agrees}


def report(*rows, verdict="pass"):
    return {"verdict": verdict, "predictions": {"rows": list(rows)}}


def call(time, start=None, tag="1"):
    return {"event": "call", "endpoint": "client", "tag": tag, "call": "send", "start": time if start is None else start, "end": time, "ret": 0}


def message(time, sent, seq):
    return {"event": "message", "endpoint": "server", "time": time, "traffic": {"flow": 2, "seq": seq, "sent": sent}}


def run(folder, *records):
    folder.mkdir()
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return fidelity.read_events(folder)


def compare(tmp_path, guest, stock, *others, reports=None):
    runs = [run(tmp_path / str(i), *records) for i, records in enumerate([guest, stock, *others])]
    return fidelity.Comparison("failover/made-up", runs, reports or [report(), report()], [])


@pytest.mark.parametrize(
    "guest, stock, others, kind",
    [
        (call(5 * S), call(5 * S + 8 * MS), [], "resolution"),
        (call(5 * S), call(5 * S + 9 * MS), [], "other"),
        (call(5 * S, 1 * S), call(5 * S + 508 * MS, 1 * S), [], "wheel"),
        (call(5 * S, 1 * S), call(5 * S + 509 * MS, 1 * S), [], "other"),
        (message(5 * S, 5 * S, 1), message(7 * S, 5 * S, 1), [message(8 * S, 5 * S, 1)], "drawn"),
        (message(5 * S, 5 * S, 1), message(7 * S, 5 * S, 1), [message(5 * S, 5 * S, 1)], "other"),
        (message(5 * S, 5 * S, 1), message(7 * S, 5 * S, 1), [message(9 * S, 7 * S, 2)], "drawn"),
        (message(5 * S, 5 * S, 1), message(7 * S, 5 * S, 1), [message(10 * S, 7 * S, 2)], "other"),
    ],
)
def test_classes(tmp_path, guest, stock, others, kind):
    compared = compare(tmp_path, [guest], [stock], *[[other] for other in others])
    assert +compared.counts == {kind: 1}


@pytest.mark.parametrize(
    "agrees, late_ms, kind", [(True, 700, "timer"), (True, 709, "other"), (True, 691, "other"), (False, 700, "other")]
)
def test_what_follows_a_timer_that_was_as_predicted(tmp_path, agrees, late_ms, kind):
    reports = [report(row("init", "INIT number 2", 4 * S, 5 * S, 4 * S)), report(row("init", "INIT number 2", 4 * S, 5 * S, 4 * S + 700 * MS, agrees))]
    compared = compare(tmp_path, [call(4 * S + 10 * MS)], [call(4 * S + (10 + late_ms) * MS)], reports=reports)
    assert +compared.counts == {kind: 1}


@pytest.mark.parametrize("kind, found", [("heartbeat", "drawn"), ("init", "timer"), ("", "other")])
def test_what_follows_other_timers_is_drawn_only_if_one_is_random(tmp_path, kind, found):
    reports = [report(row("init", "one", 3 * S, 5 * S, 4 * S)), report(row(kind, "another", 3 * S, 9 * S, 7 * S, agrees=bool(kind)))]
    compared = compare(tmp_path, [message(4 * S, 4 * S, 1)], [message(7 * S + 10 * MS, 4 * S, 1)], reports=reports)
    assert +compared.counts == {found: 1}


def test_carried_is_what_differs_by_as_much_as_the_one_before(tmp_path):
    guest, stock = [call(5 * S, 1 * S), call(6 * S)], [call(5 * S + 400 * MS, 1 * S), call(6 * S + 405 * MS)]
    assert compare(tmp_path, guest, stock).counts == {"wheel": 1, "carried": 1}


def test_another_difference_is_not_carried(tmp_path):
    guest, stock = [call(5 * S, 1 * S), call(6 * S)], [call(5 * S + 400 * MS, 1 * S), call(6 * S + 409 * MS)]
    assert compare(tmp_path, guest, stock).counts == {"wheel": 1, "other": 1}


@pytest.mark.parametrize("verdicts, agrees", [(("pass", "pass"), True), (("pass", "fail"), False), (("fail", "fail"), False)])
def test_both_verdicts_are_to_be_good(tmp_path, verdicts, agrees):
    assert compare(tmp_path, [], [], reports=[report(verdict=verdict) for verdict in verdicts]).agrees == agrees


def test_an_event_that_one_kernel_alone_has_is_another_outcome(tmp_path):
    compared = compare(tmp_path, [call(1 * S), call(2 * S)], [call(1 * S)], [call(1 * S), call(2 * S)])
    assert not compared.agrees and [where for _, where in compared.missing] == ["not on the stock kernel"]


@pytest.mark.parametrize("stock_has, same", [(1, True), (3, True), (5, False), (6, False)])
def test_what_stock_kernels_differ_in_is_drawn_if_chance_has_it(tmp_path, stock_has, same):
    runs = [run(tmp_path / str(i), *([call(1 * S)] * n)) for i, n in enumerate([1, 2, *[1] * 10])]
    more = [run(tmp_path / f"more-{i}", *([call(1 * S)] * (2 if i < stock_has - 1 else 1))) for i in range(5)]
    compared = fidelity.Comparison("failover/made-up", runs, [report(), report()], more)
    assert compared.agrees == same


def test_chance_is_that_of_fishers_exact_test():
    # tea tasted by R. A. Fisher's lady: 3 of 4 right, 34 of 70 so far off or farther
    assert round(fidelity.chance([True] * 3 + [False], [True] + [False] * 3), 4) == 0.4857
    assert fidelity.chance([True] * 4, [False] * 4) == pytest.approx(2 / 70)


@pytest.mark.parametrize("name, held, good", [("errno/list-too-long", {"computing"}, True), ("errno/list-too-long", set(), False), ("errno/refused", {"computing"}, False)])
def test_a_reason_counts_when_its_trial_held(tmp_path, name, held, good):
    compared, lines = compare(tmp_path, [call(5 * S)], [call(5 * S + 20 * MS)]), []
    compared.name = name
    assert fidelity.put_others(lines.append, compared, held) == good
    assert ("NOT KNOWN" in lines[0]) != good


def timers(late_ns=0):
    """Thirty timers of 1 s with ticks of 4 ms: their steps are 8 ticks, and ticks are counted from 18 of them after the clock."""
    ends = [BOOTED + (18 + 8 * (40 + i)) * 4 * MS for i in range(30)]
    ends[7] += late_ns
    return {"made-up": report(*[row("init", str(i), end - 8 * MS, end + 24 * MS, end) for i, end in enumerate(ends)])}


@pytest.mark.parametrize("late_ns, held", [(0, True), (900_000, True), (4 * MS, False), (-4 * MS, False)])
def test_timers_stand_on_the_wheels_steps(tmp_path, late_ns, held):
    run(tmp_path / "made-up", {"event": "begin", "time": BOOTED, "tick_ns": 4 * MS, "booted_ns": BOOTED})
    trial = fidelity_trials.on_the_grid(timers(late_ns), tmp_path, "vm-6.12")
    assert trial.held == held, trial.measured


def test_a_few_timers_prove_nothing(tmp_path):
    run(tmp_path / "made-up", {"event": "begin", "time": BOOTED, "tick_ns": 4 * MS, "booted_ns": BOOTED})
    few = timers()
    few["made-up"]["predictions"]["rows"] = few["made-up"]["predictions"]["rows"][:20]
    assert not fidelity_trials.on_the_grid(few, tmp_path, "vm-6.12").held


def test_predictions_that_do_not_agree_fail_the_trial():
    good, bad = row("init", "one", 1, 2, 1), row("init", "one", 1, 2, 9, agrees=False)
    assert fidelity_trials.as_predicted({"connect/one-path": report(good)}, "vm-6.12").held
    assert not fidelity_trials.as_predicted({"connect/one-path": report(good, bad)}, "vm-6.12").held


def test_a_scenario_put_off_is_valid(tmp_path):
    place = fidelity_trials.Place(lab.PATHLAB, "6.12", tmp_path)
    path = place.variant("failover/conntrack-forgets", "later", fidelity_trials.later(290 * S))
    assert "at: 290000000000ns, client: connectx" in path.read_text() and "until: 380000000000ns" in path.read_text()
    assert lab.pathlab("validate", path).returncode == 0
