# SPDX-License-Identifier: GPL-2.0-only
"""docs/scenario-reference.md: its examples are good, and no key is missing from it."""

import re

import pytest
from front_tools import HEAD, ROOT, STEP, pathlab, sentences_of

TEXT = (ROOT / "docs" / "scenario-reference.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples(tmp_path, number):
    text = EXAMPLES[number]
    command = "validate"
    if text.startswith("  - "):
        text = HEAD + text
    elif "\ntimeline:" not in text:
        command = "graph"
    (tmp_path / "example.yaml").write_text(text)
    result = pathlab(command, "example.yaml", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def known_keys(tmp_path, text):
    """Keys that pathlab itself names after an unknown one."""
    (line,) = sentences_of(tmp_path, text)
    return re.search(r"; known: (.*)$", line).group(1).split(", ")


def step(text):
    return f"{HEAD}  - {{at: 0s, {text}, qqqqqqqqqqqq: 1}}\n"


ODD = "qqqqqqqqqqqq: 1"


def inline(node="", link="", topology=""):
    """A scenario with a topology of its own, and an odd key somewhere in it."""
    return (
        f"summary: x\ntopology:\n  nodes: {{client: {{{node}}}, s: {{}}}}\n"
        f"  links: {{a: {{between: [client, s], ipv4: 192.0.2.0/28, {link}}}}}\n  {topology}\n"
        "endpoints: {c: {node: client}}\ntimeline: [{at: 0s, c: close}]\n"
    )


CONTEXTS = {
    "scenario": HEAD + "  - {at: 0s, client: close}\n" + ODD + "\n",
    "topology": inline(topology=ODD),
    "node": inline(node=ODD),
    "vrf": inline(node="vrfs: {v: {links: [a], " + ODD + "}}"),
    "link": inline(link=ODD),
    "endpoint": HEAD.replace("client, bind: [client.a, client.b]", "client, " + ODD)
    + "  - {at: 0s, server: close}\n",
}


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_key_is_documented(tmp_path, context):
    keys = known_keys(tmp_path, CONTEXTS[context])
    assert len(keys) > 1
    for key in keys:
        assert f"| `{key}` |" in TEXT, key


CALLS = [
    "connect", "connectx", "send", "sendmsg", "recvmsg", "poll", "listen", "accept", "bind", "bindx", "peeloff",
    "status", "paths", "getpaddrs", "getladdrs", "getpeername", "getsockopt", "setsockopt", "shutdown", "abort", "close", "unprivileged", "command",
]
FAULTS = [
    "link-down", "blackhole", "dead-neighbour", "drop", "route-unreachable", "route-prohibit",
    "route-blackhole", "route-absent", "reject", "firewall", "no-listener", "crash", "flap", "impair", "mtu",
    "address-removed", "address-added", "rp-filter", "conntrack", "freeze",
]


@pytest.mark.parametrize("what, name", [("client", name) for name in CALLS] + [("fault", name) for name in FAULTS])
def test_parameters_are_documented(tmp_path, what, name):
    section = TEXT.split("## Calls" if what == "client" else "## Faults")[1].split("\n## ")[0]
    (row,) = [line for line in section.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]
              and "every" not in line.split("|")[1]]
    keys = known_keys(tmp_path, step(f"{what}: {name}"))
    keys = [key for key in keys if key not in ["at", "after", "when", "name", "source", "expect", what, "socket"]]
    allowed = section if name in ["send", "sendmsg"] else row
    for key in keys:
        if not key.startswith("and "):
            assert f"`{key}`" in allowed, key


def test_names_are_documented(tmp_path):
    for text, where in [
        ("client: qqqqqqqqqqqq", "## Calls"),
        ("fault: qqqqqqqqqqqq", "## Faults"),
        ("after: qqqqqqqqqqqq, client: close", "## Timeline"),
        ("fault: drop, link: a, from: client, chunk: QQQQQQQQQQQQ", "## Faults"),
        ("fault: reject, node: client, to: server.a, with: qqqqqqqqqqqq", "## Faults"),
        ("fault: reject, node: client, to: server.a.v6, with: qqqqqqqqqqqq", "## Faults"),
    ]:
        section = TEXT.split(where)[1].split("\n## ")[0]
        time = "" if text.startswith("after") else "at: 0s, "
        for name in known_keys(tmp_path, f"{HEAD}  - {{{time}{text}}}\n"):
            if name.startswith("and ") or name.startswith("or "):
                continue
            assert f"`{name}`" in section, name


@pytest.mark.parametrize("expectation", ["packets: INIT", "retransmissions: 0"])
def test_keys_of_expectations_are_documented(tmp_path, expectation):
    section = TEXT.split("\n## Expectations")[1].split("\n## ")[0]
    for key in known_keys(tmp_path, f"{HEAD}{STEP}expect:\n  - {{{expectation}, qqqqqqqqqqqq: 1}}\n"):
        assert f"`{key}`" in section, key


def test_what_packets_carry_is_documented(tmp_path):
    names = known_keys(tmp_path, f"{HEAD}{STEP}expect:\n  - {{packets: QQQQQQQQQQQQ}}\n")
    assert len(names) > 10
    for name in names:
        assert name.startswith("and ") or f"`{name}`" in TEXT, name
