# SPDX-License-Identifier: GPL-2.0-only
"""cclient's calls on a real kernel: a guest with 192.0.2.1-4 and 2001:db8::1-4 on its loopback interface.

Messages and notifications."""

from answers import LISTENER, SECOND, all_succeed, calls, messages, notifications


# Sending and receiving.


def test_send_and_receive(guest):
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        bind c 192.0.2.3:6000
        connectx c 192.0.2.1,192.0.2.2 port=5000
        accept l a
        send c text=plain stream=1 ppid=4294967295
        send c text=to to=192.0.2.2:5000
        send c text=later lifetime=5s
        send c text=both to=192.0.2.1:5000 dontwait unordered
        sendmsg c text=msg stream=2 rtx=3 unordered
        recvmsg a
        recvmsg a
        recvmsg a
        recvmsg a
        recvmsg a
        send c size=100B
        recvmsg a max=60B
        recvmsg a
        setsockopt a SCTP_RECVNXTINFO 1
        send c text=one stream=4 ppid=9
        send c size=7B stream=5
        recvmsg a
        send c text=x stream=99
        """
    )
    functions = [line["function"] for line in calls(lines, "send")][:4]
    assert functions == ["sctp_send", "sctp_sendmsg", "sctp_sendv", "sctp_sendv"]
    assert [line["ret"] for line in calls(lines, "send") + calls(lines, "sendmsg")] == [5, 2, 5, 4, 100, 3, 7, -1, 3]
    received = [line["message"] for line in calls(lines, "recvmsg", "a")]
    by_text = {message["text"]: message for message in received if "text" in message}
    assert list(by_text["plain"]) == ["size", "from", "stream", "ssn", "ppid", "assoc_id", "unordered", "text"]
    assert by_text["plain"] | {"assoc_id": 0} == {
        "size": 5, "from": "192.0.2.3:6000", "stream": 1, "ssn": 0, "ppid": 4294967295, "assoc_id": 0,
        "unordered": False, "text": "plain",
    }  # fmt: skip
    assert (by_text["to"]["stream"], by_text["to"]["ssn"]) == (0, 0)
    assert (by_text["later"]["stream"], by_text["later"]["ssn"]) == (0, 1)
    assert by_text["both"]["unordered"] is True
    assert by_text["msg"]["unordered"] is True and by_text["msg"]["stream"] == 2
    part, rest, last = received[-3:]
    assert (part["size"], part["eor"], rest["size"]) == (60, False, 40) and "eor" not in rest
    assert last["next"] == {
        "stream": 5, "ppid": 0, "size": 7, "assoc_id": last["assoc_id"], "unordered": False, "notification": False,
    }  # fmt: skip
    assert lines[-1]["errno"] == "EINVAL", "there is no stream 99"


def test_traffic_keeps_its_times_and_watch_receives(guest):
    lines = guest.cclient(
        LISTENER
        + """
        watch l
        socket c
        setsockopt c SCTP_NODELAY 1
        connectx c 192.0.2.1:5000
        @t traffic c size=1000B every=100ms for=60s stream=2
        sleep 61s
        """
    )
    accepted = calls(lines, "accept")[0]
    assert accepted["auto"] is True and accepted["new"] == "l.1" == accepted["args"]["new"]
    start = calls(lines, "traffic")[0]
    assert start["tag"] == "t" and start["args"]["every_ns"] == 100000000
    end = next(line for line in lines if line["event"] == "traffic")
    assert (end["tag"], end["sent"], end["failed"], end["errors"]) == ("t", 600, 0, {})
    got = messages(lines, "l.1")
    assert [message["traffic"]["seq"] for message in got] == list(range(600))
    assert {message["size"] for message in got} == {1000} and {message["stream"] for message in got} == {2}
    for message in got:
        late = message["traffic"]["sent"] - start["start"] - message["traffic"]["seq"] * 100000000
        assert 0 <= late < 50000, "no drift, and no slack of a timer"
        assert message["time"] >= message["traffic"]["sent"]


def test_traffic_waits_for_room_and_counts_failures(guest):
    """More than a send buffer into a receiver that does not read: nothing blocks, nothing spins, all arrives."""
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        connectx c 192.0.2.1:5000
        accept l a
        @1 traffic c size=10kB every=1ms count=200
        sleep 10s
        watch a
        sleep 60s
        abort a
        sleep 1s
        @2 traffic c size=100B every=10ms count=3
        @3 traffic l size=100B every=10ms count=2
        sleep 1s
        """
    )
    first, third, second = sorted(
        (line for line in lines if line["event"] == "traffic"), key=lambda line: (line["time"], line["tag"])
    )
    assert (first["tag"], first["sent"], first["failed"]) == ("1", 200, 0)
    reading = calls(lines, "watch")[0]["end"]
    # SCTP asks for the closed window every RTO of 1 s and more; the sender goes on as soon as there is room.
    assert reading < first["time"] < reading + 5 * SECOND
    assert [message["traffic"]["seq"] for message in messages(lines, "a")] == list(range(200))
    # The first call takes the association's error, the next ones find the socket shut down.
    assert (second["tag"], second["sent"], second["failed"], second["errors"]) == (
        "2", 0, 3, {"ECONNRESET": 1, "EPIPE": 2},
    )  # fmt: skip
    assert (third["tag"], third["sent"], third["failed"], third["errors"]) == ("3", 0, 2, {"EPIPE": 2})


def test_traffic_as_fast_as_there_is_room(guest):
    """Without an interval: the window decides, other commands have their turn, and no two messages have one time."""
    lines = guest.cclient(
        LISTENER
        + """
        watch l
        socket c
        connectx c 192.0.2.1:5000
        @2 traffic c size=1000B every=0s for=300us unordered
        @1 traffic c size=1000B every=0s count=700 streams=3 stream=2 flow=77
        status c
        sleep 5s
        abort c
        socket d
        @3 traffic d size=100B every=0s count=5
        @4 traffic d size=100B every=0s for=1s
        sleep 2s
        """
    )
    ends = {line["tag"]: line for line in lines if line["event"] == "traffic"}
    assert (ends["1"]["sent"], ends["1"]["failed"], "untried" in ends["1"]) == (700, 0, False)
    starts = {line["tag"]: line for line in calls(lines, "traffic")}
    assert (starts["1"]["messages"], starts["2"]["messages"]) == (700, None)
    got = messages(lines, "l.1")
    first = [message for message in got if message["traffic"]["flow"] == 77]
    assert sorted(message["traffic"]["seq"] for message in first) == list(range(700))
    assert all(message["stream"] == 2 + message["traffic"]["seq"] % 3 for message in first)
    assert len({message["traffic"]["sent"] for message in got}) == len(got) == 700 + ends["2"]["sent"]
    assert {message["unordered"] for message in got if message["traffic"]["flow"] == 0} == {True}
    # It ends at its time, with room or without.
    assert 300_000 <= ends["2"]["time"] - starts["2"]["start"] < 310_000
    # A call is answered while messages wait for room.
    assert calls(lines, "status")[0]["end"] < ends["1"]["time"]
    # Nothing would ever change without an interval: the first error is the last.
    assert (ends["3"]["sent"], ends["3"]["failed"], ends["3"]["untried"]) == (0, 1, 4)
    assert (ends["4"]["sent"], ends["4"]["failed"], "untried" in ends["4"]) == (0, 1, False)


def test_traffic_with_a_lifetime_gives_messages_up(guest):
    """A receiver that does not read closes its window: what waits longer than its lifetime never arrives."""
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        connectx c 192.0.2.1:5000
        accept l a
        @1 traffic c size=10kB every=1ms count=30 lifetime=100ms
        sleep 5s
        watch a
        sleep 30s
        """
    )
    (end,) = [line for line in lines if line["event"] == "traffic"]
    assert (end["sent"], end["failed"]) == (30, 0)
    got = [message["traffic"]["seq"] for message in messages(lines, "a")]
    assert got == list(range(len(got))) and 5 <= len(got) < 30


def test_traffic_ends_with_its_socket(guest):
    lines = guest.cclient(
        LISTENER + "socket c\nconnectx c 192.0.2.1:5000\ntraffic c size=100B every=1s count=10\nsleep 3.5s\nclose c\n"
        "socket d\nconnectx d 192.0.2.1:5000\n@d traffic d size=100B every=1s count=10\n"
    )
    first, second = (line for line in lines if line["event"] == "traffic")
    assert (first["socket"], first["tag"], first["sent"], first["untried"]) == ("c", None, 4, 6)
    # At the end of the input nothing goes on.
    assert (second["socket"], second["tag"], second["sent"], second["untried"]) == ("d", "d", 1, 9)


def test_large_messages_come_in_parts(guest):
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        setsockopt c SO_SNDBUFFORCE 4000000
        connectx c 192.0.2.1:5000
        accept l a
        watch a
        send c size=1MB dontwait
        sleep 10s
        """
    )
    send = calls(lines, "send")[0]
    sizes = [message["size"] for message in messages(lines, "a")]
    assert send["ret"] == sum(sizes) > 100000 and len(sizes) > 1
    assert [message.get("eor", True) for message in messages(lines, "a")] == [False] * (len(sizes) - 1) + [True]


# Notifications.

EVENTFUL = """
socket l seqpacket
setsockopt l SCTP_AUTH_SUPPORTED 1
setsockopt l SCTP_RECONFIG_SUPPORTED assoc_value=1
setsockopt l SCTP_ENABLE_STREAM_RESET SCTP_ENABLE_RESET_STREAM_REQ|SCTP_ENABLE_RESET_ASSOC_REQ|SCTP_ENABLE_CHANGE_ASSOC_REQ
setsockopt l SCTP_ADAPTATION_LAYER 77
bindx l 192.0.2.1,192.0.2.2 port=5000
events l on
listen l
watch l
socket c seqpacket
setsockopt c SCTP_AUTH_SUPPORTED 1
setsockopt c SCTP_RECONFIG_SUPPORTED assoc_value=1
setsockopt c SCTP_ENABLE_STREAM_RESET 7
setsockopt c SCTP_ADAPTATION_LAYER 78
bind c 192.0.2.3:6000
events c on
watch c
connectx c 192.0.2.1:5000
"""


def test_every_notification_that_a_healthy_association_gives(guest):
    lines = guest.cclient(
        EVENTFUL
        + """
        sleep 10s
        send c text=x assoc=last
        setsockopt c SCTP_RESET_STREAMS assoc=last srs_flags=SCTP_STREAM_RESET_OUTGOING srs_stream_list=1,2
        sleep 1s
        setsockopt c SCTP_ADD_STREAMS assoc=last sas_outstrms=3
        sleep 1s
        setsockopt c SCTP_RESET_ASSOC assoc=last
        sleep 1s
        setsockopt c SCTP_AUTH_KEY assoc=last sca_keynumber=5 sca_key=secret
        setsockopt c SCTP_AUTH_DEACTIVATE_KEY 5 assoc=last
        sleep 1s
        send c eof assoc=last
        sleep 1s
        """
    )
    all_succeed(lines)
    client, server = notifications(lines, "c"), notifications(lines, "l")
    by_type = {line["type"]: line for line in client + server}
    assert set(by_type) == {
        "SCTP_ASSOC_CHANGE", "SCTP_PEER_ADDR_CHANGE", "SCTP_ADAPTATION_INDICATION", "SCTP_SENDER_DRY_EVENT",
        "SCTP_STREAM_RESET_EVENT", "SCTP_STREAM_CHANGE_EVENT", "SCTP_ASSOC_RESET_EVENT",
        "SCTP_AUTHENTICATION_EVENT", "SCTP_SHUTDOWN_EVENT",
    }  # fmt: skip
    up = client[0]
    assert list(up) == [
        "event", "socket", "time", "type", "state", "error", "outbound_streams", "inbound_streams", "assoc_id",
    ]  # fmt: skip
    assert (up["state"], up["error"], up["outbound_streams"], up["inbound_streams"]) == ("SCTP_COMM_UP", 0, 10, 10)
    address = by_type["SCTP_PEER_ADDR_CHANGE"]
    assert list(address)[3:8] == ["type", "address", "state", "error", "assoc_id"]
    assert (address["address"], address["state"]) == ("192.0.2.2:5000", "SCTP_ADDR_CONFIRMED")
    assert {line["adaptation_ind"] for line in client if line["type"] == "SCTP_ADAPTATION_INDICATION"} == {77}
    assert {line["adaptation_ind"] for line in server if line["type"] == "SCTP_ADAPTATION_INDICATION"} == {78}
    resets = {line["socket"]: line for line in client + server if line["type"] == "SCTP_STREAM_RESET_EVENT"}
    assert (resets["c"]["flags"], resets["c"]["streams"]) == (["SCTP_STREAM_RESET_OUTGOING_SSN"], [1, 2])
    assert (resets["l"]["flags"], resets["l"]["streams"]) == (["SCTP_STREAM_RESET_INCOMING_SSN"], [1, 2])
    changes = {line["socket"]: line for line in client + server if line["type"] == "SCTP_STREAM_CHANGE_EVENT"}
    assert (changes["c"]["flags"], changes["c"]["outbound_streams"]) == ([], 3)
    assert (changes["l"]["flags"], changes["l"]["inbound_streams"]) == ([], 3)
    tsns = {line["socket"]: line for line in client + server if line["type"] == "SCTP_ASSOC_RESET_EVENT"}
    assert tsns["c"]["local_tsn"] == tsns["l"]["remote_tsn"] > 0
    key = by_type["SCTP_AUTHENTICATION_EVENT"]
    assert (key["indication"], key["keynumber"], key["altkeynumber"]) == ("SCTP_AUTH_FREE_KEY", 5, 0)
    for side in (client, server):
        assert [line["state"] for line in side if line["type"] == "SCTP_ASSOC_CHANGE"] == [
            "SCTP_COMM_UP", "SCTP_SHUTDOWN_COMP",
        ]  # fmt: skip


def test_notifications_of_failure(guest):
    lines = guest.cclient(
        """
        socket l seqpacket
        bind l 192.0.2.1:5000
        events l on SCTP_ASSOC_CHANGE
        listen l
        socket c
        events c on
        watch c
        connectx c 192.0.2.1:5000
        send l abort text="no more of this" assoc=last
        sleep 1s
        socket n
        events n on
        watch n
        connectx n 192.0.2.1:5001
        sleep 1s
        socket m seqpacket
        events m on SCTP_SEND_FAILED_EVENT SCTP_ASSOC_CHANGE
        watch m
        sendmsg m text=lost to=192.0.2.1:5001 stream=3 ppid=5 context=6
        sleep 1s
        """
    )
    lost = notifications(lines, "c", "SCTP_ASSOC_CHANGE")[-1]
    assert (lost["state"], lost["error"], lost["cause"], lost["abort_reason"]) == (
        "SCTP_COMM_LOST", 12, "SCTP_ERROR_USER_ABORT", "no more of this",
    )  # fmt: skip
    assert notifications(lines, "n")[0]["state"] == "SCTP_CANT_STR_ASSOC"
    failed = notifications(lines, "m", "SCTP_SEND_FAILED_EVENT")[0]
    assert {key: failed[key] for key in ("flags", "error", "stream", "ppid", "context", "info_flags", "size")} == {
        "flags": "SCTP_DATA_UNSENT", "error": 0, "stream": 3, "ppid": 5, "context": 6,
        "info_flags": ["SCTP_DATA_LAST_FRAG", "SCTP_DATA_FIRST_FRAG"], "size": 4,
    }  # fmt: skip


def test_events_are_what_was_asked_for(guest):
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        events c on SCTP_ASSOC_CHANGE SCTP_SENDER_DRY_EVENT
        getsockopt c SCTP_EVENT se_type=SCTP_SENDER_DRY_EVENT
        getsockopt c SCTP_EVENT se_type=SCTP_SHUTDOWN_EVENT
        events c off SCTP_SENDER_DRY_EVENT
        getsockopt c SCTP_EVENT se_type=SCTP_SENDER_DRY_EVENT
        events c on
        getsockopt c SCTP_EVENTS
        events c off
        getsockopt c SCTP_EVENTS
        """
    )
    all_succeed(lines)
    values = [line["value"] for line in calls(lines, "getsockopt")]
    assert [value["se_on"] for value in values[:3]] == [1, 0, 0]
    assert values[0]["se_type"] == "SCTP_SENDER_DRY_EVENT"
    off = {name for name, on in values[3].items() if not on}
    assert off == {"sctp_data_io_event", "sctp_send_failure_event"}, "the deprecated ones stay off"
    assert set(values[4].values()) == {0}


def test_await_tells_once_of_a_state_also_of_a_socket_that_comes_later(guest):
    lines = guest.cclient(
        """
        @early await l.1 192.0.2.1 ACTIVE every=1s
        @never await c 192.0.2.1 INACTIVE
        """
        + LISTENER
        + """
        watch l
        socket c
        sleep 2500ms
        connectx c 192.0.2.1:5000
        @now await c 192.0.2.1 SCTP_ACTIVE
        @other await c 192.0.2.3 ACTIVE
        sleep 10s
        """
    )
    assert [call["ret"] for call in calls(lines, "await")] == [0] * 4
    found = {line["tag"]: line for line in lines if line["event"] == "path"}
    assert list(found) == ["now", "early"] and len([line for line in lines if line["event"] == "path"]) == 2
    assert (found["now"]["socket"], found["now"]["address"], found["now"]["state"]) == ("c", "192.0.2.1:5000", "SCTP_ACTIVE")
    # looked at each whole second since it was asked for, and the association came at 2.5 s
    begun = calls(lines, "await")[0]["start"]
    assert 3_000_000_000 <= found["early"]["time"] - begun < 3_100_000_000
    assert found["now"]["time"] - calls(lines, "await")[2]["start"] < 10_000_000
