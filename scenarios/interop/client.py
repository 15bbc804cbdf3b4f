#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""client.py ADDRESS,... PEER,... PORT COUNT: connects and sends COUNT messages of 1000 bytes, one each 100 ms."""

import sys
import time

from sctp import bindx, connectx, open_socket

addresses, peers, port, count = sys.argv[1].split(","), sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4])
sock = open_socket()
bindx(sock, addresses, 0)
connectx(sock, peers, port)
print("connected")
start = time.monotonic()
for number in range(count):
    time.sleep(max(0, start + number * 0.1 - time.monotonic()))
    sock.send(b"%08d" % number + bytes(992))
sock.close()
print("sent", count)
