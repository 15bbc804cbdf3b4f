// SPDX-License-Identifier: GPL-2.0-only
// Only an association that has yet to send SHUTDOWN is shut down again when its peer restarts after the socket was closed.
@@
identifier asoc;
@@
-(sctp_state(asoc, SHUTDOWN_PENDING) || sctp_state(asoc, SHUTDOWN_SENT))
+sctp_state(asoc, SHUTDOWN_PENDING)
