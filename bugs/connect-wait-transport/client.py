# SPDX-License-Identifier: GPL-2.0-only
"""client.py FIRST OTHER PORT: a message to FIRST on a socket that is not connected, with OTHER as a further address of the peer."""

import errno
import socket
import struct
import sys

# RFC 6458, sections 8.1.20 and 5.3.9; RFC 8260, section 4.3.1
SCTP_FRAGMENT_INTERLEAVE = 18
SCTP_DSTADDRV4 = 7
SCTP_INTERLEAVING_SUPPORTED = 125

first, other, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
sock.setsockopt(socket.IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 2)
sock.setsockopt(socket.IPPROTO_SCTP, SCTP_INTERLEAVING_SUPPORTED, struct.pack("=iI", 0, 1))
further = (socket.IPPROTO_SCTP, SCTP_DSTADDRV4, socket.inet_aton(other))
try:
    print("sendmsg:", sock.sendmsg([b"hello"], [further], 0, (first, port)), flush=True)
except OSError as error:
    print("sendmsg:", errno.errorcode[error.errno], flush=True)
