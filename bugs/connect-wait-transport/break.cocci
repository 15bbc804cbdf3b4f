// SPDX-License-Identifier: GPL-2.0-only
// A message that waits for its association holds no reference to the transport it is for, as before
// "sctp: hold transport reference across connect wait".
// File: net/sctp/socket.c
@@
@@
- sctp_wait_for_connect(asoc, transport, &timeo)
+ sctp_wait_for_connect(asoc, NULL, &timeo)
