# SPDX-License-Identifier: GPL-2.0-only
"""VRFs: what a topology says of them, what is told of mistakes, and that they keep networks apart."""

import json
import sys

import front_tools
import lab
import pytest
from front_tools import REST, plan_of, sentences_of

sys.path.insert(0, str(lab.ROOT / "bench"))
import networks  # noqa: E402  (the bench's own description of a network as commands)

# Two customers with the same addresses behind one router, which has networks of its own: on g it has the address that the
# customers' servers have.
CUSTOMERS = """\
summary: Two customers with the same addresses.
topology:
  nodes:
    red: {}
    blue: {}
    edge: {router: true, vrfs: {r: {table: 100, links: [a, b]}, s: {links: [c, d]}}}
    redd: {}
    blued: {}
    own: {}
  links:
    a: {between: [red, edge], ipv4: 192.0.2.0/28, ipv6: "2001:db8:a::/64"}
    b: {between: [edge, redd], ipv4: 192.0.2.16/28, ipv6: "2001:db8:b::/64"}
    c: {between: [blue, edge], ipv4: 192.0.2.0/28, ipv6: "2001:db8:a::/64"}
    d: {between: [edge, blued], ipv4: 192.0.2.16/28, ipv6: "2001:db8:b::/64"}
    f: {between: [edge, own], ipv4: 198.51.100.0/28, ipv6: "2001:db8:f::/64"}
    g: {between: [edge, own], ipv4: 192.0.2.16/28, ipv6: "2001:db8:b::/64",
        addresses: {edge: [192.0.2.18, "2001:db8:b::2"], own: [192.0.2.30, "2001:db8:b::30"]}}
  routes:
    - {node: blue, to: default, via: edge.c}
    - {node: blue, to: "::/0", via: edge.c.v6}
"""

# A server with a router before each of its VRFs; so it has planned routes in tables of its VRFs.
SERVER = """\
summary: A server in two VRFs.
topology:
  nodes:
    red: {}
    blue: {}
    ra: {router: true}
    rb: {router: true}
    server: {vrfs: {r: {table: 1000000, links: [b]}, s: {links: [d]}}}
  links:
    a: {between: [red, ra], ipv4: 192.0.2.0/28, ipv6: "2001:db8:a::/64"}
    b: {between: [ra, server], ipv4: 192.0.2.16/28, ipv6: "2001:db8:b::/64"}
    c: {between: [blue, rb], ipv4: 192.0.2.0/28, ipv6: "2001:db8:a::/64"}
    d: {between: [rb, server], ipv4: 192.0.2.16/28, ipv6: "2001:db8:b::/64"}
"""


def run(folder, text, *options):
    """A run that must pass: its steps and events."""
    status, document = lab.run_json("-v", *options, lab.write_scenario(folder, text))
    assert status == 0, json.dumps(document, indent=1)
    return document


def test_the_plan(tmp_path):
    plan = plan_of(tmp_path, SERVER + "endpoints: {e: {node: server}}\ntimeline: [{at: 0s, e: close}]\n")
    server = next(node for node in plan["nodes"] if node["name"] == "server")
    # 4 links have 8 ends, 16 to 23; a table that is not given is the first one from 10
    assert server["vrfs"] == [
        {"name": "r", "ifindex": 24, "mac": "02:00:00:00:18:00", "table": 1000000},
        {"name": "s", "ifindex": 25, "mac": "02:00:00:00:19:00", "table": 10},
    ]
    assert all("vrfs" not in node for node in plan["nodes"] if node is not server)
    assert {end.get("vrf") for link in plan["links"] for end in link["ends"] if end["node"] == 4} == {"r", "s"}
    tables = {(route["node"], route["dst"]): route.get("table") for route in plan["routes"]}
    routes = [(route["dst"], route["via"], route["ifindex"], route["table"]) for route in plan["routes"] if route["node"] == 4]
    assert routes == [
        ("192.0.2.0/28", "192.0.2.17", 19, 1000000),
        ("2001:db8:a::/64", "2001:db8:b::1", 19, 1000000),
        ("192.0.2.0/28", "192.0.2.17", 23, 10),
        ("2001:db8:a::/64", "2001:db8:b::1", 23, 10),
    ]
    # the other customer's networks are out of reach, and so is nothing of the own one's
    assert tables[(0, "192.0.2.16/28")] is None and len(plan["routes"]) == 8
    # an address that is there twice has no name
    assert "192.0.2.1" not in plan["names"] and plan["names"] == {}


def test_free_tables_are_taken_in_order(tmp_path):
    links = "".join(f"    l{i}: {{between: [x, y], ipv4: 192.0.2.{16 * i}/28}}\n" for i in range(4))
    text = "summary: x\ntopology:\n  nodes: {y: {}, x: {vrfs: {p: {links: l0}, q: {links: l1}, r: {table: 11, links: l2}, s: {links: [l3]}}}}\n"
    plan = plan_of(tmp_path, f"{text}  links:\n{links}endpoints: {{e: {{node: x}}}}\ntimeline: [{{at: 0s, e: close}}]\n")
    assert [vrf["table"] for vrf in plan["nodes"][1]["vrfs"]] == [10, 12, 11, 13]


def test_the_kernels_tables_are_nobodys(tmp_path):
    """The 250 VRFs of one node have the tables from 10 on, but 253 to 255."""
    links = "".join(f"    l{i}: {{between: [x, y], ipv6: '2001:db8:{i:x}::/64'}}\n" for i in range(250))
    nodes = ", ".join(f"v{i}: {{links: [l{i}]}}" for i in range(250))
    text = f"summary: x\ntopology:\n  nodes: {{y: {{}}, x: {{vrfs: {{{nodes}}}}}}}\n  links:\n{links}" + REST.replace("client", "x")
    tables = [vrf["table"] for vrf in plan_of(tmp_path, text)["nodes"][1]["vrfs"]]
    assert tables == [table for table in range(10, 263) if table not in (253, 254, 255)]


def test_own_routes_are_in_the_table_of_their_link(tmp_path):
    rest = "endpoints: {e: {node: server}}\ntimeline: [{at: 0s, e: close}]\n"
    own = "  routes: [{node: server, to: default, via: ra.b}, {node: server, to: default, via: rb.d}]\n"
    plan = plan_of(tmp_path, SERVER + own + rest)
    found = [(route["ifindex"], route["table"]) for route in plan["routes"] if route["dst"] == "0.0.0.0/0"]
    assert found == [(19, 1000000), (23, 10)]


def test_the_endpoint_is_bound_to_its_vrf_first(tmp_path):
    text = SERVER + """\
endpoints:
  one: {node: server, vrf: r, port: 5000, listen: true}
  two: {node: server, vrf: s, bind: [server.d], port: 6000, listen: true}
  red: {node: red}
  blue: {node: blue}
timeline:
  - {at: 0s, red: connectx, to: [server.b]}
  - {blue: connectx, to: [server.d]}
"""
    plan = plan_of(tmp_path, text)
    assert plan["endpoints"][0]["setup"][:2] == ["socket s inet stream", "setsockopt s SO_BINDTODEVICE value=r"]
    assert "bind s 0.0.0.0:5000" in plan["endpoints"][0]["setup"]
    assert "bind s 192.0.2.18:6000" in plan["endpoints"][1]["setup"]
    # the port is that of the endpoint in the VRF that the name is in, though both have the address
    assert [step["command"] for step in plan["steps"]] == ["connectx s 192.0.2.18 port=5000", "connectx s 192.0.2.18 port=6000"]


def test_drawings(tmp_path):
    (tmp_path / "s.yaml").write_text(SERVER + "endpoints: {e: {node: server}}\ntimeline: [{at: 0s, e: close}]\n")
    drawing = front_tools.pathlab("graph", "s.yaml", cwd=tmp_path).stdout
    assert "server.b  192.0.2.18  2001:db8:b::2  (VRF r, table 1000000)\n" in drawing
    assert "ra.b      192.0.2.17  2001:db8:b::1\n" in drawing
    assert 'n4["server<br>VRF r: b<br>VRF s: d"]' in front_tools.pathlab("graph", "-f", "mermaid", "s.yaml", cwd=tmp_path).stdout
    assert '"server" [label="server\\nVRF r: b\\nVRF s: d"];' in front_tools.pathlab("graph", "-f", "dot", "s.yaml", cwd=tmp_path).stdout


def vrfs(text, links=("192.0.2.0/28", "198.51.100.0/28"), rest=REST.replace("client", "x")):
    """A scenario whose node x has these VRFs, and links a and b to y; the VRFs begin at 3:28."""
    return (
        f"summary: x\ntopology:\n  nodes: {{y: {{}}, x: {{vrfs: {text}}}}}\n  links:\n"
        f"    a: {{between: [x, y], ipv4: {links[0]}}}\n    b: {{between: [x, y], ipv4: {links[1]}}}\n{rest}"
    )


BAD = {
    "no-mapping": (vrfs("[red]"), "3:28: VRFs are a mapping such as {red: {table: 10, links: [a]}}"),
    "unknown-key": (vrfs("{red: {tabel: 10, links: [a]}}"), '3:35: unknown key "tabel" in a VRF; did you mean "table"?'),
    "no-links": (vrfs("{red: {table: 10}}"), '3:29: a VRF needs the key "links"'),
    "empty-links": (vrfs("{red: {links: []}}"), "3:42: a VRF has at least one link of its node"),
    "unknown-link": (vrfs("{red: {links: [aa]}}"), '3:43: unknown link "aa"; did you mean "a"?'),
    "link-of-others": (
        vrfs("{red: {links: [a]}}").replace("y: {}", "y: {}, z: {}").replace("b: {between: [x, y]", "b: {between: [z, y]").replace("links: [a]", "links: [b]"),
        '3:50: link "b" has no end at "x"',
    ),
    "link-in-two": (
        vrfs("{red: {links: [a]}, blue: {links: [b, a]}}"),
        '3:66: link "a" is in VRF "red" (line 3) already; an interface is in one VRF at most',
    ),
    "link-twice": (
        vrfs("{red: {links: [a, a]}}"),
        '3:46: link "a" is in VRF "red" (line 3) already; an interface is in one VRF at most',
    ),
    "name-too-long": (
        vrfs("{a-name-of-16-chs: {links: [a]}}"),
        '3:29: "a-name-of-16-chs" is too long: a VRF\'s name has at most 15 characters',
    ),
    "name-of-a-link": (
        vrfs("{b: {links: [a]}}"),
        '3:29: "b" is an interface of node "x" already, that of the link of this name; choose another name for the VRF',
    ),
    "name-of-the-kernel": (vrfs("{lo: {links: [a]}}"), '3:29: "lo" is taken by the kernel; choose another name'),
    **{
        f"{name}-of-the-kernel": (vrfs(f"{{{name}: {{links: [a]}}}}"), f'3:29: "{name}" is taken by the kernel; choose another name')
        for name in ("all", "default")
    },
    "table-zero": (vrfs("{red: {table: 0, links: [a]}}"), '3:42: "0" is out of range: a table is 1 to 4294967295'),
    "table-too-large": (
        vrfs("{red: {table: 4294967296, links: [a]}}"),
        '3:42: "4294967296" is out of range: a table is 1 to 4294967295',
    ),
    "table-main": (
        vrfs("{red: {table: 254, links: [a]}}"),
        "3:42: table 254 is one of the kernel's own; expected 1 to 252, or 256 to 4294967295",
    ),
    "table-twice": (
        vrfs("{red: {table: 9, links: [a]}, blue: {table: 9, links: [b]}}"),
        '3:72: table 9 is that of VRF "red" (line 3); expected one of its own',
    ),
    # both subnets are at node y, too, which has no VRFs
    "overlap": (
        vrfs("{red: {links: [a]}, blue: {links: [b]}}", links=("192.0.2.0/28", "192.0.2.8/29")),
        '6:32: 192.0.2.8/29 overlaps 192.0.2.0/28 of link "a" (line 5), and no VRF keeps the two apart',
    ),
    "endpoint-vrf": (
        vrfs("{red: {links: [a]}}", rest="endpoints: {e: {node: x, vrf: ret}}\ntimeline: [{at: 0s, e: close}]\n"),
        '7:31: node "x" has no VRF "ret"; did you mean "red"?',
    ),
    "endpoint-vrf-elsewhere": (
        vrfs("{red: {links: [a]}}", rest="endpoints: {e: {node: y, vrf: red}}\ntimeline: [{at: 0s, e: close}]\n"),
        '7:31: node "y" has no VRF "red"; there is none',
    ),
    "endpoint-bind": (
        vrfs("{red: {links: [a]}}", rest="endpoints: {e: {node: x, vrf: red, bind: [x.b]}}\ntimeline: [{at: 0s, e: close}]\n"),
        '7:43: x.b is no address in VRF "red", to which the socket of endpoint "e" is bound',
    ),
    "endpoints-of-one-vrf": (
        vrfs("{red: {links: [a]}}", rest="endpoints:\n  e: {node: x, vrf: red, port: 9}\n  f: {node: x, vrf: red, port: 9}\ntimeline: [{at: 0s, e: close}]\n"),
        '9:3: endpoints "e" (line 8) and "f" both take port 9 of all addresses on node "x"; give one of them another port',
    ),
    "fault": (
        vrfs("{red: {links: [a]}}", rest="endpoints: {e: {node: x}}\ntimeline: [{at: 0s, fault: route-absent, node: x, vrf: blue, to: y.a}]\n"),
        '8:56: node "x" has no VRF "blue"; known: red',
    ),
    "via-in-two": (
        CUSTOMERS.replace("{node: blue, to: default, via: edge.c}", "{node: edge, to: 198.51.100.0/24, via: 192.0.2.1}") + "endpoints: {e: {node: red}}\ntimeline: [{at: 0s, e: close}]\n",
        '19:46: 192.0.2.1 is a neighbour of node "edge" in more than one VRF; expected its name, such as NODE.c',
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_sentence(name, tmp_path):
    text, *sentences = BAD[name]
    assert sentences_of(tmp_path, text) == [f"s.yaml:{sentence}" for sentence in sentences]


def test_the_network_is_the_one_that_ip_commands_build(tmp_path):
    plan = plan_of(tmp_path, SERVER + "endpoints: {e: {node: red}}\ntimeline: [{at: 0s, e: close}]\n")
    shown = networks.compare(str(lab.BUILD), str(tmp_path), plan)
    assert shown["builder"] and shown["builder"] == shown["script"]


FAMILY = pytest.mark.parametrize("family", ["v4", "v6"])


@FAMILY
def test_each_customer_reaches_its_own(family, tmp_path):
    """Same addresses and port; what is only in one's network, or only the router's own, nobody else reaches."""
    run(tmp_path, CUSTOMERS + f"""\
endpoints:
  redd: {{node: redd, bind: [redd.b.{family}], port: 5000, listen: true}}
  blued: {{node: blued, bind: [blued.d.{family}], port: 5000, listen: true}}
  own: {{node: own, bind: [own.f.{family}], port: 5000, listen: true}}
  red: {{node: red, bind: [red.a.{family}]}}
  blue: {{node: blue, bind: [blue.c.{family}]}}
  lost: {{node: blue, bind: [blue.c.{family}]}}
timeline:
  - {{at: 0s, red: connectx, to: [redd.b.{family}], expect: ok}}
  - {{blue: connectx, to: [blued.d.{family}], expect: ok}}
  - {{red: send, size: 100B, every: 10ms, count: 20, expect: {{sent: 20}}}}
  - {{blue: send, size: 100B, every: 10ms, count: 30, expect: {{sent: 30}}}}
  - {{at: 1s, lost: connectx, to: [own.f.{family}], expect: ETIMEDOUT}}
expect:
  - {{packets: ICMP, node: edge, to: blue.c.{family}, count: ">= 1"}}
  - {{delivered: 20, endpoint: redd}}
  - {{delivered: 30, endpoint: blued}}
""")


@FAMILY
def test_a_link_comes_back_with_the_routes_of_its_vrf(family, tmp_path):
    """And a route of the other VRF to the same subnet can fail without this one."""
    run(tmp_path, SERVER + f"""\
endpoints:
  one: {{node: server, vrf: r, bind: [server.b.{family}], port: 5000, listen: true}}
  two: {{node: server, vrf: s, bind: [server.d.{family}], port: 5000, listen: true}}
  red: {{node: red, bind: [red.a.{family}]}}
  blue: {{node: blue, bind: [blue.c.{family}]}}
  again: {{node: blue, bind: [blue.c.{family}]}}
  prohibited: {{node: red, bind: [red.a.{family}]}}
  allowed: {{node: blue, bind: [blue.c.{family}]}}
timeline:
  - {{at: 0s, fault: link-down, link: b, node: server}}
  - {{at: 1s, heal: b}}
  - {{fault: route-absent, name: gone, node: server, vrf: s, to: blue.c.{family}}}
  - {{at: 2s, red: connectx, to: [server.b.{family}], expect: {{result: ok, took: "<= 100ms"}}}}
  - {{blue: connectx, to: [server.d.{family}], expect: ETIMEDOUT}}
  - {{at: 10min, heal: gone}}
  - {{again: connectx, to: [server.d.{family}], expect: {{result: ok, took: "<= 100ms"}}}}
  - {{at: 11min, fault: route-prohibit, node: server, vrf: r, to: red.a.{family}}}
  - {{prohibited: connectx, to: [server.b.{family}], expect: ETIMEDOUT}}
  - {{at: 11min, allowed: connectx, to: [server.d.{family}], expect: {{result: ok, took: "<= 100ms"}}}}
""")


@FAMILY
def test_a_route_of_an_interface_in_a_vrf_is_taken_away_and_put_back(family, tmp_path):
    """The router before the VRF asks the server itself; on the other side of the same subnet nobody notices."""
    run(tmp_path, SERVER + f"""\
endpoints:
  one: {{node: server, vrf: r, bind: [server.b.{family}], port: 5000, listen: true}}
  two: {{node: server, vrf: s, bind: [server.d.{family}], port: 5000, listen: true}}
  near: {{node: ra, bind: [ra.b.{family}]}}
  other: {{node: rb, bind: [rb.d.{family}]}}
  again: {{node: ra, bind: [ra.b.{family}]}}
timeline:
  - {{at: 0s, fault: route-absent, name: gone, node: server, vrf: r, to: ra.b.{family}}}
  - {{at: 1s, near: connectx, to: [server.b.{family}], expect: ETIMEDOUT}}
  - {{at: 1s, other: connectx, to: [server.d.{family}], expect: {{result: ok, took: "<= 100ms"}}}}
  - {{at: 10min, heal: gone}}
  - {{again: connectx, to: [server.b.{family}], expect: {{result: ok, took: "<= 100ms"}}}}
""")
