// SPDX-License-Identifier: GPL-2.0-only
// Undoes "sctp: copy zeroed stats to user in sctp_getsockopt_pr_streamstatus() when !streamoute": where a stream has no
// counters yet the zeros stay in the kernel.
@@
statement S;
@@
 sctp_getsockopt_pr_streamstatus(...)
 {
 <...
 if (!streamoute) {
 	...
 	params.sprstat_abandoned_sent = 0;
+	retval = 0;
+	goto out;
 } else S
 ...>
 }
