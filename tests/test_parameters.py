# SPDX-License-Identifier: GPL-2.0-only
"""Parameters of a scenario, --set, and the family that names of addresses mean."""

import json

import pytest

from front_tools import HEAD, pathlab, plan_of, sentences_of

TEXT = "parameters: {wait: 5s, targets: [server.a, server.b], size: 1000B}\n" + HEAD + (
    "  - {at: $wait, client: connectx, to: $targets}\n"
    "  - {client: send, size: $size, every: 100ms, for: $wait}\n"
)


def commands(plan):
    return [step["command"] for step in plan["steps"]]


def set_plan(tmp_path, *values, text=TEXT):
    (tmp_path / "s.yaml").write_text(text)
    arguments = [word for value in values for word in ("--set", value)]
    return pathlab("validate", "--plan", *arguments, "s.yaml", cwd=tmp_path)


def test_defaults(tmp_path):
    plan = plan_of(tmp_path, TEXT)
    assert plan["steps"][0]["at_ns"] == 5_000_000_000
    assert commands(plan)[0] == "connectx s 192.0.2.2,198.51.100.2 port=5000"
    assert "size=1000B" in commands(plan)[1] and "for=5s" in commands(plan)[1]


def test_set(tmp_path):
    done = set_plan(tmp_path, "wait=7s", "targets=[server.b]", 'size="24B"')
    assert (done.returncode, done.stderr) == (0, "")
    plan = json.loads(done.stdout)
    assert plan["steps"][0]["at_ns"] == 7_000_000_000
    assert commands(plan)[0] == "connectx s 198.51.100.2 port=5000"
    assert "for=7s" in commands(plan)[1]


@pytest.mark.parametrize("command", ["run", "paths"])
def test_a_run_replays_with_what_was_set(tmp_path, command):
    (tmp_path / "s.yaml").write_text(
        "parameters: {targets: server.a}\n" + HEAD + "  - {at: 0s, client: connectx, to: $targets, expect: EBADF}\n")
    done = pathlab(command, "--set", "targets=[server.b, server.a]", "s.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "replay with: pathlab run s.yaml --set 'targets=[server.b, server.a]' --kernel uml-6.12 --seed 1" in done.stdout
    assert "connectx(server.b, server.a)" in done.stdout


def test_in_quotes_it_is_text(tmp_path):
    plan = plan_of(tmp_path, HEAD.replace("A scenario for a test.", '"$wait"') + "  - {at: 0s, client: close}\n")
    assert plan["summary"] == "$wait"


BAD = {
    "unknown": ("at: $wait", "at: $wiat", '8:10: unknown parameter "wiat"; did you mean "wait"?'),
    "unused": ("size: $size", "size: 1B", '1:55: nothing uses the parameter "size"; expected $size somewhere'),
    "at its use": ("wait: 5s", "wait: 5", '8:10: "5" has no unit'),
    "mapping": ("wait: 5s", "wait: {a: b}", "1:20: the value of a parameter is one word or a list of at most 64 words"),
    "nested": ("targets: [server.a, server.b]", "targets: [server.a, [server.b]]", "the value of a parameter is one word or a list"),
    "name": ("wait: 5s", "5: 5s", '1:14: "5" cannot be a parameter\'s name'),
    "list": ("{wait: 5s, targets: [server.a, server.b], size: 1000B}", "[a]", "1:13: parameters are a mapping of 1 to 64 names"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_parameters(tmp_path, case):
    before, after, sentence = BAD[case]
    assert TEXT.count(before) == 1
    lines = sentences_of(tmp_path, TEXT.replace(before, after))
    assert any(sentence in line for line in lines), lines


@pytest.mark.parametrize(
    "values, sentence",
    [
        (["wiat=3s"], 's.yaml: has no parameter "wiat"; did you mean "wait"?'),
        (["wait"], '--set is "wait", expected NAME=VALUE'),
        (["=3s"], '--set is "=3s", expected NAME=VALUE'),
        (["wait=3s", "wait=4s"], '--set gives "wait" twice'),
        (["wait=[3s"], "--set wait:2:1: not YAML"),
        (["wait={a: b}"], "--set wait:1:1: the value of a parameter is one word"),
        (["wait=nonsense"], 's.yaml:8:10: "nonsense" is no value for the time of a step'),
    ],
)
def test_bad_settings(tmp_path, values, sentence):
    done = set_plan(tmp_path, *values)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr, done.stderr


SIMPLE = HEAD.replace(", bind: [server.a, server.b]", "").replace(", bind: [client.a, client.b]", "") + (
    "  - {at: 0s, client: connectx, to: [server.a, server.b.v4], expect: ok}\n"
    "expect:\n  - {path: server.a, state: ACTIVE, by: 2s}\n")


def test_addresses(tmp_path):
    usual, other = plan_of(tmp_path, SIMPLE), plan_of(tmp_path, "addresses: ipv6\n" + SIMPLE)
    assert commands(usual)[0] == "connectx s 192.0.2.2,198.51.100.2 port=5000"
    assert commands(other)[0] == "connectx s 2001:db8:a::2,198.51.100.2 port=5000"
    assert other["endpoints"][0]["setup"][0] == "socket s inet6 stream"
    assert other["names"]["192.0.2.2"] == "server.a.v4" and other["names"]["2001:db8:a::2"] == "server.a"
    (tmp_path / "s.yaml").write_text("addresses: ipv6\n" + SIMPLE)
    assert pathlab("run", "s.yaml", cwd=tmp_path).returncode == 0
    assert sentences_of(tmp_path, "addresses: ipv5\n" + SIMPLE) == [
        's.yaml:1:12: "ipv5" is no value for addresses; did you mean "ipv4"?']
