# SPDX-License-Identifier: GPL-2.0-only
"""SCTP with several addresses from Python's socket module, which knows the protocol but none of its own calls."""

import socket
import struct

SCTP = socket.IPPROTO_SCTP
# include/uapi/linux/sctp.h
SCTP_NODELAY = 3
SCTP_SOCKOPT_BINDX_ADD = 100
SCTP_SOCKOPT_CONNECTX = 110


def open_socket():
    """A one-to-one socket (RFC 6458 section 4) that sends each message at once."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    sock.setsockopt(SCTP, SCTP_NODELAY, 1)
    return sock


def pack_addresses(addresses, port):
    """An array of struct sockaddr_in, as sctp_bindx(3) and sctp_connectx(3) take it."""
    return b"".join(
        struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton(address)) for address in addresses
    )


def bindx(sock, addresses, port):
    """sctp_bindx(3)."""
    sock.bind((addresses[0], port))
    if addresses[1:]:
        port = sock.getsockname()[1]
        sock.setsockopt(SCTP, SCTP_SOCKOPT_BINDX_ADD, pack_addresses(addresses[1:], port))


def connectx(sock, addresses, port):
    """sctp_connectx(3)."""
    sock.setsockopt(SCTP, SCTP_SOCKOPT_CONNECTX, pack_addresses(addresses, port))
