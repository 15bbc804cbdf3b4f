# SPDX-License-Identifier: GPL-2.0-only
"""A guest reads the host's files and changes none, even when its first process tries to."""

import json
import os

import lab

SCENARIO = """
summary: "victim:{victim}"
topology: direct
endpoints:
  client: {{node: client, bind: [client.a]}}
timeline:
  - {{at: 0s, client: status}}
"""


def snapshot(folder):
    entries = {}
    for path in sorted(folder.rglob("*")) + [folder]:
        status = path.stat()
        content = path.read_bytes() if path.is_file() else None
        entries[str(path)] = (status.st_mode, status.st_uid, status.st_size, status.st_mtime_ns, content)
    return entries


def test_a_hostile_first_process_changes_nothing(tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    for name in ("file", "other"):
        (victim / name).write_text(f"content of {name}\n", encoding="ascii")
        os.chmod(victim / name, 0o644)
    before = snapshot(victim)
    scenario = lab.write_scenario(tmp_path, SCENARIO.format(victim=victim))
    status, document = lab.run_json(
        str(scenario), "--keep", tmp_path / "kept", PATHLAB_PROGRAMS=lab.other_agent(tmp_path, "hostile.c")
    )
    assert status != 0 and len(document["runs"]) == 1
    events = next((tmp_path / "kept").rglob("events.jsonl")).read_text(encoding="utf-8").splitlines()
    assert events[-1].endswith(f'"victim":"{victim}","ret":0}}')
    attacks = [json.loads(line) for line in events]
    reads = [attack for attack in attacks if attack["what"] == "read"]
    assert len(reads) == 3 and all(attack["ret"] >= 0 for attack in reads)
    assert snapshot(victim) == before
    names = {attack["what"] for attack in attacks}
    assert {"open-write", "create", "unlink", "rename-exchange", "mknod"} <= names


def test_the_command_line_of_a_guest_names_no_path_of_this_machine():
    source = (lab.ROOT / "lab/launch/guest.c").read_text(encoding="utf-8")
    table = source[source.index("uml_arguments[] = {") : source.index("NULL,\n};")]
    assert "init=/proc/self/fd/9" in table
    assert "%s" not in table and str(lab.ROOT) not in table
