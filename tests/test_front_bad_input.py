# SPDX-License-Identifier: GPL-2.0-only
"""Bad scenarios: each gets its sentence at its place, and exit status 2."""

import os

import pytest
from front_tools import HEAD, REST, STEP, TOPOLOGY, endpoint, link, pathlab, sentences_of, step, top

DOCUMENTATION = "192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24"

CASES = {
    # text that is no scenario
    "empty": ("", "1:1: the file is empty; expected a mapping with keys"),
    "comment": ("# nothing\n", "1:1: the file is empty; expected a mapping with keys"),
    "binary": (
        b"\x7fELF\x02\x01\x01\0",
        "1:1: byte 0x7f is no text; expected a YAML file, which is text in UTF-8",
    ),
    "nul": (b"summary: a\0b", "1:11: byte 0x00 is no text; expected a YAML file, which is text in UTF-8"),
    "latin-1": (
        b"summary: caf\xe9\n",
        "1:13: byte 0xe9 is not UTF-8; expected a YAML file, which is text in UTF-8",
    ),
    "utf-16": (
        "summary: x\n".encode("utf-16"),
        "1:1: byte 0xff is not UTF-8; expected a YAML file, which is text in UTF-8",
    ),
    "escape-nul": ('summary: "a\\0b"\n', "1:10: an escape makes text that is not UTF-8 without NUL"),
    "list": ("- a\n", "1:1: a scenario is a mapping with keys such as summary and topology"),
    "scalar": ("hello\n", "1:1: a scenario is a mapping with keys such as summary and topology"),
    "tab": (
        "summary: x\ntopology:\n\tnodes: {}\n",
        "3:1: not YAML: tab character may not be used as indentation",
    ),
    "two-documents": ("a: 1\n---\nb: 2\n", "2:1: a second document begins here; a file has one"),
    "key-is-list": ("? [a, b]\n: c\n", "1:3: a key must be a word; found a list or a mapping"),
    "exploding-anchors": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
        ),
        "1:7: anchors (&name) and aliases (*name) are not accepted; write the value out, in quotes "
        "when it begins with & or *",
    ),
    "alias-to-itself": (
        "summary: &a [*a]\n",
        "1:13: anchors (&name) and aliases (*name) are not accepted; write the value out, in quotes "
        "when it begins with & or *",
    ),
    "tag": ("summary: !!str x\n", "1:16: tags (!name) are not accepted; write the value without one"),
    "deep": ("a: " + "[" * 100000, "1:19: nested more than 16 deep; no scenario or topology is"),
    "deep-block": (
        "".join(" " * i + "a:\n" for i in range(200)),
        "16:16: nested more than 16 deep; no scenario or topology is",
    ),
    "many-values": (
        "a: [" + "x," * 30000 + "]\n",
        "1:39999: more than 20000 values; a file has at most that many",
    ),
    # keys
    "unknown-key": (
        top("timelime: []"),
        '8:1: unknown key "timelime" in a scenario; did you mean "timeline"?',
    ),
    "key-far-off": (
        top("colour: red"),
        '8:1: unknown key "colour" in a scenario; known: summary, topology, capture, sysctls, '
        "endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep, needs, memory",
    ),
    "missing-keys": ("summary: x\n", '1:1: a scenario needs the keys "topology", "endpoints", "timeline"'),
    "empty-value": (HEAD, '1:1: a scenario needs the key "timeline"'),
    "duplicate-key": (top("summary: again"), '8:1: the key "summary" is already on line 1'),
    "long-name": (
        top("k" * 5000 + ": 1"),
        '8:1: unknown key "' + "k" * 76 + '..." in a scenario; known: summary, topology, capture, '
        "sysctls, endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep, needs, memory",
    ),
    "control-characters": (
        top('"\\e[31m": 1'),
        '8:1: unknown key "?[31m" in a scenario; known: summary, topology, capture, sysctls, '
        "endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep, needs, memory",
    ),
    # units and ranges
    "memory-small": (top("memory: 32MiB"), "8:9: \"32MiB\" is out of range: the guest's memory is 64MiB to 4096MiB"),
    "memory-large": (top("memory: 5000MiB"), "8:9: \"5000MiB\" is out of range: the guest's memory is 64MiB to 4096MiB"),
    "memory-fine": (
        top("memory: 100MB"),
        "8:9: the guest's memory is \"100MB\", expected a whole number of MiB such as 256MiB",
    ),
    "missing-unit": (
        top("limit: 10"),
        '8:8: "10" has no unit: write a limit such as 100ms (units: ns, us, ms, s, min, h)',
    ),
    "unknown-unit": (top("limit: 10mss"), '8:8: "10mss" has the unknown unit "mss"; did you mean "ms"?'),
    "no-number": (
        top("limit: soon"),
        '8:8: "soon" is no value for a limit; expected a number and a unit such as 100ms',
    ),
    "too-fine": (top("limit: 1.5ns"), '8:8: "1.5ns" is finer than 1ns, the smallest step of a limit'),
    "too-long": (
        top("limit: 99999999999999999999h"),
        '8:8: "99999999999999999999h" is out of range: a limit is 1ms to 8760h',
    ),
    "negative-time": (
        step("at: -1s, client: close"),
        '8:10: "-1s" is no value for the time of a step; expected a number and a unit such as 100ms',
    ),
    "after-limit": (
        step("at: 3h, client: close"),
        '8:10: "3h" is out of range: the time of a step is 0s to 2h',
    ),
    "port-range": (
        endpoint("x: {node: client, port: 70000}"),
        '6:27: "70000" is out of range: a port is 0 to 65535',
    ),
    "port-unit": (
        endpoint("x: {node: client, port: 70s}"),
        '6:27: "70s" is no value for a port; expected a whole number from 0 to 65535',
    ),
    "size-unit": (
        step("at: 1s, client: send, size: 1000"),
        '8:34: "1000" has no unit: write the size of a message such as 1000B (units: B, kB, KiB, MB, MiB)',
    ),
    "size-range": (
        step("at: 1s, client: send, size: 10MB"),
        '8:34: "10MB" is out of range: the size of a message is 1B to 1MiB',
    ),
    "rate-unit": (
        link(rate="10mbps"),
        '7:64: "10mbps" has the unknown unit "mbps"; known: bit, kbit, mbit, gbit',
    ),
    "loss-range": (link(loss="101%"), '7:64: "101%" is out of range: a loss is 0% to 100%'),
    "loss-unit": (link(loss="1"), '7:64: "1" has no unit: write a loss such as 0.5% (units: %)'),
    "mtu-range": (link(mtu="9"), '7:63: "9" is out of range: an MTU is 68 to 65535'),
    "mtu-range-ipv6": (
        link(ipv6="2001:db8::/64", mtu="1279"),
        '7:84: "1279" is out of range: the MTU of a link with IPv6 is 1280 to 65535',
    ),
    # topologies
    "unknown-topology": (
        HEAD.replace("dual-path", "dual-pth") + STEP,
        '2:11: unknown topology "dual-pth"; did you mean "dual-path"?',
    ),
    "no-topology-file": (
        HEAD.replace("dual-path", "./none.yaml") + STEP,
        '2:11: there is no topology file "./none.yaml"',
    ),
    "unreachable-node": (
        TOPOLOGY.replace("server: {}", "server: {}, lost: {}") + REST,
        '3:54: node "lost" is unreachable: no chain of links leads from "client" to it',
    ),
    "unreachable-island": (
        TOPOLOGY.replace("[client, r]", "[server, r]").replace("198.51.100", "203.0.113") + REST,
        '3:23: node "r" is unreachable: no chain of links leads from "client" to it',
        '3:42: node "server" is unreachable: no chain of links leads from "client" to it',
    ),
    "unknown-node": (link(between="[client, sever]"), '7:27: unknown node "sever"; did you mean "server"?'),
    "link-to-itself": (link(between="[client, client]"), "7:18: a link is between two different nodes"),
    "link-of-three": (
        link(between="[client, r, server]"),
        "7:18: a link is between two nodes; expected such as [client, server]",
    ),
    "no-subnet": (link(ipv4=None), '7:5: link "c" needs a subnet: ipv4, ipv6 or both'),
    "private-range": (
        link(ipv4="10.0.0.0/24"),
        f"7:42: 10.0.0.0/24 is not set aside for documentation; take a subnet of {DOCUMENTATION}, so "
        "that no real network is ever meant",
    ),
    "private-range-ipv6": (
        link(ipv6="fd00::/64"),
        "7:64: fd00::/64 is not set aside for documentation; take a subnet of 2001:db8::/32 or "
        "3fff::/20, so that no real network is ever meant",
    ),
    "wider-than-documentation": (
        link(ipv4="192.0.0.0/16"),
        f"7:42: 192.0.0.0/16 is not set aside for documentation; take a subnet of {DOCUMENTATION}, so "
        "that no real network is ever meant",
    ),
    "wrong-family": (
        link(ipv4="2001:db8::/64"),
        '7:42: "2001:db8::/64" is no IPv4 subnet; expected such as 192.0.2.0/28',
    ),
    "host-bits": (
        link(ipv4="203.0.113.1/28"),
        "7:42: 203.0.113.1/28 has bits set behind the prefix; did you mean 203.0.113.0/28?",
    ),
    "subnet-too-small": (
        link(ipv4="203.0.113.0/31"),
        "7:42: 203.0.113.0/31 has no room for two hosts; the longest prefix is /30",
    ),
    "overlap": (
        link(ipv4="192.0.2.8/29"),
        '7:42: 192.0.2.8/29 overlaps 192.0.2.0/28 of link "a" (line 5)',
    ),
    "jitter": (link(jitter="1s"), "7:66: a jitter of 1s needs a delay at least as long; this one is 0s"),
    "delay-of-other-node": (
        link(delay="{r: 10ms}"),
        '7:66: link "c" has no end at "r"; known: client, server',
    ),
    "address-elsewhere": (
        link(addresses="{client: [192.0.2.9]}"),
        '7:79: 192.0.2.9 is in no subnet of link "c"; expected one of 203.0.113.0/28',
    ),
    "address-of-subnet": (
        link(addresses="{client: [203.0.113.15]}"),
        "7:79: 203.0.113.15 stands for the subnet itself; take an address within it",
    ),
    "address-taken": (
        link(addresses="{client: [203.0.113.2]}"),
        '7:78: 203.0.113.2 is the automatic address of "server"; take another, or write that one\'s '
        "addresses too",
    ),
    "link-name": (
        TOPOLOGY.replace("    b:", "    a-name-of-16-ch:").replace("a-name-of-16-ch", "abcdefghijklmnop")
        + REST,
        '6:5: "abcdefghijklmnop" is too long: a link\'s name has at most 15 characters',
    ),
    "route": (
        TOPOLOGY + "  routes: [{node: client, to: default, via: server.b}]\n" + REST,
        '7:45: server.b is no neighbour of node "client"; expected the address of the node at the '
        "other end of one of its links",
    ),
    "sysctl": (
        top("sysctls: {client: {kernel.hostname: x}}"),
        '8:20: "kernel.hostname" is no sysctl of a network namespace; expected such as '
        "net.sctp.rto_initial",
    ),
    "sysctl-of-interface": (
        top("sysctls: {client: {net.ipv4.conf.a.rp_filter: 1}}"),
        '8:20: "net.ipv4.conf.a.rp_filter" is about one interface, and sysctls are set before there '
        'is any; use "default" in its place',
    ),
    "sysctl-node": (
        top("sysctls: {clint: {net.sctp.rto_initial: 1}}"),
        '8:11: unknown node "clint"; did you mean "client"?',
    ),
    # endpoints
    "two-on-one-port": (
        endpoint("other: {node: server, bind: [server.b], port: 5000, listen: true}"),
        '6:3: endpoints "server" (line 4) and "other" both take port 5000 of 198.51.100.2 on node '
        '"server"; give one of them another port',
    ),
    "two-on-one-port-any": (
        endpoint("other: {node: server, port: 5000, listen: true}"),
        '6:3: endpoints "server" (line 4) and "other" both take port 5000 of 192.0.2.2 on node '
        '"server"; give one of them another port',
    ),
    "endpoint-node": (endpoint("x: {node: sever}"), '6:13: unknown node "sever"; did you mean "server"?'),
    "endpoint-bind": (
        endpoint("x: {node: client, bind: [server.a]}"),
        '6:28: server.a is no address of node "client", where endpoint "x" runs; it belongs to node '
        '"server"',
    ),
    "endpoint-listens-nowhere": (
        endpoint("x: {node: client, listen: true}"),
        '6:3: endpoint "x" listens, so it needs a port from 1 to 65535',
    ),
    "endpoint-reserved": (
        endpoint("to: {node: client}"),
        '6:3: "to" is a key of the timeline and cannot name an endpoint',
    ),
    "endpoint-family": (
        endpoint("x: {node: client, family: ipv4, bind: [client.a.v6]}"),
        "6:41: an IPv4 socket cannot be bound to 2001:db8:a::1; write family: ipv6",
    ),
    "endpoint-style": (
        endpoint("x: {node: client, style: one-to-two}"),
        '6:28: "one-to-two" is no value for a style; did you mean "one-to-one"?',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sentence(tmp_path, name):
    text, *sentences = CASES[name]
    assert sentences_of(tmp_path, text) == [f"s.yaml:{sentence}" for sentence in sentences]


def test_all_mistakes_are_told(tmp_path):
    text = HEAD + "".join(f"  - {{client: conect, at: {i}}}\n" for i in range(30))
    lines = sentences_of(tmp_path, text)
    assert len(lines) == 21
    assert lines[-1] == "and 10 more"
    assert all(line.startswith(f"s.yaml:{7 + i}:14: unknown call") for i, line in enumerate(lines[:20]))


def test_mistakes_of_a_topology_are_told_in_its_file(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "summary: x\nnodes: {client: {}, server: {}}\nlinks:\n  a: {between: [client, server]}\n"
    )
    lines = sentences_of(tmp_path, HEAD.replace("dual-path", "./mine.yaml") + STEP)
    assert lines == ['./mine.yaml:4:3: link "a" needs a subnet: ipv4, ipv6 or both']


def test_huge_file_is_not_read(tmp_path):
    with open(tmp_path / "huge.yaml", "wb") as file:
        file.truncate(100 * 1000 * 1000)
    result = pathlab("validate", "huge.yaml", cwd=tmp_path, timeout=5)
    assert result.returncode == 2
    assert result.stderr == (
        "huge.yaml: has 100000000 bytes; a scenario or topology has at most 1048576 (1 MiB)\n"
    )


def test_largest_file_is_read(tmp_path):
    text = HEAD + STEP
    text += "#" * (1024 * 1024 - len(text) - 1) + "\n"
    (tmp_path / "s.yaml").write_text(text)
    assert pathlab("validate", "s.yaml", cwd=tmp_path).returncode == 0


def test_fifo_and_device(tmp_path):
    os.mkfifo(tmp_path / "fifo.yaml")
    for name in ["fifo.yaml", "/dev/zero"]:
        result = pathlab("validate", name, cwd=tmp_path, timeout=5)
        assert result.returncode == 2
        assert result.stderr == f"{name}: is not a regular file; expected a YAML file\n"


def test_folder_as_topology(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    lines = sentences_of(tmp_path, HEAD.replace("dual-path", "./folder.yaml") + STEP)
    assert lines == ["./folder.yaml: is a folder; expected a YAML file"]


def test_file_that_cannot_be_opened(tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    result = pathlab("validate", tmp_path, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == f"{tmp_path}/loop.yaml: cannot be opened: Too many levels of symbolic links\n"


def test_name_that_is_not_utf_8(tmp_path):
    name = os.fsencode(str(tmp_path)) + b"/caf\xe9.yaml"
    with open(name, "wb") as file:
        file.write((HEAD + STEP).encode())
    result = pathlab("validate", tmp_path, cwd=tmp_path, errors="backslashreplace")
    assert result.returncode == 2
    assert "cannot be made a plan: its name is not UTF-8" in result.stderr
