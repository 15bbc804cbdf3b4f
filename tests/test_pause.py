# SPDX-License-Identifier: GPL-2.0-only
"""pathlab run --pause-on-fail: a shell at the moment at which a scenario failed."""

import os
import re
import termios
import time

import pytest
from lab import pathlab, wait_until_gone, write_scenario
from terminal import Terminal

# Without data its path becomes potentially failed when a HEARTBEAT is lost, and not within 2 s.
TOO_SOON = """
summary: A path is said to be down before it is.
topology: dual-path
endpoints:
  server: {node: server, port: 5000, listen: true}
  client: {node: client}
timeline:
  - {at: 0s, client: connectx, to: [server.a, server.b], expect: ok}
  - {at: 5s, fault: blackhole, link: a}
  - {at: 20s, heal: a}
expect:
  - {path: server.a, state: INACTIVE, by: 7s}
until: 30s
"""

REFUSED = """
summary: Nobody listens.
topology: dual-path
endpoints:
  client: {node: client}
timeline:
  - {at: 0s, fault: blackhole, link: b}
  - {at: 3s, client: connectx, to: server.a, port: 5000, expect: ok}
  - {at: 10s, heal: b}
"""

LOST = """
summary: Somebody expects more than is sent.
topology: dual-path
endpoints:
  server: {node: server, port: 5000, listen: true}
  client: {node: client}
timeline:
  - {at: 0s, client: connectx, to: server.a}
  - {at: 1s, client: send, size: 100B, every: 100ms, count: 10}
expect:
  - {delivered: 11}
"""


PENDING = """
summary: While one call is still waited for, something else has failed.
topology: dual-path
endpoints:
  client: {node: client}
  other: {node: client}
timeline:
  - {at: 0s, fault: blackhole, link: a}
  - {at: 1s, name: dial, client: connectx, to: server.a, port: 5000}
  - {after: done dial + 1s, fault: link-down, link: b}
  - {at: 2s, other: close, socket: s9, expect: ok}
"""


def pause(tmp_path, text, *options):
    terminal = Terminal("run", "--pause-on-fail", *options, write_scenario(tmp_path, text))
    return terminal, terminal.read_until("# ")


def test_time_stands_still_where_it_failed(tmp_path):
    terminal, seen = pause(tmp_path, TOO_SOON)
    assert "stands at 7.000 s: expected the path to server.a (192.0.2.2) at client to be INACTIVE by 7 s" in seen
    assert "blackhole, link: a, since 5.000 s" in terminal.command("faults")
    (before,) = re.findall(r"[\d.]+ [\d.]+\r", terminal.command("cat /proc/uptime"))
    time.sleep(0.5)
    assert before in terminal.command("cat /proc/uptime")
    # what the timeline has later comes when time goes on, and what was done by hand holds
    assert "8.000 s" in terminal.command("advance 1s")
    assert "status 0." in terminal.command("fault link-down link=b")
    assert "DOWN" in terminal.command("ip -br link show dev b")
    assert "blackhole" in terminal.command("faults")
    assert "21.000 s" in terminal.command("advance 13s")
    assert terminal.command("faults").count("since") == 1
    assert "status 0." in terminal.command("heal b")
    assert "no fault holds" in terminal.command("faults")
    # a command that waits for time
    terminal.type("sleep 3600\r")
    time.sleep(0.3)
    terminal.type("\x03")
    assert "status 130." in terminal.command("(exit $?)")
    assert "24.000 s" in terminal.command("sleep 2 & advance 3s; wait")
    terminal.type("exit\r")
    assert terminal.status() == 1
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO, "the terminal was left raw"
    wait_until_gone(terminal.seed)


@pytest.mark.parametrize("text, moment", [(REFUSED, "3.040 s"), (LOST, "12.000 s")], ids=["call", "end"])
def test_moments(tmp_path, text, moment):
    terminal, seen = pause(tmp_path, text)
    assert f"stands at {moment}" in seen, seen
    assert ("link: b" in terminal.command("faults")) == (text == REFUSED)
    terminal.type("exit\r")
    assert terminal.status() == 1


def test_steps_by_hand_among_steps_that_wait(tmp_path):
    terminal, seen = pause(tmp_path, PENDING)
    assert "stands at 2.0" in seen
    for _ in range(3):  # the plan grows with each
        assert "status 0." in terminal.command("for i in 1 2 3 4 5 6; do fault blackhole link=b && heal b || break; done")
    assert terminal.command("faults").count("since") == 1
    assert "status 0." in terminal.command("advance 10min")
    assert re.search(r"link-down, link: b, since 34\d\.", terminal.command("faults"))
    terminal.type("exit\r")
    assert terminal.status() == 1


def test_parameters_are_known_in_the_shell(tmp_path):
    text = TOO_SOON.replace("link: a}", "link: $which}").replace("heal: a", "heal: $which") + "parameters: {which: b}\n"
    terminal, seen = pause(tmp_path, text, "--set", "which=a")
    assert "status 0." in terminal.command("heal a")
    assert "no fault holds" in terminal.command("faults")
    terminal.type("exit\r")
    assert terminal.status() == 1


def test_what_does_not_fail_does_not_pause(tmp_path):
    terminal = Terminal("run", "--pause-on-fail", write_scenario(tmp_path, REFUSED.replace("expect: ok", "expect: ECONNREFUSED")))
    assert "1 ok" in terminal.read_until("real second")
    assert terminal.status() == 0


def test_it_ends_with_its_terminal(tmp_path):
    terminal, _ = pause(tmp_path, REFUSED)
    os.close(terminal.fd)
    os.waitpid(terminal.pid, 0)
    wait_until_gone(terminal.seed)


def test_a_command_that_never_waits_can_be_left(tmp_path):
    terminal, _ = pause(tmp_path, REFUSED)
    terminal.type("while :; do :; done\r")
    time.sleep(0.3)
    terminal.type("\x03\x03\x03")
    assert terminal.status() == 1
    wait_until_gone(terminal.seed)


def test_it_needs_a_terminal(tmp_path):
    file = write_scenario(tmp_path, REFUSED)
    done = pathlab("run", "--pause-on-fail", file)
    assert done.returncode == 2
    assert "no terminal, which --pause-on-fail needs" in done.stderr
