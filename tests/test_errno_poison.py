# SPDX-License-Identifier: GPL-2.0-only
"""No errno that cclient tells is a stale one: conditions of every kind answer the same when errno is poisoned before each call.

ENOPROTOOPT is the poison: libsctp's sctp_connectx() believes it after success and connects a second time by an older way."""

import re

import pytest

from lab import ROOT, pathlab

# What succeeds, what fails at once, what fails later; in libsctp, in the kernel's entry, in SCTP.
CONDITIONS = [
    "already", "answered", "bad-descriptor", "connected", "list-empty", "loopback-bound", "not-a-socket-file",
    "pointer-half-mapped", "ports-exhausted", "privileged-port", "refused", "tcp-socket", "unanswered-once",
]  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_answers_with_errno_poisoned(tmp_path, name):
    text = (ROOT / "scenarios" / "errno" / f"{name}.yaml").read_text(encoding="utf-8")
    text, count = re.subn(r"^  client: \{", "  client: {poison-errno: ENOPROTOOPT, ", text, flags=re.MULTILINE)
    assert count == 1
    (tmp_path / "poisoned.yaml").write_text(text, encoding="utf-8")
    done = pathlab("matrix", "poisoned.yaml", "--keep", "kept", "--format", "tap", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    plans = list((tmp_path / "kept").rglob("plan.json"))
    assert len(plans) > 5
    assert all('"poison ENOPROTOOPT"' in plan.read_text(encoding="utf-8") for plan in plans)
