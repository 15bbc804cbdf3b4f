# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the front end share: running pathlab, and a scenario to vary."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATHLAB = ROOT / os.environ.get("PATHLAB_BUILD", "build") / "pathlab"

HEAD = """\
summary: A scenario for a test.
topology: dual-path
endpoints:
  server: {node: server, bind: [server.a, server.b], port: 5000, listen: true}
  client: {node: client, bind: [client.a, client.b]}
timeline:
"""
STEP = "  - {at: 0s, client: connectx, to: [server.a, server.b]}\n"


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


def pathlab(*arguments, cwd=None, env=None, timeout=60, errors="strict"):
    """Runs pathlab; topologies are those of the project, whatever the current folder is."""
    environment = dict(os.environ, PATHLAB_DATA=str(ROOT), LC_ALL="C.UTF-8")
    environment.update(env or {})
    return subprocess.run(
        [str(PATHLAB), *map(str, arguments)],
        capture_output=True, text=True, errors=errors, cwd=cwd, env=environment, timeout=timeout, check=False,
    )


def plan_of(tmp_path, text):
    """The plan of a scenario that must be good."""
    (tmp_path / "s.yaml").write_text(text)
    result = pathlab("validate", "--plan", "s.yaml", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def sentences_of(tmp_path, text):
    """What is said about a scenario that must be bad."""
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "s.yaml").write_bytes(data)
    result = pathlab("validate", "s.yaml", cwd=tmp_path)
    assert result.returncode == 2, result
    assert result.stdout == ""
    return result.stderr.splitlines()


def steps_of(tmp_path, *lines, tail=""):
    """The steps of a timeline of these lines."""
    text = HEAD + "".join(f"  - {{{line}}}\n" for line in lines) + tail
    return plan_of(tmp_path, text)["steps"]


def step_of(tmp_path, line):
    return steps_of(tmp_path, line)[0]


def expectation_of(tmp_path, line):
    """The plan of a good scenario with one expectation, and that expectation."""
    plan = plan_of(tmp_path, HEAD + STEP + f"expect:\n  - {{{line}}}\n")
    return plan, plan["expect"][0]


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


def link(**keys):
    """TOPOLOGY with a third link, on line 7, of these keys."""
    keys = {"between": "[client, server]", "ipv4": "203.0.113.0/28", **keys}
    text = ", ".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    return TOPOLOGY + f"    c: {{{text}}}\n" + REST
