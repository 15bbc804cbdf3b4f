# SPDX-License-Identifier: GPL-2.0-only
"""How cclient shows notifications that no kernel gives at will: rare, short, unknown and broken ones."""

import json
import random
import re
import socket
import struct
import subprocess

import pytest

from guest import ROOT

PARTS = ["address_list", "notify", "fields", "names", "output", "parse"]
HEADER = "/usr/include/linux/sctp.h"


@pytest.fixture(scope="session")
def decode(tmp_path_factory):
    """Decodes a list of byte strings, under AddressSanitizer and UBSan."""
    program = tmp_path_factory.mktemp("notify") / "notify"
    sources = [ROOT / "tests/cclient_notify.c"] + [ROOT / f"cclient/{part}.c" for part in PARTS]
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["gcc", *flags, "-I", ROOT, "-o", program, *sources, "-ljansson"], check=True)

    def run(notifications):
        text = "".join(notification.hex() + "\n" for notification in notifications)
        done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def notification(kind, flags, body, form, *values):
    """A notification: type, flags, length, then the values in the machine's order, then raw bytes."""
    packed = struct.pack("=" + form, *values) + body
    return struct.pack("=HHI", kind, flags, 8 + len(packed)) + packed


def kinds():
    """Names and numbers of the kernel's own header, not of cclient's table."""
    text = re.search(r"enum sctp_sn_type \{(.*?)\};", open(HEADER).read(), re.DOTALL).group(1)
    names = [name for name in re.findall(r"^\t(SCTP_\w+)", text, re.MULTILINE) if not name.startswith("SCTP_SN_")]
    return {name: 0x8000 + number for number, name in enumerate(names)}


KIND = kinds()
INFO = struct.pack("=HHHxxIIIIIi", 3, 0, 2, socket.htonl(46), 6, 0, 0, 0, 9)  # struct sctp_sndrcvinfo
SNDINFO = struct.pack("=HHIIi", 4, 3, socket.htonl(47), 7, 9)  # struct sctp_sndinfo
CAUSE = socket.htons


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            notification(KIND["SCTP_ASSOC_CHANGE"], 0, b"", "HHHHi", 2, 0, 5, 6, 9),
            {"state": "SCTP_RESTART", "error": 0, "outbound_streams": 5, "inbound_streams": 6, "assoc_id": 9},
        ),
        (
            notification(
                KIND["SCTP_ASSOC_CHANGE"], 0, struct.pack("!HH", 12, 7) + b"bye", "HHHHi", 1, CAUSE(12), 0, 0, 9
            ),
            {
                "state": "SCTP_COMM_LOST", "error": 12, "outbound_streams": 0, "inbound_streams": 0, "assoc_id": 9,
                "cause": "SCTP_ERROR_USER_ABORT", "abort_reason": "bye", "data": "000c0007627965",
            },
        ),
        (
            notification(
                KIND["SCTP_PEER_ADDR_CHANGE"], 0, b"", "H2s4s120xiii",
                socket.AF_INET, struct.pack("!H", 5000), socket.inet_aton("192.0.2.7"), 1, 0, 9,
            ),
            {"address": "192.0.2.7:5000", "state": "SCTP_ADDR_UNREACHABLE", "error": 0, "assoc_id": 9},
        ),
        (
            notification(KIND["SCTP_REMOTE_ERROR"], 0, b"\1\2", "Hxxi", CAUSE(6), 9),
            {"error": 6, "assoc_id": 9, "cause": "SCTP_ERROR_UNKNOWN_CHUNK", "data": "0102"},
        ),
        (
            notification(KIND["SCTP_SEND_FAILED"], 1, b"data", "I32si", 0, INFO, 9),
            {
                "flags": "SCTP_DATA_SENT", "error": 0, "stream": 3, "ppid": 46, "context": 6,
                "info_flags": ["SCTP_DATA_FIRST_FRAG"], "assoc_id": 9, "size": 4,
            },
        ),
        (
            notification(KIND["SCTP_SEND_FAILED_EVENT"], 0, b"data", "I16si", CAUSE(12), SNDINFO, 9),
            {
                "flags": "SCTP_DATA_UNSENT", "error": 12, "stream": 4, "ppid": 47, "context": 7,
                "info_flags": ["SCTP_DATA_LAST_FRAG", "SCTP_DATA_FIRST_FRAG"], "assoc_id": 9,
                "cause": "SCTP_ERROR_USER_ABORT", "size": 4,
            },
        ),
        (notification(KIND["SCTP_SHUTDOWN_EVENT"], 0, b"", "i", 9), {"assoc_id": 9}),
        (
            notification(KIND["SCTP_ADAPTATION_INDICATION"], 0, b"", "Ii", 4000000000, 9),
            {"adaptation_ind": 4000000000, "assoc_id": 9},
        ),
        (
            notification(KIND["SCTP_PARTIAL_DELIVERY_EVENT"], 0, b"", "IiII", 0, 9, 2, 3),
            {"indication": "SCTP_PARTIAL_DELIVERY_ABORTED", "stream": 2, "seq": 3, "assoc_id": 9},
        ),
        (
            notification(KIND["SCTP_AUTHENTICATION_EVENT"], 0, b"", "HHIi", 4, 5, 2, 9),
            {"indication": "SCTP_AUTH_NO_AUTH", "keynumber": 4, "altkeynumber": 5, "assoc_id": 9},
        ),
        (notification(KIND["SCTP_SENDER_DRY_EVENT"], 0, b"", "i", 9), {"assoc_id": 9}),
        (
            notification(KIND["SCTP_STREAM_RESET_EVENT"], 6, b"", "iHH", 9, 3, 4),
            {
                "flags": ["SCTP_STREAM_RESET_OUTGOING_SSN", "SCTP_STREAM_RESET_DENIED"], "streams": [3, 4],
                "assoc_id": 9,
            },
        ),
        (
            notification(KIND["SCTP_ASSOC_RESET_EVENT"], 4, b"", "iII", 9, 10, 11),
            {"flags": ["DENIED"], "local_tsn": 10, "remote_tsn": 11, "assoc_id": 9},
        ),
        (
            notification(KIND["SCTP_STREAM_CHANGE_EVENT"], 8, b"", "iHH", 9, 3, 4),
            {"flags": ["FAILED"], "inbound_streams": 3, "outbound_streams": 4, "assoc_id": 9},
        ),
    ],
)  # fmt: skip
def test_each_type(decode, given, expected):
    (found,) = decode([given])
    (name,) = [name for name, kind in KIND.items() if kind == struct.unpack("=H", given[:2])[0]]
    assert found == {"type": name} | expected


def test_numbers_without_a_name_stay_numbers(decode):
    unknown, state, nothing = decode(
        [
            notification(0x80FF, 0, b"\1\2", ""),
            notification(KIND["SCTP_ASSOC_CHANGE"], 0, b"", "HHHHi", 77, CAUSE(999), 0, 0, 9),
            b"",
        ]
    )
    assert (unknown["type"], unknown["data"]) == (0x80FF, "ff8000000a0000000102")
    assert (state["state"], state["error"]) == (77, 999) and "cause" not in state
    assert nothing == {"type": 0, "data": ""}


def test_short_and_broken_ones_do_no_harm(decode):
    generator = random.Random(1)
    given = []
    for kind in [*KIND.values(), 0, 0x80FF]:
        whole = struct.pack("=H", kind) + generator.randbytes(300)
        given += [whole[:length] for length in range(len(whole) + 1)]
        # A cause within sac_info whose length says more than there is.
        given += [
            notification(kind, 0, struct.pack("!HH", 12, length) + b"x" * 9, "HHHHi", 1, CAUSE(12), 0, 0, 9)
            for length in range(300)
        ]
    found = decode(given)
    assert len(found) == len(given)
    short = decode([notification(KIND["SCTP_ASSOC_CHANGE"], 0, b"", "HH", 0, 0)])[0]
    assert short["state"] == "SCTP_COMM_UP" and short["assoc_id"] is None
