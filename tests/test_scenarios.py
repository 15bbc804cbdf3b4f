# SPDX-License-Identifier: GPL-2.0-only
"""Every shipped scenario: it runs as expected, says what it teaches and why, and would notice anything else."""

import copy
import functools
import json
import re

import pytest

from lab import HEAVY_SCENARIOS, ROOT, pathlab, run_json, scenario_names

SCENARIOS = scenario_names()
TOPOLOGIES = sorted(path.stem for path in (ROOT / "topologies").glob("*.yaml"))

UNBOUNDED = 2**63 - 1

# What an expectation may lean on: a document by number and section, a file and function of the kernel, a manual page.
SOURCE = re.compile(r"RFC \d+ sections? \d|\b(net|kernel|drivers)/\S+\.c \S+|\b\w+\([2378]\)")


@functools.cache
def load_plans():
    """The plans of all scenarios by their names, in one go."""
    done = pathlab("validate", "--plan", *SCENARIOS, *HEAVY_SCENARIOS)
    assert done.returncode == 0, done.stderr
    plans = json.loads("[" + done.stdout.replace("\n}\n{", "\n},\n{") + "]")
    return {plan["scenario"]: plan for plan in plans}


def load_plan(name):
    return load_plans()[name]


def as_list(expect):
    return expect if isinstance(expect, list) else [expect]


def counts(expectation):
    """Whether it is for the version of the kernel that they run on here."""
    since, until = ([int(part) for part in expectation.get(key, "6.12").split(".")][:2] for key in ("since", "until"))
    return since <= [6, 12] <= until


def find_expectations(plan):
    """(what it is called, the expectation) of all that the scenario expects, of calls and of the run."""
    for step in plan["steps"]:
        for expectation in as_list(step.get("expect", [])):
            yield f"line {step['line']}: {step['text']}", expectation
    for expectation in plan["expect"] + plan.get("cell", {}).get("expect", []):
        yield f"line {expectation['line']}: {expectation['text']}", expectation


def test_there_are_scenarios():
    assert len([name for name in SCENARIOS if name.startswith("connect/")]) >= 20
    assert len([name for name in SCENARIOS if name.startswith("failover/")]) >= 30


@pytest.mark.parametrize("name", [*SCENARIOS, *(pytest.param(name, marks=pytest.mark.long) for name in HEAVY_SCENARIOS)])
def test_scenario(name):
    status, document = run_json(name)
    (run,) = document["runs"]
    assert run["verdict"] == "pass", run["problems"]
    assert run["name"] == name
    assert status == 0


@pytest.mark.parametrize("name", SCENARIOS + HEAVY_SCENARIOS)
def test_summary_and_sources(name):
    plan = load_plan(name)
    summary = plan["summary"]
    assert 60 <= len(summary) <= 300, len(summary)
    assert summary.endswith(".")
    assert summary.count(". ") <= 2, "more than three sentences"
    expectations = list(find_expectations(plan))
    assert expectations, "nothing is expected"
    for what, expectation in expectations:
        assert SOURCE.search(expectation.get("source", "")), what


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_topology_is_used(topology):
    assert topology in {load_plan(name)["topology"] for name in SCENARIOS}


def test_summaries_differ():
    summaries = {}
    for name in SCENARIOS:
        summaries.setdefault(load_plan(name)["summary"], []).append(name)
    assert [names for names in summaries.values() if len(names) > 1] == []


# Mutations: what was observed stays as it is, and one thing expected is changed so that it no longer fits.


def shift_range(interval):
    """Ranges that lie beside the one expected."""
    low, high = interval
    if high < UNBOUNDED:
        yield [high + 1, UNBOUNDED]
    if low > 0:
        yield [0, low - 1]


def other_addresses(plan, *used):
    """Addresses of the network without those already meant."""
    ends = [end for link in plan["links"] for end in link["ends"]]
    every = [address.split("/")[0] for end in ends for address in end["addresses"]]
    return [address for address in every if address not in used and not address.startswith("fe80")]


def other_word(word, words):
    return next(other for other in words if other != word)


def mutate_value(value):
    """An option's value with each of its fields wrong."""
    if isinstance(value, dict):
        for key, field in value.items():
            for other in mutate_value(field):
                yield dict(value, **{key: other})
    else:
        yield value + 1 if isinstance(value, int) else "SCTP_UNKNOWN"


def mutate_call(plan, expect):
    """What is expected of one call, each time with another value wrong."""
    other = {
        "errno": [None if expect.get("errno") else "EBADF", other_word(expect.get("errno"), ["EIO", "EPERM"])],
        "took_ns": list(shift_range(expect.get("took_ns", [0, UNBOUNDED]))),
        "so_error": [None if expect.get("so_error") else "EBADF", other_word(expect.get("so_error"), ["EIO", "EPERM"])],
        "revents": [["POLLPRI"], expect.get("revents", []) + ["POLLHUP"]],
        "state": [other_word(expect.get("state"), ["SCTP_COOKIE_ECHOED", "SCTP_SHUTDOWN_SENT"])],
        "primary": other_addresses(plan, expect.get("primary")),
        "count": list(shift_range(expect.get("count", [0, UNBOUNDED]))),
        "addresses": [expect.get("addresses", [])[1:], expect.get("addresses", []) + ["192.0.2.14"]],
        "peer": other_addresses(plan, expect.get("peer")),
        "id": [not expect.get("id")],
        "ret": [1 - expect["ret"] if isinstance(expect.get("ret"), int) else 7],
        "answer": [not expect.get("answer")],
        "value": list(mutate_value(expect.get("value", 0))),
        "sent": list(shift_range(expect.get("sent", [0, UNBOUNDED]))),
        "failed": list(shift_range(expect.get("failed", [0, UNBOUNDED]))),
        "errors": [expect.get("errors", [])[1:] or ["EBADF"], expect.get("errors", []) + ["EBADF"]],
    }
    for key in expect.keys() - {"text", "source"}:
        assert other[key], key
        for value in other[key]:
            yield dict(expect, **{key: value})


def mutate_path(plan, expect):
    if expect.get("never"):
        yield dict(expect, state="ACTIVE")
        return
    if expect.get("always"):
        yield dict(expect, state="PF")
        return
    same = [other for other in plan["expect"] if other["kind"] == "path" and other["address"] == expect["address"]]
    # A state that the path also enters, by another expectation, would hold.
    for state in sorted({"ACTIVE", "INACTIVE", "UNCONFIRMED"} - {other["state"] for other in same}):
        yield dict(expect, state=state)


def mutate_primary(plan, expect):
    for address in other_addresses(plan, expect["address"]):
        yield dict(expect, address=address)


def mutate_notification(plan, expect):
    for interval in shift_range(expect["count"]):
        yield dict(expect, count=interval)
    if expect["count"][0] == 0:
        return
    if expect["to_ns"] < plan["limit_ns"]:
        yield dict(expect, from_ns=expect["to_ns"] + 1, to_ns=plan["limit_ns"])
    if expect["from_ns"] > 0:
        yield dict(expect, from_ns=0, to_ns=expect["from_ns"] - 1)
    if expect["state"]:
        yield dict(expect, state=other_word(expect["state"], ["SCTP_ADDR_MADE_PRIM", "SCTP_ADDR_REMOVED"]))
    yield dict(expect, type="SCTP_ADAPTATION_INDICATION")
    if expect["address"]:
        yield dict(expect, address=other_addresses(plan, expect["address"])[0])


def mutate_outage(plan, expect):
    for interval in shift_range(expect["ns"]):
        yield dict(expect, ns=interval)


def mutate_packets(plan, expect):
    for interval in shift_range(expect["count"]):
        yield dict(expect, count=interval)
    for index, interval in enumerate(expect.get("times_ns", [])):
        for shifted in shift_range(interval):
            yield dict(expect, times_ns=expect["times_ns"][:index] + [shifted] + expect["times_ns"][index + 1:])
    if expect["count"][0] == 0:
        return
    if expect["to_ns"] < plan["limit_ns"]:
        yield dict(expect, from_ns=expect["to_ns"] + 1, to_ns=plan["limit_ns"])
    if expect["from_ns"] > 0:
        yield dict(expect, from_ns=0, to_ns=expect["from_ns"] - 1)
    if "carries" in expect:
        yield dict(expect, carries="ECNE")
    for key in ("destination", "local"):
        yield dict(expect, **{key: "192.0.2.14"})  # nobody's
    for node, _ in enumerate(plan["nodes"]):
        if node != expect["node"]:
            yield dict(expect, node=node)


def mutate_delivered(plan, expect):
    if "count" in expect:
        for interval in shift_range(expect["count"]):
            yield dict(expect, count=interval)
    for key in {"in_order", "duplicates"} & expect.keys():
        yield dict(expect, **{key: not expect[key]})


def mutate_predicted(plan, expect):
    """A kind of which there is nothing to predict."""
    yield dict(expect, kinds=["given-up" if plan["scenario"].startswith("failover/") else "lost"])


def mutate_output(plan, expect):
    for interval in shift_range(expect["count"]):
        yield dict(expect, count=interval)
    if expect["count"][0] == 0:
        return
    yield dict(expect, pattern="never written")
    if expect["to_ns"] < plan["limit_ns"] and expect["count"][1] < UNBOUNDED:
        yield dict(expect, from_ns=expect["to_ns"] + 10**12)
    if expect["from_ns"] > 0:
        yield dict(expect, from_ns=0, to_ns=10**6)


def mutate_exit(plan, expect):
    yield dict(expect, status=255, signal=None)
    yield dict(expect, status=None, signal="SIGSEGV")
    yield dict(expect, to_ns=expect["from_ns"])


MUTATE = {
    "output": mutate_output,
    "exit": mutate_exit,
    "predicted": mutate_predicted,
    "path": mutate_path,
    "primary": mutate_primary,
    "notification": mutate_notification,
    "outage": mutate_outage,
    "packets": mutate_packets,
    "retransmissions": mutate_packets,
    "latency": mutate_outage,
    "delivered": mutate_delivered,
}


def mutate_cell(item):
    """What is expected of a cell of the errno matrix, each time with another value wrong."""
    value = item["value"]
    names = [other for other in (None, "EIO", "EPERM") if other != value]
    other = {
        "errno": lambda: names,
        "second": lambda: names,
        "so-error": lambda: [*names, *([] if value is False else [False])],
        "second-so-error": lambda: [*names, *([] if value is False else [False])],
        "packets": lambda: [{chunk: [count[1] + 1, UNBOUNDED]} for chunk, count in value.items() if count[1] < UNBOUNDED],
        "took": lambda: shift_range(value),
        "ready": lambda: shift_range(value),
        "id": lambda: [not value],
        "revents": lambda: [["POLLPRI"], value + ["POLLHUP"]],
        "notification": lambda: [value + [{"state": "SCTP_RESTART"}], [{"state": "SCTP_RESTART"}]],
    }
    for wrong in other[item["field"]]():
        yield dict(item, value=wrong)


def mutate_plan(plan):
    """(line, plan) for each way in which one thing expected can be wrong."""
    for index, step in enumerate(plan["steps"]):
        for expected in filter(counts, as_list(step.get("expect", {}))):
            for expect in mutate_call(plan, {key: value for key, value in expected.items() if key not in ("since", "until")}):
                changed = copy.deepcopy(plan)
                changed["steps"][index]["expect"] = expect
                yield step["line"], changed
    for index, item in enumerate(plan.get("cell", {}).get("expect", [])):
        for wrong in mutate_cell(item) if counts(item) else ():
            changed = copy.deepcopy(plan)
            changed["cell"]["expect"][index] = wrong
            yield item["line"], changed
    for index, expectation in enumerate(plan["expect"]):
        if not counts(expectation):
            continue
        for expect in MUTATE[expectation["kind"]](plan, expectation):
            changed = copy.deepcopy(plan)
            changed["expect"][index] = expect
            yield expectation["line"], changed


def lose_messages(events, plan, expectation):
    """What was observed without a message that arrived there; without any where a share is expected."""
    receiver = plan["endpoints"][expectation["endpoint"]]["name"]
    lines = [json.loads(line) for line in events]
    arrived = [n for n, line in enumerate(lines) if line["event"] == "message" and line["endpoint"] == receiver]
    if "sender" in expectation:
        flows = [step["id"] + 1 for step in plan["steps"] if step.get("endpoint") == expectation["sender"]]
        arrived = [n for n in arrived if lines[n]["traffic"]["flow"] in flows]
    assert arrived
    lost = arrived if "share_ppm" in expectation else [arrived[len(arrived) // 2]]
    return [line for n, line in enumerate(events) if n not in lost]


def judge_all(run, mutants):
    """Judges the kept run again, once for each (line, files that are others); all must fail, and there."""
    folders = []
    for number, (_, files) in enumerate(mutants):
        folder = run.parent / f"{run.name}-{number:04}"
        folder.mkdir()
        folders.append(folder)
        for path in run.iterdir():
            if path.name not in files:
                (folder / path.name).symlink_to(path)
        for name, text in files.items():
            (folder / name).write_text(text)
    done = pathlab("verdict", "--format", "json", *folders)
    assert done.returncode == 1, done.stderr
    for (line, _), result in zip(mutants, json.loads(done.stdout)["runs"], strict=True):
        assert result["verdict"] == "fail"
        assert line in [problem["line"] for problem in result["problems"]], (line, result["problems"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_another_expectation_fails(tmp_path, name):
    done = pathlab("run", "--keep", tmp_path, name)
    assert done.returncode == 0, done.stdout
    folder = tmp_path / name
    plan = json.loads((folder / "plan.json").read_text())
    mutants = [(line, {"plan.json": json.dumps(mutant)}) for line, mutant in mutate_plan(plan)]
    assert mutants
    events = [line for line in (folder / "events.jsonl").read_text().splitlines() if line]
    for expectation in plan["expect"]:
        if expectation["kind"] == "delivered" and "count" not in expectation:
            lost = lose_messages(events, plan, expectation)
            mutants.append((expectation["line"], {"events.jsonl": "\n".join(lost) + "\n"}))
    judge_all(folder, mutants)
    assert pathlab("verdict", folder).returncode == 0


def rewrite(name, pattern, replacement, folder):
    """The scenario under the same name in another folder, with one place changed, and the line of that step."""
    text = (ROOT / "scenarios" / f"{name}.yaml").read_text()
    changed, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1 and changed != text
    path = folder / "scenarios" / f"{name}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(changed)
    if not (folder / "topologies").exists():
        (folder / "topologies").symlink_to(ROOT / "topologies")
    step = text.rindex("\n  - {", 0, re.search(pattern, text).start())
    return path, 2 + text[:step].count("\n")


@pytest.mark.parametrize(
    "name, pattern, replacement",
    [
        ("connect/refused-by-first", r"result: ECONNREFUSED", "result: ETIMEDOUT"),
        ("connect/first-dead-blackhole", r"took: 3\.06s\.\.3\.44s", "took: 3.5s..4s"),
        ("connect/first-dead-route-absent", r"primary: server.b", "primary: server.a"),
        ("connect/peer-address-learnt", r"state: UNCONFIRMED", "state: INACTIVE"),
        ("connect/cookie-echo-lost-twice", r"took: 9s\.\.10\.13s", "took: 3s..4s"),
        ("failover/primary-silent", r"outage: 1s\.\.1\.23s", 'outage: "<= 900ms"'),
    ],
)
def test_another_scenario_fails(tmp_path, name, pattern, replacement):
    path, line = rewrite(name, pattern, replacement, tmp_path)
    status, document = run_json(path)
    (run,) = document["runs"]
    assert run["verdict"] == "fail"
    assert line in [problem["line"] for problem in run["problems"]]
    assert status == 1
