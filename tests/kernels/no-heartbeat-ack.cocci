// SPDX-License-Identifier: GPL-2.0-only
// A HEARTBEAT is never answered: no path is confirmed by it (RFC 9260 section 5.4), and none that failed comes back (8.3).
@@
identifier net;
@@
 enum sctp_disposition sctp_sf_beat_8_3(struct net *net, ...)
 {
 ...
+	return SCTP_DISPOSITION_DISCARD;
 if (!sctp_vtag_verify(...)) { ... }
 ...
 }
