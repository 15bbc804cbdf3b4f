// Undoes "sctp: fix src address selection if using secondary addresses": the first bound address from which the
// destination has a route is the source, whatever interface it belongs to.
// file: net/sctp/protocol.c
@@
identifier odev;
expression fl4, net, source, reference;
@@
- struct net_device *odev;
  ...
- odev = __ip_dev_find(net, source, reference);
- if (!odev || odev->ifindex != fl4->flowi4_oif)
- { ... }
