// Undoes "sctp: do not update transport pathmtu if SPP_PMTUD_ENABLE is not set": the MTU of the route replaces that of
// the path before every packet, also when the user has turned discovery off and said which one to use.
// file: net/sctp/output.c
@@
expression transport, asoc;
@@
- if (!sctp_transport_pl_enabled(transport) && asoc->param_flags & SPP_PMTUD_ENABLE) {
- 	if (!sctp_transport_pmtu_check(transport))
- 		sctp_assoc_sync_pmtu(asoc);
- }
+ if (!sctp_transport_pl_enabled(transport) && !sctp_transport_pmtu_check(transport)) {
+ 	if (asoc->param_flags & SPP_PMTUD_ENABLE)
+ 		sctp_assoc_sync_pmtu(asoc);
+ }
