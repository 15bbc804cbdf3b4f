// SPDX-License-Identifier: GPL-2.0-only
// Every INIT ACK sets the tag that is expected of the other direction, whether or not it belongs to the handshake that counts.
@@
expression one, other, tag, init_tag;
identifier ct;
@@
-if (!ct->proto.sctp.init[one] && tag && tag != init_tag)
-	goto out_unlock;
-if (ct->proto.sctp.init[other] && ct->proto.sctp.init[one] && tag != init_tag)
-	goto out_unlock;
