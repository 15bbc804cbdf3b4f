# SPDX-License-Identifier: GPL-2.0-only
"""cclient's calls on a real kernel: a guest with 192.0.2.1-4 and 2001:db8::1-4 on its loopback interface.

Setting up associations. 198.51.100.1 has no route there: a connectx to it is never answered."""

import pytest

import guest as guests
from answers import LISTENER, SECOND, all_succeed, calls, messages, notifications, outcome


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


def test_lists_too_short_too_long_and_half_mapped(guest):
    cases = [
        ("connectx s @edge", "EFAULT"),
        ("connectx s @edge via=get", "EFAULT"),
        ("connect s @edge", "EFAULT"),
        ("connectx s 192.0.2.1:5000 via=get length=15", "EINVAL"),
        ("connectx s 192.0.2.1:5000 via=old length=1", "EINVAL"),
        ("connectx s 192.0.2.1,192.0.2.2 port=5000 via=new length=17", "EINVAL"),
        ("connectx s 203.0.113.1:5000*262145", "ENOMEM"),  # more than 4 MiB, the most that kmalloc() gives
        ("connectx s 192.0.2.1,192.0.2.2 port=5000 via=get length=16", None),  # the whole first one
    ]
    lines = guest.cclient(LISTENER + "socket s\n" + "".join(command + "\n" for command, _ in cases) + "getpaddrs s\n")
    answers = [line for line in lines if line.get("socket") == "s" and line["call"].startswith("connect")]
    assert [answer["errno"] for answer in answers] == [expected for _, expected in cases]
    assert answers[-2]["args"]["addrs"] == "203.0.113.1:5000*262145"


def test_an_address_counts_up(guest):
    lines = guest.cclient(LISTENER + "socket s\nconnectx s 192.0.2.1:5000*3 \nsocket t inet6\n"
                          "connectx t [2001:db8::1]:5001*2\n")  # fmt: skip
    counted, sixes = calls(lines, "connectx")
    assert counted["args"]["addrs"] == ["192.0.2.1:5000", "192.0.2.2:5000", "192.0.2.3:5000"]
    assert sixes["args"]["addrs"] == ["[2001:db8::1]:5001", "[2001:db8::2]:5001"]
    assert (counted["errno"], sixes["errno"]) == (None, "ECONNREFUSED")


def test_an_unprivileged_session_may_not_use_a_port_below_1024(guest):
    lines = guest.cclient(LISTENER + "socket a\nbind a 192.0.2.1:100\nunprivileged\nconnectx a 192.0.2.2:5000\n"
                          "socket b\nbind b 192.0.2.1:101\nconnectx b 192.0.2.2:5000\n")  # fmt: skip
    (first, second) = calls(lines, "connectx")
    assert (first["errno"], second["errno"]) == ("EACCES", None)
    assert [line["errno"] for line in calls(lines, "bind")][-2:] == [None, "EACCES"]


def test_what_is_no_sctp_socket(guest):
    lines = guest.cclient("socket p pipe\nconnectx p 192.0.2.1:5000\nsocket t protocol=6\nconnectx t 192.0.2.1:5000\n"
                          "connectx t 192.0.2.1:5000 via=new\nsocket d dgram\nsocket r rdm\n")  # fmt: skip
    assert [line["errno"] for line in lines] == [
        None, "ENOTSOCK", None, "EOPNOTSUPP", "ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT",
    ]  # fmt: skip


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
        getpeername x
        getpeername a
        getpeername l
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
    assert calls(lines, "getpeername", "x")[0]["peer"] == calls(lines, "accept", "l")[0]["peer"]
    assert calls(lines, "getpeername", "a")[0]["peer"] == "192.0.2.1:5000"
    assert calls(lines, "getpeername", "l")[0]["errno"] == "ENOTCONN"


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
