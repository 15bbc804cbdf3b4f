// SPDX-License-Identifier: GPL-2.0-only
// Undoes "sctp: do not check hb_timer.expires when resetting hb_timer": a running heartbeat timer is only ever set later,
// never sooner.
@@
identifier t, expires;
@@
 void sctp_transport_reset_hb_timer(struct sctp_transport *t)
 {
 ...
 expires = ...;
+if (timer_pending(&t->hb_timer) && !time_before(t->hb_timer.expires, expires))
+	return;
 ...
 }
