// SPDX-License-Identifier: GPL-2.0-only
// A chunk that is acknowledged while it waits for its retransmission moves to another transport's list without being told, as
// before "sctp: keep chunk->transport in step with the list it is queued on".
// File: net/sctp/outqueue.c
@@
symbol chunk, transport;
@@
  __sctp_outq_flush_rtx(...)
  {
  <...
- chunk->transport = transport;
  ...>
  }
