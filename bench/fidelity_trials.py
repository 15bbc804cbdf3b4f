# SPDX-License-Identifier: GPL-2.0-only
"""Trials of what docs/fidelity.md gives as reasons: the one thing that a reason names is changed, and what should follow is said first."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "scenarios"

# Behind a tick, what a timer's end computes; in ticks. Timers stand on the wheel's steps up to this.
BEHIND_TICK = 0.25

# Ticks begin so long before they wrap around in 32 bits (include/linux/jiffies.h, INITIAL_JIFFIES).
BEFORE_WRAP_NS = 300_000_000_000


def seconds(nanoseconds):
    return f"{nanoseconds / 1e9:.3f} s"


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:,.1f} ms"


def read_records(folder):
    """A kept run's events, without what programs wrote between them."""
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


class Trial:
    """What is tried, what should come of it, and what did."""

    def __init__(self, name, changed, predicted):
        self.name, self.changed, self.predicted = name, changed, predicted
        self.measured, self.held = "", False

    def end(self, measured, held):
        self.measured, self.held = measured, held
        return self


class Place:
    """Where trials run, and on which kernels."""

    def __init__(self, pathlab, version, folder):
        self.pathlab, self.folder = pathlab, folder
        self.guest, self.stock = f"uml-{version}", f"vm-{version}"

    def run(self, name, kernel, scenarios, qemu=None, more=()):
        """Events by the scenarios' names, each a list of records; `qemu` is a sed(1) expression on each word of QEMU's command."""
        folder = self.folder / name
        if not (folder / "done").exists():
            self.run_anew(folder, kernel, scenarios, qemu, more)
            (folder / "done").write_text("", encoding="utf-8")
        runs = {}
        for path in (folder / "runs").rglob("events.jsonl"):
            runs[path.parent.name] = list(read_records(path.parent))
        return runs

    def run_anew(self, folder, kernel, scenarios, qemu, more):
        environment = dict(os.environ)
        if qemu:
            environment["PATH"] = f"{self.make_qemu(folder, qemu)}:{environment['PATH']}"
        shutil.rmtree(folder / "runs", ignore_errors=True)
        command = [self.pathlab, "run", "--kernel", kernel, "--keep", folder / "runs", "--timeout", "300"]
        done = subprocess.run([*command, *more, *scenarios], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)

    def packets(self, name, words):
        """When packets that are shown with these words were seen in a run on its own, in ns."""
        command = [self.pathlab, "verdict", "-vv", self.folder / name / "runs"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.findall(rf"^ +([0-9.]+) s +{re.escape(words)}$", done.stdout, re.MULTILINE)
        return [round(float(time) * 1e9) for time in found]

    @staticmethod
    def make_qemu(folder, expression):
        """A folder with a QEMU that takes its words changed."""
        real = shutil.which("qemu-system-x86_64")
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "qemu-system-x86_64"
        text = f'words=()\nfor word; do words+=("$(sed -e {shlex.quote(expression)} <<<"$word")"); done\nexec {real} "${{words[@]}}"\n'
        program.write_text("#!/bin/bash\n" + text, encoding="utf-8")
        program.chmod(0o755)
        return folder

    def variant(self, scenario, name, change):
        """A copy of a scenario, its text changed."""
        path = self.folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change((SCENARIOS / f"{scenario}.yaml").read_text(encoding="utf-8")), encoding="utf-8")
        return path


def later(nanoseconds):
    """All of a scenario's times of day put off, and nothing expected of it."""

    def change(text):
        text = re.sub(r"\nexpect:\n(.*\n)*", "\n", text)
        return re.sub(r"\b(at|until): ([0-9.]+)s", lambda found: f"{found[1]}: {round(float(found[2]) * 1e9) + nanoseconds}ns", text)

    return change


def calls(events, name):
    return [event for event in events if event["event"] == "call" and event["call"] == name]


def ended(events, name):
    """When the first call of that name ended."""
    return calls(events, name)[0]["end"]


def on_the_grid(reports, kept, kernel):
    """Timers without a random part, of which the start is known to the tick, end at ticks that are multiples of their level's step."""
    trial = Trial(
        "wheel",
        f"nothing, {kernel}",
        "each timer whose start is known to a tick ends at a tick that its level's step divides, counted from the kernel's start",
    )
    ends = []
    for name, report in reports.items():
        rows = (report.get("predictions") or {}).get("rows", [])
        begin = next(read_records(kept / name))
        for row in rows:
            tick, span, measured = begin["tick_ns"], row["predicted_ns"], row["measured_ns"]
            if row["kind"] not in ("init", "cookie", "given-up", "retransmission", "shutdown") or not span or not measured:
                continue
            width, step = (span[1] - span[0]) / tick, 1
            while step * 8 <= width + 0.01:
                step *= 8
            if measured[0] == measured[1] and step > 1 and abs(width - step) < 0.01:
                ends.append(((measured[0] - begin["booted_ns"] - BEFORE_WRAP_NS) / tick, step))
    # ticks are counted from a little after CLOCK_MONOTONIC: one number for all runs, which the longest steps tell
    largest = max((step for _, step in ends), default=1)
    behind = min((end % step for end, step in ends if step == largest), default=0) // 1
    good = sum((end - behind) % step < BEHIND_TICK for end, step in ends)
    steps = ", ".join(f"{sum(step == s for _, step in ends)} of {s}" for s in sorted({step for _, step in ends}))
    return trial.end(
        f"{good} of {len(ends)} (steps in ticks: {steps}; ticks begin {behind:.0f} after the clock)", good == len(ends) and good > 20
    )


def as_predicted(reports, kernel):
    """All timers of all runs, those with a random part too, end when RFCs and kernel say, by that kernel's ticks."""
    trial = Trial(
        "timer, drawn", f"nothing, {kernel}", "each timer that docs/prediction.md covers ends within its bounds, computed with that kernel's HZ"
    )
    rows = [(name, row) for name, report in reports.items() for row in (report.get("predictions") or {}).get("rows", [])]
    bad = sorted({name for name, row in rows if not row["agrees"]})
    good = sum(row["agrees"] for _, row in rows)
    where = f"; the others in {', '.join(bad)}, whose client has two associations at a time, which predictions take for one" if bad else ""
    return trial.end(f"{good} of {len(rows)}{where}", set(bad) <= {"errno/already-to-another"})


def try_phase(place):
    """Moved by a step of its wheel a call takes as long; by half a step, half a step more or less."""
    trials = []
    for kernel, step in ((place.guest, 4_096_000_000), (place.stock, 2_048_000_000)):
        trial = Trial(
            "wheel",
            f"{kernel}: connect/all-dead-firewall begins {seconds(step // 2)}, then {seconds(step)} later",
            f"the call ends {seconds(step // 2)} sooner or later; then when it did before (its last timers are of 48 s and more, "
            f"the wheel's steps for these {seconds(step)})",
        )
        paths = [place.variant("connect/all-dead-firewall", f"phase-{i}", later(i * step // 2)) for i in range(3)]
        runs = place.run(f"phase-{kernel}", kernel, paths, more=["--boot-each"])
        took = [ended(runs[path.stem], "connectx") - i * step // 2 for i, path in enumerate(paths)]
        half, whole = (abs(time - took[0]) for time in took[1:])
        same_boot = len({runs[path.stem][0]["booted_ns"] for path in paths}) == 1
        held = same_boot and abs(half - step // 2) < 5_000_000 and whole < 5_000_000
        trials.append(trial.end(f"{seconds(half)}; {milliseconds(whole)}", held))
    return trials


def try_carried(place):
    """What waits for no answer differs no more."""
    scenario = "connect/all-dead-two-paths"
    trial = Trial("carried", f"{scenario}: getsockopt at 300 s, not when connectx has ended", "its difference goes, that of connectx stays")
    path = place.variant(
        scenario, "carried", lambda text: re.sub(r"\nexpect:\n(.*\n)*", "\n", text).replace("{client: getsockopt", "{at: 300s, client: getsockopt")
    )
    runs = [place.run(f"carried-{kernel}", kernel, [path])[path.stem] for kernel in (place.guest, place.stock)]
    connectx, option = (abs(ended(runs[1], name) - ended(runs[0], name)) for name in ("connectx", "getsockopt"))
    return trial.end(f"getsockopt {milliseconds(option)}, connectx {milliseconds(connectx)}", option < 8_000_000 < connectx)


def try_grace(place):
    """Without waiting for a grace period a rule is gone at once."""
    scenario = "failover/sacks-lost"
    trial = Trial("grace", f"{place.stock} with rcupdate.rcu_expedited=1, {scenario}", "the heal ends within 1 ms; without, later than 8 ms")
    late = []
    for name, change in (("grace", None), ("grace-expedited", "s/^console=ttyS0 /console=ttyS0 rcupdate.rcu_expedited=1 /")):
        (events,) = place.run(name, place.stock, [scenario], qemu=change).values()
        (heal,) = [event for event in events if event["event"] == "heal"]
        (step,) = [event for event in events if event["event"] == "step" and event["step"] == heal["step"]]
        late.append(heal["time"] - step["time"])
    return trial.end(f"{milliseconds(late[1])}; {milliseconds(late[0])}", late[1] < 1_000_000 and late[0] > 8_000_000)


def try_computing(place):
    """On a processor half as fast it takes twice the time."""
    scenario = "errno/list-too-long"
    trial = Trial("computing", f"{scenario} on an emulated processor of 2 ns an instruction (-icount shift=1), not 1 ns", "all that is late is twice as late")
    late = []
    for name, change in (("computing", None), ("computing-slow", "s/^shift=0,/shift=1,/")):
        (events,) = place.run(name, place.stock, [scenario], qemu=change).values()
        call = calls(events, "connectx")[0]
        (step,) = [event for event in events if event["event"] == "step" and str(event["step"]) == call["tag"]]
        late.append((call["start"] - step["time"], call["end"] - call["start"]))
    ratios = [slow / fast for fast, slow in zip(*late)]
    words = f"before the call {milliseconds(late[0][0])} and {milliseconds(late[1][0])}, in it {milliseconds(late[0][1])} and {milliseconds(late[1][1])}"
    return trial.end(words, all(1.9 < ratio < 2.1 for ratio in ratios))


def try_wrap(place):
    """A guest's HEARTBEATs on an idle path are put off, too, 300 s behind its start."""
    scenario, wrap = "failover/conntrack-forgets", 9_000_000_000
    trial = Trial(
        "wrap",
        f"{place.guest}: {scenario} without its faults begins at once, then so much later that 300 s after the start come at its 9 s",
        "the server's second HEARTBEAT on the standby path comes 30.5 s to 32.1 s after the first (HB.interval and RTO.Min +-50%, 0.512 s of the wheel); "
        "then 30.5 s to 31.1 s after that moment (HB.interval + RTO.Min/2)",
    )
    # a guest's clock begins 0.1 s before its scenario
    shift = BEFORE_WRAP_NS - 100_000_000 - wrap
    found = []
    for i, later_ns in enumerate((0, shift)):
        path = place.variant(scenario, f"wrap-{i}", lambda text, ns=later_ns: later(ns)(re.sub(r"  - .*fault: .*\n", "", text)))
        place.run(f"wrap-{i}", place.guest, [path])
        found.append(place.packets(f"wrap-{i}", "server   server.b2 > client.b1  HEARTBEAT"))
    apart, after = found[0][1] - found[0][0], found[1][1] - shift - wrap
    held = 30_500_000_000 <= apart <= 32_112_000_000 and 30_500_000_000 <= after <= 31_112_000_000
    return trial.end(f"{seconds(apart)} after the first; {seconds(after)} after that moment, {seconds(found[1][1] - found[1][0])} after the first", held)


def try_all(place, reports, kept):
    """All trials of a version; `reports` and `kept` by kernel."""
    trials = []
    for kernel in (place.guest, place.stock):
        trials += [as_predicted(reports[kernel], kernel), on_the_grid(reports[kernel], kept[kernel], kernel)]
    return [*trials, *try_phase(place), try_carried(place), try_grace(place), try_computing(place), try_wrap(place)]
