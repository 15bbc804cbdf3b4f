#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How faithful the guests are: every scenario on a guest and on the distribution's kernel of the same version, event by event.

`make fidelity` writes docs/fidelity.md. Runs that `--keep DIR` kept are taken up where they are, so that it can be resumed.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

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

# Why times differ in these scenarios where no class says so.
EXPLAINED = {
    "connect/nonblocking-first-dead": "T1-init began with the call, by the wheel; a step of the timeline came in between",
    "errno/list-too-long": "the kernel copies megabytes of addresses, which is computed: milliseconds under QEMU, no time in a guest; "
    "what follows is late by it",
    "failover/conntrack-forgets": "a HEARTBEAT of the standby path is put off where the tick counter wraps around, 300 s after the kernel's start "
    "(sctp_generate_heartbeat_event()), and in a shared boot that came 9 s after the scenario's; alone the gap is 27 s",
    "failover/mtu-black-hole": "the message waits for the T3-rtx of one before it, by the wheel",
    "failover/window-full": "the messages wait for the end of the pause, a T3-rtx by the wheel, and are sent long after it began",
    "failover/shutdown-lost": "T2-shutdown began at 6 s, by the wheel; two steps of the timeline came in between",
}
DRAWN = "the time of a HEARTBEAT or of its answer, drawn (RFC 9260 section 8.3), beyond those of ten other seeds"
HEALED = "taking a rule away waits for a grace period of RCU, some ticks long (nf_tables, synchronize_rcu())"

CLASSES = ["resolution", "wheel", "drawn", "carried", "other"]


class Event:
    """What happened, without what differs from kernel to kernel by nature; when; and how long after it was set going."""

    def __init__(self, record, since):
        self.time = record.get("end", record.get("time", 0))
        # what a program did by itself waited since the last step, not since it was called
        self.since = min(record["start"], self.time) if "start" in record and not record.get("auto") else since
        self.since = min(self.since, (record.get("traffic") or {}).get("sent", self.since))
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
            return f"{who}: {record['type']} {state} {str(record.get('address', '')).split(':')[0]}".rstrip()
        if kind == "message":
            load = record.get("traffic") or {}
            return f"{who}: message {load.get('flow', '')}.{load.get('seq', '')}".rstrip(".")
        return f"{who}: {kind} {record.get('kind', '')}".rstrip()


def read_events(folder):
    """Events in their order, each named by what it is and the how many-th of these."""
    events, seen, since = {}, collections.Counter(), 0
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # what a program wrote
        if record["event"] in SCHEDULED:
            since = record["time"]
        if record["event"] in LEFT_OUT or str(record.get("tag", "")).startswith("setup"):
            continue
        event = Event(record, since)
        seen[event.what] += 1
        events[event.what, seen[event.what]] = event
    return events


def classify(difference, event, times, before):
    """Why the time differs: `times` is when it happens in guests with other seeds, `before` how late earlier events were."""
    if abs(difference) <= RESOLUTION_NS:
        return "resolution"
    if abs(difference) <= RESOLUTION_NS + max(event.time - event.since, 0) // WHEEL:
        return "wheel"
    when = event.time + difference
    slack = RESOLUTION_NS + max(when - event.since, 0) // WHEEL
    if len(times) > 1 and min(times) - slack <= when <= max(times) + slack:
        return "drawn"
    if any(abs(difference - earlier) <= RESOLUTION_NS for earlier in before):
        return "carried"
    return "other"


class Comparison:
    """A scenario on both kernels."""

    def __init__(self, name, guest, stock, seeds, verdicts):
        self.name, self.verdicts = name, verdicts
        self.counts = collections.Counter()
        self.unexplained = False
        self.largest, self.others, self.missing = (0, "", "resolution"), [], []
        before = []
        for key, event in sorted(guest.items(), key=lambda item: item[1].time):
            if key not in stock:
                self.note_missing(key, guest, seeds, "not on the stock kernel")
                continue
            difference = stock[key].time - event.time
            times = [event.time] + [other[key].time for other in seeds if key in other]
            why = classify(difference, event, times, before)
            self.counts[why] += 1
            if why not in ("resolution", "other"):
                before.append(difference)
            if abs(difference) > abs(self.largest[0]):
                self.largest = (difference, key[0], why)
            if why == "other":
                self.others.append((difference, key, event.time))
        for key in stock:
            if key not in guest:
                self.note_missing(key, guest, seeds, "only on the stock kernel")

    def note_missing(self, key, guest, seeds, where):
        """An event of one kernel alone is a draw where guests with other seeds differ in it, too."""
        there = {key in run for run in [guest, *seeds]}
        self.counts["drawn" if len(there) > 1 else "other"] += 1
        if len(there) == 1:
            self.missing.append((key, where))

    @property
    def agrees(self):
        return self.verdicts[0] == self.verdicts[1] == "pass" and not self.missing


def run_kept(folder, kernels, seed, jobs):
    """Runs all scenarios unless they are in the folder; the verdicts by kernel and scenario."""
    if not (folder / "done").exists():
        command = [PATHLAB, "run", "--seed", str(seed), "--keep", folder, "--timeout", "300", "--format", "json", *jobs]
        for kernel in kernels:
            command += ["--kernel", kernel]
        done = subprocess.run([*command, *FOLDERS], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)
        (folder / "done").write_text("", encoding="utf-8")
    return folder


def read_verdicts(folder):
    done = subprocess.run([PATHLAB, "verdict", "--format", "json", folder], capture_output=True, text=True, check=False)
    return {run["name"]: run["verdict"] for run in json.loads(done.stdout)["runs"]}


def compare(version, kept, jobs):
    guest, stock = f"uml-{version}", f"vm-{version}"
    both = run_kept(kept / version, [guest, stock], 1, jobs)
    seeds = [run_kept(kept / f"{version}-seed-{seed}", [guest], seed, jobs) for seed in SEEDS]
    verdicts = [read_verdicts(both / kernel) for kernel in (guest, stock)]
    rows = []
    for folder in FOLDERS:
        for path in sorted((both / guest / folder).iterdir()):
            name = f"{folder}/{path.name}"
            runs = [read_events(root / name) for root in (both / guest, both / stock, *seeds)]
            rows.append(Comparison(name, runs[0], runs[1], runs[2:], [found.get(name, "missing") for found in verdicts]))
    return rows


HEAD = """# Guests beside distributions' kernels

Every scenario of `connect`, `failover` and `errno` on a User-Mode Linux guest and on Debian's own kernel of the same version under QEMU: is the
outcome the same, and does every event come at the same time? Made by `make fidelity`; a long test makes it again.

Events are calls that returned, notifications, messages, and what programs and faults did; set-up and the timeline's own steps are left
out. They are matched in order by kind, endpoint and content. Each event is of one of these classes:

| class | its times differ | why |
|---|---|---|
| resolution | by at most 8 ms | ticks: 4 ms at HZ=250, 1 ms at HZ=1000 on both sides of the timer, and computing, which takes time under QEMU |
| wheel | by at most an eighth of the time since it was set going | the timer wheel of kernel/time/timer.c rounds timers up to steps of 8, 64, 512 ... ticks, and ticks differ |
| drawn | by as much as guests with other seeds do among themselves | HEARTBEAT intervals have random jitter (RFC 9260 section 8.3), impaired links lose at random, and each kernel draws its own |
| carried | by as much, to 8 ms, as an earlier event of the run | the timeline waits for answers: what follows a late one is late |
| other | otherwise | told below, one by one |

The outcome is the same when both verdicts are, and no event is missing on one side that guests with ten other seeds always or never have.
"""


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:+,.1f} ms"


def explain(name, what):
    if name in EXPLAINED:
        return EXPLAINED[name]
    if ": heal " in what:
        return HEALED
    return DRAWN if "SCTP_PEER_ADDR_CHANGE" in what or ": paths " in what else None


def put_others(out, row):
    """One line for what is alike; sets what is explained."""
    groups = collections.defaultdict(list)
    for difference, key, time in row.others:
        groups[re.sub(r"message [0-9]+[.][0-9]+$", "messages", key[0])].append((difference, time))
    for what, items in groups.items():
        low, high = min(items)[0], max(items)[0]
        times = milliseconds(low) if len(items) == 1 else f"{milliseconds(low)} to {milliseconds(high)}"
        count = "" if len(items) == 1 else f", {len(items)} of them"
        why = explain(row.name, what)
        row.unexplained |= why is None
        out(f"- {row.name}: {what}{count}, from {min(time for _, time in items) / 1e9:.3f} s: {times}; {why or 'NOT EXPLAINED'}")


def put_version(out, version, rows):
    out(f"\n## Linux {version}\n\n| folder | scenarios | same outcome | events | {' | '.join(CLASSES)} |\n|---|---|---|---|{'---|' * len(CLASSES)}")
    for folder in FOLDERS:
        of = [row for row in rows if row.name.startswith(folder + "/")]
        sums = sum((row.counts for row in of), collections.Counter())
        same = sum(row.agrees for row in of)
        out(f"| {folder} | {len(of)} | {same} | {sum(sums.values())} | {' | '.join(str(sums[name]) for name in CLASSES)} |")
    out("\n### What differs otherwise\n")
    any_other = False
    for row in rows:
        put_others(out, row)
        for key, where in row.missing:
            out(f"- {row.name}: {key[0]}, number {key[1]}: {where}")
        if row.verdicts != ["pass", "pass"]:
            out(f"- {row.name}: the verdicts are {row.verdicts[0]} and {row.verdicts[1]}")
        any_other |= bool(row.others or row.missing) or row.verdicts != ["pass", "pass"]
    if not any_other:
        out("Nothing.")
    out("\n### Each scenario\n\n| scenario | outcome | events | largest difference | of | class |\n|---|---|---|---|---|---|")
    for row in rows:
        difference, what, why = row.largest
        outcome = "same" if row.agrees else "differs"
        out(f"| {row.name} | {outcome} | {sum(row.counts.values())} | {milliseconds(difference)} | {what} | {why} |")


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
            rows = compare(version, kept.resolve(), ["-j", options.jobs] if options.jobs else [])
            put_version(print, version, rows)
            good &= all(row.agrees and not row.unexplained for row in rows)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
