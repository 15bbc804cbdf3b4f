# SPDX-License-Identifier: GPL-2.0-only
"""list, and how files, folders and names become scenarios."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest
from front_tools import HEAD, PATHLAB, ROOT, STEP, pathlab

GOOD = HEAD + STEP


@pytest.fixture
def data(tmp_path):
    """A data folder with three scenarios and a topology."""
    for name in ["connect/one", "connect/two", "failover/one-more"]:
        path = tmp_path / "scenarios" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD.replace("A scenario for a test.", f"About {name}."))
    (tmp_path / "scenarios" / "README.md").write_text("no scenario\n")
    (tmp_path / "topologies").mkdir()
    for name in ["dual-path", "direct"]:
        text = (ROOT / "topologies" / f"{name}.yaml").read_text()
        (tmp_path / "topologies" / f"{name}.yaml").write_text(text)
    return tmp_path


def validate(data, *arguments, cwd="/"):
    result = pathlab("validate", *arguments, cwd=cwd, env={"PATHLAB_DATA": str(data)})
    return result.returncode, result.stdout.splitlines(), result.stderr.splitlines()


@pytest.mark.parametrize(
    "arguments, names",
    [
        ([], ["connect/one", "connect/two", "failover/one-more"]),
        (["connect/two"], ["connect/two"]),
        (["connect"], ["connect/one", "connect/two"]),
        (["one-more"], ["failover/one-more"]),
        (["failover", "connect/one"], ["failover/one-more", "connect/one"]),
        (["connect/one", "connect"], ["connect/one", "connect/two"]),
    ],
)
def test_names(data, arguments, names):
    assert validate(data, *arguments) == (0, [f"ok {name}" for name in names], [])


def test_files_and_folders(data):
    one = data / "scenarios" / "connect" / "one.yaml"
    assert validate(data, one) == (0, ["ok connect/one"], [])
    assert validate(data, one, one) == (0, ["ok connect/one"], [])
    assert validate(data, data / "scenarios")[1] == [
        "ok connect/one", "ok connect/two", "ok failover/one-more",
    ]
    (data / "mine.yaml").write_text(GOOD)
    assert validate(data, "mine.yaml", cwd=data) == (0, ["ok mine"], [])
    # the current folder comes first, and its scenarios are not there twice
    assert validate(data, cwd=data)[1] == ["ok connect/one", "ok connect/two", "ok failover/one-more"]


def test_same_name_in_the_current_folder_and_beyond(data, tmp_path_factory):
    here = tmp_path_factory.mktemp("here")
    (here / "scenarios").mkdir()
    (here / "scenarios" / "own.yaml").write_text(GOOD)
    assert validate(data, cwd=here)[1] == [
        "ok connect/one", "ok connect/two", "ok failover/one-more", "ok own",
    ]
    assert validate(data, "own", cwd=here)[1] == ["ok own"]


def test_links_to_folders_are_not_followed(data):
    (data / "scenarios" / "loop").symlink_to(data / "scenarios")
    assert len(validate(data)[1]) == 3


@pytest.mark.parametrize(
    "argument, sentence",
    [
        ("connect/tow", 'unknown scenario "connect/tow"; did you mean "connect/two"?'),
        (
            "nothing-like-it",
            'unknown scenario "nothing-like-it"; expected a file, a folder, or a name that "pathlab list" shows',
        ),
        (
            "./none.yaml",
            'unknown scenario "./none.yaml"; there is no such file or folder, and no scenario of that name',
        ),
        ("topologies", "topologies: is a folder without any *.yaml file"),
    ],
)
def test_unknown(data, argument, sentence):
    for file in (data / "topologies").iterdir():
        file.unlink()
    assert validate(data, argument, cwd=data) == (2, [], [sentence])


def test_a_topology_beside_scenarios(data):
    """Its own check tells of it; whoever runs the folder means the scenarios."""
    net = data / "scenarios" / "connect" / "net.yaml"
    net.write_text((ROOT / "topologies" / "direct.yaml").read_text())
    assert validate(data, data / "scenarios" / "connect") == (0, ["ok connect/net", "ok connect/one", "ok connect/two"], [])
    run = pathlab("run", data / "scenarios" / "connect", env={"PATHLAB_DATA": str(data), "PATHLAB_GUESTS": "/nowhere"})
    assert run.returncode == 3 and "/nowhere" in run.stderr, run.stderr
    net.write_text(net.read_text().replace("between:", "betwen:"))
    assert 'did you mean "between"?' in validate(data, net)[2][1]
    os.mkfifo(net.with_name("pipe.yaml"))
    run = pathlab("run", net.parent, env={"PATHLAB_DATA": str(data)})
    assert run.returncode == 2 and "pipe.yaml: is not a regular file" in run.stderr
    alone = pathlab("run", data / "topologies")
    assert (alone.returncode, alone.stderr) == (2, f"{data}/topologies: is a folder without any scenario, of topologies only\n")


def test_one_in_the_place_of_the_other(data):
    net, one = data / "topologies" / "direct.yaml", data / "scenarios" / "connect" / "one.yaml"
    run = pathlab("run", net)
    assert run.returncode == 2 and f"{net}:" in run.stderr and run.stderr.count("\n") == 1
    assert "this is a topology; expected a scenario" in run.stderr
    done = pathlab("exec", one, "client", "true", env={"PATHLAB_DATA": str(data)})
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert 'this is a scenario; expected a topology, such as "dual-path"' in done.stderr


def test_good_ones_are_told_beside_bad_ones(data):
    (data / "scenarios" / "connect" / "bad.yaml").write_text("summary: x\n")
    status, out, err = validate(data, "connect")
    assert (status, out) == (2, ["ok connect/one", "ok connect/two"])
    assert err == [
        f'{data}/scenarios/connect/bad.yaml:1:1: a scenario needs the keys "topology", "endpoints", "timeline"',
        "1 of 3 files have mistakes",
    ]


def test_quiet_and_help():
    assert pathlab("validate", "-q", ROOT / "scenarios/connect").stdout == ""
    for command in ["validate", "list", "graph"]:
        result = pathlab(command, "--help")
        assert result.returncode == 0 and result.stdout.startswith(f"usage: pathlab {command} ")
        result = pathlab(command, "--nonsense")
        assert result.returncode == 2 and result.stdout == ""
        assert f"See `pathlab {command} --help`." in result.stderr


def test_shipped_scenarios_are_good():
    result = pathlab("validate", ROOT / "scenarios")
    assert (result.returncode, result.stderr) == (0, "")


def test_list(data):
    result = pathlab("list", cwd="/", env={"PATHLAB_DATA": str(data)})
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "scenarios",
        "  connect/one        About connect/one.",
        "  connect/two        About connect/two.",
        "  failover/one-more  About failover/one-more.",
        "topologies",
        "  direct     One link between client and server, for what needs no second path.",
        "  dual-path  Two links between client and server, the smallest network with two paths.",
    ]


def test_list_json(data):
    result = pathlab("list", "--json", cwd="/", env={"PATHLAB_DATA": str(data)})
    listed = json.loads(result.stdout)
    assert [item["name"] for item in listed["topologies"]] == ["direct", "dual-path"]
    assert listed["scenarios"][0] == {
        "name": "connect/one", "file": f"{data}/scenarios/connect/one.yaml", "summary": "About connect/one.",
    }
    only = pathlab("list", "scenarios", "--json", cwd="/", env={"PATHLAB_DATA": str(data)})
    assert list(json.loads(only.stdout)) == ["scenarios"]


def test_list_tells_of_unreadable_files(data):
    (data / "scenarios" / "broken.yaml").write_text("summary: [\n")
    result = pathlab("list", "scenarios", cwd="/", env={"PATHLAB_DATA": str(data)})
    assert '  broken             (cannot be read: see "pathlab validate")' in result.stdout.splitlines()


def test_list_usage():
    result = pathlab("list", "scenario")
    assert result.returncode == 2
    assert result.stderr == (
        'pathlab list shows scenarios or topologies, not "scenario"; did you mean "scenarios"?\n'
    )


@pytest.mark.parametrize("columns", [100, 60, 30])
def test_list_fits_the_terminal(data, columns):
    long = "Very long words of many a summary, more than the lines of most terminals have room for, are cut. " * 3
    (data / "scenarios" / "long.yaml").write_text(f"summary: {long}\n")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = dict(os.environ, PATHLAB_DATA=str(data))
    environment.pop("COLUMNS", None)
    with subprocess.Popen(
        [str(PATHLAB), "list", "scenarios"], stdout=slave, cwd="/", env=environment
    ) as process:
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 4096):
                text += chunk
        except OSError:
            pass  # the terminal's end is an error on Linux
    os.close(master)
    lines = text.decode().replace("\r\n", "\n").splitlines()
    assert process.returncode == 0
    assert max(map(len, lines)) <= columns
    shown = lines[-1].strip().removeprefix("long ").strip()
    assert shown.endswith("...")
    # cut behind a word, and no word earlier than needed
    words = shown.removesuffix("...")
    rest = long.removeprefix(words).split()
    assert long.startswith(words) and long[len(words)] == " "
    assert len(lines[-1]) + 1 + len(rest[0]) > columns


def test_list_shows_the_first_sentence(data):
    text = "With RTO.Min of 1 s, e.g. by default, nothing is lost. More of it. And more."
    (data / "scenarios" / "long.yaml").write_text(f"summary: {text}\n")
    result = pathlab("list", "scenarios", cwd="/", env={"PATHLAB_DATA": str(data)})
    assert result.stdout.splitlines()[-1] == "  long               With RTO.Min of 1 s, e.g. by default, nothing is lost."
    listed = json.loads(pathlab("list", "--json", cwd="/", env={"PATHLAB_DATA": str(data)}).stdout)
    assert listed["scenarios"][-1]["summary"] == text
