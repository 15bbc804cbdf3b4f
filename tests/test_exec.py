# SPDX-License-Identifier: GPL-2.0-only
"""pathlab exec and pathlab shell: a command, or a person, in a node of a network."""

import os
import signal
import subprocess
import termios
import time

import pytest
from lab import PATHLAB, ROOT, environment, pathlab, processes_of, wait_until_gone
from terminal import Terminal


def execute(*arguments, given=None):
    """`pathlab exec` with that on standard input; output is bytes."""
    return subprocess.run([PATHLAB, "exec", *arguments], input=given, stdin=None if given is not None else subprocess.DEVNULL,
                          cwd=ROOT, env=environment(), capture_output=True, timeout=60)


def test_the_network_is_there_and_the_status_is_passed_on():
    done = execute("dual-path", "client", "--", "sh", "-c", "ip -4 -br addr show dev b; echo {server.b} >&2; exit 7")
    assert b"198.51.100.1/28" in done.stdout
    assert done.stderr == b"198.51.100.2\n"
    assert done.returncode == 7


def test_a_signal_is_told_by_the_status():
    assert execute("dual-path", "client", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_bytes_pass_through_as_they_are():
    given = bytes(range(256)) * 1000
    done = execute("-i", "dual-path", "client", "--", "cat", given=given)
    assert (done.stdout, done.stderr, done.returncode) == (given, b"", 0)


def test_without_being_asked_it_reads_nothing():
    done = execute("dual-path", "client", "--", "cat", given=b"not for the command")
    assert (done.stdout, done.returncode) == (b"", 0)


def test_time_is_virtual_and_other_nodes_have_names():
    began = time.monotonic()
    done = execute("dual-path", "client", "--", "sh", "-c", "sleep 36000; ip netns exec server ip -4 -br addr show dev a")
    assert b"192.0.2.2/28" in done.stdout
    assert time.monotonic() - began < 30


def test_same_seed_same_output():
    words = ["dual-path", "client", "--", "head", "-c", "16", "/dev/urandom"]
    first = execute("--seed", "5", *words).stdout
    assert len(first) == 16
    assert execute("--seed", "5", *words).stdout == first
    assert execute("--seed", "6", *words).stdout != first


def test_what_was_written_before_a_hang_is_not_lost_nor_is_it_a_success():
    done = execute("--timeout", "1", "dual-path", "client", "--", "sh", "-c", "echo before; sleep 60; while :; do :; done")
    assert done.stdout == b"before\n"
    assert b"virtual time stood still" in done.stderr
    assert done.returncode == 3


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["dual-pth", "client", "ls"], 'unknown topology "dual-pth"; did you mean "dual-path"?'),
        (["dual-path", "clint", "ls"], 'unknown node "clint"; did you mean "client"?'),
        (["dual-path", "client", "no-such-program"], 'there is no program "no-such-program" in '),
        (["dual-path", "client"], "expected a topology, a node and a command"),
        (["dual-path", "client", "--"], "expected a topology, a node and a command"),
        (["--seed", "x", "dual-path", "client", "ls"], '--seed is "x"'),
    ],
)
def test_sentences(words, sentence):
    done = pathlab("exec", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("pathlab exec: ") and sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


# To a port at which nobody listens: refused at once, however slow this machine is, or no answer.
KNOCK = "timeout {} bash -c '</dev/tcp/192.0.2.2/9' 2>/dev/null"
REFUSED, SILENT = KNOCK.format(30), KNOCK.format(1)


def test_faults_by_hand():
    terminal = Terminal("shell", "dual-path")
    seen = terminal.read_until("client:.*# ")
    assert "In node client, in real time." in seen and "`fault --help`" in seen
    assert "status 1." in terminal.command(REFUSED)
    assert "ECONNREFUSED" in terminal.command("cclient 'socket s' 'connectx s 192.0.2.2:9'")
    assert "status 0." in terminal.command("fault blackhole link=a from=client")
    assert "status 124." in terminal.command(SILENT)
    assert "status 0." in terminal.command("fault link-down link=b name=gone")
    assert "DOWN" in terminal.command("ip -br link show dev b")
    listed = terminal.command("faults")
    assert "blackhole, link: a, from: client, since " in listed and "link-down, link: b, since " in listed
    assert "status 0." in terminal.command("heal gone")
    assert "UP" in terminal.command("ip -br link show dev b")
    assert "link-down" not in terminal.command("faults")
    assert "status 0." in terminal.command("heal a")
    assert "status 1." in terminal.command(REFUSED)
    assert "no fault holds" in terminal.command("faults")
    # a fault in several steps, which heals itself
    assert "status 0." in terminal.command("fault flap link=b down=200ms up=1ms count=2")
    assert "flap, link: b" in terminal.command("faults")
    assert "status 0." in terminal.command("until faults | grep 'no fault holds'; do sleep 0.1; done")
    terminal.type("node server\r")
    terminal.read_until("server:")
    assert "192.0.2.2/28" in terminal.command("ip -4 -br addr show dev a")
    terminal.type("exit\r")
    terminal.read_until("client:")
    for line, sentence in BY_HAND_SENTENCES:
        seen = terminal.command(line)
        assert f"{line.split()[0]}: {sentence}" in seen and "status 2." in seen, seen
    terminal.type("exit\r")
    assert terminal.status() == 0


@pytest.mark.parametrize(
    "line, answer",
    [("fault flap link=a down=1h up=1ms count=9", ""), ("ip link del dev a; fault blackhole link=a", "cannot set up clsact: No such device")],
    ids=["flap", "refused"],
)
def test_faults_by_hand_do_not_keep_a_shell_from_ending(line, answer):
    terminal = Terminal("shell", "dual-path")
    terminal.read_until("# ")
    assert answer in terminal.command(line)
    terminal.type("exit\r")
    began = time.monotonic()
    terminal.status()
    assert time.monotonic() - began < 20
    wait_until_gone(terminal.seed)


BY_HAND_SENTENCES = [
    ("fault", "expected a kind of fault and its keys, such as blackhole link=a"),
    ("fault blackhol link=a", 'unknown fault "blackhol"; did you mean "blackhole"?'),
    ("fault blackhole link=aa", 'unknown link "aa"; did you mean "a"?'),
    ("fault blackhole a", '"a" is no KEY=VALUE, such as link=a'),
    ("fault blackhole link=a link=b", '"link" is given twice'),
    ("fault blackhole link=a at=3s", 'what is done by hand is done now, without "at"'),
    ("heal a", 'no fault that holds is "a", by its name, link, endpoint or kind; there is none'),
    ("node serve", 'unknown node "serve"; did you mean "server"?'),
    ("advance 1x", '"1x" has the unknown unit "x"; known: ns, us, ms, s, min, h'),
]


def test_a_guest_that_dies_leaves_the_terminal_as_it_was():
    terminal = Terminal("shell", "dual-path")
    terminal.read_until("# ")
    os.kill(min(processes_of(terminal.seed)), signal.SIGKILL)
    assert "did not come to its end" in terminal.read_until("\n")
    assert terminal.status() == 3
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO, "the terminal was left raw"


def test_a_shell_ends_with_its_terminal():
    terminal = Terminal("shell", "dual-path")
    terminal.read_until("# ")
    os.close(terminal.fd)
    os.waitpid(terminal.pid, 0)
    wait_until_gone(terminal.seed)


def test_a_shell_needs_a_terminal():
    done = pathlab("shell", "dual-path")
    assert done.returncode == 2
    assert "no terminal" in done.stderr
