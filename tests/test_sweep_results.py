# SPDX-License-Identifier: GPL-2.0-only
"""What pathlab sweep makes of its runs: measures, tables and plots."""

import re
import xml.etree.ElementTree

import pytest
from sweeps import SCENARIO, lines, rows, scenario, sweep, undisturbed, whole

import lab


@pytest.fixture
def plotted(whole, scenario):
    def plot(name, *arguments, **changes):
        sweep(scenario, "-o", whole, "--plot", whole / name, *arguments, **changes)
        return (whole / name).read_bytes()

    return plot


def test_a_plot_has_axes_lines_and_title(plotted):
    data = plotted("out.svg")
    assert plotted("again.svg") == data
    texts = ["".join(text.itertext()).strip() for text in xml.etree.ElementTree.fromstring(data).iter("{http://www.w3.org/2000/svg}text")]
    for text in ("A message every 50 ms, and a path that is silent for a while.", "delay", "10ms", "200ms",
                 "heal", "5s", "6s", "outage: longest time without a delivery (s)"):
        assert text in texts, text
    assert any("point: median, bar: least to most of 3 runs" in text for text in texts)


def test_axes_can_be_chosen(plotted):
    texts = plotted("out.svg", "--x", "heal", "--series", "delay", "--y", "latency-median").decode()
    assert "latency of messages, median (s)" in texts
    assert texts != plotted("other.svg", "--x", "delay", "--series", "heal", "--y", "latency-median").decode()


def table(done):
    """The table at the end: its head, and its lines as lists of cells."""
    lines_ = done.stdout.split("\n\n")[1].splitlines()
    return lines_[0], [re.split(r"\s{2,}", line.strip()) for line in lines_[1:]]


def test_a_table_shows_the_medians(whole, scenario):
    head, cells = table(sweep(scenario, "-o", whole))
    assert head == "outage: longest time without a delivery, median of 3 runs"
    assert [row[0] for row in cells] == ["heal", "delay", "10ms", "200ms"]
    assert cells[0] == ["heal", "5s", "6s"]
    for row in cells[2:]:
        for heal, cell in zip(("5s", "6s"), row[1:]):
            outages = sorted(int(p["outage_ns"]) for p in rows(whole) if (p["delay"], p["heal"]) == (row[0], heal))
            number, unit = cell.split()
            assert unit == "s" and abs(float(number) - outages[1] / 1e9) <= 0.006, (row, outages)


def test_axes_of_the_table_can_be_chosen(whole, scenario):
    head, cells = table(sweep(scenario, "-o", whole, "--x", "heal", "--series", "delay", "--y", "delivered"))
    assert head == "messages delivered, median of 3 runs"
    assert cells == [["delay", "10ms", "200ms"], ["heal"], ["5s", "40", "40"], ["6s", "40", "40"]]
    assert table(sweep("--merge", whole, "--x", "heal", "--series", "delay", "--y", "delivered"))[1] == cells


def test_one_combination_has_one_number(tmp_path, scenario):
    head, cells = table(sweep(scenario, "--vary", "delay=10ms", "--vary", "heal=5s", "-o", tmp_path / "one", "--y", "sent"))
    assert (head, cells) == ("messages sent, median of 3 runs: 40", [])


def test_detection_and_return_are_measured(tmp_path):
    sweep("failover/failback-tuned", "--vary", "hb-interval=5s", "--vary", "rto-max=1s", "--seeds", "1", "-o", tmp_path)
    (point,) = rows(tmp_path)
    # Silent from 10 s, healed at 310 s. RTO.Min and RTO.Max are 1 s: no error takes longer than 5 s + 3/2 RTO, and an eighth.
    assert 0 <= int(point["path_lost_ns"]) - 10 * 10**9 - int(point["detection_ns"]) < 10_000
    assert 5 * 10**9 < int(point["detection_ns"]) < 6 * 7.4e9
    assert 0 < int(point["return_ns"]) < 7.4e9


BROKEN_TWICE = """\
summary: Two flows, a path that comes back without a heal and then with one, and then both are silent.
topology:
  nodes: {client: {}, server: {}}
  links:
    a: {between: [client, server], ipv4: 192.0.2.0/28, delay: 10ms, jitter: 5ms}
    b: {between: [client, server], ipv4: 198.51.100.0/28, delay: 10ms, jitter: 5ms}
capture: off
sysctls: {client: {net.sctp.rto_max: 1000, net.sctp.path_max_retrans: 1}, server: {net.sctp.rto_max: 1000}}
endpoints:
  server: {node: server, port: 5000, listen: true}
  client:
    node: client
    options: {SCTP_PEER_ADDR_PARAMS: {spp_flags: SPP_HB_ENABLE, spp_hbinterval: 500ms}, SCTP_NODELAY: 1}
timeline:
  - {at: 0s, client: connectx, to: [server.a, server.b], expect: ok}
  - {at: 1s, client: send, size: 100B, every: 300ms, for: 19700ms}
  - {at: 1s, client: send, size: 100B, every: 1s, for: 60s, stream: 1}
  - {at: 2s, client: connectx, to: server.a, expect: EISCONN}
  - {at: 4s, fault: drop, link: a, from: client, nth: 1, count: 12}
  - {at: 18s, fault: link-down, link: b}
  - {at: 19s, heal: b}
  - {at: 25s, name: silence, fault: blackhole, link: a}
  - {at: 35s, heal: silence}
  - {at: 45s, fault: blackhole, link: [a, b]}
expect:
  - {notification: SCTP_ASSOC_CHANGE, state: SCTP_COMM_LOST, endpoint: client}
"""


def measures_of(events):
    """What docs/formats.md says that the measures are, from the events of a run."""
    def first(since=0, **values):
        return next(e["time"] for e in events if e.get("time", -1) >= since and values.items() <= e.items())

    messages = [e for e in events if e["event"] == "message"]
    latencies = sorted(e["time"] - e["traffic"]["sent"] for e in messages)
    flows = [e for e in events if e["event"] == "traffic"]
    fault, heal = first(event="fault"), first(event="heal")
    lost = first(state="SCTP_COMM_LOST")
    down, back = (first(since=since, state=state) for since, state in ((fault, "SCTP_ADDR_UNREACHABLE"), (heal, "SCTP_ADDR_AVAILABLE")))
    errors = [name for e in flows for name in e["errors"]]
    return {
        "sent": sum(e["sent"] for e in flows), "failed": sum(e["failed"] for e in flows), "delivered": len(messages), "duplicates": 0,
        "latency_median_ns": latencies[(len(latencies) - 1) // 2], "latency_max_ns": latencies[-1],
        "path_lost_ns": first(state="SCTP_ADDR_UNREACHABLE"), "detection_ns": down - fault, "return_ns": back - heal,
        "lost_ns": lost, "lost_errno": errors[0],
    }


def test_measures_are_what_the_events_say(tmp_path):
    path = lab.write_scenario(tmp_path, BROKEN_TWICE)
    sweep(path, "--seeds", "1", "-o", tmp_path / "swept")
    (point,) = rows(tmp_path / "swept")
    status, _ = lab.run_json(path, "--keep", tmp_path / "kept")
    assert status == 0
    (file,) = (tmp_path / "kept").rglob("events.jsonl")
    expected = measures_of(lines(file))
    assert {name: point[name] for name in expected} == {name: str(value) for name, value in expected.items()}
    assert expected["failed"] > 1 and expected["delivered"] % 2 == 0 and expected["duplicates"] == 0


def test_a_plot_may_be_png(plotted):
    assert plotted("out.png").startswith(b"\x89PNG\r\n\x1a\n")


def test_a_merge_may_be_drawn(whole, plotted):
    data = plotted("out.svg")
    sweep("--merge", whole, "--plot", whole / "merged.svg")
    assert (whole / "merged.svg").read_bytes() == data


def test_no_command_in_a_summary_is_run(tmp_path):
    mark = tmp_path / "mark"
    path = lab.write_scenario(tmp_path, SCENARIO.replace("summary: A", f"summary: It's `touch {mark}` and \\\\. A"))
    sweep(path, "-o", tmp_path, "--seeds", "1", "--plot", tmp_path / "out.svg")
    assert not mark.exists()
    assert "It's" in (tmp_path / "out.svg").read_text().replace("&apos;", "'")


def test_without_gnuplot(whole, scenario):
    done = sweep(scenario, "-o", whole, "--plot", whole / "out.svg", expected=3, PATH="/nowhere")
    assert done.stderr == "pathlab sweep: --plot needs gnuplot, which is not installed; on Debian its package is gnuplot-nox\n"
