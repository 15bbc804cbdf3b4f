# SPDX-License-Identifier: GPL-2.0-only
"""The networks that the agent builds: the same as with ip(8) commands, and usable at once."""

import json
import sys

import pytest

import lab

sys.path.insert(0, str(lab.ROOT / "bench"))
import networks  # noqa: E402  (the bench's own description of a network as commands)

TOPOLOGIES = sorted(path.stem for path in (lab.ROOT / "topologies").glob("*.yaml"))

SCENARIO = """
summary: A network to look at.
topology: {topology}
endpoints:
  client: {{node: client}}
timeline:
  - {{at: 0s, client: close}}
"""


def plan_of(folder, topology):
    scenario = lab.write_scenario(folder, SCENARIO.format(topology=topology))
    done = lab.pathlab("validate", "--plan", scenario)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_network_is_the_one_that_ip_commands_build(topology, tmp_path):
    shown = networks.compare(str(lab.BUILD), str(tmp_path), plan_of(tmp_path, topology))
    assert shown["builder"] and shown["builder"].keys() == shown["script"].keys()
    for key, value in shown["builder"].items():
        assert value == shown["script"][key], key


FIRST_PACKET = """
summary: The first packet crosses at once.
topology: {topology}
endpoints:
  server: {{node: server, bind: [{server}], port: 5000, listen: true}}
  client: {{node: client, bind: [{client}]}}
timeline:
  - {{at: 0s, client: connectx, to: [{server}], expect: {{result: ok, took: "<= 500ms"}}}}
"""


@pytest.mark.parametrize(
    "topology, client, server",
    [
        ("direct", "client.a.v4", "server.a.v4"),
        ("direct", "client.a.v6", "server.a.v6"),
        ("dual-path", "client.b.v6", "server.b.v6"),
        ("dual-router", "client.a1.v4", "server.a2.v4"),
        ("dual-router", "client.a1.v6", "server.a2.v6"),
        ("shared-router", "client.b1.v6", "server.b2.v6"),
    ],
)
def test_the_first_packet_crosses_without_waiting(topology, client, server, tmp_path):
    """Duplicate address detection takes 1 s and more, a carrier up to 1 s, a lost first packet 3 s (RTO.Initial)."""
    text = FIRST_PACKET.format(topology=topology, client=client, server=server)
    status, document = lab.run_json(lab.write_scenario(tmp_path, text))
    assert status == 0, document
