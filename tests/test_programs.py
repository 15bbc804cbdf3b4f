# SPDX-License-Identifier: GPL-2.0-only
"""Endpoints that are programs of one's own: how they are started, what is seen of them, how they end."""

import json
import pathlib
import re
import subprocess

import pytest
import yaml
from front_tools import sentences_of
from lab import HEAVY_SCENARIOS, PATHLAB, PATIENCE_S, ROOT, environment, new_seed, pathlab, run_json, wait_until_gone, write_scenario

S = 1_000_000_000

HEAD = """\
summary: A scenario for a test.
topology: dual-path
endpoints:
"""


def run(folder, endpoints, steps, expect=(), *options, keys=()):
    """A run of these endpoints, steps and expectations: (its entry of the report, its events)."""
    text = "".join(f"{key}\n" for key in keys) + HEAD + "".join(f"  {line}\n" for line in endpoints)
    text += "timeline:\n" + "".join(f"  - {{{line}}}\n" for line in steps)
    text += "expect:\n" + "".join(f"  - {{{line}}}\n" for line in expect) if expect else ""
    file = write_scenario(folder, text)
    status, document = run_json("--keep", folder / "kept", *options, "scenario.yaml", cwd=folder)
    (entry,) = document["runs"]
    assert status == {"pass": 0, "fail": 1, "void": 3}[entry["verdict"]], entry
    text = (folder / "kept" / "scenario" / "events.jsonl").read_text()
    assert file.exists()
    return entry, [json.loads(line) for line in text.splitlines() if line]


def of(events, event, endpoint):
    return [line for line in events if line["event"] == event and line.get("endpoint") == endpoint]


def output(events, endpoint, stream=None):
    return [line["text"] for line in of(events, "output", endpoint) if stream in (None, line["stream"])]


def sh(script, more="", node="client"):
    return f"c: {{node: {node}, run: [sh, -c, {json.dumps(script)}]{more}}}"


def test_output_is_told_by_stream_and_time(tmp_path):
    entry, events = run(
        tmp_path,
        [sh("echo one; sleep 2; echo two >&2; sleep 1; printf 'no line feed'")],
        ["at: 1s, start: c"],
        ["exit: c, status: 0", "output: c, line: ^two$, stream: stderr, from: 3s, by: 3.1s", "output: c, line: two, stream: stdout, count: 0"],
    )
    assert entry["verdict"] == "pass", entry["problems"]
    assert output(events, "c", "stdout") == ["one", "no line feed"]
    times = [line["time"] for line in of(events, "output", "c")]
    assert [round(time / S, 1) for time in times] == [1, 3, 4]
    (end,) = of(events, "exit", "c")
    assert (end["status"], end["signal"]) == (0, None)
    assert end["time"] >= times[-1]


def test_odd_bytes_and_long_lines(tmp_path):
    _, events = run(
        tmp_path,
        [sh("printf 'a\\377b\\000c\\n'; printf '\\033[31m\\n'; head -c 4500 /dev/zero | tr '\\0' x; echo; echo caf\\\\303\\\\251")],
        ["at: 1s, start: c"],
        ["exit: c"],
    )
    lines = of(events, "output", "c")
    assert [line["text"] for line in lines[:2]] == ["a?b?c", "\x1b[31m"]
    assert "".join(line["text"] for line in lines[2:5]) == "x" * 4500
    assert [line.get("partial", False) for line in lines[2:5]] == [True, True, False]


def test_an_end_that_nobody_expects_fails_the_run(tmp_path):
    entry, _ = run(tmp_path, [sh("exit 4")], ["at: 1s, start: c"], ["packets: any, endpoint: c, count: 0"])
    assert entry["verdict"] == "fail"
    assert "status 4" in entry["problems"][0]["observed"]
    entry, _ = run(tmp_path, [sh("exit 4")], ["at: 1s, start: c"], ["exit: c, status: 4"])
    assert entry["verdict"] == "pass", entry["problems"]
    entry, _ = run(tmp_path, [sh("exit 4")], ["at: 1s, start: c"], ["exit: c, status: 0"])
    assert [problem["line"] for problem in entry["problems"]] == [8]
    entry, _ = run(tmp_path, [sh("exit 4")], ["at: 1s, start: c"], ["exit: c, status: 4, from: 2s"])
    assert [problem["line"] for problem in entry["problems"]] == [8]


@pytest.mark.parametrize("step, way", [("signal: c", "SIGTERM"), ("signal: c, number: SIGHUP", "SIGHUP"), ("fault: crash, endpoint: c", "SIGKILL")])
def test_signals(tmp_path, step, way):
    entry, events = run(tmp_path, [sh("echo up; sleep 100")], [f"at: 2s, {step}"], [f"exit: c, signal: {way}, from: 2s, by: 2.1s"])
    assert entry["verdict"] == "pass", entry["problems"]
    assert output(events, "c") == ["up"]


def test_a_crash_takes_what_the_program_started_and_heals(tmp_path):
    script = "echo age $(($(date +%s) - $(cat /dev/shm/n || date +%s))); (while sleep 1; do date +%s >/dev/shm/n; done) & wait"
    entry, events = run(tmp_path, [sh(script)], ["at: 2.5s, fault: crash, endpoint: c", "at: 20s, heal: c", "at: 21.5s, signal: c"], ["exit: c, signal: SIGTERM"])
    assert entry["verdict"] == "pass", entry["problems"]
    first, second = output(events, "c", "stdout")
    assert first == "age 0"
    assert int(second.split()[1]) >= 17, "what it had started went on"


def test_frozen_programs_write_nothing(tmp_path):
    entry, events = run(
        tmp_path, [sh("while sleep 1; do echo tick; done")],
        ["at: 3.2s, fault: freeze, endpoint: c", "at: 8.2s, heal: c", "at: 10s, signal: c"],
    )
    assert entry["verdict"] == "pass", entry["problems"]
    times = [line["time"] / S for line in of(events, "output", "c")]
    assert not [time for time in times if 3.2 < time < 8.2]
    assert [time for time in times if time > 8.2]


def test_input_and_its_end(tmp_path):
    entry, events = run(
        tmp_path,
        [sh("while read line; do echo got $line; done; echo end")],
        ["at: 1s, input: c, line: one", "at: 2s, input: c, line: two", "at: 3s, input: c, end: true", "at: 4s, input: c, line: late"],
        ["exit: c"],
    )
    assert output(events, "c") == ["got one", "got two", "end"]
    assert [round(line["time"] / S, 1) for line in of(events, "output", "c")] == [1, 2, 3]
    (problem,) = entry["problems"]
    assert problem["line"] == 9 and "standard input" in problem["observed"]


def test_without_input_there_is_nothing_to_read(tmp_path):
    entry, events = run(tmp_path, [sh("cat; echo done")], ["at: 1s, start: c"], ["exit: c, by: 1.1s"])
    assert entry["verdict"] == "pass", entry["problems"]
    assert output(events, "c") == ["done"]


def test_conditions_on_output(tmp_path):
    entry, events = run(
        tmp_path,
        [sh("echo x; sleep 3; echo x; sleep 3; echo y")],
        ["at: 1s, start: c", "at: 2s, name: mark, fault: blackhole, link: a", "when: {output: c, line: ^x$, delay: 1s}, heal: a",
         "after: c.exit + 1s, fault: blackhole, link: b"],
        ["exit: c"],
    )
    assert entry["verdict"] == "pass", entry["problems"]
    assert [round(line["time"] / S, 1) for line in events if line["event"] in ("fault", "heal")] == [2, 5, 8]


def test_a_line_that_never_comes_is_told(tmp_path):
    entry, _ = run(tmp_path, [sh("echo x")], ["at: 1s, start: c", "when: {output: c, line: never}, fault: blackhole, link: a"],
                   keys=["limit: 20s"])
    assert entry["verdict"] == "fail"
    assert 'no line with "never" of c' in entry["problems"][0]["observed"]


def test_ready_by_line_and_what_waits_for_it(tmp_path):
    entry, events = run(
        tmp_path,
        [sh("sleep 2; echo now ready", ", ready: {line: ready$}"), "d: {node: server, run: [echo, started]}"],
        ["after: c.ready + 1s, start: d"],
        ["exit: d"],
    )
    assert entry["verdict"] == "pass", entry["problems"]
    (ready,), (start,) = of(events, "ready", "c"), of(events, "start", "d")
    assert start["time"] == pytest.approx(ready["time"] + S, abs=1e6)


def test_one_that_never_is_ready_fails_the_run(tmp_path):
    entry, events = run(tmp_path, [sh("sleep 5", ", ready: {listens: 5000}")], ["at: 1s, start: c"], ["exit: c"])
    (problem,) = entry["problems"]
    assert problem["line"] == 4 and "SCTP port 5000" in problem["expected"]
    assert of(events, "ready", "c") == []


SERVER = "import socket, time; time.sleep(2); s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132); s.bind(('', 5000)); {}; time.sleep(50)"


def test_listening_makes_ready_and_cclient_finds_its_port(tmp_path):
    python = f'c: {{node: server, run: [/usr/bin/python3, -c, "{SERVER.format("s.listen()")}"], ready: {{listens: 5000}}}}'
    entry, events = run(
        tmp_path, [python, "d: {node: client}"], ["at: 0s, start: c", "after: c.ready, d: connectx, to: [server.a], expect: ok", "signal: c"]
    )
    assert entry["verdict"] == "pass", entry["problems"]
    (ready,) = of(events, "ready", "c")
    assert 2 * S < ready["time"] < 2.1 * S


def test_bound_is_not_ready(tmp_path):
    python = f'c: {{node: server, run: [/usr/bin/python3, -c, "{SERVER.format("0")}"], ready: {{listens: 5000}}}}'
    entry, _ = run(tmp_path, [python], ["at: 0s, start: c", "at: 10s, signal: c"])
    assert "listen at SCTP port 5000" in entry["problems"][0]["expected"]


def test_the_environment_is_always_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_MINE", "1")
    _, events = run(tmp_path, ["c: {node: client, run: env, environment: {TZ: Asia/Tokyo, PEER: '{server.b}:1'}}"], ["at: 1s, start: c"], ["exit: c"])
    variables = dict(line.split("=", 1) for line in output(events, "c"))
    assert variables == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C.UTF-8", "TZ": "Asia/Tokyo",
        "TMPDIR": "/dev/shm", "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PEER": "198.51.100.2:1",
    }


def test_words_folder_and_files(tmp_path):
    folder = tmp_path / "in here"
    folder.mkdir()
    program = folder / "mine.sh"
    program.write_text('#!/bin/sh\npwd; for word; do echo "[$word]"; done; echo x >/dev/shm/f && cat /dev/shm/f; echo x >here || echo refused\n')
    program.chmod(0o755)
    words = """./mine.sh one 'two  words' \\'3 "{server.a} $x" '{"a": 1}'"""
    _, events = run(
        tmp_path,
        [f"c: {{node: client, folder: in here, run: {json.dumps(words)}}}"],
        ["at: 1s, start: c"], ["exit: c"],
    )
    assert output(events, "c", "stdout") == [str(folder), "[one]", "[two  words]", "['3]", "[192.0.2.2 $x]", '[{"a": 1}]', "x", "refused"]
    assert not (folder / "here").exists()


def test_same_seed_same_events(tmp_path):
    script = "head -c 8 /dev/urandom | od -An -tx1; date +%s%N"
    seen = []
    for seed in ["1", "1", "2"]:
        _, events = run(tmp_path, [sh(script)], ["at: 1s, start: c"], ["exit: c"], "--seed", seed)
        seen.append(events)
    assert seen[0] == seen[1]
    assert output(seen[0], "c") != output(seen[2], "c")


def test_starting_what_runs_fails_the_run(tmp_path):
    entry, events = run(tmp_path, [sh("sleep 10")], ["at: 1s, start: c", "at: 2s, start: c", "at: 20s, start: c"], ["exit: c"])
    (problem,) = entry["problems"]
    assert problem["line"] == 7 and "still runs" in problem["observed"]
    assert len(of(events, "exit", "c")) == 2


@pytest.mark.long
def test_one_that_writes_for_ever_is_ended(tmp_path):
    """In long lines, to be quick; no virtual time passes meanwhile, and each line looks like progress."""
    text = HEAD + "  c: {node: client, run: \"sh -c 'exec yes %s'\"}\nuntil: 2s\ntimeline: [{at: 1s, start: c}]\n" % ("y" * 1900)
    status, document = run_json(write_scenario(tmp_path, text))
    assert status == 3
    problems = [problem["observed"] for problem in document["runs"][0]["problems"]]
    assert any("program c was ended: it wrote more than 64 MiB" in problem for problem in problems), problems


def test_a_run_that_is_killed_leaves_no_program(tmp_path):
    seed = new_seed()
    text = HEAD + "  c: {node: client, run: [sh, -c, 'while :; do :; done']}\ntimeline: [{at: 1s, signal: c}]\n"
    write_scenario(tmp_path, text)
    done = pathlab("run", "--timeout", 1, "--seed", seed, "scenario.yaml", cwd=tmp_path)
    assert done.returncode == 1 and "virtual time stood still" in done.stdout
    wait_until_gone(seed)


@pytest.mark.parametrize("asked, mib", [((), 64), (("memory: 200MiB",), 200), (("memory: 4096MiB",), 4096)])
def test_a_guest_has_the_memory_that_a_scenario_asks_for(tmp_path, asked, mib):
    entry, events = run(tmp_path, [sh("exec grep MemTotal /proc/meminfo")], ["at: 1s, start: c"], ["exit: c"], keys=asked)
    assert entry["verdict"] == "pass", entry["problems"]
    (line,) = output(events, "c", "stdout")
    # the kernel itself takes some of it
    assert 0.75 * mib * 1024 < int(line.split()[1]) <= mib * 1024


@pytest.mark.parametrize("program", ["no-such-program", "/usr/lib/no-such-folder/program"])
def test_what_is_not_installed_is_skipped_with_its_cure(tmp_path, program):
    text = "needs: [lacking-tools, more]\n" + HEAD + f"  c: {{node: client, run: {program} -v}}\ntimeline: [{{at: 1s, start: c}}]\n"
    write_scenario(tmp_path, text)
    done = pathlab("run", "scenario.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert f"skip  scenario  the program {program} is not installed; as root: apt-get install lacking-tools more" in done.stdout
    assert "0 ok, 1 skipped" in done.stdout
    assert json.loads(pathlab("run", "--format", "json", "scenario.yaml", cwd=tmp_path).stdout)["totals"]["skipped"] == 1


def test_what_a_program_runs_itself_is_skipped_with_its_cure(tmp_path):
    text = "needs: [more, {lacking-tools: no-such-compiler}]\n" + HEAD + "  c: {node: client, run: sh -c 'exit 0'}\ntimeline: [{at: 1s, start: c}]\n"
    file = write_scenario(tmp_path, text)
    done = pathlab("run", file)
    assert done.returncode == 0 and "0 ok, 1 skipped" in done.stdout
    assert "the program no-such-compiler is not installed; as root: apt-get install more lacking-tools" in done.stdout
    file.write_text(text.replace("no-such-compiler", "sh"))
    assert "1 ok" in pathlab("run", file).stdout


@pytest.mark.parametrize(
    "needs, sentence",
    [
        ("Tools", '1:8: "Tools" is no name of a Debian package, such as lksctp-tools'),
        ("[more, '']", '1:15: a package is missing here'),
        ("{lacking tools: sh}", '1:9: "lacking tools" is no name of a Debian package, such as lksctp-tools'),
        ("[{x: [sh]}]", "1:13: a program is one word or text; found a list"),
    ],
)
def test_sentences_of_needs(tmp_path, needs, sentence):
    (line,) = sentences_of(tmp_path, f"needs: {needs}\n" + HEAD + "  c: {node: client, run: ls}\n" + TAIL)
    assert line.startswith("s.yaml:" + sentence), line


def test_a_skipped_scenario_is_no_point_of_a_sweep(tmp_path):
    text = "needs: lacking-tools\nparameters: {n: 1}\nsweep: {n: [1]}\n" + HEAD
    text += "  c: {node: client, run: [no-such-program, $n]}\ntimeline: [{at: 1s, start: c}]\n"
    write_scenario(tmp_path, text)
    done = pathlab("sweep", "--out", tmp_path / "out", "scenario.yaml", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr


def point_of(folder, script, pattern="up"):
    """The digest that names the point of a sweep over this program, in a folder of that name."""
    folder.mkdir()
    (folder / "mine.sh").write_text(script)
    (folder / "mine.sh").chmod(0o755)
    text = "parameters: {n: 1}\nsweep: {n: [1]}\n" + HEAD + "  c: {node: client, run: [./mine.sh, $n], ready: {line: " + pattern + "}}\n"
    write_scenario(folder, text + "timeline: [{at: 1s, start: c}]\nexpect: [{exit: c}]\n")
    done = pathlab("sweep", "--out", folder / "out", "scenario.yaml", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "out" / "results.jsonl").read_text())["point"]


def test_points_of_a_sweep_are_known_by_what_programs_are_not_where(tmp_path):
    point = point_of(tmp_path / "a", "#!/bin/sh\necho up\n")
    assert point_of(tmp_path / "b", "#!/bin/sh\necho up\n") == point
    assert point_of(tmp_path / "c", "#!/bin/sh\necho up up\n") != point
    assert point_of(tmp_path / "d", "#!/bin/sh\necho up\n", "u") != point


TAIL = "timeline: [{at: 1s, start: c}]\n"


@pytest.mark.parametrize(
    "endpoint, sentence",
    [
        ("{node: client, run: no-such-program}", '4:26: there is no program "no-such-program" in /usr/local/sbin:'),
        ("{node: client, run: ./no-such}", '4:26: there is no program "./no-such"; expected a path from the folder it runs in, '),
        ("{node: client, run: ./s.yaml}", '4:26: "./s.yaml" cannot be executed; expected a file with permission for that'),
        ("{node: client, run: 'echo a | wc'}", '4:26: "|" is for a shell, and none runs the command'),
        ("{node: client, run: \"echo 'a\"}", "4:26: the quote ' is not closed"),
        ("{node: client, run: ''}", "4:26: a command is not empty"),
        ("{node: client, run: {echo: 1}}", "4:26: a command is a text such as"),
        ("{node: client, run: 'echo {sever.a}'}", '4:26: unknown address "sever.a"; did you mean "server.a"?'),
        ("{node: client, run: ls, bind: client.a}", '4:30: unknown key "bind" in an endpoint that is a program'),
        ("{node: client, run: ls, folder: nowhere}", '4:38: there is no folder "nowhere"'),
        ("{node: client, run: ls, ready: {}}", "4:37: ready is {listens: PORT}"),
        ("{node: client, run: ls, ready: {line: '(a'}}", '4:44: "(a" is no regular expression: '),
        ("{node: client, run: ls, ready: {line: 'a{9}{9}'}}", "4:44: a regular expression for a line has at most 256 bytes and one"),
        ("{node: client, run: ls, ready: {listens: 0}}", '4:47: "0" is out of range: a port is 1 to 65535'),
        ("{node: client, run: ls, environment: [a]}", "4:43: environment is a mapping"),
        ("{node: client, run: ls, environment: {a=b: c}}", '4:44: "a=b" cannot be the name of a variable'),
    ],
)
def test_sentences_of_endpoints(tmp_path, endpoint, sentence):
    (line,) = sentences_of(tmp_path, HEAD + f"  c: {endpoint}\n" + TAIL)
    assert line.startswith("s.yaml:" + sentence), line


@pytest.mark.parametrize(
    "step, sentence",
    [
        ("at: 1s, c: connectx, to: server.a", '"c" is a program of your own (run), which makes its calls itself'),
        ("at: 1s, start: d", '"d" is no program of your own; expected an endpoint with "run"'),
        ("at: 1s, input: c", 'input takes either "line" or "end: true"'),
        ("at: 1s, input: c, end: false", '"end" can only be true'),
        ("at: 1s, signal: c, number: SIGTREM", 'unknown signal "SIGTREM"; did you mean "SIGTERM"?'),
        ("at: 1s, fault: no-listener, endpoint: c", 'endpoint "c" does not listen'),
        ("after: c.ready, start: c", '"c" has no "ready", so "ready" never comes'),
        ("after: c.connected, start: c", '"c" is a program of your own (run); "connected" is told by cclient'),
        ("after: d.line, start: c", '"d" is cclient; "line" is told by a program of your own (run)'),
        ("when: {output: d, line: x}, start: c", '"d" is no program of your own'),
        ("when: {path: server.a, state: PF, endpoint: c}, start: c", '"c" is a program of your own (run), whose paths nobody looks at'),
    ],
)
def test_sentences_of_steps(tmp_path, step, sentence):
    text = HEAD + "  c: {node: client, run: ls}\n  d: {node: server}\n" + f"timeline:\n  - {{{step}}}\n"
    (line,) = sentences_of(tmp_path, text)
    assert line.startswith("s.yaml:7:") and sentence in line, line


@pytest.mark.parametrize(
    "expectation, sentence",
    [
        ("path: server.a, state: PF, by: 1s, endpoint: c", '"c" is a program of your own (run); only output, exit, packets and'),
        ("delivered: all, endpoint: d, sender: c", '"c" is a program of your own (run)'),
        ("output: d, line: x", '"d" is no program of your own'),
        ("output: c", 'an expectation of output needs the key "line"'),
        ("exit: c, status: 1, signal: SIGTERM", 'a process ends with a "status" or by a "signal", not both'),
        ("exit: c, status: 256", '"256" is out of range: a status is 0 to 255'),
    ],
)
def test_sentences_of_expectations(tmp_path, expectation, sentence):
    text = HEAD + "  c: {node: client, run: ls}\n  d: {node: server, port: 5000, listen: true}\n" + TAIL + f"expect:\n  - {{{expectation}}}\n"
    (line,) = sentences_of(tmp_path, text)
    assert line.startswith("s.yaml:8:") and sentence in line, line


def test_what_is_shown_to_people(tmp_path):
    run(tmp_path, [sh("read x; echo $x; echo bad >&2")], ["at: 1s, input: c, line: word"], ["exit: c"])
    shown = pathlab("run", "-v", "scenario.yaml", cwd=tmp_path).stdout
    for text in ["c        starts", "c        < word", "c        | word", "c        ! bad", "c        process ended: status 0"]:
        assert text in shown, shown
    assert "c: bad" in shown.splitlines()[0]


def test_packages_of_interop_scenarios_are_in_the_list():
    listed = (ROOT / "setup" / "packages.txt").read_text()
    for file in (ROOT / "scenarios" / "interop").glob("*.yaml"):
        needs = yaml.safe_load(file.read_text())["needs"]
        purpose = "long" if f"interop/{file.stem}" in HEAVY_SCENARIOS else "interop"
        for need in needs if isinstance(needs, list) else [needs]:
            for package in need if isinstance(need, dict) else [need]:
                # Python is there for the tests themselves
                assert f"{purpose}\t{package}\t" in listed or f"test\t{package}\t" in listed, (file, package)


POLLS = """
summary: Somebody never sleeps.
topology: dual-path
endpoints:
  poller:
    node: client
    run: ["bash", "-c", "echo up; until read -t 0; do n=$((n + 1)); done; (read text; echo after $n: $text)"]
    ready: {line: up}
    call-time: 2ms
timeline:
  - {after: poller.ready + 500ms, fault: freeze, endpoint: poller}
  - {after: poller.ready + 800ms, heal: poller}
  - {after: poller.ready + 1s, input: poller, line: enough}
expect:
  - {output: poller, line: "after 3[45][0-9]: enough"}
  - {exit: poller, status: 0, from: 900ms}
"""


def test_a_program_that_never_sleeps(tmp_path):
    """500 calls a second, and none while it is frozen; the same each time."""
    file = write_scenario(tmp_path, POLLS)
    kept = []
    for name in ("one", "two"):
        status, _ = run_json(file, "--keep", tmp_path / name)
        assert status == 0
        (events,) = (tmp_path / name).rglob("events.jsonl")
        kept.append(events.read_bytes())
    assert kept[0] == kept[1]


def test_without_its_cure_it_is_named(tmp_path):
    file = write_scenario(tmp_path, POLLS.replace("    call-time: 2ms\n", ""))
    done = pathlab("run", "--timeout", "1", file)
    assert done.returncode == 1
    assert 'a program that asks again and again without sleeping needs "call-time: 1ms"' in done.stdout


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("2ms", "2", '"2" has no unit'),
        ("2ms", "2s", "the time of a system call is 1us to 1s"),
        ("    run: [", "    port: [", 'unknown key "call-time" in an endpoint'),
    ],
)
def test_sentences_of_call_time(tmp_path, old, new, sentence):
    done = pathlab("validate", write_scenario(tmp_path, POLLS.replace(old, new, 1)))
    assert done.returncode == 2
    assert sentence in done.stderr


def test_where_no_program_is_installed_all_of_interop_is_skipped(tmp_path):
    """As on a fresh machine: files that cannot be executed are in the place of the programs."""
    nothing = tmp_path / "nothing"
    nothing.write_text("")
    programs = "sctp_darn", "sctp_test", "escript", "javac", "java", "python3", "/usr/lib/usrsctp/tsctp"
    paths = {pathlib.Path("/usr/bin", name).resolve() for name in programs}
    hide = "".join(f"mount --bind {nothing} {path}\n" for path in sorted(paths) if path.exists())
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-ec", f'{hide} exec "$0" "$@"', PATHLAB, "run", "interop"],
                          env=environment(), capture_output=True, text=True, timeout=PATIENCE_S)
    verdicts = re.findall(r"^(\w+) +interop/(\S+) +(.*)", done.stdout, re.MULTILINE)
    assert len(verdicts) == len(list((ROOT / "scenarios/interop").glob("*.yaml")))
    for verdict, name, why in verdicts:
        assert verdict == "skip" and "is not installed; as root: apt-get install" in why, (name, why)
    assert done.returncode == 0, done.stdout + done.stderr
