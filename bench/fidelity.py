#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How faithful the guests are: every scenario on a guest and on the distribution's kernel of the same version, event by event.

`make fidelity` writes docs/fidelity.md. Runs that `--keep DIR` kept are taken up where they are, so that it can be resumed.
"""

import argparse
import collections
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import fidelity_trials

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATHLAB = ROOT / os.environ.get("PATHLAB_BUILD", "build") / "pathlab"
FOLDERS = ["connect", "failover", "errno"]
SEEDS = list(range(2, 12))

# A tick of the one at 250 Hz, two of the other at 1000 Hz, and 2 ms of computing, which takes no time in a guest.
RESOLUTION_NS = 8_000_000

# The wheel of kernel/time/timer.c: a timer is late by less than an eighth of its time.
WHEEL = 8

# What sets things going; and what is not compared.
SCHEDULED = {"step", "fault"}
LEFT_OUT = {"begin", "end", "step", "sample"}

# So long before an event, at most, the timer expired from which it follows: links, and a delayed SACK.
FOLLOWS_NS = 500_000_000

# What is drawn on both kernels alike comes out so differently once in a hundred times.
UNLIKELY = 0.01

# Timers with a random part, and what follows from them (docs/prediction.md).
RANDOM = {"heartbeat", "active"}

# Where no class says why times differ a trial does (fidelity_trials.py): by scenario, and by what happened.
TRIED = {"errno/list-too-long": "computing", "failover/conntrack-forgets": "wrap"}
TRIED_WHAT = {": heal ": "grace"}
REASONS = {
    "computing": "the program makes a list of 4 MiB and the kernel copies it: both are computed, which takes the emulated processor milliseconds "
    "and guests no time",
    "grace": "taking a rule of nf_tables away waits for a grace period of RCU: ticks with CONFIG_TREE_RCU, as distributions have it, no time with "
    "CONFIG_TINY_RCU, as guests have it",
    "wrap": "300 s after the kernel's start, where the tick counter wraps around, the standby path's HEARTBEAT is put off "
    "(sctp_generate_heartbeat_event()); in a boot that scenarios share that came during this one",
}

CLASSES = ["resolution", "timer", "carried", "wheel", "drawn", "other"]


class Event:
    """What happened, without what differs from kernel to kernel by nature; when; and how long after it was set going."""

    def __init__(self, record, since):
        self.time = record.get("end", record.get("time", 0))
        # what no step of the timeline asked for waited since the last step, not since it was called
        by_step = "start" in record and not record.get("auto") and str(record.get("tag", "")).isdigit()
        self.since = min(record["start"], self.time) if by_step else since
        self.since = (record.get("traffic") or {}).get("sent", self.since)
        self.call = record["event"] == "call"
        self.what = self.describe(record)

    @staticmethod
    def describe(record):
        kind, who = record["event"], record.get("endpoint", "the network")
        if kind == "call":
            answer = record.get("errno") or "0"
            if "error" in record:
                answer += f" ({record['error']})"
            return f"{who}: {record['call']} = {answer}"
        if kind == "notification":
            state = record.get("state") or record.get("error") or ""
            return f"{who}: {record['type']} {state} {re.sub(':[0-9]+$', '', str(record.get('address', '')))}".rstrip()
        if kind == "message":
            load = record.get("traffic") or {}
            return f"{who}: message {load.get('flow', '')}.{load.get('seq', '')}".rstrip(".")
        return f"{who}: {kind} {record.get('kind', '')}".rstrip()


def read_events(folder):
    """Events in their order, each named by what it is and the how many-th of these."""
    events, seen, since = {}, collections.Counter(), 0
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8")) if (folder / "plan.json").exists() else {"steps": []}
    looks = {step["id"] for step in plan["steps"] if step.get("observe")}  # of expectations: they set nothing going
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # what a program wrote
        if record["event"] in SCHEDULED and record.get("step") not in looks:
            since = record["time"]
        if record["event"] in LEFT_OUT or str(record.get("tag", "")).startswith("setup"):
            continue
        event = Event(record, since)
        seen[event.what] += 1
        events[event.what, seen[event.what]] = event
    return events


class Timers:
    """The timers of a run that expired when they were predicted to, by endpoint, what they are and the how many-th of these."""

    def __init__(self, run):
        self.rows, seen = {}, collections.Counter()
        rows = (run.get("predictions") or {}).get("rows", [])
        self.total, self.agree = len(rows), sum(row["agrees"] for row in rows)
        for row in rows:
            key = (row["endpoint"], row["what"])
            seen[key] += 1
            if row["agrees"] and row["measured_ns"]:
                self.rows[(*key, seen[key])] = row

    def before(self, time):
        """Those that an event at that time may follow from."""
        for key, row in self.rows.items():
            if row["measured_ns"][0] <= time <= row["measured_ns"][1] + FOLLOWS_NS:
                yield key, row


def follows_same(event, other, timers, others):
    """Does it come behind the same timer on both kernels, and differ by as much?"""
    there = dict(others.before(other.time))
    for key, row in timers.before(event.time):
        if key in there:
            here, yonder = row["measured_ns"], there[key]["measured_ns"]
            if yonder[0] - here[1] - RESOLUTION_NS <= other.time - event.time <= yonder[1] - here[0] + RESOLUTION_NS:
                return True
    return False


def follows_other(event, other, timers, others):
    """Does it come at once or behind a timer on both kernels? "drawn" where one of the timers has a random part, else "timer", or None."""
    random = late = False
    for it, of in ((event, timers), (other, others)):
        if it.time - it.since > FOLLOWS_NS:
            behind = [row for _, row in of.before(it.time)]
            if not behind:
                return None
            late = True
            random |= any(row["kind"] in RANDOM for row in behind)
    return ("drawn" if random else "timer") if late else None


def is_between(time, times, event):
    """Is it within these times, but for the wheel?"""
    slack = RESOLUTION_NS + max(time - event.since, 0) // WHEEL
    return len(times) > 1 and min(times) - slack <= time <= max(times) + slack


def as_late(late, runs, key):
    """Is another message of its flow as late in one of these runs, but for the wheel?"""
    waited, flow = late.time - late.since, key[0].rsplit(".", 1)[0]
    slack = RESOLUTION_NS + waited // WHEEL
    return any(
        abs(event.time - event.since - waited) <= slack for run in runs for other, event in run.items() if other[0].rsplit(".", 1)[0] == flow
    )


def overlap(times, others, event):
    """Have these times and those a part in common, but for the wheel?"""
    slack = RESOLUTION_NS + max(event.time - event.since, 0) // WHEEL
    return min(times) <= max(others) + slack and min(others) <= max(times) + slack


def chance(some, others):
    """How likely it is that among these of both, drawn alike, so many or more of one side are true or false (Fisher's exact test)."""
    true, total = sum(some) + sum(others), len(some) + len(others)

    def likelihood(n):
        return math.comb(len(some), n) * math.comb(len(others), true - n) / math.comb(total, true)

    possible = [likelihood(n) for n in range(max(0, true - len(others)), min(len(some), true) + 1)]
    return sum(p for p in possible if p <= likelihood(sum(some)) * (1 + 1e-9))


class Comparison:
    """A scenario on both kernels."""

    def __init__(self, name, runs, reports, more):
        """`runs` are those of the guest and the stock kernel, with the same seed, then guests with others; `more` on stock kernels with others."""
        self.name, self.verdicts = name, [report["verdict"] for report in reports]
        self.runs, self.more = runs, more
        self.timers = [Timers(report) for report in reports]
        self.counts = collections.Counter()
        self.largest, self.others, self.missing = (0, "", "resolution"), [], []
        guest, stock = runs[:2]
        before = {}
        for key, event in sorted(guest.items(), key=lambda item: item[1].time):
            if key not in stock:
                self.note_missing(key, "not on the stock kernel")
                continue
            difference = stock[key].time - event.time
            why = self.classify(key, difference, before.values())
            self.counts[why] += 1
            if why != "resolution":
                before["event"] = difference
            if why != "resolution" and event.call:
                before["call"] = difference
            if abs(difference) > abs(self.largest[0]):
                self.largest = (difference, key[0], why)
            if why == "other":
                self.others.append((difference, key, event.time))
        for key in stock:
            if key not in guest:
                self.note_missing(key, "only on the stock kernel")

    def classify(self, key, difference, before):
        """Why the time differs; `before` is by how much those of the last event and of the last call did that differed."""
        guest, stock, *seeds = self.runs
        event, other = guest[key], stock[key]
        if abs(difference) <= RESOLUTION_NS:
            return "resolution"
        if follows_same(event, other, *self.timers):
            return "timer"
        if any(abs(difference - earlier) <= RESOLUTION_NS for earlier in before):
            return "carried"
        if abs(difference) <= RESOLUTION_NS + max(event.time - event.since, 0) // WHEEL:
            return "wheel"
        why = follows_other(event, other, *self.timers)
        if why:
            return why
        if is_between(other.time, [event.time] + [run[key].time for run in seeds if key in run], event):
            return "drawn"
        late, runs = (other, [guest, *seeds]) if difference > 0 else (event, [stock, *self.more])
        if ": message " in key[0] and as_late(late, runs, key):
            return "drawn"
        if self.more and overlap([run[key].time for run in [guest, *seeds] if key in run], [run[key].time for run in [stock, *self.more] if key in run], other):
            return "drawn"
        return "other"

    def note_missing(self, key, where):
        """An event of one kernel alone is a draw where guests with other seeds differ in it, too, or stock kernels do as often as chance has it."""
        guest, stock, *seeds = self.runs
        there, yonder = ([key in run for run in runs] for runs in ([guest, *seeds], [stock, *self.more]))
        drawn = len(set(there)) > 1 or (len(set(yonder)) > 1 and chance(there, yonder) > UNLIKELY)
        self.counts["drawn" if drawn else "other"] += 1
        if not drawn:
            self.missing.append((key, where))

    @property
    def agrees(self):
        return self.verdicts[0] == self.verdicts[1] == "pass" and not self.missing


def run_all(folder, kernels, seed, jobs, scenarios=FOLDERS):
    command = [PATHLAB, "run", "--seed", str(seed), "--keep", folder, "--timeout", "300", "--format", "json", *jobs]
    for kernel in kernels:
        command += ["--kernel", kernel]
    done = subprocess.run([*command, *scenarios], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)


def run_kept(folder, kernels, seed, jobs):
    """Runs all scenarios unless they are in the folder."""
    if not (folder / "done").exists():
        run_all(folder, kernels, seed, jobs)
        (folder / "done").write_text("", encoding="utf-8")
    return folder


def run_some(folder, kernel, seed, jobs, scenarios):
    """Runs those of the scenarios that are not in the folder."""
    missing = [name for name in scenarios if not (folder / name / "facts.json").exists()]
    if missing:
        run_all(folder, [kernel], seed, jobs, missing)
    return folder


def read_reports(folder):
    done = subprocess.run([PATHLAB, "verdict", "--format", "json", folder], capture_output=True, text=True, check=False)
    return {run["name"]: run for run in json.loads(done.stdout)["runs"]}


def compare(version, kept, jobs):
    """The scenarios of both kernels side by side, and the trials."""
    kernels = (f"uml-{version}", f"vm-{version}")
    both = run_kept(kept / version, kernels, 1, jobs)
    folders = [both / kernel for kernel in kernels]
    folders += [run_kept(kept / f"{version}-seed-{seed}", kernels[:1], seed, jobs) for seed in SEEDS]
    reports = [read_reports(folder) for folder in folders[:2]]

    def compare_one(name, more=()):
        runs = [read_events(folder / name) for folder in folders]
        return Comparison(name, runs, [report[name] for report in reports], [read_events(folder / name) for folder in more])

    rows = {name: compare_one(name) for name in reports[0]}
    # what no guest's seed comes near to may be as usual for the stock kernel, with other seeds
    again = [name for name, row in rows.items() if row.missing or any(trial_of(name, key[0]) is None for _, key, _ in row.others)]
    if again:
        more = [run_some(kept / f"{version}-stock-{seed}", kernels[1], seed, jobs, again) for seed in SEEDS[:5]]
        rows.update((name, compare_one(name, more)) for name in again)
    place = fidelity_trials.Place(PATHLAB, version, kept / f"{version}-trials")
    trials = fidelity_trials.try_all(place, dict(zip(kernels, reports)), dict(zip(kernels, folders)))
    return sorted(rows.values(), key=lambda row: (FOLDERS.index(row.name.split("/")[0]), row.name)), trials


HEAD = """# Guests beside distributions' kernels

Every scenario of `connect`, `failover` and `errno` on a User-Mode Linux guest and on Debian's own kernel of the same version under QEMU: is the
outcome the same, and does every event come at the same time? Made by `make fidelity`; a long test makes it again. Those of `interop` are not set
side by side: what happens there is what programs of this machine write. Their verdicts are compared by another long test.

Events are calls that returned, notifications, messages, and what programs and faults did; set-up and the timeline's own steps are left
out. They are matched in order by kind, endpoint and content. Each is of the first of these classes that is true of it:

| class | its times differ | reason |
|---|---|---|
| resolution | by at most 8 ms | ticks of 4 ms and 1 ms, and computing, which takes time under QEMU |
| timer | by as much as the end of a timer before it, on each kernel when docs/prediction.md says; or it comes behind such a timer on one kernel, at once or behind another one on the other | the timer wheel of kernel/time/timer.c ends timers at steps of 8, 64, 512 ... ticks, and ticks differ; HEARTBEATs are spread at random over one RTO |
| carried | by as much as the last event, or the last call, before it that differs | the timeline waits for answers: what follows a late one is late |
| wheel | by at most an eighth of the time since it was set going | the timer wheel, where nothing is predicted |
| drawn | by as much as ten more seeds do among themselves on the guest, or times of those overlap with those of five more on the stock kernel, but for the wheel; or another message of its flow is as late on the other kernel, but for the wheel; or as timer, behind one of a HEARTBEAT | HEARTBEATs, and links that lose at random |
| other | otherwise | told below, one by one |

The classes timer, carried and drawn are within 8 ms or a step of the wheel of what they name, and a timer is at most 0.5 s before what
follows it. That an event is of a class says that its time agrees with the reason, not that there is no other. So each reason is tried: the
one thing that it names is changed, or what must follow from it is looked for, and the page is made only if that is found. Wheel and drawn are
the weak ones: bounds, and no value.

The outcome is the same when both verdicts are, and no event is missing on one side that guests with ten other seeds always or never have; unless stock
kernels with five other seeds differ in it, too, so that as many among these and the guests come by chance more than once in a hundred times (Fisher's exact test).
What is drawn differs with each build of the programs: under QEMU executing them takes time.
"""


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:+,.1f} ms"


def trial_of(name, what):
    """The trial that is the reason for a difference of no class; None: none is."""
    for part, trial in TRIED_WHAT.items():
        if part in what:
            return trial
    return TRIED.get(name)


def put_others(out, row, held):
    """One line for what is alike; False when there is no reason, or its trial failed."""
    groups, known = collections.defaultdict(list), True
    for difference, key, time in row.others:
        groups[re.sub(r"message [0-9]+[.][0-9]+$", "messages", key[0])].append((difference, time))
    for what, items in groups.items():
        low, high = min(items)[0], max(items)[0]
        times = milliseconds(low) if len(items) == 1 else f"{milliseconds(low)} to {milliseconds(high)}"
        count = "" if len(items) == 1 else f", {len(items)} of them"
        trial = trial_of(row.name, what)
        known &= trial in held
        reason = f"{REASONS[trial]} (trial {trial})" if trial in held else "NOT KNOWN"
        out(f"- {row.name}: {what}{count}, from {min(time for _, time in items) / 1e9:.3f} s: {times}; {reason}")
    return known


def put_trials(out, trials):
    out("\n### Trials\n\n| of | changed | should follow | found | |\n|---|---|---|---|---|")
    for trial in trials:
        out(f"| {trial.name} | {trial.changed} | {trial.predicted} | {trial.measured} | {'as said' if trial.held else 'NOT AS SAID'} |")


def put_version(out, version, rows, trials):
    """False when something differs for no known reason."""
    good = all(trial.held for trial in trials)
    held = {trial.name for trial in trials if trial.held}
    out(f"\n## Linux {version}\n\n| folder | scenarios | same outcome | events | {' | '.join(CLASSES)} |\n|---|---|---|---|{'---|' * len(CLASSES)}")
    for folder in FOLDERS:
        of = [row for row in rows if row.name.startswith(folder + "/")]
        sums = sum((row.counts for row in of), collections.Counter())
        same = sum(row.agrees for row in of)
        out(f"| {folder} | {len(of)} | {same} | {sum(sums.values())} | {' | '.join(str(sums[name]) for name in CLASSES)} |")
    out("\n### What differs otherwise\n")
    for row in rows:
        good &= put_others(out, row, held) and row.agrees
        for key, where in row.missing:
            out(f"- {row.name}: {key[0]}, number {key[1]}: {where}")
        if row.verdicts != ["pass", "pass"]:
            out(f"- {row.name}: the verdicts are {row.verdicts[0]} and {row.verdicts[1]}")
    if not any(row.others or not row.agrees for row in rows):
        out("Nothing.")
    put_trials(out, trials)
    out("\n### Each scenario\n\n| scenario | outcome | events | largest difference | of | class |\n|---|---|---|---|---|---|")
    for row in rows:
        difference, what, why = row.largest
        outcome = "same" if row.agrees else "differs"
        out(f"| {row.name} | {outcome} | {sum(row.counts.values())} | {milliseconds(difference)} | {what} | {why} |")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=pathlib.Path, help="keep all runs here, and take up what is here")
    parser.add_argument("--jobs", "-j", help="so many runs at a time")
    parser.add_argument("versions", nargs="*", default=["6.12", "6.1"], help="versions of the kernel: uml-V beside vm-V")
    options = parser.parse_args()
    print(HEAD, end="")
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        kept = options.keep or pathlib.Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        for version in options.versions:
            rows, trials = compare(version, kept.resolve(), ["-j", options.jobs] if options.jobs else [])
            good &= put_version(print, version, rows, trials)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
