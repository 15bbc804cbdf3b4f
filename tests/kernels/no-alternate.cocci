// SPDX-License-Identifier: GPL-2.0-only
// What is lost is sent again on the primary path, never on another one (RFC 9260 section 6.4.1).
@@
identifier ctx, timeout;
typedef bool;
@@
 static bool sctp_outq_flush_rtx(struct sctp_flush_ctx *ctx, int timeout)
 {
 <...
- ctx->asoc->peer.retran_path
+ ctx->asoc->peer.primary_path
 ...>
 }
