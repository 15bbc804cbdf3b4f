// SPDX-License-Identifier: GPL-2.0-only
// Undoes "sctp: fix the transports round robin issue when init is retransmitted": of two paths of equal merit the one that was
// looked at last is chosen, which is always the one just used.
@@
identifier a, b;
@@
 static struct sctp_transport *sctp_trans_elect_best(struct sctp_transport *a, struct sctp_transport *b)
 {
 <...
- sctp_trans_elect_tie(b, a)
+ sctp_trans_elect_tie(a, b)
 ...>
 }
