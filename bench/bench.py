#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory's speed claims, each a ratio of two things measured in turn in one run. Medians throughout."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

import networks

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("PATHLAB_BUILD", "build")
PATHLAB = str(BUILD / "pathlab")
BENCH_NETWORK = str(BUILD / "bench-network")
BARE_INIT = str(BUILD / "bench-bare-init")


def programs_with(folder, agent):
    """A folder of programs in which the guest's first process is another one."""
    os.makedirs(folder)
    os.symlink(BUILD / "pathlab-preload.so", os.path.join(folder, "pathlab-preload.so"))
    os.symlink(BUILD / "guest", os.path.join(folder, "guest"))
    os.symlink(agent, os.path.join(folder, "pathlab-agent"))
    return folder


def run_json(arguments, **env):
    done = subprocess.run(
        [PATHLAB, "run", "--format", "json", *arguments],
        cwd=ROOT,
        env=dict(os.environ, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        sys.exit(f"bench: pathlab run {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout)


def milliseconds(ns):
    return ns / 1e6


def bench_scenarios(folder, repeat):
    """The real time of each scenario of a call against a guest that boots and powers off; then all scenarios once.

    A failover's time is that of its messages, 0.1 ms each: it has no bound of this kind.
    """
    bare_programs = programs_with(os.path.join(folder, "bare"), BARE_INIT)
    bare, real = [], {}
    for _ in range(repeat):
        for run in run_json(["scenarios/connect", "-j1"])["runs"]:
            real.setdefault(run["name"], []).append(run["real_ns"])
        boots = run_json(["scenarios/connect", "-j1"], PATHLAB_PROGRAMS=bare_programs)
        bare += [run["real_ns"] for run in boots["runs"]]
    bare_ms = milliseconds(statistics.median(bare))
    print(f"bare guest (boot, power off)                {bare_ms:8.1f} ms   median of {len(bare)}")
    rows = sorted(((statistics.median(times), name) for name, times in real.items()), reverse=True)
    for ns, name in rows:
        print(f"  {name:<42}{milliseconds(ns):8.1f} ms   {milliseconds(ns) / bare_ms:5.2f} x bare")
    worst = milliseconds(rows[0][0]) / bare_ms
    print(f"slowest scenario against the bare guest     {worst:8.2f} x     (claim: at most 4)")
    document = run_json(["scenarios", "-j2"])
    virtual, spent = document["totals"]["virtual_ns"], document["totals"]["real_ns"]
    print(f"all {len(document['runs'])} scenarios, two at a time: {virtual / 1e9:.0f} virtual s in {spent / 1e9:.2f} s: "
          f"{virtual / spent:.0f} virtual s a second")
    memory = [run["max_rss_kib"] for run in document["runs"]]
    print(f"memory of a run (resident, largest)         {max(memory) / 1024:8.1f} MiB")
    return worst <= 4


def processor_seconds(arguments, **env):
    """What a run takes of processors, with all that it starts, and its report."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = run_json(arguments, **env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, report


def bench_vm(folder, kernel, repeat):
    """A distribution's kernel under QEMU: runs against boots of the same kernel that only power off, in processor time."""
    if not shutil.which("qemu-system-x86_64") or not (BUILD / "guest" / kernel / "vmlinux").exists():
        print(f"{kernel}: not measured, QEMU or the kernel is missing: setup/install vm; pathlab kernel fetch {kernel}")
        return True
    bare_programs = programs_with(os.path.join(folder, f"bare-{kernel}"), BARE_INIT)
    flags, one, all_of = ["--kernel", kernel, "--timeout", "300"], "scenarios/connect/two-paths.yaml", "scenarios/connect"
    bare, run, many, report = [], [], [], None
    for _ in range(repeat):
        bare.append(processor_seconds([*flags, one], PATHLAB_PROGRAMS=bare_programs)[0])
        run.append(processor_seconds([*flags, one])[0])
    for _ in range(max(1, repeat // 3)):
        seconds, report = processor_seconds([*flags, all_of])
        many.append(seconds)
    n, boots = len(report["runs"]), -(-len(report["runs"]) // 16)
    boot, more = statistics.median(bare), statistics.median(run) - statistics.median(bare)
    print(f"{kernel}, processor time: bare boot          {boot:8.2f} s    median of {len(bare)}")
    print(f"  one scenario more than the bare boot      {more:8.2f} s    (claim: at most 3)")
    each = (statistics.median(many) - boots * boot) / n
    print(f"  {n} scenarios in {boots} boots, each            {each:8.2f} s    more than the bare boots; {statistics.median(many):.1f} s in all")
    return more <= 3


def bench_network(where, run, copies, repeat, claims):
    """Builds the network in three ways; prints medians and ratios against the claims (None: no claim)."""
    plan = networks.network_only(networks.load_plan(PATHLAB, "connect/two-paths"), copies)
    if run is networks.run_on_host:
        plan = networks.without_netem(plan)
    with tempfile.TemporaryDirectory() as folder:
        texts = run(str(BUILD), folder, networks.make_job(plan, folder, repeat))
    lines = [json.loads(text) for text in texts if text.startswith("{")]
    errors = [line["error"] for line in lines if "error" in line]
    if errors or len(lines) < repeat:
        sys.exit(f"bench: {where}: {errors or 'the builder said nothing'}")
    median = {way: statistics.median(line[way] for line in lines) for way in ("builder", "script", "batch")}
    label = f"{copies} x dual-path {where}"
    ratio = median["script"] / median["builder"]
    claim = f"(claim: at least {claims})" if claims else ""
    print(f"{label:<28} script/builder {ratio:7.1f} x {claim}   batch/builder {median['batch'] / median['builder']:6.1f} x")
    return not claims or ratio >= claims


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="interleaved repetitions (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions of the hundred networks")
    arguments = parser.parse_args()
    few = 1 if arguments.quick else 3
    with tempfile.TemporaryDirectory() as folder:
        held = [bench_scenarios(folder, arguments.repeat)]
        held += [bench_vm(folder, kernel, few) for kernel in ("vm-6.12", "vm-6.1")]
    held.append(bench_network("in a guest", networks.run_in_guest, 1, arguments.repeat, 50))
    held.append(bench_network("in a guest", networks.run_in_guest, 100, few, 100))
    if shutil.which("unshare"):
        held.append(bench_network("on this host", networks.run_on_host, 1, arguments.repeat, 8))
        held.append(bench_network("on this host", networks.run_on_host, 100, few, 14))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
