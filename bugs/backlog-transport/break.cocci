// SPDX-License-Identifier: GPL-2.0-only
// A packet that waited for its socket is taken although the transport that it came from is gone, as before
// "sctp: drop a chunk if its transport was removed".
// File: net/sctp/inqueue.c
@@
expression chunk;
@@
- chunk->rcvr->dead || (chunk->transport && chunk->transport->dead)
+ chunk->rcvr->dead
