# SPDX-License-Identifier: GPL-2.0-only
"""One plan's network as ip(8) commands: what the builder is measured against and compared with."""

import ipaddress
import json
import os
import subprocess


def load_plan(pathlab, scenario):
    """The plan of a scenario, as `pathlab validate --plan` prints it."""
    text = subprocess.run([pathlab, "validate", "--plan", scenario], check=True, capture_output=True, text=True)
    return json.loads(text.stdout)


def network_only(plan, copies=1):
    """The plan's network without endpoints and steps, `copies` times side by side and unconnected."""
    nodes, links, routes = [], [], []
    for copy in range(copies):
        first = len(nodes)
        for node in plan["nodes"]:
            nodes.append(dict(node, name=node["name"] + (str(copy) if copies > 1 else "")))
        for link in plan["links"]:
            links.append(dict(link, ends=[dict(end, node=end["node"] + first) for end in link["ends"]]))
        for route in plan["routes"]:
            routes.append(dict(route, node=route["node"] + first))
    return dict(plan, nodes=nodes, links=links, routes=routes, endpoints=[], steps=[], expect=[], capture=False)


def netem_words(netem):
    """tc(8) words for what leaves an end."""
    words = ["netem"]
    if netem.get("delay_ns") or netem.get("jitter_ns"):
        words += ["delay", f"{netem.get('delay_ns', 0) / 1000}us"]
        if netem.get("jitter_ns"):
            words.append(f"{netem['jitter_ns'] / 1000}us")
    if netem.get("loss_ppm"):
        words += ["loss", f"{netem['loss_ppm'] / 10000}%"]
    if netem.get("rate_bps"):
        words += ["rate", f"{netem['rate_bps']}bit"]
    return words


def link_local(mac):
    """The modified EUI-64 address of RFC 4291 appendix A."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    value = int.from_bytes(bytes(octets[:3] + [0xFF, 0xFE] + octets[3:]), "big")
    return f"{ipaddress.IPv6Address((0xFE80 << 112) | value)}/64"


def commands(plan):
    """Yields (node or None, program, words): what an administrator would type for this network."""
    for node in plan["nodes"]:
        yield None, "ip", ["netns", "add", node["name"]]
    for node in plan["nodes"]:
        for vrf in node.get("vrfs", []):
            table = str(vrf["table"])
            words = ["link", "add", "name", vrf["name"], "index", str(vrf["ifindex"]), "address", vrf["mac"]]
            yield node["name"], "ip", words + ["type", "vrf", "table", table]
            yield node["name"], "ip", ["link", "set", "dev", vrf["name"], "up"]
            for family in "-4", "-6":
                last = ["unreachable", "default", "metric", "4278198272", "protocol", "static"]
                yield node["name"], "ip", [family, "route", "add", "table", table] + last
        for family in ("-4", "-6") if node.get("vrfs") else ():
            yield node["name"], "ip", [family, "rule", "add", "preference", "32765", "table", "local"]
            yield node["name"], "ip", [family, "rule", "del", "preference", "0"]
    for link in plan["links"]:
        here, there = link["ends"]
        words = ["link", "add", "name", here["ifname"], "index", str(here["ifindex"]), "address", here["mac"]]
        words += ["mtu", str(link["mtu"]), "netns", plan["nodes"][here["node"]]["name"]]
        words += ["type", "veth", "peer", "name", there["ifname"], "index", str(there["ifindex"])]
        words += ["address", there["mac"], "mtu", str(link["mtu"])]
        words += ["netns", plan["nodes"][there["node"]]["name"]]
        yield None, "ip", words
    for index, node in enumerate(plan["nodes"]):
        ends = [end for link in plan["links"] for end in link["ends"] if end["node"] == index]
        for path, value in node["sysctls"]:
            yield node["name"], "sysctl", [path, value]
        yield node["name"], "ip", ["link", "set", "dev", "lo", "up"]
        for end in ends:
            name = end["ifname"]
            yield node["name"], "ip", ["link", "set", "dev", name, "addrgenmode", "none"]
            if "vrf" in end:
                yield node["name"], "ip", ["link", "set", "dev", name, "master", end["vrf"]]
            addresses = list(end["addresses"])
            if any(":" in address for address in addresses):
                addresses.append(link_local(end["mac"]))
            for address in addresses:
                nodad = ["nodad"] if ":" in address else []
                yield node["name"], "ip", ["address", "add", address, "dev", name] + nodad
            yield node["name"], "ip", ["link", "set", "dev", name, "up"]
            if end.get("netem"):
                yield node["name"], "tc", ["qdisc", "add", "dev", name, "root", "handle", "1:"] + netem_words(
                    end["netem"]
                )
    for route in plan["routes"]:
        node = plan["nodes"][route["node"]]["name"]
        yield node, "ip", ["route", "add", route["dst"], "via", route["via"], "protocol", "static"] + (
            ["table", str(route["table"])] if "table" in route else []
        )


def script_text(plan):
    """A shell script, one process a command."""
    lines = []
    for node, program, words in commands(plan):
        if program == "sysctl":
            lines.append(f"ip netns exec {node} sh -c 'echo {words[1]} > /proc/sys/{words[0]}'")
        elif program == "tc":
            lines.append(f"tc -n {node} " + " ".join(words))
        elif node:
            lines.append(f"ip -n {node} " + " ".join(words))
        else:
            lines.append("ip " + " ".join(words))
    return "\n".join(lines) + "\n"


def batch_commands(plan, folder):
    """The same with `ip -batch`: one process for all that needs no node, then one a node and program."""
    batches = {}
    order = []
    for node, program, words in commands(plan):
        key = (node, program)
        if key not in batches:
            batches[key] = []
            order.append(key)
        batches[key].append(words)
    result = []
    for number, (node, program) in enumerate(order):
        if program == "sysctl":
            for words in batches[(node, program)]:
                text = f"echo {words[1]} > /proc/sys/{words[0]}"
                result.append(["/sbin/ip", "netns", "exec", node, "sh", "-c", text])
            continue
        path = os.path.join(folder, f"batch.{number}")
        with open(path, "w", encoding="ascii") as out:
            out.writelines(" ".join(words) + "\n" for words in batches[(node, program)])
        result.append([f"/sbin/{program}"] + (["-n", node] if node else []) + ["-batch", path])
    return result


def without_netem(plan):
    """The plan without delays, losses and rates, for a kernel that may have no netem."""
    links = [dict(link, ends=[dict(end, netem=None) for end in link["ends"]]) for link in plan["links"]]
    return dict(plan, links=links)


def run_in_guest(build, folder, job):
    """Runs bench-network as the first process of a guest; the lines it wrote."""
    plan, lines = os.path.join(folder, "job.json"), os.path.join(folder, "lines")
    with open(plan, "w", encoding="ascii") as out:
        json.dump(job, out)
    # The descriptors that lab/launch/guest.c hands to a guest: 6 capture, 7 events, 8 plan, 9 first process.
    script = 'exec 6</dev/null 7<>"$1" 8<"$2" 9<"$3"; shift 3; exec "$@"'
    arguments = "root=/dev/root rootfstype=hostfs rootflags=/ ro init=/proc/self/fd/9 uml_dir=/dev/null con=null"
    arguments += " con0=null,fd:1 ssl=null time-travel=inf-cpu time-travel-start=1000000000 mem=256M loglevel=5 -- guest"
    environment = ["/usr/bin/env", "-i", "PATHLAB_SEED=1", f"LD_PRELOAD={build}/pathlab-preload.so"]
    subprocess.run(
        ["/bin/bash", "-c", script, "sh", lines, plan, f"{build}/bench-network", *environment]
        + [f"{build}/guest/uml-6.12/linux", *arguments.split()],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with open(lines, encoding="utf-8") as result:
        return result.read().splitlines()


def run_on_host(build, _folder, job):
    """Runs bench-network in namespaces of its own on this machine's kernel; the lines it wrote."""
    unshare = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    done = subprocess.run(
        unshare + [f"{build}/bench-network", "host"], input=json.dumps(job), text=True, capture_output=True, check=False
    )
    return done.stdout.splitlines()


def make_job(plan, folder, repeat):
    """The job of bench-network: so many repetitions, or a comparison when it is 0."""
    script = os.path.join(folder, "script.sh")
    with open(script, "w", encoding="ascii") as out:
        out.write(script_text(plan))
    return {"plan": plan, "script": script, "batch": batch_commands(plan, folder), "repeat": repeat}


# What differs between two networks that are equal: times, counters, the identity of namespaces.
VOLATILE = ("link_netnsid", "valid_life_time", "preferred_life_time", "tstamp", "cstamp")


def stable(value):
    """What is shown, without that, in one order."""
    if isinstance(value, dict):
        return {key: stable(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return sorted((stable(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def compare(build, folder, plan):
    """What ip(8) shows of the network built by the agent and by a script, {way: {(node, what): shown}}."""
    shown = {"builder": {}, "script": {}}
    for line in run_in_guest(build, folder, make_job(network_only(plan), folder, 0)):
        if not line:
            continue
        assert not line.startswith("{"), line
        way, node, what, text = line.split(" ", 3)
        shown[way][(node, what)] = stable(json.loads(text or "[]"))
    return shown
