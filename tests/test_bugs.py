# SPDX-License-Identifier: GPL-2.0-only
"""The gallery of bugs: its entries, and each on a kernel that has it and on one that has not."""

import json
import os
import re
import shutil
import subprocess

import pytest

import lab

BUGS = sorted(path.name for path in (lab.ROOT / "bugs").iterdir() if path.is_dir())
GUEST = (lab.BUILD / "guest/uml-6.12").resolve()

SCENARIO = """\
summary: For a test.
topology: direct
endpoints:
  server: {node: server, bind: server.a, port: 5000, listen: true}
  client: {node: client}
timeline:
  - {at: 0s, client: connect, to: server.a, expect: {result: RESULT}}
"""
PASSES, FAILS = SCENARIO.replace("RESULT", "ok"), SCENARIO.replace("RESULT", "ECONNREFUSED")
YAML = "summary: It fails.\nstatus: mended\ncommit: 'sctp: mend it'\n"


@pytest.fixture
def gallery(tmp_path):
    """Makes an entry, and runs pathlab beside it."""

    class Gallery:
        folder = tmp_path / "bugs"

        def add(self, name, yaml=YAML, scenario=PASSES, **files):
            entry = self.folder / name
            entry.mkdir(parents=True)
            texts = {"bug.yaml": yaml, "scenario.yaml": scenario, "README.md": f"# {name}\n"}
            texts.update({key.replace("_", "."): text for key, text in files.items()})
            for file, text in texts.items():
                (entry / file).write_text(text)

        def bugs(self, *arguments, **changes):
            return lab.pathlab("bugs", *arguments, cwd=tmp_path, **changes)

        def json(self, *arguments, **changes):
            done = self.bugs("reproduce", "--format", "json", *arguments, **changes)
            assert done.stdout, done.stderr
            return done.returncode, json.loads(done.stdout)["bugs"]

    return Gallery()


@pytest.fixture
def guests(tmp_path):
    """A folder of kernels: uml-6.12, and as uml-6.1 a program that panics at once."""
    folder = tmp_path / "guests"
    (folder / "uml-6.12").mkdir(parents=True)
    for file in ("linux", "info"):
        (folder / "uml-6.12" / file).symlink_to(GUEST / file)
    (folder / "uml-6.1").mkdir()
    (folder / "uml-6.1/info").write_text("name: uml-6.1\nversion: 6.1.100\n")
    program = folder / "uml-6.1/linux"
    program.write_text("#!/bin/sh\necho 'Kernel panic - not syncing: for a test'\n")
    program.chmod(0o755)
    return str(folder)


# ------------------------------------------------------------------------------ what is shipped


def test_all_entries_are_finished():
    done = lab.pathlab("bugs", "list", "--json")
    bugs = json.loads(done.stdout)["bugs"]
    assert [bug["name"] for bug in bugs] == BUGS
    assert not [bug for bug in bugs if bug["unfinished"]]


def test_the_page_names_every_entry():
    page = (lab.ROOT / "docs/bugs.md").read_text()
    for bug in json.loads(lab.pathlab("bugs", "list", "--json").stdout)["bugs"]:
        assert f"- {bug['summary']} [{bug['name']}](../bugs/{bug['name']}/README.md)" in page
        assert page.count(f"| [{bug['name']}](../bugs/") >= 1
    assert not set(re.findall(r"\.\./bugs/([^/]*)/", page)) - set(BUGS)
    assert "not as the entry says" not in page


# ------------------------------------------------------------------------------- bug.yaml


WRONG = {
    "unknown-key": (YAML + "vesions: []\n", '4:1: unknown key "vesions" in a bug; did you mean "versions"?'),
    "no-summary": ("status: open\n", '1:1: a bug needs the key "summary"'),
    "long-summary": (YAML.replace("It fails.", "x" * 121), "1:10: the summary has 121 bytes; expected at most 120"),
    "status": (YAML.replace("mended", "mendet"), '2:9: "mendet" is no value for status; did you mean "mended"?'),
    "no-commit": ("summary: x\nstatus: mended\n", 'a bug that is mended needs the key "commit"'),
    "commit-of-open": (YAML.replace("mended", "open"), "3:1: a bug that is open has no commit that mended it"),
    "range": (YAML + "versions: [{}]\n", "4:12: a range of versions has since, until or both; found neither"),
    "range-key": (YAML + "versions: [{from: 4.5}]\n", '4:13: unknown key "from" in a range of versions'),
    "version": (YAML + "versions: [{since: six}]\n", '4:20: "six" is no version of the kernel; expected one such as 6.12 or 6.12.101'),
    "backwards": (YAML + "versions: [{since: 6.12.9, until: 6.1}]\n", "4:35: no kernel is both since 6.12.9 and until 6.1"),
    "file": (YAML + "files: [net/sctp]\n", '4:9: "net/sctp" is no source file of the kernel; expected one such as net/sctp/socket.c'),
    "judge": (YAML + "judge: eye\n", '4:8: "eye" is no value for judge; known: expectation, watchdog, console'),
    "debug": (YAML + "debug: perhaps\n", "4:8: "),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_entries_are_told(gallery, name):
    text, sentence = WRONG[name]
    gallery.add("wrong", text)
    done = gallery.bugs("list")
    assert done.returncode == 2
    assert f"bugs/wrong/bug.yaml:{sentence}" in re.sub(r":\d+:\d+: (?=a bug that is mended)", ":", done.stderr)
    assert done.stderr.count("\n") == 1


def test_a_wrong_scenario_is_told_before_anything_runs(gallery):
    gallery.add("wrong", YAML + "versions: [{since: 6.12}]\n", PASSES.replace("topology", "toplogy"))
    done = gallery.bugs("reproduce", "wrong")
    assert done.returncode == 2 and not done.stdout
    assert "bugs/wrong/scenario.yaml:2:1: unknown key" in done.stderr


def test_an_unknown_name_is_told_with_the_nearest(gallery):
    gallery.add("init-one-address")
    for command in ("show", "reproduce"):
        done = gallery.bugs(command, "init-one-adress")
        assert done.returncode == 2
        assert 'no bug is called "init-one-adress"; did you mean "init-one-address"?' in done.stderr
    assert gallery.bugs("reproduce").returncode == 2
    done = gallery.bugs("reprodue", "all")
    assert done.returncode == 2 and 'did you mean "reproduce"?' in done.stderr


UNFINISHED = {
    "blank": (YAML.replace("It fails", "FILL IN what"), {}, "bug.yaml:1 says FILL IN"),
    "blank-page": (YAML, {"README_md": "# x\n\nFILL IN\n"}, "README.md:3 says FILL IN"),
    "no-patch": (YAML, {}, "it has neither break.cocci nor versions that have the bug"),
    "no-mend": ("summary: x\nstatus: open\n", {}, "it has no mend.cocci"),
    "no-files": (YAML, {"break_cocci": "@@ @@\n"}, "bug.yaml names no files for its patch"),
}


@pytest.mark.parametrize("name", sorted(UNFINISHED))
def test_an_entry_that_is_not_finished_says_why(gallery, name):
    yaml, files, why = UNFINISHED[name]
    gallery.add(name, yaml, **files)
    assert re.fullmatch(rf"{name} +unfinished: {re.escape(why)}\n", gallery.bugs("list").stdout)
    done = gallery.bugs("reproduce", name)
    assert done.returncode == 1
    assert done.stdout.startswith(f"unfinished  {name}: ")


def test_show_tells_facts_and_page(gallery):
    gallery.add("stalls", YAML + "versions: [{since: 3.14, until: 5.3}, {until: 2.6}, {since: 6.1.9, until: 6.1}, {since: 6.12.9}]\n", README_md="# stalls\n\nBecause.\n")
    done = gallery.bugs("show", "stalls")
    assert done.returncode == 0
    assert "stalls: It fails.\n" in done.stdout
    assert "mended by   sctp: mend it\n" in done.stdout
    assert "versions    3.14 to 5.3, up to 2.6, 6.1 from 6.1.9 on, 6.12.9 and later\n" in done.stdout
    assert done.stdout.endswith("\n# stalls\n\nBecause.\n")


# ------------------------------------------------------------------------------ reproduce


def test_a_suspicion_is_refuted_or_not(gallery):
    gallery.add("holds-not", "summary: Suspected.\nstatus: refuted\n")
    gallery.add("holds", "summary: Suspected.\nstatus: refuted\n", FAILS)
    status, bugs = gallery.json("holds-not")
    assert status == 0 and bugs[0]["result"] == "refuted"
    done = gallery.bugs("reproduce", "all")
    assert done.returncode == 1
    assert "not reproduced  holds: Suspected.\n  a kernel that should not have it failed\n" in done.stdout
    assert "\nrefuted  holds-not: Suspected.\n" in done.stdout
    assert "2 bugs: 1 refuted, 1 not reproduced; in " in done.stdout


# (versions, scenario, exit status, result); the kernel is 6.12.117
VERSIONS = {
    "has-it": ("{since: 6.12.101}", FAILS, 0, "reproduced"),
    "has-it-to-the-end": ("{until: 6.12}", FAILS, 0, "reproduced"),
    "mended-since": ("{until: 6.12.100}", PASSES, 0, "absent"),
    "not-yet": ("{since: 6.13}", PASSES, 0, "absent"),
    "should-have-it": ("{since: 6.12}", PASSES, 1, "not reproduced"),
    "should-not-have-it": ("{until: 6.11}", FAILS, 1, "not reproduced"),
}


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_versions_are_compared_with_the_kernel(gallery, guests, name):
    versions, scenario, status, result = VERSIONS[name]
    shutil.rmtree(f"{guests}/uml-6.1")
    gallery.add(name, f"{YAML}versions: [{versions}]\n", scenario)
    assert gallery.json(name, PATHLAB_GUESTS=guests)[0] == status
    bug = gallery.json(name, PATHLAB_GUESTS=guests)[1][0]
    assert bug["result"] == result
    assert len(bug["sides"]) == 1 and bug["sides"][0]["has_bug"] == (scenario == FAILS if status == 0 else name == "should-have-it")


def test_both_sides_and_where_they_part(gallery, guests):
    """Without a patch the kernel with the bug is another one that is there."""
    gallery.add("panics", YAML + "versions: [{until: 6.1}]\njudge: console\n")
    status, bugs = gallery.json("panics", PATHLAB_GUESTS=guests)
    assert status == 0 and bugs[0]["result"] == "reproduced"
    good, bad = bugs[0]["sides"]
    assert (good["kernel"], good["has_bug"], good["verdict"]) == ("uml-6.12", False, "pass")
    assert (bad["kernel"], bad["has_bug"], bad["verdict"]) == ("uml-6.1", True, "fail")
    assert bad["console"] == "Kernel panic - not syncing: for a test"
    assert bugs[0]["parting"]["common"] == 0 and "run begins" in bugs[0]["parting"]["lines"][0]
    assert bugs[0]["parting"]["lines"][1] is None
    done = gallery.bugs("reproduce", "panics", PATHLAB_GUESTS=guests)
    assert re.search(r"^  uml-6.12  ok    connected at once", done.stdout, re.M)
    assert re.search(r"^  uml-6.1   FAIL  ", done.stdout, re.M)
    assert re.search(r"^  uml-6.12 +\| uml-6.1$", done.stdout, re.M)


def test_what_only_a_debug_kernel_notices_is_skipped_without_one(gallery, guests):
    gallery.add("one", YAML + "debug: true\nversions: [{until: 6.12}]\n")
    status, bugs = gallery.json("one", PATHLAB_GUESTS=guests)
    assert status == 0 and bugs[0]["result"] == "skipped" and not bugs[0]["sides"]
    assert bugs[0]["why"].endswith("there is no uml-6.12-debug: make it with `pathlab kernel build uml-6.12-debug`")


def test_a_bug_must_show_in_the_way_that_is_said(gallery, guests):
    gallery.add("panics", YAML + "versions: [{until: 6.1}]\n")
    status, bugs = gallery.json("panics", PATHLAB_GUESTS=guests)
    assert status == 1 and bugs[0]["result"] == "not reproduced"
    assert bugs[0]["why"] == "the kernel that should have it failed in another way"


def test_missing_spatch_is_told(gallery, tmp_path):
    gallery.add("one", YAML + "files: [net/sctp/socket.c]\n", break_cocci="@@ @@\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "env", "dirname", "basename", "nproc", "readlink", "b2sum", "cut", "cat", "mkdir", "flock"):
        (tools / tool).symlink_to(shutil.which(tool))
    # another cache: nothing was made before
    done = gallery.bugs("reproduce", "one", PATH=str(tools), PATHLAB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 3
    assert "guest/break: missing: spatch, which applies semantic patches; install it with: setup/install bugs\n" in done.stderr
    assert "not run  one: It fails.\n  its kernel could not be made\n" in done.stdout


# ------------------------------------------------------------------------------------- new


def test_new_begins_an_entry_with_a_kept_run(gallery, tmp_path):
    (tmp_path / "mine.yaml").write_text(PASSES)
    assert lab.pathlab("run", "mine.yaml", "--keep", "kept", cwd=tmp_path).returncode == 0
    done = gallery.bugs("new", "stalls", "--from", "kept/mine")
    assert done.returncode == 0 and "bugs/stalls is begun" in done.stdout
    entry = gallery.folder / "stalls"
    assert (entry / "scenario.yaml").read_text() == PASSES
    assert "pathlab run mine.yaml --kernel uml-6.12 --seed 1" in (entry / "README.md").read_text()
    assert re.fullmatch(r"stalls +unfinished: bug.yaml:1 says FILL IN\n", gallery.bugs("list").stdout)
    done = gallery.bugs("new", "stalls", "--from", "kept/mine")
    assert done.returncode == 3 and "cannot make the folder bugs/stalls" in done.stderr
    done = gallery.bugs("new", "Stalls", "--from", "kept/mine")
    assert done.returncode == 2 and '"Stalls" is no name for an entry' in done.stderr
    done = gallery.bugs("new", "other", "--from", "kept")
    assert done.returncode == 2 and "kept/plan.json is no plan" in done.stderr


# ------------------------------------------------------------------- kernels that are made


def make(patch, *files, **changes):
    return subprocess.run([lab.ROOT / "guest/break", "uml-6.12", patch, *files], env=lab.environment(**changes),
                          capture_output=True, text=True, timeout=900)


@pytest.mark.parametrize(("words", "sentence"), [
    (("uml-6.12", "x.cocci"), "expected a kernel, a semantic patch, and the files that it is for"),
    (("uml-6.12", "nowhere.cocci", "net/sctp/socket.c"), "the semantic patch 'nowhere.cocci' cannot be read"),
    (("vm-6.12", "x.cocci", "net/sctp/socket.c"), "'vm-6.12' is no guest kernel that is built from source"),
    (("uml-6.12", "x.cocci", "/etc/passwd"), "'/etc/passwd' is no source file of a kernel"),
    (("uml-6.12", "x.cocci", "../a.c"), "'../a.c' is no source file of a kernel"),
])
def test_break_says_what_it_expects(tmp_path, words, sentence):
    (tmp_path / "x.cocci").write_text("@@ @@\n")
    done = subprocess.run([lab.ROOT / "guest/break", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert sentence in done.stderr


@pytest.mark.long
def test_the_order_of_patches_does_not_matter(tmp_path):
    patches = {"no-heartbeat-ack": "sm_statefuns.c", "no-alternate": "outqueue.c"}
    made = {}
    for order in (sorted(patches), sorted(patches, reverse=True)):
        for name in order:
            patch = lab.ROOT / f"tests/kernels/{name}.cocci"
            file = f"net/sctp/{patches[name]}"
            folder = make(patch, "--print-path", file).stdout.strip()
            shutil.rmtree(folder, ignore_errors=True)
            done = make(patch, file)
            assert done.returncode == 0, done.stderr
            program = open(f"{folder}/linux", "rb").read()
            assert made.setdefault(name, program) == program
    assert len(set(made.values()) | {(GUEST / "linux").read_bytes()}) == 3
    for name in patches:
        os.unlink(lab.ROOT / f"build/guest/uml-6.12.{name}")


@pytest.mark.long
@pytest.mark.parametrize(("text", "file", "sentence"), [
    ("@@ @@\n- nothing_like_this();\n", "net/sctp/socket.c", "changes nothing in net/sctp/socket.c of uml-6.12"),
    ("@@ expression e; @@\n- sctp_assoc_free(e);\n", "net/sctp/nowhere.c", "no file 'net/sctp/nowhere.c' went into the kernel uml-6.12"),
    ("this is no patch", "net/sctp/socket.c", "spatch cannot apply"),
    ("@@ identifier a; @@\n sctp_get_port(...)\n{\n+ undeclared = 1;\n ...\n}\n", "net/sctp/socket.c", "socket.c does not compile:"),
])
def test_what_a_patch_does_wrong_is_told(tmp_path, text, file, sentence):
    patch = tmp_path / "x.cocci"
    patch.write_text(text)
    done = make(patch, file, "--name", "uml-6.12.wrong")
    assert done.returncode in (1, 2), done.stderr
    assert sentence in done.stderr
    assert not (lab.ROOT / "build/guest/uml-6.12.wrong").exists()


@pytest.mark.long
def test_every_bug_shows_on_both_sides():
    done = lab.pathlab("bugs", "reproduce", "all", "--format", "json", patience_s=1800)
    bugs = json.loads(done.stdout)["bugs"]
    assert done.returncode == 0, [(bug["name"], bug["result"], bug["why"]) for bug in bugs]
    assert {bug["name"] for bug in bugs} == set(BUGS)
    for bug in bugs:
        if bug["result"] == "skipped":
            assert "pathlab kernel build uml-6.12-debug" in bug["why"] and not (lab.BUILD / "guest/uml-6.12-debug").exists()
            continue
        assert bug["result"] == {"mended": "reproduced", "open": "open", "refuted": "refuted"}[bug["status"]], bug
        # what no event shows, the kernel itself says
        assert bug["status"] == "refuted" or bug["parting"] or any(side["console"] for side in bug["sides"]), bug


@pytest.mark.long
def test_the_page_is_what_is_measured():
    """The page's own command, with the kernels that it names."""
    page = (lab.ROOT / "docs/bugs.md").read_text()
    command = re.search(r"Made by `pathlab (bugs report[^`]*)`", page)[1]
    done = lab.pathlab(*command.split(), patience_s=3600)
    assert done.returncode == 0, done.stderr
    assert done.stdout == page
