// SPDX-License-Identifier: GPL-2.0-only
// Undoes "sctp: update hb timer immediately after users change hb_interval": the heartbeat timer runs on as it was set.
@@
expression t, params;
@@
 t->hbinterval = msecs_to_jiffies(params->spp_hbinterval);
- sctp_transport_reset_hb_timer(t);
