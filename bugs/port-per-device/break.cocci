// Undoes "sctp: check sk_bound_dev_if when matching ep in get_port": a port is taken for all devices, whichever the
// sockets are bound to.
// file: net/sctp/socket.c
@@
expression sk, other;
@@
- (!sk->sk_bound_dev_if || !other || sk->sk_bound_dev_if == other) &&
  sctp_bind_addr_conflict(...)
