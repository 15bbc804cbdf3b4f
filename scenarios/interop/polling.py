#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""polling.py ADDRESS,... PORT: as server.py, but it asks again and again whether something has come, and never sleeps."""

import select
import sys
import time

from sctp import bindx, open_socket


def wait_for(sock):
    """Until there is something to read, as programs do that have a processor to themselves."""
    while not select.select([sock], [], [], 0)[0]:
        pass


addresses, port = sys.argv[1].split(","), int(sys.argv[2])
listener = open_socket()
bindx(listener, addresses, port)
listener.listen()
wait_for(listener)
sock, peer = listener.accept()

count = out_of_order = 0
gap, last = 0.0, time.monotonic()
while True:
    wait_for(sock)
    message = sock.recv(65536)
    if not message:
        break
    now = time.monotonic()
    gap, last = max(gap, now - last), now
    out_of_order += int(message[:8]) != count
    count += 1
print(f"received {count}, {out_of_order} out of order, longest gap {gap:.3f} s")
