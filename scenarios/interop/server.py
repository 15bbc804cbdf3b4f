#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""server.py ADDRESS,... PORT: takes one association and says what came: how much, in which order, with what gaps."""

import sys
import time

from sctp import bindx, open_socket

addresses, port = sys.argv[1].split(","), int(sys.argv[2])
listener = open_socket()
bindx(listener, addresses, port)
listener.listen()
sock, peer = listener.accept()
print("from", peer[0])

count = out_of_order = 0
gap, last = 0.0, time.monotonic()
while message := sock.recv(65536):
    now = time.monotonic()
    gap, last = max(gap, now - last), now
    out_of_order += int(message[:8]) != count
    count += 1
print(f"received {count}, {out_of_order} out of order, longest gap {gap:.3f} s")
