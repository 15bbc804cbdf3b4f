// SPDX-License-Identifier: GPL-2.0-only
// The peer's address of the socket is put aside while the route learns the new MTU, and put back; not the local one.
@@
typedef __be32;
identifier pf, addr, sk, t;
@@
-union sctp_addr addr;
+struct in6_addr peer6 = sk->sk_v6_daddr;
+__be32 peer = sk->sk_daddr;
-pf->af->from_sk(&addr, sk);
 pf->to_sk_daddr(&t->ipaddr, sk);
 ...
-pf->to_sk_daddr(&addr, sk);
+sk->sk_daddr = peer;
+sk->sk_v6_daddr = peer6;
