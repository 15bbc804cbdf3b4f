// SPDX-License-Identifier: GPL-2.0-only
// Nobody elsewhere is told of addresses of the loopback interface, as INIT does not tell of them (sctp_in_scope).
@@
identifier net, addr, cmd;
@@
 void sctp_addr_wq_mgmt(struct net *net, struct sctp_sockaddr_entry *addr, int cmd)
 {
 ... when any
+	if (sctp_scope(&addr->a) == SCTP_SCOPE_LOOPBACK)
+		return;
 spin_lock_bh(&net->sctp.addr_wq_lock);
 ...
 }
