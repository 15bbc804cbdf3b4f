// Undoes "sctp: fix possibly using a bad saddr with a given dst": each attempt to find a route writes into the flow of
// the path at once, so that the source is the one tried last, whichever route was kept.
// file: net/sctp/protocol.c
// file: net/sctp/ipv6.c
@@
identifier own, part;
@@
- struct flowi own;
...
- struct flowi4 *part = &own.u.ip4;
+ struct flowi4 *part = &fl->u.ip4;

@@
identifier own, part;
@@
- struct flowi own;
- struct flowi6 *part = &own.u.ip6;
+ struct flowi6 *part = &fl->u.ip6;

@@
@@
- memset(&_fl, ..., sizeof(_fl));
+ memset(fl, 0, sizeof(*fl));

@@
@@
- memcpy(fl, &_fl, sizeof(_fl));
