# SPDX-License-Identifier: GPL-2.0-only
"""Prediction beside measurement: hand-made runs whose packets come when they should, or when they should not; and the
scenarios that expect their predictions to hold, over many seeds."""

import json
import struct

import pytest

import captures
import judged
import lab
from captures import CLIENT_A, CLIENT_B, SERVER_A, SERVER_B, chunk, data_chunk
from front_tools import HEAD, STEP, plan_of, sentences_of
from judged import CLIENT, MS, S, SERVER

HEARTBEAT, HEARTBEAT_ACK, SHUTDOWN, COOKIE_ACK, FORWARD_TSN, PAD = 4, 5, 7, 11, 192, 132
CLIENT_TAG, SERVER_TAG = 11, 22

# RTO.Initial and RTO.Min of Linux.
INITIAL, MIN = 3 * S, 1 * S


def wheel_step(timeout, tick):
    """The granularity of a timer by the constants of kernel/time/timer.c, at HZ = 1 s / tick."""
    lvl_bits, lvl_clk_shift, lvl_depth = 6, 3, 9
    delta = timeout // tick
    level = 0
    while level < lvl_depth - 1 and delta >= ((1 << lvl_bits) - 1) << (level * lvl_clk_shift):
        level += 1
    return tick << (level * lvl_clk_shift)


def client(time, *chunks, path="a", tag=SERVER_TAG, **keys):
    interface = CLIENT_A if path == "a" else CLIENT_B
    return captures.sent(interface, time, captures.ADDRESSES[interface ^ 1], *chunks, tag=tag, **keys)


def server(time, *chunks, path="a", tag=CLIENT_TAG):
    interface = SERVER_A if path == "a" else SERVER_B
    return captures.sent(interface, time, captures.ADDRESSES[interface ^ 1], *chunks, tag=tag, source_port=5000, port=40000)


def init_chunk(kind, tag):
    return chunk(kind, struct.pack(">IIHHI", tag, 100000, 10, 10, 1))


def init(time, path="a"):
    return client(time, init_chunk(captures.INIT, CLIENT_TAG), path=path, tag=0)


def sack(ack, *gaps):
    return chunk(captures.SACK, struct.pack(">IIHH", ack, 100000, len(gaps), 0) + b"".join(struct.pack(">HH", *gap) for gap in gaps))


def heartbeat(kind, path, stamp):
    """As Linux writes it (struct sctp_sender_hb_info): the address that is probed, and a time."""
    address = bytes(map(int, captures.ADDRESSES[SERVER_A if path == "a" else SERVER_B].split(".")))
    info = struct.pack("<HH", 2, 0) + address + bytes(20) + struct.pack("<QQI", stamp, 7, 0)
    return chunk(kind, struct.pack(">HH", 1, 4 + len(info)) + info)


def handshake(at=0):
    return (init(at) + server(at + 100, init_chunk(captures.INIT_ACK, SERVER_TAG)) + client(at + 200, chunk(captures.COOKIE_ECHO, bytes(8)))
            + server(at + 300, chunk(COOKIE_ACK)))


def measured_rtt(tsn=1, at=S):
    """A message and its SACK 20 ms later: from then on RTO is RTO.Min."""
    return client(at, data_chunk(tsn)) + server(at + 20 * MS, sack(tsn))


def option(name, time=-2 * MS, endpoint="client", **fields):
    return judged.call("setup.9", "setsockopt", time, endpoint=endpoint, args={"option": name, "fields": fields})


def run(folder, *frames, events=(), sysctls=(), kinds=(), tick=MS, change=lambda plan: None, endpoint=None, faults=True):
    """A run's entry of the report. Between 2.5 s and 20 s link a loses all, where there are faults."""
    a_plan = judged.plan()
    a_plan["steps"] = [a_plan["steps"][0], *a_plan["steps"][2:4]]
    for step in a_plan["steps"]:
        step.pop("expect", None)
    a_plan["nodes"][0]["sysctls"] = [list(item) for item in sysctls]
    item = {"line": 40, "column": 5, "text": "{predicted: all}", "source": "RFC 9260", "kind": "predicted", "kinds": list(kinds)}
    a_plan["expect"] = [item | ({} if endpoint is None else {"endpoint": endpoint})]
    change(a_plan)
    every = judged.events()
    some = [dict(every[0], tick_ns=tick, booted_ns=-S), *every[1:4]]
    some += [every[6]]  # connectx
    if faults:
        some += [judged.handed(2, int(2.5 * S)), judged.deed("fault", 2, int(2.5 * S), "blackhole"),
                 judged.handed(3, 20 * S), judged.deed("heal", 3, 20 * S, "blackhole", heals=2)]
    else:
        a_plan["steps"] = a_plan["steps"][:1]
    some += list(events)
    some = sorted(some, key=lambda event: event.get("time", event.get("end", 0)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capture.pcapng").write_bytes(captures.head() + b"".join(frames))
    return judged.judge(folder, a_plan, [*some, judged.end(1000 * S)])


def rows(entry, kind=None, endpoint="client"):
    found = [row for row in entry["predictions"]["rows"] if kind in (None, row["kind"]) and row["endpoint"] == endpoint]
    for row in found:
        assert row["formula"] and row["source"].startswith("RFC "), row
    return found


def only(entry, kind):
    (row,) = rows(entry, kind)
    return row


# ------------------------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize("tick", [MS, 4 * MS, 10 * MS])
@pytest.mark.parametrize("rto", [20, 40, 62, 63, 64, 100, 503, 504, 505, 1000, 3000, 4031, 4032, 32255, 32256, 60000])
def test_a_timer_expires_at_the_end_of_a_step_of_the_wheel(tmp_path, rto, tick):
    timeout = rto * MS
    entry = run(tmp_path, init(1 * S), init(1 * S + timeout), sysctls=[("net/sctp/rto_initial", str(rto))], tick=tick)
    row = only(entry, "init")
    low, high = row["predicted_ns"]
    # what leaves first may have waited for the neighbour's address; this link has no delay
    assert (low, high) == (1 * S + timeout, 1 * S + timeout + wheel_step(timeout, tick))
    assert row["agrees"] and entry["predictions"]["tick_ns"] == tick


@pytest.mark.parametrize("late, agrees", [(-2 * MS, False), (-1 * MS, True), (0, True), (64 * MS, True), (65 * MS, True), (66 * MS, False)])
def test_one_tick_is_the_tolerance(tmp_path, late, agrees):
    entry = run(tmp_path, init(1 * S), init(1 * S + INITIAL + late))
    row = only(entry, "init")
    assert row["agrees"] is agrees and (entry["verdict"] == "pass") is agrees
    assert row["measured_ns"] == [4 * S + late] * 2
    assert row["difference_ns"] == (late if late < 0 else max(0, late - 64 * MS))
    if not agrees:
        (problem,) = entry["problems"]
        assert problem["expected"].startswith("INIT number 2, to server.a of client at 4.000 to 4.064 s: T1-init: RTO.Initial = 3 s after 1.000 s")
        assert problem["observed"] == f"it was measured at {(4 * S + late) / S:.3f} s"


def test_where_linux_differs_the_function_is_named(tmp_path):
    row = only(run(tmp_path, init(1 * S), init(4 * S)), "init")
    assert row["linux"] == ("Linux has an RTO.Initial of 3 s (net/sctp/protocol.c sctp_defaults_init), RFC 9260 section 16 1 s")
    assert only(run(tmp_path / "set", init(1 * S), init(3 * S), sysctls=[("net/sctp/rto_initial", "2000")]), "init")["linux"] is None
    row = rows(run(tmp_path / "two", init(1 * S), init(4 * S, "b"), init(7 * S)), "init")[1]
    assert "Linux doubles T1 when all addresses had their turn (net/sctp/sm_sideeffect.c sctp_cmd_t1_timer_update)" in row["linux"]


# --------------------------------------------------------------------------------------- set-up


def test_init_is_doubled_once_all_addresses_had_their_turn(tmp_path):
    times = [1, 4, 7, 13, 19, 31]
    entry = run(tmp_path, *[init(time * S, "ab"[i % 2]) for i, time in enumerate(times)])
    assert [row["predicted_ns"][0] // S for row in rows(entry, "init")] == times[1:]
    assert entry["verdict"] == "pass"


def test_init_is_doubled_each_time_on_a_single_path(tmp_path):
    assert run(tmp_path, *[init(time * S) for time in (1, 4, 10, 22, 46)])["verdict"] == "pass"
    assert run(tmp_path / "not", *[init(time * S) for time in (1, 4, 7)])["verdict"] == "fail"


@pytest.mark.parametrize("at, verdict", [(10 * S, "pass"), (10 * S + 512 * MS, "pass"), (9 * S, "fail"), (11 * S, "fail")])
def test_an_association_that_cannot_be_started(tmp_path, at, verdict):
    entry = run(tmp_path, init(1 * S), init(4 * S), sysctls=[("net/sctp/max_init_retransmits", "1")],
                events=[judged.association_change(at, "SCTP_CANT_STR_ASSOC")])
    assert entry["verdict"] == verdict
    assert only(entry, "given-up")["predicted_ns"] == [10 * S, 10 * S + 512 * MS]


def test_an_option_replaces_a_sysctl(tmp_path):
    entry = run(tmp_path, init(1 * S), init(int(1.5 * S)), sysctls=[("net/sctp/rto_initial", "700")],
                events=[option("SCTP_RTOINFO", srto_initial=500)])
    assert only(entry, "init")["agrees"]
    assert not only(run(tmp_path / "late", init(1 * S), init(int(1.5 * S)), events=[option("SCTP_RTOINFO", time=2 * S, srto_initial=500)]),
                    "init")["agrees"]


def test_cookie_echo_again(tmp_path):
    def echoes(*times):
        start = init(0) + server(100, init_chunk(captures.INIT_ACK, SERVER_TAG))
        return start + b"".join(client(time, chunk(captures.COOKIE_ECHO, bytes(8))) for time in times)

    entry = run(tmp_path, echoes(200, 3 * S + 200, 9 * S + 200))
    assert [row["agrees"] for row in rows(entry, "cookie")] == [True, True]
    assert [row["agrees"] for row in rows(run(tmp_path / "early", echoes(200, 2 * S)), "cookie")] == [False]


# ----------------------------------------------------------------------------------------- DATA


@pytest.mark.parametrize("probed, agrees", [(4.4, False), (5.0, True), (5.6, True), (5.7, False)])
def test_an_expiry_that_does_not_show_counts_as_an_error(tmp_path, probed, agrees):
    """Path b is in use when T3-rtx of path a expires: what it marks waits until there is room. The path is suspected all the same."""
    entry = run(tmp_path, handshake(), measured_rtt(), client(3 * S, data_chunk(2)), client(3900 * MS, data_chunk(3), path="b"),
                client(int(probed * S), heartbeat(HEARTBEAT, "a", 1)), server(6 * S, sack(1, (2, 2)), path="b"),
                client(6 * S + MS, data_chunk(2), path="b"), server(6 * S + 20 * MS, sack(3), path="b"))
    assert rows(entry, "retransmission") == []
    row = only(entry, "heartbeat")
    assert row["predicted_ns"] == [int(4.5 * S), int(5.5 * S) + 128 * MS] and row["agrees"] is agrees


def resent(at, *tsns):
    """Sent again over path b, and acknowledged 20 ms later."""
    return client(at, *map(data_chunk, tsns), path="b") + server(at + 20 * MS, sack(tsns[-1]), path="b")


def retransmission(folder, at, *frames, acked=True, **keys):
    """A message of 3 s is lost, and sent again over path b at that time."""
    again = resent(at, 2) if acked else client(at, data_chunk(2), path="b")
    return run(folder, handshake(), measured_rtt(), client(3 * S, data_chunk(2)), again, *frames, **keys)


@pytest.mark.parametrize("late, agrees", [(-2 * MS, False), (0, True), (30 * MS, True), (64 * MS, True), (66 * MS, False)])
def test_the_first_retransmission_and_the_path_that_is_suspected(tmp_path, late, agrees):
    entry = retransmission(tmp_path, 4 * S + late)
    for kind in ("retransmission", "pf"):
        row = only(entry, kind)
        assert row["predicted_ns"] == [4 * S, 4 * S + 64 * MS] and row["agrees"] is agrees
    assert (entry["verdict"] == "pass") is agrees
    assert only(entry, "pf")["what"] == "path server.a PF"


def test_without_a_measured_round_trip_it_is_rto_initial(tmp_path):
    entry = run(tmp_path, handshake(), client(3 * S, data_chunk(1)), resent(6 * S, 1))
    assert only(entry, "retransmission")["agrees"] and "RTO.Initial = 3 s" in only(entry, "retransmission")["formula"]


def test_what_is_never_sent_again(tmp_path):
    entry = run(tmp_path, handshake(), measured_rtt(), client(3 * S, data_chunk(2)))
    row = only(entry, "retransmission")
    assert row["measured_ns"] is None and not row["agrees"]
    assert entry["problems"][0]["observed"] == "it was measured at never"


def test_a_wrong_parameter_makes_it_differ(tmp_path):
    assert not only(retransmission(tmp_path, 4 * S, sysctls=[("net/sctp/rto_min", "500")]), "retransmission")["agrees"]
    assert only(retransmission(tmp_path / "right", int(3.5 * S), sysctls=[("net/sctp/rto_min", "500")]), "retransmission")["agrees"]


def test_an_rto_above_the_minimum_is_measured(tmp_path):
    """RFC 9260 6.3.1 C2: a first round trip of 800 ms makes 800 + 4 * 400 ms; and the tick, three times."""
    slow = client(1 * S, data_chunk(1)) + server(int(1.8 * S), sack(1))
    entry = run(tmp_path, handshake(), slow, client(3 * S, data_chunk(2)), resent(3 * S + 2400 * MS, 2))
    row = only(entry, "retransmission")
    assert row["predicted_ns"] == [3 * S + 2391 * MS, 3 * S + 2400 * MS + 64 * MS + 9 * MS]
    assert "SRTT + 4 RTTVAR = 2.4 s" in row["formula"] and row["agrees"]


def test_a_second_round_trip_counts_an_eighth(tmp_path):
    slow = client(1 * S, data_chunk(1)) + server(int(1.8 * S), sack(1)) + client(2 * S, data_chunk(2)) + server(int(2.4 * S), sack(2))
    row = only(run(tmp_path, handshake(), slow, client(3 * S, data_chunk(3)), resent(6 * S, 3), faults=False), "retransmission")
    # RTTVAR 400 * 3/4 + 400/4, SRTT 800 * 7/8 + 400/8
    assert "SRTT + 4 RTTVAR = 2.35 s" in row["formula"]


def test_a_sack_restarts_the_timer(tmp_path):
    more = client(int(2.9 * S), data_chunk(2)) + client(3 * S, data_chunk(3)) + server(int(3.2 * S), sack(2))
    entry = run(tmp_path, handshake(), measured_rtt(), more, resent(int(4.2 * S), 3), faults=False)
    assert only(entry, "retransmission")["agrees"]
    assert "after 3.200 s, the last SACK that acknowledged DATA" in only(entry, "retransmission")["formula"]


def test_a_sack_that_a_fault_takes_restarts_nothing(tmp_path):
    """From 2.5 s on nothing arrives by link a, though the capture has it."""
    more = client(int(2.9 * S), data_chunk(2)) + client(3 * S, data_chunk(3)) + server(int(3.2 * S), sack(2))
    entry = run(tmp_path, handshake(), measured_rtt(), more, resent(int(3.9 * S), 2, 3))
    assert only(entry, "retransmission")["predicted_ns"][0] == int(3.9 * S) and entry["verdict"] == "pass"


@pytest.mark.parametrize("tick", [MS, 4 * MS])
@pytest.mark.parametrize("what", ["DATA", "HEARTBEAT"])
def test_a_packet_without_sack_just_before_an_expiry_is_not_its_cause(tmp_path, what, tick):
    """What is sent again within a tick of a SACK may follow the SACK; after anything else it was T3-rtx."""
    arrived = server(4 * S - MS // 2, data_chunk(900) if what == "DATA" else chunk(HEARTBEAT, bytes(44)), path="b")
    if what == "DATA":
        arrived += client(4 * S - MS // 4, sack(900), path="b")
    more = client(3 * S, data_chunk(2)) + arrived + resent(4 * S, 2)
    entry = run(tmp_path, handshake(), measured_rtt(), more, tick=tick)
    row = only(entry, "retransmission")
    assert row["measured_ns"] == [4 * S] * 2 and row["agrees"]
    assert entry["verdict"] == "pass"


def test_fast_retransmit_is_no_expiry(tmp_path):
    """RFC 9260 7.2.4."""
    burst = b"".join(client(3 * S + i * MS, data_chunk(2 + i)) for i in range(5))
    sacks = b"".join(server(3 * S + (20 + i) * MS, sack(1, (2, 2 + i))) for i in range(3))
    entry = run(tmp_path, handshake(), measured_rtt(), burst, sacks, client(3 * S + 22 * MS + 1000, data_chunk(2)), server(3 * S + 50 * MS, sack(6)),
                faults=False, kinds=["retransmission"])
    assert rows(entry) == []
    assert entry["problems"][0]["expected"] == "something to predict: retransmission"
    assert entry["problems"][0]["observed"] == "there was nothing of that"


def test_new_data_on_a_path_belies_that_it_is_suspected(tmp_path):
    entry = retransmission(tmp_path, 4 * S, client(5 * S, data_chunk(3)), server(int(5.02 * S), sack(3)), faults=False)
    assert only(entry, "retransmission")["agrees"]
    assert only(entry, "pf")["measured_ns"] is None and not only(entry, "pf")["agrees"]
    assert retransmission(tmp_path / "b", 4 * S, client(5 * S, data_chunk(3), path="b"),
                          server(int(5.02 * S), sack(3), path="b"))["verdict"] == "pass"


def test_with_pf_switched_off_nothing_is_suspected(tmp_path):
    assert rows(retransmission(tmp_path, 4 * S, sysctls=[("net/sctp/pf_enable", "0")]), "pf") == []


def test_a_threshold_for_suspicion(tmp_path):
    """SCTP_PEER_ADDR_THLDS with 1: the first T3-rtx does not do it, the second does."""
    more = client(5 * S, data_chunk(3)), client(7 * S, data_chunk(3), path="b"), server(8 * S, sack(3), path="b")
    entry = retransmission(tmp_path, 4 * S, *more, events=[option("SCTP_PEER_ADDR_THLDS", spt_pathpfthld=1)])
    assert [row["agrees"] for row in rows(entry, "retransmission")] == [True, True]
    assert only(entry, "pf")["predicted_ns"] == [7 * S, 7 * S + 64 * MS]
    assert "error 2, of PFMR 1" in only(entry, "pf")["formula"]


# ------------------------------------------------------------------------------ paths and the end

TOLD = judged.address_change(4 * S, "192.0.2.2", "SCTP_ADDR_UNREACHABLE")


def inactive(folder, *told):
    """Path.Max.Retrans of 0: the first T3-rtx makes it inactive."""
    return retransmission(folder, 4 * S, sysctls=[("net/sctp/path_max_retrans", "0")], events=[judged.address_change(2 * S, "198.51.100.2",
                          "SCTP_ADDR_CONFIRMED"), *told])


def test_an_inactive_path_is_what_the_program_was_told(tmp_path):
    assert only(inactive(tmp_path, TOLD), "inactive")["agrees"]
    late = inactive(tmp_path / "late", dict(TOLD, time=4 * S + 66 * MS))
    assert not only(late, "inactive")["agrees"] and late["verdict"] == "fail"
    assert only(inactive(tmp_path / "never"), "inactive")["measured_ns"] is None


LOST = [("net/sctp/association_max_retrans", "1"), ("net/sctp/pf_enable", "0")]


@pytest.mark.parametrize("late, agrees", [(0, True), (64 * MS, True), (-2 * MS, False), (66 * MS, False)])
def test_the_association_is_lost(tmp_path, late, agrees):
    """One error is all that is allowed: T3-rtx of path b, which runs since 4 s, finds it."""
    entry = retransmission(tmp_path, 4 * S, sysctls=LOST, acked=False, kinds=["lost"],
                           events=[judged.association_change(7 * S + late, "SCTP_COMM_LOST")])
    assert only(entry, "lost")["agrees"] is agrees and (entry["verdict"] == "pass") is agrees
    assert only(entry, "lost")["predicted_ns"] == [7 * S, 7 * S + 64 * MS]
    assert "1 errors, of Association.Max.Retrans 1" in only(entry, "lost")["formula"]


def test_an_association_that_should_be_lost_and_goes_on(tmp_path):
    entry = retransmission(tmp_path, 4 * S, client(7 * S, data_chunk(2)), acked=False, sysctls=LOST, kinds=["lost"])
    assert only(entry, "lost")["measured_ns"] is None and entry["verdict"] == "fail"


def probes(folder, first, answered, *more, **keys):
    """After T3-rtx at 4 s a HEARTBEAT that is lost, and one that is answered 20 ms later."""
    beats = client(first, heartbeat(HEARTBEAT, "a", 1)) + client(answered, heartbeat(HEARTBEAT, "a", 2))
    return retransmission(folder, 4 * S, beats, server(answered + 20 * MS, heartbeat(HEARTBEAT_ACK, "a", 2)), *more, **keys)


@pytest.mark.parametrize("first, agrees", [(4499, True), (4498, False), (5564, True), (5566, False)])
def test_a_suspected_path_is_probed_within_half_an_rto_around_it(tmp_path, first, agrees):
    row = rows(probes(tmp_path, first * MS, 30 * S), "heartbeat")[0]
    assert row["predicted_ns"] == [int(4.5 * S), int(5.5 * S) + 64 * MS] and row["agrees"] is agrees
    assert "net/sctp/transport.c sctp_transport_timeout" in row["linux"]


@pytest.mark.parametrize("answered, agrees", [(20.5, True), (23.0, True), (8.0, True), (5.2, False), (31.0, False)])
def test_a_path_that_is_back(tmp_path, answered, agrees):
    """The third probe is due 2 s to 6 s after the second one; link a is whole again from 20 s on."""
    second = client(6 * S, heartbeat(HEARTBEAT, "a", 5)) if answered < 20 else client(18 * S, heartbeat(HEARTBEAT, "a", 5))
    at = int(answered * S)
    beats = client(5 * S, heartbeat(HEARTBEAT, "a", 1)) + second + client(at, heartbeat(HEARTBEAT, "a", 6))
    entry = retransmission(tmp_path, 4 * S, beats, server(at + 20 * MS, heartbeat(HEARTBEAT_ACK, "a", 6)),
                           faults=answered > 20)
    found = rows(entry, "active")
    assert [row["agrees"] for row in found] == [agrees]
    assert found[0]["measured_ns"] == [at + 20 * MS] * 2


def test_data_puts_a_heartbeat_off(tmp_path):
    """net/sctp/sm_sideeffect.c sctp_generate_heartbeat_event(): half an RTO after the last DATA at the earliest."""
    late = client(int(5.4 * S), data_chunk(2))
    row = rows(probes(tmp_path, 7 * S, 30 * S, late, kinds=["heartbeat"]), "heartbeat")[0]
    assert row["predicted_ns"][0] == int(6.4 * S)


def test_a_path_without_data_is_not_probed_for_a_while_after_five_minutes(tmp_path):
    """The ticks wrap around 300 s after the start, here at 299 s, and a time of 0 is then that of DATA just sent."""
    beats = [269, 335]
    entry = run(tmp_path, handshake(200 * S), *[client(at * S, heartbeat(HEARTBEAT, "b", i), path="b") for i, at in enumerate(beats)],
                faults=False)
    row = only(entry, "heartbeat")
    # RTO.Initial of 3 s: 31.5 s to 34.5 s after the HEARTBEAT of 269 s
    assert row["predicted_ns"][0] == 299 * S + int(31.5 * S)
    assert not any(row["agrees"] for row in rows(run(tmp_path / "b", handshake(100 * S), *[
        client(at * S, heartbeat(HEARTBEAT, "b", i), path="b") for i, at in enumerate([169, 235])], faults=False), "heartbeat"))


def test_a_probe_of_the_mtu_says_nothing(tmp_path):
    padded = chunk(HEARTBEAT, bytes(48)), chunk(PAD, bytes(100))
    assert rows(retransmission(tmp_path, 4 * S, client(int(4.1 * S), *padded)), "heartbeat") == []


def test_shutdown_again(tmp_path):
    first, again = client(3 * S, chunk(SHUTDOWN, bytes(4))), chunk(SHUTDOWN, bytes(4))
    assert only(run(tmp_path, handshake(), first, client(6 * S, again, path="b")), "shutdown")["agrees"]
    assert not only(run(tmp_path / "early", handshake(), first, client(5 * S, again, path="b")), "shutdown")["agrees"]


# ----------------------------------------------------------------------------- what is not known


def test_from_a_fault_that_hides_packets_on_nothing_is_predicted(tmp_path):
    def cut(a_plan):
        a_plan["steps"][1]["kind"] = "link-down"

    entry = retransmission(tmp_path, 4 * S, change=cut)
    assert rows(entry) == []
    (note,) = [note for note in entry["predictions"]["notes"] if note.startswith("client: ")]
    assert note == "client: not all that its node sends and gets is known (link-down at 2.5 s); nothing is predicted from there on"
    assert entry["problems"][0]["observed"].endswith("nothing is predicted from there on")


def test_a_link_that_loses_at_random_hides_packets(tmp_path):
    def lose(a_plan):
        a_plan["links"][1]["ends"][0]["netem"] = {"delay_ns": 0, "jitter_ns": 0, "loss_ppm": 10, "rate_bps": 0}

    entry = retransmission(tmp_path, 4 * S, change=lose)
    assert rows(entry) == [] and "link b loses packets at random" in entry["predictions"]["notes"][0]


def test_messages_that_are_given_up(tmp_path):
    entry = run(tmp_path, handshake(), measured_rtt(), client(3 * S, data_chunk(2)), client(4 * S, chunk(FORWARD_TSN, bytes(4)), path="b"))
    assert rows(entry) == [] and "messages are given up (RFC 3758)" in entry["predictions"]["notes"][0]


def test_delay_and_jitter_of_the_link(tmp_path):
    """A packet is seen behind the delay; jitter makes its time uncertain, and the prediction as wide."""
    def delay(a_plan):
        for link in a_plan["links"]:
            for end in link["ends"]:
                end["netem"] = {"delay_ns": 10 * MS, "jitter_ns": 2 * MS, "loss_ppm": 0, "rate_bps": 0}

    row = only(retransmission(tmp_path, 4 * S, change=delay), "retransmission")
    assert row["predicted_ns"] == [3 * S - 12 * MS + S, 3 * S - 8 * MS + S + 64 * MS]
    # the first packet on link b may have waited for the neighbour's address
    assert row["measured_ns"] == [4 * S - 12 * MS - 24 * MS, 4 * S - 8 * MS]


def test_the_tick_is_assumed_where_the_run_does_not_say(tmp_path):
    entry = judged.judge(tmp_path / "old", judged.plan(), judged.events())
    assert entry["predictions"] is None
    run(tmp_path, init(1 * S), init(4 * S))
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    del first["tick_ns"]
    (tmp_path / "events.jsonl").write_text("\n".join([json.dumps(first), *lines[1:]]) + "\n")
    done = lab.pathlab("verdict", "-v", tmp_path)
    assert "Timers count in ticks of 1 ms, as the run does not say; a difference of one is none." in done.stdout


# ------------------------------------------------------------------------- expectations and output


def test_only_the_kinds_and_the_endpoint_that_are_named_count(tmp_path):
    late = 4 * S + 66 * MS
    assert len(retransmission(tmp_path, late)["problems"]) == 2
    assert len(retransmission(tmp_path / "b", late, kinds=["pf"])["problems"]) == 1
    assert retransmission(tmp_path / "c", late, kinds=["pf"], endpoint=SERVER)["problems"][0]["expected"] == "something to predict: pf"
    assert len(retransmission(tmp_path / "d", late, endpoint=CLIENT)["problems"]) == 2


def test_without_a_capture_it_is_void(tmp_path):
    retransmission(tmp_path, 4 * S)
    (tmp_path / "capture.pcapng").unlink()
    done = lab.pathlab("verdict", tmp_path)
    assert done.returncode == 3 and "a whole capture of the run" in done.stdout


def test_the_table(tmp_path):
    retransmission(tmp_path, 4 * S + 66 * MS)
    done = lab.pathlab("verdict", "-v", tmp_path)
    assert "            whose   what                          predicted         measured\n" in done.stdout
    assert "    DIFFERS client  T3-rtx of server.a, number 1  4.000 to 4.064 s  4.066 s, 2 ms late\n" in done.stdout
    assert "        RTO.Min = 1 s after 3.000 s, when DATA left; RFC 9260 sections 6.3.1 and 6.3.3 E3\n" in done.stdout
    assert "whose" not in lab.pathlab("verdict", tmp_path).stdout


def test_the_form_of_the_expectation(tmp_path):
    text = HEAD + STEP + "expect:\n  - {predicted: all}\n  - {predicted: [pf, given-up], endpoint: client}\n  - {predicted: lost}\n"
    expect = plan_of(tmp_path, text)["expect"]
    assert [item["kinds"] for item in expect] == [[], ["pf", "given-up"], ["lost"]]
    assert [item.get("endpoint") for item in expect] == [None, 1, None]


@pytest.mark.parametrize("expectation, sentence", [
    ("{predicted: [pff]}", "\"pff\" is no value for predicted; did you mean \"pf\"?"),
    ("{predicted: []}", "\"predicted\" is empty; expected all, or a list such as [pf, inactive]"),
    ("{predicted: all, by: 3s}", "unknown key \"by\""),
    ("{predicted: all, endpoint: nobody}", "nobody"),
])
def test_a_bad_expectation_gets_a_sentence(tmp_path, expectation, sentence):
    assert sentence in "\n".join(map(str, sentences_of(tmp_path, HEAD + STEP + f"expect:\n  - {expectation}\n")))


def test_an_expectation_needs_the_capture(tmp_path):
    text = "capture: off\n" + HEAD + STEP + "expect:\n  - {predicted: all}\n"
    assert "packets are read from the capture, which the scenario switches off" in "\n".join(map(str, sentences_of(tmp_path, text)))


# ---------------------------------------------------------------------------------- real runs


def shift(capture, chosen, by):
    """The same capture with all frames of that scenario time and interfaces later by so much."""
    out, at = b"", 0
    while at < len(capture):
        kind, length = struct.unpack_from("<II", capture, at)
        block = bytearray(capture[at:at + length])
        if kind == 6:
            interface, high, low = struct.unpack_from("<III", block, 8)
            time = high << 32 | low
            if chosen(interface, time):
                struct.pack_into("<II", block, 12, time + by >> 32, time + by & 0xFFFFFFFF)
        out += bytes(block)
        at += length
    return out


def test_a_real_run_whose_packets_are_moved(tmp_path):
    """T3-rtx, at 5.9 s to 6 s, of a message that leaves again over path b, the interfaces 2 and 3."""
    done = lab.pathlab("run", "--keep", tmp_path, "failover/primary-silent")
    assert done.returncode == 0, done.stdout
    folder = tmp_path / "failover/primary-silent"
    capture = (folder / "capture.pcapng").read_bytes()
    for by, status in [(0, 0), (200 * MS, 1)]:
        (folder / "capture.pcapng").write_bytes(shift(capture, lambda interface, time: interface > 1 and time > 5 * S, by))
        done = lab.pathlab("verdict", folder)
        assert done.returncode == status, done.stdout
    assert "T3-rtx of server.a, number 1 of client" in done.stdout
    # the packets as they were, and the kernel believed to have another RTO.Min
    (folder / "capture.pcapng").write_bytes(capture)
    plan = json.loads((folder / "plan.json").read_text())
    plan["nodes"][0]["sysctls"].append(["net/sctp/rto_min", "500"])
    (folder / "plan.json").write_text(json.dumps(plan))
    assert "RTO.Min = 0.5 s" in lab.pathlab("verdict", folder).stdout


def test_predict_captures_and_shows(tmp_path):
    done = lab.pathlab("run", "--predict", "failover/primary-silent")
    assert done.returncode == 0
    for what in ("T3-rtx of server.a, number 1", "path server.a PF", "HEARTBEAT to server.a", "path server.a ACTIVE again"):
        assert f"agrees  client  {what}" in done.stdout
    assert "DIFFERS" not in done.stdout
    # one that expects nothing of packets is captured all the same
    plain = lab.write_scenario(tmp_path, HEAD + "  - {at: 1s, fault: drop, link: a, from: client, chunk: INIT, count: 1}\n"
                               "  - {at: 2s, client: connectx, to: [server.a]}\n")
    assert "agrees  client  INIT number 2, to server.a" in lab.pathlab("run", "--predict", plain).stdout
    assert "agrees" not in lab.pathlab("run", "-v", plain).stdout


def test_where_nothing_is_to_be_predicted_the_table_is_empty():
    done = lab.pathlab("run", "--predict", "connect/one-path")
    assert done.returncode == 0 and "agrees" not in done.stdout and "Timers count in ticks of 1 ms; a difference" in done.stdout


def predicted_scenarios():
    """Those that expect all their predictions to hold."""
    return [name for name in lab.scenario_names() if "{predicted: all" in (lab.ROOT / "scenarios" / f"{name}.yaml").read_text()]


def check_seeds(seeds):
    names = predicted_scenarios()
    assert len([name for name in names if name.startswith("failover/")]) >= 10
    count = 0
    for seed in seeds:
        _, document = lab.run_json("-j3", "--seed", seed, *names)
        for entry in document["runs"]:
            assert entry["verdict"] == "pass", (seed, entry["name"], entry["problems"])
            assert entry["predictions"]["rows"], (seed, entry["name"])
            count += len(entry["predictions"]["rows"])
    return count


def test_predictions_hold_with_some_seeds():
    assert check_seeds([1 << 63]) > 400


@pytest.mark.long
def test_predictions_hold_with_fifty_seeds():
    assert check_seeds(range(1, 51)) > 20000
