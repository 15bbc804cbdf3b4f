# SPDX-License-Identifier: GPL-2.0-only
"""Packet filters in the kernel: each fault is what nft(8) makes of the same words, and healing leaves nothing."""

import re
import shlex

import lab

SCENARIO = """
summary: Packet filters.
topology: dual-path
endpoints:
  server: {{node: server, bind: [server.a, server.b], port: 5000, listen: true}}
  client: {{node: client, bind: [client.a, client.b]}}
timeline:
{steps}
until: 8s
"""

# Every kind of fault with its variants; what it is called in the kernel; its rules as a user of nft(8) writes them.
FAULTS = [
    ("drop, link: a, from: client", "netdev fault_0_17", "a", ["meta l4proto sctp drop"]),
    (
        "drop, link: a, from: client, chunk: COOKIE ECHO, nth: 3", "netdev fault_1_17", "a",
        ["meta l4proto sctp sctp chunk cookie-echo exists numgen inc mod 4294967295 2-2 drop"],
    ),
    (
        "drop, link: b, from: client, chunk: ASCONF, count: 5", "netdev fault_2_19", "b",
        ["meta l4proto sctp sctp chunk asconf exists numgen inc mod 4294967295 0-4 drop"],
    ),
    (
        "drop, link: b, from: client, nth: 1000000, count: 1000000", "netdev fault_3_19", "b",
        ["meta l4proto sctp numgen inc mod 4294967295 999999-1999998 drop"],
    ),
    (
        "reject, node: server, with: port-unreachable", "inet fault_4", "prerouting",
        [
            "meta nfproto ipv4 meta l4proto sctp reject with icmp type port-unreachable",
            "meta nfproto ipv6 meta l4proto sctp reject with icmpv6 type port-unreachable",
        ],
    ),
    (
        "reject, node: server, from: [client.a.v4], to: [server.a.v4, server.b.v4], with: admin-prohibited, chunk: DATA",
        "inet fault_5", "prerouting",
        [
            "ip saddr 192.0.2.1 ip daddr { 192.0.2.2, 198.51.100.2 } meta l4proto sctp sctp chunk data exists"
            " reject with icmp type admin-prohibited"
        ],
    ),
    (
        "reject, node: server, from: [client.a.v6, client.b.v6], to: [server.a.v6], with: address-unreachable",
        "inet fault_6", "prerouting",
        [
            "ip6 saddr { 2001:db8:a::1, 2001:db8:b::1 } ip6 daddr 2001:db8:a::2 meta l4proto sctp"
            " reject with icmpv6 type addr-unreachable"
        ],
    ),
    (
        "firewall, node: server, to: [client.a.v4, client.a.v6, client.b.v6]", "inet fault_7", "output",
        ["ip daddr 192.0.2.1 meta l4proto sctp drop", "ip6 daddr { 2001:db8:a::1, 2001:db8:b::1 } meta l4proto sctp drop"],
    ),
    ("conntrack, node: server", "inet fault_8", "prerouting", ["ct state invalid drop"]),
    (
        "mtu, link: a, node: server, mtu: 1300, icmp: no", "inet fault_9_17", "output",
        ["icmp type destination-unreachable icmp code frag-needed drop", "icmpv6 type packet-too-big drop"],
    ),
]  # fmt: skip

# `nft --debug=netlink` shows tables as the kernel's own expressions, so that nothing is left out as understood.
SHOW = "nft --debug=netlink list ruleset; nft list chains"
IN_ALL_NAMESPACES = """
seen=$(stat -Lc %i /proc/self/ns/net)
for process in /proc/[0-9]*; do
  namespace=$(stat -Lc %i $process/ns/net 2> /dev/null) || continue
  case "$seen " in *$namespace*) continue;; esac
  seen="$seen $namespace"
  nsenter --net=$process/ns/net sh -c "$1"
done
"""


def as_nft_commands(table, place, rules):
    chain = "arrive" if table.startswith("netdev") else "rules"
    hook = f'ingress device "{place}"' if table.startswith("netdev") else place
    yield f"add table {table}"
    yield f"add chain {table} {chain} {{ type filter hook {hook} priority 0; }}"
    for rule in rules:
        yield f"add rule {table} {chain} {rule}"


def run_on_the_guest_itself(guest, folder, steps, script):
    """What a shell script prints in the machine on which the scenario runs, part by part, and last what pathlab says."""
    scenario = lab.write_scenario(folder, SCENARIO.format(steps="\n".join(f"  - {{{step}}}" for step in steps)))
    namespaces = lab.write_scenario(folder, IN_ALL_NAMESPACES, "namespaces.sh")
    # AddressSanitizer's map does not fit into a guest: there the ordinary pathlab runs, with the agent of this build.
    run = f"PATHLAB_PROGRAMS={lab.BUILD} {lab.ROOT}/build/pathlab run --kernel host {shlex.quote(str(scenario))}"
    text = "\n".join([
        "export PATH=$PATH:/usr/sbin:/sbin",
        f"in_all_namespaces() {{ sh {namespaces} \"$1\"; }}",
        f"{run} > /dev/result 2>&1 &",
        script,
        "wait",
        "echo @@; cat /dev/result",
    ])  # fmt: skip
    return guest.script(text).console.split("@@\n")


def with_elements_in_order(shown):
    """A set's elements come in the order of a hash with a random seed."""
    return re.sub(r"(\telement [^\n]*\n)+", lambda found: "".join(sorted(found[0].splitlines(True))), shown)


def test_faults_are_the_rules_that_nft_makes_and_heal_without_a_rest(guest, tmp_path):
    steps = [f"at: 1s, name: f{i}, fault: {fault[0]}" for i, fault in enumerate(FAULTS)]
    steps += [f"at: 4s, heal: f{i}" for i in range(len(FAULTS))]
    commands = lab.write_scenario(tmp_path, "".join(f"{line}\n" for fault in FAULTS for line in as_nft_commands(*fault[1:])), "rules.nft")
    in_force, healed, expected, result = run_on_the_guest_itself(guest, tmp_path, steps, f"""
        sleep 3; in_all_namespaces '{SHOW}'
        echo @@; sleep 4; in_all_namespaces '{SHOW}'
        echo @@; unshare -n sh -c 'ip link add name a type veth peer name b; nft -f {commands}; {SHOW}'""")  # fmt: skip
    assert "1 ok" in result, result
    assert expected.count("[ immediate reg 0 drop ]") == 9 and expected.count("[ reject type 0 code ") == 4, expected
    assert with_elements_in_order(in_force) == with_elements_in_order(expected)
    assert healed == ""


def test_what_the_kernel_refuses_is_told_in_its_words(guest, tmp_path):
    steps = ["at: 1s, name: f, fault: conntrack, node: server", "at: 4s, heal: f"]
    *_, result = run_on_the_guest_itself(guest, tmp_path, steps, "sleep 3; in_all_namespaces 'nft flush ruleset'")
    assert "node server: cannot take a table of packet filters away: No such file or directory" in result
