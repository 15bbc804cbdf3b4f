# SPDX-License-Identifier: GPL-2.0-only
"""client.py SERVER PORT: its third message is copied into the kernel for a second and a half, with the socket locked.

The page that the message lies in is not there yet. Nobody in this process can get a page while another thread has mmap(2)
wait for the ring of a packet socket, and that ring is in use as long as frames of it wait for a slow interface.
"""

import ctypes
import mmap
import socket
import struct
import subprocess
import sys
import threading
import time

SOL_PACKET, PACKET_VERSION, PACKET_TX_RING, TPACKET_V2 = 263, 10, 13, 1
FRAME, FRAMES, TP_STATUS_SEND_REQUEST = 2048, 4, 1

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
pages = libc.mmap(None, 4 * mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)

# 1000 bytes a second
subprocess.run("tc qdisc add dev lo root tbf rate 8kbit burst 1500 limit 100000".split(), check=True)
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
packet.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
packet.setsockopt(SOL_PACKET, PACKET_TX_RING, struct.pack("=4I", FRAME * FRAMES, 1, FRAME, FRAMES))
packet.bind(("lo", 0x88B5))  # a protocol for experiments (IEEE 802)
ring = mmap.mmap(packet.fileno(), FRAME * FRAMES)
for frame in range(FRAMES):
    ring[frame * FRAME : frame * FRAME + 12] = struct.pack("=3I", TP_STATUS_SEND_REQUEST, 1000, 1000)

sctp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
sctp.connect((sys.argv[1], int(sys.argv[2])))
threads = [
    threading.Thread(target=lambda: packet.send(b"")),
    threading.Thread(target=lambda: libc.mmap(None, FRAME * FRAMES, mmap.PROT_READ, mmap.MAP_SHARED, packet.fileno(), 0)),
]
fd = sctp.fileno()


def say_and_send(page):
    time.sleep(1)
    print("sends", flush=True)
    libc.send(fd, pages + page * mmap.PAGESIZE, 100, 0)
    print("sent", flush=True)


say_and_send(0)
say_and_send(1)
for thread in threads:
    thread.start()
say_and_send(2)
for thread in threads:
    thread.join()
while sctp.recv(1000):
    pass
