// SPDX-License-Identifier: GPL-2.0-only
// A path without a source address of its own is routed again with all checks, not from whatever address the route prefers.
@@
identifier transport, sk;
@@
 void sctp_transport_pmtu(...)
 {
 <...
 transport->af_specific->get_dst(transport,
-	&transport->saddr,
+	transport->af_specific->is_any(&transport->saddr) ? NULL : &transport->saddr,
	&transport->fl, sk);
 ...>
 }
