# SPDX-License-Identifier: GPL-2.0-only
"""A guest that hangs, panics or warns, and a client that dies, end their scenario as failed; the others go on."""

import contextlib
import os
import subprocess
import time

import lab

QUIET = """
summary: Nothing much.
topology: direct
endpoints:
  client: {node: client, bind: [client.a]}
timeline:
  - {at: 0s, client: status}
"""


def run_with(tmp_path, source, *arguments):
    scenario = lab.write_scenario(tmp_path, QUIET)
    programs = lab.other_agent(tmp_path, source)
    return lab.pathlab("run", *arguments, scenario, PATHLAB_PROGRAMS=programs)


def test_a_guest_whose_time_stands_still_is_ended(tmp_path):
    done = run_with(tmp_path, "spins.c", "--timeout", "1")
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "no progress" in done.stdout and "virtual time" in done.stdout, done.stdout


def test_a_guest_that_hardly_gets_a_processor_has_longer(tmp_path):
    """Four others want the same processor all the time: the guest has a fifth of it."""
    scenario = lab.write_scenario(tmp_path, QUIET)
    environment = lab.environment(PATHLAB_PROGRAMS=lab.other_agent(tmp_path, "spins.c"))
    on_one = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    with contextlib.ExitStack() as others:
        for _ in range(4):
            # A session of its own, as the guest has: where sessions share a processor (sched(7), autogroup), each has its part.
            spins = [*on_one, "python3", "-c", "while True: pass"]
            other = others.enter_context(subprocess.Popen(spins, start_new_session=True))
            others.callback(other.kill)
        began = time.monotonic()
        done = subprocess.run([*on_one, lab.PATHLAB, "run", "--timeout", "4", scenario], env=environment, cwd=lab.ROOT,
                              capture_output=True, text=True, timeout=lab.PATIENCE_S)
        took = time.monotonic() - began
    assert done.returncode == 1 and "no progress" in done.stdout, done.stdout
    assert 5 < took < 40, took


def test_a_panic_is_a_failure_with_its_words(tmp_path):
    began = time.monotonic()
    done = run_with(tmp_path, "ends.c")
    assert time.monotonic() - began < 30, "the watchdog had to end it"
    assert done.returncode == 1
    assert "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700" in done.stdout, done.stdout


def test_a_warning_in_the_kernel_log_is_a_failure(tmp_path):
    done = run_with(tmp_path, "warns.c")
    assert done.returncode == 1
    assert "WARNING: CPU: 0 PID: 1 at net/sctp/example.c:1" in done.stdout, done.stdout


def test_of_a_trace_only_what_is_certain_is_shown(tmp_path):
    shown = [line.strip() for line in run_with(tmp_path, "warns.c").stdout.splitlines()]
    at = next(i for i, line in enumerate(shown) if line.startswith("WARNING: CPU: 0"))
    assert shown[at + 1 : at + 3] == ["Call Trace:", "[<60000002>] certain_call+0x0/0x1"]


def test_the_console_is_kept(tmp_path):
    run_with(tmp_path, "ends.c", "--keep", tmp_path / "kept")
    console = next((tmp_path / "kept").rglob("console.log")).read_text(encoding="utf-8")
    assert "Kernel panic" in console


def test_a_client_that_dies_is_a_failure(tmp_path):
    scenario = lab.write_scenario(tmp_path, QUIET + "  - {at: 1s, client: command, line: quit}\n")
    done = lab.pathlab("run", scenario)
    assert done.returncode == 1
    assert "client" in done.stdout and "ended" in done.stdout, done.stdout


def test_other_scenarios_go_on(tmp_path):
    lab.write_scenario(tmp_path, QUIET + "  - {at: 1s, client: command, line: quit}\n", "a-dies.yaml")
    lab.write_scenario(tmp_path, QUIET, "b-lives.yaml")
    status, document = lab.run_json(tmp_path)
    assert status == 1
    assert [run["verdict"] for run in document["runs"]] == ["fail", "pass"], document
