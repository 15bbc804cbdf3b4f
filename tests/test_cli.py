# SPDX-License-Identifier: GPL-2.0-only
"""The frame of the command line: help, names that are not known, doctor, the man page, kept runs that are none."""

import fcntl
import itertools
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

import judged
import lab

COMMANDS = ["run", "matrix", "sweep", "paths", "exec", "shell", "validate", "list", "graph", "verdict", "bugs", "bisect", "kernel", "doctor", "help"]
MAN_PAGE = lab.ROOT / "docs" / "pathlab.1"


def man_text():
    """The man page's text without formatting."""
    return re.sub(r"\\-", "-", re.sub(r"\\f[BIPR]", "", MAN_PAGE.read_text(encoding="utf-8")))


def test_without_a_command_the_help_is_an_error():
    done = lab.pathlab()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: pathlab COMMAND")


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["-h"], ["help", "help"], ["help", "--help"]])
def test_help_lists_every_command(arguments):
    done = lab.pathlab(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^  (\w+) +\S", done.stdout, re.M) == COMMANDS


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "help"])
def test_help_of_a_command(command):
    by_name = lab.pathlab("help", command)
    assert (by_name.returncode, by_name.stderr) == (0, "")
    assert by_name.stdout.startswith(f"usage: pathlab {command}")
    assert lab.pathlab(command, "--help").stdout == by_name.stdout
    assert lab.pathlab(command, "-h").stdout == by_name.stdout


def test_version():
    done = lab.pathlab("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"pathlab \d+\.\d+(\.\d+)?\S*\n", done.stdout)
    assert lab.pathlab("-V").stdout == done.stdout


@pytest.mark.parametrize("arguments", [["verdit"], ["help", "verdit"], ["Verdict"]])
def test_an_unknown_command_names_the_nearest(arguments):
    done = lab.pathlab(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'pathlab: no command "{arguments[-1]}"; did you mean "verdict"?\n'


@pytest.mark.parametrize("command", ["pathlab", "pathlab bugs", "pathlab kernel"])
def test_an_unknown_command_far_from_all_says_where_they_are(command):
    assert refuse(command[8:], "frobnicate") == f'{command}: no command "frobnicate"; `{command} --help` lists them\n'
    assert refuse(command[8:], "Lsit") == f'{command}: no command "Lsit"; did you mean "list"?\n'


# options: what each command's own help says of them

OPTION_COMMANDS = [name for name in COMMANDS if name != "help"]
OPTION_COMMANDS += [f"bugs {name}" for name in ("list", "show", "reproduce", "new", "report")]
OPTION_COMMANDS += [f"kernel {name}" for name in ("list", "build", "fetch", "doctor")]

WITH_WORDS_OF_OTHERS = ["exec", "bugs", "kernel"]


def options_of(command):
    """The options of a command, each with its letter or "", and what its value is called or ""."""
    text = lab.pathlab(*command.split(), "--help").stdout
    found = re.findall(r"^ +(?:-(\w), +)?--([a-z-]+)(?: ([^\s-]\S*?)(?=,? |$))?(?:, --([a-z-]+) (\S+))?", text, re.M)
    assert len(found) == len(re.findall(r"^ +(?:-\w, +)?--", text, re.M))
    return [(name, letter, value) for letter, name, value, *_ in found] + [(name, "", value) for *_, name, value in found if name]


def refuse(command, *arguments):
    """The sentence on standard error, which is all that comes of it."""
    done = lab.pathlab(*command.split(), *arguments)
    assert (done.returncode, done.stdout) == (2, ""), arguments
    return done.stderr


@pytest.mark.parametrize("command", OPTION_COMMANDS)
def test_help_of_each_command_goes_to_standard_output(command):
    done = lab.pathlab(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: pathlab {command}")
    for also in (["-h"], ["--hel"], ["word", "--help"]):
        if also[0] != "word" or command not in WITH_WORDS_OF_OTHERS:
            assert lab.pathlab(*command.split(), *also).stdout == done.stdout


@pytest.mark.parametrize("command", OPTION_COMMANDS)
def test_an_unknown_option_names_the_nearest(command):
    hint = f"See `pathlab {command} --help`.\n"
    assert refuse(command, "--frobnicate") == f'pathlab {command}: there is no option "--frobnicate"\n{hint}'
    assert refuse(command, "--frobnicate=1") == f'pathlab {command}: there is no option "--frobnicate"\n{hint}'
    assert refuse(command, "-Q") == f'pathlab {command}: there is no option "-Q"\n{hint}'
    for name, _, _ in options_of(command):
        wrong = name.upper()
        assert refuse(command, f"--{wrong}") == f'pathlab {command}: there is no option "--{wrong}"; did you mean "--{name}"?\n{hint}'


@pytest.mark.parametrize("command", OPTION_COMMANDS)
def test_an_option_without_its_value_or_with_one_too_many(command):
    hint = f"See `pathlab {command} --help`.\n"
    for name, letter, value in options_of(command):
        if value:
            assert refuse(command, f"--{name}") == f'pathlab {command}: option "--{name}" needs a value\n{hint}'
            if letter:
                assert refuse(command, f"-{letter}") == f'pathlab {command}: option "-{letter}" needs a value\n{hint}'
        else:
            assert refuse(command, f"--{name}=1") == f'pathlab {command}: option "--{name}" does not take a value\n{hint}'


@pytest.mark.parametrize("command", OPTION_COMMANDS)
def test_an_option_with_a_value_out_of_range(command):
    ends = {"seed": ("-1", str(2**64)), "jobs": ("0", "5000"), "timeout": ("0", "86401", "1s"), "format": ("xml", ""),
            "from": ("1", "soon"), "to": ("1",), "every": ("-1s",)}
    for name, letter, value in options_of(command):
        if (command, name) == ("kernel build", "jobs") or (name, value) == ("from", "DIR"):
            continue  # guest/build reads it: test_kernel_build.py; any folder
        for wrong in ends.get(name, ()):
            expected = "expected a whole number from " if name in ("seed", "jobs", "timeout") else "expected "
            assert refuse(command, f"--{name}={wrong}").startswith(f'pathlab {command}: --{name} is "{wrong}", {expected}')
            if letter:
                assert refuse(command, f"-{letter}", wrong).startswith(f'pathlab {command}: -{letter} is "{wrong}", {expected}')


def test_a_long_option_can_be_shortened_as_long_as_it_is_clear():
    assert refuse("run", "--s", "1") == 'pathlab run: option "--s" is ambiguous, expected --seed or --set\nSee `pathlab run --help`.\n'
    assert refuse("run", "--see", "x").startswith('pathlab run: --seed is "x", expected a whole number')


def test_only_the_first_mistake_of_a_command_line_is_told():
    assert refuse("run", "--seed", "x", "--frobnicate", "-Q").count("\n") == 1
    assert refuse("run", "--frobnicate", "-Q", "--seed", "x", "--help").count("\n") == 2


def test_an_unknown_option_cannot_move_the_cursor():
    assert refuse("run", "--\x1b[2J\n").startswith('pathlab run: there is no option "--\\x1b[2J\\n"\n')
    assert refuse("run", "-\xe9").startswith('pathlab run: there is no option "-\\xc3"\n')


def test_every_option_is_in_the_man_page():
    text = man_text()
    for command in COMMANDS:
        section = text[text.index(f"\n.SS {command}\n"):].split("\n.SS ")[1].split("\n.SH ")[0]
        usage = text[text.index(".SH SYNOPSIS"):text.index(".SH DESCRIPTION")]
        options = set(re.findall(r"(?<![\w-])--[a-z]+", lab.pathlab("help", command).stdout)) - {"--help"}
        if command == "verdict":
            section += text[text.index("\n.SS run\n"):text.index("\n.SS validate\n")]  # "those of run"
            options -= {"--keep"}  # its help speaks of run's
        for option in options:
            assert option in section or option in usage, (command, option)


def test_every_variable_is_in_the_man_page():
    names = set()
    for source in (lab.ROOT / "lab").rglob("*.c"):
        names |= set(re.findall(r'getenv\("([A-Z_]+)"\)', source.read_text(encoding="utf-8")))
    assert "PATHLAB_GUESTS" in names
    for name in names - {"PATH"}:
        assert f".B {name}\n" in man_text(), name


def test_the_man_page_is_clean():
    done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", MAN_PAGE], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "pathlab" in done.stdout


# verdict


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "pathlab verdict needs the folder of a kept run"),
        (["--format", "xml", "."], 'pathlab verdict: --format is "xml", expected human, json, tap or junit\n'),
        (["/nowhere"], "pathlab: /nowhere: No such file or directory"),
    ],
)
def test_verdict_needs_kept_runs(arguments, words):
    done = lab.pathlab("verdict", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_verdict_of_a_folder_without_runs(tmp_path):
    done = lab.pathlab("verdict", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path}: no kept run here; expected a folder with plan.json and events.jsonl" in done.stderr


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("plan.json", "{", "plan.json:1:1: "),
        ("plan.json", "[]", "plan.json: expected a JSON object"),
        ("plan.json", "{}", 'plan.json: no plan of version 1; expected "pathlab_plan": 1'),
        ("plan.json", '{"pathlab_plan": 2}', "no plan of version 1"),
        ("plan.json", "\x00\x01\x02", "plan.json:1:"),
        ("plan.json", "[" * 100_000, "plan.json:1:"),
        ("facts.json", "no", "facts.json:1:"),
        ("events.jsonl", None, "events.jsonl: No such file or directory"),
    ],
)
def test_a_kept_run_that_is_none(tmp_path, name, content, words):
    judged.write(tmp_path / "good", judged.plan(), judged.events())
    judged.write(tmp_path / "run", judged.plan(), judged.events())
    if content is None:
        (tmp_path / "run" / name).unlink()
    else:
        (tmp_path / "run" / name).write_text(content, encoding="utf-8")
    done = lab.pathlab("verdict", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")  # nothing half is reported
    assert words in done.stderr


def test_plans_of_any_form_do_not_crash_the_judge(tmp_path):
    """Each key of a good plan and its events in turn becomes two other kinds of value, all kinds in turn."""
    others = itertools.cycle((None, True, -1, 2**62, "x", [], {}, [[]], {"x": {}}, "setup.99999999999", -(2**63)))
    count = 0

    def mangle(value, place):
        nonlocal count
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            for _ in range(2):
                if place or key != "pathlab_plan":
                    value[key] = next(others)
                    judged.write(tmp_path / f"{count:05}", plan, events)
                    count += 1
            value[key] = item
            mangle(item, place + (key,))

    plan, events = judged.plan(), judged.events()
    mangle(plan, ())
    plan, events = judged.plan(), judged.events()
    mangle(events, ("events",))
    assert count > 1000
    folders = sorted(tmp_path.iterdir())
    for arguments in (["-vv"], ["-v"], *(["--format", form] for form in ("human", "json", "tap", "junit"))):
        # all of them are judged, and told at length
        done = lab.pathlab("verdict", *arguments, *(folders if arguments == ["-vv"] else folders[:: lab.SAMPLE]))
        assert (done.returncode, done.stderr) == (1, "")


# what a failed run shows


def test_a_failure_on_a_terminal_explains_itself(tmp_path):
    scenario = lab.write_scenario(tmp_path, """
summary: A failover that is expected too early.
topology: dual-path
endpoints:
  server: {node: server, bind: [server.a, server.b], port: 5000, listen: true}
  client: {node: client, bind: [client.a, client.b]}
timeline:
  - {at: 0s, client: connectx, to: [server.a, server.b]}
  - {at: 1s, fault: link-down, link: a, node: client}
  - {at: 2s, client: paths}
expect:
  - {primary: server.b, at: 2s, source: RFC 9260 section 6.4}
""")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen([lab.PATHLAB, "run", scenario], stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE,
                          env=lab.environment()) as process:
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 4096):
                text += chunk
        except OSError:
            pass  # the terminal's end is an error on Linux
        assert process.wait() == 1
        assert process.stderr.read() == b""
    os.close(master)
    lines = text.decode().replace("\r\n", "\n").splitlines()
    assert lines[0].split()[0] == "FAIL"
    assert lines[1:5] == [
        f"    {scenario}:12:5: {{primary: server.b, at: 2s}}",
        "      expected  the primary path at client to be server.b (198.51.100.2) at 2 s",
        "      observed  at 2.000 s: it was server.a (192.0.2.2)",
        "      source    RFC 9260 section 6.4",
    ]
    assert lines[5] == "      what led to it"
    assert "          1.000 s  fault    link-down on link a at client" in lines
    # the scenario's own question serves the expectation, too
    assert re.fullmatch(r" +2\.000 s  client   paths\(\) = 0, server\.a \w+ primary, server\.b \w+", lines[-3])
    assert lines[-2] == f"    replay with: pathlab run {scenario} --kernel uml-6.12 --seed 1"
    assert lines[-1].startswith("1 scenario: 0 ok, 1 failed; 2.")
    assert re.search(r" s of virtual time in .*, [\d,]+ virtual seconds per real second$", lines[-1])


def test_a_guest_that_says_nothing_unusual_shows_no_console(tmp_path):
    programs = lab.other_agent(tmp_path, "spins.c")
    done = lab.pathlab("run", "--timeout", "1", "connect/one-path", PATHLAB_PROGRAMS=programs)
    assert done.returncode == 1
    assert "the watchdog ended the guest" in done.stdout
    assert "console" not in done.stdout and "Core dump" not in done.stdout and "BogoMIPS" not in done.stdout


def test_an_agent_that_is_no_program_has_a_cure(tmp_path):
    for name in ("pathlab-preload.so", "guest"):
        (tmp_path / name).symlink_to(lab.BUILD / name)
    (tmp_path / "pathlab-agent").write_text("no program\n", encoding="utf-8")
    (tmp_path / "pathlab-agent").chmod(0o755)
    done = lab.pathlab("run", "connect/one-path", PATHLAB_PROGRAMS=str(tmp_path))
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["VOID", "connect/one-path"]
    assert "the agent could not be started; was it rebuilt meanwhile?" in done.stdout
    at = lines.index("    the guest's console")
    assert lines[at + 1].startswith("      Kernel panic - not syncing: Requested init")
    console = [line for line in lines[at + 1 :] if line.startswith("      ")]
    # without frame pointers no call of a trace is certain, and doubtful ones are all there is
    assert len(console) <= 12 and any("] ? " in line for line in console)


# doctor


def test_doctor_of_a_machine_that_has_all_that_is_required():
    done = lab.pathlab("doctor")
    assert done.returncode == 0, done.stdout
    assert "MISSING" not in done.stdout
    assert re.search(r"^ok +guest kernel uml-6\.12 +/", done.stdout, re.M)
    assert done.stdout.splitlines()[-1].startswith("Scenarios can run")


def test_doctor_says_what_is_missing_why_and_the_cure(tmp_path):
    done = lab.pathlab("doctor", PATHLAB_PROGRAMS=str(tmp_path), PATHLAB_GUESTS=str(tmp_path))
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    at = lines.index(f"MISSING   guest kernel uml-6.12  {tmp_path}/uml-6.12/linux: No such file or directory")
    assert re.fullmatch(r" +why +scenarios run on it unless --kernel says otherwise", lines[at + 1])
    assert re.fullmatch(r" +cure +make guest", lines[at + 2])
    for what in ("agent", "preload library", "LD_PRELOAD"):
        assert re.search(rf"^MISSING +{what} ", done.stdout, re.M), what
    assert lines[-1] == 'Scenarios cannot run: 4 missing. Run "make" for all that can be built.'
    for line in lines:
        if line.startswith(("MISSING", "absent")):
            after = lines[lines.index(line) + 1:lines.index(line) + 3]
            assert [row.split()[0] for row in after] == ["why", "cure"], line


def test_doctor_knows_a_static_guest(tmp_path):
    (tmp_path / "guest" / "uml-6.12").mkdir(parents=True)
    source = tmp_path / "guest.c"
    source.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    program = tmp_path / "guest" / "uml-6.12" / "linux"
    for flag, words in (("-static", "is linked statically"), ("-no-pie", "the guest is linked dynamically")):
        subprocess.run(["gcc", flag, "-o", program, source], check=True)
        done = lab.pathlab("doctor", PATHLAB_GUESTS=str(tmp_path / "guest"))
        assert words in done.stdout


def test_doctor_finds_other_guests_and_tshark(tmp_path):
    for name in ("uml-6.1", "uml-kasan"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "linux").touch(0o755)
    (tmp_path / "tshark").touch(0o755)
    done = lab.pathlab("doctor", PATHLAB_GUESTS=str(tmp_path), PATH=str(tmp_path))
    (line,) = re.findall(r"^ok +other guest kernels (.*)", done.stdout, re.M)
    assert sorted(line.strip().split(", ")) == ["uml-6.1", "uml-kasan"]
    assert re.search(rf"^ok +tshark +{tmp_path}/tshark$", done.stdout, re.M)


def test_many_guests_are_counted(tmp_path):
    for number in range(20):
        (tmp_path / f"uml-{number}").mkdir()
        (tmp_path / f"uml-{number}/linux").touch(0o755)
    done = lab.pathlab("doctor", PATHLAB_GUESTS=str(tmp_path))
    assert "and 14 more: pathlab kernel list" in done.stdout
    done = lab.pathlab("run", "--kernel", "uml-19x", "connect/one-path", PATHLAB_GUESTS=str(tmp_path))
    assert done.returncode == 2 and "and 16 more (`pathlab kernel list`); did you mean \"uml-19\"?" in done.stderr


def test_doctor_takes_nothing():
    done = lab.pathlab("doctor", "who")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'pathlab doctor takes no "who"' in done.stderr
