# SPDX-License-Identifier: GPL-2.0-only
"""cclient's calls on a real kernel: a guest with 192.0.2.1-4 and 2001:db8::1-4 on its loopback interface.

198.51.100.1 has no route there: a connectx to it is never answered."""

import pytest

import guest as guests

SECOND = 10**9

# A one-to-one listener l on two addresses, and what most tests do first.
LISTENER = """
socket l
bindx l 192.0.2.1,192.0.2.2 port=5000
listen l
"""


def calls(lines, call, socket=None):
    """The answers to one call, on one socket."""
    return [line for line in lines if line.get("call") == call and socket in (None, line["socket"])]


def notifications(lines, socket, kind=None):
    return [
        line for line in lines
        if line["event"] == "notification" and line["socket"] == socket and kind in (None, line["type"])
    ]  # fmt: skip


def messages(lines, socket):
    return [line for line in lines if line["event"] == "message" and line["socket"] == socket]


def outcome(line):
    return line["errno"] or line["ret"]


def all_succeed(lines):
    failed = [line for line in lines if line["event"] == "error" or line.get("errno")]
    assert not failed, failed


# Connecting.


def test_each_way_into_the_kernel_connects(guest):
    lines = guest.cclient(
        LISTENER
        + "".join(
            f"socket {way}{wanted}\nconnectx {way}{wanted} 192.0.2.1,192.0.2.2 port=5000 via={way} id={wanted}\n"
            f"status {way}{wanted}\n"
            for way in ("lib", "old", "new", "get")
            for wanted in ("yes", "no")
        )
    )
    all_succeed(lines)
    for answer in calls(lines, "connectx"):
        (status,) = calls(lines, "status", answer["socket"])
        assert status["state"] == "SCTP_ESTABLISHED"
        told = answer["args"]["id"] and answer["args"]["via"] != "old"
        assert answer["assoc_id"] == (status["assoc_id"] if told else None), answer
        # The setsockopt ABI tells the id as its return value, whether it is asked for or not.
        assert answer["ret"] == (status["assoc_id"] if answer["args"]["via"] == "new" else 0)


def test_errors_of_each_way_into_the_kernel(guest):
    cases = {
        "192.0.2.1:5001": "ECONNREFUSED",
        "@family:99": "EINVAL",
        "@empty": "EINVAL",
        "192.0.2.1:5000,192.0.2.2:5001": "EINVAL",
        "@null": "EFAULT",
        "@bad": "EFAULT",
    }
    ways = ("lib", "old", "new", "get")
    text = LISTENER + "socket f file=/dev/null\nsocket s\nsocket c\nconnectx c 192.0.2.1:5000\n"
    tried = []
    for way in ways:
        for addresses, expected in cases.items():
            if way == "lib" and addresses in ("@null", "@bad"):
                continue
            tried.append((f"connectx s {addresses} via={way}", expected))
        tried.append((f"connectx f 192.0.2.1:5000 via={way}", "ENOTSOCK"))
        tried.append((f"connectx nothing 192.0.2.1:5000 via={way}", "EBADF"))
        tried.append((f"connectx c 192.0.2.1:5000 via={way}", "EISCONN"))
    lines = guest.cclient(text + "".join(command + "\n" for command, _ in tried))
    for answer, (command, expected) in zip(calls(lines, "connectx")[1:], tried, strict=True):
        assert (answer["ret"], answer["errno"]) == (-1, expected), (command, answer)


def test_bad_addresses_of_bind_and_connect(guest):
    lines = guest.cclient(
        "socket s\nbind s @bad\nbind s @null\nconnect s @bad\nconnect s @family:99\nbind s 203.0.113.1\n"
        "sendmsg s text=x to=@bad\n"
    )
    assert [line["errno"] for line in lines[1:]] == [
        "EFAULT", "EFAULT", "EFAULT", "EINVAL", "EADDRNOTAVAIL", "EFAULT",
    ]  # fmt: skip


def test_families(guest):
    lines = guest.cclient(
        """
        socket l inet6
        bindx l 192.0.2.1,2001:db8::1 port=5000
        listen l
        socket a
        connectx a 192.0.2.1:5000
        getpaddrs a
        socket b inet6
        connectx b 192.0.2.1,2001:db8::1 port=5000
        getpaddrs b
        socket c inet6 v6only
        getsockopt c IPV6_V6ONLY
        connectx c [2001:db8::1]:5000
        getpaddrs c
        socket d inet6 v6only
        connectx d 192.0.2.1:5000
        socket e
        connectx e [2001:db8::1]:5000
        accept l x
        getladdrs x
        """
    )
    # An IPv4 socket that connects learns only of the peer's addresses that it can use.
    assert calls(lines, "getpaddrs", "a")[0]["addrs"] == ["192.0.2.1:5000"]
    b = calls(lines, "getpaddrs", "b")[0]
    assert b["addrs"] == ["192.0.2.1:5000", "[2001:db8::1]:5000"] and b["ret"] == 2
    # The kernel gives it mapped into IPv6; the answer says so.
    assert b["mapped"] == 1
    assert calls(lines, "getsockopt", "c")[0]["value"] == 1
    assert calls(lines, "getpaddrs", "c")[0]["addrs"] == ["[2001:db8::1]:5000"]
    assert calls(lines, "connectx", "d")[0]["errno"] == "EINVAL"
    assert calls(lines, "connectx", "e")[0]["errno"] == "EINVAL"
    assert calls(lines, "getladdrs", "x")[0]["addrs"] == ["192.0.2.1:5000", "[2001:db8::1]:5000"]


def test_blocking_connectx_waits_for_its_end(guest):
    lines = guest.cclient("socket s\nsetsockopt s SCTP_INITMSG sinit_max_attempts=2\nconnectx s 198.51.100.1:5000\n")
    answer = lines[-1]
    assert (answer["ret"], answer["errno"]) == (-1, "ETIMEDOUT")
    # RTO.Initial 3 s, doubled twice: 3 + 6 + 12.
    assert 20.9 * SECOND < answer["end"] - answer["start"] < 21.5 * SECOND


def test_send_timeout_bounds_connectx(guest):
    lines = guest.cclient(
        "socket s\nsetsockopt s SO_SNDTIMEO 2s\ngetsockopt s SO_SNDTIMEO\nconnectx s 198.51.100.1:5000\n"
        "connectx s 198.51.100.1:5000\n"
    )
    assert lines[2]["value"] == {"tv_sec": 2, "tv_usec": 0}
    assert lines[3]["errno"] == "EINPROGRESS" and lines[3]["assoc_id"] > 0
    assert 1.9 * SECOND < lines[3]["end"] - lines[3]["start"] < 2.1 * SECOND
    assert lines[4]["errno"] == "EALREADY"


def test_nonblocking_connectx_poll_and_so_error(guest):
    lines = guest.cclient(
        LISTENER
        + """
        socket s nonblock
        connectx s 198.51.100.1:5000
        connectx s 198.51.100.1:5000
        poll s out timeout=1s
        poll s out
        getsockopt s SO_ERROR
        getsockopt s SO_ERROR
        socket r nonblock
        connectx r 192.0.2.1:5000
        poll r out timeout=1s
        getsockopt r SO_ERROR
        status r
        """
    )
    assert [outcome(line) for line in calls(lines, "connectx", "s")] == ["EINPROGRESS", "EALREADY"]
    early, late = calls(lines, "poll", "s")
    assert (early["ret"], early["revents"]) == (0, [])
    assert SECOND <= early["end"] - early["start"] < 1.1 * SECOND
    assert late["ret"] == 1 and "POLLERR" in late["revents"]
    assert [(line["value"], line["error"]) for line in calls(lines, "getsockopt", "s")] == [
        (110, "ETIMEDOUT"), (0, None),
    ]  # fmt: skip
    assert calls(lines, "poll", "r")[0]["revents"] == ["POLLOUT"]
    assert calls(lines, "getsockopt", "r")[0]["error"] is None
    assert calls(lines, "status", "r")[0]["state"] == "SCTP_ESTABLISHED"


@pytest.mark.parametrize("signal", ["USR1", "ALRM"])
def test_a_signal_interrupts_a_blocking_call(guest, signal):
    done = guest.script(
        f"""
        {guests.CCLIENT} -j 'socket s' 'connectx s 198.51.100.1:5000' 'sleep 3s' &
        sleep 2
        kill -{signal} $!
        sleep 2
        kill -{signal} $!
        wait $!
        """
    )
    assert done.status == 0
    connectx, slept = done.lines[1:]
    assert connectx["errno"] == "EINTR"
    assert 1.9 * SECOND < connectx["end"] - connectx["start"] < 2.2 * SECOND
    # sleep is no blocking call of a socket: it keeps its time.
    assert 3 * SECOND <= slept["end"] - slept["start"] < 3.1 * SECOND


def test_a_stale_errno_is_never_believed(guest):
    """libsctp's sctp_connectx() looks at errno after success: with ENOPROTOOPT left over from an earlier call it
    connects a second time through an older way, which fails."""
    done = guest.script(
        f"""
        {guests.CCLIENT} -j --poison-errno ENOPROTOOPT 'socket l' 'bind l 192.0.2.1:5000' 'listen l' 'socket s' \
            'connectx s 192.0.2.1:5000' 'connectx s 192.0.2.1:5000' 'accept l a' 'send s text=hello' 'recvmsg a' \
            'getpaddrs s' 'paths s' 'status s' 'setsockopt s SCTP_RTOINFO srto_min=100' 'events s on' 'close s'
        """
    )
    first, second = calls(done.lines, "connectx")
    assert (first["ret"], first["errno"]) == (0, None) and first["assoc_id"] > 0
    assert second["errno"] == "EISCONN"
    assert all(line["errno"] is None for line in done.lines if line is not second), done.console


def test_the_same_commands_give_the_same_bytes(guest):
    commands = LISTENER + "watch l\nsocket c\nevents c on\nwatch c\nconnectx c 192.0.2.1:5000\n"
    commands += "traffic c size=1000B every=70ms for=2s\nsleep 1min\ngetladdrs c\npaths c\n"
    assert guest.cclient(commands) == guest.cclient(commands)


# Addresses, states and paths.


def test_addresses_and_paths_of_an_association(guest):
    lines = guest.cclient(
        LISTENER
        + """
        socket c
        bindx c 192.0.2.3 port=6000
        bindx c 192.0.2.4 port=6000
        getladdrs c
        bindx c 192.0.2.4 port=6000 rem
        getladdrs c
        bindx c 192.0.2.4 port=6000
        connectx c 192.0.2.2,192.0.2.1 port=5000
        accept l a
        getpaddrs c
        getpaddrs a
        paths c
        setsockopt c SCTP_PRIMARY_ADDR 192.0.2.1:5000
        paths c
        status c
        """
    )
    all_succeed(lines)
    assert [line["addrs"] for line in calls(lines, "getladdrs")] == [
        ["192.0.2.3:6000", "192.0.2.4:6000"], ["192.0.2.3:6000"],
    ]  # fmt: skip
    assert calls(lines, "getpaddrs", "c")[0]["addrs"] == ["192.0.2.2:5000", "192.0.2.1:5000"]
    assert sorted(calls(lines, "getpaddrs", "a")[0]["addrs"]) == ["192.0.2.3:6000", "192.0.2.4:6000"]
    accepted = calls(lines, "accept")[0]
    assert accepted["new"] == "a" and accepted["peer"] in ("192.0.2.3:6000", "192.0.2.4:6000")
    assert "auto" not in accepted
    before, after = (line["paths"] for line in calls(lines, "paths"))
    assert list(before[0]) == ["address", "state", "cwnd", "srtt_ms", "rto_ms", "mtu", "primary"]
    assert [(path["address"], path["primary"]) for path in before] == [
        ("192.0.2.2:5000", True), ("192.0.2.1:5000", False),
    ]  # fmt: skip
    assert [path["primary"] for path in after] == [False, True]
    assert {path["state"] for path in before} <= {"SCTP_ACTIVE", "SCTP_UNCONFIRMED"}
    assert before[0]["rto_ms"] == 3000 and before[0]["mtu"] > 60000
    status = calls(lines, "status")[0]
    assert list(status)[8:] == [
        "state", "assoc_id", "rwnd", "unacked", "pending", "instreams", "outstreams", "fragmentation_point", "primary",
    ]  # fmt: skip
    assert status["primary"]["address"] == "192.0.2.1:5000" and status["primary"]["primary"] is True


def test_a_path_that_fails_through_its_states(guest):
    """The peer's second address goes away. With SCTP_PF_EXPOSE_DISABLE the kernel hides the state in between."""

    def commands(expose):
        return [
            "socket l", "bindx l 192.0.2.1,192.0.2.2 port=5000", "listen l", "socket c", "bind c 192.0.2.3",
            "setsockopt c SCTP_RTOINFO srto_initial=100 srto_min=100 srto_max=100",
            "setsockopt c SCTP_PEER_ADDR_PARAMS spp_pathmaxrxt=20 spp_hbinterval=1000",
            "setsockopt c SCTP_PEER_ADDR_THLDS spt_pathpfthld=1",
            f"setsockopt c SCTP_EXPOSE_POTENTIALLY_FAILED_STATE {expose}",
            "events c on SCTP_PEER_ADDR_CHANGE", "connectx c 192.0.2.1:5000", "watch c", "sleep 10s", "paths c",
            "sleep 60s", "paths c",
        ]  # fmt: skip

    def run(name, expose):
        words = " ".join(f"'{command}'" for command in commands(expose))
        return f"{guests.CCLIENT} -j -n {name} -w 0s {words} & sleep 5; ip address delete 192.0.2.2/32 dev lo; wait $!\n"

    done = guest.script(run("shown", "SCTP_PF_EXPOSE_ENABLE"))
    early, late = (line["paths"] for line in calls(done.lines, "paths"))
    assert [(path["address"], path["state"]) for path in early] == [
        ("192.0.2.1:5000", "SCTP_ACTIVE"), ("192.0.2.2:5000", "SCTP_PF"),
    ]  # fmt: skip
    assert [path["state"] for path in late] == ["SCTP_ACTIVE", "SCTP_INACTIVE"]
    changes = notifications(done.lines, "c")
    assert {line["address"] for line in changes} == {"192.0.2.2:5000"}
    assert [line["state"] for line in changes] == [
        "SCTP_ADDR_CONFIRMED", "SCTP_ADDR_POTENTIALLY_FAILED", "SCTP_ADDR_UNREACHABLE",
    ]  # fmt: skip
    assert changes[0]["reason"] == "SCTP_HEARTBEAT_SUCCESS"

    done = guest.script(run("hidden", "SCTP_PF_EXPOSE_DISABLE"))
    hidden = calls(done.lines, "paths")[0]
    assert hidden["paths"][1] == {
        "address": "192.0.2.2:5000", "state": None, "errno": "EACCES", "primary": False,
    }  # fmt: skip
    # What one path's question met is not the outcome of the call.
    assert (hidden["ret"], hidden["errno"]) == (0, None)


def test_closed_associations_have_no_status(guest):
    lines = guest.cclient("socket s\nstatus s\npaths s\ngetpaddrs s\nsocket m seqpacket\nstatus m\npaths m\nabort m\n")
    for line in lines:
        if line["call"] != "socket":
            assert line["ret"] == -1 and line["errno"] == "EINVAL" or line["call"] == "abort", line


# One-to-many sockets.


def test_one_to_many(guest):
    lines = guest.cclient(
        """
        socket l seqpacket
        bind l 192.0.2.1:5000
        events l on SCTP_ASSOC_CHANGE
        listen l
        watch l
        socket c seqpacket
        events c on SCTP_ASSOC_CHANGE SCTP_SHUTDOWN_EVENT
        connectx c 192.0.2.1:5000
        socket d
        connect d 192.0.2.1:5000
        getsockopt l SCTP_GET_ASSOC_NUMBER
        getsockopt l SCTP_GET_ASSOC_ID_LIST
        send c text=first assoc=last
        send c text=second to=192.0.2.1:5000 stream=3
        sendmsg d text=third
        status c
        paths l
        getladdrs l
        peeloff l last p
        status p
        send d text=fourth
        recvmsg p
        send p text=fifth
        recvmsg d
        send c eof assoc=last
        sleep 1s
        recvmsg c
        recvmsg c
        recvmsg c dontwait
        """
    )
    ups = notifications(lines, "l", "SCTP_ASSOC_CHANGE")
    assert [line["state"] for line in ups] == ["SCTP_COMM_UP", "SCTP_COMM_UP", "SCTP_SHUTDOWN_COMP"]
    ids = [line["assoc_id"] for line in ups]
    assert calls(lines, "getsockopt", "l")[0]["value"] == 2
    assert calls(lines, "getsockopt", "l")[1]["value"] == {"gaids_number_of_ids": 2, "gaids_assoc_id": ids[:2]}
    first, second, third = messages(lines, "l")
    assert (first["text"], first["assoc_id"], first["stream"]) == ("first", ids[0], 0)
    assert (second["text"], second["assoc_id"], second["stream"]) == ("second", ids[0], 3)
    assert (third["text"], third["assoc_id"]) == ("third", ids[1])
    assert calls(lines, "status", "c")[0]["assoc_id"] == calls(lines, "connectx", "c")[0]["assoc_id"]
    assert calls(lines, "peeloff")[0]["assoc_id"] == ids[1] == calls(lines, "status", "p")[0]["assoc_id"]
    assert calls(lines, "recvmsg", "p")[0]["message"]["text"] == "fourth"
    assert calls(lines, "recvmsg", "d")[0]["message"]["text"] == "fifth"
    up, down, empty = calls(lines, "recvmsg", "c")
    assert up["notification"]["state"] == "SCTP_COMM_UP"
    assert down["notification"]["state"] == "SCTP_SHUTDOWN_COMP"
    assert (empty["ret"], empty["errno"]) == (-1, "EAGAIN")


def test_one_to_many_send_makes_the_association(guest):
    lines = guest.cclient(
        """
        socket l seqpacket
        bind l 192.0.2.1:5000
        listen l
        socket c seqpacket
        sendmsg c text=hello to=192.0.2.1:5000 ppid=46 context=7
        recvmsg l
        getpaddrs c
        """
    )
    all_succeed(lines)
    message = calls(lines, "recvmsg")[0]["message"]
    assert (message["text"], message["ppid"]) == ("hello", 46)
    assert calls(lines, "getpaddrs")[0]["addrs"] == ["192.0.2.1:5000"]


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


# Options.


def test_fields_not_given_keep_their_values(guest):
    lines = guest.cclient(
        """
        socket s
        setsockopt s SCTP_RTOINFO srto_initial=2000 srto_max=9000
        setsockopt s SCTP_RTOINFO srto_min=150
        getsockopt s SCTP_RTOINFO
        setsockopt s SCTP_INITMSG sinit_max_attempts=3
        getsockopt s SCTP_INITMSG
        setsockopt s SO_LINGER l_onoff=1 l_linger=7
        setsockopt s SO_LINGER l_linger=9
        getsockopt s SO_LINGER
        setsockopt s SCTP_EVENTS sctp_shutdown_event=1
        setsockopt s SCTP_EVENTS sctp_address_event=1
        getsockopt s SCTP_EVENTS
        setsockopt s SCTP_PEER_ADDR_PARAMS spp_pathmaxrxt=2
        getsockopt s SCTP_PEER_ADDR_PARAMS
        """
    )
    all_succeed(lines)
    rto, init, linger, events, path = (line["value"] for line in calls(lines, "getsockopt"))
    assert rto == {"srto_assoc_id": 0, "srto_initial": 2000, "srto_max": 9000, "srto_min": 150}
    assert init["sinit_max_attempts"] == 3 and init["sinit_num_ostreams"] == 10
    assert linger == {"l_onoff": 1, "l_linger": 9}
    assert {name for name, on in events.items() if on} == {"sctp_shutdown_event", "sctp_address_event"}
    assert path["spp_pathmaxrxt"] == 2 and path["spp_hbinterval"] == 30000
    assert path["spp_flags"] == ["SPP_HB_ENABLE", "SPP_PMTUD_ENABLE", "SPP_SACKDELAY_ENABLE"]


# Every option that can be set on a new socket, with a value to set and what is read then.
SETTABLE = [
    ("SCTP_RTOINFO", "srto_min=500", {"srto_min": 500}),
    ("SCTP_ASSOCINFO", "sasoc_asocmaxrxt=4", {"sasoc_asocmaxrxt": 4}),
    ("SCTP_INITMSG", "sinit_num_ostreams=3", {"sinit_num_ostreams": 3}),
    ("SCTP_NODELAY", "1", 1),
    ("SCTP_ADAPTATION_LAYER", "12", {"ssb_adaptation_ind": 12}),
    ("SCTP_DISABLE_FRAGMENTS", "1", 1),
    ("SCTP_PEER_ADDR_PARAMS", "spp_flags=SPP_HB_DISABLE", {"spp_flags": ["SPP_HB_DISABLE", "SPP_PMTUD_ENABLE", "SPP_SACKDELAY_ENABLE"]}),
    ("SCTP_DEFAULT_SEND_PARAM", "sinfo_ppid=5 sinfo_flags=SCTP_UNORDERED", {"sinfo_ppid": 5, "sinfo_flags": ["SCTP_UNORDERED"]}),
    ("SCTP_EVENTS", "sctp_shutdown_event=1", {"sctp_shutdown_event": 1}),
    ("SCTP_I_WANT_MAPPED_V4_ADDR", "0", 0),
    ("SCTP_MAXSEG", "1000", {"assoc_value": 1000}),
    ("SCTP_DELAYED_SACK", "sack_delay=100", {"sack_delay": 100, "sack_freq": 2}),
    ("SCTP_CONTEXT", "8", {"assoc_value": 8}),
    ("SCTP_FRAGMENT_INTERLEAVE", "1", 1),
    ("SCTP_PARTIAL_DELIVERY_POINT", "2000", 2000),
    ("SCTP_MAX_BURST", "7", {"assoc_value": 7}),
    ("SCTP_AUTO_ASCONF", "1", 1),
    ("SCTP_PEER_ADDR_THLDS", "spt_pathmaxrxt=3 spt_pathpfthld=1", {"spt_pathmaxrxt": 3, "spt_pathpfthld": 1}),
    ("SCTP_PEER_ADDR_THLDS_V2", "spt_pathcpthld=4", {"spt_pathcpthld": 4}),
    ("SCTP_RECVRCVINFO", "1", 1),
    ("SCTP_RECVNXTINFO", "1", 1),
    ("SCTP_DEFAULT_SNDINFO", "snd_sid=2 snd_ppid=6", {"snd_sid": 2, "snd_ppid": 6}),
    ("SCTP_REUSE_PORT", "1", 1),
    ("SCTP_PR_SUPPORTED", "0", {"assoc_value": 0}),
    ("SCTP_DEFAULT_PRINFO", "pr_policy=SCTP_PR_SCTP_TTL pr_value=100", {"pr_policy": "SCTP_PR_SCTP_TTL", "pr_value": 100}),
    ("SCTP_RECONFIG_SUPPORTED", "1", {"assoc_value": 1}),
    ("SCTP_ENABLE_STREAM_RESET", "SCTP_ENABLE_RESET_STREAM_REQ", {"assoc_value": ["SCTP_ENABLE_RESET_STREAM_REQ"]}),
    ("SCTP_STREAM_SCHEDULER", "SCTP_SS_RR", {"assoc_value": "SCTP_SS_RR"}),
    ("SCTP_EVENT", "1 se_type=SCTP_SHUTDOWN_EVENT", {"se_on": 1}),
    ("SCTP_ASCONF_SUPPORTED", "1", {"assoc_value": 1}),
    ("SCTP_AUTH_SUPPORTED", "1", {"assoc_value": 1}),
    ("SCTP_ECN_SUPPORTED", "0", {"assoc_value": 0}),
    ("SCTP_EXPOSE_POTENTIALLY_FAILED_STATE", "SCTP_PF_EXPOSE_ENABLE", {"assoc_value": "SCTP_PF_EXPOSE_ENABLE"}),
    ("SCTP_REMOTE_UDP_ENCAPS_PORT", "9899", {"sue_port": 9899}),
    ("SCTP_PLPMTUD_PROBE_INTERVAL", "5000", {"spi_interval": 5000}),
    ("SO_SNDTIMEO", "1.5s", {"tv_sec": 1, "tv_usec": 500000}),
    ("SO_RCVTIMEO", "tv_sec=3", {"tv_sec": 3, "tv_usec": 0}),
    ("SO_LINGER", "l_onoff=1 l_linger=5", {"l_onoff": 1, "l_linger": 5}),
    ("SO_SNDBUF", "20000", 40000),
    ("SO_RCVBUF", "20000", 40000),
    ("SO_REUSEADDR", "1", 1),
    ("SO_REUSEPORT", "1", 1),
    ("SO_BROADCAST", "1", 1),
    ("SO_KEEPALIVE", "1", 1),
    ("SO_DONTROUTE", "1", 1),
    ("SO_PRIORITY", "3", 3),
    ("SO_MARK", "9", 9),
    ("SO_BINDTODEVICE", "lo", "lo"),
    ("IP_RECVERR", "1", 1),
    ("IP_MTU_DISCOVER", "1", 1),
    ("IP_TTL", "5", 5),
    ("IP_TOS", "16", 16),
    ("IP_FREEBIND", "1", 1),
    ("IP_TRANSPARENT", "1", 1),
]  # fmt: skip

SETTABLE6 = [
    ("IPV6_V6ONLY", "1", 1),
    ("IPV6_RECVERR", "1", 1),
    ("IPV6_MTU_DISCOVER", "1", 1),
    ("IPV6_UNICAST_HOPS", "7", 7),
    ("IPV6_TCLASS", "8", 8),
    ("IPV6_FREEBIND", "1", 1),
]  # fmt: skip

READABLE = ["SO_ERROR", "SO_TYPE", "SO_PROTOCOL", "SO_DOMAIN", "SO_ACCEPTCONN"]
OF_ASSOCIATIONS = [
    "SCTP_STATUS", "SCTP_GET_ASSOC_STATS", "SCTP_PRIMARY_ADDR", "SCTP_INTERLEAVING_SUPPORTED",
    "SCTP_GET_PEER_ADDR_INFO spinfo_address=192.0.2.1:5000", "SCTP_HMAC_IDENT", "SCTP_AUTH_ACTIVE_KEY",
    "SCTP_PEER_AUTH_CHUNKS", "SCTP_LOCAL_AUTH_CHUNKS", "SCTP_STREAM_SCHEDULER_VALUE stream_id=1", "IP_MTU",
    "SCTP_PR_STREAM_STATUS sprstat_sid=0 sprstat_policy=SCTP_PR_SCTP_TTL",
    "SCTP_PR_ASSOC_STATUS sprstat_policy=SCTP_PR_SCTP_RTX",
]  # fmt: skip


def test_every_option_sets_and_reads_with_the_kernels_size(guest):
    table = [("inet", *row) for row in SETTABLE] + [("inet6", *row) for row in SETTABLE6]
    table.append(("seqpacket", "SCTP_AUTOCLOSE", "value=9", 9))
    text = ""
    for number, (family, name, value, _) in enumerate(table):
        key = "se_type=SCTP_SHUTDOWN_EVENT" if name == "SCTP_EVENT" else ""
        bind = f"bind s{number} 0.0.0.0\n" if name == "SCTP_AUTO_ASCONF" else ""
        text += f"socket s{number} {family}\n{bind}setsockopt s{number} {name} {value}\n"
        text += f"getsockopt s{number} {name} {key}\nclose s{number}\n"
    lines = guest.cclient(text)
    all_succeed(lines)
    for (_, name, _, expected), answer in zip(table, calls(lines, "getsockopt"), strict=True):
        found = answer["value"]
        if isinstance(expected, dict):
            found = {key: found[key] for key in expected}
        assert found == expected, (name, answer)
    # "optlen" and "size" would say that the kernel's struct is another one.
    assert not [line for line in lines if "optlen" in line]


def test_options_of_associations(guest):
    text = """
    socket l
    setsockopt l SCTP_AUTH_SUPPORTED 1
    setsockopt l SCTP_AUTH_CHUNK DATA
    bindx l 192.0.2.1,192.0.2.2 port=5000
    listen l
    socket c
    setsockopt c SCTP_AUTH_SUPPORTED 1
    setsockopt c SCTP_HMAC_IDENT SCTP_AUTH_HMAC_ID_SHA1
    setsockopt c SCTP_ASCONF_SUPPORTED 1
    setsockopt c SCTP_AUTH_KEY sca_keynumber=3 sca_key=abc
    connectx c 192.0.2.1:5000
    setsockopt c SCTP_PRIMARY_ADDR 192.0.2.2:5000
    setsockopt c SCTP_SET_PEER_PRIMARY_ADDR 192.0.2.1:5000
    setsockopt c SCTP_AUTH_DEACTIVATE_KEY 3
    setsockopt c SCTP_AUTH_DELETE_KEY 3
    """
    text += "".join(f"getsockopt c {option}\n" for option in OF_ASSOCIATIONS)
    text += "".join(f"getsockopt c {option}\n" for option in READABLE)
    lines = guest.cclient(text)
    values = {line["args"]["option"]: line.get("value") for line in calls(lines, "getsockopt")}
    assert all(value is not None for value in values.values()), values
    assert not [line for line in lines if "optlen" in line]
    assert values["SCTP_PRIMARY_ADDR"]["ssp_addr"] == "192.0.2.2:5000"
    status = values["SCTP_STATUS"]
    assert status["sstat_state"] == "SCTP_ESTABLISHED"
    assert status["sstat_primary"]["spinfo_address"] == "192.0.2.2:5000"
    assert values["SCTP_GET_PEER_ADDR_INFO"]["spinfo_state"] == "SCTP_ACTIVE"
    assert values["SCTP_HMAC_IDENT"] == {"shmac_num_idents": 1, "shmac_idents": ["SCTP_AUTH_HMAC_ID_SHA1"]}
    assert values["SCTP_PEER_AUTH_CHUNKS"]["gauth_chunks"] == ["DATA"]
    assert values["SCTP_GET_ASSOC_STATS"]["sas_opackets"] > 0
    assert (values["SO_TYPE"], values["SO_PROTOCOL"], values["SO_DOMAIN"]) == (1, 132, 2)
    by_option = {line["args"]["option"]: outcome(line) for line in calls(lines, "setsockopt", "c")}
    # The listener did not say that it takes ASCONF, so its primary address cannot be set from here.
    assert by_option.pop("SCTP_SET_PEER_PRIMARY_ADDR") == "EPERM"
    assert set(by_option.values()) == {0}


def test_what_cannot_be_read_is_told(guest):
    lines = guest.cclient("socket s seqpacket\nsetsockopt s SCTP_RTOINFO assoc=99 srto_min=100\n")
    assert lines[1]["errno"] == "EINVAL" and lines[1]["read_errno"] == "EINVAL"


# Ends.


def test_close_shuts_down_and_abort_aborts(guest):
    lines = guest.cclient(
        LISTENER
        + """
        events l on SCTP_ASSOC_CHANGE SCTP_SHUTDOWN_EVENT
        watch l
        socket a
        connectx a 192.0.2.1:5000
        close a
        socket b
        connectx b 192.0.2.1:5000
        abort b
        socket c
        connectx c 192.0.2.1:5000
        shutdown c
        sleep 1s
        close c
        close c
        getsockopt l.2 SO_ERROR
        getsockopt l.2 SO_ERROR
        """
    )

    def story(socket):
        return [line.get("state", line["type"]) for line in notifications(lines, socket)]

    assert story("l.1") == ["SCTP_COMM_UP", "SCTP_SHUTDOWN_EVENT", "SCTP_SHUTDOWN_COMP"]
    assert story("l.2") == ["SCTP_COMM_UP", "SCTP_COMM_LOST"]
    assert story("l.3") == ["SCTP_COMM_UP", "SCTP_SHUTDOWN_EVENT", "SCTP_SHUTDOWN_COMP"]
    assert [outcome(line) for line in calls(lines, "close", "c")] == [0, "EBADF"]
    hangups = {line["socket"]: line["revents"] for line in lines if line["event"] == "hangup"}
    assert hangups["l.1"] == ["POLLRDHUP"] and "POLLERR" in hangups["l.2"]
    # Watching has not taken the error away from who asks for it.
    assert [line["error"] for line in calls(lines, "getsockopt", "l.2")] == ["ECONNRESET", None]


def test_the_end_of_the_input_closes_as_close_does(guest):
    done = guest.script(
        f"""
        {guests.CCLIENT} -n server 'socket l' 'events l on SCTP_ASSOC_CHANGE SCTP_SHUTDOWN_EVENT' \
            'bind l 192.0.2.1:5000' 'listen l' 'watch l' -- &
        sleep 1
        printf 'socket c\\nconnectx c 192.0.2.1:5000\\n' | {guests.CCLIENT} -j -n client
        sleep 1
        kill $!
        """.replace("-n server", "-j -n server").replace(" -- &", " &")
    )
    assert [line.get("state", line["type"]) for line in done.of("server") if line["event"] == "notification"] == [
        "SCTP_COMM_UP", "SCTP_SHUTDOWN_EVENT", "SCTP_SHUTDOWN_COMP",
    ]  # fmt: skip


def test_waiting_after_the_last_command(guest):
    """Arguments: as long as there is something to wait for; --wait bounds it; standard input: not at all."""
    done = guest.script(
        f"""
        c="{guests.CCLIENT} -j"
        $c -n server 'socket l' 'bind l 192.0.2.1:5000' 'listen l' 'watch l' &
        sleep 1
        $c -n traffic 'socket c' 'connectx c 192.0.2.1:5000' 'traffic c size=100B every=1s count=5'
        $c -n bounded -w 2s 'socket c' 'connectx c 192.0.2.1:5000' 'traffic c size=100B every=1s count=5'
        $c -n gone 'socket c' 'events c on' 'connectx c 192.0.2.1:5000' 'shutdown c' 'watch c'
        echo 'traffic nothing size=24B every=1s count=1' | $c -n input
        kill $!
        wait $!
        echo status $?
        """
    )
    assert "status 143" in done.console, "a listener that is watched goes on until a signal"
    ends = {line["endpoint"]: line for line in done.lines if line["event"] == "traffic"}
    assert (ends["traffic"]["sent"], ends["bounded"]["sent"]) == (5, 3)
    assert done.of("gone")[-1]["state"] == "SCTP_SHUTDOWN_COMP"
    assert len(done.of("input")) == 1


def test_an_error_that_stays_does_not_keep_the_loop_awake(guest):
    """A one-to-one socket with an error nobody asks for, a dead association, a listener that is closed: a
    process that spins would stop the guest's time, and the sleep would not end."""
    lines = guest.cclient(
        """
        socket m seqpacket
        events m on SCTP_ASSOC_CHANGE
        watch m
        connectx m 192.0.2.1:5001
        socket n
        watch n
        connectx n 192.0.2.1:5001
        sleep 1h
        socket l
        bind l 192.0.2.1:5000
        listen l
        watch l
        socket c
        watch c
        connectx c 192.0.2.1:5000
        listen l 0
        abort c
        sleep 1h
        socket d seqpacket
        socket k seqpacket
        bind k 192.0.2.1:5001
        listen k
        watch k
        connectx m 192.0.2.1:5001
        send m text=again assoc=last
        sleep 1s
        getsockopt n SO_ERROR
        """
    )
    assert [outcome(line) for line in calls(lines, "connectx", "m")] == ["ECONNREFUSED", 0]
    # A socket that was quiet still hears of what is new.
    assert [line["state"] for line in notifications(lines, "m")] == ["SCTP_CANT_STR_ASSOC", "SCTP_COMM_UP"]
    assert messages(lines, "k")[0]["text"] == "again"
    assert lines[-1]["error"] == "ECONNREFUSED"


def test_watch_accepts_many_and_can_be_turned_off(guest):
    count = 40
    text = LISTENER + "watch l\nsocket l.2\n"
    text += "".join(f"socket c{n}\nconnectx c{n} 192.0.2.1:5000\nsend c{n} text=n{n}\n" for n in range(count))
    text += "watch l off\nsocket z\nconnectx z 192.0.2.1:5000\nsleep 1s\nwatch l on\nwatch l off\nwatch l\nsleep 1s\n"
    lines = guest.cclient(text)
    accepted = [line["new"] for line in calls(lines, "accept")]
    # A name that is taken is passed over.
    assert accepted == ["l.1"] + [f"l.{n}" for n in range(3, count + 3)]
    assert [line["text"] for line in lines if line["event"] == "message"] == [f"n{n}" for n in range(count)]
    late = calls(lines, "accept")[-1]
    assert late["start"] >= calls(lines, "watch", "l")[2]["start"]


def test_a_kernel_without_sctp_is_told_with_its_cure(guest):
    done = guest.script(f"{guests.CCLIENT} -j 'socket s'", "initcall_blacklist=sctp_init")
    (answer,) = done.lines
    assert (answer["ret"], answer["errno"]) == (-1, "EPROTONOSUPPORT")
    assert "modprobe sctp" in answer["message"]
    # Another protocol that is not there is another matter.
    done = guest.script(f"{guests.CCLIENT} -j 'socket s protocol=253'", "initcall_blacklist=sctp_init")
    assert done.lines[0]["errno"] == "EPROTONOSUPPORT" and "message" not in done.lines[0]
