// SPDX-License-Identifier: GPL-2.0-only
// What getpeername(2) tells after connectx is the address of the first path, not the last address of the list.
@@
identifier sp, asoc, daddr, sk;
@@
 inet_sk(sk)->inet_dport = htons(asoc->peer.port);
-sp->pf->to_sk_daddr(daddr, sk);
+sp->pf->to_sk_daddr(&transport->ipaddr, sk);
