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
