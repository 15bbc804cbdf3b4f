# SPDX-License-Identifier: GPL-2.0-only
"""pathlab sweep: a grid of values, its results, and that none is made twice or lost."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import time

import pytest
from sweeps import POINTS, SCENARIO, lines, rows, scenario, sweep, tables, undisturbed, whole

import lab


def test_every_point_has_its_measures(whole):
    points = rows(whole)
    assert len(points) == POINTS
    assert [(p["delay"], p["heal"], p["seed"]) for p in points] == [
        (delay, heal, str(seed)) for delay in ("10ms", "200ms") for heal in ("5s", "6s") for seed in (1, 2, 3)
    ]
    for point in points:
        assert point["verdict"] == "pass"
        assert point["loss"] == "0%"
        assert (point["sent"], point["delivered"], point["failed"], point["duplicates"]) == ("40", "40", "0", "0")
        delay = {"10ms": 10, "200ms": 200}[point["delay"]]
        assert delay * 10**6 <= int(point["latency_median_ns"]) < int(point["latency_max_ns"])
        # silent for so long, and then until T3-rtx, which expires one RTO and three after the start, and up to an eighth later;
        # an RTO is 1 s, or with a round trip of 400 ms and SACKs 200 ms late 1.24 s
        silence = (int(point["heal"][0]) - 4) * 10**9
        assert silence < int(point["outage_ns"]) < 4.2 * 10**9
        assert point["lost_ns"] == point["lost_errno"] == ""
    document = json.loads((whole / "results.json").read_text())
    assert document["scenario"] == "silence"
    assert document["kernel"] == "uml-6.12"
    for point, row in zip(document["points"], points, strict=True):
        assert point["parameters"] == {name: row[name] for name in ("delay", "loss", "heal")}
        assert str(point["outage_ns"]) == row["outage_ns"]


def test_outage_is_what_run_reports(whole, scenario):
    point = rows(whole)[4]
    _, report = lab.run_json(scenario, "--set", f"delay={point['delay']}", "--set", f"heal={point['heal']}", "--seed", point["seed"])
    seconds = re.search(r"longest gap ([0-9.]+) s", report["runs"][0]["outcome"]).group(1)
    assert abs(float(seconds) - int(point["outage_ns"]) / 1e9) <= 0.005
    assert str(report["runs"][0]["virtual_ns"]) == point["virtual_ns"]


def test_tuned_doubles_with_each_retransmission(tmp_path):
    sweep("failover/tuned", "--vary", "path-max-retrans=1,2,3", "--vary", "rto-min=1s", "--seeds", "1,2", "-o", tmp_path)
    for point in rows(tmp_path):
        expected = 2 ** int(point["path-max-retrans"]) * 10**9
        # a timer is an eighth late at most, and a message comes every 100 ms or 400 ms
        assert expected <= int(point["outage_ns"]) <= expected * 9 / 8 + 4 * 10**8, point


def test_same_bytes_whatever_ends_first(tmp_path, scenario, whole):
    sweep(scenario, "-o", tmp_path / "one", "-j1")
    sweep(scenario, "-o", tmp_path / "many", "-j8")
    assert tables(tmp_path / "one") == tables(tmp_path / "many") == tables(whole)


def test_command_line_replaces_values_name_by_name(tmp_path, scenario):
    sweep(scenario, "--vary", "heal=6500ms,5s", "--vary", "loss=0%", "--seeds", "7", "-o", tmp_path)
    found = [(p["delay"], p["heal"], p["seed"]) for p in rows(tmp_path)]
    assert found == [("10ms", "5s", "7"), ("10ms", "6500ms", "7"), ("200ms", "5s", "7"), ("200ms", "6500ms", "7")]


def test_a_list_is_one_value(tmp_path):
    text = SCENARIO.replace("heal: 5s}", "heal: 5s, to: server.a}").replace("to: server.a,", "to: $to,")
    path = lab.write_scenario(tmp_path, text)
    sweep(path, "--vary", "to=server.a,[server.a, 192.0.2.9]", "--vary", "delay=10ms", "--vary", "heal=5s", "--seeds", "1", "-o", tmp_path)
    assert [p["to"] for p in rows(tmp_path)] == ["[server.a, 192.0.2.9]", "server.a"]


def test_a_lost_association_is_measured(tmp_path):
    text = SCENARIO.replace("for: 2s", "for: 500s").replace("every: 50ms", "every: 5s")
    text = text.replace("delivered: all, in-order: true", "notification: SCTP_ASSOC_CHANGE, state: SCTP_COMM_LOST")
    path = lab.write_scenario(tmp_path, text)
    sweep(path, "--vary", "delay=10ms", "--vary", "heal=1h", "--seeds", "1", "-o", tmp_path)
    (point,) = rows(tmp_path)
    # six expiries of T3-rtx or HEARTBEATs from RTO.Min on, each twice as long as the one before
    assert 60 * 10**9 < int(point["path_lost_ns"]) <= int(point["lost_ns"]) < 400 * 10**9
    assert point["lost_errno"] in ("ETIMEDOUT", "EPIPE")
    assert int(point["failed"]) > 0


# ------------------------------------------------------------------------------- interrupted, resumed


def start(*arguments):
    return subprocess.Popen(
        [lab.PATHLAB, "sweep", *map(str, arguments)], cwd=lab.ROOT, env=lab.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def wait_for_lines(path, count, process):
    end = time.monotonic() + lab.PATIENCE_S
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.mark.parametrize("count", [1, 5, 10])
def test_a_killed_sweep_goes_on(tmp_path, scenario, whole, count):
    folder = tmp_path / "killed"
    file = folder / "results.jsonl"
    process = start(scenario, "-o", folder, "-j1")
    wait_for_lines(file, count, process)
    process.kill()
    process.communicate()
    there = file.read_bytes().count(b"\n")
    assert count <= there < POINTS
    assert not (folder / "results.csv").exists()
    done = sweep(scenario, "-o", folder)
    assert done.stdout.startswith(f"{there} of {POINTS} points were already there\n")
    ids = [line["point"] for line in lines(file)]
    assert len(ids) == len(set(ids)) == POINTS
    assert tables(folder) == tables(whole)


def test_a_torn_last_line_is_done_again(tmp_path, scenario, whole):
    folder = tmp_path / "torn"
    folder.mkdir()
    text = (whole / "results.jsonl").read_bytes().splitlines(keepends=True)
    for size in (1, 100, len(text[7]) - 1):
        (folder / "results.jsonl").write_bytes(b"".join(text[:7]) + text[7][:size])
        done = sweep(scenario, "-o", folder)
        assert done.stdout.startswith(f"7 of {POINTS} points were already there\n")
        assert len(lines(folder / "results.jsonl")) == POINTS
        assert tables(folder) == tables(whole)


def test_nothing_runs_again_when_all_is_there(scenario, whole):
    before = (whole / "results.jsonl").read_bytes(), tables(whole)
    done = sweep(scenario, "-o", whole)
    assert f"{POINTS} of {POINTS} points were already there\n" in done.stdout
    assert ((whole / "results.jsonl").read_bytes(), tables(whole)) == before


def test_more_values_keep_what_is_there(scenario, whole):
    done = sweep(scenario, "-o", whole, "--seeds", "2..4")
    assert done.stdout.startswith(f"8 of {POINTS} points were already there\n")
    assert {p["seed"] for p in rows(whole)} == {"2", "3", "4"}


def test_an_interrupted_sweep_says_how_to_go_on(tmp_path, scenario, whole):
    process = start(scenario, "-o", tmp_path / "stopped", "-j1")
    wait_for_lines(tmp_path / "stopped/results.jsonl", 2, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=lab.PATIENCE_S)
    assert process.returncode == 3
    assert re.search(r"interrupted; the same command does the \d+ points that are left", errors)
    sweep(scenario, "-o", tmp_path / "stopped")
    assert tables(tmp_path / "stopped") == tables(whole)


def test_a_changed_scenario_is_told(scenario, whole):
    scenario.write_text(SCENARIO.replace("size: 100B", "size: 101B"))
    before = tables(whole)
    done = sweep(scenario, "-o", whole, expected=2)
    assert "has results of another scenario, or of this one as it was before it changed; --fresh" in done.stderr
    assert tables(whole) == before
    done = sweep(scenario, "-o", whole, "--fresh")
    assert "already there" not in done.stdout
    assert tables(whole) != before


def test_a_comment_changes_nothing(scenario, whole):
    scenario.write_text("# A comment.\n\n" + SCENARIO)
    assert f"{POINTS} of {POINTS} points were already there" in sweep(scenario, "-o", whole).stdout


def test_a_changed_topology_is_told(tmp_path):
    (tmp_path / "one.yaml").write_text(
        "summary: x\nnodes: {client: {}, server: {}}\nlinks: {a: {between: [client, server], ipv4: 192.0.2.0/28, delay: 10ms}}\n"
    )
    text = re.sub(r"topology:\n.*\n.*\n", "topology: $network\n", SCENARIO)
    text = re.sub(r"parameters:.*\nsweep:.*\n", "parameters: {network: dual-path, heal: 5s}\nsweep: {network: [./one.yaml]}\n", text)
    path = lab.write_scenario(tmp_path, text)
    sweep(path, "-o", tmp_path / "out")
    (tmp_path / "one.yaml").write_text((tmp_path / "one.yaml").read_text().replace("10ms", "11ms"))
    done = sweep(path, "-o", tmp_path / "out", expected=2)
    assert "has results of another topology" in done.stderr


def test_another_kernel_is_told(tmp_path, scenario, whole):
    guest = lab.copy_guest(tmp_path / "guests")
    with open(guest / "linux", "ab") as file:
        file.write(b"\0")
    done = sweep(scenario, "-o", whole, expected=2, PATHLAB_GUESTS=str(guest.parent))
    assert "has results of another kernel; --fresh" in done.stderr


def test_one_sweep_a_folder(scenario, whole):
    with open(whole / "results.jsonl", "ab") as file:
        subprocess.run(["flock", "-n", str(file.fileno())], pass_fds=[file.fileno()], check=True)
        done = sweep(scenario, "-o", whole, expected=2)
    assert "another sweep is writing" in done.stderr


def test_a_line_that_is_no_result_is_told(scenario, whole):
    file = whole / "results.jsonl"
    text = file.read_text().splitlines(keepends=True)
    file.write_text("".join(text[:3]) + "{}\n" + "".join(text[3:]))
    done = sweep(scenario, "-o", whole, expected=2)
    assert "results.jsonl:4: this is no result of a sweep" in done.stderr


def test_a_void_run_is_not_done(tmp_path, scenario):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("pathlab-preload.so", "guest"):
        (programs / name).symlink_to(lab.BUILD / name)
    (programs / "pathlab-agent").write_text("no program\n")
    (programs / "pathlab-agent").chmod(0o755)
    done = sweep(scenario, "-o", tmp_path / "out", expected=3, PATHLAB_PROGRAMS=str(programs))
    assert "the same command does the 12 points that are left" in done.stderr
    assert (tmp_path / "out/results.jsonl").read_text() == ""
    assert not (tmp_path / "out/results.csv").exists()


# ------------------------------------------------------------------------------- failures


def test_a_failing_point_is_data_and_told(tmp_path):
    path = lab.write_scenario(tmp_path, SCENARIO + '  - {outage: "<= 1900ms"}\n')
    values = ("--vary", "heal=4500ms,6s", "--seeds", "1")
    done = sweep(path, "-o", tmp_path / "out", *values, expected=1)
    assert {(p["heal"], p["verdict"]) for p in rows(tmp_path / "out")} == {("4500ms", "pass"), ("6s", "fail")}
    assert "4 points: 2 ok, 2 failed;" in done.stdout
    commands = re.findall(r"^FAIL  pathlab (.*)$", done.stdout, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert lab.pathlab(*shlex.split(command)).returncode == 1
    # those that are there already fail as well
    assert "2 failed" in sweep(path, "-o", tmp_path / "out", *values, expected=1).stdout


# ------------------------------------------------------------------------------- many machines


def test_shards_merged_are_the_whole(tmp_path, scenario, whole):
    parts = [tmp_path / "here", tmp_path / "here", tmp_path / "there"]
    for number, folder in enumerate(parts, 1):
        sweep(scenario, "--shard", f"{number}/3", "-o", folder)
        assert len(lines(folder / f"results.{number}-of-3.jsonl")) == POINTS / 3
    done = sweep("--merge", tmp_path / "here", tmp_path / "there")
    assert "12 points of 3 files: 12 ok\n" in done.stdout
    assert tables(tmp_path / "here") == tables(whole)
    # what was merged is there for good, and may be merged again
    assert f"{POINTS} of {POINTS} points were already there" in sweep(scenario, "-o", tmp_path / "here").stdout
    sweep("--merge", tmp_path / "here", tmp_path / "there", whole)
    assert tables(tmp_path / "here") == tables(whole)


def test_missing_shards_are_told(tmp_path, scenario):
    for number in (1, 2):
        sweep(scenario, "--shard", f"{number}/5", "-o", tmp_path / "parts")
    done = sweep("--merge", tmp_path / "parts", "-o", tmp_path / "some")
    assert "6 points of 2 files: 6 ok; 6 of the 12 that their values span are missing\n" in done.stdout
    assert len(rows(tmp_path / "some")) == 6


def test_different_results_of_one_point_are_told(tmp_path, whole):
    (tmp_path / "other").mkdir()
    text = (whole / "results.jsonl").read_text()
    (tmp_path / "other/results.jsonl").write_text(re.sub(r'"outage_ns":\d+', '"outage_ns":5', text, count=1))
    before = tables(whole)
    done = sweep("--merge", whole, tmp_path / "other", expected=2)
    assert re.search(r"two different results of the point delay=\d+ms, loss=0%, heal=[56]s, seed \d$", done.stderr)
    assert tables(whole) == before


@pytest.mark.parametrize("key, what", [("scenario_id", "scenario"), ("kernel_id", "kernel")])
def test_results_of_other_things_do_not_merge(tmp_path, whole, key, what):
    (tmp_path / "other").mkdir()
    text = (whole / "results.jsonl").read_text()
    (tmp_path / "other/results.jsonl").write_text(re.sub(rf'"{key}":"[^"]*"', f'"{key}":"0000000000000000"', text))
    done = sweep("--merge", whole, tmp_path / "other", expected=2)
    assert f"these are results of more than one {what}" in done.stderr


@pytest.mark.parametrize("shards", [None, 5])
def test_parallel_runs_the_list(tmp_path, scenario, whole, shards):
    odd = scenario.rename(tmp_path / "it's $a; name.yaml")
    folder = tmp_path / "a folder"
    listed = sweep(odd, "--list", "-o", folder, *(["--shard", shards] if shards else []))
    assert len(listed.stdout.splitlines()) == (shards or POINTS)
    env = lab.environment()
    env["PATH"] = f"{lab.BUILD}:{env['PATH']}"
    subprocess.run(["parallel", "-j2"], input=listed.stdout, text=True, cwd=lab.ROOT, env=env, check=True, capture_output=True, timeout=lab.PATIENCE_S)
    sweep("--merge", folder)
    # the scenario's name is another one, and nothing else is
    found = [data.replace(json.dumps(odd.stem)[1:-1].encode(), b"silence") for data in tables(folder)]
    assert found == tables(whole)


def test_the_list_quotes_values(tmp_path):
    text = SCENARIO.replace("heal: 5s}", "heal: 5s, to: server.a}").replace("to: server.a,", "to: $to,")
    path = lab.write_scenario(tmp_path, text)
    values = ("--vary", "to=server.a,[server.a, 192.0.2.9]", "--vary", "delay=10ms", "--vary", "heal=5s", "--seeds", "1")
    env = lab.environment()
    env["PATH"] = f"{lab.BUILD}:{env['PATH']}"
    for name, more in (("points", []), ("shards", ["--shard", "1"])):
        listed = sweep(path, *values, "--list", "-o", tmp_path / name, *more).stdout
        subprocess.run(["sh", "-e"], input=listed, text=True, cwd=lab.ROOT, env=env, check=True, capture_output=True, timeout=lab.PATIENCE_S)
        sweep("--merge", tmp_path / name)
        assert [p["to"] for p in rows(tmp_path / name)] == ["[server.a, 192.0.2.9]", "server.a"]


# ------------------------------------------------------------------------------- progress, bad input


def test_progress_on_a_terminal(tmp_path, scenario):
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [lab.PATHLAB, "sweep", scenario, "-o", tmp_path / "out", "-j1"],
        cwd=lab.ROOT, env=lab.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave, text=True,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break  # nobody writes any more
        if not part:
            break
        shown += part
    output, _ = process.communicate(timeout=lab.PATIENCE_S)
    os.close(master)
    assert process.returncode == 0
    assert re.search(rb"\r\x1b\[K5 of 12 points done, about \d+ s left, 1 running", shown)
    assert shown.endswith(b"\r\x1b[K")
    assert re.search(r"^12 points: 12 ok; 3 min \d+ s of virtual time in ", output, re.MULTILINE)


BAD = {
    ("--vary", "dealy=1s"): 'silence.yaml: has no parameter "dealy"; did you mean "delay"?',
    ("--vary", "delay"): '--vary is "delay", expected NAME=V1,V2,...',
    ("--vary", "delay="): '--vary is "delay=", expected NAME=V1,V2,...',
    ("--vary", "delay=1s,1s"): '"delay" is given the value 1s twice',
    ("--vary", "delay=1s,,2s"): "--vary delay:1:5: not YAML",
    ("--vary", "delay=1s,{a: b}"): 'a value of "delay" is one word, or a list of words',
    ("--vary", "delay=10ms,10"): 'silence.yaml:4:69: "10" has no unit: write a delay such as 100ms (units: ns, us, ms, s, min, h); '
    "in the point delay=10, heal=5s",
    ("--vary", "delay=1s", "--vary", "delay=2s"): '--vary gives "delay" values for the second time',
    ("--seeds", "5..1"): "--seeds:1:2: a seed is a whole number from 0 to 18446744073709551615, or a range such as 1..10",
    ("--seeds", "1..3,2"): "the seed 2 is there twice",
    ("--seeds", "0..100000"): "more than 100000 seeds",
    ("--seeds", "18446744073709551616"): "a seed is a whole number",
    ("--shard", "4/3"): 'the number of parts of --shard is "3"',
    ("--shard", "0/3"): 'the part of --shard is "0"',
    ("--shard", "3"): "--shard is a part of a number of parts, such as 1/8",
    ("--plot", "x.gif"): '--plot is "x.gif", expected a name that ends in .svg or .png',
    ("--plot", "x.svg", "--y", "outages"): 'no measure is called "outages"; did you mean "outage"?',
    ("--plot", "x.svg", "--x", "dely"): '--x is "dely", which is no parameter of the scenario; did you mean "delay"?',
    ("--plot", "x.svg", "--x", "delay", "--series", "delay"): '--x and --series are both "delay"',
    ("--x", "dely"): '--x is "dely", which is no parameter of the scenario; did you mean "delay"?',
    ("--y", "outag"): 'no measure is called "outag"; did you mean "outage"?',
    ("--x", "delay", "--list"): "--x, --y and --series say what is shown of all points, and go with neither --list nor --shard",
    ("--y", "outage", "--shard", "1/2"): "go with neither --list nor --shard",
    ("-k", "uml-6.13"): 'no kernel is called "uml-6.13"',
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input_runs_nothing(tmp_path, scenario, arguments):
    done = sweep(scenario, "-o", tmp_path / "out", *arguments, expected=2)
    assert BAD[arguments] in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


BAD_KEYS = {
    "{dealy: [1s]}": '6:9: unknown parameter "dealy"; did you mean "delay"?',
    "{delay: []}": '6:16: "delay" needs a list of 1 to 1000 values, such as [1s, 2s, 3s]',
    "{delay: {a: b}}": '6:16: "delay" needs a list',
    "{}": "6:8: sweep is a mapping of parameters to lists of values",
    "[delay]": "6:8: sweep is a mapping of parameters to lists of values",
    "{seed: []}": '6:15: "seed" needs a list of 1 to 100000 values, such as [1, 2, 5] or 1..10',
    "{seed: [one]}": "6:16: a seed is a whole number",
    "{delay: [1s, 1s]}": '6:21: "delay" is given the value 1s twice',
}


@pytest.mark.parametrize("key", BAD_KEYS)
@pytest.mark.parametrize("command", ["sweep", "validate", "run"])
def test_bad_key_in_the_file(tmp_path, key, command):
    path = lab.write_scenario(tmp_path, re.sub("sweep:.*", f"sweep: {key}", SCENARIO))
    done = lab.pathlab(command, path)
    assert done.returncode == 2
    assert f"scenario.yaml:{BAD_KEYS[key]}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_only_one_scenario_and_no_condition():
    assert sweep(expected=2).stderr == "pathlab sweep: expected one scenario, found 0\n"
    assert "scenarios, expected one" in sweep("failover", expected=2).stderr
    assert "cannot be swept" in sweep("errno/refused", expected=2).stderr
    assert 'did you mean "failover/tuned"?' in sweep("failover/tunet", expected=2).stderr


def test_a_folder_without_results_does_not_merge(tmp_path):
    assert "holds no results" in sweep("--merge", tmp_path, expected=2).stderr
    assert "needs the folders" in sweep("--merge", expected=2).stderr
    (tmp_path / "results.jsonl").write_text("")
    assert "the files hold no result" in sweep("--merge", tmp_path, expected=2).stderr
