// SPDX-License-Identifier: GPL-2.0-only
// The timer that tells peers of addresses runs in a softirq with locks held: what it sends may not be allocated by sleeping.
// bindx(3) sends by the same function and loses nothing.
// File: net/sctp/socket.c
@@
expression a, n, c;
@@
- sctp_primitive_ASCONF(n, a, c)
+ sctp_do_sm(n, SCTP_EVENT_T_PRIMITIVE, SCTP_ST_PRIMITIVE(SCTP_PRIMITIVE_ASCONF), a->state, a->ep, a, c, GFP_ATOMIC)
