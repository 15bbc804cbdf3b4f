// Undoes "sctp: fix missing encap_port propagation for GSO fragments": a segment after the first of an offload packet
// does not learn from which UDP port the packet came.
// file: net/sctp/inqueue.c
@@
identifier cb, head;
@@
- cb->encap_port = head->encap_port;
