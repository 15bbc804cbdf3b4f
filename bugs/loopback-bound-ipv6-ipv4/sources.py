# SPDX-License-Identifier: GPL-2.0-only
# Writes from where each INIT comes that reaches this node over IPv4, lo included.
import socket

packets = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
print("ready")
while True:
    packet, peer = packets.recvfrom(65536)
    first_chunk = packet[4 * (packet[0] & 15) + 12]
    if first_chunk == 1:
        print("INIT from", peer[0])
