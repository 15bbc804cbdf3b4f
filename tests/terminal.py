# SPDX-License-Identifier: GPL-2.0-only
"""A terminal, and what somebody types there."""

import os
import pty
import re
import select
import time

from lab import PATHLAB, ROOT, environment, new_seed


class Terminal:
    """A person at a terminal in front of a command of pathlab."""

    def __init__(self, command, *arguments):
        self.seed = new_seed()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(PATHLAB, [PATHLAB, command, "--seed", str(self.seed), *map(str, arguments)], environment(TERM="vt100"))

    def read_until(self, text, seconds=30):
        """Up to what matches the expression, and what came with it."""
        end, seen = time.monotonic() + seconds, ""
        while not re.search(text, seen):
            assert time.monotonic() < end, seen
            if select.select([self.fd], [], [], 0.1)[0]:
                seen += os.read(self.fd, 4096).decode(errors="replace")
        return seen

    def type(self, text):
        os.write(self.fd, text.encode())

    def command(self, line):
        """What a command line of the shell writes, and its status."""
        self.type(f"{line}; echo stat''us $?.\r")
        seen = self.read_until(r"status \d+\.")
        return re.sub(r".*stat''us \$\?\.\r?\n", "", seen, flags=re.DOTALL)

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_a_shell_in_real_time():
    terminal = Terminal("dual-path", "server")
    terminal.read_until("server:")
    assert not termios.tcgetattr(terminal.fd)[3] & termios.ECHO
    terminal.type("ip -4 -br addr show dev a; tty\r")
    assert "192.0.2.2/28" in terminal.read_until("/dev/tty1")
    began = time.monotonic()
    terminal.type("sleep 1; echo slept $((1 + 1))\r")
    terminal.read_until("slept 2")
    assert time.monotonic() - began >= 0.9
    terminal.type("sleep 1000\r")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.type("exit 5\r")
    terminal.read_until("exit")
    assert terminal.status() == 5
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO, "the terminal was left raw"
    wait_until_gone(terminal.seed)
