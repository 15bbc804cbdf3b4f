# SPDX-License-Identifier: GPL-2.0-only
"""pathlab bisect on a history of the kernel itself: eight changes of net/sctp, two of which break something."""

import re
import shutil
import subprocess

import pytest

import lab

pytestmark = pytest.mark.long

SOURCE = "/usr/src/linux-source-6.12.tar.xz"
# What no guest reads: left out to have a history in seconds.
UNREAD = ["*/Documentation/*.*", "*/arch/[!ux]*/*.*", "*/drivers/[!bcntv]*/*.[chS]", "*/drivers/[cn][!eh]*/*.[chS]",
          "*/drivers/net/[a-z]*/*.[ch]", "*/sound/*.[ch]", "*/tools/testing/*", "*/tools/perf/*"]


class History:
    def __init__(self, folder):
        self.tree, self.cache, self.guests = folder / "linux", folder / "cache", folder / "guests"
        self.commits = {}
        self.tree.mkdir()
        subprocess.run(["tar", "-C", self.tree, "--strip-components=1", *(f"--exclude={name}" for name in UNREAD), "-xf", SOURCE],
                       check=True, timeout=600)
        self.git("init", "-q")
        for setting in (("user.name", "A U Thor"), ("user.email", "a@example.org"), ("core.fsync", "none"), ("core.compression", "1")):
            self.git("config", *setting)
        self.git("add", "-f", ".")
        self.commit("base")
        self.comment("debug.c")
        self.patch("no-alternate", "outqueue.c")
        self.comment("bind_addr.c")
        primitive = self.tree / "net/sctp/primitive.c"
        whole = primitive.read_text()
        primitive.write_text(whole + "int sctp_half_done(void) { return }\n")
        self.commit("half done")
        primitive.write_text(whole + "int sctp_half_done(void);\n")
        self.commit("half done, the other half")
        self.patch("no-heartbeat-ack", "sm_statefuns.c")
        self.comment("tsnmap.c")
        self.comment("objcnt.c")

    def git(self, *words):
        return subprocess.run(["git", "-C", self.tree, *words], check=True, capture_output=True, text=True, timeout=600).stdout.strip()

    def commit(self, title):
        self.git("commit", "-q", "-a", "-m", title)
        self.commits[title] = self.git("rev-parse", "HEAD")

    def comment(self, name):
        path = self.tree / "net/sctp" / name
        path.write_text(path.read_text() + "/* the end */\n")
        self.commit(f"comment {name}")

    def patch(self, name, file):
        subprocess.run(["spatch", "--in-place", "--sp-file", lab.ROOT / f"tests/kernels/{name}.cocci", self.tree / "net/sctp" / file],
                       check=True, capture_output=True, timeout=300)
        self.commit(name)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    made = History(tmp_path_factory.mktemp("bisect"))
    yield made
    shutil.rmtree(made.tree)
    shutil.rmtree(made.cache, ignore_errors=True)


# The second scenario does without other paths for what was lost.
@pytest.mark.parametrize("scenario, title", [("failover/failback", "no-alternate"), ("failover/heartbeats-lost", "no-heartbeat-ack")])
def test_the_commit_that_broke_a_scenario_is_found(history, scenario, title):
    before = history.git("status", "--porcelain"), history.git("rev-parse", "HEAD"), history.git("worktree", "list")
    done = lab.pathlab("bisect", "--source", history.tree, "--good", history.commits["base"], scenario, patience_s=7200,
                       PATHLAB_CACHE=str(history.cache), PATHLAB_GUESTS=str(history.guests))
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{history.commits[title]} is the first bad commit" in done.stdout
    assert (history.git("status", "--porcelain"), history.git("rev-parse", "HEAD"), history.git("worktree", "list")) == before
    # nothing but these files was ever compiled again
    log = (history.cache / "kernels/.tree-bisect/log").read_text()
    assert set(re.findall(r"^  CC +(\S+)", log, re.M)) <= {f"net/sctp/{name}.o" for name in (
        "debug", "sm_statefuns", "bind_addr", "primitive", "outqueue", "tsnmap", "objcnt")}
    # the kernel that was found fails, as the last line of output says
    (replay,) = re.findall(r"pathlab (run .*)", done.stdout)
    again = lab.pathlab(*replay.split(), PATHLAB_CACHE=str(history.cache), PATHLAB_GUESTS=str(history.guests))
    assert again.returncode == 1, again.stdout + again.stderr
