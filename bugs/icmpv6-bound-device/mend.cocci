// SPDX-License-Identifier: GPL-2.0-only
// Where an ICMP error has come in is asked of the functions of its address family, as for every other packet.
@@
identifier af, family, saddr, daddr, skb, dif, sdif;
@@
 sctp_err_lookup(...)
 {
 ...
- int sdif = inet_sdif(skb);
- int dif = inet_iif(skb);
+ int sdif, dif;
 ...
 af = sctp_get_af_specific(family);
 ...
 af->from_skb(&saddr, skb, 1);
 af->from_skb(&daddr, skb, 0);
+ dif = af->skb_iif(skb);
+ sdif = af->skb_sdif(skb);
 ...
 }
