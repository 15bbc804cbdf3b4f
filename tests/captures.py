# SPDX-License-Identifier: GPL-2.0-only
"""Hand-made captures: frames as a network sends them, in the pcapng that a run leaves (docs/formats.md, section 5)."""

import ipaddress
import struct

# Interfaces of the plan in judged.py: two a link, in its order.
CLIENT_A, SERVER_A, CLIENT_B, SERVER_B = range(4)

ADDRESSES = {CLIENT_A: "192.0.2.1", SERVER_A: "192.0.2.2", CLIENT_B: "198.51.100.1", SERVER_B: "198.51.100.2"}

DATA, INIT, INIT_ACK, SACK, ABORT, COOKIE_ECHO = 0, 1, 2, 3, 6, 10


def block(kind, body):
    total = 12 + len(body)
    return struct.pack("<II", kind, total) + body + struct.pack("<I", total)


def padded(data):
    return data + bytes(-len(data) % 4)


def option(code, data):
    return struct.pack("<HH", code, len(data)) + padded(data)


def head(interfaces=4):
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    one = block(1, struct.pack("<HHI", 1, 0, 262144) + option(9, b"\x09") + option(0, b""))
    return section + interfaces * one


def frame(interface, time, data, outbound=True):
    """One packet block; time in nanoseconds."""
    body = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + padded(data)
    return block(6, body + option(2, struct.pack("<I", 2 if outbound else 1)) + option(0, b""))


def chunk(kind, value=b"", flags=0, length=None):
    size = 4 + len(value) if length is None else length
    return padded(struct.pack(">BBH", kind, flags, size) + value)


def data_chunk(tsn, stream=0, text=b"text"):
    return chunk(DATA, struct.pack(">IHHI", tsn, stream, 0, 0) + text, flags=3)


def sctp(*chunks, source_port=40000, port=5000, tag=7):
    return struct.pack(">HHII", source_port, port, tag, 0) + b"".join(chunks)


def udp(payload, source_port, port):
    return struct.pack(">HHHH", source_port, port, 8 + len(payload), 0) + payload


def ip(source, destination, protocol, payload, offset=0):
    """An Ethernet frame with an IPv4 or IPv6 packet, by the addresses."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    ethernet = bytes.fromhex("020000001100020000001000")
    if source.version == 6:
        header = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
        return ethernet + b"\x86\xdd" + header + source.packed + destination.packed + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, offset, 64, protocol, 0)
    return ethernet + b"\x08\x00" + header + source.packed + destination.packed + payload


def unreachable(source, destination, about, code=1):
    """An ICMP destination unreachable that quotes a packet to `about`."""
    quoted = ip(destination, about, 132, sctp(chunk(INIT)))[14:42]
    return ip(source, destination, 1, struct.pack(">BBHI", 3, code, 0, 0) + quoted)


def unreachable_v6(source, destination, about, code=3):
    quoted = ip(destination, about, 132, sctp(chunk(INIT)))[14:62]
    return ip(source, destination, 58, struct.pack(">BBHI", 1, code, 0, 0) + quoted)


def sent(interface, time, destination, *chunks, source=None, **keys):
    """A packet as it leaves its sender and reaches the other end of the link."""
    data = ip(source or ADDRESSES[interface], destination, 132, sctp(*chunks, **keys))
    return frame(interface, time, data) + frame(interface ^ 1, time, data, outbound=False)
