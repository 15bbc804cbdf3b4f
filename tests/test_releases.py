# SPDX-License-Identifier: GPL-2.0-only
"""Expectations that are meant for some versions of the kernel: `since` and `until`."""

import json

import judged
import lab
import pytest
from front_tools import expect, sentences_of, step

WRONG = {"ret": -1, "errno": "ENOTSOCK", "text": "ENOTSOCK"}


def events_on(kernel):
    events = judged.events()
    (begin,) = [event for event in events if event["event"] == "begin"]
    begin["kernel"] = kernel
    return events


def first_expectation(plan):
    """One that holds, made one that cannot."""
    item = next(item for item in plan["expect"] if item["kind"] == "primary")
    item["address"] = "203.0.113.77"
    return item


@pytest.mark.parametrize(
    "kernel, bounds, counts",
    [
        ("6.12.117", {"since": "6.12"}, True),
        ("6.12.117", {"since": "6.13"}, False),
        ("6.12.117", {"since": "6.9"}, True),
        ("6.12.117", {"since": "7.0"}, False),
        ("6.12.117", {"since": "5.19"}, True),
        ("6.12.117", {"until": "6.12"}, True),
        ("6.12.117", {"until": "6.11"}, False),
        ("6.12.117", {"until": "6.9"}, False),
        ("6.12.117", {"since": "6.2", "until": "6.20"}, True),
        ("6.1.0-40-cloud-amd64", {"until": "6.1"}, True),
        ("6.1.0-40-cloud-amd64", {"since": "6.2"}, False),
        ("6.12-rc3", {"since": "6.12"}, True),
        ("an own kernel", {"since": "0.0"}, False),
        ("an own kernel", {"until": "999.999"}, False),
    ],
)
def test_an_expectation_counts_on_the_kernels_it_is_meant_for(tmp_path, kernel, bounds, counts):
    plan = judged.plan()
    first_expectation(plan).update(bounds)
    run = judged.judge(tmp_path, plan, events_on(kernel))
    assert run["verdict"] == ("fail" if counts else "pass")


def test_without_bounds_every_kernel_is_meant(tmp_path):
    plan = judged.plan()
    first_expectation(plan)
    assert judged.judge(tmp_path, plan, events_on("an own kernel"))["verdict"] == "fail"


@pytest.mark.parametrize("kernel, verdict", [("6.1.192", "fail"), ("6.6.1", "pass"), ("6.12.117", "pass")])
def test_of_several_answers_the_first_that_is_meant_is_expected(tmp_path, kernel, verdict):
    plan = judged.plan()
    first = next(item for item in plan["steps"] if "expect" in item)
    good = first["expect"]
    first["expect"] = [{**WRONG, "until": "6.1"}, {**good, "since": "6.12"}, {**WRONG, "since": "6.12"}]
    run = judged.judge(tmp_path, plan, events_on(kernel))
    assert run["verdict"] == verdict
    assert not run["problems"] or run["problems"][0]["line"] == first["line"]


def test_a_list_in_which_no_answer_is_meant_expects_none(tmp_path):
    plan = judged.plan()
    first = next(item for item in plan["steps"] if "expect" in item)
    first["expect"] = [{**WRONG, "until": "6.1"}]
    assert judged.judge(tmp_path, plan, events_on("6.12.117"))["verdict"] == "pass"


CONDITION = """\
summary: Nobody listens.
topology: direct
endpoints:
  server: {node: server, port: 5000}
  client: {node: client}
timeline:
  - {at: 0s, name: dial, client: connectx, to: [server.a]}
matrix:
  errno: ECONNREFUSED
  decided-by: a test
  cells:
    - {since: 6.12, expect: {errno: NEW}}
    - {until: 6.11, expect: {errno: EPERM}}
    - expect: {errno: OLD, second: ECONNREFUSED}
"""


@pytest.mark.parametrize("new, old, status", [("ECONNREFUSED", "EPERM", 0), ("EPERM", "ECONNREFUSED", 1)])
def test_what_is_meant_for_a_kernel_wins_in_a_cell(tmp_path, new, old, status):
    file = lab.write_scenario(tmp_path, CONDITION.replace("NEW", new).replace("OLD", old))
    cells = lab.pathlab("matrix", file, "--list").stdout.splitlines()
    (base,) = [cell for cell in cells if cell.endswith(":one-to-one,ipv4,blocking,lib,id,one")]
    done = lab.pathlab("matrix", file, "--only", base)
    assert done.returncode == status, done.stdout + done.stderr
    assert ("EPERM" in done.stdout) == (status == 1)


@pytest.mark.parametrize(
    "text, sentence",
    [
        (expect("delivered: all, since: 6"), '"6" is no version of the kernel; expected two numbers such as 6.12'),
        (expect("delivered: all, until: 6.12.117"), '"6.12.117" is no version of the kernel; expected two numbers such as 6.12'),
        (expect("delivered: all, since: [6.1]"), "a version of the kernel"),
        (expect("delivered: all, since: 6.12, until: 6.1"), "no kernel is both since 6.12 and until 6.1"),
        (expect("delivered: all, sinse: 6.12"), 'unknown key "sinse"'),
        (
            step("at: 1s, client: close, expect: [ok]"),
            "of several expectations each is a mapping, such as {since: 6.12, result: ok}",
        ),
        (step("at: 1s, client: close, expect: [{since: x.1, result: ok}]"), '"x.1" is no version of the kernel'),
    ],
)
def test_mistakes_in_versions(tmp_path, text, sentence):
    sentences = sentences_of(tmp_path, text)
    assert any(sentence in line for line in sentences), sentences


def test_a_plan_keeps_the_versions(tmp_path):
    text = step("at: 1s, client: close, expect: [{until: 6.1, result: EPERM}, {since: '6.10', result: ok}]")
    file = lab.write_scenario(tmp_path, text)
    done = lab.pathlab("validate", "--plan", file)
    assert done.returncode == 0, done.stderr
    (found,) = [s["expect"] for s in json.loads(done.stdout)["steps"] if isinstance(s.get("expect"), list)]
    assert [(e.get("since"), e.get("until")) for e in found] == [(None, "6.1"), ("6.10", None)]
