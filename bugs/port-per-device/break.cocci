// Undoes "sctp: check sk_bound_dev_if when matching ep in get_port" and "sctp: add dif and sdif check in asoc and ep
// lookup": neither a port nor a packet belongs to the device that a socket is bound to.
// file: net/sctp/socket.c
// file: net/sctp/input.c
@@
expression sk, other;
@@
- (!sk->sk_bound_dev_if || !other || sk->sk_bound_dev_if == other) &&
  sctp_bind_addr_conflict(...)

@@
expression accept, bound, dif, sdif;
@@
- return inet_bound_dev_eq(accept, bound, dif, sdif);
+ return true;
