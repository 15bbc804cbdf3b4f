# SPDX-License-Identifier: GPL-2.0-only
"""Topologies: routes, the ones that are shipped, and drawings."""

import ipaddress
import json

import pytest
from front_tools import ROOT, pathlab, plan_of

SHIPPED = ["asymmetric", "direct", "dual-path", "dual-router", "quad-path", "shared-router", "v4-v6"]
REST = "endpoints: {e: {node: server}}\ntimeline: [{at: 0s, e: close}]\n"


def network(tmp_path, topology):
    """The plan of a scenario on that topology."""
    return plan_of(tmp_path, f"summary: x\ntopology: {topology}\n{REST}")


def routes_of(plan):
    """Routes by node's and subnet's name: {("client", "198.51.100.16/28"): ("b1", "198.51.100.2")}."""
    links = {end["ifindex"]: link["name"] for link in plan["links"] for end in link["ends"]}
    return {
        (plan["nodes"][route["node"]]["name"], route["dst"]): (links[route["ifindex"]], route["via"])
        for route in plan["routes"]
    }


def walk(plan, source, destination):
    """Follows the routes as a kernel would; the names of the links a packet crosses."""
    destination = ipaddress.ip_address(destination)
    node = [item["name"] for item in plan["nodes"]].index(source)
    crossed = []
    for _ in range(20):
        ends = [end for link in plan["links"] for end in link["ends"] if end["node"] == node]
        addresses = [ipaddress.ip_interface(text) for end in ends for text in end["addresses"]]
        if destination in [address.ip for address in addresses]:
            return crossed
        forwards = ["net/ipv4/ip_forward", "1"] in plan["nodes"][node]["sysctls"]
        assert not crossed or forwards, "only routers forward"
        hops = [
            (ipaddress.ip_network(route["dst"]).prefixlen, route["ifindex"], route["via"])
            for route in plan["routes"]
            if route["node"] == node and destination in ipaddress.ip_network(route["dst"])
        ] + [
            (address.network.prefixlen, end["ifindex"], str(destination))
            for end in ends
            for address in map(ipaddress.ip_interface, end["addresses"])
            if destination in address.network
        ]
        _, ifindex, via = max(hops)
        link = next(
            link for link in plan["links"] if ifindex in [end["ifindex"] for end in link["ends"]]
        )
        crossed.append(link["name"])
        node = next(
            end["node"] for end in link["ends"]
            if any(ipaddress.ip_interface(text).ip == ipaddress.ip_address(via) for text in end["addresses"])
        )
    raise AssertionError("a loop")


def test_all_are_shipped():
    listed = json.loads(pathlab("list", "--json", "topologies", cwd=ROOT).stdout)["topologies"]
    assert [item["name"] for item in listed] == SHIPPED
    assert all(item["summary"] for item in listed)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped(tmp_path, name):
    plan = network(tmp_path, name)
    links = {link["name"]: link for link in plan["links"]}
    assert len(links) == {"direct": 1, "quad-path": 4, "dual-router": 4, "shared-router": 4}.get(name, 2)
    hosts = [node["name"] for node in plan["nodes"] if not node["sysctls"]]
    assert hosts == ["client", "server"]
    # every address of the server can be reached from the client, and back
    for source, target in [("client", 1), ("server", 0)]:
        index = [node["name"] for node in plan["nodes"]].index(hosts[target])
        for link in plan["links"]:
            for end in link["ends"]:
                for address in end["addresses"] if end["node"] == index else []:
                    assert walk(plan, source, address.split("/")[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_map_in_the_header(name):
    text = (ROOT / "topologies" / f"{name}.yaml").read_text()
    drawing = pathlab("graph", name).stdout.split("\n\n")[0]
    assert "".join(f"#   {line}".rstrip() + "\n" for line in drawing.splitlines()) in text


def test_disjoint_paths(tmp_path):
    plan = network(tmp_path, "dual-router")
    assert walk(plan, "client", "192.0.2.18") == ["a1", "a2"]
    assert walk(plan, "client", "198.51.100.18") == ["b1", "b2"]
    assert walk(plan, "client", "2001:db8:b2::2") == ["b1", "b2"]
    assert walk(plan, "server", "192.0.2.1") == ["a2", "a1"]
    assert walk(plan, "server", "198.51.100.1") == ["b2", "b1"]
    routes = routes_of(plan)
    # a router knows nothing of the other one's networks: hosts do not forward
    assert ("ra", "198.51.100.0/28") not in routes
    assert routes[("client", "192.0.2.16/28")] == ("a1", "192.0.2.2")


def test_equal_ways_are_dealt_out(tmp_path):
    plan = network(tmp_path, "shared-router")
    assert walk(plan, "client", "192.0.2.18") == ["a1", "a2"]
    assert walk(plan, "client", "198.51.100.18") == ["b1", "b2"]
    assert walk(plan, "server", "198.51.100.1") == ["b2", "b1"]
    assert walk(plan, "server", "2001:db8:a1::1") == ["a2", "a1"]


def test_families(tmp_path):
    plan = network(tmp_path, "v4-v6")
    families = [[":" in address for address in link["ends"][0]["addresses"]] for link in plan["links"]]
    assert families == [[False], [True]]
    assert plan["routes"] == []


def test_shortest_way_and_own_routes(tmp_path):
    inline = """
  nodes: {client: {}, r: {router: true}, q: {router: true}, p: {router: true}, server: {}}
  links:
    cr: {between: [client, r], ipv4: 192.0.2.0/28}
    cq: {between: [client, q], ipv4: 192.0.2.16/28}
    qp: {between: [q, p], ipv4: 192.0.2.32/28}
    ps: {between: [p, server], ipv4: 192.0.2.48/28}
    rs: {between: [r, server], ipv4: 192.0.2.64/28}
    far: {between: [r, p], ipv6: 3fff:1::/64}
"""
    plan = network(tmp_path, inline)
    routes = routes_of(plan)
    assert routes[("client", "192.0.2.64/28")] == ("cr", "192.0.2.2")
    assert routes[("client", "192.0.2.48/28")] == ("cq", "192.0.2.18")
    assert not any(dst.startswith("3fff") for _, dst in routes), "no way there by IPv6"
    own = "  routes: [{node: client, to: 192.0.2.64/28, via: q.cq}, {node: server, to: default, via: r.rs}]\n"
    changed = routes_of(network(tmp_path, inline + own))
    assert changed[("client", "192.0.2.64/28")] == ("cq", "192.0.2.18")
    assert changed[("server", "0.0.0.0/0")] == ("rs", "192.0.2.65")
    assert len(changed) == len(routes) + 1


def test_topology_beside_the_scenario(tmp_path):
    (tmp_path / "deep").mkdir()
    text = (ROOT / "topologies" / "direct.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text)
    (tmp_path / "deep" / "s.yaml").write_text(f"summary: x\ntopology: ../mine.yaml\n{REST}")
    assert pathlab("validate", tmp_path / "deep" / "s.yaml", cwd="/").returncode == 0


def test_large_topology(tmp_path):
    nodes = "".join(f"    n{i}: {{router: true}}\n" for i in range(200))
    links = "".join(
        f"    l{i}: {{between: [n{i}, n{i + 1}], ipv6: '2001:db8:{i:x}::/64'}}\n" for i in range(199)
    )
    plan = network(tmp_path, f"\n  nodes:\n    server: {{}}\n{nodes}  links:\n"
                   f"    s: {{between: [server, n0], ipv4: 192.0.2.0/28, ipv6: '3fff::/64'}}\n{links}")
    # the last of the chain is 200 links away; IPv4 is only on the first link
    assert len([route for route in plan["routes"] if route["node"] == 0]) == 199
    assert routes_of(plan)[("n199", "3fff::/64")] == ("l198", "2001:db8:c6::1")
    assert ("n1", "192.0.2.0/28") not in routes_of(plan)


def test_graph_formats():
    mermaid = pathlab("graph", "--format", "mermaid", "dual-router")
    assert mermaid.returncode == 0
    assert mermaid.stdout.splitlines() == [
        "graph LR",
        '  n0["client"]',
        '  n1(["ra"])',
        '  n2(["rb"])',
        '  n3["server"]',
        '  n0 ---|"a1  192.0.2.0/28<br>2001:db8:a1::/64  10ms"| n1',
        '  n1 ---|"a2  192.0.2.16/28<br>2001:db8:a2::/64  10ms"| n3',
        '  n0 ---|"b1  198.51.100.0/28<br>2001:db8:b1::/64  10ms"| n2',
        '  n2 ---|"b2  198.51.100.16/28<br>2001:db8:b2::/64  10ms"| n3',
    ]
    dot = pathlab("graph", "-f", "dot", "asymmetric").stdout
    assert dot.startswith('graph "asymmetric" {\n') and dot.endswith("}\n")
    assert '"client" -- "server" [label="a  192.0.2.0/28\\n2001:db8:a::/64  10ms 100mbit"];' in dot


def test_graph_of_a_scenario(tmp_path):
    (tmp_path / "s.yaml").write_text(
        """\
summary: x
topology:
  nodes: {h: , x: {router: true}, y: {router: true}, z: {}, w: {}}
  links:
    hx: {between: [h, x], ipv4: 192.0.2.0/28}
    hy: {between: [h, y], ipv4: 192.0.2.16/28}
    xy: {between: [x, y], ipv4: 192.0.2.32/28}
    wx: {between: [w, x], ipv4: 192.0.2.48/28, delay: {w: 1s, x: 2s}}
    zy: {between: [z, y], ipv4: 192.0.2.64/28}
    yw: {between: [y, w], ipv4: 192.0.2.80/28}
endpoints: {e: {node: h}}
timeline: [{at: 0s, e: close}]
"""
    )
    result = pathlab("graph", "s.yaml", cwd=tmp_path)
    assert result.returncode == 0
    drawing = result.stdout.split("\n\n")[0]
    assert drawing == """\
+---+  hx  192.0.2.0/28   +------------+  wx  192.0.2.48/28    +---+
|   |---------------------| x (router) |-----------------------|   |
|   |                     +------------+  -> 2s  <- 1s         |   |
| h |                                                          |   |
|   |  hy  192.0.2.16/28  +------------+  zy  192.0.2.64/28    |   |
|   |---------------------|            |--------------------+  | w |
+---+                     |            |                    |  |   |
                          | y (router) |                    |  |   |
                          |            |  yw  192.0.2.80/28 |  |   |
                          |            |--------------------|--|   |
                          +------------+                    |  +---+
                                                            |
                                                            |  +---+
                                                            +--| z |
                                                               +---+
x --- y  xy  192.0.2.32/28"""
    # each link by its name and subnet, once; links within a column below; every address by its name
    for link in ["hx  192.0.2.0/28", "hy  192.0.2.16/28", "xy  192.0.2.32/28", "wx  192.0.2.48/28",
                 "zy  192.0.2.64/28", "yw  192.0.2.80/28"]:
        assert result.stdout.count(link) == 1
    assert "-> 2s  <- 1s" in drawing, "from x on the left to w on the right it takes 2 s"
    assert "x --- y  xy  192.0.2.32/28" in drawing
    assert "w.yw  192.0.2.82\n" in result.stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], 'pathlab graph needs a topology or scenario; "pathlab list" shows them'),
        (["direct", "dual-path"], "pathlab graph draws one topology or scenario at a time"),
        (["dual-pth"], 'unknown topology "dual-pth"; did you mean "dual-path"?'),
        (["-f", "doot", "direct"], 'pathlab graph: -f is "doot", expected ascii, mermaid or dot; did you mean "dot"?'),
    ],
)
def test_graph_usage(arguments, sentence):
    result = pathlab("graph", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == sentence + "\n"
