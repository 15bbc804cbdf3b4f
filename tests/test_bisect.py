# SPDX-License-Identifier: GPL-2.0-only
"""pathlab bisect: histories of a tree whose kernel starts the real guest, unless a commit says otherwise."""

import fcntl
import os
import signal
import subprocess
import time

import pytest

import lab
from lab import BUILD, PATHLAB, pathlab

SCENARIO = "connect/one-path"
REAL = (BUILD / "guest/uml-6.12/linux").resolve()
MAKEFILE = """\
kernelversion: ; @echo 6.12.1
mrproper: ; @rm -f .config linux
allnoconfig: ; @grep -q 'default 1000' arch/um/Kconfig && { cat $(KCONFIG_ALLCONFIG); echo CONFIG_HZ=1000; } >.config
linux: start
\t@echo '  LINK    linux'
\t@sh -n start 2>/dev/null || { echo 'start:1: error: no such statement' >&2; exit 1; }
\t@install -m 755 start $@
"""
KCONFIG = "config HZ\n\tint\n\tdefault 100\n"
WHOLE = f'#!/bin/sh\nexec {REAL} "$@"\n'
BROKEN = "#!/bin/sh\necho 'Kernel panic - not syncing: for a test'\n"
UNBUILDABLE = "#!/bin/sh\nif\n"
NOT_STARTING = "#!/bin/sh\nexit 1\n"


class Repository:
    """A git repository with a tree that builds like a kernel's, a cache and a folder with guests."""

    def __init__(self, folder):
        self.folder = folder
        self.tree, self.cache, self.guests = folder / "linux", folder / "cache", folder / "guests"
        (self.tree / "arch/um").mkdir(parents=True)
        (self.tree / "arch/um/Kconfig").write_text(KCONFIG)
        (self.tree / "Makefile").write_text(MAKEFILE)
        self.git("init", "-q", "-b", "main")
        self.commit("begin", WHOLE)
        self.git("tag", "begun")

    def git(self, *words):
        env = {**lab.environment(), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        for who in ("AUTHOR", "COMMITTER"):
            env.update({f"GIT_{who}_NAME": "A U Thor", f"GIT_{who}_EMAIL": "a@example.org", f"GIT_{who}_DATE": "2024-02-29T12:00:00Z"})
        return subprocess.run(["git", "-C", self.tree, *words], check=True, capture_output=True, text=True, env=env).stdout.strip()

    def commit(self, title, start=None):
        """A commit with that title; without a new `start`, one that changes nothing of the kernel. Its id."""
        (self.tree / "title").write_text(title)
        if start:
            (self.tree / "start").write_text(start)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", title)
        return self.git("rev-parse", "HEAD")

    def state(self):
        """All that is in the repository's own folder, and in the tree."""
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self.tree.rglob("*") if path.is_file()}

    def settings(self):
        return {"PATHLAB_CACHE": str(self.cache), "PATHLAB_GUESTS": str(self.guests)}

    def bisect(self, *words, **changes):
        return pathlab("bisect", "--source", self.tree, *words, **{**self.settings(), **changes})

    def step(self, *words):
        return pathlab("bisect", "--step", *words, cwd=self.tree, **self.settings())


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def rows_of(done):
    """(mark, title) of each commit that was tested."""
    rows = (line.split(None, 2) for line in done.stdout.splitlines())
    return [(row[0], row[2]) for row in rows if row and row[0] in ("good", "bad", "skip")]


def first_bad(done):
    return [line.split()[0] for line in done.stdout.splitlines() if " is the first bad commit" in line]


def test_the_first_bad_commit_is_found_and_the_repository_only_read(repository):
    for n in range(1, 4):
        repository.commit(f"harmless {n}")
    bad = repository.commit("break it", BROKEN)
    for n in range(4, 8):
        repository.commit(f"harmless {n}")
    (repository.tree / "start").write_text(UNBUILDABLE)  # what is checked out is of no account
    before = repository.state()
    done = repository.bisect("--good", "begun", "--bad", "main", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    assert first_bad(done) == [bad]
    rows = rows_of(done)
    assert rows[:2] == [("good", "begin"), ("bad", "harmless 7")] and len(rows) == 5
    assert [mark for mark, title in rows if title == "break it"] == ["bad"]
    lines = done.stdout.splitlines()
    assert lines[0] == f"connect/one-path: 8 commits from {repository.git('rev-parse', 'begun')[:12]} " \
                       f"to {repository.git('rev-parse', 'main')[:12]}, about 5 builds"
    assert [line for line in lines if "left" in line] == [
        "8 suspects left, about 3 builds", "4 suspects left, about 2 builds", "2 suspects left, about 1 build"]
    assert f"    {bad[:12]}  break it" in lines and "    A U Thor, 2024-02-29" in lines
    assert any("Kernel panic - not syncing: for a test" in line for line in lines)
    assert repository.state() == before


def test_the_kernel_that_stays_is_that_of_the_commit_found(repository):
    repository.commit("break it", BROKEN)
    repository.commit("more", BROKEN + "# more\n")
    done = repository.bisect("--good", "begun", "--name", "found", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (repository.guests / "found/linux").read_text() == BROKEN
    (replay,) = [line.split("pathlab ", 1)[1] for line in done.stdout.splitlines() if "pathlab run" in line]
    again = pathlab(*replay.split(), **repository.settings())
    assert again.returncode == 1 and "Kernel panic - not syncing: for a test" in again.stdout


def test_what_cannot_be_tested_is_skipped(repository):
    repository.commit("harmless")
    repository.commit("half done", UNBUILDABLE)
    repository.commit("boots nowhere", NOT_STARTING)
    repository.commit("whole again", WHOLE)
    bad = repository.commit("break it", BROKEN)
    repository.commit("last")
    done = repository.bisect("--good", "begun", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    assert first_bad(done) == [bad]
    assert ("skip", "half done") in rows_of(done) or ("skip", "boots nowhere") in rows_of(done)


def test_only_commits_that_cannot_be_tested_are_left(repository):
    half = repository.commit("half done", UNBUILDABLE)
    nowhere = repository.commit("boots nowhere", NOT_STARTING)
    bad = repository.commit("break it", BROKEN)
    done = repository.bisect("--good", "begun", SCENARIO)
    assert done.returncode == 1, done.stdout + done.stderr
    assert sorted(rows_of(done)) == [("bad", "break it"), ("good", "begin"), ("skip", "boots nowhere"), ("skip", "half done")]
    assert "guest/build: it does not compile: start:1: error: no such statement" in done.stderr
    lines = done.stdout.splitlines()
    at = lines.index("The first bad commit is one of these 3; all but the last cannot be tested")
    assert sorted(lines[at + 1:at + 3]) == sorted([f"    {half[:12]}  half done", f"    {nowhere[:12]}  boots nowhere"])
    assert lines[at + 3:] == [f"    {bad[:12]}  break it"]


def test_a_commit_of_a_merged_branch_is_found(repository):
    repository.commit("on main")
    repository.git("checkout", "-q", "-b", "side", "begun")
    repository.commit("on the side")
    bad = repository.commit("break it", BROKEN)
    repository.commit("further on the side")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-commit", "-X", "theirs", "side")
    repository.commit("merge side")
    repository.commit("after the merge")
    done = repository.bisect("--good", "begun", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    assert first_bad(done) == [bad]


@pytest.mark.parametrize(
    "good, bad, rows, sentence",
    [
        (BROKEN, BROKEN, ["bad"], "The good revision fails, so it was broken before"),
        (WHOLE, WHOLE, ["good", "good"], "The bad revision does not fail"),
        (UNBUILDABLE, BROKEN, ["skip"], "The good revision cannot be tested; name another one with --good"),
        (WHOLE, UNBUILDABLE, ["good", "skip"], "The bad revision cannot be tested; name another one with --bad"),
    ],
)
def test_ends_that_are_not_what_they_are_called_end_it_at_once(repository, good, bad, rows, sentence):
    first = repository.commit("first", good + "# first\n")
    for n in range(5):
        repository.commit(f"{n}")
    repository.commit("last", bad + "# last\n")
    done = repository.bisect("--good", first, SCENARIO)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [mark for mark, _ in rows_of(done)] == rows
    assert sentence in done.stdout and not first_bad(done)


def test_several_seeds_find_what_fails_with_one_alone(repository):
    repository.commit("harmless")
    bad = repository.commit("now and then", WHOLE.replace("exec", '[ "$PATHLAB_SEED" != 13 ] || { echo "Kernel panic - now"; exit 1; }\nexec'))
    repository.commit("last")
    done = repository.bisect("--good", "begun", "--seed", "3", SCENARIO)
    assert done.returncode == 1 and "The bad revision does not fail" in done.stdout
    done = repository.bisect("--good", "begun", "--seeds", "11..14,20", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    assert first_bad(done) == [bad]
    assert "      1 of 5 seeds, 13 the first: " in done.stdout and "--seed 13" in done.stdout


def test_only_what_differs_is_compiled(repository):
    repository.commit("harmless")
    repository.commit("break it", BROKEN)
    done = repository.bisect("--good", "HEAD^", SCENARIO)
    assert done.returncode == 0, done.stdout + done.stderr
    log = (repository.cache / "kernels/.tree-bisect/log").read_text().splitlines()
    assert [line for line in log if line.startswith("changed:")] == ["changed: start", "changed: title"]


# git bisect run


def test_the_steps_of_git_bisect_run(repository):
    for start, status, word in ((WHOLE, 0, "good: "), (BROKEN, 1, "bad: "), (UNBUILDABLE, 125, "skip: "), (NOT_STARTING, 125, "skip: ")):
        (repository.tree / "start").write_text(start)
        done = repository.step(SCENARIO)
        assert done.returncode == status, done.stdout + done.stderr
        assert done.stdout.startswith(word)


def test_git_bisect_run_finds_it(repository):
    repository.commit("harmless")
    repository.commit("half done", UNBUILDABLE)
    repository.commit("whole again", WHOLE)
    bad = repository.commit("break it", BROKEN)
    for n in range(3):
        repository.commit(f"later {n}")
    repository.git("bisect", "start", "main", "begun")
    done = subprocess.run(
        ["git", "-C", repository.tree, "bisect", "run", PATHLAB, "bisect", "--step", SCENARIO],
        env=lab.environment(**repository.settings()), capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{bad} is the first bad commit" in done.stdout


@pytest.mark.parametrize(
    "words, sentence",
    [
        ([], "expected one scenario, found 0"),
        (["connect/two-path"], 'did you mean "connect/two-paths"?'),
        (["--sed", "1", SCENARIO], "--sed"),
        (["--good", "begun", SCENARIO], "--step tests the tree as it is"),
        (["--source", "/no/such", SCENARIO], "no kernel source at '/no/such'"),
    ],
)
def test_mistakes_end_git_bisect_run(repository, words, sentence):
    done = repository.step(*words)
    assert (done.returncode, done.stdout) == (128, "")
    assert sentence in done.stderr


# what is wrong is said


@pytest.mark.parametrize(
    "words, sentence",
    [
        ([SCENARIO], "--good is missing, a revision on which the scenario is ok"),
        (["--good", "begun"], "expected one scenario, found 0"),
        (["--good", "begun", "connect"], '"connect" means '),
        (["--good", "begun", "connect/one-pat"], 'did you mean "connect/one-path"?'),
        (["--good", "began", SCENARIO], '"began" is no revision of {tree}; did you mean "begun"?'),
        (["--good", "begun", "--bad", "main~9", SCENARIO], '"main~9" is no revision of {tree}'),
        (["--good", "main", "--bad", "begun", SCENARIO], "the bad revision is older than the good one"),
        (["--good", "main", "--bad", "main", SCENARIO], "the good and the bad revision are the same"),
        (["--good", "side", SCENARIO], "the good revision is no ancestor of the bad one; the last that both come from is {begun}"),
        (["--good", "alone", SCENARIO], "they have no history in common"),
        (["--source", "/", "--good", "begun", SCENARIO], '--source is "/", expected the folder of a git repository; git says: fatal: '),
        (["--good", "begun", "--seed", "x", SCENARIO], '--seed is "x", expected a whole number'),
        (["--good", "begun", "--seeds", "3..1", SCENARIO], "a seed is a whole number"),
        (["--good", "begun", "--seed", "1", "--seeds", "2", SCENARIO], "expected one of --seed and --seeds"),
        (["--good", "begun", "--set", "x=1", SCENARIO], "has no parameter"),
        (["--good", "begun", "--name", "uml-6.12", SCENARIO], "which is the distribution's kernel"),
        (["--good", "begun", "--name", "vm-mine", SCENARIO], "'vm-mine' is no name for a guest kernel"),
        (["--good", "begun", "--frist", SCENARIO], 'pathlab bisect: there is no option "--frist"'),
    ],
)
def test_mistakes_are_said_before_anything_is_built(repository, words, sentence):
    repository.git("checkout", "-q", "-b", "side", "begun")
    repository.commit("on the side")
    repository.git("checkout", "-q", "--orphan", "alone")
    repository.commit("alone")
    repository.git("checkout", "-q", "main")
    repository.commit("on main")
    done = repository.bisect(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    names = {"tree": repository.tree, "begun": repository.git("rev-parse", "begun")}
    assert sentence.format(**names) in done.stderr
    assert not repository.guests.exists() and not rows_of(done)


def test_a_revision_that_is_no_kernel(repository):
    repository.git("rm", "-q", "-r", "arch")
    repository.commit("no kernel any more")
    repository.commit("nor now")
    done = repository.bisect("--good", "HEAD^", SCENARIO)
    assert done.returncode == 2 and "is not a kernel source tree: it has no arch/um/Kconfig" in done.stderr


def test_git_is_missing(repository, tmp_path):
    done = repository.bisect("--good", "begun", SCENARIO, PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "pathlab bisect: git is missing; install it with: setup/install bisect\n"


def test_two_bisections_do_not_share_a_kernel(repository):
    repository.commit("break it", BROKEN)
    (repository.cache / "kernels").mkdir(parents=True)
    with open(repository.cache / "kernels/.bisect-bisect.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = repository.bisect("--good", "begun", SCENARIO)
        assert (done.returncode, done.stdout) == (3, "")
        assert 'another bisection builds the kernel "bisect"; give this one another name with --name' in done.stderr
        assert repository.bisect("--good", "begun", "--name", "other", SCENARIO).returncode == 0
    assert repository.bisect("--good", "begun", SCENARIO).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_ends_the_build_and_leaves_the_repository_alone(repository, number, tmp_path):
    started = tmp_path / "started"
    makefile = MAKEFILE + f"linux: wait\nwait: ; @echo $$$$ >{started}.new; mv {started}.new {started}; exec sleep 1000\n"
    (repository.tree / "Makefile").write_text(makefile)
    repository.commit("takes its time")  # the second build, after runs that take signals in another way
    before = repository.state()
    running = subprocess.Popen(
        # whoever runs the tests in the background may have them ignore ctrl-C
        ["env", "--default-signal=INT", PATHLAB, "bisect", "--source", repository.tree, "--good", "begun", SCENARIO],
        env=lab.environment(**repository.settings()), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )
    end = time.monotonic() + 30
    while not started.exists():
        assert time.monotonic() < end and running.poll() is None
        time.sleep(0.02)
    builder = int(started.read_text())
    # ctrl-C is for all of the terminal's foreground, other signals are for one process
    (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)
    said = running.communicate(timeout=30)[0]
    assert running.returncode == (3 if number == signal.SIGINT else -number)
    assert number != signal.SIGINT or said.endswith(b"\npathlab bisect: interrupted\n")
    while os.path.exists(f"/proc/{builder}"):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert repository.state() == before
    assert repository.git("worktree", "list").count("\n") == 0
