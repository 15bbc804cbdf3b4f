// SPDX-License-Identifier: GPL-2.0-only
// A connect that waits while the socket is shut down for reading has succeeded only when the handshake was done.
@@
identifier sk, asoc;
@@
 static int sctp_wait_for_connect(struct sctp_association *asoc, ...)
 {
 <...
-if (sk->sk_shutdown & RCV_SHUTDOWN)
+if ((sk->sk_shutdown & RCV_SHUTDOWN) && asoc->state >= SCTP_STATE_ESTABLISHED)
 	break;
 ...>
 }
