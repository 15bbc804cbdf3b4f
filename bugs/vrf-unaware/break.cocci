// Undoes "sctp: verify the bind address with the tb_id from l3mdev" and, for IPv6, "sctp: add skb_sdif in struct sctp_af":
// an address is local when the host's own table has it, whatever VRF the socket is in; and an IPv6 packet has come in by
// the very interface, never by its VRF.
@@
expression table, net, sk;
@@
- table = l3mdev_fib_table_by_index(net, sk->sk_bound_dev_if) ?: table;

@@
expression net, in6, dev;
@@
 sctp_v6_available(...)
 {
 <...
- ipv6_chk_addr(net, in6, dev, 0)
+ ipv6_chk_addr(net, in6, NULL, 0)
 ...>
 }

@@
expression skb;
@@
- return inet6_iif(skb);
+ return IP6CB(skb)->iif;

@@
expression skb;
@@
- return inet6_sdif(skb);
+ return 0;
