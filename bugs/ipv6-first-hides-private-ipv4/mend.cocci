// SPDX-License-Identifier: GPL-2.0-only
// Private IPv4 addresses are listed and accepted whatever the scope of the address that the packet goes to, or comes from.
@@
identifier net;
@@
-net->sctp.scope_policy = SCTP_SCOPE_POLICY_ENABLE;
+net->sctp.scope_policy = SCTP_SCOPE_POLICY_PRIVATE;
