# SPDX-License-Identifier: GPL-2.0-only
"""pathlab paths: samples that disturb nothing, and the rows made of them."""

import csv
import io
import itertools
import json
import xml.etree.ElementTree

import pytest

import lab

MS, S = 1_000_000, 1_000_000_000

# A load, peeloff, one-to-many, connecting in vain, a crash and a restart, a socket locked while others run, and one in
# which a write(2) more would come to light.
QUIET = [
    "failover/peeloff-during-failover",
    "failover/server-restarts",
    "connect/one-to-many",
    "connect/all-dead-two-paths",
    "errno/listening",
    "errno/answered",
]

# Nothing is delayed: a look comes at the instant of the change. A timer's RTO doubles from 1 s, and PF is hidden.
SILENT = """\
summary: A path goes silent and comes back.
topology:
  nodes: {client: {}, server: {}}
  links:
    a: {between: [client, server], ipv4: 192.0.2.0/28}
    b: {between: [client, server], ipv4: 198.51.100.0/28}
sysctls: {client: {net.sctp.pf_expose: %d}}
endpoints:
  server: {node: server, bind: [server.a, server.b], port: 5000, listen: true}
  client:
    node: client
    bind: [client.a, client.b]
    options:
      SCTP_NODELAY: 1
      SCTP_PEER_ADDR_PARAMS: {spp_flags: SPP_HB_ENABLE, spp_hbinterval: 500ms, spp_pathmaxrxt: 2}
timeline:
  - {at: 0s, client: connectx, to: [server.a, server.b], expect: ok}
  - {at: 2s, client: paths}
  - {at: 3s, client: send, size: 1000B, every: 100ms, for: 2s}
  - {at: 4050ms, name: silence, fault: blackhole, link: a}
  - {at: 4650ms, client: status}
  - {at: 4650ms, client: setsockopt, option: SCTP_PEER_ADDR_PARAMS, fields: {spp_flags: SPP_PMTUD_DISABLE, spp_pathmtu: 1400}}
  - {at: 5500ms, client: paths}
  - {at: 20s, heal: silence}
until: 30s
expect:
  - {delivered: all}
"""


def paths(*arguments, expected=0):
    done = lab.pathlab("paths", *arguments)
    assert done.returncode == expected, done.stderr + done.stdout
    return done


def document(*arguments):
    return json.loads(paths(*arguments, "--format", "json").stdout)


def rows_of(rows, what="path", **values):
    return [row for row in rows if row["what"] == what and all(row[key] == value for key, value in values.items())]


def kept(folder, name, command):
    done = lab.pathlab(command, name, "--keep", folder, *(["--format", "csv"] if command == "paths" else []))
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / str(name).lstrip("/").removesuffix(".yaml")


def is_sample(line):
    return line.startswith(b'{"event":"sample"')


def assert_undisturbed(folder, name):
    """The run with samples has, but for these, the bytes of the run without."""
    plain, sampled = kept(folder / "run", name, "run"), kept(folder / "paths", name, "paths")
    lines = (sampled / "events.jsonl").read_bytes().splitlines()
    before = (plain / "events.jsonl").read_bytes().splitlines()
    others = [line for line in lines if not is_sample(line)]
    # the first difference: to find all of thousands takes hours
    assert next((both for both in itertools.zip_longest(before, others) if both[0] != both[1]), None) is None
    same = (sampled / "capture.pcapng").read_bytes() == (plain / "capture.pcapng").read_bytes()
    assert same
    return [json.loads(line) for line in lines if line]


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    """The events and rows of SILENT, whose every change is told at its instant."""
    folder = tmp_path_factory.mktemp("silent")
    path = lab.write_scenario(folder, SILENT % 2)
    events = (kept(folder / "kept", path, "paths") / "events.jsonl").read_text().splitlines()
    return path, [json.loads(line) for line in events], document(path)


@pytest.mark.parametrize("name", QUIET)
def test_samples_change_nothing_else(tmp_path, name):
    events = assert_undisturbed(tmp_path, name)
    if name not in ("connect/all-dead-two-paths", "errno/listening"):  # where no association comes up, or none for long
        assert any(event["event"] == "sample" for event in events)


MANY = """\
summary: A server starts again while many associations are looked at.
topology: dual-path
endpoints:
  server: {node: server, port: 5000, listen: true}
  other: {node: server, port: 5001, listen: true}
%s
timeline:
%s
  - {at: 5s, fault: crash, endpoint: other}
  - {at: 10s, heal: other}
until: 12s
"""


def test_samples_take_no_memory_that_would_be_noticed(tmp_path):
    """The agent forks anew for a heal, and touches its heap before: as far as one without samples reaches, and no further."""
    clients = [f"c{number}" for number in range(10)]
    text = MANY % ("\n".join(f"  {name}: {{node: client}}" for name in clients),
                   "\n".join(f"  - {{at: 0s, {name}: connectx, to: [server.a, server.b], expect: ok}}" for name in clients))
    events = assert_undisturbed(tmp_path, lab.write_scenario(tmp_path, text))
    assert sum(event["event"] == "sample" for event in events) >= 10


# Programs with threads: which of them runs first is for the scheduler, which sees the agent wake, too.
THREADS = ("interop/usrsctp",)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in lab.scenario_names() if name not in (*QUIET, *THREADS)])
def test_samples_change_nothing_else_in_any_scenario(tmp_path, name):
    assert_undisturbed(tmp_path, name)


def test_a_hidden_state_is_found_and_changes_nothing(tmp_path):
    """SCTP_GET_PEER_ADDR_INFO fails with EACCES for such a path, and a call that fails would take time."""
    path = lab.write_scenario(tmp_path, SILENT % 1)
    events = assert_undisturbed(tmp_path, path)
    hidden = [p for event in events if event["event"] == "sample" for p in event["paths"] if p.get("errno") == "EACCES"]
    assert {p["address"] for p in hidden} == {"192.0.2.2:5000"}
    assert rows_of(document(path)["rows"], path="server.a", state="PF", cwnd=None)


def test_without_a_wish_nothing_is_sampled(tmp_path):
    folder = kept(tmp_path, "failover/one-message-lost", "run")
    assert b'"sample"' not in (folder / "events.jsonl").read_bytes() + (folder / "plan.json").read_bytes()


def test_samples_are_what_the_endpoint_reads_itself(silent):
    _, events, _ = silent
    answers = [event for event in events if event.get("call") == "paths"]
    assert len(answers) == 2
    for answer in answers:
        known = {}
        for event in events:
            if event["event"] == "sample" and event["endpoint"] == "client" and event["time"] <= answer["end"] + 10_000:
                known.update({path["address"]: path for path in event["paths"]})
        assert list(known.values()) == answer["paths"]
    assert [path["state"] for path in answers[0]["paths"]] == ["SCTP_ACTIVE", "SCTP_ACTIVE"]
    assert [path["state"] for path in answers[1]["paths"]] == ["SCTP_PF", "SCTP_ACTIVE"]


def test_states_errors_and_rto_at_their_times(silent):
    _, events, result = silent
    rows = rows_of(result["rows"], endpoint="client", path="server.a")
    states = []
    for row in rows:
        if not states or states[-1]["state"] != row["state"]:
            states.append(row)
    assert [row["state"] for row in states] == ["ACTIVE", "PF", "INACTIVE", "ACTIVE"]
    # T3-rtx of RTO.Min after 4.1 s or 4.0 s, when the last acknowledged chunk left; it comes up to an eighth late.
    assert 5 * S <= states[1]["time_ns"] <= 5.23 * S
    assert (states[1]["errors"], states[1]["cwnd"], states[1]["rto_ms"]) == (1, 1400, 2000)  # one MTU, RTO doubled
    # Path.Max.Retrans 2 is exceeded; the program is told at that instant.
    assert [row["errors"] for row in rows if row["time_ns"] <= states[2]["time_ns"] + MS][-1] == 3
    told = {e["state"]: e["time"] for e in events if e["event"] == "notification" and e.get("address") == "192.0.2.2:5000"}
    assert abs(told["SCTP_ADDR_UNREACHABLE"] - states[2]["time_ns"]) < MS
    assert abs(told["SCTP_ADDR_AVAILABLE"] - states[3]["time_ns"]) < MS
    assert states[3]["time_ns"] > 20 * S and states[3]["errors"] == 0
    rto = [row["rto_ms"] for row in rows if 5 * S <= row["time_ns"] < 20 * S]
    assert [rto[0], *(b for a, b in zip(rto, rto[1:]) if a != b)][:3] == [2000, 4000, 8000]
    assert all(row["state"] == "ACTIVE" for row in rows_of(result["rows"], endpoint="client", path="server.b"))


def test_flight_is_what_the_kernel_has_not_acknowledged(silent):
    _, events, result = silent
    (status,) = (event for event in events if event.get("call") == "status")
    rows = rows_of(result["rows"], endpoint="client")
    # The MTU is set at that moment, so that there are rows; all that path a was given since the fault is still under way.
    changed = {row["path"]: row for row in rows if row["time_ns"] // MS == status["end"] // MS}
    assert [changed[path]["mtu"] for path in ("server.a", "server.b")] == [1400, 1400]
    assert changed["server.a"]["flight"] == 1000 * status["unacked"] > 1000
    assert changed["server.b"]["flight"] == 0
    assert all(rows_of(rows, path=path)[-1]["flight"] == 0 for path in ("server.a", "server.b"))
    assert sum(rows_of(rows, path=path)[-1]["retransmissions"] for path in ("server.a", "server.b")) >= status["unacked"]


def test_heartbeats_are_those_on_the_wire(silent):
    path, _, result = silent
    status, counted = lab.run_json(path, "--keep", path.parent / "counted")
    assert status == 0
    sent = counted["runs"][0]["packets"]
    for endpoint, peer in (("client", "server"), ("server", "client")):
        for link, addresses in (("a", ("192.0.2.1", "192.0.2.2")), ("b", ("198.51.100.1", "198.51.100.2"))):
            to_peer = addresses[endpoint == "client"]
            from_peer = addresses[endpoint != "client"]
            last = rows_of(result["rows"], endpoint=endpoint, path=f"{peer}.{link}")[-1]
            assert last["heartbeats"] == sent[endpoint][to_peer]["HEARTBEAT"]
            # all that were answered arrived: those the fault took were never answered
            assert last["heartbeat_acks"] == sent[peer][from_peer]["HEARTBEAT ACK"]


def test_what_a_fault_takes_on_arrival_did_not_come():
    """The capture has the SACKs that are dropped behind it: they acknowledge nothing."""
    rows = rows_of(document("failover/sacks-lost", "--endpoint", "client")["rows"], path="server.a", state="PF")
    assert rows[0]["flight"] > rows[0]["cwnd"] == 1500


def test_faults_heals_and_notifications_stand_between(silent):
    rows = silent[2]["rows"]
    assert [row["time_ns"] for row in rows] == sorted(row["time_ns"] for row in rows)
    (fault,), (heal,) = rows_of(rows, "fault"), rows_of(rows, "heal")
    assert fault["text"] == heal["text"] == "blackhole on link a"
    assert fault["time_ns"] // MS == 4050 and heal["time_ns"] // MS == 20000
    assert [row["state"] for row in rows_of(rows, "association", endpoint="client")] == ["ESTABLISHED"]
    assert any("SCTP_ADDR_UNREACHABLE" in row["text"] for row in rows_of(rows, "notification", endpoint="client"))


def test_csv_has_the_rows_of_json(silent):
    path, _, result = silent
    table = list(csv.DictReader(io.StringIO(paths(path, "--format", "csv").stdout)))
    assert len(table) == len(result["rows"])
    for line, row in zip(table, result["rows"]):
        for key, text in line.items():
            value = row.get(key)
            assert text == ("" if value is None else str(value).lower() if isinstance(value, bool) else str(value)), key


def test_every_source_is_named(silent):
    result = silent[2]
    row = rows_of(result["rows"])[0]
    assert set(result["sources"]) == set(row) - {"time_ns", "what", "endpoint", "assoc_id"}
    assert set(result["sources"].values()) == {"scenario", "kernel", "packets"}
    assert (result["verdict"], result["seed"], result["kernel"]) == ("pass", "1", "uml-6.12")


def test_table(silent):
    path = silent[0]
    text = paths(path, "--endpoint", "client").stdout
    assert text.startswith("client, association ") and "\nserver, association" not in text
    assert "    4.050 s  -- fault: blackhole on link a\n" in text
    assert any(line.split()[2:4] == ["server.a*", "INACTIVE"] for line in text.splitlines())
    assert "\nok    " in text


def test_less_of_it(silent):
    path, _, result = silent
    part = document(path, "--from", "5s", "--to", "20s", "--endpoint", "server")["rows"]
    assert part == [r for r in result["rows"] if 5 * S <= r["time_ns"] <= 20 * S and r["endpoint"] in (None, "server")]
    thin = rows_of(document(path, "--every", "1h")["rows"], endpoint="client", path="server.a")
    full = rows_of(result["rows"], endpoint="client", path="server.a")
    assert len(thin) < len(full)
    changes = [row["state"] for before, row in zip(full, full[1:]) if row["state"] != before["state"]]
    assert [row["state"] for before, row in zip(thin, thin[1:]) if row["state"] != before["state"]] == changes


def test_the_same_seed_gives_the_same_rows(silent):
    path, _, result = silent
    assert document(path) == result
    assert document(path, "--seed", "2")["rows"] != result["rows"]


def test_plots(silent, tmp_path):
    path, svg, png = silent[0], tmp_path / "out.svg", tmp_path / "out.png"
    paths(path, "--plot", svg)
    paths(path, "--plot", png, "--format", "json")
    texts = "\n".join(xml.etree.ElementTree.parse(svg).getroot().itertext())
    for word in ("server.a RTO", "server.b SRTT", "cwnd (kB)", "fault: blackhole on link a", "INACTIVE", "client, association"):
        assert word in texts
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert sorted(tmp_path.iterdir()) == [png, svg]


def test_a_run_that_fails_is_told(tmp_path):
    path = lab.write_scenario(tmp_path, (SILENT % 2).replace("delivered: all", "delivered: 3"))
    done = paths(path, "--format", "csv", expected=1)
    assert done.stdout.startswith("time_ns,") and "FAIL" in done.stderr


def test_no_association_no_rows():
    assert "No association came up" in paths("connect/all-dead-two-paths").stdout
    done = lab.pathlab("paths", "connect/all-dead-two-paths", "--plot", "never.svg")
    assert (done.returncode, done.stderr) == (3, "pathlab paths: there is nothing to draw: no association came up\n")


BAD = {
    (): "expected one scenario, found 0",
    ("failover",): "scenarios, expected one",
    ("failover/tunet",): 'did you mean "failover/tuned"?',
    ("failover/tuned", "--endpoint", "clent"): '--endpoint is "clent", which is no endpoint of the scenario; did you mean "client"?',
    ("failover/tuned", "--every", "100"): '--every is "100", expected a time such as 100ms',
    ("failover/tuned", "--from", "soon"): '--from is "soon", expected a time such as 100ms',
    ("failover/tuned", "--from", "2s", "--to", "1s"): "--from is later than --to",
    ("failover/tuned", "--format", "xml"): '--format is "xml", expected human, csv or json',
    ("failover/tuned", "--plot", "x.gif"): '--plot is "x.gif", expected a name that ends in .svg or .png',
    ("failover/tuned", "--seed", "x"): '--seed is "x", expected a whole number',
    ("failover/tuned", "-k", "uml-6.13"): 'no kernel is called "uml-6.13"',
}


@pytest.mark.parametrize("arguments", BAD, ids=lambda words: " ".join(words) or "none")
def test_bad_options(arguments):
    done = paths(*arguments, expected=2)
    assert BAD[arguments] in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_without_a_capture_there_is_nothing_to_follow(tmp_path):
    path = lab.write_scenario(tmp_path, "capture: off\n" + SILENT % 2)
    assert '"capture: off"' in paths(path, expected=2).stderr
