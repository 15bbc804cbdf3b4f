# SPDX-License-Identifier: GPL-2.0-only
"""Reading cclient's answers in tests, and the listener that most of them begin with."""

SECOND = 10**9

# A one-to-one listener l on two addresses, and what most tests do first.
LISTENER = """
socket l
bindx l 192.0.2.1,192.0.2.2 port=5000
listen l
"""


def calls(lines, call, socket=None):
    """The answers to one call, on one socket."""
    return [line for line in lines if line.get("call") == call and socket in (None, line["socket"])]


def notifications(lines, socket, kind=None):
    return [
        line for line in lines
        if line["event"] == "notification" and line["socket"] == socket and kind in (None, line["type"])
    ]  # fmt: skip


def messages(lines, socket):
    return [line for line in lines if line["event"] == "message" and line["socket"] == socket]


def outcome(line):
    return line["errno"] or line["ret"]


def all_succeed(lines):
    failed = [line for line in lines if line["event"] == "error" or line.get("errno")]
    assert not failed, failed
