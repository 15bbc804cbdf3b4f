# SPDX-License-Identifier: GPL-2.0-only
"""Bad timelines and expectations: each mistake gets its sentence at its place, and exit status 2."""

import pytest
from front_tools import HEAD, STEP, endpoint, expect, link, sentences_of, step

CASES = {
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
        "8:5: a step needs one action: an endpoint and its call (client: connectx), fault, heal, "
        "signal, start or input",
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
