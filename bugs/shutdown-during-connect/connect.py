# SPDX-License-Identifier: GPL-2.0-only
# connect.py ADDRESS HOW: connects while another thread shuts the socket down after a second, and says what connect(2) answered.
import errno
import socket
import sys
import threading

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)


def shut():
    try:
        client.shutdown(getattr(socket, sys.argv[2]))
    except OSError as error:
        print("shutdown", errno.errorcode[error.errno])


timer = threading.Timer(1, shut)
timer.start()
try:
    client.connect((sys.argv[1], 5000))
    print("connect 0")
except OSError as error:
    print("connect", errno.errorcode[error.errno])
timer.join()
