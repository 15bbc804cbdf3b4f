# SPDX-License-Identifier: GPL-2.0-only
"""Every option that decides a failover, set by name with units and read back from the kernel; and what it does."""

import pytest

from lab import run_json, write_scenario

NETWORK = """summary: x
topology: dual-path
"""
SERVER = "  server: {node: server, bind: [server.a, server.b], port: 5000, listen: true}\n"
CLIENT = "  client: {node: client, bind: [client.a, client.b]%s}\n"
CONNECT = "  - {at: 0s, client: connectx, to: [server.a, server.b], expect: ok}\n"


def problems(tmp_path, *lines, options="", sysctls="", server=SERVER, client=None, connect=CONNECT):
    """What was not as expected when the client has these options and the steps are these."""
    text = NETWORK + sysctls + "endpoints:\n" + server + (client or CLIENT % (options and f", options: {{{options}}}"))
    text += "timeline:\n" + connect + "".join(f"  - {{{line}}}\n" for line in lines)
    _, document = run_json(write_scenario(tmp_path, text))
    (run,) = document["runs"]
    return [problem["observed"] for problem in run["problems"]]


# Option, what is set in a scenario's words, what fields ask for one path's value.
OPTIONS = [
    ("SCTP_RTOINFO", "{srto_initial: 500ms, srto_max: 2s, srto_min: 300ms}", ""),
    ("SCTP_ASSOCINFO", "{sasoc_asocmaxrxt: 7}", ""),
    ("SCTP_INITMSG", "{sinit_num_ostreams: 20, sinit_max_instreams: 30, sinit_max_attempts: 3, sinit_max_init_timeo: 2s}", ""),
    ("SCTP_PEER_ADDR_PARAMS", "{spp_hbinterval: 5s, spp_pathmaxrxt: 3}", "spp_address: server.b"),
    ("SCTP_PEER_ADDR_THLDS", "{spt_pathmaxrxt: 3, spt_pathpfthld: 2}", "spt_address: server.b"),
    ("SCTP_PEER_ADDR_THLDS_V2", "{spt_pathmaxrxt: 4, spt_pathpfthld: 2, spt_pathcpthld: 3}", "spt_address: server.b"),
    ("SCTP_EXPOSE_POTENTIALLY_FAILED_STATE", "{assoc_value: SCTP_PF_EXPOSE_ENABLE}", ""),
    ("SCTP_DELAYED_SACK", "{sack_delay: 100ms, sack_freq: 3}", ""),
    ("SCTP_MAX_BURST", "{assoc_value: 8}", ""),
    ("SCTP_REMOTE_UDP_ENCAPS_PORT", "{sue_port: 9899}", "sue_address: server.a"),
    ("SCTP_NODELAY", "true", ""),
]
UDP = "sysctls: {client: {net.sctp.udp_port: 9899}, server: {net.sctp.udp_port: 9899}}\n"


@pytest.mark.parametrize("option, value, path", OPTIONS, ids=[option for option, _, _ in OPTIONS])
def test_an_option_of_the_socket_is_the_associations(tmp_path, option, value, path):
    ask = f"at: 1s, client: getsockopt, option: {option}" + (f", fields: {{{path}}}" if path else "")
    assert problems(tmp_path, f"{ask}, expect: {{value: {value}}}", options=f"{option}: {value}", sysctls=UDP) == []
    without = problems(tmp_path, f"{ask}, expect: {{value: {value}}}", sysctls=UDP)
    assert len(without) == 1 and without[0].startswith("it gave"), "the kernel has another value of its own"


def test_options_of_one_path(tmp_path):
    """A step changes one path's parameters; the other path keeps its own."""
    set_one = "at: 1s, client: setsockopt, option: {}, fields: {{{}: server.b, {}}}, expect: ok"
    ask = "at: 2s, client: getsockopt, option: {}, fields: {{{}: {}}}, expect: {{value: {{{}}}}}"
    assert problems(
        tmp_path,
        set_one.format("SCTP_PEER_ADDR_PARAMS", "spp_address", "spp_hbinterval: 1s, spp_flags: SPP_HB_ENABLE"),
        set_one.format("SCTP_PEER_ADDR_THLDS", "spt_address", "spt_pathpfthld: 3"),
        ask.format("SCTP_PEER_ADDR_PARAMS", "spp_address", "server.b", "spp_hbinterval: 1s"),
        ask.format("SCTP_PEER_ADDR_PARAMS", "spp_address", "server.a", "spp_hbinterval: 30s"),
        ask.format("SCTP_PEER_ADDR_THLDS", "spt_address", "server.b", "spt_pathpfthld: 3, spt_pathmaxrxt: 5"),
        ask.format("SCTP_PEER_ADDR_THLDS", "spt_address", "server.a", "spt_pathpfthld: 0"),
    ) == []


def test_options_of_an_association_that_lives(tmp_path):
    """Only the fields named change."""
    assert problems(
        tmp_path,
        "at: 1s, client: setsockopt, option: SCTP_RTOINFO, fields: {srto_min: 400ms}, expect: ok",
        "at: 1s, client: getsockopt, option: SCTP_RTOINFO, expect: {value: {srto_min: 400ms, srto_max: 60s}}",
        "at: 1s, client: setsockopt, option: SCTP_PRIMARY_ADDR, value: server.b, expect: ok",
        "at: 1s, client: status, expect: {primary: server.b}",
    ) == []


def test_sysctls(tmp_path):
    values = "net.sctp.rto_initial: 700, net.sctp.association_max_retrans: 4, net.sctp.pf_expose: 2, net.sctp.hb_interval: 9000"
    assert problems(
        tmp_path,
        "at: 1s, client: getsockopt, option: SCTP_RTOINFO, expect: {value: {srto_initial: 700ms}}",
        "at: 1s, client: getsockopt, option: SCTP_ASSOCINFO, expect: {value: {sasoc_asocmaxrxt: 4}}",
        "at: 1s, client: getsockopt, option: SCTP_PEER_ADDR_PARAMS, fields: {spp_address: server.a}, expect: {value: {spp_hbinterval: 9s}}",
        "at: 1s, client: getsockopt, option: SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, expect: {value: {assoc_value: SCTP_PF_EXPOSE_ENABLE}}",
        "at: 1s, server: getsockopt, socket: s.1, option: SCTP_RTOINFO, expect: {value: {srto_initial: 3s}}",
        sysctls=f"sysctls: {{client: {{{values}}}}}\n",
    ) == []


ASK_PRIMARY = (
    "at: 1s, server: setsockopt, socket: s.1, option: SCTP_SET_PEER_PRIMARY_ADDR, value: server.b, expect: %s",
    "at: 2s, client: status, expect: {primary: %s}",
)


@pytest.mark.parametrize(
    "sysctls, answer, primary",
    [
        ("net.sctp.addip_enable: 1, net.sctp.auth_enable: 1", "ok", "server.b"),
        ("net.sctp.addip_enable: 1, net.sctp.addip_noauth_enable: 1", "ok", "server.b"),
        ("net.sctp.addip_enable: 0, net.sctp.auth_enable: 1", "EPERM", "server.a"),
    ],
)
def test_add_ip_with_and_without_auth(tmp_path, sysctls, answer, primary):
    sysctls = f"sysctls: {{client: {{{sysctls}}}, server: {{{sysctls}}}}}\n"
    assert problems(tmp_path, ASK_PRIMARY[0] % answer, ASK_PRIMARY[1] % primary, sysctls=sysctls) == []


def test_add_ip_alone_is_refused(tmp_path):
    """RFC 5061 4.2.7: a peer that offers ASCONF and not AUTH is answered with ABORT (sctp_verify_ext_param)."""
    sysctls = "sysctls: {client: {net.sctp.addip_enable: 1}, server: {net.sctp.addip_enable: 1}}\n"
    assert problems(tmp_path, sysctls=sysctls, connect=CONNECT.replace("ok", "ECONNREFUSED")) == []


def test_auto_asconf_is_set_on_a_socket_bound_to_all(tmp_path):
    ask = "at: 1s, client: getsockopt, option: SCTP_AUTO_ASCONF, expect: {value: 1}"
    options = "options: {SCTP_AUTO_ASCONF: true}"
    assert problems(tmp_path, ask, client=f"  client: {{node: client, port: 6000, {options}}}\n") == []
    (observed,) = problems(tmp_path, client=CLIENT % f", {options}")[:1]
    assert "EINVAL" in observed


def test_udp_encapsulation_passes_a_firewall_for_sctp(tmp_path):
    firewall = "  - {at: 0s, fault: firewall, node: client, to: [server.a, server.b]}\n"
    connect = firewall + "  - {at: 0s, client: connectx, to: [server.a, server.b], expect: {result: %s, took: '%s'}}\n"
    option = "SCTP_REMOTE_UDP_ENCAPS_PORT: 9899"
    assert problems(tmp_path, options=option, sysctls=UDP, connect=connect % ("ok", "<= 100ms")) == []
    assert problems(tmp_path, sysctls=UDP, connect=connect % ("ETIMEDOUT", ">= 10s")) == []
