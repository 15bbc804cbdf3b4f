// SPDX-License-Identifier: GPL-2.0-only
// Undoes the end of the search for a path to retransmit on where none of the paths is confirmed.
@@
identifier trans, trans_next;
@@
-if (trans->state != SCTP_UNCONFIRMED) {
-	trans_next = sctp_trans_elect_best(trans, trans_next);
-	if (trans_next->state == SCTP_ACTIVE)
-		break;
-}
+if (trans->state == SCTP_UNCONFIRMED)
+	continue;
+trans_next = sctp_trans_elect_best(trans, trans_next);
+if (trans_next->state == SCTP_ACTIVE)
+	break;
