// SPDX-License-Identifier: GPL-2.0-only
// A COOKIE ECHO that ends a collision leaves paths that are known already in the state they had before the handshake.
@@
identifier asoc, trans;
@@
-if (!sctp_assoc_add_peer(asoc, &trans->ipaddr, GFP_ATOMIC, trans->state))
+if (!sctp_assoc_lookup_paddr(asoc, &trans->ipaddr) &&
+    !sctp_assoc_add_peer(asoc, &trans->ipaddr, GFP_ATOMIC, trans->state))
 	return -ENOMEM;
