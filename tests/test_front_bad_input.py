# SPDX-License-Identifier: GPL-2.0-only
"""Bad scenarios: each gets its sentence at its place, and exit status 2."""

import os

import pytest
from front_tools import HEAD, STEP, pathlab, sentences_of

TOPOLOGY = """\
summary: A scenario with a topology of its own.
topology:
  nodes: {client: {}, r: {router: true}, server: {}}
  links:
    a: {between: [client, r], ipv4: 192.0.2.0/28}
    b: {between: [r, server], ipv4: 198.51.100.0/28}
"""
REST = """\
endpoints:
  client: {node: client}
timeline:
  - {at: 0s, client: close}
"""


def link(**keys):
    """TOPOLOGY with a third link, on line 7, of these keys."""
    keys = {"between": "[client, server]", "ipv4": "203.0.113.0/28", **keys}
    text = ", ".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    return TOPOLOGY + f"    c: {{{text}}}\n" + REST


def step(text):
    """A good scenario whose last step, on line 8, is this."""
    return HEAD + STEP + f"  - {{{text}}}\n"


def expect(text):
    """A good scenario with one expectation, on line 9."""
    return HEAD + STEP + f"expect:\n  - {{{text}}}\n"


def top(text):
    """A good scenario with one more key, on line 8."""
    return HEAD + STEP + text + "\n"


def endpoint(text):
    """A good scenario with one more endpoint, on line 6."""
    return HEAD.replace("timeline:\n", f"  {text}\ntimeline:\n") + STEP


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
        "endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep",
    ),
    "missing-keys": ("summary: x\n", '1:1: a scenario needs the keys "topology", "endpoints", "timeline"'),
    "empty-value": (HEAD, '1:1: a scenario needs the key "timeline"'),
    "duplicate-key": (top("summary: again"), '8:1: the key "summary" is already on line 1'),
    "long-name": (
        top("k" * 5000 + ": 1"),
        '8:1: unknown key "' + "k" * 76 + '..." in a scenario; known: summary, topology, capture, '
        "sysctls, endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep",
    ),
    "control-characters": (
        top('"\\e[31m": 1'),
        '8:1: unknown key "?[31m" in a scenario; known: summary, topology, capture, sysctls, '
        "endpoints, timeline, expect, until, limit, parameters, addresses, matrix, sweep",
    ),
    # units and ranges
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
    # the timeline
    "unknown-endpoint": (
        step("at: 1s, clinet: close"),
        '8:14: unknown key "clinet" in a step; did you mean "client"?',
    ),
    "unknown-call": (
        step("at: 1s, client: conectx"),
        '8:22: unknown call "conectx"; did you mean "connectx"?',
    ),
    "unknown-parameter": (
        step("at: 1s, client: connectx, too: [server.a]"),
        '8:32: unknown key "too" in a step with connectx; did you mean "to"?',
    ),
    "no-action": (
        step("at: 1s"),
        "8:5: a step needs one action: an endpoint and its call (client: connectx), fault, heal or "
        "signal",
    ),
    "two-actions": (step("at: 1s, client: close, server: close"), "8:5: a step has one action; found 2"),
    "first-step-without-time": (
        HEAD + "  - {client: close}\n",
        '7:5: the first step needs "at"; expected a time such as at: 0s',
    ),
    "at-and-after": (
        step("at: 1s, after: connected, client: close"),
        '8:14: a step has one of "at", "after" and "when"',
    ),
    "unknown-event": (
        step("after: client.conected, client: close"),
        '8:13: unknown event "conected"; did you mean "connected"?, or done and a step\'s name',
    ),
    "unknown-step": (
        step("after: done dial, client: close"),
        '8:13: no step above has the name "dial"; there is none',
    ),
    "unknown-address": (
        step("at: 1s, client: connectx, to: [server.a, serer.b]"),
        '8:47: unknown address "serer.b"; did you mean "server.b"?',
    ),
    "address-not-there": (
        step("at: 1s, client: connectx, to: [server.a.v7]"),
        '8:37: unknown address "server.a.v7"; behind server.a may stand .v4 or .v6, and a number from 1',
    ),
    "address-number": (
        step("at: 1s, client: connectx, to: [server.a.2]"),
        '8:37: unknown address "server.a.2": node "server" has no IPv4 address of that number on link "a"',
    ),
    "address-port": (
        step("at: 1s, client: connectx, to: ['server.a:70000']"),
        '8:37: "70000" is out of range: a port is 0 to 65535',
    ),
    "address-times": (
        step("at: 1s, client: connectx, to: ['server.a*0']"),
        '8:37: "0" is out of range: a number of addresses is 1 to 400000',
    ),
    "address-special": (
        step('at: 1s, client: connectx, to: ["@nul"]'),
        '8:37: "@nul" is no special address; expected @null, @bad, @edge, @empty or @family:N',
    ),
    "address-whole-list": (
        step('at: 1s, client: connectx, to: [server.a, "@bad"]'),
        "8:47: @bad can only stand for the whole list",
    ),
    "address-of-connect": (
        step('at: 1s, client: connect, to: "@empty"'),
        '8:35: connect takes one address; "@empty" is none',
    ),
    "address-of-send": (
        step('at: 1s, client: sendmsg, size: 1B, to: "@bad"'),
        '8:45: sendmsg takes one address; "@bad" is none',
    ),
    "no-port": (
        step("at: 1s, client: connectx, to: [10.1.2.3]"),
        "8:36: no endpoint with a port has this address; say which port is meant with port",
    ),
    "send-twice": (
        step("at: 1s, client: send, size: 100B, count: 3"),
        '8:40: "count" needs "every", the time between two messages',
    ),
    "send-for-ever": (
        step("at: 1s, client: send, size: 100B, every: 1s"),
        '8:5: a send that repeats needs either "count" or "for"',
    ),
    "send-too-often": (
        step("at: 1s, client: send, size: 100B, every: 500ns, count: 3"),
        "8:47: an interval is at least 1us; write 0s to send as soon as there is room",
    ),
    "send-on-no-stream": (
        step("at: 1s, client: send, size: 100B, every: 1s, count: 3, streams: 0"),
        '8:70: "0" is out of range: a count of streams is 1 to 65535',
    ),
    "send-and-wait": (
        step("at: 1s, client: send, size: 100B, every: 1s, count: 3, dontwait: true"),
        '8:61: "dontwait" is for a single message; with "every" nothing waits',
    ),
    "send-with-two-limits": (
        step("at: 1s, client: send, size: 100B, lifetime: 1s, rtx: 1"),
        '8:54: "rtx" and "lifetime" exclude each other',
    ),
    "send-on-streams": (
        step("at: 1s, client: send, size: 100B, streams: 2"),
        '8:40: "streams" needs "every", the time between two messages',
    ),
    "send-error": (
        step("at: 1s, client: send, size: 100B, every: 1s, count: 3, expect: {errors: [EPIP]}"),
        '8:79: "EPIP" is no value for an error of sending; expected ok or an errno such as EPIPE',
    ),
    "send-sent": (
        step("at: 1s, client: send, size: 100B, expect: {sent: 3}"),
        '8:49: unknown key "sent" in what is expected of send; known: result, took',
    ),
    "delivered-some": (
        expect("delivered: some"),
        '9:17: delivered is "some"; expected all, a count such as ">= 10", or a percentage',
    ),
    "delivered-more": (
        expect("delivered: 101%"),
        '9:17: "101%" is out of range: the share that is delivered is 0.0001% to 100%',
    ),
    "delivered-to-itself": (
        expect("delivered: all, sender: server"),
        '9:30: "server" is the receiver; expected another endpoint',
    ),
    "latency-of": (
        expect('latency: "<= 1s", of: mean'),
        '9:28: "mean" is no value for of; did you mean "median"?',
    ),
    "unknown-fault": (
        step("at: 1s, fault: blackole, link: a"),
        '8:21: unknown fault "blackole"; did you mean "blackhole"?',
    ),
    "unknown-link": (
        step("at: 1s, fault: blackhole, link: aa"),
        '8:38: unknown link "aa"; did you mean "a"?',
    ),
    "fault-without-link": (
        step("at: 1s, fault: blackhole"),
        '8:5: the fault blackhole needs the key "link"',
    ),
    "fault-key": (
        step("at: 1s, fault: blackhole, link: a, node: client"),
        '8:41: unknown key "node" in the fault blackhole; known: at, after, when, name, source, fault, link, from',
    ),
    "unknown-chunk": (
        step("at: 1s, fault: drop, link: a, from: client, chunk: INTI"),
        '8:57: unknown chunk "INTI"; did you mean "INIT"?',
    ),
    "icmp-code": (
        step("at: 1s, fault: reject, node: server, to: server.a, with: port-unreachible"),
        '8:63: unknown code of ICMP destination unreachable "port-unreachible"; did you mean '
        '"port-unreachable"?',
    ),
    "icmpv6-code": (
        step("at: 1s, fault: reject, node: server, to: server.a.v6, with: source-route-failed"),
        '8:66: unknown code of ICMPv6 destination unreachable "source-route-failed"; known: no-route, '
        "admin-prohibited, beyond-scope, address-unreachable, port-unreachable, policy-fail, "
        "reject-route, net-unreachable, host-unreachable",
    ),
    "no-listener-at-client": (
        step("at: 1s, fault: no-listener, endpoint: client"),
        '8:44: endpoint "client" does not listen',
    ),
    "nothing-to-heal": (
        step("at: 1s, heal: a"),
        '8:20: no fault above is "a", by its name, link, endpoint or kind; there is none',
    ),
    "healed-twice": (
        HEAD + STEP + "  - {at: 1s, fault: link-down, link: a}\n  - {at: 2s, heal: a}\n  - {at: 3s, heal: a}\n",
        '10:20: no fault above is "a", by its name, link, endpoint or kind; there is none',
    ),
    "which-to-heal": (
        HEAD + STEP + "  - {at: 1s, fault: link-down, link: a}\n  - {at: 1s, fault: blackhole, link: a}\n"
        "  - {at: 2s, heal: a}\n",
        '10:20: "a" could be link-down on line 8, blackhole on line 9; give the fault a name: and heal '
        "that",
    ),
    "healed-before": (
        HEAD + STEP + "  - {at: 3s, fault: link-down, link: a}\n  - {at: 2s, heal: a}\n",
        "9:20: the fault on line 8 comes only after this",
    ),
    "link-twice": (
        step("at: 1s, fault: link-down, link: [a, b, a]"),
        '8:45: link "a" is in the list twice',
    ),
    "link-list-empty": (
        step("at: 1s, fault: link-down, link: []"),
        "8:38: expected at least one link",
    ),
    "link-list-healed-by-one": (
        HEAD + STEP + "  - {at: 1s, fault: link-down, link: [a, b]}\n  - {at: 2s, heal: a}\n",
        '9:20: no fault above is "a", by its name, link, endpoint or kind; known: link-down',
    ),
    "impair-nothing": (
        step("at: 1s, fault: impair, link: a"),
        "8:5: impair changes nothing; expected delay, jitter, loss, rate, reorder, duplicate or corrupt",
    ),
    "impair-jitter": (
        step("at: 1s, fault: impair, link: a, jitter: 20ms"),
        "8:46: a jitter of 20ms needs a delay at least as long; this one is 10ms",
    ),
    "impair-reorder": (
        step("at: 1s, fault: impair, link: a, delay: 0s, reorder: 10%"),
        "8:58: packets overtake others only where these are delayed; give a delay",
    ),
    "impair-corrupt": (
        step("at: 1s, fault: impair, link: a, corrupt: 0.1"),
        '8:47: "0.1" has no unit: write a share of packets such as 0.5% (units: %)',
    ),
    "mtu-absent": (step("at: 1s, fault: mtu, link: a"), '8:5: the fault mtu needs the key "mtu"'),
    "mtu-of-ipv6": (
        step("at: 1s, fault: mtu, link: a, mtu: 1279"),
        '8:40: "1279" is out of range: an MTU below the 1500 of link "a" is 1280 to 1499',
    ),
    "mtu-not-smaller": (
        step("at: 1s, fault: mtu, link: a, mtu: 1500"),
        '8:40: "1500" is out of range: an MTU below the 1500 of link "a" is 1280 to 1499',
    ),
    "mtu-smallest": (
        link(ipv6="2001:db8:c::/64", mtu="1280") + "  - {at: 0s, fault: mtu, link: c, mtu: 1280}\n",
        '12:32: link "c" has the least MTU there is, 1280',
    ),
    "mtu-icmp": (
        step("at: 1s, fault: mtu, link: a, mtu: 1400, icmp: 3"),
        '8:52: "3" is no value for icmp; expected true or false',
    ),
    "address-of-nobody": (
        step("at: 1s, fault: address-removed, address: 192.0.2.9"),
        "8:47: no node has the address 192.0.2.9",
    ),
    "addresses-of-two-links": (
        step("at: 1s, fault: address-removed, address: [client.a, client.b]"),
        "8:58: 198.51.100.1 is on another link or node than the first address; expected addresses of one "
        "node on one link",
    ),
    "address-taken": (
        step("at: 1s, fault: address-added, link: a, node: client, address: 192.0.2.2"),
        '8:68: 192.0.2.2 is on link "a" already',
    ),
    "address-elsewhere": (
        step("at: 1s, fault: address-added, link: a, node: client, address: 198.51.100.9"),
        '8:68: 198.51.100.9 is in no subnet of link "a"; expected one of 192.0.2.0/28 or 2001:db8:a::/64',
    ),
    "address-not-literal": (
        step("at: 1s, fault: address-added, link: a, node: client, address: client.a.3"),
        '8:68: "client.a.3" is no address; expected such as 192.0.2.1',
    ),
    "address-on-two-links": (
        step("at: 1s, fault: address-added, link: [a, b], node: client, address: 192.0.2.9"),
        "8:42: an address is added on one link",
    ),
    "rp-filter-mode": (
        step("at: 1s, fault: rp-filter, node: client, mode: strickt"),
        '8:52: "strickt" is no value for the mode; did you mean "strict"?',
    ),
    "freeze-nobody": (
        step("at: 1s, fault: freeze, endpoint: clint"),
        '8:39: unknown endpoint "clint"; did you mean "client"?',
    ),
    "flap-without-time": (
        step("at: 1s, fault: flap, link: a, up: 1s, count: 2"),
        '8:5: the fault flap needs the key "down"',
    ),
    "flap-for-ever": (
        step("at: 1s, fault: flap, link: a, down: 1s, up: 1s"),
        '8:5: a flap needs one of "count" and "for"',
    ),
    "flap-twice": (
        step("at: 1s, fault: flap, link: a, down: 1s, up: 1s, count: 3, for: 5s"),
        '8:5: a flap needs one of "count" and "for"',
    ),
    "flap-too-often": (
        step("at: 1s, fault: flap, link: a, down: 1ms, up: 1ms, for: 1min"),
        "8:61: a flap comes at most 1000 times; found 30000",
    ),
    "flap-kind": (
        step("at: 1s, fault: flap, link: a, kind: crash, down: 1s, up: 1s, count: 3"),
        '8:42: "crash" is no value for the kind of a flap; known: link-down, blackhole',
    ),
    "flap-from": (
        step("at: 1s, fault: flap, link: a, from: client, down: 1s, up: 1s, count: 3"),
        '8:36: "from" does not go with a flap of kind link-down; expected "node"',
    ),
    "flap-past-limit": (
        step("at: 1h, fault: flap, link: a, down: 1h, up: 1h, count: 2"),
        "8:5: the last flap ends at 4h, after the limit of 2h",
    ),
    "flap-healed": (
        HEAD + STEP + "  - {at: 1s, fault: flap, link: a, down: 1s, up: 1s, count: 2}\n  - {at: 2s, heal: a}\n",
        '9:20: no fault above is "a", by its name, link, endpoint or kind; there is none',
    ),
    "condition-and-time": (
        step("at: 1s, when: {path: server.a, state: PF}, client: close"),
        '8:14: a step has one of "at", "after" and "when"',
    ),
    "condition-state": (
        step("when: {path: server.a, state: FP}, client: close"),
        '8:36: "FP" is no value for the state of a path; did you mean "PF"?',
    ),
    "condition-delay": (
        step("when: {path: server.a, state: PF + 2}, client: close"),
        '8:36: "2" has no unit: write a delay after an event such as 100ms (units: ns, us, ms, s, min, h)',
    ),
    "condition-key": (
        step("when: {path: server.a, stat: PF}, client: close"),
        '8:6: a condition needs the key "state"',
        '8:29: unknown key "stat" in a condition; did you mean "state"?',
    ),
    "condition-endpoint": (
        HEAD + "  - {when: {path: server.a, state: PF}, client: close}\n",
        "7:12: which endpoint? No endpoint connects; write endpoint: and its name",
    ),
    "condition-every": (
        step("when: {path: server.a, state: PF, every: 0s}, client: close"),
        '8:47: "0s" is out of range: the time between two looks is 1ms to 1h',
    ),
    # expectations
    "unknown-errno": (
        step("at: 1s, client: close, expect: ECONREFUSED"),
        '8:37: "ECONREFUSED" is no value for the result of a call; expected ok or an errno such as '
        "ECONNREFUSED",
    ),
    "unknown-detail": (
        step("at: 1s, client: close, expect: {revents: [POLLIN]}"),
        '8:38: unknown key "revents" in what is expected of close; known: result, took',
    ),
    "took-without-unit": (
        step("at: 1s, client: close, expect: {took: <= 3}"),
        '8:44: "3" has no unit: write how long a call took such as 100ms (units: ns, us, ms, s, min, h)',
    ),
    "took-backwards": (
        step("at: 1s, client: close, expect: {took: 3s..2s}"),
        '8:44: "3s..2s" runs backwards; expected the smaller bound first',
    ),
    "source-of-nothing": (
        step("at: 1s, client: close, source: me"),
        '8:29: "source" says where an expectation comes from; there is no "expect" here',
    ),
    "unknown-expectation": (expect("pth: server.a"), '9:6: unknown expectation "pth"; did you mean "path"?'),
    "path-without-time": (
        expect("path: server.a, state: INACTIVE"),
        '9:5: an expectation of a path needs one of "by", "at", "never" and "always"',
    ),
    "path-state": (
        expect("path: server.a, state: INACTIV, by: 1s"),
        '9:29: "INACTIV" is no value for the state of a path; did you mean "INACTIVE"?',
    ),
    "change-state": (
        expect("notification: SCTP_ASSOC_CHANGE, state: COMM_UP"),
        '9:46: "COMM_UP" is no value for the state in a notification; did you mean "SCTP_COMM_UP"?',
    ),
    "whose-path": (
        endpoint("c2: {node: client}") + "  - {at: 0s, c2: connectx, to: [server.a]}\n"
        "expect:\n  - {primary: server.a}\n",
        "11:5: which endpoint? More than one endpoint connects; write endpoint: and its name; known: "
        "client, c2",
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
