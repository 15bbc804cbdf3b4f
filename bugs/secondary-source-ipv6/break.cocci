// Undoes "sctp: fix src address selection if using secondary addresses for ipv6": of the bound addresses the one that
// has the longest prefix in common with the destination is the source, whatever interface it belongs to.
// file: net/sctp/ipv6.c
@@
identifier f =~ "^sctp_v6_get_dst$";
expression net, source, device, strict;
@@
  f(...)
  {
  <...
- if (ipv6_chk_addr(net, source, device, strict)) { ... }
  ...>
  }
