# SPDX-License-Identifier: GPL-2.0-only
"""cclient's calls on a real kernel: a guest with 192.0.2.1-4 and 2001:db8::1-4 on its loopback interface.

Options, and how sockets and sessions end."""

import guest as guests
from answers import LISTENER, all_succeed, calls, messages, notifications, outcome


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
